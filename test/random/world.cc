#include "world.h"

#include "payload-cache-helper.h"
#include "wire-faults.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/csma-helper.h"
#include "ns3/double.h"
#include "ns3/global-value.h"
#include "ns3/icmpv4-l4-protocol.h"
#include "ns3/icmpv6-l4-protocol.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv4-static-routing-helper.h"
#include "ns3/ipv6-address-helper.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/pointer.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/traffic-control-helper.h"
#include "ns3/traffic-control-layer.h"
#include "ns3/uinteger.h"

#include <algorithm>

using namespace ns3;

namespace randomtest
{

namespace
{

constexpr uint64_t MOST_FRAMES = 20000; // chosen: a run takes less than a second or two
constexpr double MOST_SECONDS = 20000;  // chosen: far beyond ns-3's retries and 2 MSL of 240 s
constexpr double STUCK_SECONDS = 1000;  // chosen: beyond all of ns-3's timers, of 240 s at most
constexpr uint16_t FIRST_PORT = 5000;   // of flow 0

/** \return true if cards of ours look at every frame that is damaged, in each run of a description
 */
bool
FindsDamage(const Description& d)
{
    bool compared = std::count(d.checks.begin(), d.checks.end(), "stock") > 0;
    return !compared && std::none_of(d.hosts.begin(), d.hosts.end(), [](const HostPlan& host) {
        return host.path == "stock";
    });
}

} // namespace

World::World(const Description& description, Variant variant)
    : m_d(description),
      m_variant(variant)
{
}

World::~World()
{
    // Ends and cards are called until the last socket and device are gone
    m_listeners.clear();
    m_datagramFlows.clear();
    Simulator::Destroy();
}

void
World::Run()
{
    Configure();
    MakeWires();
    MakeCards();
    MakeInternet();
    MakeFlows();
    MakeDatagramFlows();
    WatchDrops();
    if (m_d.stop > 0)
    {
        Simulator::Schedule(Seconds(m_d.stop), &World::CutOff, this, Ending::CUT);
    }
    Simulator::Stop(Seconds(MOST_SECONDS));
    Simulator::Run();
    Time last;
    for (const Flow& flow : m_flows)
    {
        last = std::max({last, flow.client->GetLastProgress(), flow.server->GetLastProgress()});
    }
    for (const auto& flow : m_datagramFlows)
    {
        last = std::max(last, flow->GetLastProgress());
    }
    if (m_ending == Ending::QUIET && last > Seconds(MOST_SECONDS - STUCK_SECONDS))
    {
        m_ending = Ending::LATE;
    }
}

void
World::CutOff(Ending ending)
{
    m_ending = ending;
    Simulator::Stop();
}

void
World::FrameCame()
{
    if (++m_frames == MOST_FRAMES)
    {
        CutOff(Ending::FRAMES);
    }
}

// -- Building --

void
World::Configure()
{
    RngSeedManager::SetSeed(m_d.seed);
    bool real = m_variant != Variant::ACCOUNTING;
    GlobalValue::Bind("ChecksumEnabled", BooleanValue(real));
    // what ns-3 forgets is not what is tested; where it does its share in a run beside stock, the
    // departure that is counted says so
    Config::SetDefault("ns3::PayloadCacheTcpSocket::SendForgottenFin", BooleanValue(true));
    for (const auto& [name, value] : m_d.defaults)
    {
        Config::SetDefault("ns3::" + name, StringValue(value));
    }
}

NetDeviceContainer
World::MakeLink(Ptr<Node> a, Ptr<Node> b, const std::string& rate)
{
    PointToPointHelper link;
    link.SetDeviceAttribute("DataRate", StringValue(rate));
    link.SetDeviceAttribute("Mtu", UintegerValue(m_d.mtu));
    link.SetChannelAttribute("Delay", StringValue(m_d.delay));
    return link.Install(a, b);
}

void
World::MakeWires()
{
    auto hosts = static_cast<uint32_t>(m_d.hosts.size());
    m_nodes.Create(hosts + (m_d.topology == "star" ? 1 : 0));
    if (m_d.topology == "lan")
    {
        CsmaHelper lan;
        lan.SetChannelAttribute("DataRate", StringValue(m_d.rate));
        lan.SetChannelAttribute("Delay", StringValue(m_d.delay));
        lan.SetDeviceAttribute("Mtu", UintegerValue(m_d.mtu));
        m_networks.push_back(lan.Install(m_nodes));
    }
    for (uint32_t i = 0; m_d.topology == "star" && i < hosts; i++)
    {
        bool slow = i == hosts - 1 && !m_d.bottleneck.empty();
        m_networks.push_back(
            MakeLink(m_nodes.Get(i), m_nodes.Get(hosts), slow ? m_d.bottleneck : m_d.rate));
    }
    for (uint32_t i = 0; m_d.topology == "point-to-point" && i < m_d.links; i++)
    {
        m_networks.push_back(MakeLink(m_nodes.Get(0), m_nodes.Get(1), m_d.rate));
    }
    for (const NetDeviceContainer& wires : m_networks)
    {
        for (uint32_t i = 0; i < wires.GetN(); i++)
        {
            WatchWire(wires.Get(i));
        }
    }
}

void
World::WatchWire(Ptr<NetDevice> wire)
{
    uint32_t number = m_wires++;
    const char* sniffer = m_d.topology == "lan" ? "Sniffer" : "PromiscSniffer";
    wire->TraceConnectWithoutContext(sniffer,
                                     MakeCallback(&WireDigest::Frame, &m_digest).Bind(number));
    wire->TraceConnectWithoutContext(sniffer,
                                     MakeCallback(&WireDigest::Shape, &m_shape).Bind(number));
    // Once on its way: two flips of a segment may be one that TCP's checksum does not see.
    Faults mine = m_d.faults;
    mine.corrupt = wire->GetNode()->GetId() < m_d.hosts.size() ? mine.corrupt : 0;
    auto faults = CreateObject<WireFaults>(
        mine, wire, m_d.seed * 1000 + number, FindsDamage(m_d), [this] { FrameCame(); });
    wire->SetAttribute("ReceiveErrorModel", PointerValue(faults));
    for (const char* drop : {"MacTxDrop", "PhyRxDrop"})
    {
        wire->TraceConnectWithoutContext(
            drop, Callback<void, Ptr<const Packet>>([this](auto) { m_drops++; }));
    }
}

const HostPlan&
World::PlanOf(const Card& card) const
{
    return card.host < 0 ? m_d.router : m_d.hosts[card.host];
}

bool
World::IsOurs(uint32_t host) const
{
    return m_variant != Variant::STOCK && m_d.hosts[host].path != "stock";
}

void
World::MakeCards()
{
    for (NetDeviceContainer& wires : m_networks)
    {
        NetDeviceContainer devices;
        for (uint32_t i = 0; i < wires.GetN(); i++)
        {
            devices.Add(MakeCard(wires.Get(i)));
        }
        wires = devices;
    }
}

namespace
{

/** Sets what a plan says of a helper's hosts, cards and paths. */
void
Prepare(PayloadCacheHelper& helper, const HostPlan& plan, bool bytes)
{
    helper.SetPath(plan.path);
    if (!plan.profile.empty())
    {
        helper.SetProfile(std::string(PCACHE_PROFILES) + "/" + plan.profile + ".txt");
    }
    for (int line = 0; plan.profile.empty() && line < PC_COST_COUNT; line++)
    {
        const pc_cost_info* info = pc_cost_describe(static_cast<pc_cost_line>(line));
        bool perByte = std::string(info->unit) == "cycles/byte";
        helper.SetHostAttribute(info->name,
                                DoubleValue(perByte ? plan.cyclesPerByte : plan.cycles));
    }
    helper.SetCardAttribute("HoldBytes", BooleanValue(bytes));
    for (const auto& [name, value] : plan.attributes)
    {
        std::size_t colons = name.rfind("::");
        std::string owner = name.substr(0, colons);
        std::string attribute = name.substr(colons + 2);
        if (owner == "HostModel")
        {
            helper.SetHostAttribute(attribute, StringValue(value));
        }
        else if (owner == "PayloadCacheNetDevice")
        {
            helper.SetCardAttribute(attribute, StringValue(value));
        }
        else
        {
            helper.SetPathAttribute(attribute, StringValue(value));
        }
    }
}

} // namespace

Ptr<NetDevice>
World::MakeCard(Ptr<NetDevice> wire)
{
    uint32_t node = wire->GetNode()->GetId();
    auto card = std::make_unique<Card>();
    card->host = node < m_d.hosts.size() ? static_cast<int>(node) : -1;
    const HostPlan& plan = PlanOf(*card);
    if (m_variant == Variant::STOCK || plan.path == "stock")
    {
        return wire;
    }
    card->name = (card->host < 0 ? "router" : "host " + std::to_string(node)) + " card " +
                 std::to_string(m_cards.size());
    PayloadCacheHelper helper;
    Prepare(helper, plan, m_variant == Variant::BYTES);
    card->device =
        DynamicCast<PayloadCacheNetDevice>(helper.Install(NetDeviceContainer(wire)).Get(0));
    card->device->TraceConnectWithoutContext("CardRamAlloc",
                                             MakeCallback(&World::RamTaken, this).Bind(card.get()));
    card->device->TraceConnectWithoutContext("CardRamRelease",
                                             MakeCallback(&World::RamGiven, this).Bind(card.get()));
    card->device->TraceConnectWithoutContext(
        "MacTx", MakeCallback(&World::CountControl).Bind(&card->controlSent));
    card->device->TraceConnectWithoutContext(
        "MacRx", MakeCallback(&World::CountControl).Bind(&card->controlReceived));
    m_cards.push_back(std::move(card));
    return m_cards.back()->device;
}

void
World::CountControl(uint64_t* bytes, Ptr<const Packet> packet)
{
    uint8_t header[20] = {}; // of IPv4 (RFC 791), and half of IPv6's (RFC 8200)
    packet->CopyData(header, sizeof(header));
    if (header[0] >> 4 == 6 && header[6] == Icmpv6L4Protocol::PROT_NUMBER)
    {
        *bytes += packet->GetSize() - 2 * sizeof(header);
    }
    if (header[0] >> 4 == 4 && header[9] == Icmpv4L4Protocol::PROT_NUMBER)
    {
        *bytes += packet->GetSize() - sizeof(header);
    }
}

void
World::Compare(RamLedger& ledger, uint64_t held)
{
    ledger.disagreed = ledger.disagreed || ledger.taken - ledger.given != held;
}

void
World::RamTaken(Card* card, bool transmit, uint64_t bytes, uint64_t held)
{
    RamLedger& ledger = card->ledgers[transmit ? PC_RAM_TX : PC_RAM_RX];
    ledger.taken += bytes;
    Compare(ledger, held);
}

void
World::RamGiven(Card* card, bool transmit, uint64_t bytes, uint64_t held)
{
    RamLedger& ledger = card->ledgers[transmit ? PC_RAM_TX : PC_RAM_RX];
    ledger.given += bytes;
    Compare(ledger, held);
}

void
World::MakeInternet()
{
    InternetStackHelper internet;
    internet.Install(m_nodes);
    for (uint32_t i = 0; i < m_networks.size(); i++)
    {
        GiveAddresses(m_networks[i], i);
        if (!m_d.queueDiscs)
        {
            TrafficControlHelper().Uninstall(m_networks[i]); // the address helper installs them
        }
    }
}

void
World::GiveAddresses(const NetDeviceContainer& devices, uint32_t network)
{
    std::string number = std::to_string(network + 1);
    bool star = m_d.topology == "star";
    auto hosts = static_cast<uint32_t>(m_d.hosts.size());
    if (m_d.ipv6)
    {
        Ipv6AddressHelper addresses(Ipv6Address(("2001:" + number + "::").c_str()), Ipv6Prefix(64));
        Ipv6InterfaceContainer interfaces = addresses.Assign(devices);
        if (star)
        {
            interfaces.SetForwarding(1, true);
            interfaces.SetDefaultRoute(0, 1);
        }
        for (uint32_t i = 0; i < devices.GetN(); i++)
        {
            m_addresses[devices.Get(i)->GetNode()->GetId()].push_back(interfaces.GetAddress(i, 1));
        }
        return;
    }
    Ipv4AddressHelper addresses(("10." + number + ".0.0").c_str(), "255.255.0.0");
    Ipv4InterfaceContainer interfaces = addresses.Assign(devices);
    for (uint32_t i = 0; i < devices.GetN(); i++)
    {
        m_addresses[devices.Get(i)->GetNode()->GetId()].push_back(interfaces.GetAddress(i));
    }
    if (star && network < hosts)
    {
        Ipv4StaticRoutingHelper()
            .GetStaticRouting(m_nodes.Get(network)->GetObject<Ipv4>())
            ->SetDefaultRoute(interfaces.GetAddress(1), 1);
    }
}

// -- Flows --

Ptr<Socket>
World::MakeSocket(uint32_t host, const std::string& protocol) const
{
    std::string factory =
        "ns3::" + (IsOurs(host) ? "PayloadCache" + protocol : protocol) + "SocketFactory";
    return Socket::CreateSocket(m_nodes.Get(host), TypeId::LookupByName(factory));
}

Address
World::RemoteOf(const FlowPlan& flow, uint16_t port) const
{
    const Address& address = m_addresses.at(flow.to).at(flow.link);
    if (m_d.ipv6)
    {
        return Inet6SocketAddress(Ipv6Address::ConvertFrom(address), port);
    }
    return InetSocketAddress(Ipv4Address::ConvertFrom(address), port);
}

void
World::MakeFlows()
{
    for (std::size_t i = 0; i < m_d.flows.size(); i++)
    {
        const FlowPlan& plan = m_d.flows[i];
        auto number = static_cast<uint32_t>(i);
        bool pattern = m_variant != Variant::ACCOUNTING;
        EndPlan client{
            false, pattern, plan.bytes, 2 * number, 2 * number + 1, plan.writeSize, plan.readSize};
        EndPlan server{
            true, pattern, plan.back, 2 * number + 1, 2 * number, plan.writeSize, plan.readSize};
        m_flows.push_back({&plan, std::make_unique<End>(client), std::make_unique<End>(server)});
        auto port = static_cast<uint16_t>(FIRST_PORT + i);
        Ptr<Socket> listener = MakeSocket(plan.to, "Tcp");
        m_d.ipv6 ? listener->Bind(Inet6SocketAddress(Ipv6Address::GetAny(), port))
                 : listener->Bind(InetSocketAddress(Ipv4Address::GetAny(), port));
        listener->Listen();
        listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                    MakeCallback(&End::Accepted, m_flows[i].server.get()));
        m_listeners.push_back(listener);
        // IPv6 looks for duplicates of its addresses for a second before it uses them
        double first = m_d.ipv6 ? 2 : 0;
        Simulator::Schedule(Seconds(first + plan.start), &World::Connect, this, i);
        for (const Act& act : plan.acts)
        {
            End* end = act.server ? m_flows[i].server.get() : m_flows[i].client.get();
            if (act.what == "unlisten")
            {
                Simulator::Schedule(Seconds(first + plan.start + act.at),
                                    [listener] { listener->Close(); });
                continue;
            }
            Simulator::Schedule(Seconds(first + plan.start + act.at), &End::Do, end, act.what);
        }
    }
}

