// The card's way from the wire to the stack.

#include "patched-tcp-header.h"
#include "payload-cache-net-device.h"
#include "pc-checksum.h"

#include "ns3/log.h"

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("PayloadCacheReceive");

bool
PayloadCacheNetDevice::ReceiveFromWire(Ptr<NetDevice> /* wire */,
                                       Ptr<const Packet> packet,
                                       uint16_t protocol,
                                       const Address& source)
{
    NS_LOG_FUNCTION(this << packet);
    Prepare();
    m_phyRxEndTrace(packet);
    m_host->Count(HostCounter::FRAMES_RECEIVED);
    auto frame = Create<RxFrame>();
    frame->packet = packet;
    frame->source = source;
    frame->protocol = protocol;
    frame->info = FrameInfo::Parse(packet, protocol);
    if (m_host->GetObserver())
    {
        frame->about = Recognise(*frame);
    }
    if (m_rxRing != 0 && m_rxInRing >= m_rxRing)
    {
        DropReceive(packet, "rx_ring_full");
        return true;
    }
    if (!StorePayload(*frame))
    {
        DropReceive(packet, "rx_ram_full");
        return true;
    }
    ++m_rxInRing;
    WhenMoved(frame->info, [this, self = Ptr<PayloadCacheNetDevice>(this), frame] {
        DeliverFrame(frame);
    });
    return true;
}

Subject
PayloadCacheNetDevice::Recognise(const RxFrame& frame) const
{
    Subject about;
    about.bytes = frame.info.PayloadBytes();
    FrameTag name;
    if (frame.packet->PeekPacketTag(name))
    {
        about.offset = name.offset;
        about.frame = name.number;
    }
    return about;
}

bool
PayloadCacheNetDevice::PromiscReceiveFromWire(Ptr<NetDevice> /* wire */,
                                              Ptr<const Packet> packet,
                                              uint16_t protocol,
                                              const Address& source,
                                              const Address& destination,
                                              PacketType type)
{
    return m_promisc.IsNull() || m_promisc(this, packet, protocol, source, destination, type);
}

void
PayloadCacheNetDevice::DropReceive(Ptr<const Packet> packet, const std::string& reason)
{
    m_macRxDropTrace(packet);
    m_host->CountDrop(reason);
}

bool
PayloadCacheNetDevice::StorePayload(RxFrame& frame)
{
    const FrameInfo& info = frame.info;
    bool keeps = m_path->KeepsPayload();
    frame.plan = m_path->PlanFetch(info.packetBytes, info.headerBytes);
    // The whole frame lands in card RAM on every path; the payload cache leaves it there.
    auto payload = std::make_shared<ReceivedPayload>(this);
    uint64_t before = Held(PC_RAM_RX);
    int error = pc_card_ram_alloc(&m_ram,
                                  PC_RAM_RX,
                                  info.packetBytes + PC_LINK_HEADER_BYTES,
                                  m_host->Now(),
                                  &payload->handle);
    if (error != PC_OK)
    {
        m_fallbacks[PC_RAM_RX] += keeps && !m_path->WaitsForRoom();
        m_blocked[PC_RAM_RX] += !keeps || m_path->WaitsForRoom();
        if (!keeps || m_path->WaitsForRoom())
        {
            return false;
        }
        // it goes through to host memory as it arrives
        frame.plan = pc_fetch_plan{};
        frame.plan.first_bytes = info.packetBytes;
        frame.plan.whole = true;
        return true;
    }
    TraceRam(PC_RAM_RX, before);
    m_storedTrace(info.received, Held(PC_RAM_RX) - before);
    frame.payload = payload;
    payload->flow = info.received;
    payload->stored = m_host->Now();
    payload->blockOffset = PC_LINK_HEADER_BYTES + info.headerBytes;
    payload->payloadBytes = info.PayloadBytes();
    payload->hostBytes = frame.plan.tail_bytes;
    if (m_bytes && keeps && info.isTcp && info.PayloadBytes() > 0 && !info.isIpv6)
    {
        StripFrame(frame);
    }
    return true;
}

void
PayloadCacheNetDevice::StripFrame(RxFrame& frame)
{
    // The card verifies nothing that it has no seed for: it tells the sum of what it took out
    // (CHECKSUM_COMPLETE), so a segment that came damaged still has a wrong checksum.
    uint32_t headers = frame.info.headerBytes;
    uint32_t length = frame.info.PayloadBytes();
    std::vector<uint8_t> bytes(frame.packet->GetSize());
    frame.packet->CopyData(bytes.data(), bytes.size());
    const uint8_t* payload = bytes.data() + headers;
    uint16_t sum = pc_sum_bytes(payload, length);
    WriteRam(frame.payload->handle, frame.payload->blockOffset, payload, length);
    frame.payload->bytes.assign(payload, payload + frame.payload->hostBytes);
    frame.original = frame.packet;
    Ptr<Packet> stripped = frame.packet->Copy();
    stripped->RemoveAtEnd(frame.packet->GetSize() - headers);
    stripped->AddAtEnd(Create<Packet>(frame.packet->GetSize() - headers));
    PatchTcpHeader(stripped, pc_checksum_replace(frame.info.checksum, sum, 0));
    frame.packet = stripped;
}

