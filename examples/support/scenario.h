#ifndef SCENARIO_H
#define SCENARIO_H

#include "hosts.h"
#include "network.h"
#include "options.h"
#include "parameters.h"
#include "record.h"

#include "payload-cache-timeline.h"

#include "ns3/nstime.h"

#include <memory>
#include <string>

namespace scenario
{

/**
 * A program that runs one scenario and writes its record. What is particular to a scenario it does
 * itself; options, machines, the counted span, the drain after it and the record are here.
 *
 * A run counts from BeginCounting() to Count(). Then the applications are told to finish, and it
 * goes on until all is read and every card is empty: what is left over is an error, status 1.
 */
class Scenario
{
  public:
    /**
     * Constructor.
     * \param name the program's
     * \param purpose what it does, for --help
     * \param roles of its hosts
     */
    Scenario(const std::string& name, const std::string& purpose, Roles roles);
    virtual ~Scenario() = default;

    /** Does everything. \return the program's status; what is refused ends it with 2 */
    int Main(int argc, char* argv[]);

  protected:
    /** Declares what only this scenario can be told, before the common options. */
    virtual void DeclareOwn(Options& options) = 0;
    /** Fills in what was not given and depends on the profiles. */
    virtual void CompleteOwn();
    /** Refuses what belongs together wrongly. */
    virtual void CheckOwn() = 0;
    /** Adds its own parameters to the record's, in base units. */
    virtual void DescribeOwn(Json& parameters) const = 0;
    /** Makes the network and the applications. */
    virtual void Build() = 0;
    /** Begins, at time 0: CountSpan(), or BeginCounting() and, when it has ended, Drain(). */
    virtual void Begin() = 0;
    /** Adds what the counted time came to: goodput_bps, flows and scenario. \param duration s */
    virtual void CountOwn(Json& record, double duration) = 0;
    /** Takes note of what the applications have done so far: counting begins. */
    virtual void BeginCountingOwn() = 0;
    /** Adds what is not known before all has finished; nothing by default. */
    virtual void EndOwn(Json& record);
    /** Tells the applications to finish. */
    virtual void Finish() = 0;
    /** \return true once all that was written has been read, and connections have ended */
    virtual bool IsFinished() const = 0;
    /** \return when a read last returned: a drain is given up a long while after that */
    virtual ns3::Time GetLastProgress() const = 0;
    /** \return what is missing, for an error */
    virtual std::string Shortfall() const = 0;
    /** \return bytes that applications have read, all run long */
    virtual uint64_t GetRead() const = 0;
    /** \return those of them that were not what had been written */
    virtual uint64_t GetWrong() const = 0;

    /** Counts --duration after --warmup, and then drains. */
    void CountSpan();
    /** Counting begins now. */
    void BeginCounting();
    /** Takes the figures of the counted time, which ended at \p end. */
    void Count(ns3::Time end);
    /** Ends the run once all is finished, or says after a while that it does not come to that. */
    void Drain();
    /** Ends the run, which has failed. */
    void GiveUp(const std::string& why);
    /** Sets an attribute's default where the user has not set it. */
    void Default(const std::string& name, const ns3::AttributeValue& value);

    Options m_options;                  //!< what was given
    Parameters m_p;                     //!< what is in force
    Machines m_machines;                //!< by role
    std::unique_ptr<Network> m_network; //!< hosts and links

  private:
    /** Sets what all of ns-3 has to know. */
    void Configure();
    /** Builds, runs and takes apart. */
    void Run();
    /** Records a timeline from now on, where it was asked for. */
    void BeginTimeline();
    /** Ends it. */
    void EndTimeline();
    /** The parameters in force. */
    Json Describe() const;
    /** The counted span is over. */
    void EndSpan();
    /** All is read and released. */
    void EndRun();

    std::string m_name;     //!< the program's
    ns3::Time m_began;      //!< when counting began
    ns3::Time m_counted;    //!< when the counted span ended
    std::string m_error;    //!< why the run failed
    Json m_record;          //!< so far
    std::unique_ptr<ns3::PayloadCacheTimeline> m_timeline; //!< null unless it was asked for
};

} // namespace scenario

#endif
