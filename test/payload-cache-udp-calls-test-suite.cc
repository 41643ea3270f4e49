// What a program asks of a datagram socket, call by call: options, addresses, refusals with ns-3's
// own errors, calls that end while another one is under way, hosts with several networks.

#include "payload-cache-udp-socket.h"
#include "support/datagram-hosts.h"

#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv4-static-routing-helper.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/ipv6-static-routing-helper.h"
#include "ns3/udp-socket-factory.h"

using namespace ns3;
using namespace ns3::datagrams;

namespace
{

constexpr uint8_t TTL = 9;     // chosen: unlike what is set by default
constexpr uint8_t TOS = 0x10;  // low delay (RFC 1349)
constexpr uint8_t TCLASS = 40; // DSCP AF11 (RFC 2597)

/** \return an attribute's value, as text */
std::string
ValueOf(Ptr<Socket> socket, const std::string& attribute)
{
    StringValue value;
    socket->GetAttribute(attribute, value);
    return value.Get();
}

/** What is asked of a socket is answered as a socket of ns-3's answers it. */
class OptionsCase : public TwoHosts
{
  public:
    OptionsCase()
        : TwoHosts("options are ns-3's")
    {
    }

  private:
    void Begin() override
    {
        Ptr<Socket> ours = MakeSocket(0);
        Ptr<Socket> stock = Socket::CreateSocket(m_nodes.Get(0), UdpSocketFactory::GetTypeId());
        stock->SetAttribute("RcvBufSize", UintegerValue(1 << 22)); // as MakeSocket() does
        for (const auto& [name, value] : {std::pair("IpMulticastTtl", "7"),
                                          std::pair("IpMulticastIf", "1"),
                                          std::pair("IpMulticastLoop", "true"),
                                          std::pair("MtuDiscover", "true"),
                                          std::pair("RcvBufSize", "12345")})
        {
            NS_TEST_EXPECT_MSG_EQ(ValueOf(ours, name), ValueOf(stock, name), name);
            ours->SetAttribute(name, StringValue(value));
            NS_TEST_EXPECT_MSG_EQ(ValueOf(ours, name), value, name << " is not what was set");
        }
        NS_TEST_EXPECT_MSG_EQ(ours->GetSocketType(), stock->GetSocketType(), "type");
        NS_TEST_EXPECT_MSG_EQ(ours->Listen(), stock->Listen(), "listen");
        NS_TEST_EXPECT_MSG_EQ(ours->GetErrno(), stock->GetErrno(), "and its error");
        NS_TEST_EXPECT_MSG_EQ(ours->GetAllowBroadcast(), stock->GetAllowBroadcast(), "default");
        ours->SetAllowBroadcast(true);
        NS_TEST_EXPECT_MSG_EQ(ours->GetAllowBroadcast(), true, "broadcast is allowed");
        CompareGroups(DynamicCast<UdpSocket>(ours), DynamicCast<UdpSocket>(stock));
        Ipv6Address group6("ff02::db8");
        auto ipv6 = m_nodes.Get(0)->GetObject<Ipv6L3Protocol>();
        ours->Ipv6JoinGroup(group6);
        NS_TEST_EXPECT_MSG_EQ(ipv6->IsRegisteredMulticastAddress(group6), true, "joined");
        ours->Ipv6LeaveGroup();
        NS_TEST_EXPECT_MSG_EQ(ipv6->IsRegisteredMulticastAddress(group6), false, "left");
    }

    void CompareGroups(Ptr<UdpSocket> ours, Ptr<UdpSocket> stock)
    {
        Address group = Ipv4Address("224.0.0.77");
        NS_TEST_EXPECT_MSG_EQ(
            ours->MulticastJoinGroup(1, group), stock->MulticastJoinGroup(1, group), "join");
        NS_TEST_EXPECT_MSG_EQ(
            ours->MulticastLeaveGroup(1, group), stock->MulticastLeaveGroup(1, group), "leave");
    }

