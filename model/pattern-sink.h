#ifndef PATTERN_SINK_H
#define PATTERN_SINK_H

#include "read-pace.h"

#include "ns3/address.h"
#include "ns3/application.h"
#include "ns3/packet.h"
#include "ns3/sequence-number.h"
#include "ns3/socket.h"
#include "ns3/traced-callback.h"

namespace ns3
{

/**
 * \ingroup payload-cache
 * Reads one connection as PacketSink does, and compares every byte with the pattern of its flow.
 *
 * It reads what comes at once, or at the pace of a ReadPace. A reader that is held back sleeps
 * until its time has come, at the cost of HostModel::Sleep(); it closes the connection itself, once
 * it has read the end of the stream.
 */
class PatternSink : public Application
{
  public:
    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();

    /** \return bytes that reads have returned */
    uint64_t GetRead() const;
    /** \return bytes of them that were not the pattern's; 0 where they are not compared */
    uint64_t GetWrong() const;
    /** \return when the last read returned */
    Time GetLastRead() const;
    /** \return true once the peer has closed */
    bool IsClosed() const;
    /** \return how often the reader has slept until it was time to read */
    uint64_t GetSleeps() const;
    /** Reads a connection that another has accepted: for one that does not listen itself. */
    void Accepted(Ptr<Socket> socket, const Address& from);

  protected:
    void DoDispose() override;

  private:
    void StartApplication() override;
    void StopApplication() override;
    /** There is something to read. */
    void Readable(Ptr<Socket> socket);
    /** The peer has closed, or the connection is gone. */
    void Closed(Ptr<Socket> socket);
    /** Reads what may be read, and sleeps or waits for more. */
    void Read();
    /** Tells the pace what has come. */
    void NoteArrived();
    /** All has been read. */
    void EndOfStream();
    /** Sleeps until \p due. */
    void SleepUntil(Time due);
    /** The time to read has come. */
    void WokeUp();
    /** Takes what a read has returned. */
    void Take(Ptr<Packet> packet);

    Address m_local;          //!< where to listen
    TypeId m_protocol;        //!< socket factory
    uint32_t m_flow{0};       //!< the pattern's flow
    bool m_pattern{false};    //!< compare
    Time m_readDelay;         //!< see ReadPace
    Time m_readPause;         //!< see ReadPace
    DataRate m_readRate;      //!< see ReadPace

    Ptr<Socket> m_listener;   //!< listens
    Ptr<Socket> m_socket;     //!< the connection
    uint64_t m_read{0};       //!< bytes
    uint64_t m_wrong{0};      //!< bytes
    Time m_lastRead;          //!< when
    bool m_closed{false};     //!< by the peer
    ReadPace m_pace;          //!< when it may read
    SequenceNumber32 m_next;  //!< what TCP expected next when that was last looked at
    uint64_t m_arrived{0};    //!< bytes that have come in order
    bool m_asleep{false};     //!< until it is time to read
    uint64_t m_sleeps{0};     //!< how often
    TracedCallback<Ptr<const Packet>> m_readTrace; //!< a read has returned
    TracedCallback<> m_closeTrace; //!< the peer has closed
};

} // namespace ns3

#endif
