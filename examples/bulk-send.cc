// Two hosts, a slow link, and a bulk sender that writes as fast as its socket takes it: the
// scenario of ns-3's tcp-bulk-send. The four lines that put cards into it are marked (1) to (4);
// --stock=on leaves (2) to (4) out, and on these hosts, which cost nothing, the wire carries the
// same.
//
//   n0 ---- 500 kb/s, 5 ms ---- n1        n0 sends to n1
//
// To run it: cmake -B build && cmake --build build -t bulk-send && build/bin/bulk-send --help

#include "files.h"
#include "options.h"
#include "payload-cache-helper.h" // (1)

#include "ns3/applications-module.h"
#include "ns3/core-module.h"
#include "ns3/internet-module.h"
#include "ns3/network-module.h"
#include "ns3/point-to-point-module.h"

#include <iostream>

using namespace ns3;

int
main(int argc, char* argv[])
{
    bool stock = false;
    uint64_t bytes = 0;
    std::string pcap;
    scenario::Options options("bulk-send", "one bulk sender over one slow link, for 10 s.");
    options.AddSwitch("stock", stock, "without cards");
    options.Add("bytes", bytes, "bytes to send; 0 for as many as 10 s take", 0, UINT64_C(1) << 40);
    options.Add("pcap", pcap, "prefix of the capture files of both ends; none without it");
    options.Parse(argc, argv);

    NodeContainer nodes(2);
    PointToPointHelper link;
    link.SetDeviceAttribute("DataRate", StringValue("500kbps"));
    link.SetChannelAttribute("Delay", StringValue("5ms"));
    NetDeviceContainer wires = link.Install(nodes);
    if (!pcap.empty())
    {
        scenario::CheckCaptures(pcap, wires);
        link.EnablePcap(pcap, wires);
    }

    NetDeviceContainer devices = stock ? wires : PayloadCacheHelper().Install(wires); // (2)
    std::string tcp = stock ? "ns3::TcpSocketFactory" : "ns3::PayloadCacheTcpSocketFactory";

    InternetStackHelper().Install(nodes);
    Ipv4InterfaceContainer hosts = Ipv4AddressHelper("10.1.1.0", "255.255.255.0").Assign(devices);

    InetSocketAddress address(hosts.GetAddress(1), 9);
    BulkSendHelper source(tcp, address); // (3)
    source.SetAttribute("MaxBytes", UintegerValue(bytes));
    source.Install(nodes.Get(0));
    PacketSinkHelper sink(tcp, address); // (4)
    ApplicationContainer sinks = sink.Install(nodes.Get(1));

    Simulator::Stop(Seconds(10));
    Simulator::Run();
    std::cout << "bytes received: " << DynamicCast<PacketSink>(sinks.Get(0))->GetTotalRx() << "\n";
    Simulator::Destroy();
    return 0;
}