void
PayloadCacheNetDevice::DeliverFrame(Ptr<RxFrame> frame)
{
    const pc_fetch_plan& plan = frame->plan;
    bool headerOnly = !plan.whole;
    pc_card_step step{};
    pc_card_receive(&m_card, &m_host->Bus(), plan.first_bytes, headerOnly, &step);
    if (headerOnly)
    {
        frame->headerFetches++;
        m_host->Count(HostCounter::HEADER_FETCHES);
        m_headerFetchTrace(frame->packet, plan.first_bytes);
    }
    else if (m_path->KeepsPayload())
    {
        m_host->Count(HostCounter::WHOLE_FETCHES);
    }
    uint32_t payloadBytes =
        plan.whole ? frame->info.PayloadBytes() : frame->payload->hostBytes;
    m_host->Dma(m_toHost,
                Request(step,
                        payloadBytes,
                        Moving(frame->about, headerOnly ? "headers" : "frame", plan.first_bytes)),
                [this, self = Ptr<PayloadCacheNetDevice>(this), frame] { Received(frame); });
}

void
PayloadCacheNetDevice::Received(Ptr<RxFrame> frame)
{
    if (frame->plan.whole && frame->payload)
    {
        // all of it is in host memory: the card's part is free at once
        frame->payload->Release();
        frame->payload->hostBytes = frame->payload->payloadBytes;
        if (!m_path->KeepsPayload())
        {
            frame->payload = nullptr;
        }
    }
    if (frame->plan.second_bytes != 0)
    {
        uint32_t bytes = frame->plan.second_bytes;
        frame->plan.second_bytes = 0;
        frame->headerFetches++;
        m_host->Count(HostCounter::SECOND_FETCHES);
        m_headerFetchTrace(frame->packet, bytes);
        pc_card_step step{};
        pc_card_receive(&m_card, &m_host->Bus(), bytes, true, &step);
        m_host->Dma(m_toHost,
                    Request(step, 0, Moving(frame->about, "more headers", bytes)),
                    [this, self = Ptr<PayloadCacheNetDevice>(this), frame] { Received(frame); });
        return;
    }
    m_rxDone.push_back(frame);
    pc_moderation_note(&m_rxModeration, m_host->Now());
    CheckInterrupt();
}

// -- Interrupts and polling --

void
PayloadCacheNetDevice::CheckInterrupt()
{
    if (m_polling || !m_wire)
    {
        return;
    }
    pc_time due = std::min(m_rxModeration.deadline_ps, m_txModeration.deadline_ps);
    if (due == PC_NEVER)
    {
        return;
    }
    if (due <= m_host->Now())
    {
        Interrupt();
    }
    else if (due < m_alarm)
    {
        m_alarm = due;
        m_host->At(due,
                   [this, self = Ptr<PayloadCacheNetDevice>(this), due] { InterruptAlarm(due); });
    }
}

void
PayloadCacheNetDevice::InterruptAlarm(pc_time due)
{
    if (m_alarm == due) // else another one has taken its place
    {
        m_alarm = PC_NEVER;
        CheckInterrupt();
    }
}

void
PayloadCacheNetDevice::Interrupt()
{
    m_polling = true;
    m_polled = 0;
    m_host->Count(HostCounter::INTERRUPTS);
    m_interruptTrace(m_rxDone.size());
    pc_work work;
    pc_work_clear(&work);
    pc_work_add(&work, &m_host->Costs(), PC_COST_INTERRUPT, 1);
    m_host->Run(0, PC_CPU_INTERRUPT, work, [this, self = Ptr<PayloadCacheNetDevice>(this)] {
        ReclaimTransmitted();
        Poll();
    });
}

void
PayloadCacheNetDevice::ReclaimTransmitted()
{
    pc_moderation_clear(&m_txModeration);
    if (m_sentFrames == 0)
    {
        return;
    }
    pc_work work;
    pc_work_clear(&work);
    pc_work_add(&work, &m_host->Costs(), PC_COST_DRIVER_TX_DONE, m_sentFrames);
    m_sentFrames = 0;
    m_host->Run(0, PC_CPU_INTERRUPT, work);
}

void
PayloadCacheNetDevice::Poll()
{
    m_pollAgain = true;
    if (m_pollRunning)
    {
        return; // called from within: the loop below goes on
    }
    m_pollRunning = true;
    while (m_pollAgain)
    {
        m_pollAgain = false;
        if (m_rxDone.empty())
        {
            EndPoll();
        }
        else if (m_pollBudget != 0 && m_polled >= m_pollBudget)
        {
            m_polled = 0;
            m_host->Count(HostCounter::POLLS);
            pc_work work;
            pc_work_clear(&work);
            pc_work_add(&work, &m_host->Costs(), PC_COST_POLL, 1);
            m_host->Run(0, PC_CPU_INTERRUPT, work, [this, self = Ptr<PayloadCacheNetDevice>(this)] {
                ReclaimTransmitted();
                Poll();
            });
        }
        else
        {
            Ptr<RxFrame> frame = m_rxDone.front();
            m_rxDone.pop_front();
            --m_rxInRing;
            m_polled++;
            Process(frame);
        }
    }
    m_pollRunning = false;
}

