// Ten thousand connections that open and close in turn leave nothing behind: no card RAM held, no
// socket in its host's table, and no more memory than ns-3's own sockets leave.

#include "pattern.h"
#include "payload-cache-helper.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/double.h"
#include "ns3/global-value.h"
#include "ns3/inet-socket-address.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/simulator.h"
#include "ns3/socket.h"
#include "ns3/string.h"
#include "ns3/test.h"

#include <malloc.h>

using namespace ns3;

namespace
{

constexpr uint32_t CONNECTIONS = 10000;
constexpr uint32_t SETTLED = 2000; // connections, by when tables and pools have their size
constexpr uint32_t BYTES = 5000;   // that a connection carries: some segments, no whole granules
constexpr uint32_t RESET_EACH = 7; // of so many connections one is closed with data unread
// Connections begin so far apart. One takes some ms, and TIME_WAIT as long as is set below.
const Time APART = MilliSeconds(20);
constexpr double SEGMENT_LIFETIME_S = 0.002;
// A connection may leave so much more than stock's does, bytes: chosen, less than any object takes
// from the allocator.
constexpr double LEFT_BYTES = 8;

/** \return bytes that the process has from its allocator */
double
AllocatedBytes()
{
    return static_cast<double>(mallinfo2().uordblks);
}

/** Connections one after the other between two hosts. */
class Connections
{
  public:
    /** \param data "stock", "accounting" or "bytes" */
    explicit Connections(const std::string& data)
        : m_stock(data == "stock"),
          m_factory(TypeId::LookupByName(m_stock ? "ns3::TcpSocketFactory"
                                                 : "ns3::PayloadCacheTcpSocketFactory"))
    {
        PointToPointHelper link;
        link.SetDeviceAttribute("DataRate", StringValue("100Mbps"));
        link.SetChannelAttribute("Delay", StringValue("100us"));
        m_nodes.Create(2);
        NetDeviceContainer wires = link.Install(m_nodes);
        PayloadCacheHelper helper;
        helper.SetPath("payload-cache");
        helper.SetCardAttribute("HoldBytes", BooleanValue(data == "bytes"));
        helper.SetHostAttribute("SystemCall", DoubleValue(1000));
        helper.SetHostAttribute("TcpRxData", DoubleValue(1000));
        m_cards = m_stock ? NetDeviceContainer() : helper.Install(wires);
        InternetStackHelper().Install(m_nodes);
        Ipv4InterfaceContainer interfaces =
            Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(m_stock ? wires : m_cards);
        m_to = InetSocketAddress(interfaces.GetAddress(1), 5001);
        m_listener = Socket::CreateSocket(m_nodes.Get(1), m_factory);
        m_listener->Bind(InetSocketAddress(Ipv4Address::GetAny(), 5001));
        m_listener->Listen();
        m_listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                      MakeCallback(&Connections::Accepted, this));
    }

    /** Runs all of them. */
    void Run()
    {
        Simulator::ScheduleNow(&Connections::Next, this);
        Simulator::Stop(APART * (CONNECTIONS + 1));
        Simulator::Run();
    }

    /** \return bytes that each connection left, after the first SETTLED */
    double BytesLeft() const
    {
        return (m_atEnd - m_atSettled) / (CONNECTIONS - SETTLED);
    }

    uint32_t faults{0}; //!< connections that carried too little, or left something
    uint64_t wrong{0};  //!< bytes that were not those written

  private:
    /** The one before is over: there is nothing left of it, and the next one begins. */
    void Next()
    {
        m_client = nullptr;
        m_server = nullptr;
        faults += m_begun > 0 && !IsClean();
        ForgetLatencies();
        (m_begun < SETTLED + 1 ? m_atSettled : m_atEnd) = AllocatedBytes();
        if (m_begun == CONNECTIONS)
        {
            return;
        }
        m_begun++;
        m_read = 0;
        m_client = Socket::CreateSocket(m_nodes.Get(0), m_factory);
        m_client->Bind();
        m_client->SetConnectCallback(MakeCallback(&Connections::Connected, this),
                                     MakeNullCallback<void, Ptr<Socket>>());
        m_client->Connect(m_to);
        Simulator::Schedule(APART, &Connections::Next, this);
    }

