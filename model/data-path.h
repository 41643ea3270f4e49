#ifndef DATA_PATH_H
#define DATA_PATH_H

#include "pc-card-ram.h"
#include "pc-driver.h"

#include "ns3/object.h"

#include <string>

namespace ns3
{

/**
 * \ingroup payload-cache
 *
 * How payload travels between user memory and the wire: what differs between the systems that are
 * compared. The base is a conventional stack with a card that computes checksums; a leaf changes
 * what it does otherwise.
 */
class DataPath : public Object
{
  public:
    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();

    /** \return the name by which scenarios and records know the path */
    virtual std::string GetName() const = 0;

    /** \return true if the host has to verify the checksum of what it receives */
    virtual bool HostVerifiesChecksum() const;

    /** \return true if received payload stays in card RAM until it is read */
    virtual bool KeepsPayload() const;

    /**
     * How many of a write's bytes to put into card RAM now.
     * \param room bytes of room in transmit RAM
     * \param rest bytes of the write that are not placed yet
     * \param mss the connection's segment size
     * \return bytes, 0 for none
     */
    virtual uint64_t PlaceOnCard(uint64_t room, uint64_t rest, uint64_t mss) const;

    /** \return true if a writer waits where PlaceOnCard() answers 0; else it copies */
    virtual bool WaitsForRoom() const;

    /** \return true if a received frame that finds card RAM full is dropped; else it goes through */
    virtual bool DropsWhenFull() const;

    /** \return true if payload is evicted from card RAM that is full */
    virtual bool Evicts() const;

    /** \return the share of a side below which its room is short, 0..1 */
    virtual double GetLowWater() const;

    /** \return the most that a socket may hold on a side, bytes; 0 for no limit */
    virtual uint64_t GetQuota(pc_ram_side side) const;

    /** \return true if users' buffers are registered once: no call pins and maps their pages */
    virtual bool UsesRegisteredBuffers() const;

    /**
     * How much of a received packet to fetch at once.
     * \param packetBytes the packet's length
     * \param headerBytes its headers' length
     */
    virtual pc_fetch_plan PlanFetch(uint32_t packetBytes, uint32_t headerBytes) const;

    /** \return how a caller waits for its DMA */
    virtual pc_wait_mode GetWait() const;
};

/** \ingroup payload-cache The host copies, and computes and verifies checksums. */
class ConventionalPath : public DataPath
{
  public:
    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();
    std::string GetName() const override;
    bool HostVerifiesChecksum() const override;
};

/** \ingroup payload-cache The host copies, the card computes and verifies checksums. */
class OffloadPath : public DataPath
{
  public:
    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();
    std::string GetName() const override;
};

/** \ingroup payload-cache Payload stays in card RAM; only headers cross the bus with a frame. */
class PayloadCachePath : public DataPath
{
  public:
    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();
    std::string GetName() const override;
    bool KeepsPayload() const override;
    uint64_t PlaceOnCard(uint64_t room, uint64_t rest, uint64_t mss) const override;
    bool WaitsForRoom() const override;
    bool DropsWhenFull() const override;
    bool Evicts() const override;
    double GetLowWater() const override;
    uint64_t GetQuota(pc_ram_side side) const override;
    pc_fetch_plan PlanFetch(uint32_t packetBytes, uint32_t headerBytes) const override;
    pc_wait_mode GetWait() const override;
    bool UsesRegisteredBuffers() const override;

    /** \return the largest piece of a write, bytes */
    uint32_t GetWritePiece() const;
    /** \return how much of a received frame is fetched at once */
    pc_fetch_policy GetFetchPolicy() const;

  private:
    pc_when_full m_whenFull{PC_FULL_COPY}; //!< card RAM full
    pc_wait_mode m_wait{PC_WAIT_AUTO};     //!< sleep or spin
    bool m_registered{false};              //!< users' buffers are registered
    uint32_t m_writePiece{65536};          //!< largest piece of a write, bytes
    uint32_t m_headerFetch{128};           //!< H, bytes
    double m_lowWater{0.25};               //!< below that share room is short
    uint64_t m_txQuota{0};                 //!< transmit RAM a socket, bytes; 0: no limit
    uint64_t m_rxQuota{0};                 //!< receive RAM a socket, bytes; 0: no limit
    uint32_t m_copyBreak{128};             //!< bytes beyond H that are still fetched whole
};

} // namespace ns3

#endif
