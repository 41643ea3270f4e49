// From the stack into the card: frames get a place in the ring, and the card fetches them.

#include "payload-cache-net-device.h"

#include "ns3/log.h"

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
    if (frame.tagged && frame.tag.datagram)
    {
        FindDatagram(frame);
        return socket;
    }
    if (!frame.tagged || frame.info.isTcpFragment || frame.info.PayloadBytes() == 0)
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

void
PayloadCacheNetDevice::RefuseFragment(const TxFrame& frame)
{
    // The route has moved to this card, whose MTU is less. No host cuts its own segments (RFC 1191):
    // the segment is lost, and sent again in parts that fit.
    m_host->Count(HostCounter::DEPARTURES); // ns-3 would send the fragment
    DropTransmit(frame.packet, "segment_over_mtu");
    if (PayloadSocket* socket = m_host->Sockets().Find(frame.tag.socket))
    {
        socket->FitSegments(GetMtu());
    }
}

bool
PayloadCacheNetDevice::Transmit(Ptr<TxFrame> frame)
{
    NS_LOG_FUNCTION(this << frame->packet);
    Prepare();
    m_macTxTrace(frame->packet);
    const PayloadSocket* socket = FindPayload(*frame);
    if (frame->tagged && frame->info.isTcpFragment)
    {
        RefuseFragment(*frame);
        return true; // to its sender it is as good as sent
    }
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
    const Worker* before = frame.tagged ? m_pending.Find(frame.tag.socket) : nullptr;
    if (!before)
    {
        return worker;
    }
    // On the same core an interrupt's work is done before a process's anyway.
    bool behind = before->core != worker.core || before->jobClass == PC_CPU_PROCESS;
    return behind ? *before : worker;
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

} // namespace ns3
