// Interrupts and polling: what the driver does with frames that are in host memory, and how it
// merges those of one connection to units.

#include "payload-cache-net-device.h"

#include "ns3/ipv4.h"
#include "ns3/ipv6.h"
#include "ns3/log.h"
#include "ns3/node.h"
#include "ns3/tcp-header.h"

#include <algorithm>
#include <cstring>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("PayloadCachePoll");

// -- Interrupts --

void
PayloadCacheNetDevice::CheckInterrupt(CardQueue& queue)
{
    if (queue.polling || !m_wire)
    {
        return;
    }
    pc_time due = std::min(queue.rxModeration.deadline_ps, queue.txModeration.deadline_ps);
    bool isDue = due <= m_host->Now();
    if (queue.poller != 0 && (isDue || !queue.done.empty()))
    {
        BusyRound(queue);
    }
    else if (due == PC_NEVER)
    {
        return;
    }
    else if (isDue)
    {
        Interrupt(queue);
    }
    else if (due < queue.alarm)
    {
        queue.alarm = due;
        m_host->At(due, [this, self = Ptr<PayloadCacheNetDevice>(this), &queue, due] {
            InterruptAlarm(queue, due);
        });
    }
}

void
PayloadCacheNetDevice::InterruptAlarm(CardQueue& queue, pc_time due)
{
    if (queue.alarm == due) // else another one has taken its place
    {
        queue.alarm = PC_NEVER;
        CheckInterrupt(queue);
    }
}

void
PayloadCacheNetDevice::Interrupt(CardQueue& queue)
{
    queue.polling = true;
    queue.polled = 0;
    queue.worker = {queue.worker.core, PC_CPU_INTERRUPT};
    m_host->Count(HostCounter::INTERRUPTS);
    m_interruptTrace(queue.done.size());
    pc_work work;
    pc_work_clear(&work);
    pc_work_add(&work, &m_host->Costs(), PC_COST_INTERRUPT, 1);
    RunRound(queue, work);
}

// -- Busy polling --

bool
PayloadCacheNetDevice::BeginBusyPoll(unsigned queue, uint32_t socket)
{
    if (m_queues[queue].poller != 0)
    {
        return false;
    }
    m_queues[queue].poller = socket;
    return true;
}

void
PayloadCacheNetDevice::EndBusyPoll(unsigned queue)
{
    m_queues[queue].poller = 0;
}

bool
PayloadCacheNetDevice::IsPolling(unsigned queue) const
{
    return m_queues[queue].polling;
}

void
PayloadCacheNetDevice::BusyRound(CardQueue& queue)
{
    PayloadSocket* socket = m_host->Sockets().Find(queue.poller);
    queue.polling = true;
    queue.polled = 0;
    queue.worker = socket->GetProcessWorker();
    socket->PollRoundBegins();
    RunPoll(queue);
}

void
PayloadCacheNetDevice::RunPoll(CardQueue& queue)
{
    m_host->Count(HostCounter::POLLS);
    pc_work work;
    pc_work_clear(&work);
    pc_work_add(&work, &m_host->Costs(), PC_COST_POLL, 1);
    RunRound(queue, work);
}

void
PayloadCacheNetDevice::RunRound(CardQueue& queue, const pc_work& work)
{
    m_host->Run(queue.worker, work, [this, self = Ptr<PayloadCacheNetDevice>(this), &queue] {
        ReclaimTransmitted(queue);
        Poll(queue);
    });
}

void
PayloadCacheNetDevice::ReclaimTransmitted(CardQueue& queue)
{
    pc_moderation_clear(&queue.txModeration);
    if (queue.sent == 0)
    {
        return;
    }
    pc_work work;
    pc_work_clear(&work);
    pc_work_add(&work, &m_host->Costs(), PC_COST_DRIVER_TX_DONE, queue.sent);
    queue.sent = 0;
    m_host->Run(queue.worker, work);
}

// -- Polling --

void
PayloadCacheNetDevice::Poll(CardQueue& queue)
{
    queue.pollAgain = true;
    if (queue.pollRunning)
    {
        return; // called from within: the loop below goes on
    }
    queue.pollRunning = true;
    while (queue.pollAgain)
    {
        queue.pollAgain = false;
        PollNext(queue);
    }
    queue.pollRunning = false;
}

