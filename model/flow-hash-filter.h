#ifndef FLOW_HASH_FILTER_H
#define FLOW_HASH_FILTER_H

#include "ns3/packet-filter.h"

#include <array>

namespace ns3
{

/**
 * \ingroup payload-cache
 *
 * Tells FqCoDelQueueDisc the queue of a packet, the one that it would find itself: from the hash of
 * addresses, protocol and ports. It would read the whole TCP header for that, with an object made
 * for each option, once a packet; here the hash that ns-3 answers is kept for a connection, and
 * found again by its ports.
 *
 * A card gives one to the queue disc before it when the first frame is sent, where that is an
 * FqCoDelQueueDisc without filters.
 */
class FlowHashFilter : public PacketFilter
{
  public:
    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();

    /** Sets what is mixed into each hash: FqCoDelQueueDisc's Perturbation. */
    void SetPerturbation(uint32_t perturbation);

  private:
    bool CheckProtocol(Ptr<QueueDiscItem> item) const override;
    int32_t DoClassify(Ptr<QueueDiscItem> item) const override;

    /** A connection's packets one way. */
    struct Flow
    {
        uint32_t source{0};      //!< address
        uint32_t destination{0}; //!< address
        uint32_t ports{0};       //!< as they stand in the header
        uint32_t hash{0};        //!< ns-3's
        bool known{false};       //!< the rest says something
    };

    /** \return ns-3's hash as a filter answers it */
    int32_t Answer(uint32_t hash) const;

    /// Chosen: 5 KiB a card; of two connections in one place each is worked out anew.
    static constexpr uint32_t FLOW_BITS = 8;

    uint32_t m_perturbation{0};                //!< mixed into each hash
    mutable std::array<Flow, 1 << FLOW_BITS> m_flows; //!< by a hash of our own
};

} // namespace ns3

#endif
