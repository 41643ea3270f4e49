#ifndef RTT_METER_H
#define RTT_METER_H

#include "record.h"

#include "ns3/nstime.h"
#include "ns3/socket.h"
#include "ns3/tcp-header.h"
#include "ns3/tcp-socket-base.h"

#include <deque>
#include <memory>

namespace scenario
{

/**
 * Round trips as the sending TCP sees them: from a segment's transmission to the ACK that covers it,
 * delayed ACKs included, since so long its payload stays where it was sent from. Means are by byte.
 * What is in flight when something is retransmitted is left out (Karn and Partridge, SIGCOMM 1987).
 * ns-3's own estimate is no use here: with timestamps it has a resolution of 1 ms.
 */
class RttMeter
{
  public:
    /** Follows a socket, as long as that lives. The meter has to outlive it. */
    void Follow(ns3::Ptr<ns3::Socket> socket);
    /** Counting begins. */
    void Begin();
    /** Counting ends. \return mean, min and max, us; null without a round trip */
    Json End();

  private:
    /** A segment in flight. */
    struct Segment
    {
        ns3::SequenceNumber32 end; //!< the byte behind it
        uint32_t bytes;            //!< of payload
        ns3::Time sent;            //!< when
    };

    /** A socket's segments in flight. */
    struct Flight
    {
        ns3::SequenceNumber32 highest; //!< sent up to here
        std::deque<Segment> segments;  //!< in order
    };

    /** A segment goes out. */
    static void Sent(std::shared_ptr<Flight> flight,
                     ns3::Ptr<const ns3::Packet> packet,
                     const ns3::TcpHeader& header,
                     ns3::Ptr<const ns3::TcpSocketBase> socket);
    /** A segment has come in. */
    void Received(std::shared_ptr<Flight> flight,
                  ns3::Ptr<const ns3::Packet> packet,
                  const ns3::TcpHeader& header,
                  ns3::Ptr<const ns3::TcpSocketBase> socket);

    bool m_counting{false};   //!< between Begin() and End()
    double m_bytes{0};        //!< acknowledged
    double m_byteSeconds{0};  //!< their round trips
    double m_min{0};          //!< s
    double m_max{0};          //!< s
};

} // namespace scenario

#endif