    /** A host keeps the times of all calls, for their percentiles, until it is told to begin anew. */
    void ForgetLatencies()
    {
        for (uint32_t i = 0; i < m_cards.GetN(); i++)
        {
            DynamicCast<PayloadCacheNetDevice>(m_cards.Get(i))->GetHost()->ResetStatistics();
        }
    }

    bool Resets() const
    {
        return m_begun % RESET_EACH == 0;
    }

    bool IsClean() const
    {
        bool clean = m_read == (Resets() ? 0 : BYTES);
        for (uint32_t i = 0; i < m_cards.GetN(); i++)
        {
            auto card = DynamicCast<PayloadCacheNetDevice>(m_cards.Get(i));
            clean = clean && card->GetRamStatistics(PC_RAM_TX).held == 0 &&
                    card->GetRamStatistics(PC_RAM_RX).held == 0 &&
                    card->GetHost()->Sockets().GetCount() == i; // the listener on the second
        }
        return clean;
    }

    void Connected(Ptr<Socket> socket)
    {
        socket->Send(MakePatternPacket(m_begun, 0, BYTES));
        socket->Close();
    }

    void Accepted(Ptr<Socket> socket, const Address& /* from */)
    {
        m_server = socket;
        socket->SetRecvCallback(MakeCallback(&Connections::Readable, this));
        socket->SetCloseCallbacks(MakeCallback(&Connections::Closed, this),
                                  MakeNullCallback<void, Ptr<Socket>>());
    }

    void Readable(Ptr<Socket> socket)
    {
        if (Resets())
        {
            socket->Close(); // with data unread
            return;
        }
        while (Ptr<Packet> packet = socket->Recv())
        {
            if (packet->GetSize() == 0)
            {
                break;
            }
            wrong += CountWrongBytes(m_begun, m_read, packet);
            m_read += packet->GetSize();
        }
    }

    void Closed(Ptr<Socket> socket)
    {
        socket->Close();
    }

    bool m_stock;               //!< ns-3's own sockets and devices
    TypeId m_factory;           //!< of sockets
    NodeContainer m_nodes;      //!< client, server
    NetDeviceContainer m_cards; //!< theirs; none in stock
    Address m_to;               //!< where the server listens
    Ptr<Socket> m_listener;     //!< the server's
    Ptr<Socket> m_client;       //!< of this connection
    Ptr<Socket> m_server;       //!< of this connection
    uint32_t m_begun{0};        //!< connections
    uint32_t m_read{0};         //!< bytes of this connection
    double m_atSettled{0};      //!< allocated before connection SETTLED + 1
    double m_atEnd{0};          //!< allocated behind the last one
};

/** Ours leave nothing that ns-3's own do not. */
class ConnectionsTestCase : public TestCase
{
  public:
    explicit ConnectionsTestCase(const std::string& data)
        : TestCase("10,000 connections, " + data),
          m_data(data)
    {
    }

  private:
    void DoRun() override
    {
        double stock = Try("stock");
        double ours = Try(m_data);
        NS_TEST_EXPECT_MSG_LT_OR_EQ(ours, stock + LEFT_BYTES, "bytes left by a connection");
    }

    /** \return bytes left by a connection */
    double Try(const std::string& data)
    {
        Config::SetDefault("ns3::TcpSocketBase::MaxSegLifetime", DoubleValue(SEGMENT_LIFETIME_S));
        GlobalValue::Bind("ChecksumEnabled", BooleanValue(true));
        Connections connections(data);
        connections.Run();
        NS_TEST_EXPECT_MSG_EQ(connections.faults, 0, "unclean ends, " << data);
        NS_TEST_EXPECT_MSG_EQ(connections.wrong, 0, "wrong bytes, " << data);
        Simulator::Destroy();
        GlobalValue::Bind("ChecksumEnabled", BooleanValue(false));
        Config::Reset();
        return connections.BytesLeft();
    }

    std::string m_data; //!< how the data is carried
};

/** Both ways to carry data. */
class ConnectionsTestSuite : public TestSuite
{
  public:
    ConnectionsTestSuite()
        : TestSuite("payload-cache-connections", SYSTEM)
    {
        // under sanitizers, which run the quick ones, each takes minutes
        AddTestCase(new ConnectionsTestCase("accounting"), TestCase::EXTENSIVE);
        AddTestCase(new ConnectionsTestCase("bytes"), TestCase::QUICK);
    }
};

ConnectionsTestSuite g_connectionsTestSuite; //!< registers itself

} // namespace
