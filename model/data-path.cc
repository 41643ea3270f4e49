#include "data-path.h"

#include "ns3/boolean.h"
#include "ns3/double.h"
#include "ns3/enum.h"
#include "ns3/uinteger.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(DataPath);
NS_OBJECT_ENSURE_REGISTERED(ConventionalPath);
NS_OBJECT_ENSURE_REGISTERED(OffloadPath);
NS_OBJECT_ENSURE_REGISTERED(PayloadCachePath);

TypeId
DataPath::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::DataPath").SetParent<Object>().SetGroupName("PayloadCache");
    return tid;
}

bool
DataPath::HostVerifiesChecksum() const
{
    return false;
}

bool
DataPath::KeepsPayload() const
{
    return false;
}

uint64_t
DataPath::PlaceOnCard(uint64_t /* room */, uint64_t /* rest */, uint64_t /* mss */) const
{
    return 0;
}

bool
DataPath::WaitsForRoom() const
{
    return false;
}

bool
DataPath::DropsWhenFull() const
{
    return !KeepsPayload();
}

bool
DataPath::Evicts() const
{
    return false;
}

double
DataPath::GetLowWater() const
{
    return 0;
}

uint64_t
DataPath::GetQuota(pc_ram_side /* side */) const
{
    return 0;
}

bool
DataPath::UsesRegisteredBuffers() const
{
    return false;
}

pc_fetch_plan
DataPath::PlanFetch(uint32_t packetBytes, uint32_t headerBytes) const
{
    pc_fetch_plan plan{};
    plan.first_bytes = packetBytes;
    plan.tail_bytes = packetBytes - headerBytes;
    plan.whole = true;
    return plan;
}

pc_wait_mode
DataPath::GetWait() const
{
    return PC_WAIT_AUTO;
}

TypeId
ConventionalPath::GetTypeId()
{
    static TypeId tid = TypeId("ns3::ConventionalPath")
                            .SetParent<DataPath>()
                            .SetGroupName("PayloadCache")
                            .AddConstructor<ConventionalPath>();
    return tid;
}

std::string
ConventionalPath::GetName() const
{
    return "conventional";
}

bool
ConventionalPath::HostVerifiesChecksum() const
{
    return true;
}

TypeId
OffloadPath::GetTypeId()
{
    static TypeId tid = TypeId("ns3::OffloadPath")
                            .SetParent<DataPath>()
                            .SetGroupName("PayloadCache")
                            .AddConstructor<OffloadPath>();
    return tid;
}

std::string
OffloadPath::GetName() const
{
    return "offload";
}

TypeId
PayloadCachePath::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::PayloadCachePath")
            .SetParent<DataPath>()
            .SetGroupName("PayloadCache")
            .AddConstructor<PayloadCachePath>()
            .AddAttribute("WhenFull",
                          "card RAM full: Copy (the conventional way), Wait (a received frame is "
                          "dropped) or Evict (what has not been used for longest moves to host "
                          "memory; a received frame that finds no room goes the conventional way) "
                          "[policy]",
                          EnumValue(PC_FULL_COPY),
                          MakeEnumAccessor(&PayloadCachePath::m_whenFull),
                          MakeEnumChecker(PC_FULL_COPY,
                                          "Copy",
                                          PC_FULL_WAIT,
                                          "Wait",
                                          PC_FULL_EVICT,
                                          "Evict"))
            .AddAttribute("LowWater",
                          "the share of receive RAM below which its room is short: it is evicted "
                          "ahead, and its release commands wait for no doorbell [fraction]",
                          DoubleValue(0.25),
                          MakeDoubleAccessor(&PayloadCachePath::m_lowWater),
                          MakeDoubleChecker<double>(0, 1))
            .AddAttribute("TxQuota",
                          "the most transmit RAM that a socket may hold: what is beyond goes by "
                          "WhenFull; 0 for no limit [B]",
                          UintegerValue(0),
                          MakeUintegerAccessor(&PayloadCachePath::m_txQuota),
                          MakeUintegerChecker<uint64_t>())
            .AddAttribute("RxQuota",
                          "the most receive RAM that a socket may hold, likewise [B]",
                          UintegerValue(0),
                          MakeUintegerAccessor(&PayloadCachePath::m_rxQuota),
                          MakeUintegerChecker<uint64_t>())
            .AddAttribute("Wait",
                          "how a call waits for its DMA: Auto, Sleep or Spin [policy]",
                          EnumValue(PC_WAIT_AUTO),
                          MakeEnumAccessor(&PayloadCachePath::m_wait),
                          MakeEnumChecker(PC_WAIT_AUTO,
                                          "Auto",
                                          PC_WAIT_SLEEP,
                                          "Sleep",
                                          PC_WAIT_SPIN,
                                          "Spin"))
            .AddAttribute("RegisteredBuffers",
                          "users' buffers are pinned and mapped once, before all calls [bool]",
                          BooleanValue(false),
                          MakeBooleanAccessor(&PayloadCachePath::m_registered),
                          MakeBooleanChecker())
            .AddAttribute("WritePiece",
                          "the largest piece of a write: one DMA, one block of card RAM [B]",
                          UintegerValue(65536),
                          MakeUintegerAccessor(&PayloadCachePath::m_writePiece),
                          MakeUintegerChecker<uint32_t>(1))
            .AddAttribute("HeaderFetch",
                          "H: what is fetched of each frame, from the network header on [B]",
                          UintegerValue(128),
                          MakeUintegerAccessor(&PayloadCachePath::m_headerFetch),
                          MakeUintegerChecker<uint32_t>(40))
            .AddAttribute("CopyBreak",
                          "a packet of at most HeaderFetch plus this is fetched whole [B]",
                          UintegerValue(128),
                          MakeUintegerAccessor(&PayloadCachePath::m_copyBreak),
                          MakeUintegerChecker<uint32_t>());
    return tid;
}

std::string
PayloadCachePath::GetName() const
{
    return "payload-cache";
}

bool
PayloadCachePath::KeepsPayload() const
{
    return true;
}

uint64_t
PayloadCachePath::PlaceOnCard(uint64_t room, uint64_t rest, uint64_t mss) const
{
    return pc_driver_place(m_whenFull, room, rest, mss, m_writePiece);
}

bool
PayloadCachePath::WaitsForRoom() const
{
    return m_whenFull != PC_FULL_COPY;
}

bool
PayloadCachePath::DropsWhenFull() const
{
    return m_whenFull == PC_FULL_WAIT;
}

bool
PayloadCachePath::Evicts() const
{
    return m_whenFull == PC_FULL_EVICT;
}

double
PayloadCachePath::GetLowWater() const
{
    return m_lowWater;
}

uint64_t
PayloadCachePath::GetQuota(pc_ram_side side) const
{
    return side == PC_RAM_TX ? m_txQuota : m_rxQuota;
}

bool
PayloadCachePath::UsesRegisteredBuffers() const
{
    return m_registered;
}

pc_fetch_plan
PayloadCachePath::PlanFetch(uint32_t packetBytes, uint32_t headerBytes) const
{
    pc_fetch_policy policy = GetFetchPolicy();
    return pc_driver_plan_fetch(&policy, packetBytes, headerBytes);
}

pc_wait_mode
PayloadCachePath::GetWait() const
{
    return m_wait;
}

uint32_t
PayloadCachePath::GetWritePiece() const
{
    return m_writePiece;
}

pc_fetch_policy
PayloadCachePath::GetFetchPolicy() const
{
    return pc_fetch_policy{m_headerFetch, m_copyBreak};
}

} // namespace ns3
