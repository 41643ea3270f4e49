// What the stack asks a device, and the wire answers for the card: address, MTU, groups, callbacks.

#include "payload-cache-channel.h"
#include "payload-cache-net-device.h"

#include "ns3/node.h"

namespace ns3
{

void
PayloadCacheNetDevice::SetIfIndex(const uint32_t index)
{
    m_ifIndex = index;
}

uint32_t
PayloadCacheNetDevice::GetIfIndex() const
{
    return m_ifIndex;
}

Ptr<Channel>
PayloadCacheNetDevice::GetChannel() const
{
    return PayloadCacheChannel::FacadeOf(m_wire->GetChannel());
}

void
PayloadCacheNetDevice::SetAddress(Address address)
{
    m_wire->SetAddress(address);
}

Address
PayloadCacheNetDevice::GetAddress() const
{
    return m_wire->GetAddress();
}

bool
PayloadCacheNetDevice::SetMtu(const uint16_t mtu)
{
    return m_wire->SetMtu(mtu);
}

uint16_t
PayloadCacheNetDevice::GetMtu() const
{
    return m_wire->GetMtu();
}

bool
PayloadCacheNetDevice::IsLinkUp() const
{
    return m_wire->IsLinkUp();
}

void
PayloadCacheNetDevice::AddLinkChangeCallback(Callback<void> callback)
{
    m_wire->AddLinkChangeCallback(callback);
}

bool
PayloadCacheNetDevice::IsBroadcast() const
{
    return m_wire->IsBroadcast();
}

Address
PayloadCacheNetDevice::GetBroadcast() const
{
    return m_broadcast;
}

bool
PayloadCacheNetDevice::IsMulticast() const
{
    return m_wire->IsMulticast();
}

Address
PayloadCacheNetDevice::GetMulticast(Ipv4Address multicastGroup) const
{
    return m_wire->GetMulticast(multicastGroup);
}

Address
PayloadCacheNetDevice::GetMulticast(Ipv6Address addr) const
{
    return m_wire->GetMulticast(addr);
}

bool
PayloadCacheNetDevice::IsBridge() const
{
    return m_wire->IsBridge();
}

bool
PayloadCacheNetDevice::IsPointToPoint() const
{
    return m_wire->IsPointToPoint();
}

Ptr<Node>
PayloadCacheNetDevice::GetNode() const
{
    return m_node;
}

void
PayloadCacheNetDevice::SetNode(Ptr<Node> node)
{
    m_node = node;
}

bool
PayloadCacheNetDevice::NeedsArp() const
{
    return m_wire->NeedsArp();
}

bool
PayloadCacheNetDevice::SupportsSendFrom() const
{
    return m_wire->SupportsSendFrom();
}

void
PayloadCacheNetDevice::SetReceiveCallback(NetDevice::ReceiveCallback cb)
{
    m_receive = cb;
}

void
PayloadCacheNetDevice::SetPromiscReceiveCallback(PromiscReceiveCallback cb)
{
    m_promisc = cb;
    m_wire->SetPromiscReceiveCallback(
        MakeCallback(&PayloadCacheNetDevice::PromiscReceiveFromWire, this));
}

} // namespace ns3