    void Check() override
    {
    }
};

/** What a socket sets stands in the packets' headers, and a reader that asks is told. */
class HeaderCase : public TwoHosts
{
  public:
    explicit HeaderCase(bool ipv6)
        : TwoHosts(ipv6 ? "hop limit and traffic class" : "TTL and TOS", 1000),
          m_overIpv6(ipv6)
    {
    }

  private:
    void Begin() override
    {
        m_nodes.Get(1)->GetObject<Ipv4L3Protocol>()->TraceConnectWithoutContext(
            "LocalDeliver", MakeCallback(&HeaderCase::SeenIpv4, this));
        m_nodes.Get(1)->GetObject<Ipv6L3Protocol>()->TraceConnectWithoutContext(
            "LocalDeliver", MakeCallback(&HeaderCase::SeenIpv6, this));
        Ptr<Socket> reader =
            MakeReader(m_overIpv6 ? Address(Inet6SocketAddress(Ipv6Address::GetAny(), PORT))
                                  : Address(InetSocketAddress(Ipv4Address::GetAny(), PORT)));
        Ptr<Socket> sender = MakeSocket(0);
        if (m_overIpv6)
        {
            reader->SetIpv6RecvHopLimit(true);
            reader->SetIpv6RecvTclass(true);
            sender->SetIpv6HopLimit(TTL);
            sender->SetIpv6Tclass(TCLASS);
        }
        else
        {
            reader->SetIpRecvTtl(true);
            reader->SetIpRecvTos(true);
            reader->SetRecvPktInfo(true);
            sender->SetIpTtl(TTL);
        }
        sender->Connect(m_overIpv6 ? Address(Inet6SocketAddress(m_ipv6.GetAddress(1, 1), PORT))
                                   : Address(InetSocketAddress("10.0.0.2", PORT)));
        sender->SetIpTos(TOS); // behind connect, which takes that of the address
        Send(sender, Address(), 10);
    }

    void SeenIpv4(const Ipv4Header& header, Ptr<const Packet> /* packet */, uint32_t)
    {
        m_seen += header.GetTtl() == TTL && header.GetTos() == TOS ? 1 : 0;
    }

    void SeenIpv6(const Ipv6Header& header, Ptr<const Packet> /* packet */, uint32_t)
    {
        m_seen += header.GetHopLimit() == TTL && header.GetTrafficClass() == TCLASS ? 1 : 0;
    }

    void HasRead(Ptr<Socket> /* socket */, Ptr<Packet> packet, Address /* from */) override
    {
        if (m_overIpv6)
        {
            SocketIpv6HopLimitTag hops;
            SocketIpv6TclassTag tclass;
            m_told += packet->PeekPacketTag(hops) && hops.GetHopLimit() == TTL &&
                              packet->PeekPacketTag(tclass) && tclass.GetTclass() == TCLASS
                          ? 1
                          : 0;
            return;
        }
        SocketIpTtlTag ttl;
        SocketIpTosTag tos;
        m_told += packet->PeekPacketTag(ttl) && ttl.GetTtl() == TTL &&
                          packet->PeekPacketTag(tos) && tos.GetTos() == TOS
                      ? 1
                      : 0;
    }

    void Check() override
    {
        NS_TEST_EXPECT_MSG_EQ(m_read[m_sockets[0]], 10, "not all has been read");
        NS_TEST_EXPECT_MSG_EQ(m_seen, 10, "headers that say so");
        NS_TEST_EXPECT_MSG_EQ(m_told, 10, "datagrams whose reader is told so");
    }

    bool m_overIpv6;    //!< IPv4 otherwise
    uint32_t m_seen{0}; //!< packets with the header that was set
    uint32_t m_told{0}; //!< datagrams that say so when they are read
};

/** What ns-3 refuses is refused with its error, at once, and holds nothing. */
class RefusedCase : public TwoHosts
{
  public:
    explicit RefusedCase(bool costs)
        : TwoHosts(costs ? "refused" : "refused, at no cost")
    {
        m_costs = costs;
    }

