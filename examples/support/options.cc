#include "options.h"

#include "attribute-check.h"

#include "ns3/config.h"
#include "ns3/data-rate.h"
#include "ns3/global-value.h"
#include "ns3/nstime.h"
#include "ns3/string.h"
#include "ns3/type-id.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <sstream>

namespace scenario
{

void
Fail(const std::string& message)
{
    std::cerr << "error: " << message << std::endl;
    std::exit(2);
}

namespace
{

std::string
Join(const std::vector<std::string>& words, const std::string& glue)
{
    std::string joined;
    for (const auto& word : words)
    {
        joined += (joined.empty() ? "" : glue) + word;
    }
    return joined;
}

/** Reads a number that is all of the text. \return false if it is not one */
bool
ReadNumber(const std::string& text, double* number)
{
    char* end = nullptr;
    *number = std::strtod(text.c_str(), &end);
    return !text.empty() && *end == '\0' && std::isfinite(*number);
}

/** Reads a whole number that is all of the text. \return false if it is not one */
bool
ReadWhole(const std::string& text, uint64_t* number)
{
    bool digits = !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return std::isdigit(c);
    });
    if (!digits || text.size() > 19)
    {
        return false;
    }
    *number = std::stoull(text);
    return true;
}

template <typename T>
std::string
Show(T value)
{
    std::ostringstream text;
    text << value;
    return text.str();
}

std::string
Range(const std::string& what, const std::string& least, const std::string& most)
{
    return what + " from " + least + " to " + most;
}

/** \return text as JSON has it */
std::string
Quoted(const std::string& text)
{
    std::string quoted = "\"";
    for (char c : text)
    {
        quoted += c == '\n' ? "\\n" : c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    }
    return quoted + "\"";
}

/** A rate as ns-3 reads it, checked first: ns-3 itself would stop the program. */
bool
ReadRate(const std::string& text, uint64_t* bits)
{
    auto unit = text.find_first_not_of("0123456789.");
    static const std::set<std::string> units = {"bps",  "b/s",  "Bps",  "B/s",  "kbps", "kb/s",
                                                "Kbps", "Kb/s", "Mbps", "Mb/s", "Gbps", "Gb/s",
                                                "kBps", "KBps", "MBps", "GBps"};
    double number;
    bool zero = text == "0";
    if (!zero && (unit == std::string::npos || unit == 0 || units.count(text.substr(unit)) == 0 ||
                  !ReadNumber(text.substr(0, unit), &number)))
    {
        return false;
    }
    *bits = zero ? 0 : ns3::DataRate(text).GetBitRate();
    return true;
}

bool
ReadTime(const std::string& text, double* seconds)
{
    static const std::map<std::string, double> units = {{"s", 1},
                                                        {"ms", 1e-3},
                                                        {"us", 1e-6},
                                                        {"ns", 1e-9}};
    auto unit = text.find_first_not_of("0123456789.");
    if (unit == std::string::npos || unit == 0 || units.count(text.substr(unit)) == 0 ||
        !ReadNumber(text.substr(0, unit), seconds))
    {
        return false;
    }
    *seconds *= units.at(text.substr(unit));
    return true;
}

} // namespace

Options::Options(std::string program, std::string purpose)
    : m_program(std::move(program)),
      m_purpose(std::move(purpose))
{
}

void
Options::Section(const std::string& title, bool traffic)
{
    m_section = title;
    m_traffic = traffic;
}

void
Options::Add(const std::string& name,
             const std::string& help,
             std::function<std::string(const std::string&)> set)
{
    m_options.push_back({name, help, m_section, m_traffic, std::move(set)});
}

void
Options::Add(const std::string& name,
             std::string& value,
             const std::string& help,
             const std::vector<std::string>& choices)
{
    std::string text = help + (choices.empty() ? "" : ": " + Join(choices, ", ")) +
                       (value.empty() ? "" : " [" + value + "]");
    Add(name, text, [&value, choices](const std::string& given) -> std::string {
        if (!choices.empty() && std::find(choices.begin(), choices.end(), given) == choices.end())
        {
            return "one of " + Join(choices, ", ");
        }
        value = given;
        return "";
    });
}