void
PayloadCacheNetDevice::PollNext(CardQueue& queue)
{
    bool more = !queue.done.empty();
    bool budgetUsed = m_pollBudget != 0 && queue.polled >= m_pollBudget;
    if (!queue.ready.empty())
    {
        Ptr<RxFrame> unit = queue.ready.front();
        queue.ready.pop_front();
        Sort(unit);
    }
    else if (more && !budgetUsed)
    {
        Ptr<RxFrame> frame = queue.done.front();
        queue.done.pop_front();
        --m_rxInRing;
        queue.inRing--;
        PostBuffers(1);
        queue.polled++;
        queue.frames++;
        queue.bytes += frame->info.packetBytes;
        Process(frame);
    }
    else if (pc_gro_open(&queue.gro) > 0 && !(more && m_keepUnits))
    {
        CloseUnits(queue);
    }
    else if (more)
    {
        NextRound(queue);
    }
    else
    {
        EndPoll(queue);
    }
}

void
PayloadCacheNetDevice::NextRound(CardQueue& queue)
{
    queue.polled = 0;
    RingIfWanted(queue.worker, [] {});
    PayloadSocket* poller = queue.poller != 0 ? m_host->Sockets().Find(queue.poller) : nullptr;
    if (poller)
    {
        poller->PollRoundBegins(); // the core is not held against the poll's own work
    }
    if (m_pollYields && m_host->HasProcessWork(queue.worker.core))
    {
        // a kernel thread goes on with it, behind the processes that wait
        queue.worker = {queue.worker.core, PC_CPU_PROCESS, m_host->NewKernelTurn()};
    }
    RunPoll(queue);
}

void
PayloadCacheNetDevice::AdaptModeration(CardQueue& queue)
{
    if (m_adaptive && pc_dim_note(&queue.dim, queue.frames, queue.bytes, m_host->Now()))
    {
        queue.rxModeration.delay_ps = pc_dim_delay(&queue.dim);
        queue.rxModeration.frames = pc_dim_frames(&queue.dim);
    }
    queue.frames = 0;
    queue.bytes = 0;
}

void
PayloadCacheNetDevice::EndPoll(CardQueue& queue)
{
    queue.polling = false;
    RingIfWanted(queue.worker, [] {});
    AdaptModeration(queue);
    pc_moderation_clear(&queue.rxModeration);
    PayloadSocket* poller = queue.poller != 0 ? m_host->Sockets().Find(queue.poller) : nullptr;
    if (poller)
    {
        poller->PollRoundEnds();
    }
    CheckInterrupt(queue); // of frames sent meanwhile
}

void
PayloadCacheNetDevice::Process(Ptr<RxFrame> frame)
{
    EvictAhead(*frame);
    const pc_cost_model& costs = m_host->Costs();
    pc_work work;
    pc_work_clear(&work);
    pc_work_add(&work, &costs, PC_COST_DRIVER_RX, 1);
    pc_work_add(&work, &costs, PC_COST_HEADER_FETCH, frame->headerFetches);
    if (m_gro && frame->info.isTcp)
    {
        pc_work_add(&work, &costs, PC_COST_MERGE_RX, 1);
    }
    auto known = [this, self = Ptr<PayloadCacheNetDevice>(this), frame] { Merge(frame); };
    m_host->Run(frame->queue->worker, work, std::move(known), frame->about);
}

// -- Merging --

bool
PayloadCacheNetDevice::MergesReceive() const
{
    return m_gro;
}

namespace
{

/** \return true for a segment that the driver may put behind another */
bool
IsMergeable(const FrameInfo& info)
{
    const uint8_t plain = TcpHeader::ACK | TcpHeader::PSH | TcpHeader::FIN;
    return info.isTcp && info.PayloadBytes() > 0 && !info.isMarked &&
           (info.flags & TcpHeader::ACK) && (info.flags & ~plain) == 0;
}

} // namespace

