#ifndef PATTERN_SOURCE_H
#define PATTERN_SOURCE_H

#include "ns3/address.h"
#include "ns3/application.h"
#include "ns3/data-rate.h"
#include "ns3/event-id.h"
#include "ns3/packet.h"
#include "ns3/socket.h"

namespace ns3
{

/**
 * \ingroup payload-cache
 *
 * Writes as BulkSendApplication does, as fast as the socket allows or at a given rate, and, where
 * it is asked to, bytes whose place can be recognised (see FillPattern()).
 */
class PatternSource : public Application
{
  public:
    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();

    /** \return bytes that writes have accepted */
    uint64_t GetWritten() const;
    /** \return true once all has been written and the socket has been closed */
    bool IsClosed() const;
    /** \return its socket; null before it has started, and after it has been disposed of */
    Ptr<Socket> GetSocket() const;
    /** No more is written: closes the connection, as soon as it stands. */
    void Finish();
    /** Connects and writes: for one that no node keeps, but has been told its node. */
    void StartApplication() override;

  protected:
    void DoDispose() override;

  private:
    void StopApplication() override;
    /** The connection stands. */
    void Connected(Ptr<Socket> socket);
    /** There may be room. */
    void Writable(Ptr<Socket> socket, uint32_t room);
    /** Writes until the socket refuses. */
    void Write();
    /** \return when the next write is due */
    Time NextWrite() const;
    /** \return the next write's bytes */
    Ptr<Packet> Make() const;

    Address m_remote;          //!< where to
    TypeId m_protocol;         //!< socket factory
    uint32_t m_sendSize{65536}; //!< bytes a write
    uint64_t m_maxBytes{0};    //!< all bytes; 0: no limit
    DataRate m_rate;           //!< 0: as fast as write allows
    uint32_t m_flow{0};        //!< the pattern's flow
    bool m_pattern{false};     //!< real bytes

    Ptr<Socket> m_socket;      //!< the socket
    Ptr<Packet> m_unsent;      //!< refused, and tried again
    bool m_connected{false};   //!< the connection stands
    bool m_finished{false};    //!< no more is written
    bool m_closed{false};      //!< closed
    uint64_t m_written{0};     //!< bytes accepted
    Time m_began;              //!< first write
    EventId m_next;            //!< the next write of a given rate
};

} // namespace ns3

#endif
