/* Whether packets are whole: one damaged byte anywhere, found by the bytes and by its place alike. */

#include "pc-checksum.h"
#include "pc-packet-check.h"

#include "pc-test.h"

#include <string.h>

#define LONGEST 400

static void
write16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* A segment of TCP (protocol 6) or a datagram of UDP (17) in a packet, with right checksums, made
 * word by word from the RFCs' figures. */
static uint32_t
make_packet_of(uint8_t protocol,
               uint8_t *packet,
               bool ipv6,
               uint32_t payload,
               uint32_t padding,
               uint64_t *random)
{
    bool tcp = protocol == 6;
    uint32_t header = ipv6 ? 40 : 20;
    uint32_t segment = (tcp ? 20 : 8) + payload;
    for (uint32_t i = 0; i < header + segment + padding; i++)
    {
        packet[i] = (uint8_t)pc_test_random(random);
    }
    memset(packet, 0, 12);
    if (ipv6)
    {
        packet[0] = 0x60;
        write16(packet + 4, segment);
        packet[6] = protocol;
        packet[7] = 64;
    }
    else
    {
        packet[0] = 0x45;
        write16(packet + 2, header + segment);
        packet[8] = 64;
        packet[9] = protocol;
        write16(packet + 10, 0xffffu - pc_sum_bytes(packet, 20));
    }
    uint8_t *transport = packet + header;
    uint8_t *checksum = transport + (tcp ? 16 : 6);
    if (tcp)
    {
        transport[12] = 5 << 4;
    }
    else
    {
        write16(transport + 4, segment);
    }
    write16(checksum, 0);
    uint8_t pseudo[40] = {0};
    uint32_t addresses = ipv6 ? 32 : 8;
    memcpy(pseudo, packet + header - addresses, addresses);
    write16(pseudo + addresses, segment);
    pseudo[addresses + 3] = protocol;
    uint16_t sum = pc_sum_add(pc_sum_bytes(pseudo, sizeof(pseudo)), pc_sum_bytes(transport, segment));
    write16(checksum, !tcp && sum == 0xffffu ? 0xffffu : 0xffffu - sum); /* RFC 768: 0 is none */
    return header + segment + padding;
}

static uint32_t
make_packet(uint8_t *packet, bool ipv6, uint32_t payload, uint32_t padding, uint64_t *random)
{
    return make_packet_of(6, packet, ipv6, payload, padding, random);
}

/* True if an IPv4 datagram has no checksum now, where its mark is taken to say that it has one. */
static bool
has_none(const uint8_t *packet, bool ipv6)
{
    return !ipv6 && packet[9] == 17 && packet[26] == 0 && packet[27] == 0;
}

static void
test_every_byte(uint8_t protocol, bool ipv6, uint32_t payload, uint32_t padding, uint64_t *random)
{
    uint8_t packet[LONGEST];
    uint32_t length = make_packet_of(protocol, packet, ipv6, payload, padding, random);
    CHECK_EQ(pc_packet_verdict_of_bytes(packet, length, ipv6), PC_PACKET_WHOLE);
    CHECK_EQ(pc_packet_verdict_of_mark(packet, length, ipv6, PC_PACKET_UNMARKED), PC_PACKET_WHOLE);
    for (uint32_t position = 0; position < length; position++)
    {
        for (uint32_t mask = 1; mask < 256; mask++)
        {
            packet[position] ^= (uint8_t)mask;
            if (!has_none(packet, ipv6))
            {
                CHECK_EQ(pc_packet_verdict_of_bytes(packet, length, ipv6),
                         pc_packet_verdict_of_mark(packet, length, ipv6, position));
            }
            packet[position] ^= (uint8_t)mask;
        }
    }
}

static enum pc_packet_verdict
verdict_after(uint8_t *packet, uint32_t length, bool ipv6, uint32_t position, uint8_t mask)
{
    packet[position] ^= mask;
    enum pc_packet_verdict verdict = pc_packet_verdict_of_bytes(packet, length, ipv6);
    packet[position] ^= mask;
    return verdict;
}

/* What no checksum covers passes; the rest does not. */
static void
test_what_is_covered(uint64_t *random)
{
    uint8_t packet[LONGEST];
    uint32_t length = make_packet(packet, true, 100, 6, random);
    CHECK_EQ(verdict_after(packet, length, true, 1, 0x10), PC_PACKET_WHOLE);  /* traffic class */
    CHECK_EQ(verdict_after(packet, length, true, 7, 0x01), PC_PACKET_WHOLE);  /* hop limit */
    CHECK_EQ(verdict_after(packet, length, true, 6, 0x34), PC_PACKET_WHOLE);  /* OSPF now */
    CHECK_EQ(verdict_after(packet, length, true, 0, 0x20), PC_PACKET_BAD_NETWORK); /* version */
    CHECK_EQ(verdict_after(packet, length, true, 4, 0x80), PC_PACKET_BAD_NETWORK); /* too long */
    CHECK_EQ(verdict_after(packet, length, true, 30, 0x01), PC_PACKET_BAD_TRANSPORT); /* to whom */
    CHECK_EQ(verdict_after(packet, length, true, length - 7, 0x01), PC_PACKET_BAD_TRANSPORT);
    CHECK_EQ(verdict_after(packet, length, true, length - 6, 0x01), PC_PACKET_WHOLE); /* padding */
    length = make_packet(packet, false, 101, 0, random);
    CHECK_EQ(verdict_after(packet, length, false, 8, 0x01), PC_PACKET_BAD_NETWORK); /* TTL */
    CHECK_EQ(verdict_after(packet, length, false, 20, 0x01), PC_PACKET_BAD_TRANSPORT);
    CHECK_EQ(verdict_after(packet, length, false, length - 1, 0x01), PC_PACKET_BAD_TRANSPORT);
}

