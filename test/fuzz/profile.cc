// Text as a profile: it is refused with a message, or each value can be set on the objects.

#include "host-model.h"
#include "payload-cache-net-device.h"
#include "profile.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace
{

/** A profile in a folder of its own, where there is another one to include. */
class Files
{
  public:
    Files()
    {
        std::string name = (std::filesystem::temp_directory_path() / "pcache-fuzz-XXXXXX").string();
        if (!mkdtemp(name.data()))
        {
            std::perror(name.c_str());
            std::exit(2);
        }
        m_folder = name;
        std::ofstream(m_folder / "other.txt") << "ns3::HostModel::BusKind \"Pci\"  # any\n";
    }

    ~Files()
    {
        std::filesystem::remove_all(m_folder);
    }

    /** Writes the profile. \return its path */
    std::string Write(const uint8_t* data, std::size_t size) const
    {
        std::filesystem::path file = m_folder / "profile.txt";
        std::ofstream(file, std::ios::binary)
            .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
        return file.string();
    }

  private:
    std::filesystem::path m_folder; //!< removed at the end
};

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size)
{
    static const Files files;
    ns3::Profile profile;
    std::string error;
    bool good = profile.Read(files.Write(data, size), error);
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
