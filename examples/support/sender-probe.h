#ifndef SENDER_PROBE_H
#define SENDER_PROBE_H

#include "ns3/nstime.h"
#include "ns3/sequence-number.h"
#include "ns3/tcp-header.h"
#include "ns3/tcp-socket-base.h"
#include "ns3/tcp-socket-state.h"

#include <deque>

namespace scenario
{

/**
 * What the sending TCP of a connection sees of its path.
 *
 * A round trip is that of a segment which was sent once: from its way down to the ACK that covers
 * it and nothing behind it, unless that ACK covers a retransmission as well (Karn). It is taken
 * from the socket's own segments: ns-3's RTT trace has the timestamps' resolution, 1 ms, and is
 * silent about a sample that equals the one before.
 */
class SenderProbe
{
  public:
    /** What was seen since Begin(). */
    struct Seen
    {
        uint64_t samples{0};           //!< round trips
        ns3::Time sum;                 //!< of them
        ns3::Time least;               //!< of them
        ns3::Time most;                //!< of them
        double inFlightByteSeconds{0}; //!< bytes in flight, over time
        uint64_t retransmissions{0};   //!< segments sent again
        uint64_t timeouts{0};          //!< entries into CA_LOSS: time-outs in a row are one

        /** Adds another connection's. */
        void Add(const Seen& other);
    };

    /** Follows a connection's socket, which has just been made, and which it has to outlive. */
    explicit SenderProbe(ns3::Ptr<ns3::Socket> socket);

    /** Counting begins. */
    void Begin();
    /** \return what was seen since then */
    Seen End();

  private:
    /** A segment that is not acknowledged. */
    struct Segment
    {
        ns3::SequenceNumber32 end; //!< the first byte behind it
        ns3::Time sent;            //!< when
        bool again;                //!< it was sent again
    };

    /** A segment goes down. */
    void Sent(ns3::Ptr<const ns3::Packet> packet,
              const ns3::TcpHeader& header,
              ns3::Ptr<const ns3::TcpSocketBase> socket);
    /** A segment has come. */
    void Came(ns3::Ptr<const ns3::Packet> packet,
              const ns3::TcpHeader& header,
              ns3::Ptr<const ns3::TcpSocketBase> socket);
    /** Takes note of a round trip. */
    void Sample(ns3::Time roundTrip);
    /** The bytes in flight have changed. */
    void InFlight(uint32_t before, uint32_t now);
    /** The state of congestion control has changed. */
    void State(ns3::TcpSocketState::TcpCongState_t before, ns3::TcpSocketState::TcpCongState_t now);

    Seen m_seen;                        //!< so far
    std::deque<Segment> m_segments;     //!< not acknowledged, in order
    ns3::SequenceNumber32 m_highest{0}; //!< the first byte never sent
    uint32_t m_inFlight{0};             //!< bytes
    ns3::Time m_since;                  //!< the byte seconds are complete up to here
};

} // namespace scenario

#endif
