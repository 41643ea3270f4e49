#ifndef PARAMETERS_H
#define PARAMETERS_H

#include "options.h"

namespace scenario
{

/// IPv4 and TCP headers with the timestamp option and its padding, bytes (RFC 791, 9293, 7323).
constexpr uint32_t TCP_IP_HEADERS = 20 + 20 + 12;

/** What is to be run. */
struct Parameters
{
    std::string path{"payload-cache"};
    std::string profile{"piii750-starfire-2001"};
    std::string senderProfile;
    std::string receiverProfile;
    uint64_t linkRate{0};
    double delay{50e-6};
    uint64_t mtu{0};
    uint64_t flows{1};
    uint64_t bytes{0};
    uint64_t writeSize{65536};
    uint64_t readSize{65536};
    uint64_t appRate{0};
    uint64_t sndBuf{262144};
    uint64_t rcvBuf{262144};
    double duration{1};
    double warmup{0.5};
    uint64_t cardRam{0};
    uint64_t txRam{0};
    uint64_t rxRam{0};
    std::string whenFull{"copy"};
    std::string wait{"auto"};
    std::string ownCosts{"all"};
    bool appRead{true};
    std::string source{"cold"};
    double lossRate{0};
    uint64_t seed{1};
    std::string data{"accounting"};
    std::string json;
    std::string pcap;
};

/** Declares the options that set \p parameters, and the ns-3 attributes that are the same. */
void Declare(Options& options, Parameters& parameters);

/** Refuses what belongs together wrongly, and says which options mean nothing on the path. */
void CheckTogether(const Options& options, const Parameters& parameters);

} // namespace scenario

#endif
