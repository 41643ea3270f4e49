#ifndef REQUEST_CLIENT_H
#define REQUEST_CLIENT_H

#include "message-end.h"

#include "ns3/application.h"
#include "ns3/event-id.h"
#include "ns3/ipv4-address.h"
#include "ns3/random-variable-stream.h"
#include "ns3/type-id.h"

#include <deque>
#include <functional>
#include <vector>

namespace scenario
{

/** What requests are like, for both ends. */
struct RequestTraffic
{
    uint64_t requestSize{100};   //!< bytes
    uint64_t responseSize{1000}; //!< bytes
    uint64_t concurrency{1};     //!< connections
    double rate{0};              //!< requests a second over all connections; 0: a closed loop
    bool periodic{false};        //!< a given rate's requests come evenly, not as a Poisson process
    uint64_t requests{0};        //!< all that are made; 0: no limit
    bool pattern{false};         //!< bytes are the pattern's, and are compared
    uint32_t callSize{UINT32_MAX}; //!< the most bytes of one write

    /** \return the requests of a connection */
    MessageStream Requests(uint64_t connection) const;
    /** \return the responses of a connection */
    MessageStream Responses(uint64_t connection) const;
};

/**
 * Sends requests over its connections and reads the responses, which come in the order of the
 * requests.
 *
 * At a given rate requests come at times of their own, which depend on nothing but the seed, and
 * go to the connections in turn; one that finds its connection busy waits there, and that counts.
 * In a closed loop a connection's next request is made when the response before it has been read.
 */
class RequestClient : public ns3::Application
{
  public:
    /**
     * Constructor.
     * \param protocol the sockets' factory
     * \param server the server's address, with the port of connection 0; the others follow
     * \param traffic what to send
     */
    RequestClient(ns3::TypeId protocol,
                  const ns3::Address& server,
                  const RequestTraffic& traffic);

    /** Calls \p ready once all connections stand, or \p failed once if one of them cannot. */
    void WhenConnected(std::function<void()> ready, std::function<void()> failed);
    /** Requests begin. */
    void Begin();
    /** Makes no more requests, and closes once all responses have been read. */
    void Finish();
    /** \return true once it has closed */
    bool IsFinished() const;

    /** Counting begins. */
    void BeginCounting();
    /** \return from when each request was due to its response's last byte, since then, ps */
    const std::vector<pc_time>& GetLatencies() const;
    /** \return for how long each request was due and unanswered since then, added up, ps */
    double GetOutstandingTime();

    /** \return connections that stand */
    uint64_t GetConnected() const;
    /** \return requests that are due and unanswered */
    uint64_t GetOutstanding() const;
    /** \return a connection */
    const MessageEnd& GetEnd(uint64_t connection) const;

  protected:
    void DoDispose() override;

  private:
    void StartApplication() override;
    void StopApplication() override;
    /** A connection stands. */
    void Connected(ns3::Ptr<ns3::Socket> socket);
    /** A connection cannot be made. */
    void Failed(ns3::Ptr<ns3::Socket> socket);
    /** The next request of a given rate is due at its time. */
    void ScheduleNext();
    /** A request of a given rate is due. */
    void NextDue();
    /** A request is due on a connection. */
    void MakeRequest(uint64_t connection);
    /** A response has been read. */
    void Answered(uint64_t connection);
    /** Closes if nothing more is to come. */
    void CheckFinished();
    /** \return true if another request may be made */
    bool HasMore() const;
    /** Brings the outstanding requests' time up to now. */
    void AddOutstandingTime();

    ns3::TypeId m_protocol;                 //!< sockets' factory
    ns3::Address m_server;                  //!< where to, connection 0
    RequestTraffic m_traffic;               //!< what to send
    ns3::Ptr<ns3::HostModel> m_host;        //!< where it runs; null where none is modelled
    std::function<void()> m_ready;          //!< all connections stand
    std::function<void()> m_failed;         //!< one cannot
    std::deque<MessageEnd> m_ends;          //!< connections; addresses stay
    std::vector<std::deque<pc_time>> m_due; //!< by connection: requests without a response, ps
    uint64_t m_connected{0};                //!< connections that stand
    ns3::Ptr<ns3::ExponentialRandomVariable> m_interval; //!< between requests, in mean intervals
    ns3::Time m_began;                                   //!< requests began
    double m_intervals{0};   //!< mean intervals from then to the next request
    ns3::EventId m_next;     //!< the next request of a given rate
    uint64_t m_made{0};      //!< requests made
    bool m_finishing{false}; //!< no more are made
    bool m_finished{false};  //!< closed

    uint64_t m_outstanding{0};        //!< requests without a response
    pc_time m_outstandingSince{0};    //!< their time is complete up to here, ps
    double m_outstandingTime{0};      //!< request-ps
    std::vector<pc_time> m_latencies; //!< ps
};

} // namespace scenario

#endif
