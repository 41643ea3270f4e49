// Receive RAM that is promised to peers: what sockets that clamp their window ask of the card.

#include "payload-cache-net-device.h"

#include "ns3/abort.h"
#include "ns3/simulator.h"

#include <algorithm>

namespace ns3
{

bool
PayloadCacheNetDevice::LimitsWindows()
{
    Prepare();
    return m_path->KeepsPayload() && m_promises.capacity_bytes != PC_UNLIMITED;
}

pc_promises&
PayloadCacheNetDevice::GetPromises()
{
    m_countsOwners = true; // what the connection holds has to be known
    return m_promises;
}

uint64_t
PayloadCacheNetDevice::GetFrameRam(uint32_t packetBytes) const
{
    uint32_t packet = std::min(packetBytes, m_bufferBytes); // of the MTU
    return pc_card_ram_padded(&m_ram, packet + LinkHeaderBytes());
}

uint64_t
PayloadCacheNetDevice::GetReceivedBy(uint32_t socket) const
{
    return pc_card_ram_owned(&m_ram, PC_RAM_RX, socket);
}

uint64_t
PayloadCacheNetDevice::GetRxQuota() const
{
    return GetQuota(PC_RAM_RX);
}

void
PayloadCacheNetDevice::AwaitRxRoom(uint32_t socket, bool awaits)
{
    if (awaits)
    {
        m_rxWaiters.insert(socket);
    }
    else
    {
        m_rxWaiters.erase(socket);
    }
}

void
PayloadCacheNetDevice::TellRxWaitersSoon()
{
    if (!m_rxWaiters.empty() && !m_tellScheduled && m_wire)
    {
        m_tellScheduled = true;
        Simulator::ScheduleNow(&PayloadCacheNetDevice::TellRxWaiters,
                               Ptr<PayloadCacheNetDevice>(this));
    }
}

void
PayloadCacheNetDevice::TellRxWaiters()
{
    m_tellScheduled = false;
    const std::set<uint32_t> waiters = m_rxWaiters; // who is told may wait no longer
    for (uint32_t number : waiters)
    {
        PayloadSocket* socket = m_host->Sockets().Find(number);
        NS_ABORT_MSG_UNLESS(socket, "a socket that has gone waits for receive RAM");
        socket->RoomToReceive();
    }
}

} // namespace ns3
