// An ordinary ns-3 scenario with cards in it: two hosts, two routers and two hosts in a row, global
// routing, captures of all wires, FlowMonitor. The four lines that make it one with cards are
// marked (1) to (4); without them it is a stock scenario.
//
//   n0 --- r2 === r3 --- n4          n0 and n1 send to n4 and n5
//   n1 ---/         \--- n5

#include "options.h"
#include "payload-cache-helper.h" // (1)

#include "ns3/applications-module.h"
#include "ns3/core-module.h"
#include "ns3/flow-monitor-module.h"
#include "ns3/internet-module.h"
#include "ns3/network-module.h"
#include "ns3/point-to-point-module.h"

#include <iomanip>
#include <iostream>

using namespace ns3;

int
main(int argc, char* argv[])
{
    std::string pcap;
    scenario::Options options("routed-network", "a stock scenario with cards in it.");
    options.Add("pcap", pcap, "prefix of the capture files of all wires; none without it");
    options.Parse(argc, argv);

    NodeContainer nodes(6);
    InternetStackHelper internet;
    internet.Install(nodes);

    PointToPointHelper link;
    link.SetDeviceAttribute("DataRate", StringValue("100Mbps"));
    link.SetChannelAttribute("Delay", StringValue("1ms"));
    NetDeviceContainer wires;
    const uint32_t ends[][2] = {{0, 2}, {1, 2}, {2, 3}, {3, 4}, {3, 5}};
    for (const auto& end : ends)
    {
        wires.Add(link.Install(nodes.Get(end[0]), nodes.Get(end[1])));
    }
    if (!pcap.empty())
    {
        link.EnablePcapAll(pcap);
    }

    NetDeviceContainer devices = PayloadCacheHelper().Install(wires); // (2)

    Ipv4AddressHelper addresses("10.1.0.0", "255.255.255.0");
    for (uint32_t i = 0; i < devices.GetN(); i += 2)
    {
        addresses.Assign(NetDeviceContainer(devices.Get(i), devices.Get(i + 1)));
        addresses.NewNetwork();
    }
    Ipv4GlobalRoutingHelper::PopulateRoutingTables();

    ApplicationContainer sinks;
    for (uint32_t i = 0; i < 2; i++)
    {
        Ptr<Node> to = nodes.Get(4 + i);
        InetSocketAddress address(to->GetObject<Ipv4>()->GetAddress(1, 0).GetLocal(), 5000);
        BulkSendHelper source("ns3::PayloadCacheTcpSocketFactory", address); // (3)
        source.SetAttribute("MaxBytes", UintegerValue(2000000));
        source.Install(nodes.Get(i)).Start(Seconds(0.1 * i));
        PacketSinkHelper sink("ns3::PayloadCacheTcpSocketFactory", address); // (4)
        sinks.Add(sink.Install(to));
    }

    FlowMonitorHelper monitors;
    Ptr<FlowMonitor> monitor = monitors.InstallAll();
    Simulator::Stop(Seconds(10));
    Simulator::Run();

    std::cout << "flow  packets sent  received   mean delay, ms\n";
    for (const auto& [id, flow] : monitor->GetFlowStats())
    {
        std::cout << std::setw(4) << id << std::setw(14) << flow.txPackets << std::setw(10)
                  << flow.rxPackets << std::setw(17) << std::fixed << std::setprecision(3)
                  << flow.delaySum.GetSeconds() * 1e3 / flow.rxPackets << "\n";
    }
    uint64_t linearised = 0;
    for (uint32_t i : {2, 3})
    {
        linearised += nodes.Get(i)->GetObject<HostModel>()->GetCount(HostCounter::LINEARISED);
    }
    std::cout << "bytes read by the sinks: "
              << DynamicCast<PacketSink>(sinks.Get(0))->GetTotalRx() << " and "
              << DynamicCast<PacketSink>(sinks.Get(1))->GetTotalRx()
              << "\npayloads that the routers fetched to forward them: " << linearised << "\n";
    Simulator::Destroy();
    return 0;
}
