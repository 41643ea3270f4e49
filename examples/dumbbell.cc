// n senders, two routers, n receivers, and what ns-3 offers to look at them: captures and ascii
// traces of all wires, FlowMonitor, Config::Set and Config::Connect on paths. The four lines that
// put cards into it, the routers' too, are marked (1) to (4); --stock=on leaves (2) to (4) out, and
// on these hosts, which cost nothing, the wires carry the same.
//
//   n0 ---\                            /--- n4
//          n2 ===== 20 Mb/s ===== n3                 (n = 2)         n0 sends to n4, n1 to n5
//   n1 ---/          5 ms              \--- n5
//
// To run it: cmake -B build && cmake --build build -t dumbbell && build/bin/dumbbell --help

#include "files.h"
#include "options.h"
#include "payload-cache-helper.h" // (1)
#include "payload-cache-timeline.h"

#include "ns3/applications-module.h"
#include "ns3/core-module.h"
#include "ns3/flow-monitor-module.h"
#include "ns3/internet-module.h"
#include "ns3/network-module.h"
#include "ns3/point-to-point-module.h"

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <memory>

using namespace ns3;

namespace
{

/** What the command line says. */
struct Parameters
{
    bool stock{false};
    uint64_t pairs{2};
    uint64_t bytes{2000000};
    uint64_t queue{100};
    std::string pcap;
    std::string ascii;
    std::string timeline;
};

Parameters
ReadCommandLine(int argc, char* argv[])
{
    Parameters p;
    scenario::Options options("dumbbell", "n senders and n receivers around one slow link.");
    options.AddSwitch("stock", p.stock, "without cards");
    options.Add("pairs", p.pairs, "senders, and receivers", 1, 100);
    options.Add("bytes", p.bytes, "bytes that each sends", 1, 1000000000);
    options.Add("queue", p.queue, "the longest queue at the slow link's devices", 1, 100000);
    options.Add("pcap", p.pcap, "prefix of the capture files of all wires; none without it");
    options.Add("ascii", p.ascii, "file of the ascii trace of all wires; none without it");
    options.Add("timeline", p.timeline, "file of what hosts and routers do; none without it");
    options.Parse(argc, argv);
    if (!p.timeline.empty() && p.stock)
    {
        scenario::Fail("--timeline shows what hosts with cards do: it cannot stand beside --stock=on");
    }
    return p;
}

/** Joins the nodes. \return the wires, two a link, the slow link's first */
NetDeviceContainer
MakeWires(PointToPointHelper& link, const NodeContainer& nodes, uint32_t pairs)
{
    Ptr<Node> left = nodes.Get(pairs);
    Ptr<Node> right = nodes.Get(pairs + 1);
    link.SetDeviceAttribute("DataRate", StringValue("20Mbps"));
    link.SetChannelAttribute("Delay", StringValue("5ms"));
    NetDeviceContainer wires = link.Install(left, right);
    link.SetDeviceAttribute("DataRate", StringValue("100Mbps"));
    link.SetChannelAttribute("Delay", StringValue("1ms"));
    for (uint32_t i = 0; i < pairs; i++)
    {
        wires.Add(link.Install(nodes.Get(i), left));
        wires.Add(link.Install(right, nodes.Get(pairs + 2 + i)));
    }
    return wires;
}

/** Has what passes the wires written to the files that were asked for. */
void
Capture(PointToPointHelper& link, const NetDeviceContainer& wires, const Parameters& p)
{
    if (!p.pcap.empty())
    {
        scenario::CheckCaptures(p.pcap, wires);
        link.EnablePcap(p.pcap, wires);
    }
    if (!p.ascii.empty())
    {
        scenario::CheckWritable(p.ascii);
        link.EnableAscii(AsciiTraceHelper().CreateFileStream(p.ascii), wires);
    }
}

/** Gives each link a network, and every node its routes. */
void
MakeNetworks(const NetDeviceContainer& devices)
{
    Ipv4AddressHelper addresses("10.1.0.0", "255.255.255.0");
    for (uint32_t i = 0; i < devices.GetN(); i += 2)
    {
        addresses.Assign(NetDeviceContainer(devices.Get(i), devices.Get(i + 1)));
        addresses.NewNetwork();
    }
    Ipv4GlobalRoutingHelper::PopulateRoutingTables();
}

/** What Config::Connect() has been told, by the path that told it. */
std::map<std::string, uint32_t> g_longest;
std::map<std::string, uint64_t> g_read;

void
QueueChanged(std::string path, uint32_t /* from */, uint32_t to)
{
    g_longest[path] = std::max(g_longest[path], to);
}

void
BytesRead(std::string path, Ptr<const Packet> packet, const Address& /* from */)
{
    g_read[path] += packet->GetSize();
}

/** Sets and watches by paths: devices' are those of wires, since cards stand beside them. */
void
Configure(const Parameters& p)
{
    for (uint64_t router : {p.pairs, p.pairs + 1})
    {
        std::string queue = "/NodeList/" + std::to_string(router) +
                            "/DeviceList/0/$ns3::PointToPointNetDevice/TxQueue/";
        Config::Set(queue + "MaxSize", QueueSizeValue(QueueSize(QueueSizeUnit::PACKETS, p.queue)));
        Config::Connect(queue + "PacketsInQueue", MakeCallback(&QueueChanged));
    }
    Config::Connect("/NodeList/*/ApplicationList/*/$ns3::PacketSink/Rx", MakeCallback(&BytesRead));
}

void
PrintFlows(FlowMonitorHelper& monitors)
{
    auto classifier = DynamicCast<Ipv4FlowClassifier>(monitors.GetClassifier());
    std::cout << "flow                    packets sent  received   mean delay, ms\n";
    for (const auto& [id, flow] : monitors.GetMonitor()->GetFlowStats())
    {
        Ipv4FlowClassifier::FiveTuple tuple = classifier->FindFlow(id);
        std::ostringstream ends;
        ends << tuple.sourceAddress << " > " << tuple.destinationAddress;
        double delay = flow.rxPackets ? flow.delaySum.GetSeconds() * 1e3 / flow.rxPackets : 0;
        std::cout << std::left << std::setw(24) << ends.str() << std::right << std::setw(12)
                  << flow.txPackets << std::setw(10) << flow.rxPackets << std::setw(17)
                  << std::fixed << std::setprecision(3) << delay << "\n";
    }
}

/** Prints what the paths have told, and what it cost the cards of routers to forward. */
void
PrintPaths(const NodeContainer& routers)
{
    for (const auto& [path, packets] : g_longest)
    {
        std::cout << path << " " << packets << "\n";
    }
    for (const auto& [path, bytes] : g_read)
    {
        std::cout << path << " " << bytes << "\n";
    }
    for (uint32_t i = 0; i < routers.GetN(); i++)
    {
        auto host = routers.Get(i)->GetObject<HostModel>();
        std::cout << "payloads that router n" << routers.Get(i)->GetId()
                  << " fetched to forward them: "
                  << (host ? host->GetCount(HostCounter::LINEARISED) : 0) << "\n";
    }
}

} // namespace

