// The attributes and trace sources of HostModel.

#include "host-model.h"

#include "ns3/boolean.h"
#include "ns3/double.h"
#include "ns3/enum.h"
#include "ns3/string.h"
#include "ns3/uinteger.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(HostModel);

namespace
{

/// The most cycles of an operation: chosen, minutes on any machine, and far from overflow.
constexpr double MOST_CYCLES = 1e12;

/** A number in one of HostModel's tables. */
using Slot = std::function<double&(HostModel&)>;

/** Reads and writes a number in a table as an attribute. */
class SlotAccessor : public AttributeAccessor
{
  public:
    /**
     * Constructor.
     * \param slot the number
     */
    explicit SlotAccessor(Slot slot)
        : m_slot(std::move(slot))
    {
    }

    bool Set(ObjectBase* object, const AttributeValue& value) const override
    {
        auto host = dynamic_cast<HostModel*>(object);
        auto number = dynamic_cast<const DoubleValue*>(&value);
        if (!host || !number)
        {
            return false;
        }
        m_slot(*host) = number->Get();
        return true;
    }

    bool Get(const ObjectBase* object, AttributeValue& value) const override
    {
        auto host = dynamic_cast<const HostModel*>(object);
        auto number = dynamic_cast<DoubleValue*>(&value);
        if (!host || !number)
        {
            return false;
        }
        number->Set(m_slot(const_cast<HostModel&>(*host)));
        return true;
    }

    bool HasGetter() const override
    {
        return true;
    }

    bool HasSetter() const override
    {
        return true;
    }

  private:
    Slot m_slot; //!< the number
};

/** \return an accessor of a number in a table */
Ptr<const AttributeAccessor>
MakeSlotAccessor(Slot slot)
{
    return Ptr<const AttributeAccessor>(new SlotAccessor(std::move(slot)), false);
}

/** The attribute's name of a cause's hit fraction: "source_read" becomes "SourceReadHit". */
std::string
HitAttribute(pc_memory_cause cause)
{
    std::string name;
    bool upper = true;
    for (const char* c = pc_memory_cause_name(cause); *c; c++)
    {
        if (*c == '_')
        {
            upper = true;
            continue;
        }
        name += upper ? static_cast<char>(std::toupper(*c)) : *c;
        upper = false;
    }
    return name + "Hit";
}

/** Adds one attribute a line of the cost table, and one a cause of memory traffic. */
TypeId
AddTableAttributes(TypeId tid)
{
    for (int line = 0; line < PC_COST_COUNT; line++)
    {
        const pc_cost_info* info = pc_cost_describe(static_cast<pc_cost_line>(line));
        Slot slot = [line](HostModel& host) -> double& { return host.Costs().cycles[line]; };
        tid = tid.AddAttribute(info->name,
                               std::string(info->help) + " [" + info->unit + "]",
                               DoubleValue(0),
                               MakeSlotAccessor(slot),
                               MakeDoubleChecker<double>(0, MOST_CYCLES));
    }
    for (int i = 0; i < PC_MEM_CAUSE_COUNT; i++)
    {
        auto cause = static_cast<pc_memory_cause>(i);
        Slot slot = [i](HostModel& host) -> double& { return host.Costs().hit_fraction[i]; };
        tid = tid.AddAttribute(HitAttribute(cause),
                               std::string("share of ") + pc_memory_cause_name(cause) +
                                   " traffic that a cache serves [fraction]",
                               DoubleValue(0),
                               MakeSlotAccessor(slot),
                               MakeDoubleChecker<double>(0, 1));
    }
    return tid;
}

} // namespace

