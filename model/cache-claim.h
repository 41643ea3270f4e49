#ifndef CACHE_CLAIM_H
#define CACHE_CLAIM_H

#include "pc-llc.h"

#include "ns3/ptr.h"

#include <cstdint>

namespace ns3
{

class HostModel;

/**
 * \ingroup payload-cache
 * Bytes that DMA has written into a host's memory and nobody has read yet: as many as found room
 * lie in the last-level cache, and keep it until they are read.
 */
class CacheClaim
{
  public:
    CacheClaim() = default;
    /** DMA writes \p bytes into the memory of \p host. */
    CacheClaim(Ptr<HostModel> host, uint32_t bytes);
    ~CacheClaim();
    CacheClaim& operator=(CacheClaim&& other) noexcept;
    CacheClaim(const CacheClaim&) = delete;
    CacheClaim& operator=(const CacheClaim&) = delete;

    /** \return bytes that lie in the cache */
    uint32_t GetCached() const;
    /** The first \p bytes are read for good. \return how many of them lay in the cache */
    uint32_t Take(uint32_t bytes);

  private:
    Ptr<HostModel> m_host; //!< null: nothing is claimed
    uint32_t m_bytes{0};   //!< written and not read
    uint32_t m_cached{0};  //!< of which in the cache
};

} // namespace ns3

#endif
