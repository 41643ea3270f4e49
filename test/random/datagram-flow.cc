#include "datagram-flow.h"

#include "pattern.h"

#include "ns3/simulator.h"

#include <cmath>
#include <random>

using namespace ns3;

namespace randomtest
{

namespace
{

constexpr uint32_t FIRST_PATTERN = 1000; // chosen: beyond those of connections
constexpr uint64_t APART = 65536;        // bytes: no datagram is longer

/** \return a packet's bytes */
std::string
ContentOf(Ptr<const Packet> packet)
{
    std::string content(packet->GetSize(), '\0');
    packet->CopyData(reinterpret_cast<uint8_t*>(content.data()), packet->GetSize());
    return content;
}

} // namespace

DatagramFlow::DatagramFlow(const DatagramPlan& plan, uint32_t number, bool pattern)
    : m_plan(plan),
      m_number(FIRST_PATTERN + number),
      m_pattern(pattern)
{
    std::mt19937 random(m_number);
    double least = std::log(plan.least + 1.0);
    double most = std::log(plan.most + 1.0);
    for (uint32_t i = 0; i < plan.count; i++)
    {
        // of the generator's own 32 bits: std's distributions differ between libraries
        double size = std::exp(least + (most - least) * (random() / 4294967295.0)) - 1;
        m_sizes.push_back(static_cast<uint32_t>(std::lround(size)));
    }
}

void
DatagramFlow::AddReader(uint32_t host, Ptr<Socket> socket)
{
    m_readers.push_back(std::make_unique<DatagramReader>());
    DatagramReader* reader = m_readers.back().get();
    reader->host = host;
    reader->socket = socket;
    socket->TraceConnectWithoutContext("Drop", MakeCallback(&DatagramFlow::Dropped).Bind(reader));
    socket->SetRecvCallback(
        Callback<void, Ptr<Socket>>([this, reader](Ptr<Socket>) { Read(reader); }));
}

void
DatagramFlow::Begin(Ptr<Socket> socket, const Address& to)
{
    m_socket = socket;
    m_to = to;
    if (m_plan.connected)
    {
        socket->Connect(to);
    }
    socket->SetSendCallback(MakeCallback(&DatagramFlow::Writable, this));
    Write();
}

void
DatagramFlow::Do(const Act& act)
{
    if (act.what == "pause" || act.what == "resume")
    {
        m_paused = act.what == "pause";
        for (const auto& reader : m_readers)
        {
            Read(reader.get());
        }
        return;
    }
    m_muted = m_muted || !act.server;
    m_readersClosed = m_readersClosed || act.server;
    if (act.what == "close" && !act.server && m_socket)
    {
        m_socket->Close();
    }
    for (const auto& reader : m_readers)
    {
        if (act.what == "close" && act.server)
        {
            reader->socket->Close();
        }
    }
}

void
DatagramFlow::Writable(Ptr<Socket> /* socket */, uint32_t /* room */)
{
    if (m_refused)
    {
        m_refused = false;
        Simulator::ScheduleNow(&DatagramFlow::Write, this);
    }
}

Ptr<Packet>
DatagramFlow::Make(uint32_t index) const
{
    return m_pattern ? MakePatternPacket(m_number, index * APART, m_sizes[index])
                     : Create<Packet>(m_sizes[index]);
}

void
DatagramFlow::Write()
{
    while (m_next < m_plan.count && !m_muted)
    {
        Ptr<Packet> packet = Make(m_next);
        std::string content = ContentOf(packet);
        m_sent[content]++; // it may have come before the call returns
        int sent = m_plan.connected ? m_socket->Send(packet) : m_socket->SendTo(packet, 0, m_to);
        if (sent < 0)
        {
            m_sent[content]--;
            m_refused = true;
            return; // the same again when there is room
        }
        m_next++;
        m_lastProgress = Simulator::Now();
        if (m_plan.gap > 0)
        {
            Simulator::Schedule(Seconds(m_plan.gap), &DatagramFlow::Write, this);
            return;
        }
    }
}

void
DatagramFlow::Read(DatagramReader* reader)
{
    Address from;
    while (!m_paused && !m_readersClosed)
    {
        Ptr<Packet> packet = reader->socket->RecvFrom(from);
        if (!packet)
        {
            return;
        }
        std::string content = ContentOf(packet);
        auto sent = m_sent.find(content);
        reader->count++;
        bool known = sent != m_sent.end();
        reader->strange += known ? 0 : 1;
        reader->again += known && ++reader->read[content] > sent->second ? 1 : 0;
        m_lastProgress = Simulator::Now();
    }
}

void
DatagramFlow::Dropped(DatagramReader* reader, Ptr<const Packet> /* packet */)
{
    reader->dropped++;
}

const DatagramPlan&
DatagramFlow::GetPlan() const
{
    return m_plan;
}

const std::vector<std::unique_ptr<DatagramReader>>&
DatagramFlow::GetReaders() const
{
    return m_readers;
}

uint64_t
DatagramFlow::GetSent() const
{
    return m_next;
}

bool
DatagramFlow::HasSentAll() const
{
    return m_muted || m_next == m_plan.count;
}

bool
DatagramFlow::IsPaused() const
{
    return m_paused;
}

bool
DatagramFlow::HaveReadersClosed() const
{
    return m_readersClosed;
}

Time
DatagramFlow::GetLastProgress() const
{
    return m_lastProgress;
}

} // namespace randomtest
