// The card's way from the stack to the wire.

#include "patched-tcp-header.h"
#include "payload-cache-net-device.h"
#include "pc-checksum.h"

#include "ns3/log.h"
#include "ns3/simulator.h"

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("PayloadCacheTransmit");

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
    if (!frame.tagged || frame.info.PayloadBytes() == 0)
    {
        return socket;
    }
    // where the socket has gone, so has everything that it had on the card
    frame.staleBytes =
        socket ? socket->FindOnCard(frame.tag.offset, frame.info.PayloadBytes(), frame.slices)
               : frame.info.PayloadBytes();
    return socket;
}

pc_work
PayloadCacheNetDevice::TransmitWork(const TxFrame& frame)
{
    const pc_cost_model& costs = m_host->Costs();
    pc_work work;
    pc_work_clear(&work);
    bool data = frame.info.PayloadBytes() > 0 || !frame.info.isTcp;
    pc_work_add(&work, &costs, data ? PC_COST_TCP_TX_DATA : PC_COST_TCP_TX_ACK, 1);
    pc_work_add(&work, &costs, PC_COST_DRIVER_TX, 1);
    if (!frame.slices.empty())
    {
        pc_work_add(&work, &costs, PC_COST_DMA_GATHER, 1);
    }
    return work;
}

pc_cpu_class
PayloadCacheNetDevice::TransmitClass(const TxFrame& frame)
{
    bool interrupt = frame.tagged ? frame.tag.interrupt
                                  : m_host->context == HostModel::Context::INTERRUPT;
    auto waiting = m_processFrames.find(frame.tag.socket);
    bool behind = waiting != m_processFrames.end() && waiting->second > 0;
    return interrupt && !behind ? PC_CPU_INTERRUPT : PC_CPU_PROCESS;
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
    uint32_t size = frame->packet->GetSize();
    if (m_wireQueue && m_ringFrames > 0 &&
        m_wireQueue->WouldOverflow(m_ringFrames + 1, m_ringBytes + size))
    {
        DropTransmit(frame->packet, "tx_ring_full");
        return false;
    }
    ++m_ringFrames;
    m_ringBytes += size;
    m_wireAccepted = true;
    pc_cpu_class jobClass = TransmitClass(*frame);
    bool counted = frame->tagged && jobClass == PC_CPU_PROCESS;
    if (counted)
    {
        m_processFrames[frame->tag.socket]++;
    }
    m_transmitting = m_ringFrames == 1;
    m_host->Run(socket ? socket->GetCore() : 0,
                jobClass,
                TransmitWork(*frame),
                [this, self = Ptr<PayloadCacheNetDevice>(this), frame, counted] {
                    if (counted && --m_processFrames[frame->tag.socket] == 0)
                    {
                        m_processFrames.erase(frame->tag.socket);
                    }
                    FetchFrame(frame);
                },
                frame->about);
    m_transmitting = false;
    UpdateFlowControl();
    return m_wireAccepted;
}

void
PayloadCacheNetDevice::FetchFrame(Ptr<TxFrame> frame)
{
    uint32_t onCard = 0;
    for (const CardSlice& slice : frame->slices)
    {
        onCard += slice.length;
    }
    uint32_t fromHost = frame->info.packetBytes - onCard - frame->staleBytes;
    pc_card_step step{};
    pc_card_transmit(&m_card, &m_host->Bus(), fromHost, frame->slices.size(), &step);
    RingDoorbell(step);
    const char* what = frame->slices.empty() ? "frame" : "headers";
    m_host->Dma(m_toCard,
                Request(step,
                        fromHost - frame->info.headerBytes,
                        Moving(frame->about, what, fromHost)),
                [this, self = Ptr<PayloadCacheNetDevice>(this), frame] {
                    WhenMoved(frame->info, [this, self, frame] { HandOver(frame); });
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
    CountTransmitted(*frame);
    CountEdges(*frame);
    if (m_bytes && frame->tagged)
    {
        CompleteFrame(*frame);
    }
    m_phyTxBeginTrace(frame->packet);
    m_wireAccepted =
        frame->hasSource
            ? m_wire->SendFrom(frame->packet, frame->source, frame->dest, frame->protocol)
            : m_wire->Send(frame->packet, frame->dest, frame->protocol);
    NoteSent();
}

void
PayloadCacheNetDevice::NoteSent()
{
    m_sentFrames++;
    pc_moderation_note(&m_txModeration, m_host->Now());
    if (m_rxDone.empty())
    {
        CheckInterrupt();
    }
    else
    {
        // The poll would hand frames up into a stack that is just sending.
        Simulator::ScheduleNow(&PayloadCacheNetDevice::CheckInterrupt,
                               Ptr<PayloadCacheNetDevice>(this));
    }
}

void
PayloadCacheNetDevice::CountTransmitted(const TxFrame& frame)
{
    m_host->Count(HostCounter::FRAMES_SENT);
    if (!frame.info.isTcp || frame.info.PayloadBytes() == 0)
    {
        return;
    }
    m_host->Count(HostCounter::PAYLOAD_TRANSMITTED, frame.info.PayloadBytes());
    m_host->Count(HostCounter::SEGMENTS_SENT);
    m_host->Count(HostCounter::SEGMENTS_RETRANSMITTED, frame.tag.retransmission ? 1 : 0);
    m_host->Count(HostCounter::STALE_SEGMENTS, frame.staleBytes > 0 ? 1 : 0);
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
    // (CHECKSUM_PARTIAL); the card adds what it knows of the payload. A block that was released
    // while the frame was queued holds only acknowledged bytes: zeros stand for them.
    uint32_t payloadBytes = frame.info.PayloadBytes();
    if (frame.slices.empty() || payloadBytes == 0)
    {
        return;
    }
    std::vector<uint8_t> payload(payloadBytes);
    Ptr<Packet> packet = frame.packet;
    packet->CreateFragment(frame.info.headerBytes, payloadBytes)
        ->CopyData(payload.data(), payloadBytes);
    uint16_t sum = 0;
    for (const CardSlice& slice : frame.slices)
    {
        uint16_t part = 0;
        uint32_t edges = 0;
        if (pc_card_ram_sum(&m_ram,
                            slice.handle,
                            slice.blockOffset,
                            slice.length,
                            &part,
                            &edges) == PC_OK)
        {
            sum = pc_sum_combine(sum, slice.position % 2 != 0, part);
            ReadRam(slice.handle, slice.blockOffset, &payload[slice.position], slice.length);
        }
    }
    PatchTcpHeader(packet, pc_checksum_replace(frame.info.checksum, 0, sum));
    packet->RemoveAtEnd(packet->GetSize() - frame.info.headerBytes);
    packet->AddAtEnd(Create<Packet>(payload.data(), payloadBytes));
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
    if (!m_wireQueue->WouldOverflow(m_ringFrames + 1, m_ringBytes + GetMtu()))
    {
        queue->Wake();
    }
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
