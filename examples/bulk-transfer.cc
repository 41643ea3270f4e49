// Two hosts and n flows between them: the run that everything else is compared by.
//
//      sender                                receiver
//   +-----------+                         +-----------+
//   | writers   |                         |  readers  |
//   | sockets   |                         |  sockets  |
//   | card ==== | ------ one link ------- | ==== card |
//   +-----------+                         +-----------+

#include "options.h"
#include "record.h"

#include "pattern-sink.h"
#include "pattern-source.h"
#include "payload-cache-helper.h"
#include "profile.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/double.h"
#include "ns3/error-model.h"
#include "ns3/global-value.h"
#include "ns3/inet-socket-address.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/pointer.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/traffic-control-helper.h"
#include "ns3/uinteger.h"

#include <chrono>
#include <fstream>
#include <iostream>

using namespace ns3;
using namespace scenario;

namespace
{

/// Bytes that Ethernet puts on the wire beside an IP packet: preamble 8, header 14, FCS 4, gap 12
/// (IEEE 802.3); a PPP header of ns-3's point-to-point device stands for 2 of them.
constexpr uint32_t ETHERNET_OVERHEAD = 38;
constexpr uint32_t PPP_HEADER = 2;
/// IPv4 and TCP headers with the timestamp option, in 32-bit words.
constexpr uint32_t HEADERS = 20 + 20 + 12;
/// Longest drain, simulated seconds.
constexpr double LONGEST_DRAIN = 300;
/// How often the drain is looked at, simulated seconds.
constexpr double DRAIN_STEP = 0.001;

/** What is to be run. */
struct Parameters
{
    std::string path{"payload-cache"};
    std::string profile{"piii750-starfire-2001"};
    std::string senderProfile;
    std::string receiverProfile;
    uint64_t linkRate{100000000};
    double delay{50e-6};
    uint64_t mtu{1500};
    uint64_t flows{1};
    uint64_t bytes{0};
    uint64_t writeSize{65536};
    uint64_t readSize{65536};
    uint64_t appRate{0};
    uint64_t sndBuf{262144};
    uint64_t rcvBuf{262144};
    double duration{1};
    double warmup{0.5};
    uint64_t cardRam{0};
    uint64_t txRam{0};
    uint64_t rxRam{0};
    std::string whenFull{"copy"};
    std::string wait{"auto"};
    std::string ownCosts{"all"};
    bool appRead{true};
    std::string source{"cold"};
    double lossRate{0};
    uint64_t seed{1};
    std::string data{"accounting"};
    std::string json;
    std::string pcap;
};

/** Declares the options. */
void
Declare(Options& options, Parameters& p)
{
    std::vector<std::string> paths = PayloadCacheHelper::GetPaths();
    paths.insert(paths.begin(), "stock");
    options.Add("path", p.path, "how payload travels", paths);
    options.Add("profile", p.profile, "both machines: a name in profiles/, or a file");
    options.Add("senderProfile", p.senderProfile, "the sender's machine alone");
    options.Add("receiverProfile", p.receiverProfile, "the receiver's machine alone");
    options.AddRate("linkRate", p.linkRate, "the link's rate", 1000);
    options.AddTime("delay", p.delay, "the link's delay, one way");
    options.Add("mtu", p.mtu, "the link's MTU, bytes", 576, 65535);
    options.Add("flows", p.flows, "connections at the same time", 1, 10000);
    options.Add("bytes", p.bytes, "bytes of each flow, in the place of warm-up and duration",
                1, UINT64_C(1000000000000));
    options.Add("writeSize", p.writeSize, "bytes a write", 1, UINT64_C(1) << 30);
    options.Add("readSize", p.readSize, "the most that a read takes, bytes", 1, UINT64_C(1) << 30);
    options.AddRate("appRate", p.appRate, "rate of each flow's writer; 0: as write allows", 0);
    options.Add("sndBuf", p.sndBuf, "TCP send buffer, bytes", 2048, UINT64_C(1) << 30);
    options.Add("rcvBuf", p.rcvBuf, "TCP receive buffer, bytes", 2048, UINT64_C(1) << 30);
    options.Add("duration", p.duration, "counted time, simulated seconds", 1e-6, 1e5);
    options.Add("warmup", p.warmup, "time before that, simulated seconds", 0, 1e5);
    options.Add("cardRam", p.cardRam, "card RAM for payload, both sides, bytes; the profile's",
                1, UINT64_C(1) << 50);
    options.Add("txRam", p.txRam, "transmit RAM alone, bytes", 1, UINT64_C(1) << 50);
    options.Add("rxRam", p.rxRam, "receive RAM alone, bytes", 1, UINT64_C(1) << 50);
    options.Add("whenFull", p.whenFull, "card RAM full", {"copy", "wait"});
    options.Add("wait", p.wait, "how calls wait for their DMA", {"auto", "sleep", "spin"});
    options.Add("ownCosts", p.ownCosts, "the scheme's own costs: all, none, or a list of them");
    options.AddSwitch("appRead", p.appRead, "the receiving application reads its bytes");
    options.Add("source", p.source, "the writer's data before write", {"cold", "warm"});
    options.Add("lossRate", p.lossRate, "frames lost toward the receiver, fraction", 0, 1);
    options.Add("seed", p.seed, "of the losses", 1, 4294967295);
    options.Add("data", p.data, "payload is counted, or carried", {"accounting", "bytes"});
    options.Add("json", p.json, "file of the record; - for standard output");
    options.Add("pcap", p.pcap, "prefix of the wires' capture files");
}

/** \return the file of a profile, by name or path */
std::string
FindProfile(const std::string& name)
{
    std::string shipped = std::string(PCACHE_PROFILES) + "/" + name + ".txt";
    for (const std::string& file : {shipped, name})
    {
        if (std::ifstream(file).good())
        {
            return file;
        }
    }
    Fail("profile \"" + name + "\": neither a name in profiles/ nor a file");
}

/** Refuses what belongs together wrongly. */
void
CheckTogether(const Options& options, const Parameters& p)
{
    if (options.IsGiven("bytes") && (options.IsGiven("duration") || options.IsGiven("warmup")))
    {
        Fail("--bytes sets the run's length: it cannot stand beside --duration or --warmup");
    }
    if (options.IsGiven("cardRam") && (options.IsGiven("txRam") || options.IsGiven("rxRam")))
    {
        Fail("--cardRam is split by the profile's share: give it, or --txRam and --rxRam");
    }
    uint64_t frame = p.mtu + PC_LINK_HEADER_BYTES;
    for (const char* name : {"cardRam", "txRam", "rxRam"})
    {
        uint64_t ram = std::string(name) == "cardRam" ? p.cardRam
                       : std::string(name) == "txRam" ? p.txRam
                                                      : p.rxRam;
        if (options.IsGiven(name) && ram < frame)
        {
            Fail("--" + std::string(name) + "=" + std::to_string(ram) +
                 ": it has to hold a frame of " + std::to_string(frame) + " bytes at least");
        }
    }
    uint32_t mask;
    if (pc_cost_own_parse(p.ownCosts.c_str(), &mask) != PC_OK)
    {
        Fail("--ownCosts=" + p.ownCosts +
             ": it has to be all, none, or a list of page_pin, iommu, dma_submit, dma_complete, "
             "spin, header_fetch, ram_release, interrupt, wake_up, context_switch");
    }
    if (p.sndBuf < p.mtu - HEADERS || p.rcvBuf < p.mtu - HEADERS)
    {
        Fail("--sndBuf and --rcvBuf have to hold a segment of " +
             std::to_string(p.mtu - HEADERS) + " bytes at least");
    }
    if (options.IsGiven("json") && p.json.empty())
    {
        Fail("--json=: a file is missing; --json=FILE, or --json=- for standard output");
    }
    for (const std::string& file : {p.json, p.pcap.empty() ? "" : p.pcap + "-0-0.pcap"})
    {
        if (!file.empty() && !CanWrite(file))
        {
            Fail(file + ": cannot be written as a regular file" +
                 (file == p.json ? "; --json=- is standard output" : ""));
        }
    }
}

/** Says which of the options given mean nothing on the path chosen. */
void
NoteIdle(const Options& options, const Parameters& p)
{
    std::vector<std::string> idle;
    if (p.path != "payload-cache")
    {
        idle = {"whenFull", "wait", "ownCosts"};
    }
    if (p.path == "stock")
    {
        for (const char* name : {"profile",
                                 "senderProfile",
                                 "receiverProfile",
                                 "cardRam",
                                 "txRam",
                                 "rxRam",
                                 "appRead",
                                 "source",
                                 "readSize"})
        {
            idle.emplace_back(name);
        }
    }
    for (const std::string& name : idle)
    {
        if (options.IsGiven(name))
        {
            std::cerr << "note: --" << name << " has no effect on path " << p.path << std::endl;
        }
    }
}

/** The network, and what runs on it. */
class BulkTransfer
{
  public:
    BulkTransfer(const Options& options, const Parameters& parameters)
        : m_options(options),
          m_p(parameters)
    {
    }

