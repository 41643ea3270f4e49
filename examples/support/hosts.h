#ifndef HOSTS_H
#define HOSTS_H

#include "parameters.h"

#include "payload-cache-net-device.h"

#include "profile.h"

#include <array>

namespace scenario
{

/** The machines of both roles. */
using Machines = std::array<ns3::Profile, 2>;

/**
 * Refuses profiles that are not there or not right, and takes the link's rate and MTU from them
 * where they were not given: the slower card's rate, the smaller MTU.
 */
Machines ReadProfiles(const Options& options, Parameters& parameters);

/**
 * Puts a card and a machine around a wire, as the options and the profile have it: what was given
 * on the command line wins over the profile. Refuses card RAM that holds no frame.
 * \return the card
 */
ns3::Ptr<ns3::PayloadCacheNetDevice> InstallHost(const Options& options,
                                                 const Parameters& parameters,
                                                 const ns3::Profile& machine,
                                                 ns3::Ptr<ns3::NetDevice> wire);

/**
 * \return the payload cache's constants on a machine, whatever path the run takes: the command
 * line's, the profile's, or its defaults
 */
ns3::Ptr<ns3::PayloadCachePath> MakePolicy(const Options& options, const ns3::Profile& machine);

} // namespace scenario

#endif
