#ifndef HOSTS_H
#define HOSTS_H

#include "parameters.h"

#include "payload-cache-net-device.h"

#include "profile.h"

#include "ns3/net-device-container.h"

#include <array>

namespace scenario
{

/** The machines at both ends: 0 is the sender, 1 the receiver. */
using Machines = std::array<ns3::Profile, 2>;

/**
 * Refuses profiles that are not there or not right, and takes the link's rate and MTU from them
 * where they were not given: the slower card's rate, the smaller MTU.
 */
Machines ReadProfiles(const Options& options, Parameters& parameters);

/**
 * Puts a card and a machine at both ends of a link, as the options and profiles have it: what was
 * given on the command line wins over the profile. Refuses card RAM that holds no frame.
 * \param wires the sender's device, the receiver's device
 * \return the cards, in the same order
 */
ns3::NetDeviceContainer InstallHosts(const Options& options,
                                     const Parameters& parameters,
                                     const Machines& machines,
                                     ns3::NetDeviceContainer wires);

/**
 * \return the payload cache's constants on a machine, whatever path the run takes: the command
 * line's, the profile's, or its defaults
 */
ns3::Ptr<ns3::PayloadCachePath> MakePolicy(const Options& options, const ns3::Profile& machine);

} // namespace scenario

#endif
