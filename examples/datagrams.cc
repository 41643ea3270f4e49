// Flows of datagrams from one host to another, at a rate or as fast as the host can.
//
//      sender                                receiver
//   +-----------+                         +-----------+
//   | sockets   |   UDP, and its          |  sockets  |  one a flow, or several
//   |  card === | --- fragments --------> | === card  |  on a group's address
//   +-----------+                         +-----------+

#include "datagram-flows.h"
#include "scenario.h"

#include "ns3/simulator.h"
#include "ns3/uinteger.h"

#include <deque>
#include <iostream>

using namespace ns3;
using namespace scenario;

namespace
{

/// Nothing has left the sender, come or been read for so long, and so nothing more will: chosen,
/// beside the time on the wire; a host takes some milliseconds for the largest datagram.
constexpr double QUIET = 0.05;
/// Frames that pass the link meanwhile: chosen, twice what a late one may be behind.
constexpr double QUIET_FRAMES = 10;
/// Options that speak of connections alone.
const char* const OF_CONNECTIONS[] = {
    "readSize", "windowClamp", "tso", "gro", "steering", "busyPoll"};

class DatagramScenario : public Scenario
{
  public:
    DatagramScenario()
        : Scenario("datagrams",
                   "flows of UDP datagrams from one host to another, and what they cost both.",
                   {"sender", "receiver"})
    {
    }

  private:
    void DeclareOwn(Options& options) override
    {
        options.Section("Traffic", true);
        options.Add("flows", m_traffic.flows, "flows at the same time", 1, 10000);
        options.Add(
            "rate",
            m_traffic.rate,
            "datagrams a second and flow; 0: as fast as the host can (path stock: the link)",
            0,
            1e9);
        options.Add("size", m_traffic.size, "payload bytes a datagram", 1, LARGEST);
        options.Add("to", m_traffic.to, "whom", {"unicast", "multicast", "broadcast"});
        options.Add(
            "receivers", m_traffic.receivers, "sockets that share a flow's address", 1, 1000);
        DeclareLength(options, m_p);
        options.Add("datagrams",
                    m_traffic.datagrams,
                    "datagrams of each flow, in the place of warm-up and duration",
                    1,
                    UINT64_C(1000000000));
        options.Reserve("rcvBuf", "ns3::UdpSocket::RcvBufSize");
        options.Reserve("sndBuf", "ns3::PayloadCacheUdpSocket::SndBufSize");
        options.Reserve("receivers", "ns3::PayloadCacheUdpSocket::ShareAddress");
    }

    void CheckOwn() override
    {
        if (m_traffic.datagrams > 0 &&
            (m_options.IsGiven("duration") || m_options.IsGiven("warmup")))
        {
            Fail(
                "--datagrams sets the run's length: it cannot stand beside --duration or --warmup");
        }
        if (m_p.rcvBuf < m_traffic.size)
        {
            Fail("--rcvBuf=" + std::to_string(m_p.rcvBuf) +
                 ": it has to hold a datagram of --size=" + std::to_string(m_traffic.size) +
                 " bytes at least");
        }
        CheckReceivers();
        for (const char* name : OF_CONNECTIONS)
        {
            if (m_options.IsGiven(name))
            {
                std::cerr << "note: --" << name << " has no effect on datagrams" << std::endl;
            }
        }
        if (!m_p.HasHosts())
        {
            NoteNoEffect(m_options, "sndBuf", m_p);
        }
        m_traffic.pattern = m_p.data == "bytes";
        m_traffic.pace = m_p.HasHosts() ? 0 : m_p.linkRate / (8 * GetWireBytes()) / m_traffic.flows;
    }

    /** Refuses receivers that there cannot be. */
    void CheckReceivers() const
    {
        if (m_p.IsIpv6() && m_traffic.to == "broadcast")
        {
            Fail("--to=broadcast: IPv6 has none; --to=multicast, or --family=ipv4");
        }
        if (m_traffic.receivers > 1 && m_traffic.to == "unicast")
        {
            Fail("--receivers=" + std::to_string(m_traffic.receivers) +
                 ": a datagram to one address has one reader; --to=multicast or broadcast");
        }
        if (m_traffic.receivers > 1 && !m_p.HasHosts())
        {
            Fail("--receivers=" + std::to_string(m_traffic.receivers) +
                 ": ns-3's own sockets do not share an address; another --path, or 1");
        }
    }

    /** \return bytes that a datagram takes on the wire, its fragments and their gaps included */
    double GetWireBytes() const
    {
        uint64_t header = m_p.IsIpv6() ? 40 : 20; // RFC 8200, 791
        uint64_t room = m_p.mtu - header;
        uint64_t datagram = m_traffic.size + 8; // RFC 768
        uint64_t frames = 1;
        if (datagram > room)
        {
            uint64_t extension = m_p.IsIpv6() ? 8 : 0; // the fragment header
            header += extension;
            room = (room - extension) / 8 * 8;
            frames = (datagram + room - 1) / room;
        }
        return static_cast<double>(datagram + frames * (header + m_p.FrameOverhead()));
    }

    void DescribeOwn(Json& parameters) const override
    {
        parameters["flows"] = m_traffic.flows;
        parameters["rate"] = m_traffic.rate;
        parameters["size"] = m_traffic.size;
        parameters["to"] = m_traffic.to;
        parameters["receivers"] = m_traffic.receivers;
        parameters["datagrams"] = m_traffic.datagrams;
        parameters["duration"] = m_traffic.datagrams ? 0 : m_p.duration;
        parameters["warmup"] = m_traffic.datagrams ? 0 : m_p.warmup;
    }

