#ifndef PATTERN_SINK_H
#define PATTERN_SINK_H

#include "ns3/address.h"
#include "ns3/application.h"
#include "ns3/packet.h"
#include "ns3/socket.h"
#include "ns3/traced-callback.h"

namespace ns3
{

/**
 * \ingroup payload-cache
 * Reads one connection as PacketSink does, and compares every byte with the pattern of its flow.
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
    /** Compares what was read with the pattern. */
    void Compare(Ptr<Packet> packet);

    Address m_local;          //!< where to listen
    TypeId m_protocol;        //!< socket factory
    uint32_t m_flow{0};       //!< the pattern's flow
    bool m_pattern{false};    //!< compare

    Ptr<Socket> m_listener;   //!< listens
    Ptr<Socket> m_socket;     //!< the connection
    uint64_t m_read{0};       //!< bytes
    uint64_t m_wrong{0};      //!< bytes
    Time m_lastRead;          //!< when
    bool m_closed{false};     //!< by the peer
    TracedCallback<Ptr<const Packet>> m_readTrace; //!< a read has returned
    TracedCallback<> m_closeTrace; //!< the peer has closed
};

} // namespace ns3

#endif
