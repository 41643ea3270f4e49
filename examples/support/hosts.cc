#include "hosts.h"

#include "payload-cache-helper.h"

#include "ns3/boolean.h"
#include "ns3/data-rate.h"
#include "ns3/double.h"
#include "ns3/string.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <fstream>

using namespace ns3;

namespace scenario
{

namespace
{

/// The link of hosts whose profiles do not give one: 100 Mb/s Ethernet (IEEE 802.3).
constexpr uint64_t FAST_ETHERNET = 100000000;
constexpr uint64_t ETHERNET_MTU = 1500;

/** \return the file of a profile, by name or path */
std::string
FindProfile(const std::string& name)
{
    std::string shipped = std::string(PCACHE_PROFILES) + "/" + name + ".txt";
    for (const std::string& file : {shipped, name})
    {
        if (std::ifstream(file).good())
        {
            return file;
        }
    }
    Fail("profile \"" + name + "\": neither a name in profiles/ nor a file");
}

/** Reads a profile, given by name or path; refuses one that is not right. */
Profile
ReadProfile(const std::string& name)
{
    Profile profile;
    std::string error;
    if (!profile.Read(FindProfile(name), error))
    {
        Fail(error);
    }
    return profile;
}

/** \return the attributes that profiles do not change */
std::set<std::string>
GivenAttributes(const Options& options)
{
    std::set<std::string> given;
    for (const auto& [name, value] : options.GetAttributes())
    {
        given.insert(name);
    }
    return given;
}

/** Card RAM that was given wins over the profile's. */
void
SetRam(const Options& options, const Parameters& p, PayloadCacheHelper& helper)
{
    if (options.IsGiven("cardRam"))
    {
        helper.SetCardAttribute("CardRam", UintegerValue(p.cardRam));
        helper.SetCardAttribute("TxRam", UintegerValue(0));
        helper.SetCardAttribute("RxRam", UintegerValue(0));
    }
    if (options.IsGiven("txRam"))
    {
        helper.SetCardAttribute("TxRam", UintegerValue(p.txRam));
    }
    if (options.IsGiven("rxRam"))
    {
        helper.SetCardAttribute("RxRam", UintegerValue(p.rxRam));
    }
}

/** \return true if the option itself was given, not the attribute that is its alternative */
bool
IsOptionGiven(const Options& options, const std::string& name, const std::string& attribute)
{
    return options.IsGiven(name) && options.GetAttributes().count(attribute) == 0;
}

/** Offloads and cores that were given win over the profile's. */
void
SetOffloads(const Options& options, const Parameters& p, PayloadCacheHelper& helper)
{
    if (IsOptionGiven(options, "tso", "ns3::PayloadCacheNetDevice::Tso"))
    {
        helper.SetCardAttribute("Tso", BooleanValue(p.tso == "on"));
    }
    if (IsOptionGiven(options, "gro", "ns3::PayloadCacheNetDevice::Gro"))
    {
        helper.SetCardAttribute("Gro", BooleanValue(p.gro == "on"));
    }
    if (options.IsGiven("rxQueues"))
    {
        helper.SetCardAttribute("RxQueues", UintegerValue(p.rxQueues));
    }
    if (IsOptionGiven(options, "steering", "ns3::PayloadCacheNetDevice::Steering"))
    {
        helper.SetCardAttribute("Steering", StringValue(p.steering == "rss" ? "Rss" : "Flow"));
    }
    if (options.IsGiven("cores"))
    {
        helper.SetHostAttribute("Cores", UintegerValue(p.cores));
    }
    if (options.IsGiven("busyPoll"))
    {
        helper.SetHostAttribute("BusyPoll", TimeValue(Seconds(p.busyPoll)));
    }
    if (options.IsGiven("llcMiss"))
    {
        helper.SetHostAttribute("LlcMiss", DoubleValue(p.llcMiss));
    }
    if (IsOptionGiven(options, "placement", "ns3::HostModel::Placement"))
    {
        helper.SetHostAttribute("Placement",
                                StringValue(p.placement == "same"    ? "SameCore"
                                            : p.placement == "other" ? "OtherCore"
                                                                     : "RemoteNode"));
    }
}

/** Policies that were given win over the profile's. */
void
SetPolicies(const Options& options, const Parameters& p, PayloadCacheHelper& helper)
{
    if (options.IsGiven("ownCosts"))
    {
        helper.SetHostAttribute("OwnCosts", StringValue(p.ownCosts));
    }
    if (IsOptionGiven(options, "appRead", "ns3::HostModel::AppRead"))
    {
        helper.SetHostAttribute("AppRead", BooleanValue(p.appRead));
    }
    if (IsOptionGiven(options, "source", "ns3::HostModel::SourceWarm"))
    {
        helper.SetHostAttribute("SourceWarm", BooleanValue(p.source == "warm"));
    }
    SetOffloads(options, p, helper);
    if (IsOptionGiven(options, "whenFull", "ns3::PayloadCachePath::WhenFull"))
    {
        helper.SetPathAttribute("WhenFull", StringValue(p.whenFull == "wait" ? "Wait" : "Copy"));
    }
    if (IsOptionGiven(options, "wait", "ns3::PayloadCachePath::Wait"))
    {
        helper.SetPathAttribute("Wait",
                                StringValue(p.wait == "sleep"  ? "Sleep"
                                            : p.wait == "spin" ? "Spin"
                                                               : "Auto"));
    }
}

/** Refuses processes on another core where there is one. */
void
CheckPlacement(Ptr<HostModel> host)
{
    StringValue placement;
    host->GetAttribute("Placement", placement);
    if (placement.Get() == "OtherCore" && host->GetCores() < 2)
    {
        Fail("--placement=other: the host has one core, it takes two; --cores=2");
    }
}

/** Refuses card RAM, of a profile's, that holds no frame. */
void
CheckRam(Ptr<PayloadCacheNetDevice> card, const Parameters& p)
{
    uint64_t frame = p.mtu + PC_LINK_HEADER_BYTES + (p.vlan ? PC_VLAN_TAG_BYTES : 0);
    for (pc_ram_side side : {PC_RAM_TX, PC_RAM_RX})
    {
        uint64_t capacity = card->GetCapacity(side);
        if (capacity < frame)
        {
            Fail("the card has " + std::to_string(capacity) +
                 (side == PC_RAM_TX ? " bytes to transmit" : " bytes to receive") +
                 ": it has to hold a frame of " + std::to_string(frame) + " bytes at least");
        }
    }
}

/** A socket buffer that was not given is the larger of what the profiles say, if they do. */
void
TakeBuffer(const Options& options,
           const std::string& name,
           const Machines& machines,
           const std::string& attribute,
           uint64_t& buffer)
{
    uint64_t largest = 0;
    for (const Profile& machine : machines)
    {
        std::string bytes = machine.Find(attribute);
        largest = bytes.empty() ? largest : std::max<uint64_t>(largest, std::stoull(bytes));
    }
    if (!options.IsGiven(name) && largest > 0)
    {
        buffer = largest;
    }
}

/** Lengths that were not given are shorter on fast links, by as much as those are faster than a
 * gigabit: chosen, since what a run costs goes with its frames. Windows and moderation take some
 * milliseconds to settle on any link. */
void
TakeLength(const Options& options, Parameters& p)
{
    constexpr double GIGABIT = 1e9;
    constexpr double SETTLED = 0.02; // s; chosen, see above
    double share = std::min(1.0, GIGABIT / p.linkRate);
    p.duration *= options.IsGiven("duration") ? 1 : share;
    p.warmup = options.IsGiven("warmup") ? p.warmup : std::max(p.warmup * share, SETTLED);
}

} // namespace

Machines
ReadProfiles(const Options& options, Parameters& p)
{
    Machines machines = {ReadProfile(p.ProfileOf(0))};
    machines[1] = p.ProfileOf(0) == p.ProfileOf(1) ? machines[0] : ReadProfile(p.ProfileOf(1));
    uint64_t rate = UINT64_MAX;
    uint64_t mtu = UINT64_MAX;
    for (const Profile& profile : machines)
    {
        std::string cardRate = profile.Find("ns3::PointToPointNetDevice::DataRate");
        std::string cardMtu = profile.Find("ns3::PointToPointNetDevice::Mtu");
        rate = cardRate.empty() ? rate : std::min(rate, DataRate(cardRate).GetBitRate());
        mtu = cardMtu.empty() ? mtu : std::min<uint64_t>(mtu, std::stoull(cardMtu));
    }
    if (!options.IsGiven("linkRate"))
    {
        p.linkRate = rate == UINT64_MAX ? FAST_ETHERNET : rate;
    }
    if (!options.IsGiven("mtu"))
    {
        p.mtu = mtu == UINT64_MAX ? ETHERNET_MTU : mtu;
    }
    TakeBuffer(options, "sndBuf", machines, "ns3::TcpSocket::SndBufSize", p.sndBuf);
    TakeBuffer(options, "rcvBuf", machines, "ns3::TcpSocket::RcvBufSize", p.rcvBuf);
    TakeLength(options, p);
    return machines;
}

Ptr<PayloadCacheNetDevice>
InstallHost(const Options& options,
            const Parameters& p,
            const Profile& machine,
            Ptr<NetDevice> wire)
{
    PayloadCacheHelper helper;
    helper.SetPath(p.path);
    helper.SetProfile(machine, GivenAttributes(options));
    helper.SetCardAttribute("HoldBytes", BooleanValue(p.data == "bytes"));
    helper.SetCardAttribute("VlanTag", BooleanValue(p.vlan));
    SetRam(options, p, helper);
    SetPolicies(options, p, helper);
    NetDeviceContainer cards = helper.Install(NetDeviceContainer(wire));
    auto card = DynamicCast<PayloadCacheNetDevice>(cards.Get(0));
    CheckPlacement(card->GetHost());
    if (!card->ServesPath())
    {
        Fail("--path=" + p.path + " leaves checksums to a card that computes none "
             "(ns3::PayloadCacheNetDevice::Checksums=false, RxChecksum); --path=conventional, on "
             "which the host does it, and RxChecksum=false");
    }
    CheckRam(card, p);
    return card;
}

Ptr<PayloadCachePath>
MakePolicy(const Options& options, const Profile& machine)
{
    auto policy = CreateObject<PayloadCachePath>();
    machine.Apply(*policy, GivenAttributes(options));
    return policy;
}

} // namespace scenario
