#include "host-timeline.h"

#include "ns3/ipv4-header.h"
#include "ns3/ipv6-header.h"
#include "ns3/pointer.h"
#include "ns3/simulator.h"
#include "ns3/tcp-header.h"

#include <algorithm>

namespace ns3
{

namespace
{

/// Lanes of one kind: chosen, more than a host has sockets, and few enough that all kinds fit.
constexpr uint32_t LANES_OF_A_KIND = 1 << 24;
/// Engines of one bus (PC_DMA_ENGINES): lanes of engines are numbered bus by bus.
constexpr uint32_t ENGINES_OF_A_BUS = PC_DMA_ENGINES;

/// What an arrow passes, beside the ledger's categories.
constexpr int STAGE_CALL = PC_CAT_COUNT;
constexpr int STAGE_DMA = PC_CAT_COUNT + 1;
constexpr int STAGE_WIRE = PC_CAT_COUNT + 2;

/** \return what a slice is about, as members of a JSON object */
std::string
Args(const Subject& about)
{
    std::string args;
    auto add = [&args](const char* key, uint64_t value) {
        args += (args.empty() ? "\"" : ",\"") + std::string(key) + "\":" + std::to_string(value);
    };
    if (about.moved != 0)
    {
        add("moved", about.moved);
    }
    if (about.bytes != 0)
    {
        add("bytes", about.bytes);
        add("offset", about.offset);
    }
    if (about.socket != 0)
    {
        add("socket", about.socket);
    }
    if (about.frame != 0)
    {
        add("frame", about.frame);
    }
    return args;
}

/** \return a size after what it is of */
std::string
Sized(const std::string& what, uint64_t bytes)
{
    return what + " " + std::to_string(bytes) + " B";
}

/** \return a TCP header that comes after a network header */
TcpHeader
ReadTcp(Ptr<const Packet> packet, const FrameInfo& info)
{
    Ptr<Packet> copy = packet->Copy();
    Ipv4Header ipv4;
    Ipv6Header ipv6;
    info.received.isIpv6 ? copy->RemoveHeader(ipv6) : copy->RemoveHeader(ipv4);
    TcpHeader tcp;
    copy->PeekHeader(tcp);
    return tcp;
}

/** \return what a frame is called: as packet sniffers do; ns-3 numbers a stream's bytes from 1 */
std::string
Label(Ptr<const Packet> packet, const FrameInfo& info, const SegmentTag* tag)
{
    if (!info.isTcp)
    {
        return Sized("frame", info.packetBytes);
    }
    TcpHeader tcp = ReadTcp(packet, info);
    uint8_t flags = tcp.GetFlags();
    if (info.PayloadBytes() > 0)
    {
        bool again = tag && tag->retransmission;
        return (again ? "again seq " : "seq ") +
               std::to_string(tcp.GetSequenceNumber().GetValue()) + " len " +
               std::to_string(info.PayloadBytes());
    }
    if (flags & (TcpHeader::SYN | TcpHeader::FIN | TcpHeader::RST))
    {
        return TcpHeader::FlagsToString(flags);
    }
    return "ack " + std::to_string(tcp.GetAckNumber().GetValue());
}

/** \return the middle of a span: inside it, whatever it meets */
pc_time
Middle(pc_time begin, pc_time end)
{
    return begin + (end - begin) / 2;
}

} // namespace

HostTimeline::HostTimeline(std::shared_ptr<Recording> recording,
                           Ptr<HostModel> host,
                           const std::string& name)
    : m_recording(recording),
      m_file(recording->file),
      m_arrows(recording->arrows),
      m_host(host),
      m_process(recording->file.AddProcess(name))
{
}

void
HostTimeline::AddCard(Ptr<PayloadCacheNetDevice> card)
{
    uint32_t number = m_cards++;
    std::string suffix = number == 0 ? "" : ", card " + std::to_string(number);
    Self self = shared_from_this();
    auto curve = [&](const std::string& name) {
        return m_file.AddCurve(m_process, name + suffix);
    };
    TraceEventFile::Curve ram = curve("card RAM, transmit, B");
    curve("card RAM, receive, B"); // the curve behind it
    for (const char* source : {"CardRamAlloc", "CardRamRelease"})
    {
        card->TraceConnectWithoutContext(source,
                                         MakeCallback(&HostTimeline::RamChanged).Bind(self, ram));
    }
    auto queue = [&](Ptr<Object> object, const char* source, const char* name) {
        object->TraceConnectWithoutContext(
            source,
            MakeCallback(&HostTimeline::QueueChanged).Bind(self, curve(name)));
    };
    queue(card, "TxRing", "transmit ring, frames");
    queue(card, "RxRing", "receive ring, frames");
    Ptr<NetDevice> wire = card->GetWire();
    PointerValue wireQueue;
    if (wire->GetAttributeFailSafe("TxQueue", wireQueue) && wireQueue.GetObject())
    {
        queue(wireQueue.GetObject(), "PacketsInQueue", "wire queue, frames");
    }
    auto frames = [&](Ptr<NetDevice> device, const char* source, auto sink) {
        device->TraceConnectWithoutContext(source, MakeCallback(sink).Bind(self, number));
    };
    frames(wire, "PhyTxBegin", &HostTimeline::WireBegan);
    frames(wire, "PhyTxEnd", &HostTimeline::WireEnded);
    frames(card, "MacTxDrop", &HostTimeline::Dropped);
    frames(card, "MacRxDrop", &HostTimeline::Dropped);
}

void
HostTimeline::Flush()
{
    for (const auto& [lane, span] : m_spans)
    {
        WriteSpan(lane, span);
    }
    m_spans.clear();
}

// -- Lanes --

TraceEventFile::Lane
HostTimeline::GetLane(Kind kind, uint32_t number)
{
    auto found = m_lanes.find({kind, number});
    if (found != m_lanes.end())
    {
        return found->second;
    }
    uint32_t order = static_cast<uint32_t>(kind) * LANES_OF_A_KIND + number;
    TraceEventFile::Lane lane = m_file.AddLane(m_process, NameLane(kind, number), order);
    m_lanes[{kind, number}] = lane;
    return lane;
}

std::string
HostTimeline::NameLane(Kind kind, uint32_t number) const
{
    // the first of a kind goes without a number where it may be the only one; engines of both
    // directions are numbered together, so what counts is which one of its kind it is
    auto others = std::count_if(m_lanes.begin(), m_lanes.end(), [kind](const auto& lane) {
        return lane.first.first == kind;
    });
    std::string core = m_host->GetCores() == 1 ? "" : ", core " + std::to_string(number);
    std::string more = others == 0 ? "" : ", number " + std::to_string(others + 1);
    pc_bus_kind bus = m_host->Bus().config.kind;
    bool halfDuplex = bus == PC_BUS_PCI || bus == PC_BUS_PCIX;
    switch (kind)
    {
    case Kind::APPLICATION:
        return "application, socket " + std::to_string(number);
    case Kind::PROCESS:
        return "process CPU" + core;
    case Kind::INTERRUPT:
        return "interrupt CPU" + core;
    case Kind::DMA_TO_CARD:
        return "DMA to the card" + more;
    case Kind::DMA_TO_HOST:
        return "DMA to the host" + more;
    case Kind::BUS_TO_CARD:
        return "bus to the card" + more;
    case Kind::BUS_TO_HOST:
        return (halfDuplex ? "bus, both ways" : "bus to the host") + more;
    case Kind::WIRE:
        return m_cards == 1 ? "wire" : "wire of card " + std::to_string(number);
    }
    return "";
}

void
HostTimeline::AddSpan(TraceEventFile::Lane lane, const Span& span)
{
    auto [found, first] = m_spans.emplace(lane, span);
    Span& last = found->second;
    if (first)
    {
        return;
    }
    if (last.end == span.begin && last.name == span.name && last.about == span.about)
    {
        last.end = span.end;
        return;
    }
    WriteSpan(lane, last);
    last = span;
}

void
HostTimeline::WriteSpan(TraceEventFile::Lane lane, const Span& span)
{
    m_file.Slice(lane, span.begin, span.end, span.name, Args(span.about));
}

// -- Resources --

void
HostTimeline::CoreWorked(unsigned core,
                         pc_cpu_class jobClass,
                         pc_category category,
                         const Subject& about,
                         pc_time begin,
                         pc_time end)
{
    if (!m_file.IsBeforeEnd(begin))
    {
        return;
    }
    auto lane = GetLane(jobClass == PC_CPU_INTERRUPT ? Kind::INTERRUPT : Kind::PROCESS, core);
    AddSpan(lane, {pc_category_name(category), about, begin, end});
    if (about.frame != 0 && (category == PC_CAT_TCP_TX || category == PC_CAT_TCP_RX))
    {
        m_arrows.Step(about.frame, lane, Middle(begin, end), category);
    }
}

void
HostTimeline::BusBusy(unsigned bus,
                      pc_bus_direction direction,
                      const Subject* about,
                      pc_time begin,
                      pc_time end)
{
    if (!m_file.IsBeforeEnd(begin))
    {
        return;
    }
    auto lane = GetLane(direction == PC_TO_CARD ? Kind::BUS_TO_CARD : Kind::BUS_TO_HOST, bus);
    Subject shared;
    std::string name = about ? Sized(about->what, about->moved) : "shared";
    AddSpan(lane, {name, about ? *about : shared, begin, end});
}

void
HostTimeline::DmaDone(unsigned bus,
                      unsigned engine,
                      pc_bus_direction direction,
                      const Subject& about,
                      pc_time begin,
                      pc_time end)
{
    if (!m_file.IsBeforeEnd(begin))
    {
        return;
    }
    auto kind = direction == PC_TO_CARD ? Kind::DMA_TO_CARD : Kind::DMA_TO_HOST;
    auto lane = GetLane(kind, bus * ENGINES_OF_A_BUS + engine);
    std::string name = Sized(std::string("DMA ") + about.what, about.moved);
    m_file.Slice(lane, begin, end, name, Args(about));
    if (about.frame != 0)
    {
        m_arrows.Step(about.frame, lane, Middle(begin, end), STAGE_DMA);
    }
    else if (about.socket != 0)
    {
        JoinCall(about, direction == PC_TO_CARD, lane, Middle(begin, end));
    }
}

void
HostTimeline::JoinCall(const Subject& about, bool isWrite, TraceEventFile::Lane lane, pc_time at)
{
    auto application = GetLane(Kind::APPLICATION, about.socket);
    if (!isWrite)
    {
        m_arrows.Draw("payload", application, m_sockets[about.socket].taken, lane, at);
    }
    else if (const Write* write = FindWrite(about.socket, about.offset))
    {
        m_arrows.Draw("payload", application, write->at, lane, at);
    }
}

void
HostTimeline::WireBegan(Self self, uint32_t card, Ptr<const Packet> packet)
{
    pc_time now = Simulator::Now().GetPicoSeconds();
    FrameTag name;
    packet->PeekPacketTag(name);
    auto lane = self->GetLane(Kind::WIRE, card);
    Subject about;
    about.moved = packet->GetSize();
    about.frame = name.number;
    self->m_file.Begin(lane, now, self->m_arrows.GetLabel(name.number), Args(about));
    self->m_arrows.Step(name.number, lane, now, STAGE_WIRE);
}

void
HostTimeline::WireEnded(Self self, uint32_t card, Ptr<const Packet> /* packet */)
{
    self->m_file.End(self->GetLane(Kind::WIRE, card), Simulator::Now().GetPicoSeconds());
}

void
HostTimeline::Dropped(Self self, uint32_t card, Ptr<const Packet> packet)
{
    FrameTag name;
    packet->PeekPacketTag(name);
    self->m_file.Instant(self->GetLane(Kind::WIRE, card),
                         self->m_host->Now(),
                         "dropped: " + self->m_arrows.GetLabel(name.number));
    self->m_arrows.End(name.number);
}

void
HostTimeline::RamChanged(Self self,
                         TraceEventFile::Curve transmit,
                         bool isTransmit,
                         uint64_t /* bytes */,
                         uint64_t held)
{
    self->m_file.Change(transmit + (isTransmit ? 0 : 1), self->m_host->Now(), held);
}

void
HostTimeline::QueueChanged(Self self,
                           TraceEventFile::Curve curve,
                           uint32_t /* before */,
                           uint32_t after)
{
    self->m_file.Change(curve, self->m_host->Now(), after);
}

// -- Calls --

const HostTimeline::Write*
HostTimeline::FindWrite(uint32_t socket, uint64_t offset) const
{
    auto found = m_sockets.find(socket);
    if (found == m_sockets.end())
    {
        return nullptr;
    }
    const auto& writes = found->second.writes;
    auto write =
        std::upper_bound(writes.begin(), writes.end(), offset, [](uint64_t at, const Write& w) {
            return at < w.end;
        });
    return write == writes.end() ? nullptr : &*write;
}

void
HostTimeline::WriteCalled(const Subject& call, pc_time at)
{
    m_sockets[call.socket].writes.push_back({call.offset + call.bytes, at});
    auto lane = GetLane(Kind::APPLICATION, call.socket);
    m_file.Begin(lane, at, Sized("write", call.bytes), Args(call));
}

void
HostTimeline::ReadTakes(const Subject& call, pc_time began, pc_time at)
{
    SocketState& socket = m_sockets[call.socket];
    socket.taken = at;
    auto lane = GetLane(Kind::APPLICATION, call.socket);
    m_file.Begin(lane, began, Sized("read", call.bytes), Args(call));
    // a slice of its own: an arrow goes from the earlier slice to the later, and a segment may come
    // while the read is on its way into the kernel
    m_file.Begin(lane, at, Sized("take", call.bytes), Args(call));
    auto& received = socket.received;
    while (!received.empty() && received.begin()->first < call.offset + call.bytes)
    {
        uint64_t frame = received.begin()->second;
        m_arrows.Step(frame, lane, at, STAGE_CALL);
        m_arrows.End(frame);
        received.erase(received.begin());
    }
}

void
HostTimeline::CallReturned(uint32_t socket, bool write, pc_time at)
{
    auto lane = GetLane(Kind::APPLICATION, socket);
    m_file.End(lane, at);
    if (!write)
    {
        m_file.End(lane, at); // what it took, and then the read itself
    }
}

void
HostTimeline::SendBuffer(uint32_t number, uint64_t begin, uint64_t end, pc_time at)
{
    SocketState& socket = m_sockets[number];
    while (!socket.writes.empty() && socket.writes.front().end <= begin)
    {
        socket.writes.pop_front();
    }
    if (!socket.hasBuffer)
    {
        std::string name = "send buffer, socket " + std::to_string(number) + ", B";
        socket.buffer = m_file.AddCurve(m_process, name);
        socket.hasBuffer = true;
    }
    m_file.Change(socket.buffer, at, end - begin);
}

// -- Frames --

uint64_t
HostTimeline::FrameMade(Ptr<const Packet> packet, const FrameInfo& info, const SegmentTag* tag)
{
    bool data = info.isTcp && info.PayloadBytes() > 0;
    uint64_t frame = m_arrows.Add(data ? "data" : "ack", Label(packet, info, tag));
    if (data && tag)
    {
        if (const Write* write = FindWrite(tag->socket, tag->offset))
        {
            m_arrows.Step(frame, GetLane(Kind::APPLICATION, tag->socket), write->at, STAGE_CALL);
        }
    }
    else if (m_delivered != 0)
    {
        m_arrows.StepFrom(frame, m_delivered);
    }
    return frame;
}

void
HostTimeline::FrameForwarded()
{
    m_kept = true;
}

void
HostTimeline::DeliveryBegins(const Subject& about)
{
    m_delivered = about.frame;
    m_kept = false;
}

void
HostTimeline::PayloadReceived(uint32_t socket, uint64_t offset)
{
    m_kept = m_delivered != 0 && m_sockets[socket].received.emplace(offset, m_delivered).second;
}

void
HostTimeline::DeliveryEnds()
{
    if (!m_kept)
    {
        m_arrows.End(m_delivered);
    }
    m_delivered = 0;
}

} // namespace ns3
