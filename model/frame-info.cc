#include "frame-info.h"

#include <algorithm>
#include <cstring>

namespace ns3
{

namespace
{

constexpr uint16_t ETHERTYPE_IPV4 = 0x0800; // IEEE 802 numbers
constexpr uint16_t ETHERTYPE_IPV6 = 0x86DD; // IEEE 802 numbers
constexpr uint8_t PROTOCOL_TCP = 6;         // IANA protocol numbers
constexpr uint8_t PROTOCOL_UDP = 17;        // IANA protocol numbers
constexpr uint8_t IPV6_FRAGMENT = 44;       // IANA protocol numbers
constexpr uint32_t IPV6_FRAGMENT_HEADER = 8; // RFC 8200
constexpr uint32_t UDP_CHECKSUM = 6;        // RFC 768: where it is
constexpr uint32_t IPV4_HEADER = 20;        // RFC 791, without options
constexpr uint32_t IPV6_HEADER = 40;        // RFC 8200
constexpr uint32_t TCP_HEADER = 20;         // RFC 9293, without options
constexpr uint32_t TCP_CHECKSUM = 16;       // RFC 9293, figure 1: where it is
constexpr uint8_t ECN_MASK = 3;             // RFC 3168
constexpr uint8_t ECN_CE = 3;               // RFC 3168: congestion experienced
constexpr uint32_t LONGEST_HEADERS = 60 + 60; // IPv4 and TCP, each with all options

uint16_t
Read16(const uint8_t* bytes)
{
    return static_cast<uint16_t>(bytes[0] << 8 | bytes[1]);
}

uint32_t
Read32(const uint8_t* bytes)
{
    return static_cast<uint32_t>(Read16(bytes)) << 16 | Read16(bytes + 2);
}

/** Reads the TCP header at \p offset into \p info, if there is one. */
void
ParseTcp(FrameInfo& info, const uint8_t* bytes, uint32_t available, uint32_t offset)
{
    if (available < offset + TCP_HEADER)
    {
        return;
    }
    const uint8_t* tcp = bytes + offset;
    uint32_t headerBytes = offset + (tcp[12] >> 4) * 4;
    if (headerBytes > info.packetBytes || headerBytes < offset + TCP_HEADER)
    {
        return;
    }
    info.isTcp = true;
    info.headerBytes = headerBytes;
    info.received.peerPort = Read16(tcp);
    info.received.localPort = Read16(tcp + 2);
    info.checksumAt = offset + TCP_CHECKSUM;
    info.checksum = Read16(tcp + TCP_CHECKSUM);
    info.sequence = Read32(tcp + 4);
    info.acknowledgment = Read32(tcp + 8);
    info.flags = tcp[13];
}

/** Reads a UDP header at \p offset into \p info, or what is behind one in a later fragment. */
void
ParseUdp(FrameInfo& info, const uint8_t* bytes, uint32_t available, uint32_t offset)
{
    uint32_t header = info.fragmentOffset == 0 ? FrameInfo::UDP_HEADER : 0;
    if (available < offset + header || info.packetBytes < offset + header)
    {
        return;
    }
    info.isUdp = true;
    info.networkBytes = offset;
    info.headerBytes = offset + header;
    if (header > 0)
    {
        const uint8_t* udp = bytes + offset;
        info.received.peerPort = Read16(udp);
        info.received.localPort = Read16(udp + 2);
        info.checksumAt = offset + UDP_CHECKSUM;
        info.checksum = Read16(udp + UDP_CHECKSUM);
    }
}

void
ParseIpv4(FrameInfo& info, const uint8_t* bytes, uint32_t available)
{
    uint32_t header = (bytes[0] & 0x0f) * 4;
    info.packetBytes = std::min<uint32_t>(info.packetBytes, Read16(bytes + 2));
    info.headerBytes = std::min(info.packetBytes, header);
    info.networkBytes = info.headerBytes;
    bool fragment = (Read16(bytes + 6) & 0x3fff) != 0; // more fragments, or an offset
    std::memcpy(info.received.peer.data(), bytes + 12, 4);
    std::memcpy(info.received.local.data(), bytes + 16, 4);
    info.isMarked = (bytes[1] & ECN_MASK) == ECN_CE;
    if (bytes[9] == PROTOCOL_TCP && fragment)
    {
        info.isTcpFragment = true;
    }
    else if (bytes[9] == PROTOCOL_TCP)
    {
        ParseTcp(info, bytes, available, header);
    }
    if (bytes[9] == PROTOCOL_UDP)
    {
        info.isFragment = fragment;
        info.moreFragments = (bytes[6] & 0x20) != 0;
        info.identification = Read16(bytes + 4);
        info.fragmentOffset = (Read16(bytes + 6) & 0x1fff) * 8;
        ParseUdp(info, bytes, available, header);
    }
}

void
ParseIpv6Fragment(FrameInfo& info, const uint8_t* bytes, uint32_t available)
{
    const uint8_t* fragment = bytes + IPV6_HEADER;
    info.isTcpFragment = fragment[0] == PROTOCOL_TCP;
    if (fragment[0] == PROTOCOL_UDP)
    {
        info.isFragment = true;
        info.moreFragments = (fragment[3] & 1) != 0;
        info.identification = Read32(fragment + 4);
        info.fragmentOffset = Read16(fragment + 2) & 0xfff8;
        ParseUdp(info, bytes, available, IPV6_HEADER + IPV6_FRAGMENT_HEADER);
    }
}

void
ParseIpv6(FrameInfo& info, const uint8_t* bytes, uint32_t available)
{
    info.received.isIpv6 = true;
    info.isMarked = (bytes[1] >> 4 & ECN_MASK) == ECN_CE;
    info.packetBytes = std::min<uint32_t>(info.packetBytes, IPV6_HEADER + Read16(bytes + 4));
    info.headerBytes = std::min(info.packetBytes, IPV6_HEADER);
    info.networkBytes = info.headerBytes;
    std::memcpy(info.received.peer.data(), bytes + 8, 16);
    std::memcpy(info.received.local.data(), bytes + 24, 16);
    if (bytes[6] == PROTOCOL_TCP)
    {
        ParseTcp(info, bytes, available, IPV6_HEADER);
    }
    else if (bytes[6] == PROTOCOL_UDP)
    {
        ParseUdp(info, bytes, available, IPV6_HEADER);
    }
    else if (bytes[6] == IPV6_FRAGMENT && available >= IPV6_HEADER + IPV6_FRAGMENT_HEADER)
    {
        ParseIpv6Fragment(info, bytes, available);
    }
}

} // namespace
std::size_t
FlowKeyHash::operator()(const FlowKey& key) const
{
    uint64_t halves[2];
    std::memcpy(halves, key.peer.data(), sizeof(halves));
    uint64_t ports = static_cast<uint64_t>(key.localPort) << 16 | key.peerPort;
    // Knuth's multiplicative constant, floor(2^64 / golden ratio)
    return (halves[0] ^ (halves[1] << 1) ^ ports) * 0x9e3779b97f4a7c15ULL;
}

FrameInfo
FrameInfo::Parse(Ptr<const Packet> packet, uint16_t protocol)
{
    uint8_t bytes[LONGEST_HEADERS];
    uint32_t available = packet->CopyData(bytes, sizeof(bytes));
    FrameInfo info;
    info.packetBytes = packet->GetSize();
    info.headerBytes = info.packetBytes;
    if (protocol == ETHERTYPE_IPV4 && available >= IPV4_HEADER)
    {
        ParseIpv4(info, bytes, available);
    }
    else if (protocol == ETHERTYPE_IPV6 && available >= IPV6_HEADER)
    {
        ParseIpv6(info, bytes, available);
    }
    return info;
}

FrameInfo
FrameInfo::Unbelieved(Ptr<const Packet> packet, uint16_t protocol)
{
    FrameInfo info;
    info.packetBytes = packet->GetSize();
    info.received.isIpv6 = protocol == ETHERTYPE_IPV6;
    uint32_t least = info.received.isIpv6 ? IPV6_HEADER : IPV4_HEADER;
    info.headerBytes = std::min(info.packetBytes, least);
    info.networkBytes = info.headerBytes;
    return info;
}

} // namespace ns3
