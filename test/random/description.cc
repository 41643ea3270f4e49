#include "description.h"

#include "attribute-check.h"
#include "payload-cache-helper.h"

#include "ns3/type-id.h"

#include <algorithm>
#include <filesystem>
#include <stdexcept>

namespace randomtest
{

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Faults, loss, corrupt, duplicate, reorder, late)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(
    HostPlan, path, profile, cycles, cyclesPerByte, attributes)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Act, at, server, what)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(
    FlowPlan, from, to, link, start, bytes, back, writeSize, readSize, acts)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(DatagramPlan,
                                                from,
                                                to,
                                                readers,
                                                link,
                                                multicast,
                                                connected,
                                                start,
                                                gap,
                                                count,
                                                least,
                                                most,
                                                acts)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Description,
                                                seed,
                                                topology,
                                                links,
                                                ipv6,
                                                rate,
                                                bottleneck,
                                                delay,
                                                mtu,
                                                queueDiscs,
                                                faults,
                                                defaults,
                                                hosts,
                                                router,
                                                flows,
                                                datagrams,
                                                stop,
                                                checks)

namespace
{

/** Refuses what \p wrong says is wrong. */
void
Refuse(bool wrong, const std::string& message)
{
    if (wrong)
    {
        throw std::invalid_argument(message);
    }
}

/** Refuses keys that a description does not have. \param known what was understood of \p given */
void
CheckKeys(const Json& given, const Json& known, const std::string& where)
{
    if (given.is_array())
    {
        for (std::size_t i = 0; i < given.size(); i++)
        {
            CheckKeys(given[i], known[i], where + "[" + std::to_string(i) + "]");
        }
    }
    for (auto item = given.begin(); given.is_object() && item != given.end(); item++)
    {
        std::string place = where + "/" + item.key();
        Refuse(!known.contains(item.key()), place + ": there is no such thing in a scenario");
        CheckKeys(item.value(), known[item.key()], place);
    }
}

/** Refuses a text that is none of \p choices. */
void
CheckChoice(const std::string& text,
            const std::vector<std::string>& choices,
            const std::string& where)
{
    if (std::find(choices.begin(), choices.end(), text) == choices.end())
    {
        std::string list;
        for (const std::string& choice : choices)
        {
            list += (list.empty() ? "" : ", ") + choice;
        }
        throw std::invalid_argument(where + ": \"" + text + "\" is none of " + list);
    }
}

/** Refuses attributes that ns-3 does not have, and values that they cannot have. */
void
CheckAttributes(const Attributes& attributes, const std::string& where)
{
    for (const auto& [name, value] : attributes)
    {
        std::string place = where + "/" + name;
        std::size_t colons = name.rfind("::");
        Refuse(colons == std::string::npos, place + ": expected Class::Attribute");
        ns3::TypeId tid;
        Refuse(!ns3::TypeId::LookupByNameFailSafe("ns3::" + name.substr(0, colons), &tid),
               place + ": ns-3 has no such class");
        ns3::TypeId::AttributeInformation info;
        Refuse(!tid.LookupAttributeByName(name.substr(colons + 2), &info),
               place + ": the class has no such attribute");
        Refuse(!ns3::IsAttributeValue(info, value),
               place + ": \"" + value + "\" is no value of it: " + info.help);
    }
}

/** Refuses a host that cannot be. */
void
CheckHost(const HostPlan& host, const std::string& where)
{
    std::vector<std::string> paths = ns3::PayloadCacheHelper::GetPaths();
    paths.emplace_back("stock");
    CheckChoice(host.path, paths, where + "/path");
    std::string file = std::string(PCACHE_PROFILES) + "/" + host.profile + ".txt";
    Refuse(!host.profile.empty() && !std::filesystem::is_regular_file(file),
           where + "/profile: there is no " + file);
    Refuse(host.cycles < 0 || host.cyclesPerByte < 0, where + ": cycles are at least 0");
    CheckAttributes(host.attributes, where + "/attributes");
}

/** Refuses a flow that cannot be. */
void
CheckFlow(const FlowPlan& flow, const Description& all, const std::string& where)
{
    Refuse(flow.from >= all.hosts.size() || flow.to >= all.hosts.size() || flow.from == flow.to,
           where + ": from and to are two of the hosts, counted from 0");
    Refuse(flow.link >= all.links, where + "/link: less than links");
    Refuse(flow.writeSize == 0 || flow.readSize == 0, where + ": sizes are at least 1");
    Refuse(flow.start < 0, where + "/start: at least 0");
    for (const Act& act : flow.acts)
    {
        CheckChoice(act.what,
                    {"pause", "resume", "mute", "shutdown", "close", "unlisten"},
                    where + "/acts");
        Refuse(act.at < 0, where + "/acts: times are at least 0");
    }
}

/** Refuses datagrams that cannot be. */
void
CheckDatagrams(const DatagramPlan& plan, const Description& all, const std::string& where)
{
    bool known = plan.from < all.hosts.size();
    bool ours = true;
    for (uint32_t host : plan.to)
    {
        known = known && host < all.hosts.size() && host != plan.from;
        ours = ours && known && all.hosts[host].path != "stock";
    }
    Refuse(!known || plan.to.empty(), where + ": from and to are hosts, counted from 0");
    Refuse(plan.link >= all.links, where + "/link: less than links");
    bool many = plan.to.size() > 1 || plan.readers > 1;
    Refuse(many && !plan.multicast, where + ": several readers only with multicast");
    Refuse(plan.multicast && all.topology == "star",
           where + "/multicast: the router forwards none");
    Refuse(plan.readers == 0 || (plan.readers > 1 && !ours),
           where + "/readers: at least one, and one at most of a stock host");
    Refuse(plan.least > plan.most || plan.most > (all.ipv6 ? 65487u : 65507u),
           where + ": least is at most most, which is at most 65507 bytes (IPv6: 65487)");
    Refuse(plan.start < 0 || plan.gap < 0, where + ": times are at least 0");
    for (const Act& act : plan.acts)
    {
        CheckChoice(act.what, {"pause", "resume", "close"}, where + "/acts");
        Refuse(act.at < 0, where + "/acts: times are at least 0");
    }
}

/** Refuses values that make no run. */
void
Check(const Description& d)
{
    CheckChoice(d.topology, {"point-to-point", "lan", "star"}, "/topology");
    bool pair = d.topology == "point-to-point";
    Refuse(d.links == 0 || d.links > 4 || (d.links > 1 && !pair),
           "/links: 1 to 4, and more than 1 only point-to-point");
    Refuse(d.hosts.size() < 2 || d.hosts.size() > 8 || (d.hosts.size() != 2 && pair),
           "/hosts: 2 to 8, and 2 where they are point-to-point");
    Refuse(d.mtu < (d.ipv6 ? 1280u : 576u) || d.mtu > 65535,
           "/mtu: 576 (IPv6: 1280) to 65535 bytes");
    Refuse(d.flows.empty() && d.datagrams.empty(), "/flows, /datagrams: at least one");
    Refuse(d.stop < 0, "/stop: at least 0");
    const Faults& f = d.faults;
    for (double share : {f.loss, f.corrupt, f.duplicate, f.reorder})
    {
        Refuse(share < 0 || share > 0.5, "/faults: probabilities are from 0 to 0.5");
    }
    Refuse(f.late < 0 || f.late > 1, "/faults/late: from 0 to 1 s");
    CheckAttributes(d.defaults, "/defaults");
    CheckAttributes(
        {{"PointToPointNetDevice::DataRate", d.rate},
         {"PointToPointNetDevice::DataRate", d.bottleneck.empty() ? d.rate : d.bottleneck},
         {"PointToPointChannel::Delay", d.delay}},
        "/rate, /bottleneck, /delay");
    for (std::size_t i = 0; i < d.hosts.size(); i++)
    {
        CheckHost(d.hosts[i], "/hosts[" + std::to_string(i) + "]");
    }
    CheckHost(d.router, "/router");
    for (std::size_t i = 0; i < d.flows.size(); i++)
    {
        CheckFlow(d.flows[i], d, "/flows[" + std::to_string(i) + "]");
    }
    for (std::size_t i = 0; i < d.datagrams.size(); i++)
    {
        CheckDatagrams(d.datagrams[i], d, "/datagrams[" + std::to_string(i) + "]");
    }
    for (const std::string& check : d.checks)
    {
        CheckChoice(check, {"twice", "accounting", "stock"}, "/checks");
    }
}

} // namespace

Json
ToJson(const Description& description)
{
    return description;
}

Description
FromJson(const Json& json)
{
    try
    {
        Refuse(!json.is_object(), "a scenario is an object");
        auto description = json.get<Description>();
        CheckKeys(json, ToJson(description), "");
        Check(description);
        return description;
    }
    catch (const nlohmann::json::exception& error)
    {
        throw std::invalid_argument(error.what());
    }
}

} // namespace randomtest
