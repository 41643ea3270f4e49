// Frames that leave the card: by the wire's queue, whose room stops and wakes the queue disc.

#include "frame-payload.h"
#include "payload-cache-net-device.h"
#include "pc-checksum.h"

#include "ns3/simulator.h"

#include <algorithm>

namespace ns3
{

void
PayloadCacheNetDevice::HandOver(Ptr<TxFrame> frame)
{
    if (!m_wire)
    {
        return; // disposed meanwhile
    }
    // Inside the call that sent it, the wire itself says whether it has room.
    bool full = m_wireQueue && m_wireQueue->WouldOverflow(1, frame->packet->GetSize());
    if (!m_transmitting && (full || !m_late.empty()))
    {
        m_late.push_back(frame);
        return;
    }
    GiveToWire(frame);
}

void
PayloadCacheNetDevice::HandOverLate()
{
    m_lateScheduled = false;
    while (m_wire && !m_late.empty() &&
           !m_wireQueue->WouldOverflow(1, m_late.front()->packet->GetSize()))
    {
        Ptr<TxFrame> frame = m_late.front();
        m_late.pop_front();
        GiveToWire(frame);
    }
}

void
PayloadCacheNetDevice::GiveToWire(Ptr<TxFrame> frame)
{
    --m_ringFrames;
    m_ringBytes -= frame->packet->GetSize();
    if (IsPayloadGone(*frame))
    {
        DropGivenUp(*frame);
        if (frame->last)
        {
            NoteSent(m_queues[frame->worker.core % m_rxQueues]); // its descriptor is done with
        }
        return;
    }
    CountTransmitted(*frame);
    CountEdges(*frame);
    if (m_bytes && frame->tagged)
    {
        CompleteFrame(*frame);
    }
    frame->pins.clear();
    m_phyTxBeginTrace(frame->packet);
    DatagramQueued(*frame);
    m_wireAccepted =
        frame->hasSource
            ? m_wire->SendFrom(frame->packet, frame->source, frame->dest, frame->protocol)
            : m_wire->Send(frame->packet, frame->dest, frame->protocol);
    DatagramAccepted(*frame);
    if (frame->last)
    {
        NoteSent(m_queues[frame->worker.core % m_rxQueues]);
    }
}

void
PayloadCacheNetDevice::NoteSent(CardQueue& queue)
{
    queue.sent++;
    pc_moderation_note(&queue.txModeration, m_host->Now());
    if (queue.done.empty())
    {
        CheckInterrupt(queue);
    }
    else
    {
        // The poll would hand frames up into a stack that is just sending.
        Simulator::ScheduleNow(&PayloadCacheNetDevice::CheckSoon,
                               Ptr<PayloadCacheNetDevice>(this),
                               queue.number);
    }
}

void
PayloadCacheNetDevice::CheckSoon(unsigned queue)
{
    CheckInterrupt(m_queues[queue]);
}

void
PayloadCacheNetDevice::CountTransmitted(const TxFrame& frame)
{
    m_host->Count(HostCounter::FRAMES_SENT);
    m_host->Count(HostCounter::VLAN_FRAMES, m_vlanTag ? 1 : 0);
    if (!frame.info.IsData())
    {
        m_host->Count(HostCounter::ACKS_SENT, frame.info.isTcp ? 1 : 0);
        return;
    }
    m_host->Count(HostCounter::PAYLOAD_TRANSMITTED, frame.info.PayloadBytes());
    m_host->Count(HostCounter::SEGMENTS_SENT);
    m_host->Count(HostCounter::SEGMENTS_RETRANSMITTED, frame.tag.retransmission ? 1 : 0);
    bool stale = std::any_of(frame.slices.begin(), frame.slices.end(), [](const auto& slice) {
        return StillHeld(slice.card->m_ram, slice).length < slice.length;
    });
    m_host->Count(HostCounter::STALE_SEGMENTS, stale || frame.staleBytes > 0 ? 1 : 0);
}

void
PayloadCacheNetDevice::CountEdges(const TxFrame& frame)
{
    for (const CardSlice& slice : frame.slices)
    {
        uint64_t block = pc_card_ram_size(&m_ram, slice.handle);
        if (block != 0)
        {
            m_host->Count(HostCounter::EDGE_BYTES,
                          pc_checksum_edge_bytes(slice.blockOffset,
                                                 slice.length,
                                                 m_granule,
                                                 static_cast<uint32_t>(block)));
        }
    }
}

void
PayloadCacheNetDevice::CompleteFrame(TxFrame& frame)
{
    // The driver gives where the checksum starts and the seed that the stack left in the header
    // (CHECKSUM_PARTIAL); the card adds what it knows of the payload. Zeros stand for what was
    // acknowledged, and so released, while the frame was queued.
    uint32_t payloadBytes = frame.info.PayloadBytes();
    if ((frame.slices.empty() && frame.evicted.empty()) || payloadBytes == 0)
    {
        return;
    }
    if (frame.tag.datagram)
    {
        CompleteDatagram(frame);
        return;
    }
    std::vector<uint8_t> payload(payloadBytes);
    Ptr<Packet> packet = frame.packet;
    packet->CreateFragment(frame.info.headerBytes, payloadBytes)
        ->CopyData(payload.data(), payloadBytes);
    uint16_t sum = 0;
    for (const CardSlice& queued : frame.slices)
    {
        CardSlice slice = StillHeld(m_ram, queued);
        if (slice.length == 0)
        {
            continue;
        }
        uint16_t part = 0;
        uint32_t edges = 0;
        pc_card_ram_sum(&m_ram, slice.handle, slice.blockOffset, slice.length, &part, &edges);
        sum = pc_sum_combine(sum, slice.position % 2 != 0, part);
        ReadRam(slice.handle, slice.blockOffset, &payload[slice.position], slice.length);
    }
    for (const EvictedSlice& slice : frame.evicted)
    {
        const uint8_t* from = slice.bytes->data() + slice.blockOffset;
        std::copy_n(from, slice.length, &payload[slice.position]);
        sum = pc_sum_combine(sum, slice.position % 2 != 0, pc_sum_bytes(from, slice.length));
    }
    SwapPayload(packet,
                frame.info,
                Create<Packet>(payload.data(), payloadBytes),
                pc_checksum_replace(frame.info.checksum, 0, sum));
}

void
PayloadCacheNetDevice::UpdateFlowControl()
{
    if (m_queueInterface && m_wireQueue && m_ringFrames > 0 &&
        m_wireQueue->WouldOverflow(m_ringFrames + 1, m_ringBytes + GetMtu()))
    {
        m_queueInterface->GetTxQueue(0)->Stop();
    }
}

// What NetDeviceQueue::ConnectQueueTraces() would connect, with the ring counted as well.

void
PayloadCacheNetDevice::WireEnqueued(Ptr<const Packet> packet)
{
    if (!m_queueInterface)
    {
        return;
    }
    Ptr<NetDeviceQueue> queue = m_queueInterface->GetTxQueue(0);
    queue->NotifyQueuedBytes(packet->GetSize());
    if (m_wireQueue->WouldOverflow(m_ringFrames + 1, m_ringBytes + GetMtu()))
    {
        queue->Stop();
    }
}

void
PayloadCacheNetDevice::WireDequeued(Ptr<const Packet> packet)
{
    DatagramDequeued(packet);
    if (!m_late.empty() && !m_lateScheduled)
    {
        m_lateScheduled = true;
        Simulator::ScheduleNow(&PayloadCacheNetDevice::HandOverLate,
                               Ptr<PayloadCacheNetDevice>(this));
    }
    if (!m_queueInterface)
    {
        return;
    }
    Ptr<NetDeviceQueue> queue = m_queueInterface->GetTxQueue(0);
    queue->NotifyTransmittedBytes(packet->GetSize());
    uint32_t frames = LongestUnitFrames();
    bool empty = m_ringFrames == 0 && m_wireQueue->IsEmpty();
    bool fits =
        !m_wireQueue->WouldOverflow(m_ringFrames + frames, m_ringBytes + frames * GetMtu());
    if (!empty && !fits)
    {
        return;
    }
    if (m_tso && m_watchedDisc && m_watchedDisc->GetNPackets() > 0)
    {
        // ns-3's queue disc hands down no more than its quota at once, which may not have filled
        // the queue, and goes on only if it was stopped.
        queue->Stop();
    }
    Wake();
}

void
PayloadCacheNetDevice::Wake()
{
    Ptr<NetDeviceQueue> queue = m_queueInterface->GetTxQueue(0);
    if (!m_tso || !queue->IsStopped())
    {
        queue->Wake();
        return;
    }
    // what the queue disc then hands down belongs together
    Simulator::ScheduleNow(&HostModel::BeginBurst, m_host);
    queue->Wake();
    Simulator::ScheduleNow(&HostModel::EndBurst, m_host);
}

void
PayloadCacheNetDevice::WireDropped(Ptr<const Packet> /* packet */)
{
    m_host->CountDrop("wire_queue_full");
    if (m_queueInterface)
    {
        m_queueInterface->GetTxQueue(0)->Stop();
    }
}

} // namespace ns3
