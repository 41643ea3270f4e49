#include "payload-cache-channel.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(PayloadCacheChannel);
NS_OBJECT_ENSURE_REGISTERED(WireOwner);

namespace
{

/**
 * Aggregated to a wire's channel: holds its facade. The facade itself is a Channel, as what it
 * stands for is, and ns-3 aggregates only one object of a type.
 */
class FacadeHolder : public Object
{
  public:
    static TypeId GetTypeId()
    {
        static TypeId tid =
            TypeId("ns3::FacadeHolder").SetParent<Object>().SetGroupName("PayloadCache");
        return tid;
    }

    Ptr<PayloadCacheChannel> facade; //!< the facade

  protected:
    void DoDispose() override
    {
        facade = nullptr;
        Object::DoDispose();
    }
};

} // namespace

TypeId
PayloadCacheChannel::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::PayloadCacheChannel").SetParent<Channel>().SetGroupName("PayloadCache");
    return tid;
}

Ptr<Channel>
PayloadCacheChannel::FacadeOf(Ptr<Channel> channel)
{
    if (!channel)
    {
        return nullptr;
    }
    auto holder = channel->GetObject<FacadeHolder>();
    if (!holder)
    {
        holder = CreateObject<FacadeHolder>();
        holder->facade = CreateObject<PayloadCacheChannel>();
        holder->facade->m_channel = PeekPointer(channel);
        channel->AggregateObject(holder);
    }
    return holder->facade;
}

void
PayloadCacheChannel::DoDispose()
{
    m_channel = nullptr;
    Channel::DoDispose();
}

std::size_t
PayloadCacheChannel::GetNDevices() const
{
    return m_channel ? m_channel->GetNDevices() : 0;
}

Ptr<NetDevice>
PayloadCacheChannel::GetDevice(std::size_t i) const
{
    Ptr<NetDevice> wire = m_channel->GetDevice(i);
    auto owner = wire->GetObject<WireOwner>();
    return owner && owner->card ? owner->card : wire;
}

TypeId
WireOwner::GetTypeId()
{
    static TypeId tid = TypeId("ns3::WireOwner").SetParent<Object>().SetGroupName("PayloadCache");
    return tid;
}

void
WireOwner::DoDispose()
{
    card = nullptr;
    Object::DoDispose();
}

} // namespace ns3
