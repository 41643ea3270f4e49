#ifndef LEVEL_H
#define LEVEL_H

#include "ns3/nstime.h"

#include <cstdint>

namespace scenario
{

/** A number that rises and falls: its mean over time, and its peak. */
class Level
{
  public:
    /** It changes by so much now. */
    void Add(int64_t change);
    /** Counting begins now. */
    void Begin();
    /** \return the mean from then until now */
    double GetMean() const;
    /** \return the highest since then */
    int64_t GetPeak() const;

  private:
    /** \return the sum over time from Begin() until now */
    double Sum() const;

    int64_t m_now{0};   //!< it is
    int64_t m_peak{0};  //!< highest
    double m_sum{0};    //!< over time, until \c m_since
    ns3::Time m_began;  //!< of counting
    ns3::Time m_since;  //!< it has been what it is
};

} // namespace scenario

#endif
