// What Send() and Recv() promise: ns-3's contract, with calls that take time.

#include "payload-cache-helper.h"

#include "ns3/config.h"
#include "ns3/double.h"
#include "ns3/inet-socket-address.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/make-event.h"
#include "ns3/node.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/simulator.h"
#include "ns3/socket.h"
#include "ns3/string.h"
#include "ns3/tcp-socket.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

using namespace ns3;

namespace
{

/** Two hosts, a connection between them, and a script at its upper ends. */
class SocketTestCase : public TestCase
{
  public:
    SocketTestCase(const std::string& name, const std::string& path, double cycles)
        : TestCase(name + ", " + path + (cycles > 0 ? ", calls take time" : ", free")),
          m_path(path),
          m_cycles(cycles)
    {
    }

  protected:
    /** Called when the connection stands. */
    virtual void Connected() = 0;
    /** Called at the end. */
    virtual void Check() = 0;

    /** Called when the sender may write. */
    virtual void Writable()
    {
    }

    /** \return true if the receiver reads what comes */
    virtual bool ReceiverReads() const
    {
        return true;
    }

    Ptr<HostModel> Host(uint32_t i) const
    {
        return DynamicCast<PayloadCacheNetDevice>(m_cards.Get(i))->GetHost();
    }

    uint64_t HeldByReceiver() const
    {
        auto card = DynamicCast<PayloadCacheNetDevice>(m_cards.Get(1));
        return card->GetRamStatistics(PC_RAM_RX).held;
    }

    /** Schedules what the receiver does, in its node's context. */
    void AtReceiver(Time delay, EventImpl* event)
    {
        Simulator::ScheduleWithContext(Host(1)->GetObject<Node>()->GetId(), delay, event);
    }

    bool TakesTime() const
    {
        return m_cycles > 0;
    }

    /** A socket of the sender's that is about to connect. */
    Ptr<Socket> Connect()
    {
        auto factory = TypeId::LookupByName("ns3::PayloadCacheTcpSocketFactory");
        Ptr<Socket> socket = Socket::CreateSocket(m_node, factory);
        socket->Bind();
        socket->SetAttribute("Process", UintegerValue(7));
        socket->SetConnectCallback(MakeCallback(&SocketTestCase::IsConnected, this),
                                   MakeNullCallback<void, Ptr<Socket>>());
        Simulator::Schedule(MilliSeconds(1), &Socket::Connect, socket, m_to);
        return socket;
    }

    Ptr<Socket> m_sender;   //!< connects and writes
    Ptr<Socket> m_receiver; //!< accepted, and reads
    uint64_t m_read{0};     //!< bytes read
    bool m_peerClosed{false}; //!< the receiver was told of the sender's close