void
PayloadCacheNetDevice::Merge(Ptr<RxFrame> frame)
{
    CardQueue& queue = *frame->queue;
    const FrameInfo& info = frame->info;
    if (!m_gro || !info.isTcp || frame->verdict != PC_PACKET_WHOLE || IsForOthers(*frame))
    {
        queue.ready.push_back(frame);
        Poll(queue);
        return;
    }
    pc_gro_segment segment{};
    segment.hash = HashFlow(info.received, true);
    NameFlow(info.received, segment.flow);
    segment.sequence = info.sequence;
    segment.acknowledgment = info.acknowledgment;
    segment.header_bytes = info.headerBytes;
    segment.payload_bytes = info.PayloadBytes();
    segment.mergeable = IsMergeable(info);
    segment.closes = (info.flags & (TcpHeader::PSH | TcpHeader::FIN)) != 0;
    pc_gro_verdict verdict;
    pc_gro_add(&queue.gro, &segment, &verdict);
    for (int unit : verdict.closed_before)
    {
        CloseUnit(queue, unit);
    }
    Join(queue, frame, verdict);
    Poll(queue);
}

void
PayloadCacheNetDevice::NameFlow(const FlowKey& flow, uint8_t* name)
{
    std::memcpy(name, flow.peer.data(), flow.peer.size());
    std::memcpy(name + flow.peer.size(), flow.local.data(), flow.local.size());
    std::memcpy(name + 2 * flow.peer.size(), &flow.localPort, sizeof(flow.localPort));
    std::memcpy(name + 2 * flow.peer.size() + 2, &flow.peerPort, sizeof(flow.peerPort));
}

void
PayloadCacheNetDevice::Join(CardQueue& queue, Ptr<RxFrame> frame, const pc_gro_verdict& verdict)
{
    if (verdict.unit == PC_GRO_NONE)
    {
        queue.ready.push_back(frame);
        return;
    }
    Ptr<RxFrame>& head = queue.units[verdict.unit];
    if (head)
    {
        head->followers.push_back(frame);
    }
    else
    {
        head = frame;
    }
    if (verdict.closed)
    {
        CloseUnit(queue, verdict.unit);
    }
}

void
PayloadCacheNetDevice::CloseUnit(CardQueue& queue, int unit)
{
    if (unit != PC_GRO_NONE)
    {
        queue.ready.push_back(queue.units[unit]);
        queue.units[unit] = nullptr;
    }
}

void
PayloadCacheNetDevice::CloseUnits(CardQueue& queue)
{
    for (int unit = pc_gro_flush(&queue.gro); unit != PC_GRO_NONE; unit = pc_gro_flush(&queue.gro))
    {
        CloseUnit(queue, unit);
    }
    queue.pollAgain = true;
}

// -- Up the stack --

bool
PayloadCacheNetDevice::IsForOthers(const RxFrame& frame)
{
    return frame.seen && frame.seen->type == PACKET_OTHERHOST;
}

bool
PayloadCacheNetDevice::IsRefused(const RxFrame& frame) const
{
    if (frame.verdict != PC_PACKET_BAD_TRANSPORT)
    {
        return frame.verdict == PC_PACKET_BAD_NETWORK;
    }
    if (frame.info.isFragment)
    {
        return false; // its datagram's checksum is looked at when it has been put together
    }
    // who only forwards a segment does not look at its checksum
    const FlowKey& flow = frame.info.received;
    if (frame.info.isUdp && IsForMany(flow))
    {
        return true;
    }
    if (flow.isIpv6)
    {
        auto ip = m_node->GetObject<Ipv6>();
        return ip && ip->GetInterfaceForAddress(Ipv6Address::Deserialize(flow.local.data())) >= 0;
    }
    auto ip = m_node->GetObject<Ipv4>();
    return ip && ip->GetInterfaceForAddress(Ipv4Address::Deserialize(flow.local.data())) >= 0;
}

