#include "payload-cache-net-device.h"

#include "flow-hash-filter.h"

#include "ns3/abort.h"
#include "ns3/boolean.h"
#include "ns3/double.h"
#include "ns3/fq-codel-queue-disc.h"
#include "ns3/log.h"
#include "ns3/node.h"
#include "ns3/pointer.h"
#include "ns3/simulator.h"
#include "ns3/traffic-control-layer.h"
#include "ns3/uinteger.h"

#include <cmath>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("PayloadCacheNetDevice");
NS_OBJECT_ENSURE_REGISTERED(PayloadCacheNetDevice);

TypeId
PayloadCacheNetDevice::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::PayloadCacheNetDevice")
            .SetParent<NetDevice>()
            .SetGroupName("PayloadCache")
            .AddConstructor<PayloadCacheNetDevice>()
            .AddAttribute("Path",
                          "how payload travels between user memory and the wire [object]",
                          PointerValue(),
                          MakePointerAccessor(&PayloadCacheNetDevice::SetPath,
                                              &PayloadCacheNetDevice::GetPath),
                          MakePointerChecker<DataPath>())
            .AddAttribute("HoldBytes",
                          "bytes mode: card RAM holds the real bytes, and the stack sees zeros "
                          "[bool]",
                          BooleanValue(false),
                          MakeBooleanAccessor(&PayloadCacheNetDevice::m_bytes),
                          MakeBooleanChecker())
            .AddAttribute("CardRam",
                          "card RAM for payload, both sides; the largest number for no limit [B]",
                          UintegerValue(UINT64_MAX),
                          MakeUintegerAccessor(&PayloadCacheNetDevice::m_cardRam),
                          MakeUintegerChecker<uint64_t>())
            .AddAttribute("TxShare",
                          "the share of CardRam that is for transmitting [fraction]",
                          DoubleValue(0.5),
                          MakeDoubleAccessor(&PayloadCacheNetDevice::m_txShare),
                          MakeDoubleChecker<double>(0, 1))
            .AddAttribute("TxRam",
                          "transmit RAM, apart from CardRam; 0 for its share of that [B]",
                          UintegerValue(0),
                          MakeUintegerAccessor(&PayloadCacheNetDevice::m_txRam),
                          MakeUintegerChecker<uint64_t>())
            .AddAttribute("RxRam",
                          "receive RAM, apart from CardRam; 0 for its share of that [B]",
                          UintegerValue(0),
                          MakeUintegerAccessor(&PayloadCacheNetDevice::m_rxRam),
                          MakeUintegerChecker<uint64_t>())
            .AddAttribute("Granule",
                          "the unit in which card RAM is handed out [B]",
                          UintegerValue(256),
                          MakeUintegerAccessor(&PayloadCacheNetDevice::m_granule),
                          MakeUintegerChecker<uint32_t>(16, 65536))
            .AddAttribute("RxQueues",
                          "receive queues, each with an interrupt line of its own, which the cores "
                          "take in turn [queues]",
                          UintegerValue(1),
                          MakeUintegerAccessor(&PayloadCacheNetDevice::m_rxQueues),
                          MakeUintegerChecker<uint32_t>(1, 64))
            .AddAttribute("Steering",
                          "how connections get their queues: Rss (by the hash of addresses and "
                          "ports) or Flow (each in turn its own, aRFS) [kind]",
                          EnumValue(STEER_RSS),
                          MakeEnumAccessor(&PayloadCacheNetDevice::m_steering),
                          MakeEnumChecker(STEER_RSS, "Rss", STEER_FLOW, "Flow"))
            .AddAttribute("Tso",
                          "segmentation offload: what a connection sends at one instant, up to "
                          "64 KiB, is one unit of work and one DMA [bool]",
                          BooleanValue(false),
                          MakeBooleanAccessor(&PayloadCacheNetDevice::m_tso),
                          MakeBooleanChecker())
            .AddAttribute("BatchDoorbells",
                          "units that a connection sends at one instant share one doorbell "
                          "(Linux: xmit_more) [bool]",
                          BooleanValue(false),
                          MakeBooleanAccessor(&PayloadCacheNetDevice::m_batchDoorbells),
                          MakeBooleanChecker())
            .AddAttribute("Gro",
                          "receive offload: frames of a connection that come in order in one poll "
                          "are one unit of work, up to 64 KiB [bool]",
                          BooleanValue(false),
                          MakeBooleanAccessor(&PayloadCacheNetDevice::m_gro),
                          MakeBooleanChecker())
            .AddAttribute("VlanTag",
                          "frames carry a VLAN tag: their link header is 4 bytes longer in host "
                          "memory, on the bus and in card RAM [bool]",
                          BooleanValue(false),
                          MakeBooleanAccessor(&PayloadCacheNetDevice::m_vlanTag),
                          MakeBooleanChecker())
            .AddAttribute("Checksums",
                          "the card computes checksums; off: only paths on which the host does it "
                          "are of use on it [bool]",
                          BooleanValue(true),
                          MakeBooleanAccessor(&PayloadCacheNetDevice::m_checksums),
                          MakeBooleanChecker())
            .AddAttribute("RxChecksum",
                          "the card verifies the checksums of received frames on every path; off: "
                          "only where the path has it [bool]",
                          BooleanValue(false),
                          MakeBooleanAccessor(&PayloadCacheNetDevice::m_rxChecksum),
                          MakeBooleanChecker())
            .AddAttribute("GroOverRounds",
                          "a poll that has used up its budget keeps its open units for the next "
                          "round [bool]",
                          BooleanValue(false),
                          MakeBooleanAccessor(&PayloadCacheNetDevice::m_keepUnits),
                          MakeBooleanChecker())
            .AddAttribute("PollYields",
                          "a poll that has used up its budget goes on behind the processes that "
                          "wait for its core, as a kernel thread does [bool]",
                          BooleanValue(false),
                          MakeBooleanAccessor(&PayloadCacheNetDevice::m_pollYields),
                          MakeBooleanChecker())
            .AddAttribute("TxRing",
                          "frames that transmit ring and card FIFO hold together; 0: as the wire's "
                          "own queue [frames]",
                          UintegerValue(0),
                          MakeUintegerAccessor(&PayloadCacheNetDevice::m_txRing),
                          MakeUintegerChecker<uint32_t>())
            .AddAttribute("RxRing",
                          "receive descriptors of a queue; 0 for no limit [frames]",
                          UintegerValue(256),
                          MakeUintegerAccessor(&PayloadCacheNetDevice::m_rxRing),
                          MakeUintegerChecker<uint32_t>())
            .AddAttribute("AdaptiveModeration",
                          "receive moderation follows the traffic, as Linux's dynamic interrupt "
                          "moderation does: RxModerationDelay and RxModerationFrames are not used "
                          "[bool]",
                          BooleanValue(false),
                          MakeBooleanAccessor(&PayloadCacheNetDevice::m_adaptive),
                          MakeBooleanChecker())
            .AddAttribute("RxModerationDelay",
                          "longest time from a received frame to its interrupt [us]",
                          TimeValue(Time(0)),
                          MakeTimeAccessor(&PayloadCacheNetDevice::m_rxDelay),
                          MakeTimeChecker(Time(0)))
            .AddAttribute("RxModerationFrames",
                          "received frames that raise an interrupt at once; 0: only the delay "
                          "does [frames]",
                          UintegerValue(1),
                          MakeUintegerAccessor(&PayloadCacheNetDevice::m_rxFrames),
                          MakeUintegerChecker<uint32_t>())
            .AddAttribute("TxModerationDelay",
                          "longest time from a sent frame to its interrupt [us]",
                          TimeValue(Time(0)),
                          MakeTimeAccessor(&PayloadCacheNetDevice::m_txDelay),
                          MakeTimeChecker(Time(0)))
            .AddAttribute("TxModerationFrames",
                          "sent frames that raise an interrupt at once; 0: only the delay does "
                          "[frames]",
                          UintegerValue(1),
                          MakeUintegerAccessor(&PayloadCacheNetDevice::m_txFrames),
                          MakeUintegerChecker<uint32_t>())
            .AddAttribute("PollBudget",
                          "frames that one round of polling takes; 0 for no limit [frames]",
                          UintegerValue(0),
                          MakeUintegerAccessor(&PayloadCacheNetDevice::m_pollBudget),
                          MakeUintegerChecker<uint32_t>())
            .AddAttribute("DmaEngines",
                          "DMA engines a direction [engines]",
                          UintegerValue(1),
                          MakeUintegerAccessor(&PayloadCacheNetDevice::m_engines),
                          MakeUintegerChecker<uint32_t>(1, 16))
            .AddAttribute("DmaQueues",
                          "queues that a DMA engine serves round robin, a maximum burst a turn; "
                          "from 2 on payload has one of its own [queues]",
                          UintegerValue(1),
                          MakeUintegerAccessor(&PayloadCacheNetDevice::m_dmaQueues),
                          MakeUintegerChecker<uint32_t>(1, PC_DMA_QUEUES))
            .AddAttribute("DescriptorTime",
                          "card processor: one descriptor [ns]",
                          TimeValue(Time(0)),
                          MakeTimeAccessor(&PayloadCacheNetDevice::m_descriptorTime),
                          MakeTimeChecker(Time(0)))
            .AddAttribute("FragmentTime",
                          "card processor: one fragment gathered from card RAM [ns]",
                          TimeValue(Time(0)),
                          MakeTimeAccessor(&PayloadCacheNetDevice::m_fragmentTime),
                          MakeTimeChecker(Time(0)))
            .AddAttribute("HeaderFetchTime",
                          "card processor: one header fetch [ns]",
                          TimeValue(Time(0)),
                          MakeTimeAccessor(&PayloadCacheNetDevice::m_headerFetchTime),
                          MakeTimeChecker(Time(0)))
            .AddAttribute("RamBandwidth",
                          "card RAM: what wire and DMA share; 0 for no limit [B/s]",
                          DoubleValue(0),
                          MakeDoubleAccessor(&PayloadCacheNetDevice::m_ramBandwidth),
                          MakeDoubleChecker<double>(0))
            .AddAttribute("ReleaseDelay",
                          "from a release command to the room [ns]",
                          TimeValue(Time(0)),
                          MakeTimeAccessor(&PayloadCacheNetDevice::m_releaseDelay),
                          MakeTimeChecker(Time(0)))
            .AddAttribute("ReleaseWait",
                          "the longest that a release command waits for a doorbell that is rung for "
                          "something else; 0: the card knows at once, before its bytes have crossed "
                          "the bus [us]",
                          TimeValue(Time(0)),
                          MakeTimeAccessor(&PayloadCacheNetDevice::m_releaseWait),
                          MakeTimeChecker(Time(0)))
            .AddAttribute("ReleaseBatch",
                          "releases that are rung for alone as soon as so many wait for a doorbell "
                          "[commands]",
                          UintegerValue(32),
                          MakeUintegerAccessor(&PayloadCacheNetDevice::m_releaseBatch),
                          MakeUintegerChecker<uint32_t>(1))
            .AddAttribute("DescriptorBytes",
                          "one descriptor, read by the card [B]",
                          UintegerValue(16),
                          MakeUintegerAccessor(&PayloadCacheNetDevice::m_descriptorBytes),
                          MakeUintegerChecker<uint32_t>())
            .AddAttribute("WriteBackBytes",
                          "one completion, written by the card [B]",
                          UintegerValue(16),
                          MakeUintegerAccessor(&PayloadCacheNetDevice::m_writeBackBytes),
                          MakeUintegerChecker<uint32_t>())
            .AddAttribute("DoorbellBytes",
                          "one doorbell, written by the CPU [B]",
                          UintegerValue(4),
                          MakeUintegerAccessor(&PayloadCacheNetDevice::m_doorbellBytes),
                          MakeUintegerChecker<uint32_t>())
            .AddAttribute("ReleaseBytes",
                          "one command that releases card RAM, written with a doorbell [B]",
                          UintegerValue(8),
                          MakeUintegerAccessor(&PayloadCacheNetDevice::m_releaseBytes),
                          MakeUintegerChecker<uint32_t>())
            .AddTraceSource("MacTx",
                            "a packet has been handed to the card",
                            MakeTraceSourceAccessor(&PayloadCacheNetDevice::m_macTxTrace),
                            "ns3::Packet::TracedCallback")
            .AddTraceSource("MacTxDrop",
                            "a packet has been dropped before the wire",
                            MakeTraceSourceAccessor(&PayloadCacheNetDevice::m_macTxDropTrace),
                            "ns3::Packet::TracedCallback")
            .AddTraceSource("MacRx",
                            "a packet is handed up the stack",
                            MakeTraceSourceAccessor(&PayloadCacheNetDevice::m_macRxTrace),
                            "ns3::Packet::TracedCallback")
            .AddTraceSource("MacRxDrop",
                            "a packet from the wire has been dropped by the card",
                            MakeTraceSourceAccessor(&PayloadCacheNetDevice::m_macRxDropTrace),
                            "ns3::Packet::TracedCallback")
            .AddTraceSource("PhyTxBegin",
                            "a packet goes to the wire's device",
                            MakeTraceSourceAccessor(&PayloadCacheNetDevice::m_phyTxBeginTrace),
                            "ns3::Packet::TracedCallback")
            .AddTraceSource("PhyRxEnd",
                            "a packet has come from the wire's device",
                            MakeTraceSourceAccessor(&PayloadCacheNetDevice::m_phyRxEndTrace),
                            "ns3::Packet::TracedCallback")
            .AddTraceSource("CardRamAlloc",
                            "card RAM has been taken",
                            MakeTraceSourceAccessor(&PayloadCacheNetDevice::m_ramAllocTrace),
                            "ns3::PayloadCacheNetDevice::RamCallback")
            .AddTraceSource("CardRamRelease",
                            "card RAM has been given back",
                            MakeTraceSourceAccessor(&PayloadCacheNetDevice::m_ramReleaseTrace),
                            "ns3::PayloadCacheNetDevice::RamCallback")
            .AddTraceSource("TxRing",
                            "frames in the transmit ring",
                            MakeTraceSourceAccessor(&PayloadCacheNetDevice::m_ringFrames),
                            "ns3::TracedValueCallback::Uint32")
            .AddTraceSource("RxRing",
                            "receive descriptors in use",
                            MakeTraceSourceAccessor(&PayloadCacheNetDevice::m_rxInRing),
                            "ns3::TracedValueCallback::Uint32")
            .AddTraceSource("ReceivedStored",
                            "a received frame has taken card RAM",
                            MakeTraceSourceAccessor(&PayloadCacheNetDevice::m_storedTrace),
                            "ns3::PayloadCacheNetDevice::StoredCallback")
            .AddTraceSource("ReceivedReleased",
                            "a received frame gives card RAM back; how long it was held",
                            MakeTraceSourceAccessor(&PayloadCacheNetDevice::m_releasedTrace),
                            "ns3::PayloadCacheNetDevice::ReleasedCallback")
            .AddTraceSource("Interrupt",
                            "an interrupt is taken; how many received frames wait",
                            MakeTraceSourceAccessor(&PayloadCacheNetDevice::m_interruptTrace),
                            "ns3::TracedValueCallback::Uint32")
            .AddTraceSource("HeaderFetch",
                            "the headers of a packet are fetched; how many bytes",
                            MakeTraceSourceAccessor(&PayloadCacheNetDevice::m_headerFetchTrace),
                            "ns3::Packet::SizeTracedCallback")
            .AddTraceSource("Linearise",
                            "a packet's payload is fetched since the stack needs it; how many "
                            "bytes",
                            MakeTraceSourceAccessor(&PayloadCacheNetDevice::m_lineariseTrace),
                            "ns3::Packet::SizeTracedCallback")
            .AddTraceSource("Doorbell",
                            "the driver rings the card; how many release commands go with it",
                            MakeTraceSourceAccessor(&PayloadCacheNetDevice::m_doorbellTrace),
                            "ns3::TracedValueCallback::Uint32");
    return tid;
}