  private:
    void DoRun() override
    {
        Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1448));
        Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(100000));
        NodeContainer nodes(2);
        PointToPointHelper link;
        link.SetDeviceAttribute("DataRate", StringValue("100Mbps"));
        link.SetChannelAttribute("Delay", StringValue("100us"));
        PayloadCacheHelper helper;
        helper.SetPath(m_path);
        for (const char* cost : {"SystemCall", "Skbuff", "DmaSubmit", "TcpTxData", "TcpRxData"})
        {
            helper.SetHostAttribute(cost, DoubleValue(m_cycles));
        }
        m_cards = helper.Install(link.Install(nodes));
        InternetStackHelper internet;
        internet.Install(nodes);
        Ipv4AddressHelper addresses("10.0.0.0", "255.255.255.0");
        m_to = InetSocketAddress(addresses.Assign(m_cards).GetAddress(1), 5000);
        auto factory = TypeId::LookupByName("ns3::PayloadCacheTcpSocketFactory");
        Ptr<Socket> listener = Socket::CreateSocket(nodes.Get(1), factory);
        listener->Bind(InetSocketAddress(Ipv4Address::GetAny(), 5000));
        listener->Listen();
        listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                    MakeCallback(&SocketTestCase::Accepted, this));
        m_node = nodes.Get(0);
        m_sender = Connect();
        NS_TEST_EXPECT_MSG_EQ(m_sender->Send(Create<Packet>(10)), -1, "not connected yet");
        m_sender->SetSendCallback(MakeCallback(&SocketTestCase::MayWrite, this));
        Simulator::Stop(Seconds(100));
        Simulator::Run();
        Check();
        for (uint32_t i = 0; i < 2; i++)
        {
            auto card = DynamicCast<PayloadCacheNetDevice>(m_cards.Get(i));
            NS_TEST_EXPECT_MSG_EQ(card->GetRamStatistics(PC_RAM_TX).held, 0, "held");
            NS_TEST_EXPECT_MSG_EQ(card->GetRamStatistics(PC_RAM_RX).held, 0, "held");
        }
        m_node = nullptr;
        m_sender = nullptr;
        m_receiver = nullptr;
        m_cards = NetDeviceContainer();
        Simulator::Destroy();
        Config::Reset();
    }

    void Accepted(Ptr<Socket> socket, const Address& /* from */)
    {
        m_receiver = socket;
        socket->SetRecvCallback(MakeCallback(&SocketTestCase::Readable, this));
        socket->SetCloseCallbacks(MakeCallback(&SocketTestCase::Closed, this),
                                  MakeCallback(&SocketTestCase::Closed, this));
    }

    void IsConnected(Ptr<Socket> /* socket */)
    {
        Connected();
    }

    void MayWrite(Ptr<Socket> /* socket */, uint32_t /* room */)
    {
        Simulator::ScheduleNow(&SocketTestCase::WriteIfRoom, this);
    }

    /** ns-3 also calls when it wants more data than there is room for. */
    void WriteIfRoom()
    {
        if (m_sender->GetTxAvailable() > 0)
        {
            Writable();
        }
    }

    void Readable(Ptr<Socket> socket)
    {
        while (Ptr<Packet> packet = ReceiverReads() ? socket->Recv() : nullptr)
        {
            if (packet->GetSize() == 0)
            {
                break;
            }
            m_read += packet->GetSize();
        }
    }

    void Closed(Ptr<Socket> socket)
    {
        if (!m_peerClosed) // a reset tells its own side, too
        {
            m_peerClosed = true;
            socket->Close();
        }
    }

    Ptr<Node> m_node;           //!< the sender's
    Address m_to;               //!< where the receiver listens
    std::string m_path;         //!< data path
    double m_cycles;            //!< of some operations
    NetDeviceContainer m_cards; //!< cards
};

/** While a write runs a second one is refused; when it has returned the sender is told. */
class BusyTestCase : public SocketTestCase
{
  public:
    BusyTestCase(const std::string& path, double cycles)
        : SocketTestCase("one write at a time", path, cycles)
    {
    }

  private:
    void Connected() override
    {
        NS_TEST_EXPECT_MSG_EQ(m_sender->Send(Create<Packet>(20000)), 20000, "accepted whole");
        int second = m_sender->Send(Create<Packet>(20000));
        NS_TEST_EXPECT_MSG_EQ(second, (TakesTime() ? -1 : 20000), "the process is in the call");
        if (TakesTime())
        {
            NS_TEST_EXPECT_MSG_EQ(m_sender->GetErrno(), Socket::ERROR_AGAIN, "try again");
            NS_TEST_EXPECT_MSG_EQ(m_sender->GetTxAvailable(), 0, "no room meanwhile");
        }
    }

    void Writable() override
    {
        if (!m_told)
        {
            m_told = true;
            m_second = m_sender->Send(Create<Packet>(20000));
            m_sender->Close();
        }
    }

    void Check() override
    {
        NS_TEST_EXPECT_MSG_EQ(m_told, true, "the sender was told of room");
        NS_TEST_EXPECT_MSG_EQ(m_second, 20000, "and could write");
        NS_TEST_EXPECT_MSG_EQ(m_read, (TakesTime() ? 40000 : 60000), "all arrived");
        NS_TEST_EXPECT_MSG_EQ(m_peerClosed, true, "closed behind the last byte");
    }

    bool m_told{false}; //!< room was notified
    int m_second{0};    //!< what the write then answered
};

/** A write of any size is taken; one that fits the buffer but not its room is refused. */
class SizeTestCase : public SocketTestCase
{
  public:
    SizeTestCase(const std::string& path, double cycles)
        : SocketTestCase("writes of any size", path, cycles)
    {
    }

  private:
    void Connected() override
    {
        NS_TEST_EXPECT_MSG_EQ(m_sender->Send(Create<Packet>(1000000)),
                              1000000,
                              "ten times the buffer");
    }

