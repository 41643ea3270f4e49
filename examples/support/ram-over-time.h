#ifndef RAM_OVER_TIME_H
#define RAM_OVER_TIME_H

#include "record.h"

#include "payload-cache-net-device.h"

#include "ns3/nstime.h"

#include <array>
#include <vector>

namespace scenario
{

/**
 * Card RAM over time: its mean in spans of equal length, at most SPANS of them. Where time goes on
 * pairs of spans become one. It follows the card's own traces and schedules nothing.
 */
class RamOverTime
{
  public:
    /// The most spans: chosen, about as many as a picture one column wide can show.
    static constexpr std::size_t SPANS = 256;

    /** Follows a card, which it has to outlive. */
    explicit RamOverTime(ns3::Ptr<ns3::PayloadCacheNetDevice> card);

    /** What is recorded begins now. */
    void Begin();

    /** Adds what was recorded until now to a host's "card_ram", and records no more. */
    void End(Json& cardRam);

  private:
    /** One side of card RAM. */
    struct Side
    {
        uint64_t held{0};             //!< now, bytes
        ns3::Time since;              //!< \c byteSeconds are complete up to here
        std::vector<double> byteSeconds; //!< by span
    };

    /** Card RAM has been taken or given back. */
    void Changed(bool transmit, uint64_t bytes, uint64_t held);
    /** Adds up what a side held until now. */
    void Advance(Side& side);
    /** Makes one span of each two. */
    void Merge();

    ns3::Ptr<ns3::PayloadCacheNetDevice> m_card; //!< the card
    bool m_running{false};                       //!< between Begin() and End()
    ns3::Time m_began;                           //!< the first span begins
    ns3::Time m_span;                            //!< length of a span
    std::array<Side, 2> m_sides;                 //!< by pc_ram_side
};

} // namespace scenario

#endif
