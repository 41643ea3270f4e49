#ifndef NETWORK_H
#define NETWORK_H

#include "hosts.h"
#include "ram-over-time.h"
#include "record.h"
#include "switch.h"

#include "wire-faults.h"

#include "ns3/address.h"
#include "ns3/point-to-point-helper.h"

#include <deque>
#include <memory>

namespace scenario
{

/** A host of a scenario. */
struct Host
{
    std::string name;                            //!< in the record
    std::size_t role;                            //!< 0 or 1
    ns3::Ptr<ns3::Node> node;                    //!< the node
    ns3::Ptr<ns3::NetDevice> wire;               //!< its wire
    ns3::Ptr<ns3::PayloadCacheNetDevice> card;   //!< its card; null on path "stock"
    ns3::Address address;                        //!< of the card: Ipv4Address or Ipv6Address
    uint64_t frames{0};                          //!< that it put on its wire, all run long
    std::unique_ptr<RamOverTime> ramOverTime;    //!< null unless it was asked for
};

/** The hosts and what connects them. */
class Network
{
  public:
    /** Nothing yet. The arguments have to outlive it. */
    Network(const Options& options, const Parameters& parameters, const Machines& machines);

    /** One host of each role, and one link between them, which loses frames toward the second. */
    void MakePair();
    /**
     * A host "server" and hosts "client-1" and so on, each with a link of its own to a switch.
     * \param clients how many
     * \param buffer of each port of the switch, bytes
     * \param toServer frames are lost on their way into the server, else into the clients
     */
    void MakeStar(uint64_t clients, uint64_t buffer, bool toServer);

    /** \return true if sockets limit their windows to receive RAM */
    static bool ClampsWindows();
    /** \return the hosts, in the order in which they were made */
    std::deque<Host>& GetHosts();
    /** \return the sockets that the path wants */
    ns3::TypeId GetSocketFactory() const;
    /** \return what makes sockets of datagrams: ours where hosts are modelled, else ns-3's */
    ns3::TypeId GetDatagramFactory() const;
    /** \return payload bytes of a full segment */
    static uint32_t GetSegmentSize();
    /** \return payload that a link carries in full segments, bit/s */
    double GetPayloadRate() const;
    /** \return what joins the hosts of a star */
    Switch& GetSwitch();
    /** \return card RAM held now, on all cards, bytes */
    uint64_t GetHeld() const;

    /** Hosts and cards count from now on. */
    void ResetStatistics();
    /** \return what each host did since then; empty on path "stock" */
    Json HostRecords();
    /** \return the frames that each host put on its wire, all run long */
    Json WireFrames() const;
    /** \return what happened to frames beside their loss, all run long; null unless asked for */
    Json WireFaultCounts() const;
    /** Adds what card RAM holds now to the records of hosts. */
    void AddHeldAtEnd(Json& hosts) const;
    /** Adds the attributes in force to the record's parameters, by the role of hosts. */
    void Describe(Json& parameters) const;

  private:
    /** \return a point-to-point link, with Ethernet's bytes around each packet */
    ns3::PointToPointHelper MakeLinkHelper() const;
    /** Adds a host at the end of a wire. */
    void AddHost(const std::string& name, std::size_t role, ns3::Ptr<ns3::NetDevice> wire);
    /** Gives the hosts an IP stack and an address of one network. \param mask the network's */
    void GiveAddresses(const char* mask);
    /** Says where a dropped frame may lock a connection up. */
    void NoteWindow() const;
    /** Loses frames that come from a wire, and does to them what else was asked for. */
    void Disturb(ns3::Ptr<ns3::NetDevice> wire, int64_t stream);
    /** Captures what is on the wires, where it was asked for. */
    void Capture(ns3::PointToPointHelper& link);
    /** A wire begins to carry a frame. */
    static void FrameBegan(uint64_t* frames, ns3::Ptr<const ns3::Packet> frame);

    const Options& m_options;   //!< what was given
    const Parameters& m_p;      //!< what is in force
    const Machines& m_machines; //!< by role
    std::deque<Host> m_hosts;   //!< the hosts; addresses stay
    Switch m_switch;            //!< of a star
    std::vector<ns3::Ptr<ns3::WireFaults>> m_faults; //!< one a wire that has some
};

} // namespace scenario

#endif
