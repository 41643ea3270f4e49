#include "transfers.h"

#include "addresses.h"

#include "ns3/abort.h"
#include "ns3/boolean.h"
#include "ns3/simulator.h"
#include "ns3/uinteger.h"

using namespace ns3;

namespace scenario
{

namespace
{

constexpr uint16_t PORT = 5001; // chosen: iperf's

} // namespace

Transfers::Transfers(Network& network, const Parameters& p, bool upload, uint64_t writeSize)
    : m_network(network),
      m_p(p),
      m_upload(upload),
      m_writeSize(writeSize),
      m_read(network.GetHosts().size() - 1)
{
}

void
Transfers::SetCallbacks(Happened read, Happened ended)
{
    m_onRead = std::move(read);
    m_onEnd = std::move(ended);
}

// -- Beginning --

Transfers::Key
Transfers::KeyOf(const Address& socket) const
{
    return static_cast<Key>(m_hosts.at(HostOf(socket))) << 16 | PortOf(socket);
}

const Host&
Transfers::ClientOf(const Transfer& transfer) const
{
    return m_network.GetHosts()[1 + transfer.client]; // behind the server
}

void
Transfers::Listen()
{
    auto& hosts = m_network.GetHosts();
    for (std::size_t i = 0; i < hosts.size(); i++)
    {
        m_hosts[hosts[i].address] = i;
    }
    std::size_t first = m_upload ? 0 : 1;
    std::size_t end = m_upload ? 1 : hosts.size();
    for (std::size_t i = first; i < end; i++)
    {
        auto listener = Socket::CreateSocket(hosts[i].node, m_network.GetSocketFactory());
        listener->Bind(AtAny(hosts[i].address, PORT));
        listener->Listen();
        listener->ShutdownSend(); // what it accepts closes as soon as its peer does
        listener->SetAcceptCallback(
            MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
            MakeCallback(&Transfers::Accepted, this).Bind(const_cast<const Host*>(&hosts[i])));
        m_listeners.push_back(listener);
    }
}

bool
Transfers::Begin(uint64_t client, uint64_t bytes, std::size_t slot)
{
    auto transfer = std::make_unique<Transfer>();
    transfer->number = m_begun++;
    transfer->client = client;
    transfer->bytes = bytes;
    transfer->began = Simulator::Now();
    transfer->slot = slot;
    m_bytes += bytes;
    transfer->source = MakeSource(*transfer);
    Address local;
    transfer->source->GetSocket()->GetSockName(local);
    uint16_t port = PortOf(local);
    const Host& from = m_upload ? ClientOf(*transfer) : m_network.GetHosts()[0];
    bool first = m_transfers.emplace(KeyOf(At(from.address, port)), std::move(transfer)).second;
    return port != 0 && first;
}

Ptr<PatternSource>
Transfers::MakeSource(const Transfer& transfer)
{
    const Host& server = m_network.GetHosts()[0];
    const Host& client = ClientOf(transfer);
    Address to = m_upload ? server.address : client.address;
    auto source = CreateObject<PatternSource>();
    source->SetAttribute("Remote", AddressValue(At(to, PORT)));
    source->SetAttribute("Protocol", TypeIdValue(m_network.GetSocketFactory()));
    source->SetAttribute("SendSize", UintegerValue(m_writeSize));
    source->SetAttribute("MaxBytes", UintegerValue(transfer.bytes));
    source->SetAttribute("Flow", UintegerValue(static_cast<uint32_t>(transfer.number)));
    source->SetAttribute("Pattern", BooleanValue(m_p.data == "bytes"));
    source->SetNode(m_upload ? client.node : server.node);
    source->StartApplication();
    m_rtt.Follow(source->GetSocket());
    return source;
}

Ptr<PatternSink>
Transfers::MakeSink(Key key, const Transfer& transfer, const Host& host)
{
    auto sink = CreateObject<PatternSink>();
    sink->SetAttribute("Flow", UintegerValue(static_cast<uint32_t>(transfer.number)));
    sink->SetAttribute("Pattern", BooleanValue(m_p.data == "bytes"));
    sink->SetNode(host.node);
    sink->TraceConnectWithoutContext("Rx", MakeCallback(&Transfers::HasRead, this).Bind(key));
    sink->TraceConnectWithoutContext("Close", MakeCallback(&Transfers::HasClosed, this).Bind(key));
    return sink;
}

void
Transfers::Accepted(const Host* host, Ptr<Socket> socket, const Address& from)
{
    Key key = KeyOf(from);
    auto transfer = m_transfers.find(key);
    NS_ABORT_MSG_IF(transfer == m_transfers.end() || transfer->second->sink,
                    "a connection came to " << host->name << " that no flow has begun");
    transfer->second->sink = MakeSink(key, *transfer->second, *host);
    transfer->second->sink->Accepted(socket, from);
}

// -- Ending --

void
Transfers::HasRead(Key key, Ptr<const Packet> packet)
{
    const Transfer& transfer = *m_transfers.at(key);
    m_lastRead = Simulator::Now();
    m_read[transfer.client] += packet->GetSize();
    if (transfer.sink->GetRead() == transfer.bytes)
    {
        m_onRead(transfer);
        CheckEnd(key);
    }
}

void
Transfers::HasClosed(Key key)
{
    CheckEnd(key);
}

void
Transfers::CheckEnd(Key key)
{
    const Transfer& transfer = *m_transfers.at(key);
    if (transfer.sink->IsClosed() && transfer.sink->GetRead() == transfer.bytes)
    {
        // later: this is called by the very sink
        Simulator::ScheduleNow(&Transfers::End, this, key);
    }
}

void
Transfers::End(Key key)
{
    auto entry = m_transfers.find(key);
    std::unique_ptr<Transfer> transfer = std::move(entry->second);
    m_transfers.erase(entry);
    m_wrong += transfer->sink->GetWrong();
    transfer->source->Dispose();
    transfer->sink->Dispose();
    m_onEnd(*transfer);
}

// -- What has come --

std::size_t
Transfers::GetActive() const
{
    return m_transfers.size();
}

const std::vector<uint64_t>&
Transfers::GetRead() const
{
    return m_read;
}

uint64_t
Transfers::GetBytes() const
{
    return m_bytes;
}

uint64_t
Transfers::GetWrong() const
{
    uint64_t wrong = m_wrong;
    for (const auto& [key, transfer] : m_transfers)
    {
        wrong += transfer->sink ? transfer->sink->GetWrong() : 0;
    }
    return wrong;
}

Time
Transfers::GetLastRead() const
{
    return m_lastRead;
}

RttMeter&
Transfers::GetRtt()
{
    return m_rtt;
}

} // namespace scenario