PayloadCacheNetDevice::PayloadCacheNetDevice()
{
    NS_LOG_FUNCTION(this);
}

PayloadCacheNetDevice::~PayloadCacheNetDevice()
{
    if (m_prepared)
    {
        pc_card_ram_fini(&m_ram);
    }
}

void
PayloadCacheNetDevice::SetWire(Ptr<NetDevice> wire, Ptr<HostModel> host)
{
    NS_LOG_FUNCTION(this << wire << host);
    m_wire = wire;
    m_host = host;
    m_broadcast = wire->GetBroadcast();
    PointerValue queue;
    if (wire->GetAttributeFailSafe("TxQueue", queue))
    {
        m_wireQueue = queue.Get<Queue<Packet>>();
    }
    if (m_wireQueue)
    {
        if (m_txRing != 0)
        {
            m_wireQueue->SetMaxSize(QueueSize(PACKETS, m_txRing));
        }
        m_wireQueue->TraceConnectWithoutContext(
            "Enqueue",
            MakeCallback(&PayloadCacheNetDevice::WireEnqueued, this));
        m_wireQueue->TraceConnectWithoutContext(
            "Dequeue",
            MakeCallback(&PayloadCacheNetDevice::WireDequeued, this));
        m_wireQueue->TraceConnectWithoutContext(
            "DropBeforeEnqueue",
            MakeCallback(&PayloadCacheNetDevice::WireDropped, this));
    }
    wire->SetReceiveCallback(MakeCallback(&PayloadCacheNetDevice::ReceiveFromWire, this));
}

