// The card's way from the stack to the wire.

#include "frame-payload.h"
#include "payload-cache-net-device.h"
#include "pc-checksum.h"

#include "ns3/log.h"
#include "ns3/simulator.h"

#include <algorithm>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("PayloadCacheTransmit");

namespace
{

/// The longest unit: an IP packet's total length, its headers once (RFC 791).
constexpr uint32_t LONGEST_UNIT = 65535;
/// The longest IPv4 and TCP headers (RFC 791, RFC 9293): a unit is full where they may not fit.
constexpr uint32_t LONGEST_HEADERS = 60 + 60;
/// What a process writes lies in host memory in runs of so many bytes: chosen, as Linux's
/// sk_page_frag(), which allocates pages of order 3.
constexpr uint32_t PAGE_RUN_BYTES = 32768;

} // namespace

bool
PayloadCacheNetDevice::Send(Ptr<Packet> packet, const Address& dest, uint16_t protocolNumber)
{
    auto frame = Create<TxFrame>();
    frame->packet = packet;
    frame->dest = dest;
    frame->protocol = protocolNumber;
    return Transmit(frame);
}

bool
PayloadCacheNetDevice::SendFrom(Ptr<Packet> packet,
                                const Address& source,
                                const Address& dest,
                                uint16_t protocolNumber)
{
    auto frame = Create<TxFrame>();
    frame->packet = packet;
    frame->source = source;
    frame->hasSource = true;
    frame->dest = dest;
    frame->protocol = protocolNumber;
    return Transmit(frame);
}

void
PayloadCacheNetDevice::DropTransmit(Ptr<const Packet> packet, const std::string& reason)
{
    m_macTxDropTrace(packet);
    m_host->CountDrop(reason);
}

void
PayloadCacheNetDevice::NameFrame(TxFrame& frame, HostObserver& observer)
{
    FrameTag name;
    // a frame that is only forwarded has a number already; a packet sent anew gets another
    bool named = frame.packet->RemovePacketTag(name);
    if (!named || frame.tagged)
    {
        name.number =
            observer.FrameMade(frame.packet, frame.info, frame.tagged ? &frame.tag : nullptr);
        name.offset = frame.tag.offset;
    }
    else
    {
        observer.FrameForwarded();
    }
    frame.packet->AddPacketTag(name);
    frame.about.bytes = frame.info.PayloadBytes();
    frame.about.socket = frame.tag.socket;
    frame.about.offset = name.offset;
    frame.about.frame = name.number;
}

const PayloadSocket*
PayloadCacheNetDevice::FindPayload(TxFrame& frame)
{
    frame.info = FrameInfo::Parse(frame.packet, frame.protocol);
    frame.tagged = frame.packet->RemovePacketTag(frame.tag);
    const PayloadSocket* socket =
        frame.tagged ? m_host->Sockets().Find(frame.tag.socket) : nullptr;
    if (frame.tagged && frame.tag.datagram)
    {
        FindDatagram(frame);
        return socket;
    }
    if (!frame.tagged || frame.info.PayloadBytes() == 0)
    {
        return socket;
    }
    // where the socket has gone, so has everything that it had on the card
    // (but a conventional host has the bytes for as long as a frame needs them)
    if (!m_path->KeepsPayload())
    {
        return socket;
    }
    frame.staleBytes =
        socket ? socket->FindOnCard(frame.tag.offset, frame.info.PayloadBytes(), frame.slices)
               : frame.info.PayloadBytes();
    if (m_evicts)
    {
        FindEvicted(frame, socket);
    }
    SetApartAbroad(frame);
    return socket;
}

void
PayloadCacheNetDevice::FindEvicted(TxFrame& frame, const PayloadSocket* socket)
{
    for (const CardSlice& slice : frame.slices)
    {
        frame.pins.emplace_back(slice.card, slice.handle);
    }
    if (m_bytes && socket)
    {
        socket->FindEvicted(frame.tag.offset, frame.info.PayloadBytes(), frame.evicted);
    }
}

bool
PayloadCacheNetDevice::IsPayloadGone(const TxFrame& frame) const
{
    // Of a connection that was reset what is not acknowledged is gone as well: zeros in its place
    // would be read as data.
    uint32_t payload = frame.info.PayloadBytes();
    return frame.tagged && payload > 0 &&
           m_host->Sockets().HasGivenUp(frame.tag.socket, frame.tag.offset + payload);
}

void
PayloadCacheNetDevice::DropGivenUp(const TxFrame& frame)
{
    m_host->Count(HostCounter::DEPARTURES); // ns-3 would send it, before its reset
    DropTransmit(frame.packet, "payload_given_up");
}

