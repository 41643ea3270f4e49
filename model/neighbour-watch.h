#ifndef NEIGHBOUR_WATCH_H
#define NEIGHBOUR_WATCH_H

#include "datagrams.h"

#include "ns3/ipv6-address.h"
#include "ns3/ndisc-cache.h"
#include "ns3/simple-ref-count.h"

namespace ns3
{

class HostModel;

/**
 * \ingroup payload-cache
 * A datagram over IPv6 whose next hop's link address is not known. ns-3 keeps a few packets for
 * such a neighbour, and tells nobody when it drops one, for want of room or since no neighbour has
 * answered: here its queue is looked at, from time to time as long as some of the datagram is in
 * it, and what is missing without having been sent has gone.
 */
class NeighbourWatch : public SimpleRefCount<NeighbourWatch>
{
  public:
    /**
     * Looks after a datagram that IPv6 has been given just now; nothing remains to be done where
     * the link has no addresses to look for, or the neighbour's is known. \param host the machine
     * \param card by which it leaves
     * \param to its destination
     * \param key its name
     * \param bytes of it, UDP header included
     */
    static void Begin(Ptr<HostModel> host,
                      Ptr<NetDevice> card,
                      Ipv6Address to,
                      SentDatagrams::Key key,
                      uint64_t bytes);

  private:
    /** Looks at the queue, and again after a while if some of the datagram waits in it. */
    void Look();
    /** \return bytes of the datagram in a neighbour's queue */
    uint64_t CountWaiting(NdiscCache::Entry* entry) const;

    Ptr<HostModel> m_host;    //!< the machine
    Ptr<NdiscCache> m_cache;  //!< neighbours on the link
    Ipv6Address m_nextHop;    //!< the neighbour
    SentDatagrams::Key m_key; //!< the datagram
    uint64_t m_waiting{0};    //!< bytes of it that have neither been sent nor dropped
};

} // namespace ns3

#endif
