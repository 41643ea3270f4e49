// The card's way from the wire to the stack.

#include "frame-payload.h"
#include "payload-cache-net-device.h"
#include "pc-checksum.h"

#include "ns3/abort.h"
#include "ns3/log.h"

#include <algorithm>
#include <cstring>

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
    m_host->Count(HostCounter::VLAN_FRAMES, m_vlanTag ? 1 : 0);
    auto frame = Create<RxFrame>();
    frame->packet = packet;
    frame->source = source;
    frame->protocol = protocol;
    if (m_seen) // promiscuous mode
    {
        frame->seen.swap(m_seen);
    }
    frame->verdict = CheckPacket(packet, protocol, m_sumsComputed);
    frame->info = frame->verdict == PC_PACKET_BAD_NETWORK ? FrameInfo::Unbelieved(packet, protocol)
                                                          : FrameInfo::Parse(packet, protocol);
    frame->info.isDamaged = frame->verdict == PC_PACKET_BAD_TRANSPORT;
    if (m_host->GetObserver())
    {
        frame->about = Recognise(*frame);
    }
    frame->queue = &m_queues[SelectQueue(frame->info)];
    if (m_rxRing != 0 && frame->queue->inRing >= m_rxRing)
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
    frame->queue->inRing++;
    PostBuffers(-1);
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
    auto payload = std::allocate_shared<ReceivedPayload>(PoolAllocator<ReceivedPayload>(), this);
    uint64_t before = Held(PC_RAM_RX);
    uint32_t bytes = info.packetBytes + LinkHeaderBytes();
    PayloadSocket* socket =
        m_countsOwners && info.isTcp ? m_host->Sockets().Find(info.received) : nullptr;
    bool over = socket && pc_card_ram_padded(&m_ram, bytes) >
                              GetQuotaLeft(PC_RAM_RX, socket->GetNumber());
    if (over ||
        pc_card_ram_alloc(&m_ram, PC_RAM_RX, bytes, m_host->Now(), &payload->handle) != PC_OK)
    {
        bool drops = m_path->DropsWhenFull();
        RamStatistics& counted = m_counted[PC_RAM_RX];
        (drops ? counted.blocked : counted.fallbacks)++;
        counted.overQuota += over;
        if (drops)
        {
            return false;
        }
        // it goes through to host memory as it arrives
        frame.plan = pc_fetch_plan{};
        frame.plan.first_bytes = info.packetBytes;
        frame.plan.whole = true;
        if (m_host->DoesDmaCache())
        {
            payload->payloadBytes = info.PayloadBytes();
            frame.payload = payload; // without a block, but it lies in the last-level cache
        }
        return true;
    }
    if (socket)
    {
        Own(payload->handle, socket->GetNumber());
    }
    if (m_evicts)
    {
        frame.pins.emplace_back(this, payload->handle);
        SettleReceived(*payload);
    }
    TraceRam(PC_RAM_RX, before);
    m_storedTrace(info.received, Held(PC_RAM_RX) - before);
    frame.payload = payload;
    payload->flow = info.received;
    payload->stored = m_host->Now();
    payload->blockOffset = LinkHeaderBytes() + info.headerBytes;
    payload->payloadBytes = info.PayloadBytes();
    payload->hostBytes = frame.plan.tail_bytes;
    if (m_bytes && keeps && info.CanSwapPayload())
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
    frame.payload->isVirtual = true;
    Ptr<Packet> stripped = frame.packet->Copy();
    uint32_t size = frame.packet->GetSize() - headers; // with what pads the frame
    SwapPayload(stripped,
                frame.info,
                frame.info.isUdp ? StandInForSum(sum, length, size) : Create<Packet>(size),
                frame.info.isUdp ? frame.info.checksum
                                 : pc_checksum_replace(frame.info.checksum, sum, 0));
    frame.packet = stripped;
}

void
PayloadCacheNetDevice::RestoreFrame(RxFrame& frame)
{
    // what came with the headers, what the card has, and zeros where the frame was padded
    ReceivedPayload& payload = *frame.payload;
    std::vector<uint8_t> bytes(frame.packet->GetSize() - frame.info.headerBytes);
    std::copy(payload.bytes.begin(), payload.bytes.end(), bytes.begin());
    uint32_t inHost = payload.bytes.size();
    if (inHost < payload.payloadBytes)
    {
        ReadRam(payload.handle,
                payload.blockOffset + inHost,
                bytes.data() + inHost,
                payload.payloadBytes - inHost);
    }
    uint16_t sum = pc_sum_bytes(bytes.data(), payload.payloadBytes);
    uint16_t checksum = FrameInfo::Parse(frame.packet, frame.protocol).checksum;
    Ptr<Packet> restored = frame.packet->Copy();
    SwapPayload(restored,
                frame.info,
                Create<Packet>(bytes.data(), bytes.size()),
                frame.info.isUdp ? checksum : pc_checksum_replace(checksum, 0, sum));
    frame.packet = restored;
}

void
PayloadCacheNetDevice::DeliverFrame(Ptr<RxFrame> frame)
{
    const pc_fetch_plan& plan = frame->plan;
    bool headerOnly = !plan.whole;
    pc_card_step step = ReceiveStep(plan.first_bytes, headerOnly);
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
    DmaRequest request =
        Request(step,
                payloadBytes,
                Moving(frame->about, headerOnly ? "headers" : "frame", plan.first_bytes));
    request.queue = frame->queue->number;
    if (m_host->DoesDmaCache() && frame->payload)
    {
        // headers, descriptors and completions are few, and always in the cache
        frame->payload->inCache = CacheClaim(m_host, payloadBytes);
        request.cachedBytes =
            request.hostBytes - (payloadBytes - frame->payload->inCache.GetCached());
    }
    m_host->Dma(m_toHost, request, [this, self = Ptr<PayloadCacheNetDevice>(this), frame] {
        Received(frame);
    });
}

