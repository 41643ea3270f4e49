#ifndef RESIDENCE_H
#define RESIDENCE_H

#include "record.h"

#include "payload-cache-net-device.h"

#include "ns3/nstime.h"

#include <functional>

namespace scenario
{

/**
 * What the received frames of some connections hold of a card's RAM, and for how long: from a
 * frame's storage to its release, measured apart from what is held.
 */
class Residence
{
  public:
    /** Tells whether a connection is one of those that are followed. */
    using Counts = std::function<bool(const ns3::FlowKey&)>;

    /** Follows a card, which it has to outlive. */
    Residence(ns3::Ptr<ns3::PayloadCacheNetDevice> card, Counts counts);

    /** Counting begins. */
    void Begin();
    /** \return card RAM held since then: mean, by time, and peak, bytes */
    Json Held();
    /** \return how long what was released since then was held: mean, by bytes, and longest, us */
    Json Times() const;
    /** \return card RAM that frames have taken since then, bytes */
    uint64_t GetStored() const;

  private:
    /** A frame has taken card RAM. */
    void Stored(const ns3::FlowKey& flow, uint64_t bytes);
    /** A frame gives card RAM back. */
    void Released(const ns3::FlowKey& flow, uint64_t bytes, ns3::Time residence);
    /** Adds up what was held until now. */
    void Advance();

    Counts m_counts;         //!< those followed
    ns3::Time m_began;       //!< counting began
    ns3::Time m_since;       //!< \c m_byteSeconds is complete up to here
    uint64_t m_held{0};      //!< now, bytes
    uint64_t m_peak{0};      //!< bytes
    double m_byteSeconds{0}; //!< what was held
    uint64_t m_stored{0};    //!< bytes
    uint64_t m_released{0};  //!< bytes
    double m_residence{0};   //!< of each byte released, added up, byte seconds
    ns3::Time m_longest;     //!< of them
};

} // namespace scenario

#endif
