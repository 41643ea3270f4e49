#ifndef TX_FRAME_H
#define TX_FRAME_H

#include "card-pin.h"
#include "frame-info.h"
#include "host-observer.h"
#include "payload-socket.h"
#include "pool-allocator.h"
#include "segment-tag.h"
#include "worker.h"

#include "ns3/address.h"
#include "ns3/packet.h"
#include "ns3/simple-ref-count.h"

#include <vector>

namespace ns3
{

/**
 * \ingroup payload-cache
 * A frame on its way to the wire.
 */
struct TxFrame : public SimpleRefCount<TxFrame>, public Pooled<TxFrame>
{
    Ptr<Packet> packet;                //!< from the network header on
    Address source;                    //!< link source, where SendFrom() gave one
    Address dest;                      //!< link destination
    uint16_t protocol{0};              //!< EtherType
    bool hasSource{false};             //!< SendFrom() was called
    FrameInfo info;                    //!< its headers
    bool tagged{false};                //!< from a socket of ours
    SegmentTag tag;                    //!< what the socket said
    std::vector<CardSlice> slices;     //!< payload on this card
    std::vector<CardPin> pins;         //!< their blocks: none is evicted before it has left
    std::vector<EvictedSlice> evicted; //!< bytes mode: payload that this card has had
    std::vector<CardSlice> abroad;     //!< payload on other cards, to be fetched
    uint32_t staleBytes{0};            //!< payload released while it was queued
    Subject about;                     //!< what it is, for those who look on

    // of a unit: the first frame has all of it
    std::vector<Ptr<TxFrame>> followers; //!< the others, which leave behind it
    uint32_t unitPayload{0};             //!< payload of all
    Worker worker;                       //!< who hands it to the card
    bool last{true};                     //!< none of its unit leaves behind it
    bool more{false};                    //!< a unit follows at once: its doorbell serves both
    bool pending{false};                 //!< it counts among its socket's PendingUnits
    uint32_t there{0};                   //!< frames of the unit that are in the card by now
    bool handedOver{false};              //!< it has gone on to the wire
};

} // namespace ns3

#endif
