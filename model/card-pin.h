#ifndef CARD_PIN_H
#define CARD_PIN_H

#include "pc-card-ram.h"

#include "ns3/ptr.h"

namespace ns3
{

class PayloadCacheNetDevice;

/**
 * \ingroup payload-cache
 * A use of a block of card RAM, for as long as it lasts: the block is not evicted meanwhile. It may
 * be released; then nothing is left to be done.
 */
class CardPin
{
  public:
    /**
     * Constructor.
     * \param card the card that has the block
     * \param handle the block
     */
    CardPin(Ptr<PayloadCacheNetDevice> card, pc_handle handle);
    ~CardPin();
    CardPin(CardPin&& other) noexcept;
    CardPin(const CardPin&) = delete;
    CardPin& operator=(const CardPin&) = delete;

  private:
    Ptr<PayloadCacheNetDevice> m_card; //!< null once it has been moved away
    pc_handle m_handle;                //!< the block
};

} // namespace ns3

#endif
