// Two hosts and n flows between them, some of whose readers are slow: what these pin on the
// receiver's card, and what that does to the others.
//
//      sender                                receiver
//   +-----------+                         +------------------+
//   | writers   |                         |  readers         |
//   | sockets   |                         |  sleep now and   |
//   |           |                         |  then            |
//   | card ==== | ------ one link ------- | ==== card        |
//   +-----------+                         +------------------+

#include "flow-scenario.h"
#include "residence.h"

#include "ns3/data-rate.h"

#include <algorithm>

using namespace ns3;
using namespace scenario;

namespace
{

/// The longest that a slow reader may stay away, s: chosen, well below what a drain waits for.
constexpr double LONGEST_ABSENCE = 100;

class SlowReader : public FlowScenario
{
  public:
    SlowReader()
        : FlowScenario(
              "slow-reader",
              "n flows, some of whose readers are slow, and what these do to the others.\n"
              "A reader is slow in one of three ways, which has to be given: --readPause,\n"
              "--readRate or --readDelay. The others read what comes. For example:\n"
              "  slow-reader --readPause=20ms --flows=4 --slow=1\n"
              "  slow-reader --readRate=5Mbps --rxRam=65536")
    {
        m_flow.flows = 2; // one that is slow, and one that is not
    }

  private:
    void DeclareOwn(Options& options) override
    {
        Flows::Declare(options, m_flow);
        options.Section("Readers", false);
        options.Add("slow", m_slow, "of which with slow readers, the first ones", 1, 10000);
        options.AddTime("readPause",
                        m_readPause,
                        "a slow reader reads what is there, and then nothing for that long");
        options.AddRate("readRate", m_readRate, "a slow reader reads at that rate", 1000);
        options.AddTime(
            "readDelay", m_readDelay, "a slow reader reads each byte that long after it has come");
        for (const auto& [name, attribute] : {std::pair{"readPause", "ReadPause"},
                                              std::pair{"readRate", "ReadRate"},
                                              std::pair{"readDelay", "ReadDelay"}})
        {
            options.Reserve(name, std::string("ns3::PatternSink::") + attribute);
        }
        DeclareLength(options, m_p);
    }

    void CheckOwn() override
    {
        FlowScenario::CheckOwn();
        if (m_slow > m_flow.flows)
        {
            Fail("--slow=" + std::to_string(m_slow) + ": there are " +
                 std::to_string(m_flow.flows) + " flows (--flows)");
        }
        int given = m_options.IsGiven("readPause") + m_options.IsGiven("readRate") +
                    m_options.IsGiven("readDelay");
        if (given != 1)
        {
            Fail("give one of --readPause, --readRate and --readDelay: how the slow readers read");
        }
        // at a rate, a read is followed by the time that its bytes take
        uint64_t most = m_p.HasHosts() ? std::min(m_p.readSize, m_p.rcvBuf) : m_p.rcvBuf;
        double atRate = m_readRate > 0 ? 8.0 * most / m_readRate : 0;
        double absence = std::max({m_readPause, m_readDelay, atRate});
        if (absence <= 0 || absence > LONGEST_ABSENCE)
        {
            Fail("a slow reader that stays away for " + std::to_string(absence) +
                 " s at a time (--readPause, --readDelay, or --readRate with what a read takes): "
                 "it has to be above 0 and at most 100 s");
        }
    }

    void DescribeOwn(Json& parameters) const override
    {
        Flows::Describe(parameters, m_flow);
        parameters["slow"] = m_slow;
        parameters["readPause"] = m_readPause;
        parameters["readRate"] = m_readRate;
        parameters["readDelay"] = m_readDelay;
        parameters["duration"] = m_p.duration;
        parameters["warmup"] = m_p.warmup;
    }

