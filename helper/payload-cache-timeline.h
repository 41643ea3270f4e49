#ifndef PAYLOAD_CACHE_TIMELINE_H
#define PAYLOAD_CACHE_TIMELINE_H

#include "host-timeline.h"
#include "payload-cache-net-device.h"

#include "ns3/net-device-container.h"
#include "ns3/nstime.h"

#include <map>
#include <memory>
#include <string>

namespace ns3
{

/**
 * \ingroup payload-cache
 *
 * Records what hosts with cards do, as a file that Perfetto (ui.perfetto.dev) and chrome://tracing
 * open; doc/timeline.md says how to read it.
 *
 * \code
 *   PayloadCacheTimeline timeline("run.timeline.json", MilliSeconds(1), MilliSeconds(3));
 *   timeline.Install(cards); // as PayloadCacheHelper::Install() gave them
 *   Simulator::Run();
 *   timeline.Finish();       // before Simulator::Destroy()
 * \endcode
 *
 * It changes nothing: no event is scheduled, no byte of a frame is another.
 */
class PayloadCacheTimeline
{
  public:
    /**
     * Begins a file, which has its name from Finish() on.
     * \param file its name; where it cannot be written, Finish() says so
     * \param from what comes before is left out
     * \param to what comes from then on is left out
     */
    explicit PayloadCacheTimeline(const std::string& file,
                                  Time from = Time(0),
                                  Time to = Time::Max());
    /** Leaves nothing behind of a file that was not finished. */
    ~PayloadCacheTimeline();
    PayloadCacheTimeline(const PayloadCacheTimeline&) = delete;
    PayloadCacheTimeline& operator=(const PayloadCacheTimeline&) = delete;

    /** Records cards and their hosts, which are called by the numbers of their nodes. */
    void Install(NetDeviceContainer cards);
    /** Records a card and its host. \param name what the host is called */
    void Install(Ptr<PayloadCacheNetDevice> card, const std::string& name);

    /**
     * Ends the file. The simulation has not been destroyed yet.
     * \return false if it could not be written; nothing is left then
     */
    bool Finish();

  private:
    /** Looks no longer. */
    void Leave();

    std::shared_ptr<Recording> m_recording;                          //!< the file
    std::map<Ptr<HostModel>, std::shared_ptr<HostTimeline>> m_hosts; //!< who looks where
};

} // namespace ns3

#endif
