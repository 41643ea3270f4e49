/**
 * \file
 * Whether an IP packet with a TCP segment or a UDP datagram is whole: what a host finds out by the
 * checksums of its headers (RFC 791, 8200, 9293, 768) before it believes anything that they say.
 *
 * Two ways to the same verdict: by the bytes, where they are there, and by the place of the one byte
 * that is known to be damaged, where payload is only counted.
 */
#ifndef PC_PACKET_CHECK_H
#define PC_PACKET_CHECK_H

#include "pc-core.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What is found. */
enum pc_packet_verdict
{
    PC_PACKET_WHOLE,         /**< nothing that a checksum tells */
    PC_PACKET_BAD_NETWORK,   /**< the network header is not to be believed */
    PC_PACKET_BAD_TRANSPORT, /**< the segment or datagram is not */
};

/** The bytes that pc_packet_verdict_of_mark() looks at, where the packet has so many. */
#define PC_PACKET_HEADERS 48u

/** The position of pc_packet_verdict_of_mark() where no byte is damaged. */
#define PC_PACKET_UNMARKED UINT32_MAX

/**
 * By the checksums. Packets without one that is known here (neither TCP nor UDP; a
 * fragment; a UDP datagram over IPv4 with a checksum of 0) pass, but for what is wrong with their
 * network header. UDP's own length is taken to be the packet's.
 * \param packet all of it, from its network header on
 * \param length its bytes, those that pad it included
 * \param ipv6 by the link's type of it; else IPv4
 */
enum pc_packet_verdict pc_packet_verdict_of_bytes(const uint8_t *packet,
                                                  uint32_t length,
                                                  bool ipv6);

/**
 * What the checksums would say of a packet that was right until its byte at \p position was
 * changed. One changed byte always changes a ones-complement sum that it is part of. Of a fragment of
 * a UDP datagram it is what the datagram's checksum will say, when it has been put together; the
 * bytes of a fragment alone do not tell. A UDP datagram is taken to have a checksum.
 * \param headers the packet as it is now; PC_PACKET_HEADERS bytes of it, or all that there are
 * \param length the packet's bytes, those that pad it included
 * \param ipv6 by the link's type of it; else IPv4
 * \param position of the damaged byte; PC_PACKET_UNMARKED for none
 */
enum pc_packet_verdict pc_packet_verdict_of_mark(const uint8_t *headers,
                                                 uint32_t length,
                                                 bool ipv6,
                                                 uint32_t position);

#ifdef __cplusplus
}
#endif

#endif
