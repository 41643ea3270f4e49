#include "attribute-check.h"

#include "ns3/string.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <fcntl.h>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

namespace ns3
{

namespace
{

/** \return true if ns-3 takes the text; it must not be malformed */
bool
Ask(const TypeId::AttributeInformation& info, const std::string& text)
{
    return static_cast<bool>(info.checker->CreateValidValue(StringValue(text)));
}

/** As Ask(), in a process of its own, which ns-3 may stop. */
bool
AskApart(const TypeId::AttributeInformation& info, const std::string& text)
{
    pid_t child = fork();
    if (child == 0)
    {
        int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, STDERR_FILENO);
        std::set_terminate([] { _exit(1); });
        _exit(Ask(info, text) ? 0 : 1);
    }
    int status = 1;
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/** As ns-3 reads it: it stops the program where something is left after the number. */
bool
IsNumber(const std::string& text)
{
    std::istringstream stream(text);
    double number = 0;
    return stream >> number && stream.eof() && std::isfinite(number);
}

bool
IsWhole(const std::string& text)
{
    constexpr std::size_t mostDigits = 20; // of 2^64
    return !text.empty() && text.size() <= mostDigits &&
           std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c); });
}

} // namespace

bool
IsAttributeValue(const TypeId::AttributeInformation& info, const std::string& text)
{
    std::string type = info.checker->GetValueTypeName();
    if (type == "ns3::DoubleValue")
    {
        return IsNumber(text) && Ask(info, text);
    }
    if (type == "ns3::UintegerValue")
    {
        return IsWhole(text) && Ask(info, text);
    }
    return AskApart(info, text);
}

} // namespace ns3