    void Writable() override
    {
        if (!m_done && m_sender->Send(Create<Packet>(90000)) == 90000)
        {
            m_done = true;
            m_refused = m_sender->Send(Create<Packet>(90000)) < 0;
            m_sender->Close();
        }
    }

    void Check() override
    {
        NS_TEST_EXPECT_MSG_EQ(m_done, true, "the large write returned");
        NS_TEST_EXPECT_MSG_EQ(m_refused, true, "no room for a third");
        NS_TEST_EXPECT_MSG_EQ(m_read, 1090000, "all arrived");
    }

    bool m_done{false};    //!< the second write was taken
    bool m_refused{false}; //!< the third was not
};

/** After a shutdown or close nothing more is taken, and nothing of what was taken is lost. */
class ShutdownTestCase : public SocketTestCase
{
  public:
    ShutdownTestCase(const std::string& path, double cycles, bool close)
        : SocketTestCase(close ? "close in mid-write" : "shutdown in mid-write", path, cycles),
          m_close(close)
    {
    }

  private:
    void Connected() override
    {
        m_sender->Send(Create<Packet>(60000));
        m_close ? m_sender->Close() : m_sender->ShutdownSend();
        NS_TEST_EXPECT_MSG_EQ(m_sender->Send(Create<Packet>(1000)), -1, "shut down");
        NS_TEST_EXPECT_MSG_EQ(m_sender->GetErrno(), Socket::ERROR_SHUTDOWN, "and said so");
    }

    void Check() override
    {
        NS_TEST_EXPECT_MSG_EQ(m_read, 60000, "what was taken arrived, and no more");
        NS_TEST_EXPECT_MSG_EQ(m_peerClosed, true, "the FIN came behind it");
        NS_TEST_EXPECT_MSG_EQ(Host(0)->GetCount(HostCounter::BYTES_WRITTEN), 60000, "written");
    }

    bool m_close; //!< Close(), else ShutdownSend()
};

/** Who closes with unread data resets the connection, and reads nothing of it afterwards. */
class LateReadTestCase : public SocketTestCase
{
  public:
    LateReadTestCase(const std::string& path, double cycles)
        : SocketTestCase("a read after a close with unread data", path, cycles)
    {
    }

  private:
    bool ReceiverReads() const override
    {
        return false;
    }

    void Connected() override
    {
        m_sender->Send(Create<Packet>(20000));
        AtReceiver(MilliSeconds(50), MakeEvent(&LateReadTestCase::CloseUnread, this));
        AtReceiver(MilliSeconds(60), MakeEvent(&LateReadTestCase::ReadLate, this));
    }

    void CloseUnread()
    {
        m_receiver->Close();
    }

    void ReadLate()
    {
        m_late = true;
        NS_TEST_EXPECT_MSG_EQ(m_receiver->GetRxAvailable(), 0, "nothing that it could read");
        NS_TEST_EXPECT_MSG_EQ(m_receiver->Recv(), nullptr, "its payload has been given back");
        NS_TEST_EXPECT_MSG_EQ(m_receiver->GetErrno(), Socket::ERROR_SHUTDOWN, "and said so");
    }

    void Check() override
    {
        NS_TEST_EXPECT_MSG_EQ(m_late, true, "read after the close");
        NS_TEST_EXPECT_MSG_EQ(m_read, 0, "nothing was read");
    }

    bool m_late{false}; //!< ReadLate() has run
};

/** What is read of a segment gives its card RAM back, though the rest of the segment waits. */
class PartReadTestCase : public SocketTestCase
{
  public:
    explicit PartReadTestCase(double cycles)
        : SocketTestCase("a segment that is read in parts", "payload-cache", cycles)
    {
    }

  private:
    static constexpr uint32_t SEGMENT = 1448;
    static constexpr uint32_t PART = 500;
    static constexpr uint32_t GRANULE = 256; // the card's default
    static constexpr uint32_t HEADERS = 14 + 20 + 32; // Ethernet's, IPv4's, TCP's with timestamps

    bool ReceiverReads() const override
    {
        return false;
    }