int
main(int argc, char* argv[])
{
    Parameters p = ReadCommandLine(argc, argv);
    NodeContainer nodes(2 * p.pairs + 2);
    PointToPointHelper link;
    NetDeviceContainer wires = MakeWires(link, nodes, p.pairs);
    Capture(link, wires, p);
    InternetStackHelper().Install(nodes);

    NetDeviceContainer devices = p.stock ? wires : PayloadCacheHelper().Install(wires); // (2)
    std::string tcp = p.stock ? "ns3::TcpSocketFactory" : "ns3::PayloadCacheTcpSocketFactory";

    MakeNetworks(devices);
    for (uint32_t i = 0; i < p.pairs; i++)
    {
        Ptr<Node> to = nodes.Get(p.pairs + 2 + i);
        InetSocketAddress address(to->GetObject<Ipv4>()->GetAddress(1, 0).GetLocal(), 5000);
        BulkSendHelper source(tcp, address); // (3)
        source.SetAttribute("MaxBytes", UintegerValue(p.bytes));
        source.Install(nodes.Get(i)).Start(Seconds(0.1 * i));
        PacketSinkHelper sink(tcp, address); // (4)
        sink.Install(to);
    }
    Configure(p);
    FlowMonitorHelper monitors;
    monitors.InstallAll();

    std::unique_ptr<PayloadCacheTimeline> timeline;
    if (!p.timeline.empty())
    {
        scenario::CheckWritable(p.timeline);
        timeline = std::make_unique<PayloadCacheTimeline>(p.timeline);
        timeline->Install(devices);
    }
    Simulator::Stop(Seconds(1000));
    Simulator::Run();
    if (timeline && !timeline->Finish())
    {
        scenario::Fail(p.timeline + ": cannot be written");
    }
    PrintFlows(monitors);
    PrintPaths(NodeContainer(nodes.Get(p.pairs), nodes.Get(p.pairs + 1)));
    Simulator::Destroy();
    return 0;
}
