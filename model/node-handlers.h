#ifndef NODE_HANDLERS_H
#define NODE_HANDLERS_H

#include "ns3/net-device.h"
#include "ns3/node.h"

namespace ns3
{

/**
 * \ingroup payload-cache
 * How many of a node's protocol handlers a received packet is given to.
 * \param node the node
 * \param device the device that it came by
 * \param protocol its EtherType
 */
uint32_t CountHandlers(const Node& node, const NetDevice& device, uint16_t protocol);

} // namespace ns3

#endif
