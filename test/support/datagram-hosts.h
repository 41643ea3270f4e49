#ifndef DATAGRAM_HOSTS_H
#define DATAGRAM_HOSTS_H

#include "payload-cache-helper.h"
#include "payload-cache-net-device.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/double.h"
#include "ns3/global-value.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/ipv6-address-helper.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <map>
#include <string>
#include <vector>

namespace ns3
{
namespace datagrams
{

constexpr uint16_t PORT = 5001; //!< of the readers; chosen

/** \ingroup payload-cache-tests \return a datagram's bytes, of a number that stands in the first of them */
inline std::vector<uint8_t>
BytesOf(uint8_t number, uint32_t size)
{
    std::vector<uint8_t> bytes(size);
    for (uint32_t i = 0; i < size; i++)
    {
        bytes[i] = i == 0 ? number : static_cast<uint8_t>(number * 37 + i * 11 + i / 253);
    }
    return bytes;
}

/** \ingroup payload-cache-tests \return true if a packet is the datagram that its first byte names */
inline bool
IsRight(Ptr<const Packet> packet)
{
    std::vector<uint8_t> bytes(packet->GetSize());
    packet->CopyData(bytes.data(), bytes.size());
    return !bytes.empty() && bytes == BytesOf(bytes[0], bytes.size());
}

/** \ingroup payload-cache-tests Two hosts whose every step takes time, with payload caches that hold bytes. */
class TwoHosts : public TestCase
{
  public:
    explicit TwoHosts(const std::string& name, uint32_t size = 4000)
        : TestCase(name),
          m_size(size)
    {
    }

  protected:
    /** What a case does before the run. */
    virtual void Begin() = 0;
    /** What it finds afterwards. */
    virtual void Check() = 0;

    void DoRun() override
    {
        Config::SetDefault("ns3::Icmpv6L4Protocol::DAD", BooleanValue(false));
        GlobalValue::Bind("ChecksumEnabled", BooleanValue(true));
        RngSeedManager::SetSeed(5);
        m_nodes.Create(2);
        m_wires = Connect();
        PayloadCacheHelper helper;
        helper.SetPath("payload-cache");
        helper.SetCardAttribute("HoldBytes", BooleanValue(true));
        if (m_costs)
        {
            SetCosts(helper);
        }
        Configure(helper);
        m_cards = helper.Install(m_wires);
        InternetStackHelper().Install(m_nodes);
        Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(m_cards);
        m_ipv6 = Ipv6AddressHelper("2001:db8::", Ipv6Prefix(64)).Assign(m_cards);
        Begin();
        Simulator::Stop(Seconds(100));
        Simulator::Run();
        for (uint32_t i = 0; i < m_cards.GetN(); i++)
        {
            for (pc_ram_side side : {PC_RAM_TX, PC_RAM_RX})
            {
                uint64_t held = Card(i)->GetRamStatistics(side).held;
                NS_TEST_EXPECT_MSG_EQ(held, 0, "card RAM is held, card " << i);
            }
        }
        NS_TEST_EXPECT_MSG_EQ(m_wrong, 0, "datagrams are not what was written");
        Check();
        m_sockets.clear();
        m_cards = NetDeviceContainer();
        m_wires = NetDeviceContainer();
        m_nodes = NodeContainer();
        Simulator::Destroy();
        GlobalValue::Bind("ChecksumEnabled", BooleanValue(false));
        Config::Reset();
    }

    /** Gives every step of both hosts some time. */
    static void SetCosts(PayloadCacheHelper& helper)
    {
        helper.SetHostAttribute("Frequency", DoubleValue(500e6));
        helper.SetHostAttribute("BusKind", StringValue("Pci"));
        for (const char* line :
             {"SystemCall", "Skbuff", "TcpTxData", "TcpRxData", "DriverTx", "DriverRx", "WakeUp"})
        {
            helper.SetHostAttribute(line, DoubleValue(500)); // chosen: cycles, so that time passes
        }
    }

    /** \return a card: those of the first host are even where there are several wires */
    Ptr<PayloadCacheNetDevice> Card(uint32_t index) const
    {
        return DynamicCast<PayloadCacheNetDevice>(m_cards.Get(index));
    }

