#ifndef FLOWS_H
#define FLOWS_H

#include "network.h"
#include "parameters.h"

#include "pattern-sink.h"
#include "pattern-source.h"

#include <string>
#include <vector>

namespace scenario
{

/** What every flow is told. */
struct FlowParameters
{
    uint64_t flows{1};         //!< connections at the same time
    uint64_t bytes{0};         //!< of each flow; 0: no limit
    uint64_t writeSize{65536}; //!< bytes a write
    uint64_t appRate{0};       //!< of each flow's writer, bit/s; 0: as write allows
};

/** Flows from the first host of a network to the second, which last as long as the run. */
class Flows
{
  public:
    /** Declares the options that set \p parameters. */
    static void Declare(Options& options, FlowParameters& parameters);
    /** Adds the parameters to a record's. */
    static void Describe(Json& record, const FlowParameters& parameters);

    /** Makes the applications. */
    void Make(Network& network, const Parameters& p, const FlowParameters& parameters);

    /** \return the writers, in the order of the flows */
    const std::vector<ns3::Ptr<ns3::PatternSource>>& GetSources() const;
    /** \return the readers, likewise */
    const std::vector<ns3::Ptr<ns3::PatternSink>>& GetSinks() const;
    /** \return the flow of a connection that listens on \p port */
    static std::size_t FlowOf(uint16_t port);

    /** Counting begins. */
    void BeginCounting();
    /** Adds goodput_bps and flows to a record. \param duration counted, s */
    void Count(Json& record, double duration) const;
    /** Writers write no more, and close. */
    void Finish();
    /** \return true once all is read, and both ends have closed */
    bool IsFinished() const;
    /** \return when the last read returned */
    ns3::Time GetLastRead() const;
    /** \return what is not read yet */
    std::string Shortfall() const;
    /** \return bytes read, all run long */
    uint64_t GetRead() const;
    /** \return those of them that were not what had been written */
    uint64_t GetWrong() const;

  private:
    std::vector<ns3::Ptr<ns3::PatternSource>> m_sources; //!< one a flow
    std::vector<ns3::Ptr<ns3::PatternSink>> m_sinks;     //!< one a flow
    std::vector<uint64_t> m_readBefore;                  //!< bytes read before counting began
};

} // namespace scenario

#endif
