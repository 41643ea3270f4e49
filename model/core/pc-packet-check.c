#include "pc-packet-check.h"

#include "pc-checksum.h"

#define IPV4_HEADER 20u /* RFC 791, without options */
#define IPV6_HEADER 40u /* RFC 8200 */
#define TCP_HEADER 20u  /* RFC 9293, without options */
#define UDP_HEADER 8u   /* RFC 768 */
#define UDP_CHECKSUM 6u /* where it is in it */
#define PROTOCOL_TCP 6u /* IANA protocol numbers */
#define PROTOCOL_UDP 17u
#define PROTOCOL_FRAGMENT 44u   /* IPv6's header of a fragment, RFC 8200, 4.5: */
#define FRAGMENT_HEADER 8u      /* its bytes */
#define FRAGMENT_OFFSET_AT 2u   /* where in it the fragment's place is, with the flag that more come */
#define FRAGMENT_OFFSET_BYTES 2u

/* What a network header says, as far as a checksum's reader has to know. */
struct network
{
    bool malformed;      /* nothing behind it can be found */
    uint32_t header;     /* its bytes */
    uint32_t end;        /* of the packet, without what pads it */
    uint32_t announced;  /* the length of what is behind it, as it says */
    uint32_t addresses;  /* where source and destination are */
    uint32_t address_bytes;
    uint8_t protocol;
    bool fragment;
};

static uint32_t
read16(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 8 | bytes[1];
}

static uint32_t
least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static struct network
read_ipv4(const uint8_t *packet, uint32_t length)
{
    struct network n = {.malformed = true, .addresses = 12, .address_bytes = 8};
    if (length < IPV4_HEADER || packet[0] >> 4 != 4)
    {
        return n;
    }
    n.header = (packet[0] & 0x0fu) * 4;
    uint32_t total = read16(packet + 2);
    n.malformed = n.header < IPV4_HEADER || n.header > length || total < n.header || total > length;
    n.end = least(total, length);
    n.announced = total - n.header;
    n.protocol = packet[9];
    n.fragment = (read16(packet + 6) & 0x3fffu) != 0; /* more fragments, or an offset */
    return n;
}

static struct network
read_ipv6(const uint8_t *packet, uint32_t length)
{
    struct network n = {.malformed = true, .addresses = 8, .address_bytes = 32};
    if (length < IPV6_HEADER || packet[0] >> 4 != 6)
    {
        return n;
    }
    n.header = IPV6_HEADER;
    n.announced = read16(packet + 4);
    n.malformed = IPV6_HEADER + n.announced > length;
    n.end = least(IPV6_HEADER + n.announced, length);
    n.protocol = packet[6];
    return n;
}

/* The least bytes of the transport's header; 0 for one that is not known here. */
static uint32_t
transport_header(const struct network *n)
{
    switch (n->protocol)
    {
    case PROTOCOL_TCP:
        return TCP_HEADER;
    case PROTOCOL_UDP:
        return UDP_HEADER;
    default:
        return 0;
    }
}

static bool
has_segment(const struct network *n)
{
    return transport_header(n) != 0 && !n->fragment;
}

/* RFC 768: a datagram whose checksum is 0 has none. RFC 8200, 8.1: not so over IPv6. */
static bool
has_checksum(const struct network *n, const uint8_t *packet, bool ipv6)
{
    return n->protocol != PROTOCOL_UDP || ipv6 || read16(packet + n->header + UDP_CHECKSUM) != 0;
}

enum pc_packet_verdict
pc_packet_verdict_of_bytes(const uint8_t *packet, uint32_t length, bool ipv6)
{
    struct network n = ipv6 ? read_ipv6(packet, length) : read_ipv4(packet, length);
    if (n.malformed || (!ipv6 && pc_sum_bytes(packet, n.header) != 0xffff))
    {
        return PC_PACKET_BAD_NETWORK;
    }
    if (!has_segment(&n))
    {
        return PC_PACKET_WHOLE;
    }
    if (n.end < n.header + transport_header(&n))
    {
        return PC_PACKET_BAD_TRANSPORT;
    }
    if (!has_checksum(&n, packet, ipv6))
    {
        return PC_PACKET_WHOLE;
    }
    /* the pseudo-header: addresses, length, protocol (RFC 9293, 3.1; RFC 768; RFC 8200, 8.1) */
    uint16_t sum = pc_sum_bytes(packet + n.addresses, n.address_bytes);
    sum = pc_sum_add(sum, (uint16_t)n.announced);
    sum = pc_sum_add(sum, n.protocol);
    sum = pc_sum_add(sum, pc_sum_bytes(packet + n.header, n.end - n.header));
    return sum == 0xffff ? PC_PACKET_WHOLE : PC_PACKET_BAD_TRANSPORT;
}

/* True if a byte of the network header is part of the segment's pseudo-header. */
static bool
in_pseudo_header(const struct network *n, uint32_t position)
{
    bool length_or_protocol = position >= 4 && position <= 6; /* RFC 8200, 3 */
    return length_or_protocol ||
           (position >= n->addresses && position < n->addresses + n->address_bytes);
}

/* What a datagram's checksum would say of its fragment, once it has been put together. */
static enum pc_packet_verdict
verdict_of_fragment(const struct network *n, const uint8_t *headers, bool ipv6, uint32_t position)
{
    uint32_t protocol = ipv6 ? headers[n->header] : n->protocol;
    uint32_t data = n->header + (ipv6 ? FRAGMENT_HEADER : 0);
    uint32_t place = n->header + FRAGMENT_OFFSET_AT;
    bool moved = ipv6 && position >= place && position < place + FRAGMENT_OFFSET_BYTES;
    bool covered = moved || (position >= data && position < n->end);
    return protocol == PROTOCOL_UDP && covered ? PC_PACKET_BAD_TRANSPORT : PC_PACKET_WHOLE;
}

enum pc_packet_verdict
pc_packet_verdict_of_mark(const uint8_t *headers, uint32_t length, bool ipv6, uint32_t position)
{
    struct network n = ipv6 ? read_ipv6(headers, length) : read_ipv4(headers, length);
    /* an IPv4 header whose own length is damaged is damaged in its first byte */
    if (n.malformed || (!ipv6 && position < n.header))
    {
        return PC_PACKET_BAD_NETWORK;
    }
    bool ipv6_fragment = ipv6 && n.protocol == PROTOCOL_FRAGMENT;
    if (n.fragment || (ipv6_fragment && n.end >= n.header + FRAGMENT_HEADER))
    {
        return verdict_of_fragment(&n, headers, ipv6, position);
    }
    if (!has_segment(&n))
    {
        return PC_PACKET_WHOLE;
    }
    if (n.end < n.header + transport_header(&n))
    {
        return PC_PACKET_BAD_TRANSPORT;
    }
    bool covered = position < n.header ? in_pseudo_header(&n, position) : position < n.end;
    return covered ? PC_PACKET_BAD_TRANSPORT : PC_PACKET_WHOLE;
}
