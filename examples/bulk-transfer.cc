// Two hosts and n flows between them: the run that everything else is compared by.
//
//      sender                                receiver
//   +-----------+                         +-----------+
//   | writers   |                         |  readers  |
//   | sockets   |                         |  sockets  |
//   | card ==== | ------ one link ------- | ==== card |
//   +-----------+                         +-----------+

#include "flows.h"
#include "scenario.h"

using namespace ns3;
using namespace scenario;

namespace
{

class BulkTransfer : public Scenario
{
  public:
    BulkTransfer()
        : Scenario("bulk-transfer",
                   "n flows from one host to another, and what they cost both.",
                   {"sender", "receiver"})
    {
    }

  private:
    void DeclareOwn(Options& options) override
    {
        Flows::Declare(options, m_flow);
        options.Add("bytes",
                    m_flow.bytes,
                    "bytes of each flow, in the place of warm-up and duration",
                    1,
                    UINT64_C(1000000000000));
        DeclareLength(options, m_p);
    }

    void CheckOwn() override
    {
        if (m_flow.bytes > 0 && (m_options.IsGiven("duration") || m_options.IsGiven("warmup")))
        {
            Fail("--bytes sets the run's length: it cannot stand beside --duration or --warmup");
        }
    }

    void DescribeOwn(Json& parameters) const override
    {
        Flows::Describe(parameters, m_flow);
        parameters["duration"] = m_flow.bytes ? 0 : m_p.duration;
        parameters["warmup"] = m_flow.bytes ? 0 : m_p.warmup;
    }

    void Build() override
    {
        m_network->MakePair();
        m_flows.Make(*m_network, m_p, m_flow);
    }

    void Begin() override
    {
        if (m_flow.bytes == 0)
        {
            CountSpan();
            return;
        }
        BeginCounting();
        Drain();
    }

    void BeginCountingOwn() override
    {
        m_flows.BeginCounting();
    }

    void CountOwn(Json& record, double duration) override
    {
        m_flows.Count(record, duration);
    }

    void Finish() override
    {
        m_flows.Finish();
    }

    bool IsFinished() const override
    {
        return m_flows.IsFinished();
    }

    Time GetLastProgress() const override
    {
        return m_flows.GetLastRead();
    }

    std::string Shortfall() const override
    {
        return m_flows.Shortfall();
    }

    uint64_t GetWrong() const override
    {
        return m_flows.GetWrong();
    }

    FlowParameters m_flow; //!< what the flows are told
    Flows m_flows;         //!< the flows
};

} // namespace

int
main(int argc, char* argv[])
{
    return BulkTransfer().Main(argc, argv);
}