Ptr<NetDevice>
PayloadCacheNetDevice::GetWire() const
{
    return m_wire;
}

Ptr<HostModel>
PayloadCacheNetDevice::GetHost() const
{
    return m_host;
}

void
PayloadCacheNetDevice::SetPath(Ptr<DataPath> path)
{
    m_path = path;
}

Ptr<DataPath>
PayloadCacheNetDevice::GetPath() const
{
    return m_path;
}

bool
PayloadCacheNetDevice::VerifiesChecksums() const
{
    return m_rxChecksum || !m_path->HostVerifiesChecksum();
}

bool
PayloadCacheNetDevice::ServesPath() const
{
    return m_checksums || !VerifiesChecksums();
}

bool
PayloadCacheNetDevice::HoldsBytes() const
{
    return m_bytes;
}

void
PayloadCacheNetDevice::NotifyNewAggregate()
{
    if (!m_queueInterface)
    {
        m_queueInterface = GetObject<NetDeviceQueueInterface>();
    }
    NetDevice::NotifyNewAggregate();
}

void
PayloadCacheNetDevice::DoDispose()
{
    NS_LOG_FUNCTION(this);
    m_queueInterface = nullptr; // aggregated to this: a reference to itself
    m_txWaiters.Clear();
    m_openUnits.clear();
    m_awaiting.clear();
    m_late.clear();
    m_inWireQueue.Clear();
    m_watchedDisc = nullptr;
    for (CardQueue& queue : m_queues)
    {
        queue.done.clear();
        queue.ready.clear();
        queue.units.fill(nullptr);
        queue.fetching.clear();
        queue.unrung.clear();
    }
    if (m_wire)
    {
        // a wire that stays calls whatever it has, without a look
        m_wire->SetReceiveCallback(MakeCallback(&PayloadCacheNetDevice::IgnoreFromWire));
    }
    m_wire = nullptr;
    ReleaseAll();
    m_wireQueue = nullptr;
    m_node = nullptr;
    m_receive.Nullify();
    m_promisc.Nullify();
    NetDevice::DoDispose();
}