  private:
    void Begin() override
    {
        MakeReader(InetSocketAddress(Ipv4Address::GetAny(), PORT));
        Ptr<Socket> second = MakeSocket(1);
        second->SetAttribute("ShareAddress", BooleanValue(true)); // the first one does not
        NS_TEST_EXPECT_MSG_EQ(second->Bind(InetSocketAddress(Ipv4Address::GetAny(), PORT)),
                              -1,
                              "the port is another's");
        Ptr<Socket> sender = MakeSocket(0);
        sender->SetConnectCallback(MakeCallback(&RefusedCase::Connected, this),
                                   MakeCallback(&RefusedCase::Failed, this));
        NS_TEST_EXPECT_MSG_EQ(sender->Connect(Address()), -1, "connected to nothing");
        NS_TEST_EXPECT_MSG_EQ(m_failed, 1, "it is told so");
        Refuse(sender, InetSocketAddress("255.255.255.255", PORT), Socket::ERROR_OPNOTSUPP);
        NS_TEST_EXPECT_MSG_EQ(
            sender->Connect(InetSocketAddress("10.0.0.2", PORT)), 0, "connect");
        NS_TEST_EXPECT_MSG_EQ(m_connected, 1, "it is told so");
        sender->ShutdownSend();
        Refuse(sender, Address(), Socket::ERROR_SHUTDOWN);
        sender->Close();
        NS_TEST_EXPECT_MSG_EQ(bool(sender->Recv()), false, "it has closed");
        NS_TEST_EXPECT_MSG_EQ(sender->GetErrno(), Socket::ERROR_BADF, "and says so");
    }

    /** \param to invalid: where it is connected */
    void Refuse(Ptr<Socket> socket, const Address& to, Socket::SocketErrno error)
    {
        Ptr<Packet> packet = Create<Packet>(m_size);
        int result = to.IsInvalid() ? socket->Send(packet) : socket->SendTo(packet, 0, to);
        NS_TEST_EXPECT_MSG_EQ(result, -1, "taken, though it cannot be sent");
        NS_TEST_EXPECT_MSG_EQ(socket->GetErrno(), error, "why not");
    }

    void Connected(Ptr<Socket> /* socket */)
    {
        m_connected++;
    }

    void Failed(Ptr<Socket> /* socket */)
    {
        m_failed++;
    }

    void Check() override
    {
        NS_TEST_EXPECT_MSG_EQ(m_read[m_sockets[0]], 0, "something has come");
        NS_TEST_EXPECT_MSG_EQ(Count(0, HostCounter::DEPARTURES), 0, "all as in ns-3");
    }

    uint32_t m_connected{0}; //!< times that it was told so
    uint32_t m_failed{0};    //!< times that it was told so
};

/** Who sends is told as often as ns-3's own sockets tell it that there is room. */
class ToldOfRoomCase : public TwoHosts
{
  public:
    explicit ToldOfRoomCase(bool toAll)
        : TwoHosts(toAll ? "told of room for what is sent to all" : "told of room, at no cost"),
          m_to(toAll ? "255.255.255.255" : "10.0.0.2")
    {
        m_costs = false;
    }

  private:
    void Begin() override
    {
        Ptr<Socket> stock = Socket::CreateSocket(m_nodes.Get(0), UdpSocketFactory::GetTypeId());
        m_sockets.push_back(stock);
        for (Ptr<Socket> socket : {MakeSocket(0), stock})
        {
            socket->SetAllowBroadcast(true);
            socket->SetSendCallback(MakeCallback(&ToldOfRoomCase::Told, this));
            for (int i = 0; i < 5; i++)
            {
                Simulator::Schedule(Seconds(0.1 + 0.1 * i), [this, socket] {
                    socket->SendTo(Create<Packet>(m_size), 0, InetSocketAddress(m_to, PORT));
                });
            }
        }
    }