    /** \return a counter of a host */
    uint64_t Count(uint32_t host, HostCounter counter) const
    {
        return Card(host)->GetHost()->GetCount(counter);
    }

    /** What a case has other than others, of both hosts. */
    virtual void Configure(PayloadCacheHelper& /* helper */)
    {
    }

    /** \return the wires between the hosts */
    virtual NetDeviceContainer Connect()
    {
        PointToPointHelper link;
        link.SetDeviceAttribute("DataRate", StringValue("100Mbps"));
        link.SetDeviceAttribute("Mtu", UintegerValue(1500));
        link.SetChannelAttribute("Delay", StringValue("20us"));
        return link.Install(m_nodes);
    }

    /** \return a socket of a host, which is kept until the end */
    Ptr<Socket> MakeSocket(uint32_t host)
    {
        auto factory = TypeId::LookupByName("ns3::PayloadCacheUdpSocketFactory");
        m_sockets.push_back(Socket::CreateSocket(m_nodes.Get(host), factory));
        m_sockets.back()->SetAttribute("RcvBufSize", UintegerValue(1 << 22));
        return m_sockets.back();
    }

    /** \return a socket of the second host, bound and reading */
    Ptr<Socket> MakeReader(const Address& local, bool shares = false)
    {
        Ptr<Socket> socket = MakeSocket(1);
        socket->SetAttribute("ShareAddress", BooleanValue(shares));
        NS_TEST_EXPECT_MSG_EQ(socket->Bind(local), 0, "bind");
        socket->SetRecvCallback(MakeCallback(&TwoHosts::Read, this));
        return socket;
    }

    void Read(Ptr<Socket> socket)
    {
        Address from;
        while (Ptr<Packet> packet = socket->RecvFrom(from))
        {
            m_read[socket]++;
            m_wrong += packet->GetSize() != m_size || !IsRight(packet) ? 1 : 0;
            HasRead(socket, packet, from);
        }
    }

    /** A socket has read a datagram. */
    virtual void HasRead(Ptr<Socket> /* socket */, Ptr<Packet> /* packet */, Address /* from */)
    {
    }

    /** Sends \p count datagrams, as the socket takes them. \param to invalid: where it is connected
     */
    void Send(Ptr<Socket> socket, const Address& to, uint32_t count)
    {
        m_left[socket] = count;
        m_to[socket] = to;
        socket->SetSendCallback(MakeCallback(&TwoHosts::MaySend, this));
        Simulator::Schedule(Seconds(0.1), [this, socket] { MaySend(socket, 0); });
    }

    void MaySend(Ptr<Socket> socket, uint32_t /* room */)
    {
        while (m_left[socket] > 0)
        {
            auto bytes = BytesOf(m_left[socket], m_size);
            Ptr<Packet> packet = Create<Packet>(bytes.data(), bytes.size());
            Address to = m_to[socket];
            int sent = to.IsInvalid() ? socket->Send(packet) : socket->SendTo(packet, 0, to);
            if (sent < 0)
            {
                m_refused++;
                return;
            }
            m_left[socket]--;
        }
    }

    /** \return datagrams that are not sent yet */
    uint32_t CountUnsent() const
    {
        uint32_t unsent = 0;
        for (const auto& [socket, left] : m_left)
        {
            unsent += left;
        }
        return unsent;
    }

    uint32_t m_size;                        //!< of datagrams, bytes
    bool m_costs{true};                     //!< hosts and buses take time
    NodeContainer m_nodes;                  //!< the hosts
    NetDeviceContainer m_wires;             //!< between them
    NetDeviceContainer m_cards;             //!< theirs
    Ipv6InterfaceContainer m_ipv6;          //!< addresses
    std::vector<Ptr<Socket>> m_sockets;     //!< all of them
    std::map<Ptr<Socket>, uint32_t> m_read; //!< datagrams that each has read
    std::map<Ptr<Socket>, uint32_t> m_left; //!< datagrams that each is to send
    std::map<Ptr<Socket>, Address> m_to;    //!< where to
    uint32_t m_wrong{0};                    //!< datagrams that are not what was written
    uint32_t m_refused{0};                  //!< times that a send had to wait
};

} // namespace datagrams
} // namespace ns3

#endif
