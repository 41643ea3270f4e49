#include "payload-cache-udp-socket-factory.h"

#include "payload-cache-net-device.h"
#include "payload-cache-udp-socket.h"

#include "ns3/node.h"
#include "ns3/udp-socket-factory.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(PayloadCacheUdpSocketFactory);

TypeId
PayloadCacheUdpSocketFactory::GetTypeId()
{
    static TypeId tid = TypeId("ns3::PayloadCacheUdpSocketFactory")
                            .SetParent<SocketFactory>()
                            .SetGroupName("PayloadCache")
                            .AddConstructor<PayloadCacheUdpSocketFactory>();
    return tid;
}

Ptr<Socket>
PayloadCacheUdpSocketFactory::CreateSocket()
{
    auto socket = CreateObject<PayloadCacheUdpSocket>();
    socket->Enter(GetObject<Node>(), GetObject<UdpSocketFactory>()->CreateSocket());
    return socket;
}

} // namespace ns3