void
World::Connect(std::size_t flow)
{
    const FlowPlan& plan = m_d.flows[flow];
    m_flows[flow].client->Connect(MakeSocket(plan.from, "Tcp"),
                                  RemoteOf(plan, static_cast<uint16_t>(FIRST_PORT + flow)));
}

// -- Datagrams --

Ptr<NetDevice>
World::DeviceOf(uint32_t host, uint32_t link) const
{
    bool star = m_d.topology == "star";
    return star ? m_networks[host].Get(0) : m_networks[link].Get(host);
}

Address
World::RemoteOf(const DatagramPlan& plan, uint16_t port) const
{
    if (m_d.ipv6)
    {
        const Address& host = m_addresses.at(plan.to[0]).at(plan.link);
        // to all of the link (RFC 4291): ns-3 has it received without more ado
        return Inet6SocketAddress(
            plan.multicast ? Ipv6Address("ff02::1") : Ipv6Address::ConvertFrom(host), port);
    }
    const Address& host = m_addresses.at(plan.to[0]).at(plan.link);
    return InetSocketAddress(
        plan.multicast ? Ipv4Address("224.0.0.77") : Ipv4Address::ConvertFrom(host), port);
}

void
World::MakeDatagramFlows()
{
    double first = m_d.ipv6 ? 2 : 0; // as of connections
    for (std::size_t i = 0; i < m_d.datagrams.size(); i++)
    {
        const DatagramPlan& plan = m_d.datagrams[i];
        m_datagramFlows.push_back(std::make_unique<DatagramFlow>(
            plan, static_cast<uint32_t>(i), m_variant != Variant::ACCOUNTING));
        auto port = static_cast<uint16_t>(FIRST_PORT + i);
        for (uint32_t host : plan.to)
        {
            for (uint32_t k = 0; k < plan.readers; k++)
            {
                Ptr<Socket> socket = MakeSocket(host, "Udp");
                socket->SetAttributeFailSafe("ShareAddress", BooleanValue(plan.readers > 1));
                m_d.ipv6 ? socket->Bind(Inet6SocketAddress(Ipv6Address::GetAny(), port))
                         : socket->Bind(InetSocketAddress(Ipv4Address::GetAny(), port));
                m_datagramFlows[i]->AddReader(host, socket);
            }
        }
        Simulator::Schedule(Seconds(first + plan.start), &World::BeginDatagrams, this, i);
        for (const Act& act : plan.acts)
        {
            Simulator::Schedule(Seconds(first + plan.start + act.at),
                                &DatagramFlow::Do,
                                m_datagramFlows[i].get(),
                                act);
        }
    }
}