    /** Builds, runs and takes apart. \return the record */
    Json Run()
    {
        auto began = std::chrono::steady_clock::now();
        Configure();
        MakeLink();
        MakeCards();
        MakeInternet();
        MakeFlows();
        m_record = BeginRecord("bulk-transfer");
        m_record["parameters"] = Describe();
        if (m_p.bytes == 0)
        {
            Simulator::Schedule(Seconds(m_p.warmup), &BulkTransfer::BeginCounting, this);
            Simulator::Schedule(Seconds(m_p.warmup + m_p.duration), &BulkTransfer::EndCounting, this);
        }
        else
        {
            BeginCounting();
            Drain();
        }
        Simulator::Run();
        m_record["events"] = Simulator::GetEventCount();
        std::chrono::duration<double> wall = std::chrono::steady_clock::now() - began;
        m_record["wall_s"] = wall.count();
        Simulator::Destroy();
        if (!m_error.empty())
        {
            std::cerr << "error: " << m_error << std::endl;
            std::exit(1);
        }
        return Ordered();
    }

  private:
    bool HasHosts() const
    {
        return m_p.path != "stock";
    }

    void Configure()
    {
        RngSeedManager::SetSeed(m_p.seed);
        Default("ns3::TcpSocket::SegmentSize", UintegerValue(m_p.mtu - HEADERS));
        Default("ns3::TcpSocket::SndBufSize", UintegerValue(m_p.sndBuf));
        Default("ns3::TcpSocket::RcvBufSize", UintegerValue(m_p.rcvBuf));
        Default("ns3::PayloadCacheTcpSocket::ReadSize", UintegerValue(m_p.readSize));
        if (m_p.data == "bytes")
        {
            GlobalValue::Bind("ChecksumEnabled", BooleanValue(true));
        }
    }

