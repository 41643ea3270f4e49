#ifndef DATAGRAMS_H
#define DATAGRAMS_H

#include "continuation.h"
#include "frame-info.h"
#include "payload-socket.h"
#include "segment-tag.h"

#include "ns3/event-id.h"
#include "ns3/nstime.h"

#include <deque>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

namespace ns3
{

/**
 * \ingroup payload-cache
 * A host's datagrams on their way out whose payload lies on a card, or that count in their socket's
 * send buffer. A datagram leaves in one frame or in fragments, in any order; its blocks are free
 * when the last of it has gone to the wire, or has died on the way. Its socket may be closed by
 * then.
 */
class SentDatagrams
{
  public:
    SentDatagrams();
    ~SentDatagrams();

    /** A piece of a datagram's payload on a card. */
    struct Piece
    {
        uint32_t position{0};            //!< where in the payload it begins
        uint32_t length{0};              //!< its bytes
        Ptr<PayloadCacheNetDevice> card; //!< the card
        pc_handle handle{};              //!< its block
    };

    /** Names a datagram. */
    struct Key
    {
        uint32_t socket{0}; //!< its socket's number
        uint64_t offset{0}; //!< its place among its socket's datagrams

        /** Orders them. */
        bool operator<(const Key& other) const
        {
            return socket != other.socket ? socket < other.socket : offset < other.offset;
        }
    };

    /** \return the name of the datagram that a tag speaks of */
    static Key KeyOf(const SegmentTag& tag);

    /**
     * Enters one.
     * \param key its name
     * \param pieces those of its payload that lie on cards
     * \param bytes what goes to the wire of it, UDP header included, all copies together
     * \param gone called when all of it has gone; may be empty
     */
    void Enter(Key key, std::vector<Piece> pieces, uint64_t bytes, Continuation gone);
    /**
     * Where a part of its payload lies.
     * \param position where in the payload the part begins
     * \param length its bytes
     * \param[out] slices parts of it that cards have
     */
    void Find(Key key, uint32_t position, uint32_t length, std::vector<CardSlice>& slices) const;
    /** \return the pieces of a datagram; null if it has gone */
    const std::vector<Piece>* Pieces(Key key) const;
    /**
     * \p bytes of it, UDP header included, have gone to the wire, or died.
     * \param byCard its card has sent them, and knows by itself that its blocks are free
     */
    void Gone(Key key, uint64_t bytes, bool byCard = false);
    /** Forgets all of them, and gives nothing back: cards and sockets are going. */
    void Clear();

  private:
    /** One datagram. */
    struct Sent
    {
        std::vector<Piece> pieces; //!< on cards
        uint64_t left{0};          //!< bytes that have not gone
        Continuation gone;         //!< called at the end
    };

    std::map<Key, Sent> m_sent; //!< by name
};

/**
 * \ingroup payload-cache
 * A part of a received datagram's payload: one frame's.
 */
struct DatagramPart
{
    uint32_t position{0};                     //!< where in the datagram's payload it begins
    uint32_t length{0};                       //!< its bytes
    std::shared_ptr<ReceivedPayload> payload; //!< where it lies; null: host memory
};

/**
 * \ingroup payload-cache
 * Payload of fragments that a host's IP keeps until their datagram is whole: the same fragments, by
 * the same rules, for as long. What never becomes whole is given back when IP gives it up.
 */
class Reassembly
{
  public:
    /**
     * \param timeOut4 how long IPv4 waits for the rest of a datagram
     * \param timeOut6 how long IPv6 does
     */
    void SetTimeOuts(Time timeOut4, Time timeOut6);
    /** The destructor takes its timer away. */
    ~Reassembly();

    /** \return true if the first fragment of its datagram has come, and stays on the card */
    bool Keeps(const FrameInfo& info) const;
    /** \return the port of a datagram whose first fragment stays on the card */
    uint16_t GetPort(const FrameInfo& info) const;
    /** \return true if a fragment makes its datagram whole */
    bool Completes(const FrameInfo& info) const;
    /**
     * Adds a fragment.
     * \param info its headers
     * \param payload where its payload lies; null: host memory
     * \param keeps of a first fragment: payload of the later ones may stay on the card
     * \param[out] whole the datagram's parts, if it is whole now; by offset, of one offset in the
     * order in which they came
     * \param[out] damaged a part of it is
     * \return true if it is whole
     */
    bool Add(const FrameInfo& info,
             const std::shared_ptr<ReceivedPayload>& payload,
             bool keeps,
             std::vector<DatagramPart>& whole,
             bool& damaged);
    /** Gives everything back. */
    void Clear();

  private:
    /** Names a datagram. */
    struct Key
    {
        std::array<uint8_t, 16> source{};      //!< address
        std::array<uint8_t, 16> destination{}; //!< address
        uint32_t identification{0};            //!< by its source
        bool isIpv6{false};                    //!< over IPv6

        /** Orders them. */
        bool operator<(const Key& other) const;
    };

    /** What has come of a datagram. */
    struct Partial
    {
        std::multimap<uint32_t, FrameInfo> frames;                          //!< by fragment offset
        std::multimap<uint32_t, std::shared_ptr<ReceivedPayload>> payloads; //!< likewise
        bool moreFragments{true}; //!< what ends last is not the datagram's end
        bool keeps{false};        //!< the first one has come, and stays on the card
        uint16_t port{0};         //!< the port that it said
        std::multimap<Time, Key>::iterator deadline; //!< when it is given up
    };

    /** \return the name of a fragment's datagram */
    static Key KeyOf(const FrameInfo& info);
    /** \return true if there is no gap, with IPv4's and IPv6's own rule */
    static bool IsWhole(const Partial& partial);
    /** \return true if what IP takes of the fragments has damage in it: of one offset the first */
    static bool IsDamaged(const Partial& partial);
    /** Puts a fragment where it belongs. */
    static void Insert(Partial& partial, const FrameInfo& info);
    /** Gives up what has waited too long. */
    void Expire();
    /** Waits for the next one to be given up. */
    void Arm();

    std::map<Key, Partial> m_partial;     //!< by name
    std::multimap<Time, Key> m_deadlines; //!< when they are given up
    Time m_timeOut4;                      //!< IPv4
    Time m_timeOut6;                      //!< IPv6
    EventId m_timer;                      //!< the next one is given up
};

/**
 * \ingroup payload-cache
 * What a host knows of datagrams.
 */
struct Datagrams
{
    SentDatagrams sent;                 //!< on their way out
    Reassembly reassembly;              //!< on their way in, in fragments
    std::vector<DatagramPart> delivery; //!< parts of the datagram that is being handed up
    Ptr<PayloadCacheNetDevice> card;    //!< the card that hands it up; null: none does
    unsigned queue{0};                  //!< the card's queue that it came by, or its last fragment
    bool toMany{false};                 //!< it was sent to a group, or to all
    bool damaged{false};                //!< its checksum says so, in runs without bytes
    bool ready{false};                  //!< time-outs are known, and drops are watched

    Datagrams();
    ~Datagrams();
    /** Forgets all. */
    void Clear();
};

} // namespace ns3

#endif