void
PayloadCacheNetDevice::Refuse(Ptr<RxFrame> frame)
{
    CardQueue& queue = *frame->queue;
    pc_work work = ProtocolWork(frame);
    if (!VerifiesChecksums() && frame->verdict == PC_PACKET_BAD_TRANSPORT)
    {
        // no read will: TCP wants to know now, and goes through all of it
        uint32_t bytes = frame->info.PayloadBytes();
        pc_work_add(&work, &m_host->Costs(), PC_COST_CHECKSUM, bytes);
        pc_memory_touch(&m_host->Costs(), PC_MEM_CHECKSUM_READ, bytes, false);
    }
    auto worked = [this, self = Ptr<PayloadCacheNetDevice>(this), frame, &queue] {
        bool header = frame->verdict == PC_PACKET_BAD_NETWORK;
        DropReceive(frame->packet, header ? "rx_bad_header" : "rx_bad_checksum");
        frame->payload = nullptr;
        Poll(queue);
    };
    m_host->Run(queue.worker, work, std::move(worked), frame->about);
}

void
PayloadCacheNetDevice::Sort(Ptr<RxFrame> unit)
{
    if (IsRefused(*unit))
    {
        Refuse(unit);
        return;
    }
    if (unit->info.isUdp)
    {
        SortDatagram(unit);
        return;
    }
    PayloadSocket* socket =
        unit->info.isTcp ? m_host->Sockets().Find(unit->info.received) : nullptr;
    // a socket of ours: nobody else takes payload from a card
    bool alone = !m_path->KeepsPayload() || !IsTapped(unit->protocol);
    if (socket && !socket->HasClosed() && alone)
    {
        RunProtocol(unit);
        return;
    }
    Linearise(unit, 0);
}

void
PayloadCacheNetDevice::RunProtocol(Ptr<RxFrame> unit)
{
    Ptr<PayloadCacheNetDevice> self(this);
    CardQueue& queue = *unit->queue;
    if (Defer(unit, false))
    {
        Poll(queue);
        return;
    }
    auto worked = [this, self, unit, &queue] {
        // a process on another core may have taken the lock meanwhile
        if (!Defer(unit, true))
        {
            HandUp(unit, queue.worker, HostModel::Context::INTERRUPT);
        }
        Poll(queue);
    };
    m_host->Run(queue.worker, ProtocolWork(unit), std::move(worked), unit->about);
}

bool
PayloadCacheNetDevice::Defer(Ptr<RxFrame> unit, bool worked)
{
    PayloadSocket* socket =
        unit->info.isTcp ? m_host->Sockets().Find(unit->info.received) : nullptr;
    if (!socket || !socket->IsLocked())
    {
        return false;
    }
    m_host->Count(HostCounter::BACKLOGGED, 1 + unit->followers.size());
    Worker process = socket->GetProcessWorker();
    Ptr<PayloadCacheNetDevice> self(this);
    socket->AddToBacklog([this, self, unit, process, worked](Continuation next) {
        pc_work nothing;
        pc_work_clear(&nothing);
        auto done = [this, self, unit, process, next = std::move(next)] {
            HandUp(unit, process, HostModel::Context::PROCESS);
            self->RingIfWanted(process, next);
        };
        m_host->Run(process, worked ? nothing : ProtocolWork(unit), std::move(done), unit->about);
    });
    return true;
}

pc_work
PayloadCacheNetDevice::ProtocolWork(Ptr<const RxFrame> unit) const
{
    bool data = unit->info.PayloadBytes() > 0 || !unit->info.isTcp;
    pc_work work;
    pc_work_clear(&work);
    if (IsForOthers(*unit))
    {
        return work; // no protocol looks at it
    }
    pc_work_add(&work, &m_host->Costs(), data ? PC_COST_TCP_RX_DATA : PC_COST_TCP_RX_ACK, 1);
    return work;
}

void
PayloadCacheNetDevice::HandUp(Ptr<RxFrame> unit, const Worker& worker, HostModel::Context context)
{
    if (m_receive.IsNull())
    {
        return; // disposed of meanwhile
    }
    HostModel::Context before = m_host->context;
    Worker workerBefore = m_host->contextWorker;
    m_host->context = context;
    m_host->contextWorker = worker;
    m_host->BeginBurst();
    m_units++;
    BeginUnit(*unit);
    HandUpFrame(*unit);
    for (const auto& frame : unit->followers)
    {
        HandUpFrame(*frame);
    }
    EndUnit(*unit);
    m_host->EndBurst();
    m_host->context = before;
    m_host->contextWorker = workerBefore;
}