bool
PayloadCacheNetDevice::IgnoreFromWire(Ptr<NetDevice> /* wire */,
                                      Ptr<const Packet> /* packet */,
                                      uint16_t /* protocol */,
                                      const Address& /* source */)
{
    return false;
}

void
PayloadCacheNetDevice::Prepare()
{
    if (m_prepared)
    {
        return;
    }
    NS_ABORT_MSG_IF(!m_path, "the card has no data path");
    NS_ABORT_MSG_IF(!ServesPath(),
                    "path " << m_path->GetName()
                            << " leaves checksums to the card, and this one computes none "
                               "(ns3::PayloadCacheNetDevice::Checksums, RxChecksum)");
    pc_card_ram_config ram{};
    ram.granule_bytes = m_granule;
    ram.backing = m_bytes;
    ram.capacity_bytes[PC_RAM_TX] = GetCapacity(PC_RAM_TX);
    ram.capacity_bytes[PC_RAM_RX] = GetCapacity(PC_RAM_RX);
    for (uint64_t capacity : ram.capacity_bytes)
    {
        NS_ABORT_MSG_IF(capacity < GetMtu() + LinkHeaderBytes(),
                        "card RAM of " << capacity << " bytes a side is smaller than a frame of "
                                       << GetMtu() + LinkHeaderBytes() << " bytes");
    }
    NS_ABORT_MSG_IF(pc_card_ram_init(&m_ram, &ram) != PC_OK, "card RAM cannot be set up");

    m_card.config.descriptor_bytes = m_descriptorBytes;
    m_card.config.write_back_bytes = m_writeBackBytes;
    m_card.config.doorbell_bytes = m_doorbellBytes;
    m_card.config.vlan_tag_bytes = m_vlanTag ? PC_VLAN_TAG_BYTES : 0;
    m_card.config.release_bytes = m_releaseBytes;
    m_card.config.descriptor_ps = m_descriptorTime.GetPicoSeconds();
    m_card.config.fragment_ps = m_fragmentTime.GetPicoSeconds();
    m_card.config.header_fetch_ps = m_headerFetchTime.GetPicoSeconds();
    m_card.config.ram_ps_per_byte = m_ramBandwidth == 0 ? 0 : PC_PS_PER_S / m_ramBandwidth;
    m_card.config.granule_bytes = m_granule;
    m_host->AttachCard(m_engines, m_dmaQueues, m_toCard, m_toHost);
    m_sumsComputed = Node::ChecksumEnabled();
    pc_moderation_init(&m_unrung, m_releaseWait.GetPicoSeconds(), m_releaseBatch);
    m_prepared = true;
    PrepareQuotas();
    MakeQueues();
    GiveFilter();
    if (m_tso)
    {
        WatchQueueDisc();
    }
}

