#ifndef RANDOM_WORLD_H
#define RANDOM_WORLD_H

#include "datagram-flow.h"
#include "description.h"
#include "end.h"
#include "wire-digest.h"

#include "payload-cache-net-device.h"

#include "ns3/net-device-container.h"
#include "ns3/node-container.h"

#include <memory>

namespace randomtest
{

/** How a description is run. */
enum class Variant
{
    BYTES,      //!< as it is, in bytes mode
    ACCOUNTING, //!< payload is counted
    STOCK,      //!< over ns-3's own devices and sockets
};

/** A connection of a run. */
struct Flow
{
    const FlowPlan* plan;        //!< what it is
    std::unique_ptr<End> client; //!< the end that connects
    std::unique_ptr<End> server; //!< the end that accepts
};

/** What its traces say of one side of a card's RAM. */
struct RamLedger
{
    uint64_t taken{0};     //!< bytes handed out
    uint64_t given{0};     //!< bytes given back
    bool disagreed{false}; //!< the card once said that it held something else
};

/** A card of a run. */
struct Card
{
    std::string name;                            //!< "host 0 card 1"
    int host;                                    //!< of the description; -1 for the router
    ns3::Ptr<ns3::PayloadCacheNetDevice> device; //!< the card
    RamLedger ledgers[2];                        //!< by pc_ram_side
    uint64_t controlSent{0};     //!< bytes of ICMP messages: to the card they are payload
    uint64_t controlReceived{0}; //!< likewise
};

/** The objects of one run, and what there is to see after it. One a process: see Run(). */
class World
{
  public:
    /** Why a run ended. */
    enum class Ending
    {
        QUIET,  //!< nothing has moved for long
        CUT,    //!< at the description's time
        FRAMES, //!< at the limit of frames
        LATE,   //!< at the limit of simulated time, while something moved
    };

    /** Constructor. \param description has to outlive it */
    World(const Description& description, Variant variant);
    ~World();

    /**
     * Builds it and runs it. ns-3 numbers the automatic random streams of a process on and on, so
     * that a second run in the same process would meet other back-offs.
     */
    void Run();

    /** \return what it was made of */
    const Description& GetDescription() const;
    /** \return how it was run */
    Variant GetVariant() const;
    /** \return the plan of a card's machine */
    const HostPlan& PlanOf(const Card& card) const;
    /** \return true if the host has cards and sockets of ours in this run */
    bool IsOurs(uint32_t host) const;
    /** \return the flows */
    const std::vector<Flow>& GetFlows() const;
    /** \return the flows of datagrams */
    const std::vector<std::unique_ptr<DatagramFlow>>& GetDatagramFlows() const;
    /** \return packets that IP, ARP, queue discs and wires have dropped */
    uint64_t GetDrops() const;
    /** \return the cards */
    const std::vector<std::unique_ptr<Card>>& GetCards() const;
    /** \return why the run ended */
    Ending GetEnding() const;
    /** \return digest of the wires' frames */
    const WireDigest& GetDigest() const;
    /** \return digest of their times and sizes alone */
    const WireDigest& GetShape() const;

  private:
    /** Sets ns-3's defaults. */
    void Configure();
    /** Makes nodes and links. */
    void MakeWires();
    /** Makes a point-to-point link. */
    ns3::NetDeviceContainer MakeLink(ns3::Ptr<ns3::Node> a,
                                     ns3::Ptr<ns3::Node> b,
                                     const std::string& rate);
    /** Has frames of a wire watched, and spoiled. */
    void WatchWire(ns3::Ptr<ns3::NetDevice> wire);
    /** Puts cards around the wires of hosts that have some. */
    void MakeCards();
    /** \return a wire, or the card around it */
    ns3::Ptr<ns3::NetDevice> MakeCard(ns3::Ptr<ns3::NetDevice> wire);
    /** Makes IP stacks, addresses and routes. */
    void MakeInternet();
    /** Gives addresses of one network to devices. */
    void GiveAddresses(const ns3::NetDeviceContainer& devices, uint32_t network);
    /** Makes the programs at both ends of the flows. */
    void MakeFlows();
    /** \return where a flow connects to */
    ns3::Address RemoteOf(const FlowPlan& flow, uint16_t port) const;
    /** \return a socket of a host. \param protocol Tcp or Udp */
    ns3::Ptr<ns3::Socket> MakeSocket(uint32_t host, const std::string& protocol) const;
    /** Makes the programs at both ends of the flows of datagrams. */
    void MakeDatagramFlows();
    /** \return where they go to */
    ns3::Address RemoteOf(const DatagramPlan& plan, uint16_t port) const;
    /** \return a host's device that a flow uses */
    ns3::Ptr<ns3::NetDevice> DeviceOf(uint32_t host, uint32_t link) const;
    /** Datagrams begin. */
    void BeginDatagrams(std::size_t flow);
    /** Counts what is dropped on the way. */
    void WatchDrops();
    /** The flow begins. */
    void Connect(std::size_t flow);
    /** A frame has come over a wire. */
    void FrameCame();
    /** Card RAM was taken or given back. */
    void RamTaken(Card* card, bool transmit, uint64_t bytes, uint64_t held);
    /** \copydoc RamTaken */
    void RamGiven(Card* card, bool transmit, uint64_t bytes, uint64_t held);
    /** A packet has been handed to a card, or by it to the stack. \param bytes where it counts */
    static void CountControl(uint64_t* bytes, ns3::Ptr<const ns3::Packet> packet);
    /** Notes what a ledger makes of what the card says that it holds. */
    static void Compare(RamLedger& ledger, uint64_t held);
    /** The run is cut off. */
    void CutOff(Ending ending);

    const Description& m_d;                          //!< what to build
    Variant m_variant;                               //!< and how to run it
    ns3::NodeContainer m_nodes;                      //!< hosts, and the router behind them
    std::vector<ns3::NetDeviceContainer> m_networks; //!< wires, then devices, by network
    std::map<uint32_t, std::vector<ns3::Address>> m_addresses;  //!< of hosts
    std::vector<std::unique_ptr<Card>> m_cards;                 //!< the cards
    std::vector<Flow> m_flows;                                  //!< the flows
    std::vector<ns3::Ptr<ns3::Socket>> m_listeners;             //!< their listening sockets
    std::vector<std::unique_ptr<DatagramFlow>> m_datagramFlows; //!< the flows of datagrams
    uint64_t m_drops{0};                                        //!< see GetDrops()
    WireDigest m_digest;                                        //!< of the wires
    WireDigest m_shape;                                         //!< of the wires
    uint32_t m_wires{0};                                        //!< watched
    uint64_t m_frames{0};                                       //!< come so far
    Ending m_ending{Ending::QUIET};                             //!< why the run ended
};

} // namespace randomtest

#endif
