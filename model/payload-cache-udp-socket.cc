// The datagram socket itself: its attributes, its port, who shares that, its end. Its calls are in
// payload-cache-udp-send.cc and -receive.cc; what ns-3's socket answers is in -options.cc.

#include "payload-cache-udp-socket.h"

#include "datagram-drops.h"
#include "payload-cache-net-device.h"

#include "ns3/boolean.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/log.h"
#include "ns3/uinteger.h"

#include <utility>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("PayloadCacheUdpSocket");
NS_OBJECT_ENSURE_REGISTERED(PayloadCacheUdpSocket);

TypeId
PayloadCacheUdpSocket::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::PayloadCacheUdpSocket")
            .SetParent<UdpSocket>()
            .SetGroupName("PayloadCache")
            .AddConstructor<PayloadCacheUdpSocket>()
            .AddAttribute("SndBufSize",
                          "bytes of datagrams on their way to the wire from which on a sender "
                          "sleeps; 0 for no limit, as in ns-3 [B]",
                          UintegerValue(0),
                          MakeUintegerAccessor(&PayloadCacheUdpSocket::m_sndBuf),
                          MakeUintegerChecker<uint32_t>())
            .AddAttribute("IcmpCallback",
                          "called with each ICMP error that comes back, as in ns-3 [callback]",
                          CallbackValue(),
                          MakeCallbackAccessor(&PayloadCacheUdpSocket::SetIcmpCallback),
                          MakeCallbackChecker())
            .AddAttribute("IcmpCallback6",
                          "called with each ICMPv6 error that comes back, as in ns-3 [callback]",
                          CallbackValue(),
                          MakeCallbackAccessor(&PayloadCacheUdpSocket::SetIcmp6Callback),
                          MakeCallbackChecker())
            .AddAttribute("Process",
                          "the process that calls: sockets of a host with the same number share "
                          "one, which is in one call at a time; 0 for one of its own [number]",
                          UintegerValue(0),
                          MakeUintegerAccessor(&PayloadCacheUdpSocket::m_process),
                          MakeUintegerChecker<uint32_t>(0, SHARED_PROCESS - 1))
            .AddAttribute("ShareAddress",
                          "sockets with this option may have the same address and port: what is "
                          "sent to a group or to all comes to each of them (Linux: SO_REUSEADDR) "
                          "[bool]",
                          BooleanValue(false),
                          MakeBooleanAccessor(&PayloadCacheUdpSocket::m_share),
                          MakeBooleanChecker())
            .AddTraceSource("Call",
                            "a sendto or recvfrom has returned: its kind, bytes and latency",
                            MakeTraceSourceAccessor(&PayloadCacheUdpSocket::m_callTrace),
                            "ns3::ProcessSocket::CallCallback")
            .AddTraceSource("Drop",
                            "a datagram is dropped, as the receive buffer has no room for it",
                            MakeTraceSourceAccessor(&PayloadCacheUdpSocket::m_dropTrace),
                            "ns3::Packet::TracedCallback");
    return tid;
}

TypeId
PayloadCacheUdpSocket::GetInstanceTypeId() const
{
    return GetTypeId();
}

PayloadCacheUdpSocket::~PayloadCacheUdpSocket() = default;

void
PayloadCacheUdpSocket::Enter(Ptr<Node> node, Ptr<Socket> inner)
{
    m_inner = PeekPointer(inner);
    inner->AggregateObject(this);
    inner->SetRecvCallback(MakeCallback(&PayloadCacheUdpSocket::Received, this));
    inner->SetDataSentCallback(MakeCallback(&PayloadCacheUdpSocket::Sent, this));
    inner->SetSendCallback(MakeCallback(&PayloadCacheUdpSocket::MaySend, this));
    inner->TraceConnectWithoutContext("Drop", MakeCallback(&PayloadCacheUdpSocket::Dropped, this));
    EnterHost(node);
    PrepareDatagrams(m_host, node);
}

Ptr<Socket>
PayloadCacheUdpSocket::Keep()
{
    return this;
}

Socket::SocketErrno
PayloadCacheUdpSocket::GetErrno() const
{
    return m_ownErrno != ERROR_NOTERROR ? m_ownErrno : m_inner->GetErrno();
}

// -- Ports, and ends --

void
PayloadCacheUdpSocket::EnterPort()
{
    if (m_port != 0 || m_closed)
    {
        return;
    }
    Address name;
    m_inner->GetSockName(name);
    m_port = InetSocketAddress::IsMatchingType(name)
                 ? InetSocketAddress::ConvertFrom(name).GetPort()
                 : Inet6SocketAddress::ConvertFrom(name).GetPort();
    if (m_port != 0)
    {
        m_host->Sockets().Bind(m_number, m_port);
    }
}

int
PayloadCacheUdpSocket::Bind()
{
    PassOptions();
    int result = m_inner->Bind();
    EnterPort();
    return result;
}