    void Connected() override
    {
        m_sender->Send(Create<Packet>(SEGMENT));
        AtReceiver(MilliSeconds(50), MakeEvent(&PartReadTestCase::ReadPart, this));
        AtReceiver(MilliSeconds(60), MakeEvent(&PartReadTestCase::TakePart, this));
        AtReceiver(MilliSeconds(70), MakeEvent(&PartReadTestCase::ReadPart, this));
        AtReceiver(MilliSeconds(80), MakeEvent(&PartReadTestCase::TakePart, this));
        AtReceiver(MilliSeconds(90), MakeEvent(&PartReadTestCase::ReadPart, this));
        AtReceiver(MilliSeconds(100), MakeEvent(&PartReadTestCase::TakePart, this));
    }

    /** The call takes no time, or its bytes are there later. */
    void ReadPart()
    {
        Take(PART);
    }

    void TakePart()
    {
        Take(3); // less than the call has fetched: the rest of it is there at once
        Take(PART);
        // whole granules in front of what has not been read; none once all has been
        uint32_t all = HEADERS + SEGMENT;
        uint32_t front = (HEADERS + m_read) / GRANULE * GRANULE;
        uint32_t held = m_read == SEGMENT ? 0 : (all + GRANULE - 1) / GRANULE * GRANULE - front;
        NS_TEST_EXPECT_MSG_EQ(HeldByReceiver(), held, "held after " << m_read << " bytes");
        m_parts++;
    }

    void Take(uint32_t most)
    {
        uint32_t due = std::min((m_parts + 1) * PART, SEGMENT);
        Ptr<Packet> packet = m_read < due ? m_receiver->Recv(most, 0) : nullptr;
        m_read += packet ? packet->GetSize() : 0;
    }

    void Check() override
    {
        NS_TEST_EXPECT_MSG_EQ(m_parts, 3, "parts");
        NS_TEST_EXPECT_MSG_EQ(m_read, SEGMENT, "all was read");
    }

    uint32_t m_parts{0}; //!< parts read
};

/** An application that closes inside its send callback, of an ACK that brings data as well. */
class CloseInCallbackTestCase : public SocketTestCase
{
  public:
    CloseInCallbackTestCase(const std::string& path, double cycles)
        : SocketTestCase("a close within the send callback", path, cycles)
    {
    }

  private:
    void Connected() override
    {
        m_sender->SetSendCallback(MakeCallback(&CloseInCallbackTestCase::MayWriteMore, this));
        m_sender->Send(Create<Packet>(20000));
        AtReceiver(MilliSeconds(1), MakeEvent(&CloseInCallbackTestCase::Answer, this));
    }

    /** The other way: these segments carry the ACKs. */
    void Answer()
    {
        m_receiver->Send(Create<Packet>(60000));
    }

    void MayWriteMore(Ptr<Socket> socket, uint32_t /* room */)
    {
        bool unread = Host(0)->GetCount(HostCounter::FRAMES_DELIVERED) > 10;
        if (!m_closed && unread)
        {
            m_closed = true;
            socket->Close();
        }
        else if (!m_closed)
        {
            socket->Send(Create<Packet>(2000));
        }
    }

    void Check() override
    {
        NS_TEST_EXPECT_MSG_EQ(m_closed, true, "closed within the callback");
    }

    bool m_closed{false}; //!< the sender has closed
};

/** Two sockets of one process: while one is in a call the other is refused, and told afterwards. */
class ProcessTestCase : public SocketTestCase
{
  public:
    ProcessTestCase(const std::string& path, double cycles)
        : SocketTestCase("two sockets of one process", path, cycles)
    {
    }

  private:
    void Connected() override
    {
        if (!m_second)
        {
            m_second = Connect();
            return;
        }
        m_second->SetSendCallback(MakeCallback(&ProcessTestCase::SecondMayWrite, this));
        NS_TEST_EXPECT_MSG_EQ(m_sender->Send(Create<Packet>(20000)), 20000, "the first");
        m_refused = m_second->Send(Create<Packet>(20000)) < 0;
    }

    void SecondMayWrite(Ptr<Socket> /* socket */, uint32_t /* room */)
    {
        if (m_refused && !m_taken && m_second->GetTxAvailable() > 0)
        {
            m_taken = m_second->Send(Create<Packet>(20000)) == 20000;
            m_sender->Close();
            m_second->Close();
        }
    }

