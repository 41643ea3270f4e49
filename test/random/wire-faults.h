#ifndef RANDOM_WIRE_FAULTS_H
#define RANDOM_WIRE_FAULTS_H

#include "description.h"

#include "ns3/error-model.h"
#include "ns3/net-device.h"

#include <functional>
#include <random>

namespace randomtest
{

/**
 * What happens to frames on their way into a device: they are lost, come late and so out of order,
 * come twice, or with a bit flipped. It is the error model of a point-to-point or CSMA device,
 * which it hands frames again by itself. Its random numbers are its own, so that ns-3's streams
 * stay what they would be.
 */
class WireFaults : public ns3::ErrorModel
{
  public:
    /**
     * Constructor.
     * \param faults what happens how often
     * \param device whose frames these are; told who they are by its receiving
     * \param seed of the random numbers
     * \param found the card behind the device finds out what is damaged, wherever that is
     * \param seen called for each frame that comes, before anything happens to it
     */
    WireFaults(const Faults& faults,
               ns3::Ptr<ns3::NetDevice> device,
               uint32_t seed,
               bool found,
               std::function<void()> seen);

  protected:
    void DoDispose() override;

  private:
    bool DoCorrupt(ns3::Ptr<ns3::Packet> frame) override;
    void DoReset() override;
    /** \return true with probability \p share */
    bool Happens(double share);
    /** The frame comes, or comes again, later. */
    void ComeLater(ns3::Ptr<const ns3::Packet> frame);
    /** It comes now. */
    void Come(ns3::Ptr<ns3::Packet> frame);
    /** Flips a bit of a segment, behind the link header. */
    void Flip(ns3::Ptr<ns3::Packet> frame);
    /** \return true if TCP is in a frame, whose IP header begins at \p ip */
    static bool IsTransport(const std::vector<uint8_t>& bytes, uint32_t ip);
    /** \return true if stock ns-3 finds out by a checksum that the byte \p at is damaged */
    static bool StockBears(const std::vector<uint8_t>& bytes, uint32_t ip, uint32_t at);

    Faults m_faults;                   //!< what happens how often
    ns3::Ptr<ns3::NetDevice> m_device; //!< whose frames these are
    std::mt19937 m_random;             //!< of its own
    bool m_found;                      //!< the card behind the device finds out what is damaged
    std::function<void()> m_seen;      //!< a frame has come
    bool m_passing{false};             //!< a late frame comes, to which nothing more happens
};

} // namespace randomtest

#endif
