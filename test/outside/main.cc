// Two hosts with cards, one flow: all that a program with the installed package needs.

#include "payload-cache-helper.h"

#include "ns3/applications-module.h"
#include "ns3/internet-module.h"
#include "ns3/point-to-point-module.h"

#include <iostream>

using namespace ns3;

int
main()
{
    NodeContainer nodes(2);
    PayloadCacheHelper cards;
    cards.SetProfile(PROFILES "/piii750-starfire-2001.txt");
    NetDeviceContainer devices = cards.Install(PointToPointHelper().Install(nodes));
    InternetStackHelper().Install(nodes);
    Ipv4AddressHelper("10.1.1.0", "255.255.255.0").Assign(devices);

    InetSocketAddress address("10.1.1.2", 9);
    BulkSendHelper source("ns3::PayloadCacheTcpSocketFactory", address);
    source.SetAttribute("MaxBytes", UintegerValue(10000));
    source.Install(nodes.Get(0));
    ApplicationContainer sinks =
        PacketSinkHelper("ns3::PayloadCacheTcpSocketFactory", address).Install(nodes.Get(1));
    Simulator::Stop(Seconds(10));
    Simulator::Run();
    auto sender = nodes.Get(0)->GetObject<HostModel>();
    std::cout << DynamicCast<PacketSink>(sinks.Get(0))->GetTotalRx()
              << " bytes arrived; the sender pinned " << sender->GetCount(HostCounter::PAGES_PINNED)
              << " pages\n";
    Simulator::Destroy();
    return 0;
}