    /** Sets a default that the user has not set. */
    void Default(const std::string& name, const AttributeValue& value)
    {
        if (m_options.GetAttributes().count(name) == 0)
        {
            Config::SetDefault(name, value);
        }
    }

    void MakeLink()
    {
        m_nodes.Create(2);
        PointToPointHelper link;
        Time gap = Seconds(8.0 * (ETHERNET_OVERHEAD - PPP_HEADER) / m_p.linkRate);
        link.SetDeviceAttribute("DataRate", DataRateValue(DataRate(m_p.linkRate)));
        link.SetDeviceAttribute("InterframeGap", TimeValue(gap));
        link.SetDeviceAttribute("Mtu", UintegerValue(m_p.mtu));
        link.SetChannelAttribute("Delay", TimeValue(Seconds(m_p.delay)));
        m_wires = link.Install(m_nodes);
        if (m_p.lossRate > 0)
        {
            auto losses = CreateObject<RateErrorModel>();
            losses->SetUnit(RateErrorModel::ERROR_UNIT_PACKET);
            losses->SetRate(m_p.lossRate);
            losses->AssignStreams(1);
            m_wires.Get(1)->SetAttribute("ReceiveErrorModel", PointerValue(losses));
        }
        if (!m_p.pcap.empty())
        {
            link.EnablePcap(m_p.pcap, m_wires, true);
        }
    }

    void MakeCards()
    {
        m_devices = m_wires;
        if (!HasHosts())
        {
            return;
        }
        m_devices = NetDeviceContainer();
        for (uint32_t i = 0; i < 2; i++)
        {
            const std::string& own = i == 0 ? m_p.senderProfile : m_p.receiverProfile;
            PayloadCacheHelper helper;
            helper.SetPath(m_p.path);
            helper.SetProfile(FindProfile(own.empty() ? m_p.profile : own), AttributesGiven());
            SetGiven(helper);
            m_devices.Add(helper.Install(NetDeviceContainer(m_wires.Get(i))));
        }
        for (uint32_t i = 0; i < 2; i++)
        {
            CheckRam(i);
        }
    }

