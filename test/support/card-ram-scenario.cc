#include "card-ram-scenario.h"

#include "invented-machine.h"
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
#include "ns3/pointer.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/uinteger.h"

using namespace ns3;

namespace
{

constexpr uint32_t UP = 1;   // flow of what host 0 writes
constexpr uint32_t DOWN = 2; // flow of what host 1 writes

} // namespace

// -- An end --

PatternEnd::PatternEnd(Ptr<Socket> socket,
                       uint32_t writes,
                       uint32_t reads,
                       uint64_t bytes,
                       uint32_t writeSize)
    : socket(socket),
      m_writes(writes),
      m_reads(reads),
      m_bytes(bytes),
      m_writeSize(writeSize)
{
    socket->SetConnectCallback(MakeCallback(&PatternEnd::Connected, this),
                               MakeNullCallback<void, Ptr<Socket>>());
    socket->SetSendCallback(MakeCallback(&PatternEnd::Writable, this));
    socket->SetRecvCallback(MakeCallback(&PatternEnd::Readable, this));
    socket->SetCloseCallbacks(MakeCallback(&PatternEnd::Closed, this),
                              MakeCallback(&PatternEnd::Closed, this));
}

PatternEnd::~PatternEnd()
{
    socket->SetConnectCallback(MakeNullCallback<void, Ptr<Socket>>(),
                               MakeNullCallback<void, Ptr<Socket>>());
    socket->SetSendCallback(MakeNullCallback<void, Ptr<Socket>, uint32_t>());
    socket->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
    socket->SetCloseCallbacks(MakeNullCallback<void, Ptr<Socket>>(),
                              MakeNullCallback<void, Ptr<Socket>>());
}

void
PatternEnd::SetThen(Then then)
{
    m_then = then;
}

void
PatternEnd::SetReading(bool reading)
{
    m_reading = reading;
    if (reading)
    {
        Readable(socket);
    }
}

void
PatternEnd::Start()
{
    m_started = true;
    Write();
}

void
PatternEnd::Connected(Ptr<Socket> /* socket */)
{
    Start();
}

void
PatternEnd::Writable(Ptr<Socket> /* socket */, uint32_t /* room */)
{
    if (m_started)
    {
        Write();
    }
}

void
PatternEnd::Write()
{
    while (written < m_bytes)
    {
        if (!m_refused)
        {
            uint32_t size = std::min<uint64_t>(m_writeSize, m_bytes - written);
            m_refused = MakePatternPacket(m_writes, written, size);
        }
        if (socket->Send(m_refused) < 0)
        {
            return;
        }
        written += m_refused->GetSize();
        m_refused = nullptr;
    }
    if (!m_done)
    {
        m_done = true;
        if (m_then == Then::CLOSE)
        {
            socket->Close();
        }
        else if (m_then == Then::SHUTDOWN)
        {
            socket->ShutdownSend();
        }
    }
}

void
PatternEnd::Readable(Ptr<Socket> /* socket */)
{
    while (m_reading)
    {
        Ptr<Packet> packet = socket->Recv();
        if (!packet || packet->GetSize() == 0)
        {
            return;
        }
        wrong += CountWrongBytes(m_reads, read, packet);
        read += packet->GetSize();
    }
}

void
PatternEnd::Closed(Ptr<Socket> /* socket */)
{
    ended = true;
}

// -- The hosts --

CardRamScenario::CardRamScenario(const Setting& setting)
{
    Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1448));
    Config::SetDefault("ns3::TcpSocket::DataRetries", UintegerValue(3));
    Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(setting.rcvBuf));
    Config::SetDefault("ns3::PayloadCacheTcpSocket::ClampWindow", BooleanValue(setting.clamp));
    Config::SetDefault("ns3::PayloadCacheTcpSocket::SendForgottenFin", BooleanValue(true));
    GlobalValue::Bind("ChecksumEnabled", BooleanValue(true));
    RngSeedManager::SetSeed(3);
    nodes.Create(2);
    PointToPointHelper link;
    link.SetDeviceAttribute("DataRate", StringValue("100Mbps"));
    link.SetChannelAttribute("Delay", StringValue("500us"));
    wires = link.Install(nodes);
    for (uint32_t i = 0; i < 2; i++)
    {
        m_losses.push_back(CreateObject<RateErrorModel>());
        m_losses[i]->SetUnit(RateErrorModel::ERROR_UNIT_PACKET);
        m_losses[i]->SetRate(setting.loss);
        m_losses[i]->AssignStreams(i + 1);
        wires.Get(i)->SetAttribute("ReceiveErrorModel", PointerValue(m_losses[i]));
    }
    InstallCards(setting);
    InternetStackHelper().Install(nodes);
    NetDeviceContainer devices;
    devices.Add(cards[0]);
    devices.Add(cards[1]);
    auto interfaces = Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(devices);
    addresses = {interfaces.GetAddress(0), interfaces.GetAddress(1)};
}

