#include "equivalence-scenario.h"

#include "payload-cache-helper.h"
#include "wire-digest.h"

#include "ns3/applications-module.h"
#include "ns3/core-module.h"
#include "ns3/csma-module.h"
#include "ns3/error-model.h"
#include "ns3/internet-module.h"
#include "ns3/network-module.h"
#include "ns3/point-to-point-module.h"
#include "ns3/traffic-control-module.h"

#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

using namespace ns3;

namespace
{

/** The objects of one run. */
class Run
{
  public:
    explicit Run(const EquivalenceScenario& scenario)
        : m_scenario(scenario)
    {
    }

    EquivalenceScenario::Result Go()
    {
        Configure();
        MakeWires();
        MakeCards();
        MakeInternet();
        MakeApplications();
        Simulator::Stop(Seconds(m_scenario.end));
        Simulator::Run();
        auto result = Collect();
        Simulator::Destroy();
        Config::Reset();
        return result;
    }

  private:
    void Configure()
    {
        RngSeedManager::SetSeed(m_scenario.seed);
        RngSeedManager::SetRun(1);
        Config::SetDefault("ns3::TcpL4Protocol::SocketType", StringValue(m_scenario.tcp));
        Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(m_scenario.buffers));
        Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(m_scenario.buffers));
        Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(m_scenario.mtu - 52));
        Config::SetDefault("ns3::TcpSocketBase::Timestamp",
                           BooleanValue(m_scenario.timestamps));
    }

    void MakeWires()
    {
        m_nodes.Create(m_scenario.csma ? m_scenario.hosts : 2);
        if (m_scenario.csma)
        {
            CsmaHelper csma;
            csma.SetChannelAttribute("DataRate", StringValue(m_scenario.rate));
            csma.SetChannelAttribute("Delay", StringValue(m_scenario.delay));
            csma.SetDeviceAttribute("Mtu", UintegerValue(m_scenario.mtu));
            m_wires = csma.Install(m_nodes);
        }
        else
        {
            PointToPointHelper link;
            link.SetDeviceAttribute("DataRate", StringValue(m_scenario.rate));
            link.SetChannelAttribute("Delay", StringValue(m_scenario.delay));
            link.SetDeviceAttribute("Mtu", UintegerValue(m_scenario.mtu));
            m_wires = link.Install(m_nodes);
        }
        for (uint32_t i = 0; i < m_wires.GetN(); i++)
        {
            m_wires.Get(i)->TraceConnectWithoutContext("MacRx",
                                                       MakeCallback(&::Run::Arrived, this));
            const char* sniffer = m_scenario.csma ? "Sniffer" : "PromiscSniffer";
            m_wires.Get(i)->TraceConnectWithoutContext(
                sniffer,
                MakeCallback(&WireDigest::Frame, &m_digest).Bind(i));
        }
        if (m_scenario.loss > 0)
        {
            auto errors = CreateObject<RateErrorModel>();
            errors->SetUnit(RateErrorModel::ERROR_UNIT_PACKET);
            errors->SetRate(m_scenario.loss);
            errors->AssignStreams(1000);
            m_wires.Get(m_wires.GetN() - 1)
                ->SetAttribute("ReceiveErrorModel", PointerValue(errors));
        }
    }

    void MakeCards()
    {
        m_devices = m_wires;
        if (m_scenario.path != "stock")
        {
            PayloadCacheHelper helper;
            NS_ABORT_IF(!helper.SetPath(m_scenario.path));
            helper.SetPathAttribute("CopyBreak", UintegerValue(0)); // off in an ideal host
            m_devices = helper.Install(m_wires);
        }
    }

    void MakeInternet()
    {
        InternetStackHelper internet;
        internet.Install(m_nodes);
        for (uint32_t i = 0; i < m_nodes.GetN(); i++)
        {
            m_nodes.Get(i)->GetObject<TcpL4Protocol>()->SetAttribute("SocketType",
                TypeIdValue(TypeId::LookupByName(m_scenario.tcp)));
        }
        if (m_scenario.queueDiscs)
        {
            TrafficControlHelper::Default().Install(m_devices);
        }
        Ipv4AddressHelper addresses("10.1.0.0", "255.255.0.0");
        m_interfaces = addresses.Assign(m_devices);
        if (!m_scenario.queueDiscs)
        {
            TrafficControlHelper control;
            control.Uninstall(m_devices); // the address helper installs the default ones
        }
    }

    void MakeApplications()
    {
        uint32_t last = m_nodes.GetN() - 1;
        std::string factory = m_scenario.path == "stock" ? "ns3::TcpSocketFactory"
                                                         : "ns3::PayloadCacheTcpSocketFactory";
        for (uint32_t i = 0; i < m_scenario.flows; i++)
        {
            InetSocketAddress to(m_interfaces.GetAddress(last), 5000 + i);
            PacketSinkHelper sink(factory, InetSocketAddress(Ipv4Address::GetAny(), 5000 + i));
            m_sinks.Add(sink.Install(m_nodes.Get(last)));
            ApplicationContainer source = MakeSource(factory, to, m_nodes.Get(i % last));
            source.Get(0)->TraceConnectWithoutContext("Tx", MakeCallback(&::Run::Wrote, this));
            source.Start(Seconds(0.001 * i));
            source.Stop(Seconds(m_scenario.stop));
        }
    }

    /** A frame has arrived whole: its packet is longer than the header fetch, or not. */
    void Arrived(Ptr<const Packet> frame)
    {
        uint32_t link = m_scenario.csma ? 14 + 4 : 2; // Ethernet header and FCS, or PPP
        m_longFrames += frame->GetSize() > 128 + link;
    }

    /** A write has been accepted. */
    void Wrote(Ptr<const Packet> packet)
    {
        m_pieces += (packet->GetSize() + 65535) / 65536;
    }

    ApplicationContainer MakeSource(const std::string& factory,
                                    const InetSocketAddress& to,
                                    Ptr<Node> node)
    {
        if (m_scenario.onOff)
        {
            OnOffHelper source(factory, to);
            source.SetConstantRate(DataRate("20Mbps"), m_scenario.sendSize);
            source.SetAttribute("MaxBytes", UintegerValue(m_scenario.bytes));
            return source.Install(node);
        }
        BulkSendHelper source(factory, to);
        source.SetAttribute("SendSize", UintegerValue(m_scenario.sendSize));
        source.SetAttribute("MaxBytes", UintegerValue(m_scenario.bytes));
        return source.Install(node);
    }

    EquivalenceScenario::Result Collect()
    {
        EquivalenceScenario::Result result;
        result.digest = m_digest.GetValue();
        result.frames = m_digest.GetFrames();
        result.pieces = m_pieces;
        result.longFrames = m_longFrames;
        for (uint32_t i = 0; i < m_sinks.GetN(); i++)
        {
            result.received += DynamicCast<PacketSink>(m_sinks.Get(i))->GetTotalRx();
        }
        for (uint32_t i = 0; m_scenario.path != "stock" && i < m_devices.GetN(); i++)
        {
            auto card = DynamicCast<PayloadCacheNetDevice>(m_devices.Get(i));
            result.held += card->GetRamStatistics(PC_RAM_TX).held;
            result.held += card->GetRamStatistics(PC_RAM_RX).held;
            for (size_t c = 0; c < static_cast<size_t>(HostCounter::COUNT); c++)
            {
                auto counter = static_cast<HostCounter>(c);
                result.counts[HostCounterName(counter)] += card->GetHost()->GetCount(counter);
            }
        }
        return result;
    }

    const EquivalenceScenario& m_scenario; //!< what to run
    WireDigest m_digest;                   //!< of the wires
    NodeContainer m_nodes;                 //!< hosts
    NetDeviceContainer m_wires;            //!< wires
    NetDeviceContainer m_devices;          //!< cards, or wires
    Ipv4InterfaceContainer m_interfaces;   //!< addresses
    ApplicationContainer m_sinks;          //!< sinks
    uint64_t m_longFrames{0};              //!< frames that the header fetch does not hold
    uint64_t m_pieces{0};                  //!< pieces that the sources' writes make
};