    /** Refuses card RAM, of a profile's, that holds no frame. */
    void CheckRam(uint32_t i)
    {
        for (pc_ram_side side : {PC_RAM_TX, PC_RAM_RX})
        {
            uint64_t capacity = Card(i)->GetCapacity(side);
            uint64_t frame = m_p.mtu + PC_LINK_HEADER_BYTES;
            if (capacity < frame)
            {
                Fail("the card has " + std::to_string(capacity) +
                     (side == PC_RAM_TX ? " bytes to transmit" : " bytes to receive") +
                     ": it has to hold a frame of " + std::to_string(frame) + " bytes at least");
            }
        }
    }

    std::set<std::string> AttributesGiven() const
    {
        std::set<std::string> names;
        for (const auto& [name, value] : m_options.GetAttributes())
        {
            names.insert(name);
        }
        return names;
    }

    /** Options that were given win over the profile. */
    void SetGiven(PayloadCacheHelper& helper) const
    {
        auto given = [this](const char* name) { return m_options.IsGiven(name); };
        if (given("cardRam"))
        {
            helper.SetCardAttribute("CardRam", UintegerValue(m_p.cardRam));
            helper.SetCardAttribute("TxRam", UintegerValue(0));
            helper.SetCardAttribute("RxRam", UintegerValue(0));
        }
        if (given("txRam"))
        {
            helper.SetCardAttribute("TxRam", UintegerValue(m_p.txRam));
        }
        if (given("rxRam"))
        {
            helper.SetCardAttribute("RxRam", UintegerValue(m_p.rxRam));
        }
        if (given("ownCosts"))
        {
            helper.SetHostAttribute("OwnCosts", StringValue(m_p.ownCosts));
        }
        if (given("appRead"))
        {
            helper.SetHostAttribute("AppRead", BooleanValue(m_p.appRead));
        }
        if (given("source"))
        {
            helper.SetHostAttribute("SourceWarm", BooleanValue(m_p.source == "warm"));
        }
        if (given("whenFull"))
        {
            helper.SetPathAttribute("WhenFull",
                                    StringValue(m_p.whenFull == "wait" ? "Wait" : "Copy"));
        }
        if (given("wait"))
        {
            helper.SetPathAttribute("Wait",
                                    StringValue(m_p.wait == "sleep"  ? "Sleep"
                                                : m_p.wait == "spin" ? "Spin"
                                                                     : "Auto"));
        }
        helper.SetCardAttribute("HoldBytes", BooleanValue(m_p.data == "bytes"));
    }

    void MakeInternet()
    {
        InternetStackHelper internet;
        internet.Install(m_nodes);
        Ipv4AddressHelper addresses("10.0.0.0", "255.255.255.0");
        m_interfaces = addresses.Assign(m_devices);
    }

    void MakeFlows()
    {
        TypeId factory = TypeId::LookupByName(HasHosts() ? "ns3::PayloadCacheTcpSocketFactory"
                                                         : "ns3::TcpSocketFactory");
        for (uint64_t i = 0; i < m_p.flows; i++)
        {
            uint16_t port = 5001 + i;
            auto sink = CreateObject<PatternSink>();
            sink->SetAttribute("Local",
                               AddressValue(InetSocketAddress(Ipv4Address::GetAny(), port)));
            auto source = CreateObject<PatternSource>();
            source->SetAttribute(
                "Remote",
                AddressValue(InetSocketAddress(m_interfaces.GetAddress(1), port)));
            source->SetAttribute("SendSize", UintegerValue(m_p.writeSize));
            source->SetAttribute("MaxBytes", UintegerValue(m_p.bytes));
            source->SetAttribute("Rate", DataRateValue(DataRate(m_p.appRate)));
            for (Ptr<Application> app : {Ptr<Application>(sink), Ptr<Application>(source)})
            {
                app->SetAttribute("Protocol", TypeIdValue(factory));
                app->SetAttribute("Flow", UintegerValue(i));
                app->SetAttribute("Pattern", BooleanValue(m_p.data == "bytes"));
            }
            m_nodes.Get(1)->AddApplication(sink);
            m_nodes.Get(0)->AddApplication(source);
            m_sinks.push_back(sink);
            m_sources.push_back(source);
        }
    }