int
PayloadCacheUdpSocket::Bind6()
{
    PassOptions();
    int result = m_inner->Bind6();
    EnterPort();
    return result;
}

int
PayloadCacheUdpSocket::Bind(const Address& address)
{
    PassOptions();
    int result = m_inner->Bind(address);
    SetIpTos(m_inner->GetIpTos()); // an address may have one
    m_boundTo = address;
    if (result != 0)
    {
        return m_share && Join(address) ? 0 : result;
    }
    EnterPort();
    return result;
}

bool
PayloadCacheUdpSocket::Join(const Address& address)
{
    uint16_t port = InetSocketAddress::IsMatchingType(address)
                        ? InetSocketAddress::ConvertFrom(address).GetPort()
                        : Inet6SocketAddress::ConvertFrom(address).GetPort();
    for (uint32_t number : m_host->Sockets().OnPort(port))
    {
        auto other = dynamic_cast<PayloadCacheUdpSocket*>(m_host->Sockets().Find(number));
        if (other && other->m_share && other->m_boundTo == address)
        {
            other->m_members.push_back(m_number);
            return true;
        }
    }
    return false;
}

void
PayloadCacheUdpSocket::HandOn()
{
    std::vector<uint32_t> members = std::move(m_members);
    m_members.clear();
    for (uint32_t number : members)
    {
        auto member = dynamic_cast<PayloadCacheUdpSocket*>(m_host->Sockets().Find(number));
        if (member && !member->m_closed)
        {
            member->Bind(m_boundTo); // the first one has the address now, the others join it
        }
    }
}

Address
PayloadCacheUdpSocket::AddressOf(const Address& socket)
{
    if (InetSocketAddress::IsMatchingType(socket))
    {
        return InetSocketAddress::ConvertFrom(socket).GetIpv4();
    }
    if (!Inet6SocketAddress::IsMatchingType(socket))
    {
        return Address();
    }
    Ipv6Address address = Inet6SocketAddress::ConvertFrom(socket).GetIpv6();
    return address.IsIpv4MappedAddress() ? Address(address.GetIpv4MappedAddress())
                                         : Address(address);
}

int
PayloadCacheUdpSocket::Connect(const Address& address)
{
    m_peer = AddressOf(address);
    PassOptions();
    int result = m_inner->Connect(address);
    SetIpTos(m_inner->GetIpTos());
    if (result == 0)
    {
        NotifyConnectionSucceeded();
    }
    else
    {
        NotifyConnectionFailed();
    }
    return result;
}

int
PayloadCacheUdpSocket::ShutdownSend()
{
    m_shutdown = true;
    return m_write.IsRunning() && !m_pushing ? 0 : m_inner->ShutdownSend();
}

int
PayloadCacheUdpSocket::ShutdownRecv()
{
    // what has come may still be read, as in ns-3; nothing more will come
    m_host->Sockets().Unbind(m_number);
    return m_inner->ShutdownRecv();
}

int
PayloadCacheUdpSocket::Close()
{
    NS_LOG_FUNCTION(this);
    if (m_write.IsRunning())
    {
        m_latchedClose = true;
        return 0;
    }
    return CloseInner();
}

int
PayloadCacheUdpSocket::CloseInner()
{
    m_closed = true;
    m_host->Sockets().Unbind(m_number);
    ForgetUnread();
    int result = m_inner->Close();
    HandOn();
    return result;
}

bool
PayloadCacheUdpSocket::HasClosed() const
{
    return m_closed;
}

void
PayloadCacheUdpSocket::ForgetUnread()
{
    m_claims.KeepFirst(m_reading ? m_reading->GetSize() : 0);
    m_waiting.clear();
    m_waitingBytes = 0;
}

void
PayloadCacheUdpSocket::Place(PayloadCacheNetDevice& card, unsigned queue)
{
    m_placedCard = &card;
    m_queue = queue;
    m_interruptCore = card.GetQueueCore(queue);
    m_processCore = m_host->PlaceProcess(m_process, m_interruptCore, card.GetQueues());
}

void
PayloadCacheUdpSocket::PlaceToSend(PayloadCacheNetDevice& card)
{
    if (!m_placedCard)
    {
        Place(card, m_number % card.GetQueues()); // chosen: senders take the cores in turn
    }
}

void
PayloadCacheUdpSocket::PlaceToReceive(PayloadCacheNetDevice& card, unsigned queue)
{
    // As a scheduler does, the first datagram that comes draws its reader to its own core, but not
    // out of a call.
    if (!m_drawn && !InCall())
    {
        m_drawn = true;
        Place(card, queue);
    }
}

void
PayloadCacheUdpSocket::NotifyFree()
{
    bool wanted = m_readWanted;
    m_readWanted = false;
    if (!m_closed && !InCall() && (wanted || !m_waiting.empty()))
    {
        NotifyDataRecv();
    }
    if (!m_closed && !InCall())
    {
        NotifySend(GetTxAvailable());
    }
}

} // namespace ns3
