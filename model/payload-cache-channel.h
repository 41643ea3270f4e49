#ifndef PAYLOAD_CACHE_CHANNEL_H
#define PAYLOAD_CACHE_CHANNEL_H

#include "ns3/channel.h"
#include "ns3/net-device.h"

namespace ns3
{

/**
 * \ingroup payload-cache
 * The channel as cards show it: a wire's channel, whose devices are the cards where a wire has
 * one. Routing compares channels by pointer, so there is one facade a channel, aggregated to it.
 */
class PayloadCacheChannel : public Channel
{
  public:
    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();

    /** \return the facade of a wire's channel, made at the first call; null for null */
    static Ptr<Channel> FacadeOf(Ptr<Channel> channel);

    std::size_t GetNDevices() const override;
    Ptr<NetDevice> GetDevice(std::size_t i) const override;

  protected:
    void DoDispose() override;

  private:
    Channel* m_channel{nullptr}; //!< the wire's channel; this lives as long as it does
};

/**
 * \ingroup payload-cache
 * Aggregated to a wire: tells the card that it belongs to.
 */
class WireOwner : public Object
{
  public:
    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();

    Ptr<NetDevice> card; //!< the card

  protected:
    void DoDispose() override;
};

} // namespace ns3

#endif