pc_card_step
PayloadCacheNetDevice::ReceiveStep(uint32_t bytes, bool headerOnly)
{
    return m_receiveSteps.Find(bytes, headerOnly, [&] {
        pc_card_step asked{};
        pc_card_receive(&m_card, &m_host->Bus(), bytes, headerOnly, &asked);
        return asked;
    });
}

void
PayloadCacheNetDevice::Received(Ptr<RxFrame> frame)
{
    if (!m_wire)
    {
        return; // disposed meanwhile: nobody polls it any more, and it holds this card
    }
    if (frame->plan.whole && frame->payload)
    {
        // all of it is in host memory: the card's part is free at once
        frame->payload->Release(true);
        frame->payload->hostBytes = frame->payload->payloadBytes;
        if (!m_path->KeepsPayload() && !m_host->DoesDmaCache())
        {
            frame->payload = nullptr; // nothing more is to be known of it
        }
    }
    if (frame->plan.second_bytes != 0)
    {
        uint32_t bytes = frame->plan.second_bytes;
        frame->plan.second_bytes = 0;
        frame->headerFetches++;
        m_host->Count(HostCounter::SECOND_FETCHES);
        m_headerFetchTrace(frame->packet, bytes);
        pc_card_step step = ReceiveStep(bytes, true);
        DmaRequest request = Request(step, 0, Moving(frame->about, "more headers", bytes));
        request.queue = frame->queue->number;
        m_host->Dma(m_toHost, request, [this, self = Ptr<PayloadCacheNetDevice>(this), frame] {
            Received(frame);
        });
        return;
    }
    frame->pins.clear();
    CardQueue& queue = *frame->queue;
    queue.done.push_back(frame);
    pc_moderation_note(&queue.rxModeration, m_host->Now());
    CheckInterrupt(queue);
}

// -- Which queue --

void
PayloadCacheNetDevice::MakeQueues()
{
    NS_ABORT_MSG_IF(pc_rss_init(&m_rss, pc_rss_default_key(), m_rxQueues) != PC_OK,
                    "ns3::PayloadCacheNetDevice::RxQueues: " << m_rxQueues << " cannot be served");
    m_queues = std::vector<CardQueue>(m_rxQueues);
    m_bufferBytes = GetMtu();
    for (unsigned i = 0; i < m_rxQueues; i++)
    {
        CardQueue& queue = m_queues[i];
        queue.number = i;
        queue.worker = {i % m_host->GetCores(), PC_CPU_INTERRUPT};
        pc_dim_init(&queue.dim, m_host->Now());
        pc_moderation_init(&queue.rxModeration,
                           m_adaptive ? pc_dim_delay(&queue.dim) : m_rxDelay.GetPicoSeconds(),
                           m_adaptive ? pc_dim_frames(&queue.dim) : m_rxFrames);
        pc_moderation_init(&queue.txModeration, m_txDelay.GetPicoSeconds(), m_txFrames);
        pc_gro_init(&queue.gro);
        PostBuffers(m_rxRing);
    }
}

void
PayloadCacheNetDevice::PostBuffers(int64_t change)
{
    if (m_rxRing != 0) // without a limit there is no number of them
    {
        m_host->PostBuffers(change * m_bufferBytes);
    }
}

unsigned
PayloadCacheNetDevice::GetQueues() const
{
    return m_rxQueues;
}

unsigned
PayloadCacheNetDevice::GetQueueCore(unsigned queue)
{
    Prepare();
    return m_queues[queue].worker.core;
}

unsigned
PayloadCacheNetDevice::ChooseQueue(const FlowKey& flow)
{
    Prepare();
    if (m_steering == STEER_FLOW)
    {
        return m_nextQueue++ % m_rxQueues;
    }
    return pc_rss_queue(&m_rss, HashFlow(flow, true));
}

unsigned
PayloadCacheNetDevice::SelectQueue(const FrameInfo& info) const
{
    if (m_rxQueues == 1 || !(info.isTcp || info.isUdp))
    {
        return 0;
    }
    if (info.isUdp)
    {
        return pc_rss_queue(&m_rss, HashFlow(info.received, !info.isFragment));
    }
    // a connection's own queue, as the driver has told the card; RSS where it has told nothing
    const PayloadSocket* socket =
        m_steering == STEER_FLOW ? m_host->Sockets().Find(info.received) : nullptr;
    int queue = socket ? socket->GetQueueOn(*this) : -1;
    return queue >= 0 ? queue : pc_rss_queue(&m_rss, HashFlow(info.received, true));
}

uint32_t
PayloadCacheNetDevice::HashFlow(const FlowKey& flow, bool ports) const
{
    // as the frames of the connection come in: from the peer to this end
    uint8_t input[PC_RSS_INPUT_BYTES];
    std::size_t address = flow.isIpv6 ? 16 : 4;
    std::memcpy(input, flow.peer.data(), address);
    std::memcpy(input + address, flow.local.data(), address);
    std::size_t length = 2 * address;
    if (!ports)
    {
        return pc_rss_hash(&m_rss, input, length);
    }
    for (uint16_t port : {flow.peerPort, flow.localPort})
    {
        input[length++] = port >> 8;
        input[length++] = port & 0xff;
    }
    return pc_rss_hash(&m_rss, input, length);
}

} // namespace ns3
