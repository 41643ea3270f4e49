// What is asked of a datagram socket, and ns-3's inner socket answers: names, groups, options.

#include "payload-cache-udp-socket.h"

#include "ns3/boolean.h"
#include "ns3/callback.h"
#include "ns3/integer.h"
#include "ns3/uinteger.h"

namespace ns3
{

namespace
{

/** Sets an attribute of ns-3's socket. While one of ours is made there is none yet: it will have
 * ns-3's own default, and tell nobody of errors. */
void
SetInner(Socket* inner, const std::string& name, const AttributeValue& value)
{
    if (inner)
    {
        inner->SetAttribute(name, value);
    }
}

/** \return an attribute of ns-3's socket */
template <typename Value>
auto
GetInner(const Socket* inner, const std::string& name)
{
    Value value;
    inner->GetAttribute(name, value);
    return value.Get();
}

} // namespace

Socket::SocketType
PayloadCacheUdpSocket::GetSocketType() const
{
    return NS3_SOCK_DGRAM;
}

Ptr<Node>
PayloadCacheUdpSocket::GetNode() const
{
    return m_inner->GetNode();
}

int
PayloadCacheUdpSocket::Listen()
{
    return m_inner->Listen();
}

int
PayloadCacheUdpSocket::GetSockName(Address& address) const
{
    return m_inner->GetSockName(address);
}

int
PayloadCacheUdpSocket::GetPeerName(Address& address) const
{
    return m_inner->GetPeerName(address);
}

void
PayloadCacheUdpSocket::BindToNetDevice(Ptr<NetDevice> device)
{
    Socket::BindToNetDevice(device);
    m_inner->BindToNetDevice(device);
}

bool
PayloadCacheUdpSocket::SetAllowBroadcast(bool allow)
{
    return m_inner->SetAllowBroadcast(allow);
}

bool
PayloadCacheUdpSocket::GetAllowBroadcast() const
{
    return m_inner->GetAllowBroadcast();
}

void
PayloadCacheUdpSocket::Ipv6JoinGroup(Ipv6Address address,
                                     Ipv6MulticastFilterMode filterMode,
                                     std::vector<Ipv6Address> sourceAddresses)
{
    m_inner->Ipv6JoinGroup(address, filterMode, sourceAddresses);
}

void
PayloadCacheUdpSocket::Ipv6LeaveGroup()
{
    m_inner->Ipv6LeaveGroup();
}

int
PayloadCacheUdpSocket::MulticastJoinGroup(uint32_t interface, const Address& group)
{
    return static_cast<UdpSocket*>(m_inner)->MulticastJoinGroup(interface, group);
}

int
PayloadCacheUdpSocket::MulticastLeaveGroup(uint32_t interface, const Address& group)
{
    return static_cast<UdpSocket*>(m_inner)->MulticastLeaveGroup(interface, group);
}

void
PayloadCacheUdpSocket::PassOptions()
{
    m_inner->SetIpTos(GetIpTos());
    m_inner->SetPriority(GetPriority()); // behind the former, which sets one
    m_inner->SetRecvPktInfo(IsRecvPktInfo());
    m_inner->SetIpRecvTos(IsIpRecvTos());
    m_inner->SetIpRecvTtl(IsIpRecvTtl());
    m_inner->SetIpv6RecvTclass(IsIpv6RecvTclass());
    m_inner->SetIpv6RecvHopLimit(IsIpv6RecvHopLimit());
    if (IsManualIpTtl())
    {
        m_inner->SetIpTtl(GetIpTtl());
    }
    if (IsManualIpv6HopLimit())
    {
        m_inner->SetIpv6HopLimit(GetIpv6HopLimit());
    }
    if (IsManualIpv6Tclass())
    {
        m_inner->SetIpv6Tclass(GetIpv6Tclass());
    }
}

void
PayloadCacheUdpSocket::Sent(Ptr<Socket> /* inner */, uint32_t bytes)
{
    NotifyDataSent(bytes);
}

void
PayloadCacheUdpSocket::MaySend(Ptr<Socket> /* inner */, uint32_t bytes)
{
    if (!m_async)
    {
        NotifySend(bytes); // else when the call returns
    }
}

void
PayloadCacheUdpSocket::SetIcmpCallback(IcmpCallback callback)
{
    SetInner(m_inner, "IcmpCallback", CallbackValue(callback));
}

void
PayloadCacheUdpSocket::SetIcmp6Callback(Icmp6Callback callback)
{
    SetInner(m_inner, "IcmpCallback6", CallbackValue(callback));
}

void
PayloadCacheUdpSocket::SetRcvBufSize(uint32_t value)
{
    SetInner(m_inner, "RcvBufSize", UintegerValue(value));
}

uint32_t
PayloadCacheUdpSocket::GetRcvBufSize() const
{
    return GetInner<UintegerValue>(m_inner, "RcvBufSize");
}

void
PayloadCacheUdpSocket::SetIpMulticastTtl(uint8_t value)
{
    SetInner(m_inner, "IpMulticastTtl", UintegerValue(value));
}

uint8_t
PayloadCacheUdpSocket::GetIpMulticastTtl() const
{
    return GetInner<UintegerValue>(m_inner, "IpMulticastTtl");
}

void
PayloadCacheUdpSocket::SetIpMulticastIf(int32_t value)
{
    SetInner(m_inner, "IpMulticastIf", IntegerValue(value));
}

int32_t
PayloadCacheUdpSocket::GetIpMulticastIf() const
{
    return GetInner<IntegerValue>(m_inner, "IpMulticastIf");
}

void
PayloadCacheUdpSocket::SetIpMulticastLoop(bool value)
{
    SetInner(m_inner, "IpMulticastLoop", BooleanValue(value));
}

bool
PayloadCacheUdpSocket::GetIpMulticastLoop() const
{
    return GetInner<BooleanValue>(m_inner, "IpMulticastLoop");
}

void
PayloadCacheUdpSocket::SetMtuDiscover(bool value)
{
    SetInner(m_inner, "MtuDiscover", BooleanValue(value));
}

bool
PayloadCacheUdpSocket::GetMtuDiscover() const
{
    return GetInner<BooleanValue>(m_inner, "MtuDiscover");
}

} // namespace ns3
