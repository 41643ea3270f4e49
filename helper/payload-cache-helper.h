#ifndef PAYLOAD_CACHE_HELPER_H
#define PAYLOAD_CACHE_HELPER_H

#include "host-model.h"
#include "payload-cache-net-device.h"
#include "profile.h"

#include "ns3/net-device-container.h"
#include "ns3/object-factory.h"

#include <optional>
#include <set>
#include <string>

namespace ns3
{

/**
 * \ingroup payload-cache
 *
 * Turns the devices of an existing scenario into cards.
 *
 * \code
 *   PayloadCacheHelper cards;                           // the payload cache on an ideal host
 *   cards.SetProfile("profiles/MACHINE.txt");           // or on a machine, by its file
 *   NetDeviceContainer devices = cards.Install(wires);  // addresses go to these
 *   BulkSendHelper source("ns3::PayloadCacheTcpSocketFactory", sink); // and so at the sink
 * \endcode
 *
 * Install() after all links have been made, and give addresses to what it returns. Pcap, error
 * models and Config paths take the wires.
 */
class PayloadCacheHelper
{
  public:
    PayloadCacheHelper();

    /**
     * Chooses how payload travels.
     * \param path "conventional", "offload" or "payload-cache"
     * \return false if there is no such path
     */
    bool SetPath(const std::string& path);

    /**
     * Chooses the machine of the hosts to come; without one they cost nothing. Stops the program
     * over a file that is no profile.
     * \param file a profile's path
     * \param keep attributes ("Class::Attribute") that the profile does not change, since the user
     *        gave them otherwise
     */
    void SetProfile(const std::string& file, const std::set<std::string>& keep = {});
    /** As SetProfile() of its file, for a profile that has been read. */
    void SetProfile(const Profile& profile, const std::set<std::string>& keep = {});

    /** Sets an attribute of the cards to come, over the profile. */
    void SetCardAttribute(const std::string& name, const AttributeValue& value);
    /** Sets an attribute of the hosts to come, over the profile. */
    void SetHostAttribute(const std::string& name, const AttributeValue& value);
    /** Sets an attribute of the data paths to come, over the profile. */
    void SetPathAttribute(const std::string& name, const AttributeValue& value);

    /**
     * Puts a card around each device. A node gets a HostModel, if it has none, and a socket
     * factory. With global routing every end of a channel has to have a card as soon as one of
     * them has; with static routes the far end may be a stock device.
     * \param wires the devices
     * \return the cards, in the same order
     */
    NetDeviceContainer Install(NetDeviceContainer wires) const;

    /** \return the wires of cards */
    static NetDeviceContainer Wires(NetDeviceContainer cards);

    /** \return the names of the paths that there are */
    static std::vector<std::string> GetPaths();

  private:
    /** The node's machine, made if there is none. */
    Ptr<HostModel> InstallHost(Ptr<Node> node) const;
    /** A card around one device. */
    Ptr<PayloadCacheNetDevice> InstallCard(Ptr<NetDevice> wire) const;

    std::string m_path{"payload-cache"};   //!< how payload travels
    std::optional<Profile> m_profile;      //!< the machine
    std::set<std::string> m_keep;          //!< what the profile leaves alone
    /** Attributes to set, in order. */
    using Attributes = std::vector<std::pair<std::string, Ptr<const AttributeValue>>>;
    Attributes m_cardAttributes;           //!< over the profile
    Attributes m_hostAttributes;           //!< over the profile
    Attributes m_pathAttributes;           //!< over the profile
};

} // namespace ns3

#endif
