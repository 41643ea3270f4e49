#include "cache-claim.h"

#include "host-model.h"

#include <algorithm>
#include <utility>

namespace ns3
{

CacheClaim::CacheClaim(Ptr<HostModel> host, uint32_t bytes)
    : m_host(host),
      m_bytes(bytes),
      m_cached(static_cast<uint32_t>(pc_llc_write(&host->Cache(), bytes)))
{
}

CacheClaim::~CacheClaim()
{
    Take(m_bytes);
}

CacheClaim&
CacheClaim::operator=(CacheClaim&& other) noexcept
{
    std::swap(m_host, other.m_host);
    std::swap(m_bytes, other.m_bytes);
    std::swap(m_cached, other.m_cached);
    return *this;
}

uint32_t
CacheClaim::GetCached() const
{
    return m_cached;
}

uint32_t
CacheClaim::Take(uint32_t bytes)
{
    bytes = std::min(bytes, m_bytes);
    if (bytes == 0)
    {
        return 0;
    }
    // what is read of a part is cached as far as the whole is
    auto cached = static_cast<uint32_t>(uint64_t(m_cached) * bytes / m_bytes);
    pc_llc_read(&m_host->Cache(), bytes, cached);
    m_bytes -= bytes;
    m_cached -= cached;
    return cached;
}

} // namespace ns3