void
PayloadCacheNetDevice::PrepareQuotas()
{
    m_evicts = m_path->Evicts();
    m_promises.capacity_bytes = pc_card_ram_capacity(&m_ram, PC_RAM_RX);
    for (pc_ram_side side : {PC_RAM_TX, PC_RAM_RX})
    {
        uint64_t quota = GetQuota(side);
        uint64_t frame = pc_card_ram_padded(&m_ram, GetMtu() + LinkHeaderBytes());
        NS_ABORT_MSG_IF(quota < frame,
                        "ns3::PayloadCachePath::" << (side == PC_RAM_TX ? "TxQuota" : "RxQuota")
                                                  << ": it has to hold a frame of " << frame
                                                  << " bytes at least, or be 0");
        m_countsOwners = m_countsOwners || quota != PC_UNLIMITED;
    }
}

void
PayloadCacheNetDevice::GiveFilter()
{
    auto layer = m_node->GetObject<TrafficControlLayer>();
    auto disc = DynamicCast<FqCoDelQueueDisc>(layer ? layer->GetRootQueueDiscOnDevice(this)
                                                    : nullptr);
    if (disc && disc->GetNPacketFilters() == 0)
    {
        UintegerValue perturbation;
        disc->GetAttribute("Perturbation", perturbation);
        auto filter = CreateObject<FlowHashFilter>();
        filter->SetPerturbation(perturbation.Get());
        disc->AddPacketFilter(filter);
    }
}

