#ifndef WIRE_FAULTS_H
#define WIRE_FAULTS_H

#include "ns3/error-model.h"
#include "ns3/nstime.h"
#include "ns3/point-to-point-net-device.h"
#include "ns3/random-variable-stream.h"

namespace ns3
{

/**
 * \ingroup payload-cache
 *
 * What can happen to frames on their way into a point-to-point device, beside their loss: they come
 * twice, others overtake them, or a byte of the packet is damaged, in its headers or its payload, as
 * by a faulty memory on the way (the link's own check of a frame finds what the link does to it).
 *
 * It is the device's ReceiveErrorModel. A frame that others overtake is taken out, so that the
 * device's PhyRxDrop fires, and comes again later. Each kind of fault draws from a stream of random
 * numbers of its own; nothing is drawn of a kind whose rate is 0.
 */
class WireFaults : public ErrorModel
{
  public:
    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();
    WireFaults();

    /** Makes it the ReceiveErrorModel of a device. It must not be another's. */
    void Install(Ptr<PointToPointNetDevice> wire);

    /**
     * Fixes the streams of random numbers.
     * \param stream the first
     * \return how many there are
     */
    int64_t AssignStreams(int64_t stream);

    /** How many frames something has happened to. */
    struct Counts
    {
        uint64_t lost{0};       //!< taken by the Losses
        uint64_t corrupted{0};  //!< damaged
        uint64_t duplicated{0}; //!< came twice
        uint64_t reordered{0};  //!< held back, so that others overtake them
    };

    /** \return the frames so far */
    const Counts& GetCounts() const;

  protected:
    void DoDispose() override;

  private:
    bool DoCorrupt(Ptr<Packet> packet) override;
    void DoReset() override;
    /** \return true by chance */
    static bool Happens(Ptr<UniformRandomVariable> chance, double rate);
    /** Changes one byte of a frame's packet. */
    void Damage(Ptr<Packet> frame);
    /** Lets a frame come by itself, later. \param chance how late */
    void ComeLater(Ptr<const Packet> frame, Ptr<UniformRandomVariable> chance);
    /** It comes: nothing more happens to it. */
    void Come(Ptr<Packet> frame);
    /** \return true if no checksum of a frame tells that it is damaged */
    static bool LooksWhole(Ptr<const Packet> frame);

    Ptr<ErrorModel> m_losses;   //!< asked first
    double m_corruptRate{0};    //!< of frames
    double m_duplicateRate{0};  //!< of frames
    double m_reorderRate{0};    //!< of frames
    Time m_most;                //!< how late a frame comes at most
    bool m_dropsDamaged{false}; //!< nobody behind the device finds damage out

    Ptr<PointToPointNetDevice> m_wire;      //!< where frames come in
    Ptr<UniformRandomVariable> m_corrupt;   //!< which frame, which byte, which bits
    Ptr<UniformRandomVariable> m_duplicate; //!< which frame, and when again
    Ptr<UniformRandomVariable> m_reorder;   //!< which frame, and how late
    bool m_again{false};                    //!< a frame comes that has been here before
    Counts m_counts;                        //!< so far
};

} // namespace ns3

#endif
