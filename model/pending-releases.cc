#include "pending-releases.h"

#include <algorithm>
#include <map>
#include <utility>

namespace ns3
{

void
PendingReleases::Command(PendingRelease release)
{
    m_commands.push_back(std::move(release));
}

bool
PendingReleases::HasCommands() const
{
    return !m_commands.empty();
}

bool
PendingReleases::HasCommands(pc_ram_side side) const
{
    return std::any_of(m_commands.begin(), m_commands.end(), [side](const auto& release) {
        return release.side == side;
    });
}

std::vector<PendingRelease>
PendingReleases::TakeCommands()
{
    return std::exchange(m_commands, {});
}

void
PendingReleases::Begin(PendingRelease release)
{
    m_underWay.push_back(std::move(release));
}

std::optional<PendingRelease>
PendingReleases::TakeFirst()
{
    if (m_underWay.empty())
    {
        return std::nullopt;
    }
    PendingRelease release = std::move(m_underWay.front());
    m_underWay.pop_front();
    return release;
}

std::vector<PendingRelease>
PendingReleases::TakeAll()
{
    std::vector<PendingRelease> all(m_underWay.begin(), m_underWay.end());
    all.insert(all.end(), m_commands.begin(), m_commands.end());
    m_underWay.clear();
    m_commands.clear();
    return all;
}

uint64_t
PendingReleases::CountBytes(const pc_card_ram& ram, pc_ram_side side) const
{
    const uint64_t granule = pc_card_ram_padded(&ram, 1);
    // several commands may give back one block, part by part
    std::map<uint32_t, uint64_t> blocks;
    auto add = [&](const PendingRelease& release) {
        if (release.side != side || !pc_card_ram_is_live(&ram, release.handle))
        {
            return;
        }
        uint32_t size = pc_card_ram_size(&ram, release.handle);
        uint64_t below = release.below >= size ? pc_card_ram_padded(&ram, size)
                                               : release.below / granule * granule;
        uint64_t front = pc_card_ram_front(&ram, release.handle);
        uint64_t& bytes = blocks[release.handle.index];
        bytes = std::max(bytes, below - std::min(below, front));
    };
    std::for_each(m_underWay.begin(), m_underWay.end(), add);
    std::for_each(m_commands.begin(), m_commands.end(), add);
    uint64_t all = 0;
    for (const auto& [index, bytes] : blocks)
    {
        all += bytes;
    }
    return all;
}

} // namespace ns3
