// Text as a profile: it is refused with a message, or each value can be set on the objects.

#include "host-model.h"
#include "payload-cache-net-device.h"
#include "profile.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace
{

/** A file in memory. \return its path */
std::string
WriteFile(int file, const uint8_t* data, std::size_t size)
{
    if (ftruncate(file, 0) != 0 || pwrite(file, data, size, 0) != static_cast<ssize_t>(size))
    {
        std::perror("writing a file in memory");
        std::abort();
    }
    return "/proc/self/fd/" + std::to_string(file);
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size)
{
    static const int file = memfd_create("profile", 0);
    ns3::Profile profile;
    std::string error;
    bool good = profile.Read(WriteFile(file, data, size), error);
    if (good != error.empty())
    {
        std::printf("read: %d, but what is wrong is \"%s\"\n", good, error.c_str());
        std::abort();
    }
    if (good)
    {
        profile.Apply(*ns3::CreateObject<ns3::HostModel>(), {});
        profile.Apply(*ns3::CreateObject<ns3::PayloadCacheNetDevice>(), {});
    }
    return 0;
}