    void Build() override
    {
        Default("ns3::UdpSocket::RcvBufSize", UintegerValue(m_p.rcvBuf));
        Default("ns3::PayloadCacheUdpSocket::SndBufSize", UintegerValue(m_p.sndBuf));
        m_network->MakePair();
        for (uint64_t i = 0; i < m_traffic.flows; i++)
        {
            m_flows.emplace_back(*m_network, m_traffic, i);
        }
        m_network->GetHosts()[0].wire->TraceConnectWithoutContext(
            "PhyTxEnd", MakeCallback(&DatagramScenario::FrameLeft, this));
    }

    void Begin() override
    {
        if (m_traffic.datagrams == 0)
        {
            CountSpan();
        }
        else
        {
            BeginCounting();
            Drain();
        }
        for (DatagramFlow& flow : m_flows)
        {
            // behind the nodes' own beginning, which is scheduled for the same time
            Simulator::ScheduleNow(&DatagramFlow::Begin, &flow);
        }
    }

    void FrameLeft(Ptr<const Packet> /* frame */)
    {
        m_lastFrame = Simulator::Now();
    }

    /** \return what happened to the datagrams of all flows so far */
    DatagramCounts GetCounts() const
    {
        DatagramCounts all;
        for (const DatagramFlow& flow : m_flows)
        {
            all.sent += flow.GetCounts().sent;
            all.received += flow.GetCounts().received;
            all.overflowed += flow.GetCounts().overflowed;
        }
        return all;
    }

    /** \return datagrams of all flows that have been due */
    uint64_t GetOffered() const
    {
        uint64_t offered = 0;
        for (const DatagramFlow& flow : m_flows)
        {
            offered += flow.GetOffered();
        }
        return offered;
    }

    void BeginCountingOwn() override
    {
        m_before = GetCounts();
        m_offeredBefore = GetOffered();
        for (const DatagramFlow& flow : m_flows)
        {
            m_readBefore.push_back(flow.GetRead());
        }
    }

    void CountOwn(Json& record, double duration) override
    {
        uint64_t all = 0;
        record["flows"] = Json::array();
        for (std::size_t i = 0; i < m_flows.size(); i++)
        {
            uint64_t bytes = m_flows[i].GetRead() - m_readBefore[i];
            all += bytes;
            record["flows"].push_back({{"goodput_bps", 8 * bytes / duration}, {"bytes", bytes}});
        }
        record["goodput_bps"] = 8 * all / duration;
        DatagramCounts counts = GetCounts();
        Json& own = record["scenario"];
        own["datagrams"] = {{"offered", GetOffered() - m_offeredBefore},
                            {"sent", counts.sent - m_before.sent},
                            {"received", counts.received - m_before.received},
                            {"overflowed", counts.overflowed - m_before.overflowed}};
        own["sent_per_s"] = (counts.sent - m_before.sent) / duration;
        own["received_per_s"] = (counts.received - m_before.received) / duration;
    }

    void EndOwn(Json& record) override
    {
        DatagramCounts counts = GetCounts();
        int64_t meant = static_cast<int64_t>(counts.sent * m_traffic.receivers);
        int64_t lost = meant - static_cast<int64_t>(counts.received + counts.overflowed);
        record["scenario"]["whole_run"] = {{"sent", counts.sent},
                                           {"received", counts.received},
                                           {"overflowed", counts.overflowed},
                                           {"lost", lost}};
    }

    void Finish() override
    {
        for (DatagramFlow& flow : m_flows)
        {
            flow.Finish();
        }
    }

    /** \return true once no flow sends any longer */
    bool HasSent() const
    {
        for (const DatagramFlow& flow : m_flows)
        {
            if (!flow.HasSent())
            {
                return false;
            }
        }
        return true;
    }

    bool IsFinished() const override
    {
        if (!HasSent())
        {
            return false;
        }
        DatagramCounts counts = GetCounts();
        bool all = counts.received + counts.overflowed == counts.sent * m_traffic.receivers;
        // of what was lost nobody hears: the rest has come when nothing happens any longer
        double frame = 8.0 * (m_p.mtu + m_p.FrameOverhead()) / m_p.linkRate;
        Time quiet = Seconds(QUIET + m_p.delay + QUIET_FRAMES * frame);
        return (all && !m_p.HasFaults()) ||
               Simulator::Now() > Max(GetLastProgress(), m_lastFrame) + quiet;
    }

    Time GetLastProgress() const override
    {
        Time last;
        for (const DatagramFlow& flow : m_flows)
        {
            last = Max(last, flow.GetLastProgress());
        }
        return last;
    }

    std::string Shortfall() const override
    {
        DatagramCounts counts = GetCounts();
        return std::to_string(counts.received) + " of " +
               std::to_string(counts.sent * m_traffic.receivers) + " datagrams read";
    }

    uint64_t GetRead() const override
    {
        uint64_t read = 0;
        for (const DatagramFlow& flow : m_flows)
        {
            read += flow.GetRead();
        }
        return read;
    }

    uint64_t GetWrong() const override
    {
        uint64_t wrong = 0;
        for (const DatagramFlow& flow : m_flows)
        {
            wrong += flow.GetWrong();
        }
        return wrong;
    }

    static constexpr uint64_t LARGEST =
        65507; //!< an IPv4 packet without its headers (RFC 791, 768)

    DatagramParameters m_traffic;       //!< what is sent
    std::deque<DatagramFlow> m_flows;   //!< by number
    DatagramCounts m_before;            //!< what had happened before counting began
    uint64_t m_offeredBefore{0};        //!< likewise
    std::vector<uint64_t> m_readBefore; //!< by flow: bytes read before counting began
    Time m_lastFrame;                   //!< left the sender
};

} // namespace

int
main(int argc, char* argv[])
{
    return DatagramScenario().Main(argc, argv);
}
