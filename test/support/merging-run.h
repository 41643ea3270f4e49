#ifndef MERGING_RUN_H
#define MERGING_RUN_H

#include "frame-info.h"
#include "pattern-sink.h"
#include "pattern-source.h"
#include "payload-cache-helper.h"

#include "ns3/core-module.h"
#include "ns3/error-model.h"
#include "ns3/internet-module.h"
#include "ns3/network-module.h"
#include "ns3/point-to-point-module.h"
#include "ns3/traffic-control-module.h"

#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace ns3
{
namespace merging
{

const uint32_t TIMESTAMPS = 12;           //!< bytes of TCP's options (RFC 7323)
const uint32_t TCP_HEADER = 20;           //!< bytes
const uint32_t POLL = 64;                 //!< frames: moderation and budget
const Time MODERATION = MicroSeconds(20); //!< from a frame to its interrupt, at most

/** \ingroup payload-cache-tests What one run is like. */
struct Setting
{
    std::string name;                     //!< for the test's name
    std::string path{"offload"};          //!< data path
    uint32_t flows{1};                    //!< from the first host to the second
    uint32_t back{0};                     //!< the other way
    uint64_t bytes{20000000};             //!< of each flow; 0: until it is stopped
    bool ipv6{false};                     //!< IPv4 otherwise
    bool router{false};                   //!< a stock node between the hosts
    bool merge{true};                     //!< segmentation and receive offload
    bool pattern{false};                  //!< real bytes, compared
    uint32_t mtu{1500};                   //!< bytes
    std::string rate{"100Gbps"};          //!< of the links
    Time delay{MicroSeconds(10)};         //!< of each link
    uint32_t buffers{4194304};            //!< receive buffer, and half of the send buffer, bytes
    std::string tcp{"ns3::TcpLinuxReno"}; //!< congestion control
    double loss{0};                       //!< of frames toward the second host
    double late{0};                       //!< share of frames that others overtake
    uint32_t seed{1};                     //!< of what is drawn by chance
};

/** Takes frames out of a link now and then, and puts them in again behind later ones. */
class LateFrames : public ErrorModel
{
  public:
    /**
     * \param wire where they come in
     * \param share of frames
     * \param most how late a frame is at most
     * \param stream of random numbers
     */
    LateFrames(Ptr<PointToPointNetDevice> wire, double share, Time most, int64_t stream)
        : m_wire(wire),
          m_share(share),
          m_most(most),
          m_chance(CreateObject<UniformRandomVariable>())
    {
        m_chance->SetStream(stream);
    }

    uint32_t late{0}; //!< frames so far

  private:
    bool DoCorrupt(Ptr<Packet> packet) override
    {
        if (m_again || m_chance->GetValue() >= m_share)
        {
            return false;
        }
        late++;
        Time by = m_most * m_chance->GetValue();
        Simulator::Schedule(by, &LateFrames::Again, Ptr<LateFrames>(this), packet->Copy());
        return true;
    }

    void Again(Ptr<Packet> packet)
    {
        m_again = true;
        m_wire->Receive(packet);
        m_again = false;
    }

    void DoReset() override
    {
    }

    void DoDispose() override
    {
        m_wire = nullptr;
        ErrorModel::DoDispose();
    }

    Ptr<PointToPointNetDevice> m_wire;   //!< where they come in
    double m_share;                      //!< of frames
    Time m_most;                         //!< how late
    Ptr<UniformRandomVariable> m_chance; //!< which, and how late
    bool m_again{false};                 //!< a frame comes for the second time
};

/** \ingroup payload-cache-tests Two hosts that cost nothing, with cards that merge or do not. */
class MergingRun
{
  public:
    explicit MergingRun(const Setting& setting)
        : m_setting(setting)
    {
    }

    std::function<void(MergingRun&)> built; //!< called before it begins

    /** Runs until all is read, at most so many simulated seconds. */
    void Go(double most)
    {
        RngSeedManager::SetSeed(m_setting.seed);
        RngSeedManager::SetRun(1);
        Configure();
        MakeNetwork();
        MakeFlows(0, 1, m_setting.flows);
        MakeFlows(1, 0, m_setting.back);
        if (built)
        {
            built(*this);
        }
        Simulator::Stop(Seconds(most));
        Simulator::Run();
        Collect();
        m_sinks.clear();
        m_sources.clear();
        m_cards = NetDeviceContainer();
        Simulator::Destroy();
        Config::Reset();
    }

    Ptr<PayloadCacheNetDevice> Card(uint32_t host) const
    {
        return DynamicCast<PayloadCacheNetDevice>(m_cards.Get(host));
    }

    /** \return bytes that all readers have read */
    uint64_t GetRead() const
    {
        uint64_t bytes = 0;
        for (const auto& sink : m_sinks)
        {
            bytes += sink->GetRead();
        }
        return bytes;
    }

    /** \return payload of a full segment, bytes */
    uint32_t GetMss() const
    {
        return m_setting.mtu - (m_setting.ipv6 ? 40 : 20) - TCP_HEADER - TIMESTAMPS;
    }

    uint64_t read{0};  //!< bytes, all flows
    uint64_t wrong{0}; //!< bytes
    uint64_t held{0};  //!< card RAM of both hosts at the end, bytes
    Time last;         //!< when the last byte was read
    uint32_t late{0};  //!< frames that others overtook
    std::vector<std::map<HostCounter, uint64_t>> counts; //!< of each host

  private:
    void Configure() const
    {
        Config::SetDefault("ns3::TcpL4Protocol::SocketType", StringValue(m_setting.tcp));
        Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(GetMss()));
        Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(2 * m_setting.buffers));
        Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(m_setting.buffers));
        // an RTO of 1 s would be all of such a run
        Config::SetDefault("ns3::TcpSocketBase::MinRto", TimeValue(MilliSeconds(5)));
        Config::SetDefault("ns3::TcpSocket::DelAckTimeout", TimeValue(MilliSeconds(1)));
        GlobalValue::Bind("ChecksumEnabled", BooleanValue(m_setting.pattern));
    }

    void MakeNetwork()
    {
        NodeContainer nodes(m_setting.router ? 3 : 2);
        PointToPointHelper link;
        link.SetDeviceAttribute("DataRate", StringValue(m_setting.rate));
        link.SetDeviceAttribute("Mtu", UintegerValue(m_setting.mtu));
        link.SetChannelAttribute("Delay", TimeValue(m_setting.delay));
        link.SetQueue("ns3::DropTailQueue", "MaxSize", StringValue("100000p")); // drops nothing
        NetDeviceContainer wires;
        NetDeviceContainer middle;
        if (m_setting.router)
        {
            for (uint32_t host : {0, 1})
            {
                NetDeviceContainer ends = link.Install(nodes.Get(host), nodes.Get(2));
                wires.Add(ends.Get(0));
                middle.Add(ends.Get(1));
            }
        }
        else
        {
            wires = link.Install(nodes.Get(0), nodes.Get(1));
        }
        Disturb(DynamicCast<PointToPointNetDevice>(wires.Get(1)));
        MakeCards(wires);
        InternetStackHelper().Install(nodes);
        GiveAddresses(middle);
    }

    void Disturb(Ptr<PointToPointNetDevice> wire)
    {
        if (m_setting.loss > 0)
        {
            auto losses = CreateObject<RateErrorModel>();
            losses->SetUnit(RateErrorModel::ERROR_UNIT_PACKET);
            losses->SetRate(m_setting.loss);
            losses->AssignStreams(1);
            wire->SetReceiveErrorModel(losses);
        }
        if (m_setting.late > 0)
        {
            // up to five frames of 1500 bytes at 100 Gb/s overtake it
            m_lateFrames = CreateObject<LateFrames>(wire, m_setting.late, NanoSeconds(600), 1);
            wire->SetReceiveErrorModel(m_lateFrames);
        }
    }

    void MakeCards(NetDeviceContainer wires)
    {
        PayloadCacheHelper helper;
        helper.SetPath(m_setting.path);
        helper.SetCardAttribute("Tso", BooleanValue(m_setting.merge));
        helper.SetCardAttribute("Gro", BooleanValue(m_setting.merge));
        helper.SetCardAttribute("RxModerationDelay", TimeValue(MODERATION));
        helper.SetCardAttribute("RxModerationFrames", UintegerValue(POLL));
        helper.SetCardAttribute("PollBudget", UintegerValue(POLL));
        helper.SetCardAttribute("HoldBytes", BooleanValue(m_setting.pattern));
        m_cards = helper.Install(wires);
    }

    void GiveAddresses(NetDeviceContainer middle)
    {
        NetDeviceContainer all(m_cards, middle);
        for (uint32_t host : {0, 1})
        {
            NetDeviceContainer net(m_cards.Get(host));
            if (m_setting.router)
            {
                net.Add(middle.Get(host));
            }
            else if (host == 1)
            {
                break; // one network
            }
            else
            {
                net.Add(m_cards.Get(1));
            }
            GiveAddresses(net, host);
        }
        TrafficControlHelper().Uninstall(all); // the address helpers'
    }

    void GiveAddresses(NetDeviceContainer net, uint32_t number)
    {
        std::string digit = std::to_string(number);
        std::vector<Address> addresses;
        if (m_setting.ipv6)
        {
            Ipv6AddressHelper helper(("2001:" + digit + "::").c_str(), Ipv6Prefix(64));
            auto interfaces = helper.Assign(net);
            for (uint32_t i = 0; i < net.GetN(); i++)
            {
                addresses.emplace_back(interfaces.GetAddress(i, 1)); // global
            }
        }
        else
        {
            Ipv4AddressHelper helper(("10.0." + digit + ".0").c_str(), "255.255.255.0");
            auto interfaces = helper.Assign(net);
            for (uint32_t i = 0; i < net.GetN(); i++)
            {
                addresses.emplace_back(interfaces.GetAddress(i));
            }
        }
        m_addresses.push_back(addresses[0]);
        if (!m_setting.router)
        {
            m_addresses.push_back(addresses[1]);
            return;
        }
        auto ip = net.Get(0)->GetNode()->GetObject<Ipv4>();
        auto routes = Ipv4StaticRoutingHelper().GetStaticRouting(ip);
        routes->SetDefaultRoute(Ipv4Address::ConvertFrom(addresses[1]), 1);
    }

    Address End(const Address& address, uint16_t port) const
    {
        if (m_setting.ipv6)
        {
            return Inet6SocketAddress(Ipv6Address::ConvertFrom(address), port);
        }
        return InetSocketAddress(Ipv4Address::ConvertFrom(address), port);
    }

    void MakeFlows(uint32_t from, uint32_t to, uint32_t flows)
    {
        auto factory = TypeId::LookupByName("ns3::PayloadCacheTcpSocketFactory");
        for (uint32_t i = 0; i < flows; i++)
        {
            auto source = CreateObject<PatternSource>();
            auto sink = CreateObject<PatternSink>();
            source->SetAttribute("Remote", AddressValue(End(m_addresses[to], 5000 + i)));
            source->SetAttribute("MaxBytes", UintegerValue(m_setting.bytes));
            sink->SetAttribute("Local", AddressValue(End(m_addresses[to], 5000 + i)));
            Ptr<Application> ends[] = {source, sink};
            for (const auto& end : ends)
            {
                end->SetAttribute("Protocol", TypeIdValue(factory));
                end->SetAttribute("Pattern", BooleanValue(m_setting.pattern));
                end->SetAttribute("Flow", UintegerValue(i));
            }
            Card(from)->GetNode()->AddApplication(source);
            Card(to)->GetNode()->AddApplication(sink);
            // IPv6 looks for doubled addresses first (RFC 4862), which takes a second
            source->SetStartTime(m_setting.ipv6 ? Seconds(2) : Seconds(0));
            m_sources.push_back(source);
            m_sinks.push_back(sink);
        }
    }

    void Collect()
    {
        read = GetRead();
        for (const auto& sink : m_sinks)
        {
            wrong += sink->GetWrong();
            last = Max(last, sink->GetLastRead());
        }
        late = m_lateFrames ? m_lateFrames->late : 0;
        for (uint32_t host : {0, 1})
        {
            held += Card(host)->GetRamStatistics(PC_RAM_TX).held;
            held += Card(host)->GetRamStatistics(PC_RAM_RX).held;
            Card(host)->GetHost()->GetStatistics(); // stops the program if its ledger is wrong
            auto& mine = counts.emplace_back();
            for (uint32_t c = 0; c < static_cast<uint32_t>(HostCounter::COUNT); c++)
            {
                auto counter = static_cast<HostCounter>(c);
                mine[counter] = Card(host)->GetHost()->GetCount(counter);
            }
        }
        m_lateFrames = nullptr;
    }

    Setting m_setting;                         //!< what it is like
    NetDeviceContainer m_cards;                //!< both hosts'
    std::vector<Address> m_addresses;          //!< both hosts'
    std::vector<Ptr<PatternSource>> m_sources; //!< of all flows
    std::vector<Ptr<PatternSink>> m_sinks;     //!< of all flows
    Ptr<LateFrames> m_lateFrames;              //!< if there are any
};

} // namespace merging
} // namespace ns3

#endif