    /** The parameters in force, in base units. */
    Json Describe() const
    {
        Json d = {{"path", m_p.path},
                  {"profile", m_p.profile},
                  {"senderProfile", m_p.senderProfile.empty() ? m_p.profile : m_p.senderProfile},
                  {"receiverProfile",
                   m_p.receiverProfile.empty() ? m_p.profile : m_p.receiverProfile},
                  {"linkRate", m_p.linkRate},
                  {"delay", m_p.delay},
                  {"mtu", m_p.mtu},
                  {"flows", m_p.flows},
                  {"bytes", m_p.bytes},
                  {"writeSize", m_p.writeSize},
                  {"readSize", m_p.readSize},
                  {"appRate", m_p.appRate},
                  {"sndBuf", m_p.sndBuf},
                  {"rcvBuf", m_p.rcvBuf},
                  {"duration", m_p.bytes ? 0 : m_p.duration},
                  {"warmup", m_p.bytes ? 0 : m_p.warmup},
                  {"lossRate", m_p.lossRate},
                  {"seed", m_p.seed},
                  {"data", m_p.data}};
        for (const auto& [name, value] : m_options.GetAttributes())
        {
            d[name] = value;
        }
        for (uint32_t i = 0; HasHosts() && i < 2; i++)
        {
            std::string host = i == 0 ? "sender." : "receiver.";
            AddAttributes(d, host + "HostModel", *Card(i)->GetHost());
            AddAttributes(d, host + "PayloadCacheNetDevice", *Card(i));
            AddAttributes(d, host + "DataPath", *Card(i)->GetPath());
        }
        return d;
    }

    Ptr<PayloadCacheNetDevice> Card(uint32_t i) const
    {
        return DynamicCast<PayloadCacheNetDevice>(m_devices.Get(i));
    }

    void BeginCounting()
    {
        m_began = Simulator::Now();
        for (const auto& sink : m_sinks)
        {
            m_readBefore.push_back(sink->GetRead());
        }
        for (uint32_t i = 0; HasHosts() && i < 2; i++)
        {
            Card(i)->GetHost()->ResetStatistics();
            Card(i)->ResetStatistics();
        }
    }

    void EndCounting()
    {
        Count(Simulator::Now());
        for (const auto& source : m_sources)
        {
            source->Finish();
        }
        Drain();
    }

    /** Takes the figures of the counted time. */
    void Count(Time end)
    {
        double duration = (end - m_began).GetSeconds();
        uint64_t all = 0;
        m_record["duration_s"] = duration;
        m_record["flows"] = Json::array();
        for (std::size_t i = 0; i < m_sinks.size(); i++)
        {
            uint64_t bytes = m_sinks[i]->GetRead() - m_readBefore[i];
            all += bytes;
            m_record["flows"].push_back({{"goodput_bps", 8 * bytes / duration}, {"bytes", bytes}});
        }
        m_record["goodput_bps"] = 8 * all / duration;
        m_record["hosts"] = Json::object();
        for (uint32_t i = 0; HasHosts() && i < 2; i++)
        {
            const char* role = i == 0 ? "sender" : "receiver";
            m_record["hosts"][role] = HostRecord(role, Card(i));
        }
    }

    /** Ends the run once all is read and released, and looks again a little later otherwise. */
    void Drain()
    {
        if (m_drainBegan.IsZero())
        {
            m_drainBegan = Simulator::Now();
        }
        if (IsDrained())
        {
            EndRun();
            return;
        }
        bool late = m_p.bytes == 0 &&
                    Simulator::Now() > m_drainBegan + Seconds(LONGEST_DRAIN);
        bool stuck = m_p.bytes != 0 && LastRead() + Seconds(LONGEST_DRAIN) < Simulator::Now();
        if (late || stuck)
        {
            m_error = "the run has not drained within " + std::to_string(int(LONGEST_DRAIN)) +
                      " simulated seconds: " + Shortfall();
            Simulator::Stop();
            return;
        }
        Simulator::Schedule(Seconds(DRAIN_STEP), &BulkTransfer::Drain, this);
    }