bool
PayloadCacheNetDevice::Transmit(Ptr<TxFrame> frame)
{
    NS_LOG_FUNCTION(this << frame->packet);
    Prepare();
    m_macTxTrace(frame->packet);
    const PayloadSocket* socket = FindPayload(*frame);
    if (HostObserver* observer = m_host->GetObserver())
    {
        NameFrame(*frame, *observer);
    }
    if (IsPayloadGone(*frame))
    {
        DropGivenUp(*frame);
        return true; // to its sender it is as good as sent
    }
    uint32_t size = frame->packet->GetSize();
    if (m_wireQueue && m_ringFrames > 0 &&
        m_wireQueue->WouldOverflow(m_ringFrames + 1, m_ringBytes + size))
    {
        DropTransmit(frame->packet, "tx_ring_full");
        DatagramDropped(*frame);
        return false;
    }
    ++m_ringFrames;
    m_ringBytes += size;
    m_wireAccepted = true;
    m_transmitting = m_ringFrames == 1;
    if (!JoinUnit(frame))
    {
        frame->worker = TransmitWorker(*frame, socket);
        frame->unitPayload = frame->info.PayloadBytes();
        OpenUnit(frame);
    }
    m_transmitting = false;
    UpdateFlowControl();
    return m_wireAccepted;
}

Worker
PayloadCacheNetDevice::TransmitWorker(const TxFrame& frame, const PayloadSocket* socket)
{
    bool inInterrupt = m_host->context == HostModel::Context::INTERRUPT;
    Worker worker = socket ? socket->GetProcessWorker() : Worker();
    if (frame.tagged ? frame.tag.interrupt : inInterrupt)
    {
        Worker line = socket ? socket->GetInterruptWorker() : Worker{0, PC_CPU_INTERRUPT};
        worker = inInterrupt ? m_host->contextWorker : line;
    }
    auto waiting = frame.tagged ? m_pending.find(frame.tag.socket) : m_pending.end();
    if (waiting == m_pending.end())
    {
        return worker;
    }
    // On the same core an interrupt's work is done before a process's anyway.
    const Worker& before = waiting->second.worker;
    bool behind = before.core != worker.core || before.jobClass == PC_CPU_PROCESS;
    return behind ? before : worker;
}

// -- Units: what a socket sends at one instant --

bool
PayloadCacheNetDevice::MergesTransmit() const
{
    return m_tso;
}

uint32_t
PayloadCacheNetDevice::UnitPayload(uint32_t mss)
{
    return std::max(mss, (LONGEST_UNIT - LONGEST_HEADERS) / mss * mss);
}

bool
PayloadCacheNetDevice::JoinUnit(Ptr<TxFrame> frame)
{
    for (const auto& unit : m_openUnits)
    {
        if (!frame->tagged || !frame->info.isTcp || unit->tag.socket != frame->tag.socket)
        {
            continue;
        }
        uint32_t payload = frame->info.PayloadBytes();
        uint32_t segment = unit->info.PayloadBytes();
        const TxFrame& last = unit->followers.empty() ? *unit : *unit->followers.back();
        bool continues = payload > 0 && frame->tag.offset == unit->tag.offset + unit->unitPayload &&
                         frame->tag.retransmission == unit->tag.retransmission &&
                         frame->slices.empty() == unit->slices.empty(); // on the card, or not
        bool fits = payload <= segment && last.info.PayloadBytes() == segment &&
                    unit->unitPayload + payload <= UnitPayload(segment);
        if (continues && fits)
        {
            unit->followers.push_back(frame);
            unit->unitPayload += payload;
            return true;
        }
        unit->more = m_batchDoorbells && payload > 0; // this one opens the next
        CloseUnitOf(frame->tag.socket);
        return false;
    }
    return false;
}

void
PayloadCacheNetDevice::OpenUnit(Ptr<TxFrame> frame)
{
    frame->pending = frame->tagged &&
                     (frame->worker.jobClass == PC_CPU_PROCESS || m_host->GetCores() > 1);
    if (frame->pending)
    {
        Pending& pending = m_pending[frame->tag.socket];
        pending.units++;
        pending.worker = frame->worker;
    }
    bool segment = frame->tagged && frame->info.isTcp && frame->info.PayloadBytes() > 0;
    if (!m_tso || !segment || !m_host->InBurst())
    {
        PostUnit(frame);
        return;
    }
    if (m_openUnits.empty())
    {
        m_host->AtBurstEnd([self = Ptr<PayloadCacheNetDevice>(this)] {
            self->CloseTransmitUnits();
        });
    }
    m_openUnits.push_back(frame);
}

