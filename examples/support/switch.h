#ifndef SWITCH_H
#define SWITCH_H

#include "ns3/address.h"
#include "ns3/ipv4-header.h"
#include "ns3/ipv6-header.h"
#include "ns3/point-to-point-net-device.h"

#include <map>

namespace scenario
{

/**
 * What joins hosts: frames go to the port behind which their destination is, without cost. A port
 * has a queue that drops what it has no room for, and may mark (ECN, RFC 3168) what finds more in it
 * than a threshold, as DCTCP wants it. Nothing but the wires' own delay is modelled.
 */
class Switch
{
  public:
    /**
     * Adds a port.
     * \param port the switch's end of a host's link
     * \param host the address behind it
     * \param buffer of its queue, bytes
     */
    void Connect(ns3::Ptr<ns3::PointToPointNetDevice> port,
                 const ns3::Address& host,
                 uint64_t buffer);

    /** Frames of ECN-capable senders are marked that find more than \p bytes in their queue. */
    void MarkAbove(uint64_t bytes);

    /** \return frames that were marked */
    uint64_t GetMarked() const;

    /** \return frames that a port had no room for */
    uint64_t GetDropped() const;

  private:
    /** Has a header's checksum computed, where it has one and ns-3 does that. */
    static void EnableChecksum(ns3::Ipv4Header& header);
    /** \copydoc EnableChecksum */
    static void EnableChecksum(ns3::Ipv6Header& header);
    /** Marks a frame, if its sender is capable of ECN. */
    template <typename Header>
    void Mark(ns3::Ptr<ns3::Packet> packet);
    /** A frame has come. \return true: it has been taken */
    bool Forward(ns3::Ptr<ns3::NetDevice> from,
                 ns3::Ptr<const ns3::Packet> packet,
                 uint16_t protocol,
                 const ns3::Address& sender);

    std::map<ns3::Address, ns3::Ptr<ns3::PointToPointNetDevice>> m_ports; //!< by the host behind
    uint64_t m_threshold{UINT64_MAX};                             //!< of marking, bytes
    uint64_t m_marked{0};                                         //!< frames
    uint64_t m_dropped{0};                                        //!< frames
};

} // namespace scenario

#endif