CardRamScenario::~CardRamScenario()
{
    clients.clear();
    servers.clear();
    m_alone.clear();
    Simulator::Destroy();
    GlobalValue::Bind("ChecksumEnabled", BooleanValue(false));
    Config::Reset();
}

void
CardRamScenario::InstallCards(const Setting& setting)
{
    PayloadCacheHelper helper = InventedMachine("payload-cache");
    helper.SetHostAttribute("AppReadCold", DoubleValue(setting.appReadCycles));
    helper.SetHostAttribute("AppReadWarm", DoubleValue(setting.appReadCycles));
    helper.SetCardAttribute("HoldBytes", BooleanValue(true));
    helper.SetCardAttribute("TxRam", UintegerValue(setting.txRam));
    helper.SetCardAttribute("RxRam", UintegerValue(setting.rxRam));
    helper.SetCardAttribute("ReleaseDelay", StringValue("2us"));
    helper.SetCardAttribute("ReleaseWait", StringValue(setting.releaseWait));
    helper.SetPathAttribute("WhenFull", StringValue(setting.whenFull));
    helper.SetPathAttribute("TxQuota", UintegerValue(setting.txQuota));
    helper.SetPathAttribute("RxQuota", UintegerValue(setting.rxQuota));
    cards = CardsOf(helper.Install(wires));
}

PatternEnd&
CardRamScenario::Connect(double at, uint16_t port, uint64_t bytes, uint32_t writeSize)
{
    auto factory = TypeId::LookupByName("ns3::PayloadCacheTcpSocketFactory");
    Ptr<Socket> socket = Socket::CreateSocket(nodes.Get(0), factory);
    socket->Bind(InetSocketAddress(Ipv4Address::GetAny(), localPort));
    clients.push_back(std::make_unique<PatternEnd>(socket, UP, DOWN, bytes, writeSize));
    Simulator::Schedule(Seconds(at), [socket, port, to = addresses[1]] {
        socket->Connect(InetSocketAddress(to, port));
    });
    return *clients.back();
}

Ptr<Socket>
CardRamScenario::Listen(uint16_t port, uint64_t bytes, PatternEnd::Then then)
{
    auto factory = TypeId::LookupByName("ns3::PayloadCacheTcpSocketFactory");
    Ptr<Socket> listener = Socket::CreateSocket(nodes.Get(1), factory);
    listener->Bind(InetSocketAddress(Ipv4Address::GetAny(), port));
    listener->Listen();
    listener->SetAcceptCallback(
        MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
        MakeCallback(&CardRamScenario::Accepted, this).Bind(bytes, then));
    return listener;
}

Ptr<Socket>
CardRamScenario::ListenAlone(uint16_t port)
{
    Ptr<Socket> listener = Listen(port, 0, PatternEnd::Then::NOTHING);
    listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                MakeNullCallback<void, Ptr<Socket>, const Address&>());
    return listener;
}

void
CardRamScenario::Accepted(uint64_t bytes,
                          PatternEnd::Then then,
                          Ptr<Socket> socket,
                          const Address& /* from */)
{
    servers.push_back(std::make_unique<PatternEnd>(socket, DOWN, UP, bytes, 30000));
    servers.back()->SetThen(then);
    if (bytes > 0)
    {
        servers.back()->Start();
    }
}

void
CardRamScenario::SetLoss(double rate)
{
    for (const auto& losses : m_losses)
    {
        losses->SetRate(rate);
    }
}

uint64_t
CardRamScenario::Held(uint32_t host) const
{
    return cards[host]->GetRamStatistics(PC_RAM_TX).held +
           cards[host]->GetRamStatistics(PC_RAM_RX).held;
}

uint64_t
CardRamScenario::Releasing(uint32_t host) const
{
    return cards[host]->GetRamStatistics(PC_RAM_TX).releasing +
           cards[host]->GetRamStatistics(PC_RAM_RX).releasing;
}

uint64_t
CardRamScenario::CountWrong() const
{
    uint64_t wrong = 0;
    for (const auto* ends : {&clients, &servers})
    {
        for (const auto& end : *ends)
        {
            wrong += end->wrong;
        }
    }
    return wrong;
}

uint64_t
CardRamScenario::CountRead() const
{
    uint64_t read = 0;
    for (const auto& end : servers)
    {
        read += end->read;
    }
    return read;
}