void
PayloadCacheNetDevice::CloseUnitOf(uint32_t socket)
{
    auto unit = std::find_if(m_openUnits.begin(), m_openUnits.end(), [socket](const auto& open) {
        return open->tag.socket == socket;
    });
    Ptr<TxFrame> closed = *unit;
    m_openUnits.erase(unit);
    PostUnit(closed);
}

void
PayloadCacheNetDevice::CloseTransmitUnits()
{
    std::vector<Ptr<TxFrame>> units;
    units.swap(m_openUnits);
    for (const auto& unit : units)
    {
        PostUnit(unit);
    }
}

void
PayloadCacheNetDevice::PostUnit(Ptr<TxFrame> unit)
{
    if (!unit->followers.empty())
    {
        unit->last = false;
        std::for_each(unit->followers.begin(), unit->followers.end() - 1, [](const auto& frame) {
            frame->last = false;
        });
        for (const auto& frame : unit->followers)
        {
            frame->worker = unit->worker;
        }
    }
    if (unit->info.IsData())
    {
        m_host->Count(HostCounter::UNITS_SENT);
    }
    Subject about = unit->about;
    about.bytes = unit->unitPayload;
    m_host->Run(unit->worker,
                TransmitWork(*unit),
                [this, self = Ptr<PayloadCacheNetDevice>(this), unit] {
                    UnitWorked(*unit);
                    RingFor(unit);
                },
                about);
}

void
PayloadCacheNetDevice::UnitWorked(const TxFrame& unit)
{
    if (unit.pending && --m_pending[unit.tag.socket].units == 0)
    {
        m_pending.erase(unit.tag.socket);
    }
}

pc_work
PayloadCacheNetDevice::TransmitWork(const TxFrame& unit)
{
    const pc_cost_model& costs = m_host->Costs();
    pc_work work;
    pc_work_clear(&work);
    bool data = unit.info.PayloadBytes() > 0 || !unit.info.isTcp;
    pc_work_add(&work, &costs, data ? PC_COST_TCP_TX_DATA : PC_COST_TCP_TX_ACK, 1);
    pc_work_add(&work, &costs, PC_COST_DRIVER_TX, 1);
    pc_work_add(&work, &costs, PC_COST_DRIVER_MAP, CountPages(unit));
    if (!unit.slices.empty())
    {
        uint32_t gathered = unit.followers.empty() ? 1 : CountFragments(unit);
        pc_work_add(&work, &costs, PC_COST_DMA_GATHER, gathered);
    }
    // With its last bytes the driver says that a datagram's blocks are free when it has left.
    pc_work_add(&work, &costs, PC_COST_RAM_RELEASE, CountFreed(unit));
    return work;
}

uint64_t
PayloadCacheNetDevice::CountPages(const TxFrame& unit)
{
    // one for the headers, and those of the payload that the card fetches
    uint32_t payload = BytesFromHost(unit) - unit.info.headerBytes;
    for (const auto& frame : unit.followers)
    {
        payload += BytesFromHost(*frame) - frame->info.headerBytes;
    }
    return 1 + pc_card_pages(0, payload);
}

uint32_t
PayloadCacheNetDevice::CountFragments(const TxFrame& unit) const
{
    if (unit.followers.empty())
    {
        return unit.slices.size();
    }
    if (unit.slices.empty())
    {
        return (unit.unitPayload + PAGE_RUN_BYTES - 1) / PAGE_RUN_BYTES;
    }
    // slices that meet in one block of card RAM are one fragment
    uint32_t fragments = 0;
    const CardSlice* before = nullptr;
    auto count = [&](const TxFrame& frame) {
        for (const CardSlice& slice : frame.slices)
        {
            bool meets = before && pc_handle_equals(before->handle, slice.handle) &&
                         before->blockOffset + before->length == slice.blockOffset;
            fragments += meets ? 0 : 1;
            before = &slice;
        }
    };
    count(unit);
    for (const auto& frame : unit.followers)
    {
        count(*frame);
    }
    return fragments;
}

// -- Into the card --

uint32_t
PayloadCacheNetDevice::BytesFromHost(const TxFrame& frame)
{
    uint32_t onCard = 0;
    for (const CardSlice& slice : frame.slices)
    {
        onCard += slice.length;
    }
    return frame.info.packetBytes - onCard - frame.staleBytes;
}