void
World::BeginDatagrams(std::size_t flow)
{
    const DatagramPlan& plan = m_d.datagrams[flow];
    Ptr<Socket> socket = MakeSocket(plan.from, "Udp");
    m_d.ipv6 ? socket->Bind6() : socket->Bind();
    if (plan.multicast)
    {
        socket->BindToNetDevice(DeviceOf(plan.from, plan.link));
    }
    m_datagramFlows[flow]->Begin(socket, RemoteOf(plan, static_cast<uint16_t>(FIRST_PORT + flow)));
}

void
World::WatchDrops()
{
    for (uint32_t i = 0; i < m_nodes.GetN(); i++)
    {
        Ptr<Node> node = m_nodes.Get(i);
        Ptr<TrafficControlLayer> control = node->GetObject<TrafficControlLayer>();
        control->TraceConnectWithoutContext(
            "TcDrop", Callback<void, Ptr<const Packet>>([this](auto) { m_drops++; }));
        for (uint32_t j = 0; j < node->GetNDevices(); j++)
        {
            if (Ptr<QueueDisc> disc = control->GetRootQueueDiscOnDevice(node->GetDevice(j)))
            {
                disc->TraceConnectWithoutContext(
                    "Drop", Callback<void, Ptr<const QueueDiscItem>>([this](auto) { m_drops++; }));
            }
        }
        node->GetObject<Ipv4L3Protocol>()->TraceConnectWithoutContext(
            "Drop",
            Callback<void,
                     const Ipv4Header&,
                     Ptr<const Packet>,
                     Ipv4L3Protocol::DropReason,
                     Ptr<Ipv4>,
                     uint32_t>([this](auto&&...) { m_drops++; }));
        node->GetObject<Ipv6L3Protocol>()->TraceConnectWithoutContext(
            "Drop",
            Callback<void,
                     const Ipv6Header&,
                     Ptr<const Packet>,
                     Ipv6L3Protocol::DropReason,
                     Ptr<Ipv6>,
                     uint32_t>([this](auto&&...) { m_drops++; }));
    }
}

// -- Afterwards --

const Description&
World::GetDescription() const
{
    return m_d;
}

Variant
World::GetVariant() const
{
    return m_variant;
}

const std::vector<Flow>&
World::GetFlows() const
{
    return m_flows;
}

const std::vector<std::unique_ptr<Card>>&
World::GetCards() const
{
    return m_cards;
}

const std::vector<std::unique_ptr<DatagramFlow>>&
World::GetDatagramFlows() const
{
    return m_datagramFlows;
}

uint64_t
World::GetDrops() const
{
    return m_drops;
}

World::Ending
World::GetEnding() const
{
    return m_ending;
}

const WireDigest&
World::GetDigest() const
{
    return m_digest;
}

const WireDigest&
World::GetShape() const
{
    return m_shape;
}

} // namespace randomtest
