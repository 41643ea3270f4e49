// A program that writes by itself, without an Application: it keeps its socket's send buffer full
// until 2,000,000 bytes are in it, and closes; a router lies between. The scenario of ns-3's
// tcp-large-transfer. The four lines that put cards into it are marked (1) to (4); --stock=on
// leaves (2) to (4) out, and on these hosts, which cost nothing, the wires carry the same.
//
//   n0 --- 10 Mb/s, 10 ms --- n1 --- 10 Mb/s, 10 ms --- n2        n0 sends to n2
//
// To run it: cmake -B build && cmake --build build -t large-transfer && build/bin/large-transfer --help

#include "files.h"
#include "options.h"
#include "payload-cache-helper.h" // (1)

#include "ns3/applications-module.h"
#include "ns3/core-module.h"
#include "ns3/internet-module.h"
#include "ns3/network-module.h"
#include "ns3/point-to-point-module.h"

#include <algorithm>
#include <iostream>
#include <vector>

using namespace ns3;

namespace
{

/// \return the letter at a place of the stream: the alphabet, over and over
uint8_t
Letter(uint64_t place)
{
    return 'a' + place % 26;
}

/** Writes the alphabet into a socket. */
class Writer
{
  public:
    Writer(Ptr<Socket> socket, uint64_t bytes)
        : m_socket(socket),
          m_bytes(bytes)
    {
    }

    void Start(Address to)
    {
        m_socket->Connect(to);
        m_socket->SetSendCallback(MakeCallback(&Writer::Fill, this));
        Fill(m_socket, m_socket->GetTxAvailable());
    }

  private:
    /** Writes until the socket takes no more; it calls again when it does. */
    void Fill(Ptr<Socket> /* socket */, uint32_t /* room */)
    {
        constexpr uint64_t mostAWrite = 1040;
        while (m_written < m_bytes && m_socket->GetTxAvailable() > 0)
        {
            std::vector<uint8_t> data(
                std::min({mostAWrite, m_bytes - m_written, uint64_t(m_socket->GetTxAvailable())}));
            for (std::size_t i = 0; i < data.size(); i++)
            {
                data[i] = Letter(m_written + i);
            }
            int taken = m_socket->Send(data.data(), data.size(), 0);
            if (taken < 0)
            {
                return;
            }
            m_written += taken;
        }
        if (m_written == m_bytes && !m_closed)
        {
            m_closed = true;
            m_socket->Close();
        }
    }

    Ptr<Socket> m_socket;  //!< what it writes into
    uint64_t m_bytes;      //!< how many it writes
    uint64_t m_written{0}; //!< how many it has written
    bool m_closed{false};  //!< it has closed
};

/** Compares what a sink reads. */
struct Reader
{
    uint64_t read{0};  //!< bytes read
    uint64_t wrong{0}; //!< bytes that are not the letter of their place

    void Read(Ptr<const Packet> packet, const Address& /* from */)
    {
        std::vector<uint8_t> data(packet->GetSize());
        packet->CopyData(data.data(), data.size());
        for (uint8_t byte : data)
        {
            wrong += byte == Letter(read++) ? 0 : 1;
        }
    }
};

} // namespace

int
main(int argc, char* argv[])
{
    bool stock = false;
    uint64_t bytes = 2000000;
    std::string pcap;
    scenario::Options options("large-transfer", "a program that writes by itself, over a router.");
    options.AddSwitch("stock", stock, "without cards");
    options.Add("bytes", bytes, "bytes to send", 1, 1000000000); // in 1000 s
    options.Add("pcap", pcap, "prefix of the capture files of all wires; none without it");
    options.Parse(argc, argv);

    NodeContainer nodes(3);
    PointToPointHelper link;
    link.SetDeviceAttribute("DataRate", StringValue("10Mbps"));
    link.SetChannelAttribute("Delay", StringValue("10ms"));
    NetDeviceContainer wires = link.Install(nodes.Get(0), nodes.Get(1));
    wires.Add(link.Install(nodes.Get(1), nodes.Get(2)));
    if (!pcap.empty())
    {
        scenario::CheckCaptures(pcap, wires);
        link.EnablePcap(pcap, wires);
    }

    NetDeviceContainer devices = stock ? wires : PayloadCacheHelper().Install(wires); // (2)
    std::string tcp = stock ? "ns3::TcpSocketFactory" : "ns3::PayloadCacheTcpSocketFactory";

    InternetStackHelper().Install(nodes);
    Ipv4AddressHelper addresses("10.1.1.0", "255.255.255.0");
    addresses.Assign(NetDeviceContainer(devices.Get(0), devices.Get(1)));
    addresses.NewNetwork();
    Ipv4InterfaceContainer ends =
        addresses.Assign(NetDeviceContainer(devices.Get(2), devices.Get(3)));
    Ipv4GlobalRoutingHelper::PopulateRoutingTables();

    InetSocketAddress address(ends.GetAddress(1), 50000);
    PacketSinkHelper sink(tcp, address); // (3)
    ApplicationContainer sinks = sink.Install(nodes.Get(2));
    Reader reader;
    sinks.Get(0)->TraceConnectWithoutContext("Rx", MakeCallback(&Reader::Read, &reader));
    Ptr<Socket> socket = Socket::CreateSocket(nodes.Get(0), TypeId::LookupByName(tcp)); // (4)
    Writer writer(socket, bytes);
    Simulator::ScheduleNow(&Writer::Start, &writer, Address(address));

    Simulator::Stop(Seconds(1000));
    Simulator::Run();
    std::cout << "bytes received: " << reader.read << ", of them out of place: " << reader.wrong
              << "\n";
    Simulator::Destroy();
    return 0;
}