/** Writes a result for the process that waits for it. */
void
Write(std::ostream& to, const EquivalenceScenario::Result& result)
{
    to << result.digest << " " << result.frames << " " << result.received << " " << result.held
       << " " << result.pieces << " " << result.longFrames;
    for (const auto& [name, count] : result.counts)
    {
        to << " " << name << " " << count;
    }
}

/** Reads what Write() wrote. */
EquivalenceScenario::Result
Read(std::istream& from)
{
    EquivalenceScenario::Result result;
    from >> result.digest >> result.frames >> result.received >> result.held >> result.pieces >>
        result.longFrames;
    std::string name;
    while (from >> name)
    {
        from >> result.counts[name];
    }
    return result;
}

} // namespace

// Each run has a process of its own: ns-3 numbers the automatic random streams of a process on and
// on, so a second run in the same one would meet other back-offs.
EquivalenceScenario::Result
EquivalenceScenario::Run() const
{
    int channel[2];
    NS_ABORT_MSG_IF(pipe(channel) != 0, "no pipe");
    pid_t child = fork();
    NS_ABORT_MSG_IF(child < 0, "no process");
    if (child == 0)
    {
        std::ostringstream text;
        Write(text, ::Run(*this).Go());
        std::string bytes = text.str();
        bool written = write(channel[1], bytes.data(), bytes.size()) ==
                       static_cast<ssize_t>(bytes.size());
        _exit(written ? 0 : 1);
    }
    close(channel[1]);
    std::string bytes;
    char buffer[4096];
    for (ssize_t n; (n = read(channel[0], buffer, sizeof(buffer))) > 0;)
    {
        bytes.append(buffer, n);
    }
    close(channel[0]);
    int status = 0;
    waitpid(child, &status, 0);
    std::istringstream text(bytes);
    Result result = Read(text);
    result.crashed = status != 0;
    return result;
}

std::string
EquivalenceScenario::Describe() const
{
    std::ostringstream text;
    text << path << (csma ? " csma hosts " + std::to_string(hosts) : " point-to-point") << " "
         << rate << " " << delay << " mtu " << mtu << " flows " << flows << " loss " << loss
         << " buffers " << buffers << (queueDiscs ? "" : " no queue discs") << " bytes " << bytes
         << " " << tcp << (onOff ? " OnOff " : " BulkSend ") << sendSize
         << (timestamps ? "" : " no timestamps") << " seed " << seed;
    return text.str();
}
