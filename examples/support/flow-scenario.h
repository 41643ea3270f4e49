#ifndef FLOW_SCENARIO_H
#define FLOW_SCENARIO_H

#include "flows.h"
#include "scenario.h"

namespace scenario
{

/** A scenario whose traffic is flows between two hosts, over one link. */
class FlowScenario : public Scenario
{
  public:
    /** Constructor. \param name the program's \param purpose what it does, for --help */
    FlowScenario(const std::string& name, const std::string& purpose);

  protected:
    void CheckOwn() override;
    void Build() override;
    void Begin() override;
    void BeginCountingOwn() override;
    void CountOwn(Json& record, double duration) override;
    void Finish() override;
    bool IsFinished() const override;
    ns3::Time GetLastProgress() const override;
    std::string Shortfall() const override;
    uint64_t GetRead() const override;
    uint64_t GetWrong() const override;

    FlowParameters m_flow; //!< what the flows are told
    Flows m_flows;         //!< the flows
};

} // namespace scenario

#endif
