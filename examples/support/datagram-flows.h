#ifndef DATAGRAM_FLOWS_H
#define DATAGRAM_FLOWS_H

#include "network.h"
#include "parameters.h"

#include "ns3/nstime.h"
#include "ns3/socket.h"

#include <string>
#include <vector>

namespace scenario
{

/** What every flow of datagrams is told. */
struct DatagramParameters
{
    uint64_t flows{1};         //!< at the same time
    double rate{0};            //!< datagrams a second and flow; 0: as sendto allows
    uint64_t size{1472};       //!< payload bytes of a datagram
    uint64_t datagrams{0};     //!< of each flow; 0: no limit
    std::string to{"unicast"}; //!< unicast, multicast or broadcast
    uint64_t receivers{1};     //!< sockets that share a flow's address
    bool pattern{false};       //!< datagrams have bytes, which are compared
    double pace{0};            //!< datagrams a second and flow that stock senders keep to at rate 0
};

/**
 * A datagram's bytes with --data=bytes: its number, as much of it as 4 bytes or the datagram hold,
 * and then the pattern at the place that the datagram has in its flow.
 * \param flow the flow
 * \param number the datagram's, from 0
 * \param size its bytes
 */
ns3::Ptr<ns3::Packet> MakeDatagram(uint32_t flow, uint64_t number, uint32_t size);

/**
 * Compares a datagram with what has been sent.
 * \param flow the flow
 * \param size bytes that a datagram of it has
 * \param sent how many it has sent so far
 * \param packet what was read
 * \return bytes that are not what was written; all of them where no such datagram was sent
 */
uint32_t CountWrongBytesOf(uint32_t flow,
                           uint32_t size,
                           uint64_t sent,
                           ns3::Ptr<const ns3::Packet> packet);

/** What happened to datagrams: of those sent, one for each socket that they were meant for. */
struct DatagramCounts
{
    uint64_t sent{0};       //!< that sendto took
    uint64_t received{0};   //!< that recvfrom gave, by all sockets
    uint64_t overflowed{0}; //!< that a receive buffer had no room for, likewise
};

/** One flow: a socket that sends, and one or several that receive. */
class DatagramFlow
{
  public:
    /** Makes the sockets. \param number the flow's, from 0 */
    DatagramFlow(Network& network, const DatagramParameters& parameters, uint32_t number);
    DatagramFlow(const DatagramFlow&) = delete;

    /** Sends from now on. */
    void Begin();
    /** Sends no more. */
    void Finish();
    /** \return true once it sends no more, and no sendto is under way */
    bool HasSent() const;
    /** \return what happened so far */
    const DatagramCounts& GetCounts() const;
    /** \return datagrams that have been due: with a rate those that were to be sent, else those
     * sent */
    uint64_t GetOffered() const;
    /** \return bytes that were read */
    uint64_t GetRead() const;
    /** \return bytes read that were not what had been written */
    uint64_t GetWrong() const;
    /** \return when it last sent or received something */
    ns3::Time GetLastProgress() const;

  private:
    /** Makes the socket that sends. */
    void MakeSender(Network& network);
    /** Makes a socket that receives. */
    void MakeReceiver(Network& network);
    /** \return where datagrams go: host and port */
    ns3::Address GetDestination(Network& network) const;
    /** \return the port */
    uint16_t GetPort() const;
    /** A datagram is due. */
    void Due();
    /** Sends what is due, as far as sendto takes it. */
    void Send();
    /** sendto takes the next one. */
    void MaySend(ns3::Ptr<ns3::Socket> socket, uint32_t room);
    /** Datagrams have come. */
    void Read(ns3::Ptr<ns3::Socket> socket);
    /** A receive buffer has no room. */
    void Overflowed(ns3::Ptr<const ns3::Packet> packet);
    /** \return true if one is due that has not been sent */
    bool IsDue() const;

    const DatagramParameters& m_p;                  //!< what it is like
    uint32_t m_number;                              //!< its own
    ns3::Ptr<ns3::Socket> m_sender;                 //!< sends
    std::vector<ns3::Ptr<ns3::Socket>> m_receivers; //!< receive
    ns3::Address m_to;                              //!< where to
    double m_rate;                                  //!< datagrams a second; 0: as sendto allows
    ns3::Time m_began;                              //!< when the first was due
    uint64_t m_due{0};                              //!< datagrams that have become due
    bool m_finished{false};                         //!< sends no more
    bool m_sending{false};                          //!< in Send()
    DatagramCounts m_counts;                        //!< so far
    uint64_t m_wrong{0};                            //!< bytes
    ns3::Time m_lastProgress;                       //!< last sent or received
};

} // namespace scenario

#endif
