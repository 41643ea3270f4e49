#include "files.h"

#include "options.h"

#include "ns3/trace-helper.h"

#include <unistd.h>

namespace scenario
{

namespace fs = std::filesystem;

fs::path
LinkTarget(const std::string& file)
{
    constexpr int mostLinks = 40; // as Linux follows
    fs::path target = file;
    std::error_code error;
    for (int i = 0; i < mostLinks && fs::is_symlink(target, error); i++)
    {
        target = target.parent_path() / fs::read_symlink(target, error);
    }
    return target;
}

bool
CanWrite(const std::string& file)
{
    std::error_code error;
    fs::path target = LinkTarget(file);
    fs::path folder = target.has_parent_path() ? target.parent_path() : ".";
    // A device or a pipe is not written: the finished file would take its place.
    bool free = !fs::exists(fs::symlink_status(target, error));
    bool replaceable = fs::is_regular_file(target, error) && access(target.c_str(), W_OK) == 0;
    return !file.empty() && access(folder.c_str(), W_OK) == 0 && (free || replaceable);
}

void
CheckWritable(const std::string& file)
{
    if (!CanWrite(file))
    {
        Fail(file + ": cannot be written as a regular file");
    }
}

void
CheckCaptures(const std::string& prefix, ns3::NetDeviceContainer wires)
{
    for (uint32_t i = 0; i < wires.GetN(); i++)
    {
        CheckWritable(ns3::PcapHelper().GetFilenameFromDevice(prefix, wires.Get(i)));
    }
}

} // namespace scenario