void
Options::Add(const std::string& name,
             uint64_t& value,
             const std::string& help,
             uint64_t least,
             uint64_t most)
{
    std::string right = Range("a whole number", Show(least), Show(most));
    std::string text = help + (value < least ? "" : " [" + Show(value) + "]");
    Add(name, text, [&value, least, most, right](const std::string& given) -> std::string {
        uint64_t number;
        if (!ReadWhole(given, &number) || number < least || number > most)
        {
            return right;
        }
        value = number;
        return "";
    });
}

void
Options::Add(const std::string& name,
             double& value,
             const std::string& help,
             double least,
             double most)
{
    std::string right = Range("a number", Show(least), Show(most));
    std::string text = help + " [" + Show(value) + "]";
    Add(name, text, [&value, least, most, right](const std::string& given) -> std::string {
        double number;
        if (!ReadNumber(given, &number) || number < least || number > most)
        {
            return right;
        }
        value = number;
        return "";
    });
}

void
Options::AddSwitch(const std::string& name, bool& value, const std::string& help)
{
    std::string text = help + ": on, off [" + (value ? "on" : "off") + "]";
    Add(name, text, [&value](const std::string& given) -> std::string {
        if (given != "on" && given != "off")
        {
            return "on or off";
        }
        value = given == "on";
        return "";
    });
}

void
Options::AddRate(const std::string& name, uint64_t& value, const std::string& help, uint64_t least)
{
    std::string text = help + (value < least ? "" : " [" + Show(value) + "bps]");
    Add(name, text, [&value, least](const std::string& given) -> std::string {
        uint64_t bits;
        if (!ReadRate(given, &bits) || bits < least)
        {
            return "a rate with its unit, such as 100Mbps, of at least " + Show(least) + "bps";
        }
        value = bits;
        return "";
    });
}

void
Options::AddTime(const std::string& name, double& value, const std::string& help)
{
    std::string text = help + (value > 0 ? " [" + Show(value * 1e6) + "us]" : "");
    Add(name, text, [&value](const std::string& given) {
        double seconds;
        if (!ReadTime(given, &seconds))
        {
            return "a time with its unit (s, ms, us, ns), such as 50us, of at least 0";
        }
        value = seconds;
        return "";
    });
}

void
Options::Help() const
{
    std::cout << m_program << ": " << m_purpose << "\n";
    std::string section;
    for (const Option& option : m_options)
    {
        if (option.section != section)
        {
            section = option.section;
            std::cout << "\n" << section << ":\n";
        }
        std::cout << "  --" << option.name << std::string(16 - std::min<size_t>(15, option.name.size()), ' ')
                  << option.help << "\n";
    }
    std::cout << "  --ns3::CLASS::ATTRIBUTE=VALUE   any ns-3 attribute; wins over profiles\n"
                 "  --PrintAttributes=CLASS         lists a class's attributes, for example\n"
                 "                                  ns3::HostModel or ns3::PayloadCachePath\n"
                 "  --describe=on                   lists these options as JSON\n";
    std::exit(0);
}

void
Options::Describe() const
{
    // by hand: these options are also those of examples in ns-3's own tree, without a JSON library
    std::cout << "{\"program\": " << Quoted(m_program)
              << ", \"purpose\": " << Quoted(m_purpose) << ", \"options\": [";
    const char* glue = "\n";
    for (const Option& option : m_options)
    {
        std::cout << glue << "{\"name\": " << Quoted(option.name)
                  << ", \"help\": " << Quoted(option.help)
                  << ", \"traffic\": " << (option.traffic ? "true" : "false") << "}";
        glue = ",\n";
    }
    std::cout << "\n]}" << std::endl;
    std::exit(0);
}

