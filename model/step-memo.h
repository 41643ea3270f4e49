#ifndef STEP_MEMO_H
#define STEP_MEMO_H

#include "pc-card.h"

#include <array>
#include <cstdint>

namespace ns3
{

/**
 * \ingroup payload-cache
 * What steps of a card asked of bus and card when they were last worked out. Frames come in a few
 * sizes, and a card's bus and constants do not change; working one out takes a dozen divisions.
 */
class StepMemo
{
  public:
    /**
     * Finds a step.
     * \param bytes what the closed form depends on
     * \param second what else it depends on
     * \param workOut the closed form: called where the step of these two is not known
     */
    template <typename WorkOut>
    const pc_card_step& Find(uint32_t bytes, uint32_t second, WorkOut workOut)
    {
        // Knuth's multiplicative constant, floor(2^32 / golden ratio): sizes are alike modulo 4
        uint32_t place = ((bytes + second) * 2654435769U) >> (32 - ENTRY_BITS);
        Entry& entry = m_entries[place];
        if (!entry.known || entry.bytes != bytes || entry.second != second)
        {
            entry = {true, bytes, second, workOut()};
        }
        return entry.step;
    }

  private:
    /** One step. */
    struct Entry
    {
        bool known{false};   //!< the rest says something
        uint32_t bytes{0};   //!< worked out for
        uint32_t second{0};  //!< worked out for
        pc_card_step step{}; //!< what it asks
    };

    /// Chosen: a flow has two or three sizes at a time.
    static constexpr uint32_t ENTRY_BITS = 3;

    std::array<Entry, 1 << ENTRY_BITS> m_entries; //!< by a hash of what they were worked out for
};

} // namespace ns3

#endif
