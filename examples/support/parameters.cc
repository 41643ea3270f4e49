#include "parameters.h"

#include "files.h"
#include "payload-cache-helper.h"

#include <iostream>

using namespace ns3;

namespace scenario
{

namespace
{

/** The ns-3 attributes that options set: another name for them, or nothing beside them. */
void
DeclareAttributes(Options& options)
{
    options.AddSynonym("linkRate", "ns3::PointToPointNetDevice::DataRate");
    options.AddSynonym("mtu", "ns3::PointToPointNetDevice::Mtu");
    options.AddSynonym("delay", "ns3::PointToPointChannel::Delay");
    options.AddSynonym("lossRate", "ns3::RateErrorModel::ErrorRate");
    options.AddSynonym("duplicateRate", "ns3::WireFaults::DuplicateRate");
    options.AddSynonym("reorderRate", "ns3::WireFaults::ReorderRate");
    options.AddSynonym("corruptRate", "ns3::WireFaults::CorruptRate");
    options.AddSynonym("sndBuf", "ns3::TcpSocket::SndBufSize");
    options.AddSynonym("rcvBuf", "ns3::TcpSocket::RcvBufSize");
    options.AddSynonym("readSize", "ns3::PayloadCacheTcpSocket::ReadSize");
    options.AddSynonym("cardRam", "ns3::PayloadCacheNetDevice::CardRam");
    options.AddSynonym("txRam", "ns3::PayloadCacheNetDevice::TxRam");
    options.AddSynonym("rxRam", "ns3::PayloadCacheNetDevice::RxRam");
    options.AddSynonym("ownCosts", "ns3::HostModel::OwnCosts");
    options.AddSynonym("cores", "ns3::HostModel::Cores");
    options.AddSynonym("busyPoll", "ns3::HostModel::BusyPoll");
    options.AddSynonym("llcMiss", "ns3::HostModel::LlcMiss");
    options.AddSynonym("rxQueues", "ns3::PayloadCacheNetDevice::RxQueues");
    options.AddAlternative("tso", "ns3::PayloadCacheNetDevice::Tso");
    options.AddAlternative("gro", "ns3::PayloadCacheNetDevice::Gro");
    options.AddAlternative("steering", "ns3::PayloadCacheNetDevice::Steering");
    options.AddAlternative("placement", "ns3::HostModel::Placement");
    options.AddAlternative("appRead", "ns3::HostModel::AppRead");
    options.AddAlternative("source", "ns3::HostModel::SourceWarm");
    options.AddAlternative("whenFull", "ns3::PayloadCachePath::WhenFull");
    options.AddAlternative("windowClamp", "ns3::PayloadCacheTcpSocket::ClampWindow");
    options.AddAlternative("wait", "ns3::PayloadCachePath::Wait");
    options.Reserve("linkRate", "ns3::PointToPointNetDevice::InterframeGap");
    options.Reserve("lossRate", "ns3::RateErrorModel::ErrorUnit");
    options.Reserve("lossRate", "ns3::WireFaults::Losses");
    options.Reserve("path", "ns3::WireFaults::DropDamaged");
    options.Reserve("vlan", "ns3::PayloadCacheNetDevice::VlanTag");
    options.Reserve("path", "ns3::PayloadCacheNetDevice::Path");
    options.Reserve("data", "ns3::PayloadCacheNetDevice::HoldBytes");
    for (const char* application : {"ns3::PatternSource::", "ns3::PatternSink::"})
    {
        options.Reserve("path", std::string(application) + "Protocol");
        options.Reserve("data", std::string(application) + "Pattern");
    }
}

/** Says which of the options given mean nothing on the path chosen. */
void
NoteIdle(const Options& options, const Parameters& p)
{
    std::vector<std::string> idle;
    if (p.path != "payload-cache")
    {
        idle = {"whenFull", "wait", "windowClamp", "ownCosts", "txRam"};
    }
    if (p.path == "stock")
    {
        for (const char* name : {"cardRam",
                                 "rxRam",
                                 "appRead",
                                 "source",
                                 "tso",
                                 "gro",
                                 "cores",
                                 "rxQueues",
                                 "steering",
                                 "placement",
                                 "busyPoll",
                                 "llcMiss",
                                 "readSize",
                                 "ramOverTime"})
        {
            idle.emplace_back(name);
        }
    }
    for (const std::string& name : idle)
    {
        NoteNoEffect(options, name, p);
    }
}

/** The options of the machines, their cards and their sockets. */
void
DeclareHosts(Options& options, Parameters& p)
{
    std::vector<std::string> paths = PayloadCacheHelper::GetPaths();
    paths.insert(paths.begin(), "stock");
    options.Section("Hosts", false);
    options.Add("path", p.path, "how payload travels", paths);
    options.Add("profile", p.profile, "all machines: a name in profiles/, or a file");
    for (std::size_t role = 0; role < p.roles.size(); role++)
    {
        options.Add(p.ProfileOption(role),
                    p.roleProfile[role],
                    "the " + p.roles[role] + "'s machine alone");
    }
    options.Add("readSize", p.readSize, "the most that a read takes, bytes", 1, UINT64_C(1) << 30);
    options.Add("sndBuf", p.sndBuf, "send buffer of a socket, bytes", 2048, UINT64_C(1) << 30);
    options.Add("rcvBuf", p.rcvBuf, "receive buffer of a socket, bytes", 2048, UINT64_C(1) << 30);
    options.Add("cardRam", p.cardRam, "card RAM for payload, both sides, bytes; the profile's",
                1, UINT64_C(1) << 50);
    options.Add("txRam", p.txRam, "transmit RAM alone, bytes", 1, UINT64_C(1) << 50);
    options.Add("rxRam", p.rxRam, "receive RAM alone, bytes", 1, UINT64_C(1) << 50);
    options.Add("tso", p.tso, "segmentation offload; the profile's", {"on", "off"});
    options.Add("gro", p.gro, "receive offload; the profile's", {"on", "off"});
    options.Add("cores", p.cores, "cores of each host; the profile's", 1, 64);
    options.Add("rxQueues", p.rxQueues, "receive queues of each card; the profile's", 1, 64);
    options.Add("steering", p.steering, "queues of connections; the profile's", {"rss", "flow"});
    options.Add("placement",
                p.placement,
                "where a process runs, beside its interrupts; the profile's",
                {"same", "other", "remote"});
    options.AddTime("busyPoll",
                    p.busyPoll,
                    "a read that finds nothing polls its card as long before it sleeps; not at all");
    options.Add("llcMiss",
                p.llcMiss,
                "share of received bytes that is read from DRAM; -1: as the model tells",
                -1,
                1);
    options.Add("whenFull", p.whenFull, "card RAM full", {"copy", "wait", "evict"});
    options.AddSwitch("windowClamp", p.windowClamp, "windows are limited to receive RAM that is left");
    options.Add("wait", p.wait, "how calls wait for their DMA", {"auto", "sleep", "spin"});
    options.Add("ownCosts", p.ownCosts, "the scheme's own costs: all, none, or a list of them");
    options.AddSwitch("appRead", p.appRead, "the receiving application reads its bytes");
    options.Add("source", p.source, "the writer's data before write", {"cold", "warm"});
}

/** Refuses card RAM that holds no frame. */
void
CheckRam(const Options& options, const Parameters& p)
{
    uint64_t frame = p.mtu + PC_LINK_HEADER_BYTES + (p.vlan ? PC_VLAN_TAG_BYTES : 0);
    const std::pair<const char*, uint64_t> rams[] = {{"cardRam", p.cardRam},
                                                     {"txRam", p.txRam},
                                                     {"rxRam", p.rxRam}};
    for (const auto& [name, ram] : rams)
    {
        if (options.IsGiven(name) && ram < frame)
        {
            Fail("--" + std::string(name) + "=" + std::to_string(ram) +
                 ": it has to hold a frame of " + std::to_string(frame) + " bytes at least");
        }
    }
    if (options.IsGiven("cardRam") && (options.IsGiven("txRam") || options.IsGiven("rxRam")))
    {
        Fail("--cardRam is split by the profile's share: give it, or --txRam and --rxRam");
    }
}

/** Refuses a timeline of nothing, and a file of it that cannot be written. */
void
CheckTimeline(const Options& options, const Parameters& p)
{
    if (!options.IsGiven("timeline"))
    {
        for (const char* name : {"timelineFrom", "timelineTo"})
        {
            if (options.IsGiven(name))
            {
                Fail("--" + std::string(name) + " limits a timeline: --timeline=FILE is missing");
            }
        }
        return;
    }
    if (!p.HasHosts())
    {
        Fail("--timeline shows what hosts do, and path stock has none: choose another --path");
    }
    if (p.timelineTo != 0 && p.timelineTo <= p.timelineFrom)
    {
        Fail("--timelineTo has to be later than --timelineFrom, or 0 for the run's end");
    }
    CheckWritable(p.timeline);
    if (!p.json.empty() && LinkTarget(p.timeline) == LinkTarget(p.json))
    {
        Fail("--timeline and --json name the same file: " + p.json);
    }
}

/** Refuses files that cannot be written. */
void
CheckFiles(const Options& options, const Parameters& p)
{
    if (options.IsGiven("json") && p.json.empty())
    {
        Fail("--json=: a file is missing; --json=FILE, or --json=- for standard output");
    }
    if (!p.json.empty() && p.json != "-" && !CanWrite(p.json))
    {
        Fail(p.json + ": cannot be written as a regular file; --json=- is standard output");
    }
}

} // namespace

Parameters::Parameters(Roles names)
    : roles(std::move(names)),
      lossToward("the " + roles[1])
{
}

bool
Parameters::HasHosts() const
{
    return path != "stock";
}

bool
Parameters::IsIpv6() const
{
    return family == "ipv6";
}

bool
Parameters::HasFaults() const
{
    return duplicateRate > 0 || reorderRate > 0 || corruptRate > 0;
}

uint32_t
Parameters::TcpIpHeaders() const
{
    return (IsIpv6() ? 40 : 20) + 20 + 12; // RFC 8200, 791, 9293, 7323
}

uint32_t
Parameters::FrameOverhead() const
{
    // preamble 8, header 14, FCS 4, gap 12 (IEEE 802.3); a tag 4 (IEEE 802.1Q)
    constexpr uint32_t ETHERNET = 38;
    return ETHERNET + (vlan ? PC_VLAN_TAG_BYTES : 0);
}

const std::string&
Parameters::ProfileOf(std::size_t role) const
{
    return roleProfile[role].empty() ? profile : roleProfile[role];
}

std::string
Parameters::ProfileOption(std::size_t role) const
{
    return roles[role] + "Profile";
}

void
Declare(Options& options, Parameters& p)
{
    options.Section("Network", true);
    options.AddRate("linkRate", p.linkRate, "the link's rate; the profile's", 1000);
    options.Add("lossRate", p.lossRate, "frames lost toward " + p.lossToward + ", fraction", 0, 1);
    options.Add("duplicateRate", p.duplicateRate, "frames that come there twice, fraction", 0, 1);
    options.Add("reorderRate", p.reorderRate, "frames that others overtake, fraction", 0, 1);
    options.Add("corruptRate", p.corruptRate, "frames of which a byte is damaged, fraction", 0, 1);
    options.Section("Network", false);
    options.Add("family", p.family, "of addresses", {"ipv4", "ipv6"});
    options.AddTime("delay", p.delay, "the link's delay, one way");
    options.AddSwitch("vlan", p.vlan, "frames carry a VLAN tag");
    options.Add("mtu", p.mtu, "the link's MTU, bytes; the profile's", 576, 65535);
    DeclareHosts(options, p);
    options.Section("Run", false);
    options.Add("seed", p.seed, "of all that is drawn by chance", 1, 4294967295);
    options.Add("data", p.data, "payload is counted, or carried", {"accounting", "bytes"});
    options.AddSwitch("ramOverTime", p.ramOverTime, "the record has card RAM over time");
    options.Add("timeline", p.timeline, "file of what the hosts did when, for ui.perfetto.dev");
    options.AddTime("timelineFrom", p.timelineFrom, "what comes before is not in it");
    options.AddTime("timelineTo", p.timelineTo, "what comes later is not in it; 0: the run's end");
    options.Add("json", p.json, "file of the record; - for standard output");
    options.Add("pcap", p.pcap, "prefix of the wires' capture files");
    options.AddSwitch("check", p.check, "check all that is given, and run nothing");
    DeclareAttributes(options);
}

void
NoteNoEffect(const Options& options, const std::string& name, const Parameters& p)
{
    if (options.IsGiven(name))
    {
        std::cerr << "note: --" << name << " has no effect on path " << p.path << std::endl;
    }
}

void
DeclareLength(Options& options, Parameters& p)
{
    options.Section("Length", false);
    options.Add("duration",
                p.duration,
                "counted time, simulated seconds; above 1 Gb/s less by as much",
                1e-6,
                1e5);
    options.Add("warmup",
                p.warmup,
                "time before that, simulated seconds; likewise, and at least 0.02",
                0,
                1e5);
}

void
CheckTogether(const Options& options, const Parameters& p)
{
    if (options.IsGiven("profile") && options.IsGiven(p.ProfileOption(0)) &&
        options.IsGiven(p.ProfileOption(1)))
    {
        Fail("--profile is all machines: it cannot stand beside both --" + p.ProfileOption(0) +
             " and --" + p.ProfileOption(1));
    }
    if (p.llcMiss < 0 && p.llcMiss != PC_LLC_MODEL)
    {
        Fail("--llcMiss=" + std::to_string(p.llcMiss) + ": from 0 to 1, or -1 for the model's own");
    }
    if (options.IsGiven("llcMiss") && p.placement == "remote")
    {
        Fail("--llcMiss has no effect with --placement=remote: DMA does not reach that node's cache");
    }
    uint32_t mask;
    if (pc_cost_own_parse(p.ownCosts.c_str(), &mask) != PC_OK)
    {
        Fail("--ownCosts=" + p.ownCosts +
             ": it has to be all, none, or a list of page_pin, iommu, dma_submit, dma_complete, "
             "spin, header_fetch, ram_release, interrupt, wake_up, context_switch");
    }
    uint64_t segment = p.mtu - p.TcpIpHeaders();
    if (p.sndBuf < segment || p.rcvBuf < segment)
    {
        Fail("--sndBuf and --rcvBuf have to hold a segment of " + std::to_string(segment) +
             " bytes at least");
    }
    CheckRam(options, p);
    CheckFiles(options, p);
    CheckTimeline(options, p);
    NoteIdle(options, p);
}

void
CheckWriteSize(const Parameters& p, uint64_t writeSize)
{
    if (p.path == "stock" && writeSize > p.sndBuf)
    {
        Fail("--writeSize=" + std::to_string(writeSize) + " is more than --sndBuf=" +
             std::to_string(p.sndBuf) + ": ns-3's own socket refuses such a write for ever");
    }
}

} // namespace scenario