    void Told(Ptr<Socket> socket, uint32_t /* room */)
    {
        m_told[socket]++;
    }

    void Check() override
    {
        NS_TEST_EXPECT_MSG_EQ(m_told[m_sockets[1]], m_told[m_sockets[0]], "ours, and ns-3's");
    }

    Ipv4Address m_to;                       //!< where to
    std::map<Ptr<Socket>, uint32_t> m_told; //!< times that each was told
};

/** Through a host that has no way on, and datagram sockets of its own: it drops what is another's. */
class NoWayOnCase : public TwoHosts
{
  public:
    explicit NoWayOnCase(bool ipv6)
        : TwoHosts(ipv6 ? "no way on, IPv6" : "no way on"),
          m_overIpv6(ipv6)
    {
    }

  private:
    void Begin() override
    {
        auto ipv4 = m_nodes.Get(0)->GetObject<Ipv4>();
        Ipv4StaticRoutingHelper().GetStaticRouting(ipv4)->SetDefaultRoute("10.0.0.2", 1);
        auto ipv6 = m_nodes.Get(0)->GetObject<Ipv6>();
        Ipv6StaticRoutingHelper().GetStaticRouting(ipv6)->SetDefaultRoute(
            m_ipv6.GetAddress(1, 0), 1);
        m_nodes.Get(1)->GetObject<Ipv6>()->SetForwarding(1, true);
        MakeReader(m_overIpv6 ? Address(Inet6SocketAddress(Ipv6Address::GetAny(), PORT))
                              : Address(InetSocketAddress(Ipv4Address::GetAny(), PORT)));
        Ptr<Socket> sender = MakeSocket(0);
        Send(sender,
             m_overIpv6 ? Address(Inet6SocketAddress("2001:db8:9::9", PORT))
                        : Address(InetSocketAddress("10.9.9.9", PORT)),
             10);
        Simulator::Schedule(Seconds(1), [this, sender] {
            Send(sender,
                 m_overIpv6 ? Address(Inet6SocketAddress(m_ipv6.GetAddress(1, 1), PORT))
                            : Address(InetSocketAddress("10.0.0.2", PORT)),
                 10);
        });
    }

    void Check() override
    {
        NS_TEST_EXPECT_MSG_EQ(m_read[m_sockets[0]], 10, "what was for it");
    }

    bool m_overIpv6; //!< IPv4 otherwise
};

/** To all by an interface that is down: ns-3 takes it, and it goes nowhere. */
class DownCase : public TwoHosts
{
  public:
    DownCase()
        : TwoHosts("to all by an interface that is down", 1000)
    {
    }

  private:
    void Begin() override
    {
        MakeReader(InetSocketAddress(Ipv4Address::GetAny(), PORT));
        m_nodes.Get(0)->GetObject<Ipv4>()->SetDown(1);
        Ptr<Socket> sender = MakeSocket(0);
        sender->SetAllowBroadcast(true);
        Send(sender, InetSocketAddress("255.255.255.255", PORT), 10);
    }

    void Check() override
    {
        NS_TEST_EXPECT_MSG_EQ(CountUnsent(), 0, "not all has been taken");
        NS_TEST_EXPECT_MSG_EQ(m_read[m_sockets[0]], 0, "something has come");
    }
};

/** The socket is shut down, closed, or loses its route while sendto is under way. */
class MidWriteCase : public TwoHosts
{
  public:
    enum class What
    {
        SHUTDOWN,
        CLOSE,
        ROUTE_LOST
    };

    MidWriteCase(const std::string& name, What what)
        : TwoHosts(name),
          m_what(what)
    {
    }

