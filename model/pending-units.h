#ifndef PENDING_UNITS_H
#define PENDING_UNITS_H

#include "pool-allocator.h"
#include "worker.h"

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <utility>

namespace ns3
{

/**
 * \ingroup payload-cache
 * Units of sockets that are worked on before the card gets them, and by whom: a segment never
 * overtakes those of its socket before it.
 */
class PendingUnits
{
  public:
    /** Work on a unit of a socket begins. \param worker whose */
    void Enter(uint32_t socket, const Worker& worker)
    {
        Units& units = m_units[socket];
        units.count++;
        units.worker = worker;
    }

    /** The work on one of them has been done. */
    void Leave(uint32_t socket)
    {
        if (--m_units[socket].count == 0)
        {
            m_units.erase(socket);
        }
    }

    /** \return who works on a socket's last one; null if there is none */
    const Worker* Find(uint32_t socket) const
    {
        auto units = m_units.find(socket);
        return units == m_units.end() ? nullptr : &units->second.worker;
    }

  private:
    /** Those of a socket. */
    struct Units
    {
        uint32_t count{0}; //!< how many
        Worker worker;     //!< whose
    };

    /// by socket
    std::unordered_map<uint32_t,
                       Units,
                       std::hash<uint32_t>,
                       std::equal_to<>,
                       PoolAllocator<std::pair<const uint32_t, Units>>>
        m_units;
};

} // namespace ns3

#endif
