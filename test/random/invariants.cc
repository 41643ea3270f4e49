#include "invariants.h"

#include "ns3/simulator.h"
#include "ns3/tcp-rx-buffer.h"
#include "ns3/tcp-socket-base.h"
#include "ns3/tcp-tx-buffer.h"

#include <algorithm>
#include <numeric>
#include <set>

using namespace ns3;

namespace randomtest
{

namespace
{

/** Gathers violations. */
class Findings
{
  public:
    /** Notes one if \p holds is false. */
    void Expect(bool holds,
                const char* invariant,
                const std::string& where,
                const std::string& what)
    {
        if (!holds)
        {
            m_found.push_back({invariant, where, what});
        }
    }

    /** Notes one if two numbers differ. */
    void ExpectEqual(uint64_t found,
                     uint64_t right,
                     const char* invariant,
                     const std::string& where,
                     const std::string& what)
    {
        Expect(found == right,
               invariant,
               where,
               what + ": " + std::to_string(found) + ", expected " + std::to_string(right));
    }

    /** Notes one if a number is not in a range. */
    void ExpectWithin(uint64_t found,
                      uint64_t least,
                      uint64_t most,
                      const char* invariant,
                      const std::string& where,
                      const std::string& what)
    {
        Expect(least <= found && found <= most,
               invariant,
               where,
               what + ": " + std::to_string(found) + ", expected from " + std::to_string(least) +
                   " to " + std::to_string(most));
    }

    /** \return all */
    const std::vector<Violation>& Get() const
    {
        return m_found;
    }

