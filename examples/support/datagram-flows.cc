#include "datagram-flows.h"

#include "addresses.h"

#include "pattern.h"

#include "ns3/boolean.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/simulator.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <array>

using namespace ns3;

namespace scenario
{

namespace
{

constexpr uint16_t FIRST_PORT = 5001; // chosen: iperf's
/// A datagram's number, as many bytes of it as the datagram has room for, least significant first.
constexpr uint32_t NUMBER_BYTES = 4;
/// Groups of the link: chosen, of those that nobody has. ns-3 takes ff02::/16 alone for the link's.
const char* const GROUP_IPV4 = "224.0.0.200";
const char* const GROUP_IPV6 = "ff02::db8";

} // namespace

Ptr<Packet>
MakeDatagram(uint32_t flow, uint64_t number, uint32_t size)
{
    std::vector<uint8_t> bytes(size);
    FillPattern(flow, number * size, bytes.data(), size);
    for (uint32_t i = 0; i < std::min(size, NUMBER_BYTES); i++)
    {
        bytes[i] = static_cast<uint8_t>(number >> (8 * i));
    }
    return Create<Packet>(bytes.data(), size);
}

uint32_t
CountWrongBytesOf(uint32_t flow, uint32_t size, uint64_t sent, Ptr<const Packet> packet)
{
    if (packet->GetSize() != size || sent == 0)
    {
        return packet->GetSize();
    }
    std::array<uint8_t, NUMBER_BYTES> head{};
    uint32_t known = packet->CopyData(head.data(), NUMBER_BYTES);
    uint64_t low = 0;
    for (uint32_t i = 0; i < known; i++)
    {
        low |= uint64_t(head[i]) << (8 * i);
    }
    // the latest datagram of that number that has been sent
    uint64_t wrap = UINT64_C(1) << (8 * known);
    uint64_t last = sent - 1;
    uint64_t back = (last - low) % wrap;
    if (back > last)
    {
        return size; // none
    }
    Ptr<Packet> rest = packet->CreateFragment(known, size - known);
    return CountWrongBytes(flow, (last - back) * size + known, rest);
}

DatagramFlow::DatagramFlow(Network& network, const DatagramParameters& parameters, uint32_t number)
    : m_p(parameters),
      m_number(number),
      m_rate(parameters.rate > 0 ? parameters.rate : parameters.pace)
{
    m_to = GetDestination(network);
    for (uint64_t i = 0; i < m_p.receivers; i++)
    {
        MakeReceiver(network);
    }
    MakeSender(network);
}

uint16_t
DatagramFlow::GetPort() const
{
    return static_cast<uint16_t>(FIRST_PORT + m_number);
}

Address
DatagramFlow::GetDestination(Network& network) const
{
    const Address& host = network.GetHosts()[1].address;
    if (m_p.to == "unicast")
    {
        return At(host, GetPort());
    }
    if (m_p.to == "broadcast")
    {
        return InetSocketAddress(Ipv4Address::GetBroadcast(), GetPort());
    }
    if (Ipv6Address::IsMatchingType(host))
    {
        return Inet6SocketAddress(Ipv6Address(GROUP_IPV6), GetPort());
    }
    return InetSocketAddress(Ipv4Address(GROUP_IPV4), GetPort());
}

void
DatagramFlow::MakeSender(Network& network)
{
    Host& host = network.GetHosts()[0];
    m_sender = Socket::CreateSocket(host.node, network.GetDatagramFactory());
    m_sender->SetAllowBroadcast(m_p.to == "broadcast");
    if (m_p.to == "multicast")
    {
        // ns-3 looks for no route to a link's group
        m_sender->BindToNetDevice(host.card ? Ptr<NetDevice>(host.card) : host.wire);
    }
    m_sender->SetSendCallback(MakeCallback(&DatagramFlow::MaySend, this));
}

void
DatagramFlow::MakeReceiver(Network& network)
{
    Host& host = network.GetHosts()[1];
    auto socket = Socket::CreateSocket(host.node, network.GetDatagramFactory());
    socket->SetAttributeFailSafe("ShareAddress", BooleanValue(m_p.receivers > 1));
    NS_ABORT_MSG_IF(socket->Bind(AtAny(host.address, GetPort())) != 0, "the port is in use");
    if (Inet6SocketAddress::IsMatchingType(m_to) && m_p.to == "multicast")
    {
        socket->Ipv6JoinGroup(Ipv6Address(GROUP_IPV6));
    }
    socket->SetRecvCallback(MakeCallback(&DatagramFlow::Read, this));
    socket->TraceConnectWithoutContext("Drop", MakeCallback(&DatagramFlow::Overflowed, this));
    m_receivers.push_back(socket);
}

void
DatagramFlow::Begin()
{
    m_began = Simulator::Now();
    m_lastProgress = m_began;
    if (m_rate > 0)
    {
        Due();
    }
    else
    {
        Send();
    }
}

void
DatagramFlow::Due()
{
    if (m_finished || (m_p.datagrams != 0 && m_due == m_p.datagrams))
    {
        return;
    }
    m_due++;
    // from the first one on, so that rounding does not add up
    Time next = m_began + Seconds(static_cast<double>(m_due) / m_rate);
    Simulator::Schedule(next - Simulator::Now(), &DatagramFlow::Due, this);
    Send();
}

bool
DatagramFlow::IsDue() const
{
    bool wanted = m_p.datagrams == 0 || m_counts.sent < m_p.datagrams;
    return !m_finished && wanted && (m_rate == 0 || m_counts.sent < m_due);
}

void
DatagramFlow::Send()
{
    if (m_sending)
    {
        return; // told of room in sendto itself
    }
    m_sending = true;
    while (IsDue())
    {
        auto size = static_cast<uint32_t>(m_p.size);
        Ptr<Packet> packet =
            m_p.pattern ? MakeDatagram(m_number, m_counts.sent, size) : Create<Packet>(size);
        m_counts.sent++; // before, since it may arrive in the call
        if (m_sender->SendTo(packet, 0, m_to) < 0)
        {
            m_counts.sent--; // MaySend() comes
            break;
        }
        m_lastProgress = Simulator::Now();
    }
    m_sending = false;
    if (m_p.datagrams != 0 && m_counts.sent == m_p.datagrams)
    {
        m_finished = true;
    }
}

void
DatagramFlow::MaySend(Ptr<Socket> /* socket */, uint32_t /* room */)
{
    Send();
}

void
DatagramFlow::Read(Ptr<Socket> socket)
{
    while (Ptr<Packet> packet = socket->Recv())
    {
        m_counts.received++;
        m_lastProgress = Simulator::Now();
        if (m_p.pattern)
        {
            auto size = static_cast<uint32_t>(m_p.size);
            m_wrong += CountWrongBytesOf(m_number, size, m_counts.sent, packet);
        }
    }
}

void
DatagramFlow::Overflowed(Ptr<const Packet> /* packet */)
{
    m_counts.overflowed++;
    m_lastProgress = Simulator::Now();
}

void
DatagramFlow::Finish()
{
    m_finished = true;
}

bool
DatagramFlow::HasSent() const
{
    return m_finished && m_sender->GetTxAvailable() > 0;
}

const DatagramCounts&
DatagramFlow::GetCounts() const
{
    return m_counts;
}

uint64_t
DatagramFlow::GetOffered() const
{
    return m_rate > 0 ? m_due : m_counts.sent;
}

uint64_t
DatagramFlow::GetRead() const
{
    return m_counts.received * m_p.size;
}

uint64_t
DatagramFlow::GetWrong() const
{
    return m_wrong;
}

Time
DatagramFlow::GetLastProgress() const
{
    return m_lastProgress;
}

} // namespace scenario