void
PayloadCacheNetDevice::BeginUnit(const RxFrame& unit)
{
    if (!unit.info.IsData() || IsForOthers(unit))
    {
        return;
    }
    m_host->Count(HostCounter::UNITS_RECEIVED);
    PayloadSocket* socket = m_gro && unit.info.isTcp ? m_host->Sockets().Find(unit.info.received) : nullptr;
    if (socket)
    {
        socket->BeginUnit();
    }
}

void
PayloadCacheNetDevice::EndUnit(const RxFrame& unit)
{
    PayloadSocket* socket = m_gro && unit.info.isTcp && unit.info.PayloadBytes() > 0
                                ? m_host->Sockets().Find(unit.info.received)
                                : nullptr;
    if (socket)
    {
        socket->EndUnit();
    }
}

void
PayloadCacheNetDevice::HandUpFrame(RxFrame& frame)
{
    m_host->Count(HostCounter::FRAMES_DELIVERED);
    ShowPromiscuous(frame);
    if (IsForOthers(frame))
    {
        return;
    }
    if (frame.info.IsData())
    {
        m_host->Count(HostCounter::SEGMENTS_RECEIVED);
        m_host->Count(HostCounter::PAYLOAD_RECEIVED, frame.info.PayloadBytes());
    }
    m_macRxTrace(frame.packet);
    HostObserver* observer = m_host->GetObserver();
    if (observer)
    {
        observer->DeliveryBegins(frame.about);
    }
    if (frame.payload)
    {
        frame.payload->unit = m_units;
    }
    if (frame.info.isUdp)
    {
        BeginDatagram(frame);
    }
    m_host->delivery = std::move(frame.payload);
    m_receive(this, frame.packet, frame.protocol, frame.source);
    if (observer)
    {
        observer->DeliveryEnds();
    }
    m_host->delivery = nullptr; // what nobody kept is released
    if (frame.info.isUdp)
    {
        EndDatagram();
    }
}

// -- Payload that the host needs after all --

bool
PayloadCacheNetDevice::IsOnCard(const RxFrame& frame)
{
    return frame.payload && pc_handle_is_some(frame.payload->handle) &&
           frame.payload->hostBytes < frame.payload->payloadBytes;
}

void
PayloadCacheNetDevice::LeaveToHost(RxFrame& frame)
{
    if (frame.payload && frame.payload->isVirtual)
    {
        RestoreFrame(frame);
    }
    frame.payload = nullptr;
}

void
PayloadCacheNetDevice::Linearise(Ptr<RxFrame> unit, std::size_t done)
{
    for (; done <= unit->followers.size(); done++)
    {
        Ptr<RxFrame> frame = done == 0 ? unit : unit->followers[done - 1];
        if (IsOnCard(*frame))
        {
            LineariseFrame(unit, frame, done);
            return; // it goes on when that has come
        }
        LeaveToHost(*frame);
    }
    RunProtocol(unit);
}

void
PayloadCacheNetDevice::LineariseFrame(Ptr<RxFrame> unit, Ptr<RxFrame> frame, std::size_t place)
{
    m_host->Count(HostCounter::LINEARISED);
    uint32_t bytes = frame->payload->payloadBytes - frame->payload->hostBytes;
    m_lineariseTrace(frame->packet, bytes);
    pc_work work;
    pc_work_clear(&work);
    pc_work_add(&work, &m_host->Costs(), PC_COST_LINEARISE, 1);
    frame->pins.emplace_back(this, frame->payload->handle);
    auto fetch = [this, self = Ptr<PayloadCacheNetDevice>(this), unit, frame, place, bytes] {
        Deliver({{0, bytes}}, 0, frame->about, [self, unit, frame, place] {
            frame->pins.clear();
            self->LeaveToHost(*frame);
            self->Linearise(unit, place + 1);
        });
    };
    m_host->Run(frame->queue->worker, work, std::move(fetch), frame->about);
}

} // namespace ns3
