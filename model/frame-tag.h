#ifndef FRAME_TAG_H
#define FRAME_TAG_H

#include "ns3/tag.h"

namespace ns3
{

/**
 * \ingroup payload-cache
 * Names a frame from the card that sends it to the card that receives it, where a HostObserver
 * looks on. It is no byte of the frame.
 */
class FrameTag : public Tag
{
  public:
    uint64_t number{0}; //!< as HostObserver::FrameMade() answered it
    uint64_t offset{0}; //!< stream offset of its first payload byte

    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();
    TypeId GetInstanceTypeId() const override;
    uint32_t GetSerializedSize() const override;
    void Serialize(TagBuffer i) const override;
    void Deserialize(TagBuffer i) override;
    void Print(std::ostream& os) const override;
};

} // namespace ns3

#endif
