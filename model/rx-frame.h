#ifndef RX_FRAME_H
#define RX_FRAME_H

#include "card-pin.h"
#include "frame-info.h"
#include "host-observer.h"
#include "payload-socket.h"
#include "pc-driver.h"
#include "pc-packet-check.h"
#include "pool-allocator.h"

#include "ns3/address.h"
#include "ns3/net-device.h"
#include "ns3/packet.h"
#include "ns3/simple-ref-count.h"

#include <memory>
#include <optional>
#include <vector>

namespace ns3
{

struct CardQueue;

/**
 * \ingroup payload-cache
 * A frame on its way from the wire.
 */
struct RxFrame : public SimpleRefCount<RxFrame>, public Pooled<RxFrame>
{
    /** What promiscuous mode tells of a frame. */
    struct Seen
    {
        Address destination;                                //!< link destination
        NetDevice::PacketType type{NetDevice::PACKET_HOST}; //!< for whom it is
    };

    Ptr<const Packet> packet;                   //!< from the network header on
    Address source;                             //!< link source
    uint16_t protocol{0};                       //!< EtherType
    pc_packet_verdict verdict{PC_PACKET_WHOLE}; //!< of its checksums
    FrameInfo info;                             //!< its headers
    pc_fetch_plan plan{};                       //!< what the driver fetches
    uint32_t headerFetches{0};                  //!< fetches of headers apart from their payload
    std::shared_ptr<ReceivedPayload> payload;   //!< where its payload lies; null: host memory
    std::vector<CardPin> pins;                  //!< its block, while the card fetches from it
    Subject about;                              //!< what it is, for those who look on
    std::optional<Seen> seen;                   //!< for whom it is, in promiscuous mode
    CardQueue* queue{nullptr};                  //!< the queue that it came by
    std::vector<Ptr<RxFrame>> followers;        //!< of the first of a unit: the others
};

} // namespace ns3

#endif
