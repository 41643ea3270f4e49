#include "payload-cache-tcp-socket-factory.h"

#include "payload-cache-net-device.h"
#include "payload-cache-tcp-socket.h"

#include "ns3/node.h"
#include "ns3/object-factory.h"
#include "ns3/rtt-estimator.h"
#include "ns3/tcp-congestion-ops.h"
#include "ns3/tcp-l4-protocol.h"
#include "ns3/tcp-recovery-ops.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(PayloadCacheTcpSocketFactory);

TypeId
PayloadCacheTcpSocketFactory::GetTypeId()
{
    static TypeId tid = TypeId("ns3::PayloadCacheTcpSocketFactory")
                            .SetParent<SocketFactory>()
                            .SetGroupName("PayloadCache")
                            .AddConstructor<PayloadCacheTcpSocketFactory>();
    return tid;
}

namespace
{

/** Makes the object that an attribute of TcpL4Protocol names the type of. */
template <typename T>
Ptr<T>
CreateFrom(Ptr<TcpL4Protocol> tcp, const std::string& attribute)
{
    TypeIdValue type;
    tcp->GetAttribute(attribute, type);
    ObjectFactory factory;
    factory.SetTypeId(type.Get());
    return factory.Create<T>();
}

} // namespace

Ptr<Socket>
PayloadCacheTcpSocketFactory::CreateSocket()
{
    Ptr<TcpL4Protocol> tcp = GetObject<TcpL4Protocol>();
    // in the order of TcpL4Protocol::CreateSocket(): some of these draw a random stream
    auto rtt = CreateFrom<RttEstimator>(tcp, "RttEstimatorType");
    auto socket = CreateObject<PayloadCacheTcpSocket>();
    auto algorithm = CreateFrom<TcpCongestionOps>(tcp, "SocketType");
    auto recovery = CreateFrom<TcpRecoveryOps>(tcp, "RecoveryType");
    socket->SetNode(GetObject<Node>());
    socket->SetTcp(tcp);
    socket->SetRtt(rtt);
    socket->SetCongestionControlAlgorithm(algorithm);
    socket->SetRecoveryAlgorithm(recovery);
    tcp->AddSocket(socket);
    return socket;
}

} // namespace ns3
