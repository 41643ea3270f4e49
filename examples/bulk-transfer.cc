// Two hosts and n flows between them: the run that everything else is compared by.
//
//      sender                                receiver
//   +-----------+                         +-----------+
//   | writers   |                         |  readers  |
//   | sockets   |                         |  sockets  |
//   | card ==== | ------ one link ------- | ==== card |
//   +-----------+                         +-----------+

#include "flow-scenario.h"

using namespace scenario;

namespace
{

class BulkTransfer : public FlowScenario
{
  public:
    BulkTransfer()
        : FlowScenario("bulk-transfer",
                       "n flows from one host to another, and what they cost both.")
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
        FlowScenario::CheckOwn();
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

    void Begin() override
    {
        if (m_flow.bytes == 0)
        {
            FlowScenario::Begin();
            return;
        }
        BeginCounting();
        Drain();
    }
};

} // namespace

int
main(int argc, char* argv[])
{
    return BulkTransfer().Main(argc, argv);
}
