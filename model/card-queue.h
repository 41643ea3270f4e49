#ifndef CARD_QUEUE_H
#define CARD_QUEUE_H

#include "pc-dim.h"
#include "pc-driver.h"
#include "pc-gro.h"
#include "ring-queue.h"
#include "rx-frame.h"
#include "tx-frame.h"
#include "worker.h"

#include <array>
#include <vector>

namespace ns3
{

/**
 * \ingroup payload-cache
 * A receive ring and its interrupt line, which tells of frames sent by its core as well.
 */
struct CardQueue
{
    unsigned number{0};                           //!< among the card's
    Worker worker;                                //!< who polls it
    uint32_t inRing{0};                           //!< receive descriptors in use
    RingQueue<Ptr<RxFrame>> done;                 //!< frames in host memory, to be polled
    RingQueue<Ptr<RxFrame>> ready;                //!< units to be handed up
    std::array<Ptr<RxFrame>, PC_GRO_UNITS> units; //!< open ones, their first frames
    pc_gro gro{};                                 //!< which frames belong together
    pc_moderation rxModeration{};                 //!< receive interrupts
    pc_moderation txModeration{};                 //!< transmit-complete interrupts
    pc_dim dim{};                                 //!< adapts the delay of the former
    uint64_t frames{0};                           //!< polled since the interrupt
    uint64_t bytes{0};                            //!< theirs
    pc_time alarm{PC_NEVER};                      //!< the moderation alarm that is set
    bool polling{false};                          //!< interrupts are masked
    uint32_t poller{0};                           //!< the socket whose process polls it; 0: none
    uint32_t polled{0};                           //!< frames in this round
    bool pollRunning{false};                      //!< inside Poll()
    bool pollAgain{false};                        //!< Poll() was called from within
    RingQueue<Ptr<TxFrame>> fetching;             //!< units that the card fetches, in order
    std::vector<Ptr<TxFrame>> unrung; //!< units posted, whose doorbell is rung with a later one
    uint32_t sent{0};                 //!< transmitted units not reclaimed yet
};

} // namespace ns3

#endif
