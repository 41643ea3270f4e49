#ifndef PENDING_RELEASES_H
#define PENDING_RELEASES_H

#include "frame-info.h"
#include "pc-card-ram.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace ns3
{

/**
 * \ingroup payload-cache
 * Granules on their way back.
 */
struct PendingRelease
{
    pc_ram_side side; //!< where they are
    pc_handle handle; //!< their block
    uint32_t below;   //!< those below that offset
    FlowKey flow;     //!< of a received frame: its connection
    int64_t stored;   //!< of a received frame: when it took the block, ps
};

/**
 * \ingroup payload-cache
 * What is on its way back to card RAM: first the driver's commands, which wait for a doorbell, then
 * what the card knows of and has not done yet.
 */
class PendingReleases
{
  public:
    /** The driver gives a command. */
    void Command(PendingRelease release);
    /** \return true if commands wait for a doorbell */
    bool HasCommands() const;
    /** \return true if some of them give back granules of a side */
    bool HasCommands(pc_ram_side side) const;
    /** \return the commands, which wait no longer */
    std::vector<PendingRelease> TakeCommands();
    /** The card knows of a release. */
    void Begin(PendingRelease release);
    /** \return the first that the card knows of, which it does now; nothing if there is none */
    std::optional<PendingRelease> TakeFirst();
    /** \return all, those first that the card knows of */
    std::vector<PendingRelease> TakeAll();
    /** \return bytes of a side that are held, and on their way back */
    uint64_t CountBytes(const pc_card_ram& ram, pc_ram_side side) const;

  private:
    std::vector<PendingRelease> m_commands; //!< wait for a doorbell
    std::deque<PendingRelease> m_underWay;  //!< the card knows of them
};

} // namespace ns3

#endif