/* A UDP datagram: its checksum covers all of it; without one nothing does, but over IPv6 it has one. */
static void
test_datagrams(uint64_t *random)
{
    uint8_t packet[LONGEST];
    for (int ipv6 = 0; ipv6 < 2; ipv6++)
    {
        uint32_t header = ipv6 ? 40 : 20;
        uint32_t length = make_packet_of(17, packet, ipv6, 60, 4, random);
        CHECK_EQ(verdict_after(packet, length, ipv6, header + 3, 0x01), PC_PACKET_BAD_TRANSPORT);
        CHECK_EQ(verdict_after(packet, length, ipv6, length - 5, 0x01), PC_PACKET_BAD_TRANSPORT);
        CHECK_EQ(verdict_after(packet, length, ipv6, length - 4, 0x01), PC_PACKET_WHOLE);
        write16(packet + header + 6, 0);
        CHECK_EQ(pc_packet_verdict_of_bytes(packet, length, ipv6),
                 ipv6 ? PC_PACKET_BAD_TRANSPORT : PC_PACKET_WHOLE);
    }
}

/* Fragments: their bytes tell nothing, their mark what the datagram's checksum will say. */
static void
test_fragments(uint64_t *random)
{
    uint8_t packet[LONGEST];
    uint32_t length = make_packet_of(17, packet, false, 96, 6, random);
    packet[6] = 0x20; /* more fragments */
    write16(packet + 10, 0);
    write16(packet + 10, 0xffffu - pc_sum_bytes(packet, 20));
    CHECK_EQ(verdict_after(packet, length, false, 60, 0x01), PC_PACKET_WHOLE);
    CHECK_EQ(pc_packet_verdict_of_mark(packet, length, false, 60), PC_PACKET_BAD_TRANSPORT);
    CHECK_EQ(pc_packet_verdict_of_mark(packet, length, false, length - 6), PC_PACKET_WHOLE);
    CHECK_EQ(pc_packet_verdict_of_mark(packet, length, false, PC_PACKET_UNMARKED), PC_PACKET_WHOLE);
    packet[9] = 6; /* TCP's are not looked after */
    CHECK_EQ(pc_packet_verdict_of_mark(packet, length, false, 60), PC_PACKET_WHOLE);

    length = make_packet_of(17, packet, true, 96, 6, random);
    packet[6] = 44;  /* RFC 8200, 4.5: next header, reserved, offset, identification */
    packet[40] = 17;
    for (uint32_t position = 40; position < length; position++)
    {
        bool covered = position == 42 || position == 43 || (position >= 48 && position < length - 6);
        CHECK_EQ(pc_packet_verdict_of_mark(packet, length, true, position),
                 covered ? PC_PACKET_BAD_TRANSPORT : PC_PACKET_WHOLE);
        CHECK_EQ(verdict_after(packet, length, true, position, 0x01), PC_PACKET_WHOLE);
    }
    packet[40] = 6;
    CHECK_EQ(pc_packet_verdict_of_mark(packet, length, true, 60), PC_PACKET_WHOLE);
}

/* A packet that ends in the middle of a header is not read beyond its end. */
static void
test_cut_off(uint64_t *random)
{
    uint8_t packet[LONGEST];
    for (int ipv6 = 0; ipv6 < 2; ipv6++)
    {
        uint32_t length = make_packet(packet, ipv6, 30, 0, random);
        for (uint32_t cut = 0; cut < length; cut++)
        {
            CHECK_EQ(pc_packet_verdict_of_bytes(packet, cut, ipv6), PC_PACKET_BAD_NETWORK);
            CHECK_EQ(pc_packet_verdict_of_mark(packet, cut, ipv6, 0), PC_PACKET_BAD_NETWORK);
        }
    }
}

int
main(void)
{
    uint64_t random = 1;
    for (int ipv6 = 0; ipv6 < 2; ipv6++)
    {
        for (int udp = 0; udp < 2; udp++)
        {
            uint8_t protocol = udp ? 17 : 6;
            test_every_byte(protocol, ipv6, 0, 0, &random);
            test_every_byte(protocol, ipv6, 1, 5, &random);
            test_every_byte(protocol, ipv6, 100, 0, &random);
            test_every_byte(protocol, ipv6, 301, 0, &random);
        }
    }
    test_datagrams(&random);
    test_fragments(&random);
    test_what_is_covered(&random);
    test_cut_off(&random);
    return pc_test_done();
}