TypeId
HostModel::GetTypeId()
{
    static TypeId tid = AddTableAttributes(
        TypeId("ns3::HostModel")
            .SetParent<Object>()
            .SetGroupName("PayloadCache")
            .AddConstructor<HostModel>()
            .AddAttribute("Cores",
                          "cores of the host [cores]",
                          UintegerValue(1),
                          MakeUintegerAccessor(&HostModel::m_cores),
                          MakeUintegerChecker<uint32_t>(1, 64))
            .AddAttribute("Frequency",
                          "clock of a core [Hz]",
                          DoubleValue(1e9),
                          MakeDoubleAccessor(&HostModel::m_frequency),
                          MakeDoubleChecker<double>(1))
            .AddAttribute("OwnCosts",
                          "which of the payload cache's own costs are charged: all, none, or a "
                          "list of categories [list]",
                          StringValue("all"),
                          MakeStringAccessor(&HostModel::m_ownCosts),
                          MakeStringChecker())
            .AddAttribute("SourceWarm",
                          "the writer's data is in a cache when it is written [bool]",
                          BooleanValue(false),
                          MakeBooleanAccessor(&HostModel::m_sourceWarm),
                          MakeBooleanChecker())
            .AddAttribute("AppRead",
                          "the receiving application reads every byte once [bool]",
                          BooleanValue(true),
                          MakeBooleanAccessor(&HostModel::m_appRead),
                          MakeBooleanChecker())
            .AddAttribute("SocketLock",
                          "a call holds its socket's lock, and frames that arrive meanwhile wait "
                          "in its backlog [bool]",
                          BooleanValue(true),
                          MakeBooleanAccessor(&HostModel::m_socketLock),
                          MakeBooleanChecker())
            .AddAttribute("BusyPoll",
                          "how long a read that finds nothing polls its card's queue before it "
                          "sleeps; 0: not at all [us]",
                          TimeValue(Time(0)),
                          MakeTimeAccessor(&HostModel::m_busyPoll),
                          MakeTimeChecker(Time(0)))
            .AddAttribute("Placement",
                          "where the process of a connection runs: SameCore as its interrupts, "
                          "OtherCore, or RemoteNode: both on the node that the card is not on "
                          "[kind]",
                          EnumValue(SAME_CORE),
                          MakeEnumAccessor(&HostModel::m_placement),
                          MakeEnumChecker(SAME_CORE,
                                          "SameCore",
                                          OTHER_CORE,
                                          "OtherCore",
                                          REMOTE_NODE,
                                          "RemoteNode"))
            .AddAttribute("DdioShare",
                          "what of the last-level cache DMA may fill; 0: it writes to DRAM [B]",
                          UintegerValue(0),
                          MakeUintegerAccessor(&HostModel::m_ddioShare),
                          MakeUintegerChecker<uint64_t>())
            .AddAttribute("LlcMiss",
                          "share of what DMA has written that is read from DRAM, whatever is in "
                          "flight; -1: the model tells [fraction]",
                          DoubleValue(PC_LLC_MODEL),
                          MakeDoubleAccessor(&HostModel::m_llcMiss),
                          MakeDoubleChecker<double>(-1, 1))
            .AddAttribute("PostedInLlc",
                          "empty receive buffers take their part of DdioShare too [bool]",
                          BooleanValue(false),
                          MakeBooleanAccessor(&HostModel::m_postedInCache),
                          MakeBooleanChecker())
            .AddAttribute("WriteAllocate",
                          "a copy fetches the lines of its destination first [bool]",
                          BooleanValue(false),
                          MakeBooleanAccessor(&HostModel::SetWriteAllocate,
                                              &HostModel::GetWriteAllocate),
                          MakeBooleanChecker())
            .AddAttribute("MemoryBandwidth",
                          "what DMA and copies share; 0 for no limit [B/s]",
                          DoubleValue(0),
                          MakeDoubleAccessor(&HostModel::m_memoryBandwidth),
                          MakeDoubleChecker<double>(0))
            .AddAttribute("BusKind",
                          "the I/O bus: Free, Pci, PciX or Pcie [kind]",
                          EnumValue(PC_BUS_FREE),
                          MakeEnumAccessor(&HostModel::m_busKind),
                          MakeEnumChecker(PC_BUS_FREE,
                                          "Free",
                                          PC_BUS_PCI,
                                          "Pci",
                                          PC_BUS_PCIX,
                                          "PciX",
                                          PC_BUS_PCIE,
                                          "Pcie"))
            .AddAttribute("BusWidth",
                          "PCI, PCI-X: data lines, 32 or 64 [bit]",
                          UintegerValue(32),
                          MakeUintegerAccessor(&HostModel::m_busWidth),
                          MakeUintegerChecker<uint32_t>(32, 64))
            .AddAttribute("BusClock",
                          "PCI, PCI-X: 33, 66 or 133 for 33 1/3, 66 2/3 and 133 1/3 MHz [MHz]",
                          UintegerValue(33),
                          MakeUintegerAccessor(&HostModel::m_busClock),
                          MakeUintegerChecker<uint32_t>(33, 133))
            .AddAttribute("BusBurst",
                          "PCI, PCI-X: the longest burst; 0 for no limit [B]",
                          UintegerValue(0),
                          MakeUintegerAccessor(&HostModel::m_busBurst),
                          MakeUintegerChecker<uint32_t>())
            .AddAttribute("BusOverheadToCard",
                          "PCI, PCI-X: clocks a burst beside its data, card reads memory [clocks]",
                          UintegerValue(0),
                          MakeUintegerAccessor(&HostModel::m_busOverheadToCard),
                          MakeUintegerChecker<uint32_t>())
            .AddAttribute("BusOverheadToHost",
                          "PCI, PCI-X: clocks a burst beside its data, card writes memory [clocks]",
                          UintegerValue(0),
                          MakeUintegerAccessor(&HostModel::m_busOverheadToHost),
                          MakeUintegerChecker<uint32_t>())
            .AddAttribute("PcieGen",
                          "PCIe: generation, 1 to 5 [gen]",
                          UintegerValue(3),
                          MakeUintegerAccessor(&HostModel::m_pcieGen),
                          MakeUintegerChecker<uint32_t>(1, 5))
            .AddAttribute("PcieLanes",
                          "PCIe: lanes, 1, 2, 4, 8 or 16 [lanes]",
                          UintegerValue(8),
                          MakeUintegerAccessor(&HostModel::m_pcieLanes),
                          MakeUintegerChecker<uint32_t>(1, 16))
            .AddAttribute("PcieMps",
                          "PCIe: maximum payload size [B]",
                          UintegerValue(256),
                          MakeUintegerAccessor(&HostModel::m_pcieMps),
                          MakeUintegerChecker<uint32_t>(128, 4096))
            .AddAttribute("PcieMrrs",
                          "PCIe: maximum read request size [B]",
                          UintegerValue(512),
                          MakeUintegerAccessor(&HostModel::m_pcieMrrs),
                          MakeUintegerChecker<uint32_t>(128, 4096))
            .AddAttribute("BusReadRate",
                          "DMA reads a second that the card can do; 0 for no limit [op/s]",
                          DoubleValue(0),
                          MakeDoubleAccessor(&HostModel::m_busReadRate),
                          MakeDoubleChecker<double>(0))
            .AddAttribute("BusWriteRate",
                          "DMA writes a second that the card can do; 0 for no limit [op/s]",
                          DoubleValue(0),
                          MakeDoubleAccessor(&HostModel::m_busWriteRate),
                          MakeDoubleChecker<double>(0))
            .AddAttribute("BusOutstanding",
                          "read requests that may be in flight; 0 for no limit [requests]",
                          UintegerValue(0),
                          MakeUintegerAccessor(&HostModel::m_busOutstanding),
                          MakeUintegerChecker<uint32_t>())
            .AddAttribute("BusLatency",
                          "from a DMA read's request to its data [ns]",
                          TimeValue(Time(0)),
                          MakeTimeAccessor(&HostModel::m_busLatency),
                          MakeTimeChecker(Time(0)))
            .AddAttribute("BusLatencyPerByte",
                          "what each byte adds to a DMA read's latency [ns/byte]",
                          DoubleValue(0),
                          MakeDoubleAccessor(&HostModel::m_busLatencyPerByte),
                          MakeDoubleChecker<double>(0))
            .AddAttribute("BusLatencyRemote",
                          "what the other node's memory adds to a DMA read's latency [ns]",
                          TimeValue(Time(0)),
                          MakeTimeAccessor(&HostModel::m_remoteLatency),
                          MakeTimeChecker(Time(0)))
            .AddAttribute("Iommu",
                          "addresses of DMA go through an IOMMU [bool]",
                          BooleanValue(false),
                          MakeBooleanAccessor(&HostModel::m_iommu),
                          MakeBooleanChecker())
            .AddAttribute("IotlbEntries",
                          "pages whose translation the IOTLB holds [entries]",
                          UintegerValue(64),
                          MakeUintegerAccessor(&HostModel::m_iotlbEntries),
                          MakeUintegerChecker<uint32_t>())
            .AddAttribute("IommuWindow",
                          "host memory that DMA goes to at random [B]",
                          UintegerValue(0),
                          MakeUintegerAccessor(&HostModel::m_iommuWindow),
                          MakeUintegerChecker<uint64_t>())
            .AddAttribute("IotlbWalk",
                          "one page-table walk after an IOTLB miss [ns]",
                          TimeValue(Time(0)),
                          MakeTimeAccessor(&HostModel::m_iotlbWalk),
                          MakeTimeChecker(Time(0)))
            .AddTraceSource("CpuWork",
                            "work is handed to a core",
                            MakeTraceSourceAccessor(&HostModel::m_workTrace),
                            "ns3::HostModel::WorkCallback")
            .AddTraceSource("Dma",
                            "a DMA is handed to an engine",
                            MakeTraceSourceAccessor(&HostModel::m_dmaTrace),
                            "ns3::HostModel::DmaCallback"));
    return tid;
}

} // namespace ns3
