#ifndef ARRIVALS_H
#define ARRIVALS_H

#include "flow-sizes.h"

#include "ns3/nstime.h"
#include "ns3/random-variable-stream.h"

#include <string>

namespace scenario
{

/** A flow that arrives. */
struct Arrival
{
    ns3::Time gap;     //!< since the one before
    uint64_t client;   //!< from 0
    uint64_t bytes;    //!< its size
};

/**
 * What arrives, and for whom: a Poisson process, sizes of a distribution, clients evenly. Each has a
 * stream of random numbers of its own, so that the n-th flow is the same whatever the system is
 * that it meets.
 */
class Arrivals
{
  public:
    /** \param sizes of flows; has to outlive it \param clients that there are */
    Arrivals(const FlowSizes& sizes, uint64_t clients);

    /** \return the next flow. \param rate flows a second; 0 for a gap of 0 */
    Arrival Next(double rate);

  private:
    const FlowSizes& m_sizes;                            //!< of flows
    uint64_t m_clients;                                  //!< that there are
    ns3::Ptr<ns3::ExponentialRandomVariable> m_gap;      //!< in means
    ns3::Ptr<ns3::UniformRandomVariable> m_size;         //!< of the distribution
    ns3::Ptr<ns3::UniformRandomVariable> m_client;       //!< which one
};

/** Tells two sequences of arrivals apart: FNV-1a of all of their figures. */
class ArrivalDigest
{
  public:
    /** Adds a flow that arrives \p at. */
    void Add(ns3::Time at, const Arrival& arrival);
    /** \return 16 hexadecimal digits */
    std::string Get() const;

  private:
    /** Adds a number. */
    void Add(uint64_t number);

    uint64_t m_hash{UINT64_C(0xcbf29ce484222325)}; //!< FNV's offset basis
};

} // namespace scenario

#endif
