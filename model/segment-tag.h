#ifndef SEGMENT_TAG_H
#define SEGMENT_TAG_H

#include "ns3/tag.h"

namespace ns3
{

/**
 * \ingroup payload-cache
 * Goes down the stack with a segment and tells the card whose it is, which bytes of the stream it
 * carries, and in whose time it was made. The card takes it off before the wire.
 */
class SegmentTag : public Tag
{
  public:
    uint32_t socket{0};        //!< number of the socket in the host's SocketTable
    uint64_t offset{0};        //!< stream offset of the first payload byte
    bool interrupt{false};      //!< made in interrupt context
    bool retransmission{false}; //!< sent before
    bool datagram{false};       //!< of a datagram, which begins at \c offset, or of a fragment of it

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
