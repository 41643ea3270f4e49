#ifndef EVICTION_H
#define EVICTION_H

#include "payload-socket.h"
#include "pc-card-ram.h"

#include <cstdint>
#include <vector>

namespace ns3
{

/**
 * \ingroup payload-cache
 * Whose payload a block holds: a received frame's, or a socket's stream at an offset.
 */
struct Resident
{
    ReceivedPayload* received{nullptr}; //!< null for what is sent
    uint32_t socket{0};                 //!< number
    uint64_t offset{0};                 //!< in its stream
};

/**
 * \ingroup payload-cache
 * Whose payload the blocks of card RAM hold.
 */
class Residents
{
  public:
    /** \return the entry of a block */
    Resident& Of(pc_handle handle)
    {
        if (handle.index >= m_residents.size())
        {
            m_residents.resize(handle.index + 1);
        }
        return m_residents[handle.index];
    }

  private:
    std::vector<Resident> m_residents; //!< by block
};

/**
 * \ingroup payload-cache
 * A block on its way to host memory.
 */
struct Eviction
{
    pc_ram_side side{PC_RAM_TX}; //!< where it is
    pc_handle handle{};          //!< the block
    uint64_t room{0};            //!< bytes of room that it makes
    uint32_t from{0};            //!< the first byte of it that moves
    uint32_t to{0};              //!< behind the last one
};

} // namespace ns3

#endif