    void Check() override
    {
        NS_TEST_EXPECT_MSG_EQ(m_refused, TakesTime(), "one call at a time");
        NS_TEST_EXPECT_MSG_EQ(m_taken, TakesTime(), "told when the process was free");
        NS_TEST_EXPECT_MSG_EQ(m_read, 40000, "all arrived");
        m_second = nullptr;
    }

    Ptr<Socket> m_second;  //!< the other socket of the process
    bool m_refused{false}; //!< it was refused
    bool m_taken{false};   //!< and taken later
};

/** Both ends read only what GetRxAvailable() tells them of, the receiver also while it writes. */
class AskingTestCase : public SocketTestCase
{
  public:
    AskingTestCase(const std::string& path, double cycles)
        : SocketTestCase("asking before each read", path, cycles)
    {
    }

  private:
    static constexpr uint32_t BYTES = 20000; // more than one read takes, less than a window
    static constexpr uint32_t READ = 3000;   // bytes a read, no multiple of a segment

    bool ReceiverReads() const override
    {
        return false;
    }

    void Connected() override
    {
        m_sender->SetRecvCallback(MakeCallback(&AskingTestCase::ReadWhatIsThere, this));
        m_sender->Send(Create<Packet>(BYTES));
        AtReceiver(MilliSeconds(50), MakeEvent(&AskingTestCase::WriteAndRead, this));
        AtReceiver(MilliSeconds(100), MakeEvent(&AskingTestCase::CloseBoth, this));
    }

    /** All has come: it is available without a read, but not to a process that is in a call. */
    void WriteAndRead()
    {
        m_receiver->SetRecvCallback(MakeCallback(&AskingTestCase::ReadWhatIsThere, this));
        NS_TEST_EXPECT_MSG_EQ(m_receiver->GetRxAvailable(), BYTES, "all has come");
        m_receiver->Send(Create<Packet>(BYTES));
        NS_TEST_EXPECT_MSG_EQ(m_receiver->GetRxAvailable(), (TakesTime() ? 0 : BYTES), "writing");
        ReadWhatIsThere(m_receiver); // is told when the write has returned
    }

    void ReadWhatIsThere(Ptr<Socket> socket)
    {
        for (uint32_t asked = 0; socket->GetRxAvailable() > 0; asked++)
        {
            if (asked == BYTES)
            {
                NS_TEST_EXPECT_MSG_EQ(true, false, "available, but never read");
                return;
            }
            Ptr<Packet> packet = socket->Recv(std::min(socket->GetRxAvailable(), READ), 0);
            m_read += packet ? packet->GetSize() : 0;
        }
    }

    void CloseBoth()
    {
        m_receiver->Close();
        m_sender->Close();
    }

    void Check() override
    {
        NS_TEST_EXPECT_MSG_EQ(m_read, 2 * BYTES, "both have read all");
        NS_TEST_EXPECT_MSG_EQ(m_receiver->GetRxAvailable(), 0, "nothing is left");
    }
};

/** All of it, on each path. */
class SocketTestSuite : public TestSuite
{
  public:
    SocketTestSuite()
        : TestSuite("payload-cache-socket", UNIT)
    {
        AddTestCase(new PartReadTestCase(0), TestCase::QUICK);
        AddTestCase(new PartReadTestCase(5000), TestCase::QUICK);
        for (const char* path : {"conventional", "payload-cache"})
        {
            for (double cycles : {0.0, 5000.0})
            {
                AddTestCase(new BusyTestCase(path, cycles), TestCase::QUICK);
                AddTestCase(new ProcessTestCase(path, cycles), TestCase::QUICK);
                AddTestCase(new SizeTestCase(path, cycles), TestCase::QUICK);
                AddTestCase(new ShutdownTestCase(path, cycles, false), TestCase::QUICK);
                AddTestCase(new ShutdownTestCase(path, cycles, true), TestCase::QUICK);
                AddTestCase(new LateReadTestCase(path, cycles), TestCase::QUICK);
                AddTestCase(new AskingTestCase(path, cycles), TestCase::QUICK);
                AddTestCase(new CloseInCallbackTestCase(path, cycles), TestCase::QUICK);
            }
        }
    }
};

SocketTestSuite g_socketTestSuite; //!< registers itself

} // namespace
