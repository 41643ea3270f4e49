#include "card-pin.h"

#include "payload-cache-net-device.h"

namespace ns3
{

CardPin::CardPin(Ptr<PayloadCacheNetDevice> card, pc_handle handle)
    : m_card(card),
      m_handle(handle)
{
    m_card->Pin(m_handle);
}

CardPin::CardPin(CardPin&& other) noexcept
    : m_card(std::move(other.m_card)),
      m_handle(other.m_handle)
{
    other.m_card = nullptr;
}

CardPin::~CardPin()
{
    if (m_card)
    {
        m_card->Unpin(m_handle);
    }
}

} // namespace ns3