void
PayloadCacheNetDevice::EndPoll()
{
    m_polling = false;
    pc_moderation_clear(&m_rxModeration);
    CheckInterrupt(); // of frames sent meanwhile
}

void
PayloadCacheNetDevice::Process(Ptr<RxFrame> frame)
{
    const pc_cost_model& costs = m_host->Costs();
    pc_work work;
    pc_work_clear(&work);
    pc_work_add(&work, &costs, PC_COST_DRIVER_RX, 1);
    pc_work_add(&work, &costs, PC_COST_HEADER_FETCH, frame->headerFetches);
    auto known = [this, self = Ptr<PayloadCacheNetDevice>(this), frame] { Sort(frame); };
    m_host->Run(0, PC_CPU_INTERRUPT, work, std::move(known), frame->about);
}

void
PayloadCacheNetDevice::Sort(Ptr<RxFrame> frame)
{
    Ptr<PayloadCacheNetDevice> self(this);
    PayloadSocket* socket =
        frame->info.isTcp ? m_host->Sockets().Find(frame->info.received) : nullptr;
    // a socket of ours: nobody else takes payload from a card
    bool hasReader = socket && !socket->HasClosed();
    if (!hasReader && IsOnCard(*frame))
    {
        Linearise(frame, [this, self, frame] {
            RunProtocol(frame, PC_CPU_INTERRUPT, [this, self] { Poll(); });
        });
        return;
    }
    if (!hasReader)
    {
        LeaveToHost(*frame);
    }
    if (socket && socket->IsLocked())
    {
        m_host->Count(HostCounter::BACKLOGGED);
        socket->AddToBacklog([this, self, frame](std::function<void()> next) {
            RunProtocol(frame, PC_CPU_PROCESS, std::move(next));
        });
        Poll();
        return;
    }
    RunProtocol(frame, PC_CPU_INTERRUPT, [this, self] { Poll(); });
}

void
PayloadCacheNetDevice::RunProtocol(Ptr<RxFrame> frame, pc_cpu_class jobClass, HostModel::Done next)
{
    bool data = frame->info.PayloadBytes() > 0 || !frame->info.isTcp;
    pc_work work;
    pc_work_clear(&work);
    pc_work_add(&work, &m_host->Costs(), data ? PC_COST_TCP_RX_DATA : PC_COST_TCP_RX_ACK, 1);
    m_host->Run(
        0,
        jobClass,
        work,
        [this, self = Ptr<PayloadCacheNetDevice>(this), frame, jobClass, next = std::move(next)] {
            HandUp(frame,
                   jobClass == PC_CPU_INTERRUPT ? HostModel::Context::INTERRUPT
                                                : HostModel::Context::PROCESS);
            next();
        },
        frame->about);
}

void
PayloadCacheNetDevice::HandUp(Ptr<RxFrame> frame, HostModel::Context context)
{
    if (m_receive.IsNull())
    {
        return;
    }
    m_host->Count(HostCounter::FRAMES_DELIVERED);
    m_macRxTrace(frame->packet);
    HostModel::Context before = m_host->context;
    m_host->context = context;
    HostObserver* observer = m_host->GetObserver();
    if (observer)
    {
        observer->DeliveryBegins(frame->about);
    }
    m_host->delivery = std::move(frame->payload);
    m_receive(this, frame->packet, frame->protocol, frame->source);
    if (observer)
    {
        observer->DeliveryEnds();
    }
    m_host->delivery = nullptr; // what nobody kept is released
    m_host->context = before;
}

bool
PayloadCacheNetDevice::IsOnCard(const RxFrame& frame)
{
    return frame.payload && pc_handle_is_some(frame.payload->handle) &&
           frame.payload->hostBytes < frame.payload->payloadBytes;
}

void
PayloadCacheNetDevice::LeaveToHost(RxFrame& frame) const
{
    frame.payload = nullptr;
    if (frame.original)
    {
        frame.packet = frame.original;
    }
}

void
PayloadCacheNetDevice::Linearise(Ptr<RxFrame> frame, HostModel::Done next)
{
    m_host->Count(HostCounter::LINEARISED);
    uint32_t bytes = frame->payload->payloadBytes - frame->payload->hostBytes;
    m_lineariseTrace(frame->packet, bytes);
    pc_work work;
    pc_work_clear(&work);
    pc_work_add(&work, &m_host->Costs(), PC_COST_LINEARISE, 1);
    auto fetch = [this, self = Ptr<PayloadCacheNetDevice>(this), frame, bytes, next] {
        Deliver(0, bytes, frame->about, [self, frame, next] {
            self->LeaveToHost(*frame);
            next();
        });
    };
    m_host->Run(0, PC_CPU_INTERRUPT, work, std::move(fetch), frame->about);
}

} // namespace ns3