  private:
    void Begin() override
    {
        MakeReader(InetSocketAddress(Ipv4Address::GetAny(), PORT));
        MakeSocket(0)->Bind();
        Simulator::Schedule(Seconds(0.1), [this] {
            NS_TEST_EXPECT_MSG_EQ(Write(1), int(m_size), "sendto");
        });
        // payload of 4,000 B takes 30 us over this bus (32 bits at 33 MHz)
        Simulator::Schedule(Seconds(0.1) + MicroSeconds(10), [this] { Interfere(); });
        Simulator::Schedule(Seconds(0.2), [this] { Again(); });
    }

    int Write(uint8_t number)
    {
        auto bytes = BytesOf(number, m_size);
        return m_sockets[1]->SendTo(Create<Packet>(bytes.data(), bytes.size()),
                                    0,
                                    InetSocketAddress("10.0.0.2", PORT));
    }

    void Interfere()
    {
        Ptr<Socket> sender = m_sockets[1];
        NS_TEST_EXPECT_MSG_EQ(Write(2), -1, "it is in a call");
        NS_TEST_EXPECT_MSG_EQ(sender->GetErrno(), Socket::ERROR_AGAIN, "and says so");
        switch (m_what)
        {
        case What::SHUTDOWN:
            NS_TEST_EXPECT_MSG_EQ(sender->ShutdownSend(), 0, "shutdown");
            break;
        case What::CLOSE:
            NS_TEST_EXPECT_MSG_EQ(sender->Close(), 0, "close");
            NS_TEST_EXPECT_MSG_EQ(bool(sender->Recv()), false, "it has been closed");
            NS_TEST_EXPECT_MSG_EQ(sender->GetErrno(), Socket::ERROR_BADF, "and says so");
            break;
        case What::ROUTE_LOST:
            m_nodes.Get(0)->GetObject<Ipv4>()->SetDown(1);
            break;
        }
        NS_TEST_EXPECT_MSG_EQ(sender->GetTxAvailable(), 0, "no other call now");
    }

    void Again()
    {
        Ptr<Socket> sender = m_sockets[1];
        switch (m_what)
        {
        case What::SHUTDOWN:
            NS_TEST_EXPECT_MSG_EQ(Write(2), -1, "it has been shut down");
            NS_TEST_EXPECT_MSG_EQ(sender->GetErrno(), Socket::ERROR_SHUTDOWN, "and says so");
            break;
        case What::CLOSE:
            NS_TEST_EXPECT_MSG_EQ(Write(2), -1, "it has been closed");
            break;
        case What::ROUTE_LOST:
            NS_TEST_EXPECT_MSG_EQ(sender->GetErrno(), Socket::ERROR_NOROUTETOHOST, "why not sent");
            m_nodes.Get(0)->GetObject<Ipv4>()->SetUp(1);
            NS_TEST_EXPECT_MSG_EQ(Write(2), int(m_size), "there is a route again");
            break;
        }
    }

    void Check() override
    {
        NS_TEST_EXPECT_MSG_EQ(m_read[m_sockets[0]], 1, "the one datagram that could be sent");
        // the call had said that it took it
        NS_TEST_EXPECT_MSG_EQ(Count(0, HostCounter::DEPARTURES),
                              (m_what == What::ROUTE_LOST ? 1 : 0),
                              "otherwise than in ns-3");
    }

    What m_what; //!< what happens
};

/** Sockets that have a port by Bind6() or Bind() alone, and the peer's view of it. */
class PortCase : public TwoHosts
{
  public:
    explicit PortCase(bool ipv6)
        : TwoHosts(ipv6 ? "a port of IPv6 by chance" : "a port by chance"),
          m_overIpv6(ipv6)
    {
    }

  private:
    void Begin() override
    {
        MakeReader(m_overIpv6 ? Address(Inet6SocketAddress(Ipv6Address::GetAny(), PORT))
                              : Address(InetSocketAddress(Ipv4Address::GetAny(), PORT)));
        Ptr<Socket> sender = MakeSocket(0);
        NS_TEST_EXPECT_MSG_EQ((m_overIpv6 ? sender->Bind6() : sender->Bind()), 0, "bind");
        Send(sender,
             m_overIpv6 ? Address(Inet6SocketAddress(m_ipv6.GetAddress(1, 1), PORT))
                        : Address(InetSocketAddress("10.0.0.2", PORT)),
             5);
    }

