#ifndef FRAME_INFO_H
#define FRAME_INFO_H

#include "ns3/packet.h"

#include <array>
#include <functional>

namespace ns3
{

/**
 * \ingroup payload-cache
 * Names a connection from one end: both addresses and both ports.
 */
struct FlowKey
{
    std::array<uint8_t, 16> peer{};  //!< the peer's address; IPv4 in the first four bytes
    std::array<uint8_t, 16> local{}; //!< the address at this end, likewise
    bool isIpv6{false};              //!< over IPv6
    uint16_t localPort{0};          //!< port at this end
    uint16_t peerPort{0};           //!< port at the other end

    /** \return true if both name the same connection */
    bool operator==(const FlowKey& other) const
    {
        return localPort == other.localPort && peerPort == other.peerPort && peer == other.peer &&
               local == other.local;
    }
};

/** \ingroup payload-cache Hash of a FlowKey. */
struct FlowKeyHash
{
    /** \return the hash */
    std::size_t operator()(const FlowKey& key) const;
};

/**
 * \ingroup payload-cache
 * What the driver reads in the headers of a packet: their lengths and, for TCP and UDP, the ports.
 */
struct FrameInfo
{
    static constexpr uint32_t UDP_HEADER = 8; //!< RFC 768

    uint32_t packetBytes{0};  //!< from the network header on, without link padding
    uint32_t headerBytes{0};  //!< network header, with TCP and UDP theirs too; all of it where not understood
    uint32_t networkBytes{0}; //!< of them the network header's
    uint32_t checksumAt{0};   //!< where the transport's checksum field is; 0: it has none
    uint16_t checksum{0};     //!< what stands there: from a stack that sees zeros, the card's seed
    bool isTcp{false};        //!< an unfragmented TCP segment
    bool isTcpFragment{false}; //!< a fragment of a TCP segment, of which nothing else is known
    bool isUdp{false};        //!< a UDP datagram, or a fragment of one
    bool isFragment{false};   //!< UDP: a fragment, its first one or another
    bool moreFragments{false}; //!< UDP: not the last fragment
    uint32_t identification{0}; //!< UDP: of the datagram that it is a fragment of
    uint32_t fragmentOffset{0}; //!< UDP: where in the datagram, its header included, it begins, bytes
    bool isDamaged{false};    //!< UDP: its datagram's checksum will say so, in runs without bytes
    FlowKey received;         //!< TCP, UDP: the connection, seen by the receiver
    uint32_t sequence{0};     //!< TCP: sequence number
    uint32_t acknowledgment{0}; //!< TCP: acknowledgment number
    uint8_t flags{0};         //!< TCP: flags
    bool isMarked{false};     //!< ECN: congestion experienced

    /** \return bytes behind the headers */
    uint32_t PayloadBytes() const
    {
        return packetBytes - headerBytes;
    }

    /** \return true if it carries payload of a transport that is understood */
    bool IsData() const
    {
        return (isTcp || isUdp) && PayloadBytes() > 0;
    }

    /** \return true if it carries the ports of a UDP datagram: all of it, or its first fragment */
    bool HasUdpHeader() const
    {
        return isUdp && fragmentOffset == 0;
    }

    /** \return UDP: bytes of the datagram, its header included, that the frame carries */
    uint32_t DatagramBytes() const
    {
        return packetBytes - networkBytes;
    }

    /** \return UDP: where in the datagram's payload the frame's payload begins */
    uint32_t PayloadPosition() const
    {
        return fragmentOffset == 0 ? 0 : fragmentOffset - UDP_HEADER;
    }

    /**
     * \return true if the payload may be taken out of the frame, and put into it again: where its
     * headers end is known, and what its checksum comes to without it
     */
    bool CanSwapPayload() const
    {
        return (checksumAt != 0 || isUdp) && PayloadBytes() > 0;
    }

    /**
     * Reads the headers of a packet.
     * \param packet the packet, from its network header on
     * \param protocol the EtherType
     */
    static FrameInfo Parse(Ptr<const Packet> packet, uint16_t protocol);

    /**
     * What is left to say of a packet whose network header is damaged: that it is one.
     * \copydetails Parse
     */
    static FrameInfo Unbelieved(Ptr<const Packet> packet, uint16_t protocol);
};

} // namespace ns3

#endif
