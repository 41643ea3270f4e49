#ifndef REQUEST_SERVER_H
#define REQUEST_SERVER_H

#include "message-arrivals.h"
#include "message-end.h"
#include "request-client.h"

#include "ns3/application.h"
#include "ns3/type-id.h"

#include <deque>
#include <vector>

namespace scenario
{

/**
 * Answers requests, a process a connection: it reads one, works on it, writes the response, and
 * reads the next. Its work is charged to the connection's process.
 */
class RequestServer : public ns3::Application
{
  public:
    /**
     * Constructor.
     * \param protocol the sockets' factory
     * \param wire the host's end of the wire
     * \param address where to listen, with the port of connection 0; the others follow
     * \param traffic what comes
     * \param cycles work a request
     */
    RequestServer(ns3::TypeId protocol,
                  ns3::Ptr<ns3::NetDevice> wire,
                  const ns3::Address& address,
                  const RequestTraffic& traffic,
                  uint64_t cycles);

    /** Counting begins. */
    void BeginCounting();
    /**
     * \return since then: from when each request's last byte had come over the wire to the first
     * work on it, ps. Empty where no host is modelled.
     */
    const std::vector<pc_time>& GetWaits() const;
    /** \return since then: from the first work on each request to the last, ps */
    const std::vector<pc_time>& GetServices() const;

    /** \return true once the client has closed all connections */
    bool IsFinished() const;
    /** \return a connection */
    const MessageEnd& GetEnd(uint64_t connection) const;

  protected:
    void DoDispose() override;

  private:
    void StartApplication() override;
    void StopApplication() override;
    /** A connection has come. */
    void Accepted(uint64_t connection, ns3::Ptr<ns3::Socket> socket, const ns3::Address& from);
    /** The client has closed a connection, or it is gone. */
    void Closed(uint64_t connection, ns3::Ptr<ns3::Socket> socket);
    /** A request has been read. */
    void Serve(uint64_t connection);
    /** The work on a request is done. */
    void Served(uint64_t connection, pc_time arrival);

    ns3::TypeId m_protocol;                         //!< sockets' factory
    ns3::Address m_address;                         //!< where to listen, connection 0
    uint64_t m_cycles;                              //!< work a request
    MessageArrivals m_arrivals;                     //!< of requests
    ns3::Ptr<ns3::HostModel> m_host;                //!< where it runs; null where none is modelled
    std::vector<ns3::Ptr<ns3::Socket>> m_listeners; //!< by connection
    std::deque<MessageEnd> m_ends;                  //!< connections; addresses stay
    uint64_t m_closed{0};                           //!< connections that the client has closed
    std::vector<pc_time> m_waits;                   //!< ps
    std::vector<pc_time> m_services;                //!< ps
};

} // namespace scenario

#endif