void
Options::PrintAttributes(const std::string& type)
{
    ns3::TypeId tid;
    if (!ns3::TypeId::LookupByNameFailSafe(type, &tid))
    {
        Fail("--PrintAttributes=" + type + ": ns-3 has no such class");
    }
    for (std::size_t i = 0; i < tid.GetAttributeN(); i++)
    {
        auto info = tid.GetAttribute(i);
        std::cout << "  --" << type << "::" << info.name << "="
                  << info.initialValue->SerializeToString(info.checker) << "\n      " << info.help
                  << "\n";
    }
    std::exit(0);
}

void
Options::SetAttribute(const std::string& name, const std::string& value)
{
    auto colons = name.rfind("::");
    std::string type = name.substr(0, colons);
    std::string attribute = name.substr(colons + 2);
    ns3::TypeId tid;
    ns3::TypeId::AttributeInformation info;
    if (!ns3::TypeId::LookupByNameFailSafe(type, &tid))
    {
        Fail("--" + name + ": ns-3 has no class " + type);
    }
    if (!tid.LookupAttributeByName(attribute, &info))
    {
        Fail("--" + name + ": " + type + " has no attribute " + attribute +
             "; --PrintAttributes=" + type + " lists them");
    }
    if (!ns3::IsAttributeValue(info, value))
    {
        Fail("--" + name + "=" + value + ": not a value of it (" + info.help + "; " +
             info.checker->GetUnderlyingTypeInformation() + ")");
    }
    if (m_reserved.count(name) > 0)
    {
        Fail("--" + name + ": the scenario sets it by itself, as --" + m_reserved[name] +
             " asks for it");
    }
    if (m_synonyms.count(name) > 0)
    {
        SetOption(m_synonyms[name], value, name);
    }
    else if (m_alternatives.count(name) > 0)
    {
        Give(m_alternatives[name], name);
    }
    else if (m_attributes.count(name) > 0)
    {
        Fail("--" + name + " is given twice");
    }
    ns3::Config::SetDefault(name, ns3::StringValue(value));
    m_attributes[name] = value;
}

void
Options::AddSynonym(const std::string& name, const std::string& attribute)
{
    m_synonyms[attribute] = name;
}

void
Options::AddAlternative(const std::string& name, const std::string& attribute)
{
    m_alternatives[attribute] = name;
}

void
Options::Reserve(const std::string& name, const std::string& attribute)
{
    m_reserved[attribute] = name;
}

void
Options::Give(const std::string& name, const std::string& as)
{
    auto [entry, first] = m_given.emplace(name, as);
    if (!first)
    {
        Fail(entry->second == as ? "--" + as + " is given twice"
                                 : "--" + entry->second + " and --" + as +
                                       " set the same: give one of them");
    }
}

void
Options::SetOption(const std::string& name, const std::string& value, const std::string& as)
{
    auto option = std::find_if(m_options.begin(), m_options.end(), [&](const Option& o) {
        return o.name == name;
    });
    if (option == m_options.end())
    {
        Fail("--" + name + ": no such option; --help lists them");
    }
    Give(name, as);
    std::string right = option->set(value);
    if (!right.empty())
    {
        Fail("--" + as + "=" + value + ": it has to be " + right);
    }
}

void
Options::Parse(int argc, char* argv[])
{
    for (int i = 1; i < argc; i++)
    {
        std::string word = argv[i];
        if (word == "--help" || word == "-h")
        {
            Help();
        }
        if (word == "--describe=on")
        {
            Describe();
        }
        auto equals = word.find('=');
        if (word.substr(0, 2) != "--" || equals == std::string::npos)
        {
            Fail(word + ": an option reads --name=value; --help lists them");
        }
        std::string name = word.substr(2, equals - 2);
        std::string value = word.substr(equals + 1);
        if (name == "PrintAttributes")
        {
            PrintAttributes(value);
        }
        bool isAttribute = name.find("::") != std::string::npos;
        isAttribute ? SetAttribute(name, value) : SetOption(name, value, name);
    }
}

bool
Options::IsGiven(const std::string& name) const
{
    return m_given.count(name) > 0;
}

const std::map<std::string, std::string>&
Options::GetAttributes() const
{
    return m_attributes;
}

} // namespace scenario
