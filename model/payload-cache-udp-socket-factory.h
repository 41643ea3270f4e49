#ifndef PAYLOAD_CACHE_UDP_SOCKET_FACTORY_H
#define PAYLOAD_CACHE_UDP_SOCKET_FACTORY_H

#include "ns3/socket-factory.h"

namespace ns3
{

/**
 * \ingroup payload-cache
 * Makes PayloadCacheUdpSockets. Name it where an application asks for a protocol, in the place of
 * ns3::UdpSocketFactory; PayloadCacheHelper::Install() puts one on each node.
 */
class PayloadCacheUdpSocketFactory : public SocketFactory
{
  public:
    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();

    /** \return a socket of the node's UDP */
    Ptr<Socket> CreateSocket() override;
};

} // namespace ns3

#endif