    void Build() override
    {
        FlowScenario::Build();
        for (std::size_t i = 0; i < m_slow; i++)
        {
            const auto& sink = m_flows.GetSinks()[i];
            sink->SetAttribute("ReadPause", TimeValue(Seconds(m_readPause)));
            sink->SetAttribute("ReadRate", DataRateValue(DataRate(m_readRate)));
            sink->SetAttribute("ReadDelay", TimeValue(Seconds(m_readDelay)));
        }
        if (Ptr<PayloadCacheNetDevice> card = m_network->GetHosts()[1].card)
        {
            m_pinned = std::make_unique<Residence>(card, [this](const FlowKey& flow) {
                return Flows::FlowOf(flow.localPort) < m_slow;
            });
            m_others = std::make_unique<Residence>(card, [this](const FlowKey& flow) {
                return Flows::FlowOf(flow.localPort) >= m_slow;
            });
        }
    }

    void BeginCountingOwn() override
    {
        FlowScenario::BeginCountingOwn();
        m_sleepsBefore = Sleeps();
        if (m_pinned)
        {
            m_pinned->Begin();
            m_others->Begin();
        }
    }

    void CountOwn(Json& record, double duration) override
    {
        FlowScenario::CountOwn(record, duration);
        Json& own = record["scenario"];
        own["goodput_bps"] = {{"slow", Goodput(record, 0, m_slow)},
                              {"others", Goodput(record, m_slow, m_flow.flows)}};
        own["sleeps"] = Sleeps() - m_sleepsBefore;
        if (m_pinned)
        {
            own["pinned_bytes"] = m_pinned->Held();
            own["others_bytes"] = m_others->Held();
            own["residence_us"] = {{"slow", m_pinned->Times()}, {"others", m_others->Times()}};
            own["stored_bytes"] = {{"slow", m_pinned->GetStored()},
                                   {"others", m_others->GetStored()}};
        }
    }

    /** \return the goodput of flows from \p first to before \p end; null if there are none */
    static Json Goodput(const Json& record, std::size_t first, std::size_t end)
    {
        double sum = 0;
        for (std::size_t i = first; i < end; i++)
        {
            sum += record["flows"][i]["goodput_bps"].get<double>();
        }
        return first < end ? Json(sum) : Json(nullptr);
    }

    /** \return how often slow readers have slept until it was time to read */
    uint64_t Sleeps() const
    {
        uint64_t sleeps = 0;
        for (const auto& sink : m_flows.GetSinks())
        {
            sleeps += sink->GetSleeps();
        }
        return sleeps;
    }

    std::string Shortfall() const override
    {
        return FlowScenario::Shortfall() + Reason();
    }

    /** \return what is known to stop such runs for good, where it applies */
    std::string Reason() const
    {
        if (!m_p.HasHosts())
        {
            return " (ns-3's own sockets send no window update after a read: a window that has "
                   "closed to less than a segment stays closed; shorter absences or a larger "
                   "--rcvBuf keep it open)";
        }
        const auto& card = m_network->GetHosts()[1].card;
        uint64_t ram = card->GetCapacity(PC_RAM_RX);
        uint64_t windows = m_flow.flows * m_p.rcvBuf;
        Ptr<DataPath> path = card->GetPath();
        if (ram >= windows || Network::ClampsWindows() || !path->KeepsPayload() || !path->DropsWhenFull())
        {
            return "";
        }
        return " (the receiver's card has " + std::to_string(ram) + " bytes, the windows are " +
               std::to_string(windows) +
               ": frames that find it full are dropped, and what came out of order may hold the "
               "room that the missing frame needs; --windowClamp=on, --whenFull=copy or evict, or a --rcvBuf that fits, "
               "avoids it)";
    }

    uint64_t m_slow{1};                  //!< flows with slow readers
    double m_readPause{0};               //!< s
    uint64_t m_readRate{0};              //!< bit/s
    double m_readDelay{0};               //!< s
    uint64_t m_sleepsBefore{0};          //!< before counting began
    std::unique_ptr<Residence> m_pinned; //!< what slow readers' frames hold; null on path "stock"
    std::unique_ptr<Residence> m_others; //!< what the others' hold
};

} // namespace

int
main(int argc, char* argv[])
{
    return SlowReader().Main(argc, argv);
}