    Time LastRead() const
    {
        Time last;
        for (const auto& sink : m_sinks)
        {
            last = Max(last, sink->GetLastRead());
        }
        return last;
    }

    uint64_t Held() const
    {
        uint64_t held = 0;
        for (uint32_t i = 0; HasHosts() && i < 2; i++)
        {
            held += Card(i)->GetRamStatistics(PC_RAM_TX).held;
            held += Card(i)->GetRamStatistics(PC_RAM_RX).held;
        }
        return held;
    }

    bool IsDrained() const
    {
        for (std::size_t i = 0; i < m_sinks.size(); i++)
        {
            if (!m_sources[i]->IsClosed() || !m_sinks[i]->IsClosed() ||
                m_sinks[i]->GetRead() != m_sources[i]->GetWritten())
            {
                return false;
            }
        }
        return Held() == 0;
    }

    std::string Shortfall() const
    {
        uint64_t written = 0;
        uint64_t read = 0;
        for (std::size_t i = 0; i < m_sinks.size(); i++)
        {
            written += m_sources[i]->GetWritten();
            read += m_sinks[i]->GetRead();
        }
        return std::to_string(read) + " of " + std::to_string(written) + " bytes read, " +
               std::to_string(Held()) + " bytes of card RAM held";
    }

    void EndRun()
    {
        if (m_p.bytes != 0)
        {
            Count(LastRead());
        }
        uint64_t wrong = 0;
        for (const auto& sink : m_sinks)
        {
            wrong += sink->GetWrong();
        }
        if (wrong > 0)
        {
            m_error = std::to_string(wrong) + " bytes were not what had been written";
        }
        for (uint32_t i = 0; HasHosts() && i < 2; i++)
        {
            const char* role = i == 0 ? "sender" : "receiver";
            auto& ram = m_record["hosts"][role]["card_ram"];
            ram["tx"]["held_at_end_bytes"] = Card(i)->GetRamStatistics(PC_RAM_TX).held;
            ram["rx"]["held_at_end_bytes"] = Card(i)->GetRamStatistics(PC_RAM_RX).held;
        }
        Simulator::Stop();
    }

    /** The record in the schema's order. */
    Json Ordered() const
    {
        Json record;
        for (const char* key : {"program",
                                "schema",
                                "revision",
                                "ns3",
                                "parameters",
                                "duration_s",
                                "wall_s",
                                "events",
                                "goodput_bps",
                                "flows",
                                "hosts"})
        {
            record[key] = m_record.at(key);
        }
        return record;
    }

    const Options& m_options;                   //!< what was given
    const Parameters& m_p;                      //!< what is in force
    NodeContainer m_nodes;                      //!< sender, receiver
    NetDeviceContainer m_wires;                 //!< wires
    NetDeviceContainer m_devices;               //!< cards, or wires
    Ipv4InterfaceContainer m_interfaces;        //!< addresses
    std::vector<Ptr<PatternSource>> m_sources;  //!< one a flow
    std::vector<Ptr<PatternSink>> m_sinks;      //!< one a flow
    std::vector<uint64_t> m_readBefore;         //!< bytes read before counting began
    Time m_began;                               //!< when counting began
    Time m_drainBegan;                          //!< when the drain began
    std::string m_error;                        //!< why the run failed
    Json m_record;                              //!< so far
};

} // namespace

int
main(int argc, char* argv[])
{
    Parameters parameters;
    Options options("bulk-transfer",
                    "n flows from one host to another, and what they cost both.");
    Declare(options, parameters);
    options.Parse(argc, argv);
    CheckTogether(options, parameters);
    NoteIdle(options, parameters);
    for (const std::string& name :
         {parameters.profile, parameters.senderProfile, parameters.receiverProfile})
    {
        Profile profile;
        std::string error;
        if (!name.empty() && !profile.Read(FindProfile(name), error))
        {
            Fail(error);
        }
    }
    Json record = BulkTransfer(options, parameters).Run();
    std::string file = parameters.json.empty() ? "-" : parameters.json;
    if (!WriteRecord(record, file))
    {
        Fail(file + ": cannot be written");
    }
    return 0;
}
