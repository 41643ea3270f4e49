#include "profile.h"

#include "attribute-check.h"
#include "pc-cost-model.h"

#include "ns3/data-rate.h"
#include "ns3/string.h"
#include "ns3/type-id.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

namespace ns3
{

namespace
{

/** The word that takes over another profile. */
const char* const INCLUDE = "Include";

/** The classes whose attributes a profile may set. */
const char* const CLASSES[] = {"ns3::HostModel",
                               "ns3::PayloadCacheNetDevice",
                               "ns3::PayloadCachePath",
                               "ns3::PointToPointNetDevice",
                               "ns3::TcpSocket"};

/** What a profile may say of ns-3's own classes, and in which unit: their help does not tell. */
const std::map<std::string, std::string> OTHER_UNITS = {
    {"ns3::PointToPointNetDevice::DataRate", ""},
    {"ns3::PointToPointNetDevice::Mtu", "B"},
    {"ns3::TcpSocket::SndBufSize", "B"},
    {"ns3::TcpSocket::RcvBufSize", "B"}};

/** What a profile with costs has beside them. */
const char* const REQUIRED[] = {"ns3::HostModel::Cores",
                                "ns3::HostModel::Frequency",
                                "ns3::HostModel::WriteAllocate",
                                "ns3::HostModel::BusKind",
                                "ns3::PayloadCacheNetDevice::CardRam",
                                "ns3::PayloadCacheNetDevice::TxShare",
                                "ns3::PointToPointNetDevice::DataRate",
                                "ns3::PointToPointNetDevice::Mtu"};

std::string
Trim(const std::string& text)
{
    auto begin = text.find_first_not_of(" \t\r");
    auto end = text.find_last_not_of(" \t\r");
    return begin == std::string::npos ? "" : text.substr(begin, end - begin + 1);
}

/** \return true if what follows a value says where it comes from */
bool
HasSource(const std::string& text)
{
    std::string rest = Trim(text);
    return rest.size() > 1 && rest[0] == '#' && !Trim(rest.substr(1)).empty();
}

/** \return the place in a file, as it begins a message */
std::string
At(const std::string& file, int line)
{
    return file + ":" + std::to_string(line) + ": ";
}

/** The unit in brackets at the end of an attribute's help; of ns-3's own from the table. */
std::string
UnitOf(const std::string& name, const TypeId::AttributeInformation& info)
{
    auto other = OTHER_UNITS.find(name);
    if (other != OTHER_UNITS.end())
    {
        return other->second;
    }
    auto open = info.help.rfind('[');
    auto close = info.help.rfind(']');
    return open == std::string::npos || close == std::string::npos
               ? ""
               : info.help.substr(open + 1, close - open - 1);
}

/** \return true if a value of this unit stands alone */
bool
IsUnitless(const std::string& unit)
{
    return unit.empty() || unit == "kind" || unit == "bool" || unit == "policy" || unit == "list";
}

/** Looks a class and its attribute up. \return what is wrong; empty if nothing is */
std::string
LookUp(const std::string& type, const std::string& attribute, TypeId::AttributeInformation* info)
{
    bool known = false;
    std::string names;
    for (const char* name : CLASSES)
    {
        known = known || type == name;
        names += (names.empty() ? "" : ", ") + std::string(name);
    }
    if (!known)
    {
        return "\"" + type + "\" is no class of a profile: one of " + names;
    }
    TypeId tid = TypeId::LookupByName(type);
    bool other = type == "ns3::PointToPointNetDevice" || type == "ns3::TcpSocket";
    if (other && OTHER_UNITS.count(type + "::" + attribute) == 0)
    {
        return "of the link a profile gives DataRate and Mtu, of sockets SndBufSize and "
               "RcvBufSize, not " +
               attribute;
    }
    if (!tid.LookupAttributeByName(attribute, info))
    {
        return type + " has no attribute \"" + attribute +
               "\": doc/profiles.md and --PrintAttributes=" + type + " list them";
    }
    return "";
}

/** \return what is wrong with a link's value that ns-3 itself takes; empty if nothing is */
std::string
CheckLink(const std::string& name, const std::string& value)
{
    constexpr uint64_t leastRate = 1000; // chosen: below it a frame takes seconds
    constexpr uint64_t leastMtu = 576;   // what every IPv4 host accepts (RFC 791)
    if (name == "ns3::PointToPointNetDevice::DataRate" &&
        DataRate(value).GetBitRate() < leastRate)
    {
        return name + " is \"" + value + "\": at least 1000bps";
    }
    if (name == "ns3::PointToPointNetDevice::Mtu" && std::stoull(value) < leastMtu)
    {
        return name + " is \"" + value + " B\": from 576 B to 65535 B";
    }
    return "";
}

/** Takes the unit off a value. \return what is wrong; empty if nothing is */
std::string
TakeUnit(const std::string& name,
         const TypeId::AttributeInformation& info,
         const std::string& quoted,
         std::string* value)
{
    std::string unit = UnitOf(name, info);
    if (IsUnitless(unit))
    {
        *value = quoted;
        return "";
    }
    auto space = quoted.find(' ');
    std::string given = space == std::string::npos ? "" : Trim(quoted.substr(space));
    if (given != unit)
    {
        return name + " is in " + unit + ": \"" + Trim(quoted.substr(0, space)) + " " + unit +
               "\", not \"" + quoted + "\"";
    }
    *value = quoted.substr(0, space);
    bool isTime = info.checker->GetValueTypeName() == "ns3::TimeValue";
    *value += isTime ? unit : "";
    return "";
}

} // namespace

std::string
Profile::ParseLine(const std::string& line, Entry& entry) const
{
    const std::string form = "a line reads: Class::Attribute \"value unit\"  # source";
    auto open = line.find('"');
    auto close = open == std::string::npos ? open : line.find('"', open + 1);
    if (close == std::string::npos)
    {
        return form;
    }
    std::string name = Trim(line.substr(0, open));
    auto colons = name.rfind("::");
    if (colons == std::string::npos || colons == 0)
    {
        return form;
    }
    if (!HasSource(line.substr(close + 1)))
    {
        return "the value has no source: end the line with # and where it comes from";
    }
    entry.type = name.substr(0, colons);
    entry.attribute = name.substr(colons + 2);
    TypeId::AttributeInformation info;
    std::string error = LookUp(entry.type, entry.attribute, &info);
    if (error.empty())
    {
        error = TakeUnit(name, info, line.substr(open + 1, close - open - 1), &entry.value);
    }
    if (error.empty() && !IsAttributeValue(info, entry.value))
    {
        error = "\"" + entry.value + "\" is no value for " + name + " (" + info.help + "; " +
                info.checker->GetUnderlyingTypeInformation() + ")";
    }
    return error.empty() ? CheckLink(name, entry.value) : error;
}

bool
Profile::Read(const std::string& file, std::string& error)
{
    Source source{file, false};
    error = ReadLines(source);
    if (error.empty())
    {
        std::string missing = FindMissing();
        error = missing.empty() ? "" : At(file, source.line + 1) + missing;
    }
    return error.empty();
}

std::string
Profile::ReadLines(Source& source)
{
    std::ifstream stream(source.file);
    if (!stream || std::filesystem::is_directory(source.file))
    {
        return source.file + ": cannot be read as a file";
    }
    std::string text;
    while (std::getline(stream, text))
    {
        source.line++;
        std::string line = Trim(text);
        if (line.empty() || line[0] == '#')
        {
            continue;
        }
        std::string wrong = TakeLine(source, line);
        if (!wrong.empty())
        {
            return wrong;
        }
        source.begun = true;
    }
    return "";
}

std::string
Profile::TakeLine(Source& source, const std::string& line)
{
    if (line.substr(0, line.find_first_of(" \t\"")) == INCLUDE)
    {
        return Include(source, line);
    }
    Entry entry;
    std::string wrong = ParseLine(line, entry);
    if (wrong.empty() && !source.seen.insert(entry.type + "::" + entry.attribute).second)
    {
        wrong = entry.type + "::" + entry.attribute + " is given twice";
    }
    if (!wrong.empty())
    {
        return At(source.file, source.line) + wrong;
    }
    Put(entry);
    return "";
}

std::string
Profile::Include(const Source& source, const std::string& line)
{
    std::string place = At(source.file, source.line);
    if (source.included)
    {
        return place + "a profile that is included includes none itself";
    }
    if (source.begun)
    {
        return place + "Include is the first line, so that the lines below replace what it brings";
    }
    auto open = line.find('"');
    auto close = open == std::string::npos ? open : line.find('"', open + 1);
    std::string name = close == std::string::npos ? "" : line.substr(open + 1, close - open - 1);
    if (name.empty() || !HasSource(line.substr(close + 1)))
    {
        return place + "the line reads: Include \"file\"  # why; a path from this file's folder";
    }
    auto folder = source.file.rfind('/');
    bool stands = name[0] == '/' || folder == std::string::npos;
    Source other{stands ? name : source.file.substr(0, folder + 1) + name, true};
    return ReadLines(other);
}

void
Profile::Put(const Entry& entry)
{
    auto same = std::find_if(m_entries.begin(), m_entries.end(), [&entry](const Entry& other) {
        return other.type == entry.type && other.attribute == entry.attribute;
    });
    if (same == m_entries.end())
    {
        m_entries.push_back(entry);
    }
    else
    {
        *same = entry;
    }
}

std::string
Profile::FindMissing() const
{
    std::vector<std::string> costs;
    for (int line = 0; line < PC_COST_COUNT; line++)
    {
        costs.push_back(std::string("ns3::HostModel::") +
                        pc_cost_describe(static_cast<pc_cost_line>(line))->name);
    }
    auto given = [this](const std::string& name) { return !Find(name).empty(); };
    if (std::none_of(costs.begin(), costs.end(), given))
    {
        return ""; // a host that costs nothing
    }
    costs.insert(costs.end(), std::begin(REQUIRED), std::end(REQUIRED));
    auto missing = std::find_if_not(costs.begin(), costs.end(), given);
    if (missing == costs.end())
    {
        return "";
    }
    auto colons = missing->rfind("::");
    TypeId::AttributeInformation info;
    TypeId::LookupByName(missing->substr(0, colons))
        .LookupAttributeByName(missing->substr(colons + 2), &info);
    return *missing + " is missing (" + info.help +
           "): a profile that has costs has all of them, 0 where something is free";
}

void
Profile::Apply(ObjectBase& object, const std::set<std::string>& keep) const
{
    TypeId tid = object.GetInstanceTypeId();
    for (const Entry& entry : m_entries)
    {
        if (TypeId::LookupByName(entry.type) == tid &&
            keep.count(entry.type + "::" + entry.attribute) == 0)
        {
            object.SetAttribute(entry.attribute, StringValue(entry.value));
        }
    }
}

std::string
Profile::Find(const std::string& name) const
{
    for (const Entry& entry : m_entries)
    {
        if (entry.type + "::" + entry.attribute == name)
        {
            return entry.value;
        }
    }
    return "";
}

} // namespace ns3
