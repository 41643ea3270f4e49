#ifndef SWITCH_H
#define SWITCH_H

#include "ns3/ipv4-address.h"
#include "ns3/point-to-point-net-device.h"

#include <map>

namespace scenario
{

/**
 * What joins hosts: frames go to the port behind which their destination is, without cost. A port
 * has a queue that drops what it has no room for. Nothing but the wires' own delay is modelled.
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
                 ns3::Ipv4Address host,
                 uint64_t buffer);

    /** \return frames that a port had no room for */
    uint64_t GetDropped() const;

  private:
    /** A frame has come. \return true: it has been taken */
    bool Forward(ns3::Ptr<ns3::NetDevice> from,
                 ns3::Ptr<const ns3::Packet> packet,
                 uint16_t protocol,
                 const ns3::Address& sender);

    std::map<ns3::Ipv4Address, ns3::Ptr<ns3::NetDevice>> m_ports; //!< by the host behind
    uint64_t m_dropped{0};                                        //!< frames
};

} // namespace scenario

#endif