  private:
    std::vector<Violation> m_found; //!< so far
};

/** One direction of a flow. */
struct Direction
{
    const Flow* flow;   //!< the flow
    const End* writer;  //!< writes
    const End* reader;  //!< reads
    uint32_t writeHost; //!< of the writer
    uint32_t readHost;  //!< of the reader
    std::string name;   //!< "flow 3 forward"
};

std::vector<Direction>
DirectionsOf(const World& world)
{
    std::vector<Direction> directions;
    for (std::size_t i = 0; i < world.GetFlows().size(); i++)
    {
        const Flow& flow = world.GetFlows()[i];
        std::string name = "flow " + std::to_string(i);
        const FlowPlan& plan = *flow.plan;
        directions.push_back(
            {&flow, flow.client.get(), flow.server.get(), plan.from, plan.to, name + " forward"});
        directions.push_back(
            {&flow, flow.server.get(), flow.client.get(), plan.to, plan.from, name + " back"});
    }
    return directions;
}

/** \return true if a host's writers (transmit RAM) or received frames may wait for card RAM */
bool
WaitsForRam(const World& world, uint32_t host, pc_ram_side side)
{
    for (const auto& card : world.GetCards())
    {
        Ptr<DataPath> path = card->device->GetPath();
        bool limited = card->device->GetCapacity(side) != PC_UNLIMITED || path->GetQuota(side) > 0;
        if (card->host == static_cast<int>(host) && limited && path->WaitsForRoom())
        {
            return true;
        }
    }
    return false;
}

/** \copydoc WaitsForRam(const World&, uint32_t, pc_ram_side) */
bool
WaitsForRam(const World& world, uint32_t host)
{
    return WaitsForRam(world, host, PC_RAM_TX) || WaitsForRam(world, host, PC_RAM_RX);
}

/** \return true if an attribute of sockets has a value */
bool
HasDefault(const World& world, const std::string& attribute, const std::string& value)
{
    const Attributes& defaults = world.GetDescription().defaults;
    auto found = defaults.find(attribute);
    return found != defaults.end() && found->second == value;
}

/** \return true if both ends of a flow of a host send */
bool
HasTwoWayFlow(const World& world, uint32_t host)
{
    for (const Flow& flow : world.GetFlows())
    {
        const FlowPlan& plan = *flow.plan;
        if ((plan.from == host || plan.to == host) && plan.bytes > 0 && plan.back > 0)
        {
            return true;
        }
    }
    return false;
}

/** \return true if writes are larger than the send buffer, and so last until the peer has read */
bool
WritesBeyondBuffer(const World& world, const FlowPlan& plan)
{
    constexpr uint32_t NS3_DEFAULT = 131072; // ns-3's TcpSocket::SndBufSize
    const Attributes& defaults = world.GetDescription().defaults;
    auto found = defaults.find("TcpSocket::SndBufSize");
    return plan.writeSize > (found == defaults.end() ? NS3_DEFAULT : std::stoul(found->second));
}

/** \return true if windows are limited to a host's receive RAM */
bool
ClampsWindow(const World& world, uint32_t host)
{
    bool clamped = false;
    for (const auto& card : world.GetCards())
    {
        clamped =
            clamped || (card->host == static_cast<int>(host) && card->device->LimitsWindows());
    }
    return clamped && HasDefault(world, "PayloadCacheTcpSocket::ClampWindow", "true");
}

/** \return true if a writer that waits for card RAM may keep others of its process from reading */
bool
WaitsForOthers(const World& world)
{
    bool waits = false;
    for (uint32_t host = 0; host < world.GetDescription().hosts.size(); host++)
    {
        waits = waits || WaitsForRam(world, host, PC_RAM_TX);
    }
    return waits && HasDefault(world, "PayloadCacheTcpSocket::Process", "1");
}

/** \return true if a host sends or receives datagrams */
bool
HasDatagrams(const World& world, int host)
{
    for (const auto& flow : world.GetDatagramFlows())
    {
        const DatagramPlan& plan = flow->GetPlan();
        bool receives = std::any_of(plan.to.begin(), plan.to.end(), [host](uint32_t to) {
            return static_cast<int>(to) == host;
        });
        // what is sent to a group comes to all
        if (receives || plan.multicast || static_cast<int>(plan.from) == host || host < 0)
        {
            return true;
        }
    }
    return false;
}

/** \return true if somebody in the scenario may never read what comes */
bool
HasIdleReader(const World& world)
{
    for (const auto& flow : world.GetDatagramFlows())
    {
        if (flow->IsPaused())
        {
            return true;
        }
    }
    for (const Flow& flow : world.GetFlows())
    {
        for (const End* end : {flow.client.get(), flow.server.get()})
        {
            if (end->IsPaused() || end->ClosedEarly())
            {
                return true;
            }
        }
    }
    return false;
}

/** \return true if the host has a card whose machine takes time over a read or a write */
bool
TakesTime(const World& world, uint32_t host)
{
    const HostPlan& plan = world.GetDescription().hosts[host];
    return plan.cycles > 0 || plan.cyclesPerByte > 0 || !plan.attributes.empty() ||
           (!plan.profile.empty() && plan.profile != "ideal");
}

// -- 1: bytes --

/** What is read is what was written. */
void
CheckBytes(const World& world, Findings& findings)
{
    for (const Direction& d : DirectionsOf(world))
    {
        findings.ExpectEqual(d.reader->GetWrong(), 0, "bytes", d.name, "wrong bytes");
        findings.ExpectWithin(d.reader->GetRead(),
                              0,
                              d.writer->GetWritten(),
                              "bytes",
                              d.name,
                              "bytes read of those accepted");
    }
}

/** All that a writer said before its FIN is read by those who read to the end. */
void
CheckComplete(const World& world, Findings& findings)
{
    if (world.GetEnding() != World::Ending::QUIET)
    {
        return;
    }
    for (const Direction& d : DirectionsOf(world))
    {
        bool readsOn = !d.reader->IsPaused() && !d.reader->ClosedEarly() && !d.reader->WasReset();
        if (d.reader->SawFin() && readsOn)
        {
            findings.ExpectEqual(d.reader->GetRead(),
                                 d.writer->GetWritten(),
                                 "complete",
                                 d.name,
                                 "bytes read before the stream's end");
        }
    }
}

// -- 2: card RAM --

/** What was handed out is given back or held, at every moment. */
void
CheckRamLedger(const World& world, Findings& findings)
{
    for (const auto& card : world.GetCards())
    {
        for (pc_ram_side side : {PC_RAM_TX, PC_RAM_RX})
        {
            const RamLedger& ledger = card->ledgers[side];
            const char* name = side == PC_RAM_TX ? "transmit RAM" : "receive RAM";
            auto statistics = card->device->GetRamStatistics(side);
            findings.ExpectEqual(statistics.held,
                                 ledger.taken - ledger.given,
                                 "ram-conserved",
                                 card->name,
                                 std::string(name) + " held");
            findings.Expect(!ledger.disagreed,
                            "ram-conserved",
                            card->name,
                            std::string(name) + " was once not what its traces add up to");
            findings.ExpectWithin(statistics.peak,
                                  0,
                                  statistics.capacity,
                                  "ram-capacity",
                                  card->name,
                                  std::string(name) + " at its peak");
        }
    }
}

/** What a host's sockets may hold on its cards. */
struct OpenHold
{
    uint64_t unacknowledged{0}; //!< bytes in send buffers
    uint64_t unread{0};         //!< bytes in receive buffers, out of order ones included
    bool writing{false};        //!< a write may be under way
};

OpenHold
FindHold(const World& world, int host)
{
    OpenHold hold;
    for (const Direction& d : DirectionsOf(world))
    {
        if (static_cast<int>(d.writeHost) != host || !d.writer->GetSocket())
        {
            continue;
        }
        auto socket = DynamicCast<TcpSocketBase>(d.writer->GetSocket());
        // also after both FINs, by a reader who is late
        hold.unread += d.writer->IsPaused() ? socket->GetRxBuffer()->Size() : 0;
        if (d.writer->IsOpen())
        {
            hold.unacknowledged += socket->GetTxBuffer()->Size();
            hold.unread += socket->GetRxBuffer()->Size();
            hold.writing = hold.writing || d.writer->GetWritten() > 0;
        }
    }
    for (const auto& flow : world.GetDatagramFlows())
    {
        for (const auto& reader : flow->GetReaders())
        {
            bool waits = flow->IsPaused() && !flow->HaveReadersClosed();
            hold.unread += waits && static_cast<int>(reader->host) == host
                               ? reader->socket->GetRxAvailable()
                               : 0;
        }
    }
    return hold;
}

/** At the end nothing is held that no open socket explains. */
void
CheckHeldAtEnd(const World& world, Findings& findings)
{
    if (world.GetEnding() != World::Ending::QUIET)
    {
        return;
    }
    for (const auto& card : world.GetCards())
    {
        OpenHold hold = FindHold(world, card->host);
        // what ND drops, waiting for an address, ns-3 tells nobody of (doc/design.md)
        const Description& all = world.GetDescription();
        bool asks = all.ipv6 && all.topology != "point-to-point";
        bool lost = asks && HasDatagrams(world, card->host);
        uint64_t transmit = card->device->GetRamStatistics(PC_RAM_TX).held;
        uint64_t receive = card->device->GetRamStatistics(PC_RAM_RX).held;
        if (!lost && hold.unacknowledged == 0 && !(hold.writing && WaitsForRam(world, card->host)))
        {
            findings.ExpectEqual(
                transmit, 0, "ram-held", card->name, "transmit RAM held at the end");
        }
        if (hold.unread == 0)
        {
            findings.ExpectEqual(receive, 0, "ram-held", card->name, "receive RAM held at the end");
        }
    }
}

// -- 3: the ledger --

void
CheckLedger(const World& world, Findings& findings)
{
    std::set<Ptr<HostModel>> seen;
    for (const auto& card : world.GetCards())
    {
        Ptr<HostModel> host = card->device->GetHost();
        if (!seen.insert(host).second)
        {
            continue;
        }
        HostModel::Statistics s = host->GetStatistics();
        pc_time all = std::accumulate(s.cpu.begin(), s.cpu.end(), pc_time{0});
        pc_time busy = std::accumulate(s.coreBusy.begin(), s.coreBusy.end(), pc_time{0});
        findings.ExpectEqual(all,
                             host->GetCores() * s.elapsed,
                             "ledger",
                             card->name,
                             "ps of all categories, of cores x elapsed");
        findings.ExpectEqual(all - s.cpu[PC_CAT_IDLE],
                             busy,
                             "ledger",
                             card->name,
                             "ps of all categories but idle, of the cores' busy time");
    }
}

// -- 4: the bus --

/** What else than the payload of segments has crossed a host's bus as payload, bytes. */
struct OtherBytes
{
    uint64_t evictedTransmit{0}; //!< moved to host memory for want of room
    uint64_t evictedReceive{0};  //!< likewise: no read has to move it, unless it was in use again
    uint64_t controlSent{0};     //!< of ICMP
    uint64_t controlReceived{0}; //!< of ICMP
};

OtherBytes
CountOthers(const World& world, int host)
{
    OtherBytes others;
    for (const auto& card : world.GetCards())
    {
        if (card->host == host)
        {
            others.evictedTransmit += card->device->GetRamStatistics(PC_RAM_TX).evictedBytes;
            others.evictedReceive += card->device->GetRamStatistics(PC_RAM_RX).evictedBytes;
            others.controlSent += card->controlSent;
            others.controlReceived += card->controlReceived;
        }
    }
    return others;
}

/** How often each payload byte crosses a host's bus. */
void
CheckBus(const World& world, Findings& findings)
{
    std::set<Ptr<HostModel>> seen;
    for (const auto& card : world.GetCards())
    {
        Ptr<HostModel> host = card->device->GetHost();
        if (!seen.insert(host).second)
        {
            continue;
        }
        HostModel::Statistics s = host->GetStatistics();
        auto count = [&host](HostCounter counter) { return host->GetCount(counter); };
        bool quiet = world.GetEnding() == World::Ending::QUIET;
        uint64_t written = count(HostCounter::BYTES_WRITTEN);
        uint64_t sent = count(HostCounter::PAYLOAD_TRANSMITTED);
        bool keeps = card->device->GetPath()->KeepsPayload();
        OtherBytes others = CountOthers(world, card->host);
        bool forwards = card->host < 0;
        bool datagrams = HasDatagrams(world, card->host);
        // a datagram is written once all of it has been moved
        bool whole = quiet || !datagrams;
        if (keeps && !forwards && whole && count(HostCounter::FALLBACK_BYTES) == 0)
        {
            // once, however often it is transmitted; what was evicted, each time that it is again
            findings.ExpectWithin(s.busPayloadToCard,
                                  0,
                                  written + others.controlSent +
                                      (others.evictedTransmit > 0 ? sent : 0),
                                  "bus-once",
                                  card->name,
                                  "payload bytes over the bus to the card, of those written");
        }
        bool dropped = s.drops["wire_queue_full"] + s.drops["tx_ring_full"] > 0;
        if (!keeps && quiet && !datagrams && !dropped)
        {
            findings.ExpectEqual(s.busPayloadToCard,
                                 sent + others.controlSent,
                                 "bus-each-time",
                                 card->name,
                                 "payload bytes over the bus to the card, of those sent");
        }
        if (quiet)
        {
            uint64_t received = count(HostCounter::PAYLOAD_RECEIVED) + others.controlReceived;
            // what is damaged may be no TCP any more, of which alone payload is counted
            bool sound = world.GetDescription().faults.corrupt == 0 && !datagrams;
            findings.ExpectWithin(
                s.busPayloadToHost,
                // several sockets may read one payload
                (datagrams ? 0 : count(HostCounter::BYTES_READ)) + others.evictedTransmit,
                sound ? received + others.evictedTransmit + others.evictedReceive : UINT64_MAX,
                "bus-received",
                card->name,
                "payload bytes over the bus to the host, of those read and received");
            if (!keeps && sound)
            {
                findings.ExpectEqual(s.busPayloadToHost,
                                     received,
                                     "bus-received",
                                     card->name,
                                     "payload bytes over the bus to the host, of those received");
            }
        }
    }
}

/** With the payload cache alone each byte that was delivered has crossed the sender's bus. */
void
CheckBusComplete(const World& world, Findings& findings)
{
    std::map<int, uint64_t> delivered;
    for (const Direction& d : DirectionsOf(world))
    {
        delivered[static_cast<int>(d.writeHost)] += d.reader->GetRead();
    }
    std::set<Ptr<HostModel>> seen;
    for (const auto& card : world.GetCards())
    {
        Ptr<HostModel> host = card->device->GetHost();
        if (card->host >= 0 && seen.insert(host).second)
        {
            uint64_t crossed = host->GetStatistics().busPayloadToCard;
            findings.ExpectWithin(crossed,
                                  delivered[card->host],
                                  UINT64_MAX,
                                  "bus-all",
                                  card->name,
                                  "payload bytes over the bus to the card, of those delivered");
        }
    }
}

// -- 5: windows --

/** With windows clamped to receive RAM no frame is dropped for want of it, and none shrinks. */
void
CheckClamp(const World& world, Findings& findings)
{
    // Without SACK ns-3 takes the ACK in a data segment for a duplicate one (RFC 5681 has it have no
    // data), and sends what has long been acknowledged again: room that nobody was promised.
    bool repeats = false;
    for (const Flow& flow : world.GetFlows())
    {
        repeats = repeats || (flow.plan->bytes > 0 && flow.plan->back > 0);
    }
    repeats = repeats && HasDefault(world, "TcpSocketBase::Sack", "false");
    for (const auto& card : world.GetCards())
    {
        if (card->host >= 0 && ClampsWindow(world, card->host) && !repeats)
        {
            auto drops = card->device->GetHost()->GetStatistics().drops;
            findings.ExpectEqual(drops["rx_ram_full"],
                                 0,
                                 "clamp",
                                 card->name,
                                 "frames that found no receive RAM, with windows clamped to it");
        }
    }
    for (const Direction& d : DirectionsOf(world))
    {
        if (world.IsOurs(d.readHost) && ClampsWindow(world, d.readHost))
        {
            findings.ExpectEqual(d.reader->GetShrunk(),
                                 0,
                                 "edge",
                                 d.name,
                                 "times that the reader moved its window's right edge left");
        }
    }
}

// -- Datagrams --

/** Each datagram that is read is one that was sent. */
void
CheckDatagrams(const World& world, Findings& findings)
{
    for (std::size_t i = 0; i < world.GetDatagramFlows().size(); i++)
    {
        const DatagramFlow& flow = *world.GetDatagramFlows()[i];
        for (const auto& reader : flow.GetReaders())
        {
            std::string name =
                "datagrams " + std::to_string(i) + " at host " + std::to_string(reader->host);
            findings.ExpectEqual(
                reader->strange, 0, "datagrams", name, "datagrams of which none was sent");
            bool copied = world.GetDescription().faults.duplicate > 0;
            findings.ExpectWithin(reader->again,
                                  0,
                                  copied ? UINT64_MAX : 0,
                                  "datagrams",
                                  name,
                                  "datagrams that were read again");
        }
    }
}

/** \return packets that hosts have dropped */
uint64_t
CountDrops(const World& world)
{
    uint64_t drops = world.GetDrops();
    for (const auto& card : world.GetCards())
    {
        for (const auto& [reason, count] : card->device->GetHost()->GetStatistics().drops)
        {
            drops += count;
        }
    }
    return drops;
}

/** All datagrams are sent, and where nothing is dropped each comes. */
void
CheckDatagramsComplete(const World& world, Findings& findings)
{
    if (world.GetEnding() != World::Ending::QUIET)
    {
        return;
    }
    uint64_t drops = CountDrops(world);
    const Description& all = world.GetDescription();
    // ARP and ND keep few packets while they look for an address, and tell nobody of the others
    bool asks = all.topology != "point-to-point";
    for (std::size_t i = 0; i < world.GetDatagramFlows().size(); i++)
    {
        const DatagramFlow& flow = *world.GetDatagramFlows()[i];
        std::string name = "datagrams " + std::to_string(i);
        bool held = WaitsForRam(world, flow.GetPlan().from, PC_RAM_TX) && HasIdleReader(world);
        if (!held && !WaitsForOthers(world))
        {
            findings.Expect(flow.HasSentAll(), "stuck", name, "not all were sent");
        }
        for (const auto& reader : flow.GetReaders())
        {
            if (!asks && drops == 0 && !flow.IsPaused() && !flow.HaveReadersClosed() &&
                flow.GetPlan().acts.empty())
            {
                findings.ExpectEqual(reader->count + reader->dropped,
                                     flow.GetSent() + reader->again,
                                     "datagrams-complete",
                                     name,
                                     "read or dropped by the socket, of those sent");
            }
        }
    }
}

// -- 6: nothing is stuck --

/** \return true if a direction has to come to its end, whatever the network does */
bool
MustFinish(const World& world, const Direction& d)
{
    const Description& all = world.GetDescription();
    const End& w = *d.writer;
    const End& r = *d.reader;
    bool gone = w.WasReset() || r.WasReset() || w.NeverConnected() || r.NeverConnected();
    // A writer who does not read himself lets his window close, and ns-3 takes no ACK then: to it a
    // segment of length 0 lies outside a window of 0.
    bool left = w.ClosedEarly() || r.ClosedEarly() || r.IsPaused() || w.IsPaused();
    if (gone || left)
    {
        return false;
    }
    // Receive RAM that waits locks up where it is smaller than the window and a frame is lost, and
    // what readers leave there has no room for others, or for the ACKs of what its host sends
    // (doc/design.md); not where windows are clamped to it. A writer that waits for transmit RAM,
    // or for send buffer in the middle of a write, is in its call, and does not read: both ends may
    // wait for each other, and all that share its process.
    bool both = d.flow->plan->bytes > 0 && d.flow->plan->back > 0;
    auto locksUp = [&](uint32_t host) {
        return WaitsForRam(world, host, PC_RAM_RX) && !ClampsWindow(world, host);
    };
    bool locked = locksUp(d.readHost) || locksUp(d.writeHost);
    // what such ends hold of the transmit RAM other writers of the host wait for
    bool taken = HasIdleReader(world) || HasTwoWayFlow(world, d.writeHost);
    if (locked || WaitsForOthers(world) || (both && WritesBeyondBuffer(world, *d.flow->plan)) ||
        (WaitsForRam(world, d.writeHost, PC_RAM_TX) && taken) ||
        (WaitsForRam(world, d.readHost, PC_RAM_TX) && both))
    {
        return false;
    }
    // Stock sockets send no window update, and forget FINs and lost segments (doc/design.md).
    bool stock = !world.IsOurs(d.writeHost) || !world.IsOurs(d.readHost);
    bool acted = !d.flow->plan->acts.empty();
    const Faults& f = all.faults;
    bool spoiled = f.loss + f.corrupt + f.duplicate + f.reorder > 0;
    return !stock ||
           !(acted || spoiled || TakesTime(world, d.writeHost) || TakesTime(world, d.readHost));
}

void
CheckProgress(const World& world, Findings& findings)
{
    if (world.GetEnding() != World::Ending::QUIET)
    {
        return;
    }
    for (const Direction& d : DirectionsOf(world))
    {
        if (MustFinish(world, d))
        {
            findings.Expect(d.writer->HasWrittenAll(),
                            "stuck",
                            d.name,
                            "the writer came to " + std::to_string(d.writer->GetWritten()) +
                                " of " + std::to_string(d.writer->GetPlan().bytes) +
                                " bytes, and then nothing moved; read " +
                                std::to_string(d.reader->GetRead()));
            findings.ExpectEqual(d.reader->GetRead(),
                                 d.writer->GetWritten(),
                                 "stuck",
                                 d.name,
                                 "bytes read when nothing moved any more");
        }
    }
}

/** Connections end for a reason. */
void
CheckResets(const World& world, Findings& findings)
{
    const Faults& f = world.GetDescription().faults;
    bool spoiled = f.loss + f.corrupt + f.duplicate + f.reorder > 0;
    for (const Direction& d : DirectionsOf(world))
    {
        const FlowPlan& plan = *d.flow->plan;
        bool dropped = WaitsForRam(world, d.readHost) || WaitsForRam(world, d.writeHost);
        // Where both ends send, ns-3 may take the ACK of the second one's last data for that of its
        // FIN, forget the connection, and answer what comes then by a reset.
        bool both = plan.bytes > 0 && plan.back > 0;
        if (plan.acts.empty() && !both && !spoiled && !dropped)
        {
            findings.Expect(
                !d.writer->WasReset(), "reset", d.name, "the writer's connection was reset");
        }
    }
}

} // namespace

std::vector<Violation>
CheckInvariants(const World& world)
{
    Findings findings;
    for (auto check : {CheckBytes,
                       CheckComplete,
                       CheckRamLedger,
                       CheckHeldAtEnd,
                       CheckLedger,
                       CheckBus,
                       CheckBusComplete,
                       CheckClamp,
                       CheckDatagrams,
                       CheckDatagramsComplete,
                       CheckProgress,
                       CheckResets})
    {
        check(world, findings);
    }
    return findings.Get();
}

namespace
{

/** What a host did. */
Json
HostRecord(HostModel& host)
{
    Json json;
    HostModel::Statistics s = host.GetStatistics();
    json["cpu_ps"] = s.cpu;
    json["elapsed_ps"] = s.elapsed;
    json["bus"] = {s.busBytesToCard, s.busBytesToHost, s.busPayloadToCard, s.busPayloadToHost};
    json["bus_busy_ps"] = {s.busBusyToCard, s.busBusyToHost};
    json["memory_busy_ps"] = s.memoryBusy;
    json["llc"] = {s.llcInFlightPeak, s.llcWritten, s.llcMissed};
    json["drops"] = s.drops;
    json["write_latency_ps"] = s.writeLatency;
    json["read_latency_ps"] = s.readLatency;
    for (std::size_t c = 0; c < static_cast<std::size_t>(HostCounter::COUNT); c++)
    {
        auto counter = static_cast<HostCounter>(c);
        json["counts"][HostCounterName(counter)] = host.GetCount(counter);
    }
    return json;
}

/** What a card's RAM came to. */
Json
CardRecord(Card& card)
{
    Json json;
    for (pc_ram_side side : {PC_RAM_TX, PC_RAM_RX})
    {
        auto s = card.device->GetRamStatistics(side);
        json[side == PC_RAM_TX ? "tx" : "rx"] = {
            s.peak, s.mean, s.held, s.blocked, s.fallbacks, s.evictions, card.ledgers[side].taken};
    }
    return json;
}

} // namespace

Json
MakeRecord(const World& world)
{
    Json json;
    json["ending"] = static_cast<int>(world.GetEnding());
    json["now"] = Simulator::Now().GetTimeStep();
    json["frames"] = world.GetShape().GetFrames();
    json["shape"] = world.GetShape().GetValue();
    for (const Direction& d : DirectionsOf(world))
    {
        json["flows"][d.name] = {d.writer->GetWritten(),
                                 d.reader->GetRead(),
                                 d.reader->GetLastProgress().GetTimeStep(),
                                 static_cast<int>(d.reader->GetState())};
    }
    for (std::size_t i = 0; i < world.GetDatagramFlows().size(); i++)
    {
        const DatagramFlow& flow = *world.GetDatagramFlows()[i];
        Json& datagrams = json["datagrams"][i];
        datagrams["sent"] = flow.GetSent();
        datagrams["last"] = flow.GetLastProgress().GetTimeStep();
        for (const auto& reader : flow.GetReaders())
        {
            datagrams["read"].push_back({reader->count, reader->dropped});
        }
    }
    for (const auto& card : world.GetCards())
    {
        json["cards"][card->name] = CardRecord(*card);
        json["hosts"][std::to_string(card->host)] = HostRecord(*card->device->GetHost());
    }
    return json;
}

std::vector<Violation>
CheckSame(const std::string& invariant, const Json& first, const Json& second)
{
    std::vector<Violation> violations;
    // in the words of JSON Patch: where, and what the other has
    for (const Json& step : Json::diff(first, second))
    {
        std::string path = step["path"];
        Json::json_pointer place(path);
        std::string had = first.contains(place) ? first[place].dump() : "nothing";
        std::string has = second.contains(place) ? second[place].dump() : "nothing";
        violations.push_back({invariant, path, had + ", but " + has});
        if (violations.size() == 5)
        {
            break; // they say the same again
        }
    }
    return violations;
}

} // namespace randomtest
