#ifndef PARAMETERS_H
#define PARAMETERS_H

#include "options.h"

#include <array>

namespace scenario
{

/** The two kinds of host that a scenario has, by what they do: "sender" and "receiver". */
using Roles = std::array<std::string, 2>;

/** What every scenario can be told. */
struct Parameters
{
    explicit Parameters(Roles roles);

    Roles roles;                               //!< of the hosts
    std::string lossToward;                    //!< whom frames do not reach, for --help
    std::string path{"payload-cache"};         //!< how payload travels
    std::string profile{"piii750-starfire-2001"}; //!< all machines
    std::array<std::string, 2> roleProfile;    //!< the machines of one role; empty: \c profile
    uint64_t linkRate{0};                      //!< bit/s; 0: the profiles'
    bool vlan{false};                          //!< frames carry a VLAN tag
    double delay{50e-6};                       //!< s
    uint64_t mtu{0};                           //!< bytes; 0: the profiles'
    std::string family{"ipv4"};                //!< of addresses
    double lossRate{0};                        //!< of frames
    double duplicateRate{0};                   //!< of frames that come twice
    double reorderRate{0};                     //!< of frames that others overtake
    double corruptRate{0};                     //!< of frames of which a byte is damaged
    uint64_t readSize{65536};                  //!< bytes
    uint64_t sndBuf{262144};                   //!< bytes; the profiles' where they say
    uint64_t rcvBuf{262144};                   //!< bytes; the profiles' where they say
    uint64_t cardRam{0};                       //!< bytes; 0: the profile's
    uint64_t txRam{0};                         //!< bytes; 0: by share
    uint64_t rxRam{0};                         //!< bytes; 0: by share
    std::string whenFull{"copy"};              //!< card RAM is full
    std::string wait{"auto"};                  //!< how calls wait for DMA
    std::string ownCosts{"all"};               //!< of the scheme
    bool appRead{true};                        //!< the application reads its bytes
    std::string source{"cold"};                //!< the writer's data
    std::string tso;                           //!< segmentation offload; empty: the profile's
    std::string gro;                           //!< receive offload; empty: the profile's
    uint64_t cores{0};                         //!< of each host
    uint64_t rxQueues{0};                      //!< of each card
    std::string steering;                      //!< queues of connections; empty: the profile's
    std::string placement;                     //!< of processes; empty: the profile's
    double busyPoll{0};                        //!< s; before a read sleeps
    double llcMiss{-1};                        //!< forced miss fraction; -1: the model's own
    double duration{1};                        //!< counted, s; on fast links less
    double warmup{0.5};                        //!< before that, s; on fast links less
    uint64_t seed{1};                          //!< of all that is drawn
    std::string data{"accounting"};            //!< payload is counted, or carried
    bool ramOverTime{false};                   //!< card RAM is recorded over time
    std::string timeline;                      //!< file of the timeline
    double timelineFrom{0};                    //!< it begins, s
    double timelineTo{0};                      //!< it ends, s; 0: with the run
    std::string json;                          //!< file of the record
    std::string pcap;                          //!< prefix of captures
    bool check{false};                         //!< check all, run nothing

    /** \return true if hosts are modelled */
    bool HasHosts() const;
    /** \return true if packets are IPv6's */
    bool IsIpv6() const;
    /** \return true if something else than loss happens to frames */
    bool HasFaults() const;
    /** \return IP and TCP headers, with the timestamp option and its padding, bytes */
    uint32_t TcpIpHeaders() const;
    /** \return bytes that Ethernet puts on the wire beside an IP packet */
    uint32_t FrameOverhead() const;
    /** \return the profile of a role's machines */
    const std::string& ProfileOf(std::size_t role) const;
    /** \return the option that gives it */
    std::string ProfileOption(std::size_t role) const;
};

/** Declares the options that set \p parameters, and the ns-3 attributes that are the same. */
void Declare(Options& options, Parameters& parameters);

/** Declares --duration and --warmup, of scenarios that count a span of time. */
void DeclareLength(Options& options, Parameters& parameters);

/** Says of an option that it has no effect on the path, if it was given. */
void NoteNoEffect(const Options& options, const std::string& name, const Parameters& parameters);

/** Refuses what belongs together wrongly, and says which options mean nothing on the path. */
void CheckTogether(const Options& options, const Parameters& parameters);

/** Refuses writes that stock sockets would never take. */
void CheckWriteSize(const Parameters& parameters, uint64_t writeSize);

} // namespace scenario

#endif
