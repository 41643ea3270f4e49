// Payload that is needed elsewhere than where it lies: by others on the host than the socket that
// will read it, and by another card, which a route now leads to.

#include "frame-payload.h"
#include "node-handlers.h"
#include "payload-cache-net-device.h"
#include "pc-checksum.h"

#include "ns3/log.h"

#include <algorithm>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("PayloadCacheHostNeeds");

// -- Others on the host --

bool
PayloadCacheNetDevice::IsTapped(uint16_t protocol) const
{
    // the stack itself has one handler of each protocol of its own
    return !m_promisc.IsNull() || CountHandlers(*m_node, *this, protocol) > 1;
}

bool
PayloadCacheNetDevice::PromiscReceiveFromWire(Ptr<NetDevice> wire,
                                              Ptr<const Packet> packet,
                                              uint16_t protocol,
                                              const Address& source,
                                              const Address& destination,
                                              PacketType type)
{
    m_seen.emplace(RxFrame::Seen{destination, type});
    // a frame for this host comes once more, by the callback of what is received
    return type != PACKET_OTHERHOST || ReceiveFromWire(wire, packet, protocol, source);
}

void
PayloadCacheNetDevice::ShowPromiscuous(const RxFrame& frame)
{
    if (frame.seen && !m_promisc.IsNull())
    {
        m_promisc(this,
                  frame.packet,
                  frame.protocol,
                  frame.source,
                  frame.seen->destination,
                  frame.seen->type);
    }
}

// -- Another card --

void
PayloadCacheNetDevice::SetApartAbroad(TxFrame& frame) const
{
    auto here = [this](const CardSlice& slice) { return PeekPointer(slice.card) == this; };
    auto& slices = frame.slices;
    if (std::all_of(slices.begin(), slices.end(), here))
    {
        return;
    }
    auto abroad = std::stable_partition(slices.begin(), slices.end(), here);
    frame.abroad.assign(abroad, slices.end());
    slices.erase(abroad, slices.end());
}

Ptr<TxFrame>
PayloadCacheNetDevice::FirstAbroad(Ptr<TxFrame> unit)
{
    if (!unit->abroad.empty())
    {
        return unit;
    }
    auto frame = std::find_if(unit->followers.begin(),
                              unit->followers.end(),
                              [](const auto& follower) { return !follower->abroad.empty(); });
    return frame == unit->followers.end() ? nullptr : *frame;
}

void
PayloadCacheNetDevice::BringHome()
{
    while (!m_awaiting.empty())
    {
        Ptr<TxFrame> unit = m_awaiting.front();
        Ptr<TxFrame> frame = FirstAbroad(unit);
        if (frame)
        {
            FetchHome(unit, frame);
            return; // it goes on when that has come
        }
        m_awaiting.pop_front();
        Ring(unit);
    }
}

void
PayloadCacheNetDevice::FetchHome(Ptr<TxFrame> unit, Ptr<TxFrame> frame)
{
    Ptr<PayloadCacheNetDevice> card = frame->abroad.front().card;
    std::vector<CardSlice> slices;
    std::vector<UserPart> parts;
    uint32_t bytes = 0;
    while (!frame->abroad.empty() && frame->abroad.front().card == card)
    {
        const CardSlice& slice = frame->abroad.front();
        parts.push_back({slice.position % PC_PAGE_BYTES, slice.length});
        bytes += slice.length;
        slices.push_back(slice);
        frame->abroad.erase(frame->abroad.begin());
    }
    m_host->Count(HostCounter::LINEARISED);
    m_host->Count(HostCounter::OTHER_CARD_BYTES, bytes);
    m_lineariseTrace(frame->packet, bytes);
    pc_work work;
    pc_work_clear(&work);
    pc_work_add(&work, &m_host->Costs(), PC_COST_LINEARISE, 1);
    Ptr<PayloadCacheNetDevice> self(this);
    auto fetch = [self, frame, card, slices = std::move(slices), parts = std::move(parts)] {
        card->Deliver(parts, 0, frame->about, [self, frame, slices] {
            self->TakeHome(*frame, slices);
            self->BringHome();
        });
    };
    m_host->Run(unit->worker, work, std::move(fetch), frame->about);
}

void
PayloadCacheNetDevice::TakeHome(TxFrame& frame, const std::vector<CardSlice>& slices) const
{
    if (!m_bytes)
    {
        return;
    }
    uint32_t payloadBytes = frame.info.PayloadBytes();
    std::vector<uint8_t> payload(payloadBytes);
    frame.packet->CreateFragment(frame.info.headerBytes, payloadBytes)
        ->CopyData(payload.data(), payloadBytes);
    uint16_t before = pc_sum_bytes(payload.data(), payloadBytes);
    for (const CardSlice& queued : slices)
    {
        // what has been released meanwhile is acknowledged: zeros stand for it
        CardSlice slice = StillHeld(queued.card->m_ram, queued);
        if (slice.length > 0)
        {
            slice.card->ReadRam(
                slice.handle, slice.blockOffset, &payload[slice.position], slice.length);
        }
    }
    uint16_t after = pc_sum_bytes(payload.data(), payloadBytes);
    frame.info.checksum = pc_checksum_replace(frame.info.checksum, before, after);
    SwapPayload(frame.packet,
                frame.info,
                Create<Packet>(payload.data(), payloadBytes),
                frame.info.checksum);
}

} // namespace ns3
