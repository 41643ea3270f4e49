// ns-3 tells nobody that a packet socket has been bound: it is one entry more in a private list of
// its node's. An explicit instantiation may name a private member ([temp.spec]); this one lets the
// list be read. Nothing of ns-3 is changed.

#include "node-handlers.h"

#include <algorithm>

namespace ns3
{

namespace
{

/** Counts in a node's list. \copydetails CountHandlers */
uint32_t CountListed(const Node& node, const NetDevice& device, uint16_t protocol);

template <typename List>
uint32_t
Count(const List& list, const NetDevice& device, uint16_t protocol)
{
    return std::count_if(list.begin(), list.end(), [&](const auto& entry) {
        bool here = !entry.device || PeekPointer(entry.device) == &device;
        bool asked = entry.protocol == 0 || entry.protocol == protocol; // 0: all of them
        return here && asked && !entry.promiscuous;
    });
}

/** Gives CountListed() its body. */
template <auto handlers>
struct Access
{
    friend uint32_t CountListed(const Node& node, const NetDevice& device, uint16_t protocol)
    {
        return Count(node.*handlers, device, protocol);
    }
};

template struct Access<&Node::m_handlers>;

} // namespace

uint32_t
CountHandlers(const Node& node, const NetDevice& device, uint16_t protocol)
{
    return CountListed(node, device, protocol);
}

} // namespace ns3
