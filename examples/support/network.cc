#include "network.h"

#include "addresses.h"
#include "files.h"

#include "ns3/boolean.h"
#include "ns3/data-rate.h"
#include "ns3/double.h"
#include "ns3/error-model.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/pointer.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <iostream>

using namespace ns3;

namespace scenario
{

namespace
{

/// A PPP header of ns-3's point-to-point device stands for 2 of Ethernet's bytes around a packet.
constexpr uint32_t PPP_HEADER = 2;
/// The stream of random numbers of the losses: chosen, one a purpose.
constexpr int64_t LOSS_STREAM = 1;
/// The first of those of other faults: chosen, behind all others; as many to a wire as it takes.
constexpr int64_t FAULT_STREAM = 100000;
constexpr int64_t FAULT_STREAMS = 3;
/// How late a frame is at most that others overtake, in frames: chosen, so that TCP takes some of
/// them for lost, with its threshold of 3 (RFC 5681), and some not.
constexpr double LATEST_FRAMES = 5;

} // namespace

Network::Network(const Options& options, const Parameters& parameters, const Machines& machines)
    : m_options(options),
      m_p(parameters),
      m_machines(machines)
{
}

// -- Building --

PointToPointHelper
Network::MakeLinkHelper() const
{
    PointToPointHelper link;
    Time gap = Seconds(8.0 * (m_p.FrameOverhead() - PPP_HEADER) / m_p.linkRate);
    link.SetDeviceAttribute("DataRate", DataRateValue(DataRate(m_p.linkRate)));
    link.SetDeviceAttribute("InterframeGap", TimeValue(gap));
    link.SetDeviceAttribute("Mtu", UintegerValue(m_p.mtu));
    link.SetChannelAttribute("Delay", TimeValue(Seconds(m_p.delay)));
    return link;
}

void
Network::MakePair()
{
    NodeContainer nodes(2);
    PointToPointHelper link = MakeLinkHelper();
    NetDeviceContainer wires = link.Install(nodes);
    for (std::size_t role = 0; role < 2; role++)
    {
        AddHost(m_p.roles[role], role, wires.Get(role));
    }
    Disturb(wires.Get(1), LOSS_STREAM);
    Capture(link);
    GiveAddresses("255.255.255.0");
}

void
Network::MakeStar(uint64_t clients, uint64_t buffer, bool toServer)
{
    Ptr<Node> middle = CreateObject<Node>();
    PointToPointHelper link = MakeLinkHelper();
    NetDeviceContainer ports;
    for (uint64_t i = 0; i <= clients; i++)
    {
        NetDeviceContainer ends = link.Install(CreateObject<Node>(), middle);
        std::size_t role = i == 0 ? 0 : 1;
        AddHost(i == 0 ? m_p.roles[0] : m_p.roles[1] + "-" + std::to_string(i), role, ends.Get(0));
        if ((role == 0) == toServer)
        {
            Disturb(ends.Get(0), LOSS_STREAM + i);
        }
        ports.Add(ends.Get(1));
    }
    Capture(link);
    GiveAddresses("255.255.0.0");
    for (uint64_t i = 0; i <= clients; i++)
    {
        auto port = DynamicCast<PointToPointNetDevice>(ports.Get(i));
        m_switch.Connect(port, m_hosts[i].address, buffer);
    }
}

void
Network::GiveAddresses(const char* mask)
{
    NetDeviceContainer devices;
    for (const Host& host : m_hosts)
    {
        InternetStackHelper().Install(host.node);
        devices.Add(host.card ? Ptr<NetDevice>(host.card) : host.wire);
    }
    NoteWindow();
    std::vector<Address> addresses = AssignAddresses(devices, m_p.IsIpv6(), mask);
    for (std::size_t i = 0; i < m_hosts.size(); i++)
    {
        m_hosts[i].address = addresses[i];
    }
}

void
Network::NoteWindow() const
{
    auto locks = std::find_if(m_hosts.begin(), m_hosts.end(), [this](const Host& host) {
        return host.card && !ClampsWindows() && host.card->GetPath()->KeepsPayload() &&
               host.card->GetPath()->DropsWhenFull() &&
               host.card->GetCapacity(PC_RAM_RX) < m_p.rcvBuf;
    });
    if (locks != m_hosts.end())
    {
        std::cerr << "note: windows of --rcvBuf=" << m_p.rcvBuf << " are larger than the "
                  << locks->card->GetCapacity(PC_RAM_RX)
                  << " bytes of receive RAM: with --whenFull=wait a frame that finds it full is "
                     "dropped, and what came behind it may keep the room that it needs for ever; "
                     "--windowClamp=on, --rxRam, --rcvBuf, or --whenFull=copy or evict"
                  << std::endl;
    }
}

void
Network::AddHost(const std::string& name, std::size_t role, Ptr<NetDevice> wire)
{
    Host& host = m_hosts.emplace_back();
    host.name = name;
    host.role = role;
    host.node = wire->GetNode();
    host.wire = wire;
    wire->TraceConnectWithoutContext("PhyTxBegin",
                                     MakeCallback(&Network::FrameBegan).Bind(&host.frames));
    if (m_p.HasHosts())
    {
        host.card = InstallHost(m_options, m_p, m_machines[role], wire);
    }
    if (host.card && m_p.ramOverTime)
    {
        host.ramOverTime = std::make_unique<RamOverTime>(host.card);
    }
}

void
Network::Disturb(Ptr<NetDevice> wire, int64_t stream)
{
    auto faults = CreateObject<WireFaults>();
    if (m_p.lossRate > 0)
    {
        auto losses = CreateObject<RateErrorModel>();
        losses->SetUnit(RateErrorModel::ERROR_UNIT_PACKET);
        losses->SetRate(m_p.lossRate);
        losses->AssignStreams(stream);
        faults->SetAttribute("Losses", PointerValue(losses));
        wire->SetAttribute("ReceiveErrorModel", PointerValue(losses));
    }
    if (!m_p.HasFaults())
    {
        return;
    }
    faults->SetAttribute("CorruptRate", DoubleValue(m_p.corruptRate));
    faults->SetAttribute("DuplicateRate", DoubleValue(m_p.duplicateRate));
    faults->SetAttribute("ReorderRate", DoubleValue(m_p.reorderRate));
    faults->SetAttribute("DropDamaged", BooleanValue(!m_p.HasHosts()));
    if (m_options.GetAttributes().count("ns3::WireFaults::LongestDelay") == 0)
    {
        Time frame = Seconds(8.0 * (m_p.mtu + m_p.FrameOverhead()) / m_p.linkRate);
        faults->SetAttribute("LongestDelay", TimeValue(frame * LATEST_FRAMES));
    }
    faults->AssignStreams(FAULT_STREAM + FAULT_STREAMS * stream);
    faults->Install(DynamicCast<PointToPointNetDevice>(wire));
    m_faults.push_back(faults);
}

void
Network::Capture(PointToPointHelper& link)
{
    if (m_p.pcap.empty())
    {
        return;
    }
    NetDeviceContainer wires;
    for (const Host& host : m_hosts)
    {
        wires.Add(host.wire);
    }
    CheckCaptures(m_p.pcap, wires);
    if (!m_p.check)
    {
        link.EnablePcap(m_p.pcap, wires, true);
    }
}

void
Network::FrameBegan(uint64_t* frames, Ptr<const Packet> /* frame */)
{
    ++*frames;
}

// -- What it is --

std::deque<Host>&
Network::GetHosts()
{
    return m_hosts;
}

TypeId
Network::GetSocketFactory() const
{
    return TypeId::LookupByName(m_p.HasHosts() ? "ns3::PayloadCacheTcpSocketFactory"
                                               : "ns3::TcpSocketFactory");
}

TypeId
Network::GetDatagramFactory() const
{
    return TypeId::LookupByName(m_p.HasHosts() ? "ns3::PayloadCacheUdpSocketFactory"
                                               : "ns3::UdpSocketFactory");
}

bool
Network::ClampsWindows()
{
    TypeId::AttributeInformation info;
    TypeId::LookupByName("ns3::PayloadCacheTcpSocket").LookupAttributeByName("ClampWindow", &info);
    return DynamicCast<const BooleanValue>(info.initialValue)->Get();
}

uint32_t
Network::GetSegmentSize()
{
    TypeId::AttributeInformation info;
    TypeId::LookupByName("ns3::TcpSocket").LookupAttributeByName("SegmentSize", &info);
    return DynamicCast<const UintegerValue>(info.initialValue)->Get();
}

double
Network::GetPayloadRate() const
{
    return m_p.linkRate * double(GetSegmentSize()) / (m_p.mtu + m_p.FrameOverhead());
}

Switch&
Network::GetSwitch()
{
    return m_switch;
}

void
Network::Describe(Json& parameters) const
{
    for (std::size_t role = 0; role < m_p.roles.size(); role++)
    {
        // the hosts of a role are alike
        auto host = std::find_if(m_hosts.begin(), m_hosts.end(), [role](const Host& h) {
            return h.role == role;
        });
        if (host != m_hosts.end() && host->card)
        {
            const std::string& name = m_p.roles[role];
            AddAttributes(parameters, name + ".HostModel", *host->card->GetHost());
            AddAttributes(parameters, name + ".PayloadCacheNetDevice", *host->card);
            AddAttributes(parameters, name + ".DataPath", *host->card->GetPath());
        }
    }
}

// -- What it did --

uint64_t
Network::GetHeld() const
{
    uint64_t held = 0;
    for (const Host& host : m_hosts)
    {
        if (host.card)
        {
            held += host.card->GetRamStatistics(PC_RAM_TX).held;
            held += host.card->GetRamStatistics(PC_RAM_RX).held;
        }
    }
    return held;
}

void
Network::ResetStatistics()
{
    for (Host& host : m_hosts)
    {
        if (host.card)
        {
            host.card->GetHost()->ResetStatistics();
            host.card->ResetStatistics();
        }
        if (host.ramOverTime)
        {
            host.ramOverTime->Begin();
        }
    }
}

Json
Network::HostRecords()
{
    Json records = Json::object();
    for (Host& host : m_hosts)
    {
        if (!host.card)
        {
            continue;
        }
        Json record = HostRecord(m_p.roles[host.role], host.card);
        auto policy = MakePolicy(m_options, m_machines[host.role]);
        AddBreakEven(record, host.card, *policy, GetSegmentSize(), m_p.TcpIpHeaders());
        if (host.ramOverTime)
        {
            host.ramOverTime->End(record["card_ram"]);
        }
        records[host.name] = record;
    }
    return records;
}

Json
Network::WireFrames() const
{
    Json frames = Json::object();
    for (const Host& host : m_hosts)
    {
        frames[host.name] = host.frames;
    }
    return frames;
}

Json
Network::WireFaultCounts() const
{
    if (m_faults.empty())
    {
        return nullptr;
    }
    WireFaults::Counts all;
    for (const auto& faults : m_faults)
    {
        all.lost += faults->GetCounts().lost;
        all.duplicated += faults->GetCounts().duplicated;
        all.reordered += faults->GetCounts().reordered;
        all.corrupted += faults->GetCounts().corrupted;
    }
    return {{"lost", all.lost},
            {"duplicated", all.duplicated},
            {"reordered", all.reordered},
            {"corrupted", all.corrupted}};
}

void
Network::AddHeldAtEnd(Json& records) const
{
    for (const Host& host : m_hosts)
    {
        if (host.card)
        {
            auto& ram = records[host.name]["card_ram"];
            ram["tx"]["held_at_end_bytes"] = host.card->GetRamStatistics(PC_RAM_TX).held;
            ram["rx"]["held_at_end_bytes"] = host.card->GetRamStatistics(PC_RAM_RX).held;
        }
    }
}

} // namespace scenario
