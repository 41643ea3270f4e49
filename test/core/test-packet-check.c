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

/* A TCP segment in a packet, with right checksums, made word by word from the RFCs' figures. */
static uint32_t
make_packet(uint8_t *packet, bool ipv6, uint32_t payload, uint32_t padding, uint64_t *random)
{
    uint32_t header = ipv6 ? 40 : 20;
    uint32_t segment = 20 + payload;
    for (uint32_t i = 0; i < header + segment + padding; i++)
    {
        packet[i] = (uint8_t)pc_test_random(random);
    }
    memset(packet, 0, 12);
    if (ipv6)
    {
        packet[0] = 0x60;
        write16(packet + 4, segment);
        packet[6] = 6;
        packet[7] = 64;
    }
    else
    {
        packet[0] = 0x45;
        write16(packet + 2, header + segment);
        packet[8] = 64;
        packet[9] = 6;
        write16(packet + 10, 0xffffu - pc_sum_bytes(packet, 20));
    }
    uint8_t *tcp = packet + header;
    tcp[12] = 5 << 4;
    write16(tcp + 16, 0);
    uint8_t pseudo[40] = {0};
    uint32_t addresses = ipv6 ? 32 : 8;
    memcpy(pseudo, packet + header - addresses, addresses);
    write16(pseudo + addresses, segment);
    pseudo[addresses + 3] = 6;
    uint16_t sum = pc_sum_add(pc_sum_bytes(pseudo, sizeof(pseudo)), pc_sum_bytes(tcp, segment));
    write16(tcp + 16, 0xffffu - sum);
    return header + segment + padding;
}

static void
test_every_byte(bool ipv6, uint32_t payload, uint32_t padding, uint64_t *random)
{
    uint8_t packet[LONGEST];
    uint32_t length = make_packet(packet, ipv6, payload, padding, random);
    CHECK_EQ(pc_packet_verdict_of_bytes(packet, length, ipv6), PC_PACKET_WHOLE);
    CHECK_EQ(pc_packet_verdict_of_mark(packet, length, ipv6, PC_PACKET_UNMARKED), PC_PACKET_WHOLE);
    for (uint32_t position = 0; position < length; position++)
    {
        for (uint32_t mask = 1; mask < 256; mask++)
        {
            packet[position] ^= (uint8_t)mask;
            CHECK_EQ(pc_packet_verdict_of_bytes(packet, length, ipv6),
                     pc_packet_verdict_of_mark(packet, length, ipv6, position));
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
    CHECK_EQ(verdict_after(packet, length, true, 6, 0x17), PC_PACKET_WHOLE);  /* it is UDP now */
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
        test_every_byte(ipv6, 0, 0, &random);
        test_every_byte(ipv6, 1, 5, &random);
        test_every_byte(ipv6, 100, 0, &random);
        test_every_byte(ipv6, 301, 0, &random);
    }
    test_what_is_covered(&random);
    test_cut_off(&random);
    return pc_test_done();
}
