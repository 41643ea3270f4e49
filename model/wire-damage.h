#ifndef WIRE_DAMAGE_H
#define WIRE_DAMAGE_H

#include "pc-packet-check.h"

#include "ns3/packet.h"
#include "ns3/tag.h"

namespace ns3
{

/**
 * \ingroup payload-cache
 * Goes with a packet of which a byte has been damaged on its way. Nobody who has the packet's bytes
 * needs it; it is for runs that only count payload.
 */
class DamageTag : public Tag
{
  public:
    uint32_t position{0}; //!< of the byte, from the network header on

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

/**
 * What the checksums of a packet tell. Where ns-3 computes checksums it is told by the bytes; else
 * by the packet's DamageTag, if it has one.
 * \param packet from its network header on
 * \param protocol the EtherType; packets that are not IP pass
 */
pc_packet_verdict CheckPacket(Ptr<const Packet> packet, uint16_t protocol);

/**
 * \copydoc CheckPacket()
 * \param computed Node::ChecksumEnabled(), which looks a global value up by its name each time
 */
pc_packet_verdict CheckPacket(Ptr<const Packet> packet, uint16_t protocol, bool computed);

} // namespace ns3

#endif