    void HasRead(Ptr<Socket> /* socket */, Ptr<Packet> /* packet */, Address from) override
    {
        Address name;
        m_sockets[1]->GetSockName(name);
        uint16_t port = m_overIpv6 ? Inet6SocketAddress::ConvertFrom(name).GetPort()
                                   : InetSocketAddress::ConvertFrom(name).GetPort();
        uint16_t seen = m_overIpv6 ? Inet6SocketAddress::ConvertFrom(from).GetPort()
                                   : InetSocketAddress::ConvertFrom(from).GetPort();
        NS_TEST_EXPECT_MSG_NE(port, 0, "no port");
        NS_TEST_EXPECT_MSG_EQ(seen, port, "it comes from another port");
    }

    void Check() override
    {
        NS_TEST_EXPECT_MSG_EQ(m_read[m_sockets[0]], 5, "not all has been read");
    }

    bool m_overIpv6; //!< IPv4 otherwise
};

/** A reader whose buffer is too small gets nothing and loses nothing, whether it has waited or not. */
class SmallBufferCase : public TwoHosts
{
  public:
    explicit SmallBufferCase(bool costs)
        : TwoHosts(costs ? "a small buffer" : "a small buffer, at no cost")
    {
        m_costs = costs;
    }

  private:
    void Begin() override
    {
        MakeReader(InetSocketAddress(Ipv4Address::GetAny(), PORT))
            ->SetRecvCallback(MakeCallback(&SmallBufferCase::ReadSmall, this));
        Send(MakeSocket(0), InetSocketAddress("10.0.0.2", PORT), 5);
    }

    void ReadSmall(Ptr<Socket> socket)
    {
        NS_TEST_EXPECT_MSG_EQ(bool(socket->Recv(m_size - 1, 0)), false, "ns-3 truncates none");
        Read(socket);
    }

    void Check() override
    {
        NS_TEST_EXPECT_MSG_EQ(m_read[m_sockets[0]], 5, "not all has been read");
    }
};

/** The reader closes while recvfrom is under way: the rest is given back. */
class MidReadCase : public TwoHosts
{
  public:
    MidReadCase()
        : TwoHosts("closed while recvfrom is under way")
    {
    }

  private:
    void Begin() override
    {
        MakeReader(InetSocketAddress(Ipv4Address::GetAny(), PORT))
            ->SetRecvCallback(MakeCallback(&MidReadCase::ReadAndClose, this));
        Send(MakeSocket(0), InetSocketAddress("10.0.0.2", PORT), 5);
    }

    void ReadAndClose(Ptr<Socket> socket)
    {
        NS_TEST_EXPECT_MSG_EQ(m_closed, false, "told of more after its close");
        NS_TEST_EXPECT_MSG_EQ(bool(socket->Recv()), false, "a read takes time");
        if (socket->GetErrno() == Socket::ERROR_AGAIN && !m_began)
        {
            m_began = true;
            Simulator::Schedule(NanoSeconds(1), [this, socket] {
                m_closed = true;
                NS_TEST_EXPECT_MSG_EQ(socket->Close(), 0, "close");
                NS_TEST_EXPECT_MSG_EQ(bool(socket->Recv()), false, "it has closed");
                NS_TEST_EXPECT_MSG_EQ(socket->GetErrno(), Socket::ERROR_BADF, "and says so");
            });
        }
    }

    void Check() override
    {
        NS_TEST_EXPECT_MSG_EQ(m_closed, true, "it read nothing");
    }