uint64_t
PayloadCacheNetDevice::GetCapacity(pc_ram_side side) const
{
    uint64_t own = side == PC_RAM_TX ? m_txRam : m_rxRam;
    if (own != 0)
    {
        return own;
    }
    double share = side == PC_RAM_TX ? m_txShare : 1 - m_txShare;
    return m_cardRam == UINT64_MAX ? PC_UNLIMITED : static_cast<uint64_t>(m_cardRam * share);
}

DmaRequest
PayloadCacheNetDevice::Request(const pc_card_step& step,
                               uint64_t payloadBytes,
                               const Subject& about)
{
    DmaRequest request;
    request.about = about;
    request.cost = step.bus;
    request.hostBytes = step.host_bytes;
    request.payloadBytes = payloadBytes;
    request.cardDone = pc_card_reserve(&m_card, &step, m_host->Now());
    return request;
}

uint32_t
PayloadCacheNetDevice::LinkHeaderBytes() const
{
    return PC_LINK_HEADER_BYTES + (m_vlanTag ? PC_VLAN_TAG_BYTES : 0);
}

Subject
PayloadCacheNetDevice::Moving(const Subject& frame, const char* what, uint32_t bytes) const
{
    Subject about = frame;
    about.what = what;
    about.moved = bytes + LinkHeaderBytes();
    return about;
}

void
PayloadCacheNetDevice::WhenMoved(const FrameInfo& info, HostModel::Done done)
{
    uint64_t bytes = info.packetBytes + LinkHeaderBytes();
    m_host->At(pc_card_reserve_wire(&m_card, bytes, m_host->Now()), std::move(done));
}

} // namespace ns3
