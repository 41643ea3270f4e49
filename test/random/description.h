#ifndef RANDOM_DESCRIPTION_H
#define RANDOM_DESCRIPTION_H

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace randomtest
{

using Json = nlohmann::json; // what its macros write to

/** ns-3 attributes, "Class::Attribute" without "ns3::", and their values as text. */
using Attributes = std::map<std::string, std::string>;

/** What happens to frames on their way into a device, each by its probability. */
struct Faults
{
    double loss{0};      //!< lost
    double corrupt{0};   //!< one bit flips
    double duplicate{0}; //!< comes once more, later
    double reorder{0};   //!< comes later
    double late{0};      //!< how much later at most, s
};

/** A host, or the router. */
struct HostPlan
{
    std::string path{
        "payload-cache"};    //!< data path of its cards; "stock": ns-3's devices and sockets
    std::string profile;     //!< of profiles/, without .txt; "" for a host that is free
    double cycles{0};        //!< "" profile: cycles of every operation
    double cyclesPerByte{0}; //!< "" profile: cycles a byte of whatever touches bytes
    Attributes attributes;   //!< of host, cards and paths, over the profile
};

/** Something that one end of a flow does at some time. */
struct Act
{
    double at{0};       //!< when, s
    bool server{false}; //!< the accepting end, else the connecting one
    /** pause, resume (reading), mute (writes no more), shutdown (and says so), close; unlisten: its
     * listening socket closes */
    std::string what{"close"};
};

/** A connection. */
struct FlowPlan
{
    uint32_t from{0};          //!< host that connects
    uint32_t to{1};            //!< host that accepts
    uint32_t link{0};          //!< card that it goes to, of parallel links
    double start{0};           //!< when it connects, s
    uint64_t bytes{0};         //!< from connecting to accepting host
    uint64_t back{0};          //!< the other way
    uint32_t writeSize{65536}; //!< bytes a write
    uint32_t readSize{65536};  //!< bytes that a Recv() asks for
    std::vector<Act> acts;     //!< what is done beside that
};

/** Datagrams from one socket to others. */
struct DatagramPlan
{
    uint32_t from{0};            //!< host that sends
    std::vector<uint32_t> to{1}; //!< hosts that receive; several only by multicast
    uint32_t readers{1};         //!< sockets that each of them has; several only by multicast
    uint32_t link{0};            //!< card that it goes to, of parallel links
    bool multicast{false};       //!< to a group, else to a host
    bool connected{false};       //!< the sending socket is
    double start{0};             //!< when it begins, s
    double gap{0};               //!< between datagrams, s; 0: when the socket takes the next one
    uint32_t count{1};           //!< datagrams
    uint32_t least{1};           //!< bytes of the smallest
    uint32_t most{1000};         //!< bytes of the largest
    std::vector<Act> acts;       //!< pause, resume, close; server: the readers
};

/** A scenario: all that decides a run. What is left out of a file has the value here. */
struct Description
{
    uint32_t seed{1};                       //!< of ns-3's random numbers and of the faults
    std::string topology{"point-to-point"}; //!< point-to-point, lan (CSMA), star (around a router)
    uint32_t links{1};                      //!< point-to-point: parallel links, a card each
    bool ipv6{false};                       //!< IPv6, else IPv4
    std::string rate{"100Mbps"};            //!< of links
    std::string bottleneck;                 //!< star: of the last host's link; "" for the same
    std::string delay{"1ms"};               //!< of each link
    uint32_t mtu{1500};                     //!< of links, bytes
    bool queueDiscs{true};                  //!< ns-3's default queue discs
    Faults faults;                          //!< into every device
    Attributes defaults;                    //!< ns-3's defaults: sockets, TCP
    std::vector<HostPlan> hosts{2};         //!< the hosts
    HostPlan router{"stock", "", 0, 0, {}}; //!< star: in the middle
    std::vector<FlowPlan> flows{1};         //!< the connections
    std::vector<DatagramPlan> datagrams;    //!< and what is sent without
    double stop{0};                         //!< the simulation is cut off then, s; 0: never
    /** twice, accounting, stock: what the run is compared with */
    std::vector<std::string> checks;
};

/** \return it as JSON */
Json ToJson(const Description& description);

/**
 * Reads a description.
 * \throw std::invalid_argument what is wrong, where, and what would be right
 */
Description FromJson(const Json& json);

} // namespace randomtest

#endif
