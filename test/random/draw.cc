#include "draw.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace randomtest
{

namespace
{

/** Random choices: of the generator's own bits, since std's distributions differ between libraries.
 */
class Chance
{
  public:
    explicit Chance(uint32_t seed)
        : m_random(seed)
    {
    }

    /** \return a number from 0 to \p n - 1 */
    uint32_t Below(uint32_t n)
    {
        return static_cast<uint32_t>(m_random() % n);
    }

    /** \return true once in \p n times */
    bool OneIn(uint32_t n)
    {
        return Below(n) == 0;
    }

    /** \return a number from \p least to \p most */
    double Between(double least, double most)
    {
        return least + (most - least) * (m_random() >> 11) / 9007199254740992.0;
    }

    /** \return a number from \p least to \p most, each order of magnitude alike */
    double Log(double least, double most)
    {
        return std::exp(Between(std::log(least), std::log(most)));
    }

    /** \return as Log(), a whole number */
    uint32_t LogInt(double least, double most)
    {
        return static_cast<uint32_t>(Log(least, most));
    }

    /** \return one of several */
    template <typename T>
    T Pick(std::initializer_list<T> choices)
    {
        return *(choices.begin() + Below(static_cast<uint32_t>(choices.size())));
    }

  private:
    std::mt19937_64 m_random; //!< the generator
};

/** \return a probability of 0, mostly, or from one in a thousand to \p most */
double
DrawShare(Chance& chance, double most)
{
    return chance.OneIn(3) ? chance.Log(0.001, most) : 0;
}

Faults
DrawFaults(Chance& chance)
{
    Faults faults;
    if (chance.OneIn(3))
    {
        return faults; // a quiet wire
    }
    faults.loss = DrawShare(chance, 0.05);
    faults.corrupt = DrawShare(chance, 0.03);
    faults.duplicate = DrawShare(chance, 0.05);
    faults.reorder = DrawShare(chance, 0.05);
    faults.late = faults.duplicate + faults.reorder > 0 ? chance.Log(1e-6, 0.05) : 0;
    return faults;
}

/** What all hosts of a scenario have in common. */
struct Setting
{
    bool ideal{false};  //!< hosts that cost nothing: beside stock ns-3 too
    bool modern{false}; //!< a link of 10 or 100 Gb/s
    uint32_t mtu{1500}; //!< bytes
};

/** What a socket may hold, and when room is short. \param least of either side, bytes */
void
DrawQuotas(Chance& chance, uint32_t least, Attributes& a)
{
    for (const char* quota : {"PayloadCachePath::TxQuota", "PayloadCachePath::RxQuota"})
    {
        if (chance.OneIn(5))
        {
            a[quota] = std::to_string(chance.LogInt(least, 1e6));
        }
    }
    if (chance.OneIn(4))
    {
        a["PayloadCachePath::LowWater"] = std::to_string(chance.Between(0, 1));
    }
}

/** Card RAM from tiny to unlimited; of a frame at least, each side. */
void
DrawRam(Chance& chance, const Setting& setting, HostPlan& host)
{
    Attributes& a = host.attributes;
    // A piece of a write begins where a segment fits in whole granules: 2 frames always do
    uint32_t least = 2 * (setting.mtu + 18) + 2048;
    switch (chance.Below(5))
    {
    case 0:
        a["PayloadCacheNetDevice::CardRam"] = std::to_string(chance.LogInt(8.0 * least, 4e6));
        a["PayloadCacheNetDevice::TxShare"] = std::to_string(chance.Between(0.25, 0.75));
        break;
    case 1:
        a["PayloadCacheNetDevice::TxRam"] = std::to_string(chance.LogInt(least, 1e6));
        break;
    case 2:
        a["PayloadCacheNetDevice::RxRam"] = std::to_string(chance.LogInt(least, 1e6));
        break;
    default:
        break;
    }
    if (chance.OneIn(3))
    {
        a["PayloadCacheNetDevice::Granule"] = chance.Pick({"16", "64", "512", "1024", "2048"});
    }
    if (host.path == "payload-cache")
    {
        a["PayloadCachePath::WhenFull"] = chance.Pick({"Copy", "Wait", "Evict", "Evict"});
        DrawQuotas(chance, least, a);
    }
}

/** What differs in the scheme's own ways. */
void
DrawPath(Chance& chance, HostPlan& host)
{
    Attributes& a = host.attributes;
    if (host.path != "payload-cache")
    {
        return;
    }
    a["PayloadCachePath::Wait"] = chance.Pick({"Auto", "Sleep", "Spin"});
    if (chance.OneIn(3))
    {
        a["PayloadCachePath::WritePiece"] = std::to_string(chance.LogInt(100, 200000));
    }
    if (chance.OneIn(3))
    {
        a["PayloadCachePath::HeaderFetch"] = chance.Pick({"40", "64", "100", "256"});
    }
    if (chance.OneIn(3))
    {
        a["PayloadCachePath::CopyBreak"] = chance.Pick({"0", "500", "2000"});
    }
    if (chance.OneIn(5))
    {
        a["PayloadCachePath::RegisteredBuffers"] = "true";
    }
}

/** Rings, moderation, queues, offloads, engines. */
void
DrawCard(Chance& chance, HostPlan& host)
{
    Attributes& a = host.attributes;
    auto maybe = [&](const char* name, std::string value) {
        if (chance.OneIn(4))
        {
            a[std::string("PayloadCacheNetDevice::") + name] = value;
        }
    };
    maybe("RxRing", std::to_string(chance.LogInt(8, 1000)));
    maybe("TxRing", std::to_string(chance.LogInt(4, 500)));
    maybe("RxQueues", std::to_string(1 + chance.Below(4)));
    maybe("Steering", chance.Pick({"Rss", "Flow"}));
    maybe("Tso", "true");
    maybe("Gro", "true");
    maybe("BatchDoorbells", "true");
    maybe("VlanTag", "true");
    maybe("RxChecksum", "true");
    maybe("GroOverRounds", "true");
    maybe("PollYields", "true");
    maybe("AdaptiveModeration", "true");
    maybe("RxModerationDelay", std::to_string(chance.LogInt(1, 300)) + "us");
    maybe("RxModerationFrames", std::to_string(1 + chance.Below(64)));
    maybe("TxModerationDelay", std::to_string(chance.LogInt(1, 1000)) + "us");
    maybe("TxModerationFrames", std::to_string(1 + chance.Below(64)));
    maybe("PollBudget", std::to_string(1 + chance.Below(64)));
    maybe("DmaEngines", std::to_string(1 + chance.Below(4)));
    maybe("DmaQueues", std::to_string(1 + chance.Below(4)));
    maybe("DescriptorTime", "200ns");
    maybe("FragmentTime", "300ns");
    maybe("HeaderFetchTime", "400ns");
    maybe("ReleaseDelay", std::to_string(chance.LogInt(10, 20000)) + "ns");
    maybe("ReleaseWait", std::to_string(chance.LogInt(1, 5000)) + "us");
    maybe("ReleaseBatch", std::to_string(1 + chance.Below(64)));
    maybe("RamBandwidth", "2e9");
}

/** Cores, bus, lock, caches. */
void
DrawMachine(Chance& chance, HostPlan& host)
{
    Attributes& a = host.attributes;
    auto maybe = [&](const char* name, std::string value) {
        if (chance.OneIn(4))
        {
            a[std::string("HostModel::") + name] = value;
        }
    };
    if (chance.OneIn(3))
    {
        a["HostModel::Cores"] = std::to_string(2 + chance.Below(3));
        // on one core there is no other
        a["HostModel::Placement"] = chance.Pick({"SameCore", "OtherCore", "RemoteNode"});
    }
    maybe("SocketLock", chance.Pick({"true", "false"}));
    maybe("SourceWarm", "true");
    maybe("AppRead", "false");
    maybe("OwnCosts", "none");
    maybe("BusyPoll", std::to_string(chance.LogInt(1, 200)) + "us");
    maybe("DdioShare", std::to_string(chance.LogInt(10000, 2e6)));
    maybe("WriteAllocate", "true");
    maybe("MemoryBandwidth", "1e9");
    if (host.profile.empty())
    {
        a["HostModel::BusKind"] = chance.Pick({"Free", "Pci", "PciX", "Pcie"});
        maybe("Iommu", "true");
        maybe("BusLatency", std::to_string(chance.LogInt(50, 2000)) + "ns");
    }
}

HostPlan
DrawHost(Chance& chance, const Setting& setting)
{
    HostPlan host;
    host.path =
        chance.Pick({"payload-cache", "payload-cache", "payload-cache", "offload", "conventional"});
    if (setting.ideal)
    {
        host.profile = "ideal";
        return host;
    }
    if (setting.modern)
    {
        host.profile = chance.Pick({"xeon-100g", "xeon-100g-iommu", "ideal"});
    }
    else
    {
        host.profile = chance.Pick({"",
                                    "",
                                    "",
                                    "ideal",
                                    "pii450-tigon2-gbe-2001",
                                    "piii650-3c575-2001",
                                    "piii750-starfire-2001"});
    }
    if (host.profile.empty())
    {
        host.cycles = chance.OneIn(4) ? 0 : chance.LogInt(10, 3000);
        host.cyclesPerByte = chance.OneIn(4) ? 0 : chance.Between(0.1, 4);
    }
    DrawRam(chance, setting, host);
    DrawPath(chance, host);
    DrawCard(chance, host);
    DrawMachine(chance, host);
    return host;
}

/** Topology, links and what is wrong with them. */
void
DrawNetwork(Chance& chance, Setting& setting, Description& d)
{
    d.topology = chance.Pick({"point-to-point", "point-to-point", "point-to-point", "lan", "star"});
    uint32_t hosts = 2;
    if (d.topology == "point-to-point")
    {
        d.links = chance.OneIn(4) ? 2 : 1;
    }
    else
    {
        hosts += chance.Below(3);
    }
    d.hosts.resize(hosts);
    // never CSMA beyond 1 Gb/s
    setting.modern = d.topology != "lan" && chance.OneIn(5);
    d.rate = setting.modern ? chance.Pick({"10Gbps", "100Gbps"})
                            : chance.Pick({"10Mbps", "100Mbps", "100Mbps", "1Gbps"});
    d.delay = d.topology == "lan" ? chance.Pick({"0ms", "6560ns", "100us"})
              : setting.modern    ? chance.Pick({"2us", "10us", "200us"})
                                  : chance.Pick({"1us", "50us", "1ms", "20ms"});
    if (d.topology == "star" && chance.OneIn(2))
    {
        d.bottleneck = setting.modern ? "1Gbps" : "5Mbps";
    }
    uint32_t least = d.ipv6 ? 1280 : 576;
    d.mtu = chance.Pick({1500u, 1500u, 9000u, least, least + chance.Below(9000 - least)});
    setting.mtu = d.mtu;
    d.queueDiscs = !chance.OneIn(3);
    d.faults = DrawFaults(chance);
    if (d.topology == "lan")
    {
        d.faults.corrupt = 0; // Ethernet's own check finds it: one more loss
    }
}

/** Sockets and TCP. \param stock some socket of the run is ns-3's own */
void
DrawTcp(Chance& chance, bool stock, Description& d)
{
    Attributes& a = d.defaults;
    uint32_t headers = (d.ipv6 ? 40 : 20) + 20 + 12;
    uint32_t segment = d.mtu - headers;
    if (chance.OneIn(4))
    {
        segment = std::max(100u, chance.LogInt(100, segment));
    }
    a["TcpSocket::SegmentSize"] = std::to_string(segment);
    uint32_t receive = chance.LogInt(std::max(4096.0, 2.0 * segment), 2e6);
    // Stock sockets crash with losses where SndBuf is larger than RcvBuf (NextSeg's empty segment).
    uint32_t send =
        stock || chance.OneIn(2) ? receive : chance.LogInt(std::max(4096.0, 2.0 * segment), 2e6);
    a["TcpSocket::RcvBufSize"] = std::to_string(receive);
    a["TcpSocket::SndBufSize"] = std::to_string(send);
    a["TcpSocketBase::Timestamp"] = chance.OneIn(3) ? "false" : "true";
    a["TcpSocketBase::Sack"] = chance.OneIn(4) ? "false" : "true";
    a["TcpL4Protocol::SocketType"] =
        "ns3::" +
        std::string(chance.Pick(
            {"TcpNewReno", "TcpCubic", "TcpCubic", "TcpLinuxReno", "TcpBbr", "TcpVegas"}));
    if (chance.OneIn(3))
    {
        a["TcpSocket::DelAckCount"] = chance.Pick({"1", "4"});
    }
    if (chance.OneIn(4))
    {
        a["TcpSocket::InitialCwnd"] = "1";
    }
    if (chance.OneIn(4))
    {
        a["PayloadCacheTcpSocket::ReadSize"] = std::to_string(chance.LogInt(1000, 100000));
    }
    // which is another congestion control than stock's where ACKs cover more than two segments
    bool compared = std::count(d.checks.begin(), d.checks.end(), "stock") > 0;
    if (!compared && chance.OneIn(5))
    {
        a["PayloadCacheTcpSocket::StretchedAcks"] = "true";
    }
    if (chance.OneIn(3))
    {
        a["PayloadCacheTcpSocket::ClampWindow"] = "true";
    }
    if (chance.OneIn(8))
    {
        a["PayloadCacheTcpSocket::Process"] = "1"; // one a host
    }
}

/** What the ends do beside writing and reading. */
void
DrawActs(Chance& chance, FlowPlan& flow)
{
    double at = chance.Log(1e-4, 1);
    bool server = chance.OneIn(2);
    switch (chance.Below(11))
    {
    case 0: // a reader that stops for a while
    case 1:
        flow.acts.push_back({at, server, "pause"});
        flow.acts.push_back({at + chance.Log(1e-3, 5), server, "resume"});
        break;
    case 2: // for ever
        flow.acts.push_back({at, server, "pause"});
        break;
    case 3: // gone with what lies there unread: a reset, mostly
        flow.acts.push_back({at, server, "pause"});
        flow.acts.push_back({at + chance.Log(1e-3, 1), server, "close"});
        break;
    case 4:
        flow.acts.push_back({at, server, "close"});
        break;
    case 5: // both ends at once
        flow.acts.push_back({at, false, "close"});
        flow.acts.push_back({at, true, "close"});
        break;
    case 6:
        flow.acts.push_back({at, server, "shutdown"});
        break;
    case 7:
        flow.acts.push_back({at, server, "mute"});
        break;
    case 8: // the listening socket, before or after the connection stands
        flow.acts.push_back({chance.Log(1e-6, 0.1), true, "unlisten"});
        break;
    default:
        break;
    }
}

void
DrawFlows(Chance& chance, Description& d)
{
    uint32_t count = chance.OneIn(2) ? 1 : 1 + chance.Below(6);
    double frames = chance.Log(4, 3000) / count;
    double segment = std::stod(d.defaults["TcpSocket::SegmentSize"]);
    uint32_t buffer = static_cast<uint32_t>(std::stoul(d.defaults["TcpSocket::SndBufSize"]));
    auto hosts = static_cast<uint32_t>(d.hosts.size());
    d.flows.clear();
    for (uint32_t i = 0; i < count; i++)
    {
        FlowPlan flow;
        flow.from = chance.Below(hosts);
        flow.to = (flow.from + 1 + chance.Below(hosts - 1)) % hosts;
        flow.link = chance.Below(d.links);
        flow.start = chance.OneIn(2) ? 0 : chance.Log(1e-5, 0.3);
        flow.writeSize = chance.LogInt(chance.OneIn(4) ? 1 : 500, 300000);
        flow.readSize = chance.OneIn(2) ? 1000000 : chance.LogInt(1, 100000);
        double most = std::min(frames * segment, 1500.0 * flow.writeSize);
        flow.bytes = chance.OneIn(20) ? 0 : static_cast<uint64_t>(most * chance.Between(0.5, 1));
        if (chance.OneIn(3))
        {
            flow.back = static_cast<uint64_t>(most * chance.Between(0, 1));
        }
        // ns-3 and ours read small pieces of a long queue slowly: of the tester's time, not of
        // TCP's
        flow.readSize = std::max<uint32_t>(flow.readSize, static_cast<uint32_t>(most / 3000) + 1);
        // Stock sockets refuse for ever a write larger than their buffer; and one of ours that
        // waits in its write does not read, so that two such ends wait for each other.
        bool stock = d.hosts[flow.from].path == "stock" || d.hosts[flow.to].path == "stock";
        bool compared = std::count(d.checks.begin(), d.checks.end(), "stock") > 0;
        // A process that many sockets share waits for none of them, if it need not.
        bool shared = d.defaults.count("PayloadCacheTcpSocket::Process") > 0;
        if (stock || compared || shared || (flow.bytes > 0 && flow.back > 0))
        {
            flow.writeSize = std::min(flow.writeSize, buffer);
        }
        if (chance.OneIn(3))
        {
            DrawActs(chance, flow);
        }
        d.flows.push_back(flow);
    }
}

/** What a host's sockets for datagrams are like. */
void
DrawUdp(Chance& chance, bool compared, Attributes& a)
{
    if (chance.OneIn(2))
    {
        a["UdpSocket::RcvBufSize"] = std::to_string(chance.LogInt(2000, 1e6));
    }
    if (!compared && chance.OneIn(3))
    {
        a["PayloadCacheUdpSocket::SndBufSize"] = std::to_string(chance.LogInt(2000, 1e6));
    }
    if (a.count("PayloadCacheTcpSocket::Process") > 0)
    {
        a["PayloadCacheUdpSocket::Process"] = "1";
    }
}

void
DrawDatagrams(Chance& chance, Description& d)
{
    auto hosts = static_cast<uint32_t>(d.hosts.size());
    bool compared = std::count(d.checks.begin(), d.checks.end(), "stock") > 0;
    bool stock = d.hosts.back().path == "stock";
    DrawUdp(chance, compared, d.defaults);
    uint32_t flows = 1 + chance.Below(3);
    double frames = chance.Log(4, 2000) / flows;
    for (uint32_t i = 0; i < flows; i++)
    {
        DatagramPlan plan;
        plan.from = chance.Below(hosts);
        plan.to = {(plan.from + 1 + chance.Below(hosts - 1)) % hosts};
        plan.link = chance.Below(d.links);
        plan.multicast = d.topology != "star" && chance.OneIn(3);
        if (plan.multicast)
        {
            plan.to.clear();
            for (uint32_t host = 0; host < hosts; host++)
            {
                if (host != plan.from)
                {
                    plan.to.push_back(host);
                }
            }
            plan.readers = compared || stock ? 1 : 1 + chance.Below(3);
        }
        plan.connected = !plan.multicast && chance.OneIn(2);
        plan.start = chance.OneIn(2) ? 0 : chance.Log(1e-5, 0.3);
        plan.most = chance.LogInt(1, chance.OneIn(2) ? d.mtu : d.ipv6 ? 65487 : 65507);
        plan.least = chance.OneIn(2) ? plan.most : chance.Below(plan.most);
        double each = 1 + plan.most / (d.mtu - 48.0); // frames
        plan.count = 1 + static_cast<uint32_t>(frames / each);
        plan.gap = chance.OneIn(3) ? 0 : chance.Log(1e-6, 1e-2);
        if (chance.OneIn(3))
        {
            double at = chance.Log(1e-4, 1);
            bool server = chance.OneIn(2);
            plan.acts.push_back({at, true, "pause"});
            if (chance.OneIn(2))
            {
                bool resume = chance.OneIn(2);
                plan.acts.push_back(
                    {at + chance.Log(1e-3, 1), resume || server, resume ? "resume" : "close"});
            }
        }
        d.datagrams.push_back(plan);
    }
}

} // namespace

Description
Draw(uint32_t seed)
{
    Chance chance(seed);
    Description d;
    d.seed = seed;
    d.ipv6 = chance.OneIn(3);
    Setting setting;
    DrawNetwork(chance, setting, d);
    setting.ideal = chance.OneIn(6);
    for (HostPlan& host : d.hosts)
    {
        host = DrawHost(chance, setting);
    }
    bool stock = setting.ideal;
    if (d.topology == "star" && chance.OneIn(2))
    {
        d.router = DrawHost(chance, setting); // which forwards what its card took
    }
    if (setting.ideal)
    {
        d.checks.emplace_back("stock");
    }
    else if (chance.OneIn(6))
    {
        d.hosts.back().path = "stock"; // ns-3's device and sockets at the far end
        stock = true;
    }
    if (chance.OneIn(8))
    {
        d.checks.emplace_back("twice");
    }
    // stock devices do not know in accounting what is damaged
    if (chance.OneIn(6) && (d.faults.corrupt == 0 || !stock))
    {
        d.checks.emplace_back("accounting");
    }
    DrawTcp(chance, stock, d);
    DrawFlows(chance, d);
    if (chance.OneIn(3))
    {
        DrawDatagrams(chance, d);
        if (chance.OneIn(2))
        {
            d.flows.clear(); // nothing else
        }
    }
    if (chance.OneIn(8))
    {
        d.stop = (d.ipv6 ? 2 : 0) + chance.Log(1e-3, 1); // IPv6 begins later, see World
    }
    return d;
}

} // namespace randomtest
