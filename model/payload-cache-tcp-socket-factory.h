#ifndef PAYLOAD_CACHE_TCP_SOCKET_FACTORY_H
#define PAYLOAD_CACHE_TCP_SOCKET_FACTORY_H

#include "ns3/socket-factory.h"

namespace ns3
{

/**
 * \ingroup payload-cache
 * Makes PayloadCacheTcpSockets. Name it where an application asks for a protocol, in the place of
 * ns3::TcpSocketFactory; PayloadCacheHelper::Install() puts one on each node.
 */
class PayloadCacheTcpSocketFactory : public SocketFactory
{
  public:
    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();

    /** \return a socket with the node's RTT estimator, congestion control and recovery */
    Ptr<Socket> CreateSocket() override;
};

} // namespace ns3

#endif
