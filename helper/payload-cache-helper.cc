#include "payload-cache-helper.h"

#include "payload-cache-channel.h"
#include "payload-cache-tcp-socket-factory.h"
#include "payload-cache-udp-socket-factory.h"

#include "ns3/abort.h"
#include "ns3/boolean.h"
#include "ns3/node.h"

namespace ns3
{

namespace
{

/** The paths, by the names under which records know them. */
const std::map<std::string, const char*> PATHS = {
    {"conventional", "ns3::ConventionalPath"},
    {"offload", "ns3::OffloadPath"},
    {"payload-cache", "ns3::PayloadCachePath"},
};

} // namespace

PayloadCacheHelper::PayloadCacheHelper() = default;

std::vector<std::string>
PayloadCacheHelper::GetPaths()
{
    std::vector<std::string> names;
    for (const auto& [name, type] : PATHS)
    {
        names.push_back(name);
    }
    return names;
}

bool
PayloadCacheHelper::SetPath(const std::string& path)
{
    if (PATHS.count(path) == 0)
    {
        return false;
    }
    m_path = path;
    return true;
}

void
PayloadCacheHelper::SetProfile(const std::string& file, const std::set<std::string>& keep)
{
    Profile profile;
    std::string error;
    NS_ABORT_MSG_IF(!profile.Read(file, error), error);
    SetProfile(profile, keep);
}

void
PayloadCacheHelper::SetProfile(const Profile& profile, const std::set<std::string>& keep)
{
    m_profile = profile;
    m_keep = keep;
}

void
PayloadCacheHelper::SetCardAttribute(const std::string& name, const AttributeValue& value)
{
    m_cardAttributes.emplace_back(name, value.Copy());
}

void
PayloadCacheHelper::SetHostAttribute(const std::string& name, const AttributeValue& value)
{
    m_hostAttributes.emplace_back(name, value.Copy());
}

void
PayloadCacheHelper::SetPathAttribute(const std::string& name, const AttributeValue& value)
{
    m_pathAttributes.emplace_back(name, value.Copy());
}

Ptr<HostModel>
PayloadCacheHelper::InstallHost(Ptr<Node> node) const
{
    Ptr<HostModel> host = node->GetObject<HostModel>();
    if (!host)
    {
        host = CreateObject<HostModel>();
        if (!m_profile)
        {
            host->SetAttribute("SocketLock", BooleanValue(false)); // an ideal host
        }
        node->AggregateObject(host);
    }
    if (!node->GetObject<PayloadCacheTcpSocketFactory>())
    {
        node->AggregateObject(CreateObject<PayloadCacheTcpSocketFactory>());
    }
    if (!node->GetObject<PayloadCacheUdpSocketFactory>())
    {
        node->AggregateObject(CreateObject<PayloadCacheUdpSocketFactory>());
    }
    return host;
}

Ptr<PayloadCacheNetDevice>
PayloadCacheHelper::InstallCard(Ptr<NetDevice> wire) const
{
    NS_ABORT_MSG_IF(wire->GetObject<WireOwner>(), "this device is the wire of a card already");
    Profile profile = m_profile.value_or(Profile());
    Ptr<Node> node = wire->GetNode();
    bool newHost = !node->GetObject<HostModel>();
    Ptr<HostModel> host = InstallHost(node);
    auto card = CreateObject<PayloadCacheNetDevice>();
    ObjectFactory pathFactory;
    pathFactory.SetTypeId(PATHS.at(m_path));
    auto path = pathFactory.Create<DataPath>();

    profile.Apply(*card, m_keep);
    profile.Apply(*path, m_keep);
    for (const auto& [name, value] : m_cardAttributes)
    {
        card->SetAttribute(name, *value);
    }
    for (const auto& [name, value] : m_pathAttributes)
    {
        path->SetAttributeFailSafe(name, *value); // only the payload cache has some of them
    }
    if (newHost)
    {
        profile.Apply(*host, m_keep);
        for (const auto& [name, value] : m_hostAttributes)
        {
            host->SetAttribute(name, *value);
        }
    }
    card->SetPath(path);
    auto owner = CreateObject<WireOwner>();
    owner->card = card;
    wire->AggregateObject(owner);
    card->SetWire(wire, host);
    node->AddDevice(card);
    if (wire->GetObject<NetDeviceQueueInterface>())
    {
        card->AggregateObject(CreateObject<NetDeviceQueueInterface>());
    }
    return card;
}

NetDeviceContainer
PayloadCacheHelper::Install(NetDeviceContainer wires) const
{
    NetDeviceContainer cards;
    for (uint32_t i = 0; i < wires.GetN(); i++)
    {
        cards.Add(InstallCard(wires.Get(i)));
    }
    return cards;
}

NetDeviceContainer
PayloadCacheHelper::Wires(NetDeviceContainer cards)
{
    NetDeviceContainer wires;
    for (uint32_t i = 0; i < cards.GetN(); i++)
    {
        auto card = DynamicCast<PayloadCacheNetDevice>(cards.Get(i));
        wires.Add(card ? card->GetWire() : cards.Get(i));
    }
    return wires;
}

} // namespace ns3
