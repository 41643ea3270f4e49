#ifndef DATAGRAM_DROPS_H
#define DATAGRAM_DROPS_H

#include "host-model.h"

#include "ns3/node.h"
#include "ns3/queue-disc.h"

namespace ns3
{

/**
 * \ingroup payload-cache
 * Sees to it that a host knows what it has to know of datagrams: those that die between UDP and a
 * card, in IP, ARP or before a queue, and how long fragments wait for others. The first call does
 * it.
 * \param host the host
 * \param node its node
 */
void PrepareDatagrams(Ptr<HostModel> host, Ptr<Node> node);

/**
 * \ingroup payload-cache
 * A host is to know of the datagrams that a queue disc drops.
 * \param host the host
 * \param disc the queue disc before one of its cards
 */
void WatchQueueDiscDrops(HostModel& host, QueueDisc& disc);

} // namespace ns3

#endif