    bool m_began{false};  //!< a read is under way
    bool m_closed{false}; //!< it has closed
};

/** To a socket of the same host: nothing goes by a card. */
class LoopbackCase : public TwoHosts
{
  public:
    explicit LoopbackCase(bool ipv6)
        : TwoHosts(ipv6 ? "the loopback, IPv6" : "the loopback"),
          m_overIpv6(ipv6)
    {
    }

  private:
    void Begin() override
    {
        MakeReader(m_overIpv6 ? Address(Inet6SocketAddress(Ipv6Address::GetAny(), PORT))
                              : Address(InetSocketAddress(Ipv4Address::GetAny(), PORT)));
        Send(MakeSocket(1),
             m_overIpv6 ? Address(Inet6SocketAddress(Ipv6Address::GetLoopback(), PORT))
                        : Address(InetSocketAddress(Ipv4Address::GetLoopback(), PORT)),
             20);
    }

    void Check() override
    {
        NS_TEST_EXPECT_MSG_EQ(m_read[m_sockets[0]], 20, "not all has been read");
        NS_TEST_EXPECT_MSG_EQ(
            Count(1, HostCounter::WRITE_PIECES), 0, "something was placed on the card");
        NS_TEST_EXPECT_MSG_EQ(Count(1, HostCounter::BYTES_COPIED), 2 * 20 * m_size,
                              "in and out again");
    }

    bool m_overIpv6; //!< IPv4 otherwise
};

/** Two networks between the hosts: what is sent to all goes over both, from host memory. */
class TwoNetworksCase : public TwoHosts
{
  public:
    TwoNetworksCase()
        : TwoHosts("to all over two networks", 1000)
    {
    }

  private:
    NetDeviceContainer Connect() override
    {
        NetDeviceContainer wires = TwoHosts::Connect();
        wires.Add(TwoHosts::Connect());
        return wires;
    }

    void Begin() override
    {
        MakeReader(InetSocketAddress(Ipv4Address::GetAny(), PORT));
        Ptr<Socket> sender = MakeSocket(0);
        sender->SetAllowBroadcast(true);
        Send(sender, InetSocketAddress("255.255.255.255", PORT), 10);
    }

    void Check() override
    {
        NS_TEST_EXPECT_MSG_EQ(m_read[m_sockets[0]], 20, "not one from each network");
        NS_TEST_EXPECT_MSG_EQ(
            Count(0, HostCounter::BYTES_COPIED), 10 * m_size, "copied to host memory once");
    }
};

class UdpCallsTestSuite : public TestSuite
{
  public:
    UdpCallsTestSuite()
        : TestSuite("payload-cache-udp-calls", UNIT)
    {
        AddTestCase(new OptionsCase, QUICK);
        AddTestCase(new MidWriteCase("shut down in sendto", MidWriteCase::What::SHUTDOWN), QUICK);
        AddTestCase(new MidWriteCase("closed in sendto", MidWriteCase::What::CLOSE), QUICK);
        AddTestCase(new MidWriteCase("no route after sendto", MidWriteCase::What::ROUTE_LOST),
                    QUICK);
        AddTestCase(new MidReadCase, QUICK);
        AddTestCase(new TwoNetworksCase, QUICK);
        AddTestCase(new ToldOfRoomCase(false), QUICK);
        AddTestCase(new ToldOfRoomCase(true), QUICK);
        AddTestCase(new DownCase, QUICK);
        for (bool costs : {true, false})
        {
            AddTestCase(new RefusedCase(costs), QUICK);
            AddTestCase(new SmallBufferCase(costs), QUICK);
        }
        for (bool ipv6 : {false, true})
        {
            AddTestCase(new HeaderCase(ipv6), QUICK);
            AddTestCase(new PortCase(ipv6), QUICK);
            AddTestCase(new LoopbackCase(ipv6), QUICK);
            AddTestCase(new NoWayOnCase(ipv6), QUICK);
        }
    }
};

UdpCallsTestSuite g_udpCallsTestSuite; //!< registers the suite

} // namespace
