#include "arrivals.h"

#include "ns3/double.h"

#include <cstdio>

using namespace ns3;

namespace scenario
{

namespace
{

/// Streams of random numbers: chosen, one a purpose, and none of the network's losses.
constexpr int64_t GAP_STREAM = 2001;
constexpr int64_t SIZE_STREAM = 2002;
constexpr int64_t CLIENT_STREAM = 2003;

} // namespace

Arrivals::Arrivals(const FlowSizes& sizes, uint64_t clients)
    : m_sizes(sizes),
      m_clients(clients),
      m_gap(CreateObject<ExponentialRandomVariable>()),
      m_size(CreateObject<UniformRandomVariable>()),
      m_client(CreateObject<UniformRandomVariable>())
{
    m_gap->SetAttribute("Mean", DoubleValue(1));
    m_gap->SetStream(GAP_STREAM);
    m_size->SetStream(SIZE_STREAM);
    m_client->SetStream(CLIENT_STREAM);
}

Arrival
Arrivals::Next(double rate)
{
    Arrival arrival;
    arrival.gap = rate > 0 ? Seconds(m_gap->GetValue() / rate) : Time(0);
    arrival.bytes = m_sizes.Draw(m_size->GetValue(0, 1));
    arrival.client = m_client->GetInteger(0, m_clients - 1);
    return arrival;
}

void
ArrivalDigest::Add(Time at, const Arrival& arrival)
{
    Add(at.GetPicoSeconds());
    Add(arrival.client);
    Add(arrival.bytes);
}

void
ArrivalDigest::Add(uint64_t number)
{
    for (int shift = 0; shift < 64; shift += 8)
    {
        m_hash = (m_hash ^ ((number >> shift) & 0xff)) * UINT64_C(0x100000001b3); // FNV's prime
    }
}

std::string
ArrivalDigest::Get() const
{
    char digits[17];
    std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(m_hash));
    return digits;
}

} // namespace scenario
