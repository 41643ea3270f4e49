#include "message-arrivals.h"

#include "frame-info.h"
#include "wire-damage.h"

#include "ns3/abort.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/ppp-header.h"
#include "ns3/simulator.h"
#include "ns3/tcp-header.h"

#include <algorithm>

using namespace ns3;

namespace scenario
{

namespace
{

constexpr uint16_t PPP_IPV6 = 0x0057; // IANA PPP numbers; all else here is IPv4

} // namespace

MessageArrivals::MessageArrivals(Ptr<NetDevice> wire,
                                 uint16_t firstPort,
                                 uint64_t connections,
                                 uint64_t messageBytes)
    : m_firstPort(firstPort),
      m_messageBytes(messageBytes),
      m_streams(connections)
{
    bool connected = wire->TraceConnectWithoutContext(
        "PhyRxEnd", MakeCallback(&MessageArrivals::FrameCame, this));
    NS_ABORT_MSG_UNLESS(connected, "the wire does not tell what it received");
}

pc_time
MessageArrivals::Take(uint64_t connection)
{
    std::deque<pc_time>& arrivals = m_streams[connection].arrivals;
    NS_ABORT_MSG_IF(arrivals.empty(), "a message was read before it came");
    pc_time arrival = arrivals.front();
    arrivals.pop_front();
    return arrival;
}

void
MessageArrivals::FrameCame(Ptr<const Packet> frame)
{
    Ptr<Packet> packet = frame->Copy();
    PppHeader ppp;
    packet->RemoveHeader(ppp);
    uint16_t protocol = ppp.GetProtocol() == PPP_IPV6 ? Ipv6L3Protocol::PROT_NUMBER
                                                      : Ipv4L3Protocol::PROT_NUMBER;
    FrameInfo info = FrameInfo::Parse(packet, protocol);
    std::size_t connection = info.received.localPort - m_firstPort;
    if (!info.isTcp || connection >= m_streams.size() ||
        CheckPacket(packet, protocol) != PC_PACKET_WHOLE)
    {
        return;
    }
    Stream& stream = m_streams[connection];
    SequenceNumber32 sequence(info.sequence);
    if (info.flags & TcpHeader::SYN)
    {
        stream.next = sequence + 1 + static_cast<uint32_t>(stream.inOrder);
    }
    else
    {
        BytesCame(stream, sequence, info.PayloadBytes());
    }
}

void
MessageArrivals::BytesCame(Stream& stream, SequenceNumber32 first, uint32_t bytes)
{
    int64_t begin = static_cast<int64_t>(stream.inOrder) + (first - stream.next);
    int64_t end = begin + bytes;
    if (end <= static_cast<int64_t>(stream.inOrder))
    {
        return; // it had come before
    }
    uint64_t& aheadEnd = stream.ahead[std::max<int64_t>(begin, 0)];
    aheadEnd = std::max<uint64_t>(aheadEnd, end);
    uint64_t before = stream.inOrder;
    while (!stream.ahead.empty() && stream.ahead.begin()->first <= stream.inOrder)
    {
        stream.inOrder = std::max(stream.inOrder, stream.ahead.begin()->second);
        stream.ahead.erase(stream.ahead.begin());
    }
    stream.next += static_cast<uint32_t>(stream.inOrder - before);
    pc_time now = Simulator::Now().GetPicoSeconds();
    uint64_t messages = stream.inOrder / m_messageBytes - before / m_messageBytes;
    stream.arrivals.insert(stream.arrivals.end(), messages, now);
}

} // namespace scenario