void
PayloadCacheNetDevice::RingFor(Ptr<TxFrame> unit)
{
    if (m_awaiting.empty() && !FirstAbroad(unit))
    {
        Ring(unit);
        return;
    }
    m_awaiting.push_back(unit); // nothing overtakes what has to be fetched
    if (m_awaiting.size() == 1)
    {
        BringHome();
    }
}

void
PayloadCacheNetDevice::Ring(Ptr<TxFrame> unit)
{
    CardQueue& queue = m_queues[unit->worker.core % m_rxQueues];
    if (unit->more)
    {
        queue.unrung.push_back(unit);
        return;
    }
    std::vector<Ptr<TxFrame>> before;
    before.swap(queue.unrung);
    for (const auto& posted : before)
    {
        FetchUnit(posted, false);
    }
    FetchUnit(unit, true);
}

void
PayloadCacheNetDevice::FetchUnit(Ptr<TxFrame> unit, bool rings)
{
    uint32_t fromHost = BytesFromHost(*unit);
    for (const auto& frame : unit->followers)
    {
        fromHost += BytesFromHost(*frame) - frame->info.headerBytes; // the card makes its headers
    }
    uint32_t fragments = CountFragments(*unit);
    pc_card_step step = m_transmitSteps.Find(fromHost, 2 * fragments + (rings ? 1 : 0), [&] {
        pc_card_step asked{};
        pc_card_transmit(&m_card, &m_host->Bus(), fromHost, fragments, rings, &asked);
        return asked;
    });
    if (rings)
    {
        RingDoorbell(step);
    }
    const char* what = !unit->slices.empty()      ? "headers"
                       : unit->followers.empty() ? "frame"
                                                 : "unit";
    DmaRequest request = Request(step,
                                 fromHost - unit->info.headerBytes,
                                 Moving(unit->about, what, fromHost));
    request.queue = unit->worker.core % m_rxQueues;
    HandOverAsFetched(unit, request);
    m_queues[request.queue].fetching.push_back(unit);
    m_host->Dma(m_toCard, request, [this, self = Ptr<PayloadCacheNetDevice>(this), unit] {
        UnitFetched(unit);
    });
}

void
PayloadCacheNetDevice::HandOverAsFetched(Ptr<TxFrame> unit, const DmaRequest& request)
{
    if (unit->followers.empty() || !unit->slices.empty())
    {
        return; // one frame, or headers alone
    }
    // The card fetches in order, at the pace that it has when nobody else is on the bus: each frame
    // goes on when all of it is there. What shares the bus makes it later, until all is there.
    pc_dma_job alone{};
    alone.cost = request.cost;
    pc_time took = pc_dma_alone(&alone);
    pc_time begins = m_host->Now() + m_host->GetBacklog(m_toCard, request) + request.cost.latency_ps;
    uint64_t frames = 1 + unit->followers.size();
    for (uint64_t i = 0; i + 1 < frames; i++)
    {
        pc_time at = begins + static_cast<pc_time>(took * (i + 1) / frames);
        m_host->At(at, [self = Ptr<PayloadCacheNetDevice>(this), unit] {
            unit->there++;
            self->HandOverThere(unit);
        });
    }
}

void
PayloadCacheNetDevice::HandOverThere(Ptr<TxFrame> unit)
{
    // A unit that others' DMA has made late is not overtaken by the foreseen pace of the next.
    auto& fetching = m_queues[unit->worker.core % m_rxQueues].fetching;
    if (fetching.empty() || fetching.front() != unit)
    {
        return;
    }
    for (uint32_t i = 0; i < unit->there; i++)
    {
        HandOverOnce(i == 0 ? unit : unit->followers[i - 1]);
    }
}

void
PayloadCacheNetDevice::UnitFetched(Ptr<TxFrame> unit)
{
    unit->there = 1 + unit->followers.size();
    HandOverThere(unit);
    auto& fetching = m_queues[unit->worker.core % m_rxQueues].fetching;
    fetching.pop_front();
    if (!fetching.empty())
    {
        HandOverThere(fetching.front());
    }
}

void
PayloadCacheNetDevice::HandOverOnce(Ptr<TxFrame> frame)
{
    if (frame->handedOver)
    {
        return;
    }
    frame->handedOver = true;
    WhenMoved(frame->info, [self = Ptr<PayloadCacheNetDevice>(this), frame] {
        self->HandOver(frame);
    });
}

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
    // with segmentation offload there has to be room for a unit
    uint32_t frames = m_tso ? (LONGEST_UNIT + GetMtu() - 1) / GetMtu() : 1;
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
