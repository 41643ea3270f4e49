#ifndef TRANSFERS_H
#define TRANSFERS_H

#include "network.h"
#include "rtt-meter.h"

#include "pattern-sink.h"
#include "pattern-source.h"

#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

namespace scenario
{

/** A flow: a connection of its own, which carries its bytes and is closed. */
struct Transfer
{
    uint64_t number;  //!< from 0, in the order in which they began
    uint64_t client;  //!< from 0
    uint64_t bytes;   //!< its size
    ns3::Time began;  //!< when it arrived
    std::size_t slot; //!< the caller's

    ns3::Ptr<ns3::PatternSource> source; //!< connects, writes and closes
    ns3::Ptr<ns3::PatternSink> sink;     //!< reads; null until the connection is accepted
};

/**
 * Flows between the server of a star and its clients, whose number nobody knows in advance. Sender
 * and reader of a flow are there as long as its connection is, and no node keeps them.
 */
class Transfers
{
  public:
    /** Something that happened to a flow. */
    using Happened = std::function<void(const Transfer&)>;

    /**
     * Constructor. All that is given has to outlive it.
     * \param network a star
     * \param p what every scenario is told
     * \param upload clients send to the server, else the server to clients
     * \param writeSize bytes a write
     */
    Transfers(Network& network, const Parameters& p, bool upload, uint64_t writeSize);

    /** \param read called when the last byte has been read \param ended when the flow is gone */
    void SetCallbacks(Happened read, Happened ended);
    /** Receivers listen. */
    void Listen();
    /** Begins a flow now. \return false if the sender has no port left */
    bool Begin(uint64_t client, uint64_t bytes, std::size_t slot);

    /** \return flows that are not gone */
    std::size_t GetActive() const;
    /** \return bytes read so far, by client */
    const std::vector<uint64_t>& GetRead() const;
    /** \return bytes of all flows so far */
    uint64_t GetBytes() const;
    /** \return bytes that were not what had been written */
    uint64_t GetWrong() const;
    /** \return when the last read returned */
    ns3::Time GetLastRead() const;
    /** \return the round trips that the senders' TCP has seen */
    RttMeter& GetRtt();

  private:
    /** A flow by its sender, among the hosts, and its port. */
    using Key = uint64_t;

    /** \return the key of an end of a connection */
    Key KeyOf(const ns3::Address& socket) const;
    /** Makes a flow's source, which connects. */
    ns3::Ptr<ns3::PatternSource> MakeSource(const Transfer& transfer);
    /** Makes a flow's sink. */
    ns3::Ptr<ns3::PatternSink> MakeSink(Key key, const Transfer& transfer, const Host& host);
    /** A connection has come to a host. */
    void Accepted(const Host* host, ns3::Ptr<ns3::Socket> socket, const ns3::Address& from);
    /** A read of a flow has returned. */
    void HasRead(Key key, ns3::Ptr<const ns3::Packet> packet);
    /** A flow's sender has closed. */
    void HasClosed(Key key);
    /** Lets a flow go once all of it is read and its sender has closed. */
    void CheckEnd(Key key);
    /** Lets a flow go. */
    void End(Key key);
    /** \return the host of a client */
    const Host& ClientOf(const Transfer& transfer) const;

    Network& m_network;    //!< the hosts
    const Parameters& m_p; //!< what is in force
    bool m_upload;         //!< clients send
    uint64_t m_writeSize;  //!< bytes a write
    Happened m_onRead;     //!< all of a flow has been read
    Happened m_onEnd;      //!< a flow is gone
    RttMeter m_rtt;        //!< of the senders

    std::map<ns3::Address, std::size_t> m_hosts;                    //!< places of the hosts
    std::vector<ns3::Ptr<ns3::Socket>> m_listeners;                  //!< one a receiver
    std::unordered_map<Key, std::unique_ptr<Transfer>> m_transfers; //!< those under way
    std::vector<uint64_t> m_read; //!< bytes, by client
    uint64_t m_begun{0};          //!< flows
    uint64_t m_bytes{0};          //!< of all flows
    uint64_t m_wrong{0};          //!< bytes of flows that are gone
    ns3::Time m_lastRead;         //!< when
};

} // namespace scenario

#endif
