#ifndef NEIGHBOUR_WATCH_H
#define NEIGHBOUR_WATCH_H

#include "datagrams.h"

#include "ns3/event-id.h"
#include "ns3/ipv6-address.h"
#include "ns3/ndisc-cache.h"
#include "ns3/object.h"

#include <list>

namespace ns3
{

class HostModel;
class Ipv6;

/**
 * \ingroup payload-cache
 * A host's datagrams over IPv6 whose next hop's link address is not known. ns-3 keeps a few packets
 * for such a neighbour, and tells nobody when it drops one, for want of room or since no neighbour
 * has answered. Here its queue is looked at when another datagram has been sent, before any packet
 * is received, which may bring the address, and from time to time; what is missing there without
 * having been sent has gone.
 */
class NeighbourWatch : public Object
{
  public:
    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();

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

  protected:
    void DoDispose() override;

  private:
    /** A datagram of which some waits. */
    struct Waiting
    {
        Ptr<NdiscCache> cache;  //!< neighbours on its link
        Ipv6Address nextHop;    //!< the neighbour
        SentDatagrams::Key key; //!< its name
        uint64_t bytes{0};      //!< of it, that have neither been sent nor dropped
    };

    /** Looks at all queues, and again after a while if something waits. */
    void Look();
    /** \return true if something of the datagram waits yet */
    bool LookAfter(Waiting& datagram);
    /** A packet comes: what it brings may end the waiting. */
    void Received(Ptr<const Packet> packet, Ptr<Ipv6> ipv6, uint32_t interface);
    /** \return bytes of a datagram in a neighbour's queue */
    static uint64_t CountWaiting(NdiscCache::Entry* entry, const SentDatagrams::Key& key);

    HostModel* m_host{nullptr};   //!< the machine, of the same node
    std::list<Waiting> m_waiting; //!< datagrams
    EventId m_timer;              //!< the next look
    bool m_looking{false};        //!< in Look()
    bool m_again{false};          //!< meanwhile it has been called again
};

} // namespace ns3

#endif
