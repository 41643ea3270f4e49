#ifndef EQUIVALENCE_SCENARIO_H
#define EQUIVALENCE_SCENARIO_H

#include <cstdint>
#include <map>
#include <string>

/**
 * \ingroup payload-cache-tests
 * A small TCP scenario that runs over stock ns-3 devices and sockets, or over cards on hosts that
 * cost nothing, and what went over its wires.
 */
struct EquivalenceScenario
{
    std::string path{"stock"};    //!< "stock", or a data path
    bool csma{false};             //!< CSMA, else point-to-point
    uint32_t hosts{2};            //!< CSMA: hosts on the LAN
    std::string rate{"100Mbps"};  //!< link rate
    std::string delay{"2ms"};     //!< one way
    uint32_t mtu{1500};           //!< link MTU
    uint32_t flows{1};            //!< flows, all into the last host
    double loss{0};               //!< of frames, at the receiver
    uint32_t buffers{131072};     //!< send and receive buffer, bytes
    bool queueDiscs{true};        //!< ns-3's default queue discs on the hosts
    uint64_t bytes{0};            //!< of each flow; 0: until it is stopped
    double stop{0.4};             //!< when sources stop, seconds
    double end{1.0};              //!< end of the simulation, seconds
    std::string tcp{"ns3::TcpNewReno"}; //!< congestion control
    bool onOff{false};            //!< OnOffApplication, else BulkSendApplication
    bool timestamps{true};        //!< TCP timestamps
    uint32_t sendSize{4096};      //!< bytes a write
    uint32_t seed{1};             //!< of the losses

    /** What a run leaves behind. */
    struct Result
    {
        bool crashed{false};   //!< the run ended in an error
        uint64_t digest{0};    //!< of each frame's time and bytes at each wire
        uint64_t frames{0};    //!< frames seen at the wires
        uint64_t received{0};  //!< bytes that the sinks read
        uint64_t held{0};      //!< card RAM held at the end
        std::map<std::string, uint64_t> counts; //!< sum of the hosts' counters
        uint64_t longFrames{0}; //!< packets of more than 128 bytes that arrived
        uint64_t pieces{0};    //!< pieces of at most 64 KiB in the writes that sources made
    };

    /** Runs it. */
    Result Run() const;

    /** \return the scenario in one line */
    std::string Describe() const;
};

#endif
