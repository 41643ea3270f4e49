// Two hosts and n flows between them: the run that everything else is compared by.
//
//      sender                                receiver
//   +-----------+                         +-----------+
//   | writers   |                         |  readers  |
//   | sockets   |                         |  sockets  |
//   | card ==== | ------ one link ------- | ==== card |
//   +-----------+                         +-----------+

#include "hosts.h"
#include "options.h"
#include "parameters.h"
#include "record.h"

#include "pattern-sink.h"
#include "pattern-source.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/error-model.h"
#include "ns3/global-value.h"
#include "ns3/inet-socket-address.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/pointer.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/uinteger.h"

#include <array>
#include <chrono>
#include <iostream>

using namespace ns3;
using namespace scenario;

namespace
{

/// Bytes that Ethernet puts on the wire beside an IP packet: preamble 8, header 14, FCS 4, gap 12
/// (IEEE 802.3); a PPP header of ns-3's point-to-point device stands for 2 of them.
constexpr uint32_t ETHERNET_OVERHEAD = 38;
constexpr uint32_t PPP_HEADER = 2;
/// Longest drain, simulated seconds: chosen, enough for eight time-outs in a row (1 s, doubled).
constexpr double LONGEST_DRAIN = 300;
/// How often the drain is looked at, simulated seconds: chosen, short beside any drain.
constexpr double DRAIN_STEP = 0.001;

/** The network, and what runs on it. */
class BulkTransfer
{
  public:
    BulkTransfer(const Options& options, const Parameters& parameters, const Machines& machines)
        : m_options(options),
          m_p(parameters),
          m_machines(machines)
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
        m_record["wire_frames"] = {{"sender", m_frames[0]}, {"receiver", m_frames[1]}};
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
        Default("ns3::TcpSocket::SegmentSize", UintegerValue(m_p.mtu - TCP_IP_HEADERS));
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
        for (uint32_t i = 0; i < 2; i++)
        {
            m_wires.Get(i)->TraceConnectWithoutContext(
                "PhyTxBegin",
                MakeCallback(&BulkTransfer::FrameBegan).Bind(&m_frames[i]));
        }
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

    /** A wire begins to carry a frame, on any path. */
    static void FrameBegan(uint64_t* frames, Ptr<const Packet> /* frame */)
    {
        ++*frames;
    }

    void MakeCards()
    {
        m_devices = HasHosts() ? InstallHosts(m_options, m_p, m_machines, m_wires) : m_wires;
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

    /** \return payload bytes of a full segment */
    static uint32_t SegmentSize()
    {
        TypeId::AttributeInformation info;
        TypeId::LookupByName("ns3::TcpSocket").LookupAttributeByName("SegmentSize", &info);
        return DynamicCast<const UintegerValue>(info.initialValue)->Get();
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
            Json host = HostRecord(role, Card(i));
            AddBreakEven(host, Card(i), *MakePolicy(m_options, m_machines[i]), SegmentSize());
            m_record["hosts"][role] = host;
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
                                "wire_frames",
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
    const Machines& m_machines;                 //!< of the sender, of the receiver
    NodeContainer m_nodes;                      //!< sender, receiver
    NetDeviceContainer m_wires;                 //!< wires
    NetDeviceContainer m_devices;               //!< cards, or wires
    std::array<uint64_t, 2> m_frames{};         //!< sent on the wire by either, all run long
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
    Machines machines = ReadProfiles(options, parameters);
    CheckTogether(options, parameters);
    Json record = BulkTransfer(options, parameters, machines).Run();
    std::string file = parameters.json.empty() ? "-" : parameters.json;
    if (!WriteRecord(record, file))
    {
        Fail(file + ": cannot be written");
    }
    return 0;
}
