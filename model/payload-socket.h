#ifndef PAYLOAD_SOCKET_H
#define PAYLOAD_SOCKET_H

#include "cache-claim.h"
#include "continuation.h"
#include "frame-info.h"
#include "pc-card-ram.h"
#include "worker.h"

#include "ns3/ptr.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace ns3
{

class PayloadCacheNetDevice;

/**
 * \ingroup payload-cache
 * A run of payload bytes that lies in card RAM.
 */
struct CardSlice
{
    Ptr<PayloadCacheNetDevice> card; //!< the card; null if the host has the bytes
    pc_handle handle{};              //!< the block
    uint32_t blockOffset{0};         //!< where in the block it begins
    uint32_t position{0};            //!< where in the segment's payload it begins
    uint32_t length{0};              //!< its bytes
};

/**
 * \ingroup payload-cache
 * Bytes mode: a run of payload bytes that card RAM has had, and host memory has now.
 */
struct EvictedSlice
{
    std::shared_ptr<const std::vector<uint8_t>> bytes; //!< of the block that it was in
    uint32_t blockOffset{0};                           //!< where in them it begins
    uint32_t position{0};                              //!< where in the segment's payload it begins
    uint32_t length{0};                                //!< its bytes
};

/**
 * \ingroup payload-cache
 * A received packet's payload: leading bytes that came to the host with its headers, and the rest
 * in a block of card RAM, which is given back when nobody refers to it any more. Who keeps the
 * payload keeps a reference; what dies in the stack is so released by itself.
 */
class ReceivedPayload
{
  public:
    /**
     * Constructor.
     * \param card the card that received it
     */
    explicit ReceivedPayload(Ptr<PayloadCacheNetDevice> card);
    ~ReceivedPayload();
    ReceivedPayload(const ReceivedPayload&) = delete;
    ReceivedPayload& operator=(const ReceivedPayload&) = delete;

    /** Gives back the block's granules below \p position of the payload. */
    void ReleaseBelow(uint32_t position);

    /** Gives the whole block back. \param byCard the card does it by itself, without a command */
    void Release(bool byCard = false);

    /**
     * The card has moved all of it to host memory, and gives the block back.
     * \param block bytes mode: what the block holds, of what has not been released
     */
    void MovedToHost(const std::vector<uint8_t>& block);

    Ptr<PayloadCacheNetDevice> card; //!< the card that received it
    pc_handle handle{};              //!< its block, none where all of it is in host memory
    FlowKey flow;                    //!< the connection that it came by
    uint64_t unit{0};                //!< number of the unit that it was handed up in
    int64_t stored{0};               //!< when the block was taken, ps
    uint32_t blockOffset{0};         //!< where in the block the payload begins
    uint32_t hostBytes{0};           //!< leading payload bytes that lie in host memory
    uint32_t payloadBytes{0};        //!< payload bytes
    CacheClaim inCache;              //!< what of the hostBytes lies in the last-level cache
    bool isVirtual{false};           //!< bytes mode: the packet's payload stands for the real one
    std::vector<uint8_t> bytes;      //!< ... of which these are the hostBytes
};

/**
 * \ingroup payload-cache
 * What a card knows of a socket that leaves its payload on cards.
 */
class PayloadSocket
{
  public:
    virtual ~PayloadSocket() = default;

    /**
     * Where a segment's payload lies.
     * \param offset the stream offset of its first byte
     * \param bytes its length
     * \param[out] slices the parts of it that a card has; parts released meanwhile are left out
     * \return bytes of it that were released meanwhile
     */
    virtual uint32_t FindOnCard(uint64_t offset,
                                uint32_t bytes,
                                std::vector<CardSlice>& slices) const = 0;

    /**
     * Bytes mode: which parts of a segment's payload have been evicted from cards.
     * \param offset the stream offset of its first byte
     * \param bytes its length
     * \param[out] slices those parts
     */
    virtual void FindEvicted(uint64_t /* offset */,
                             uint32_t /* bytes */,
                             std::vector<EvictedSlice>& /* slices */) const
    {
    }

    /**
     * What the socket has sent lies in host memory from now on.
     * \param offset the stream offset that it told the card with PayloadCacheNetDevice::SettleSent()
     * \param handle the block that it was in
     * \param block bytes mode: what the block holds, of what has not been released
     */
    virtual void Evicted(uint64_t /* offset */,
                         pc_handle /* handle */,
                         const std::vector<uint8_t>& /* block */)
    {
    }

    /** \return true once the application has closed it: what comes now may never be read */
    virtual bool HasClosed() const = 0;

    /** Receive RAM has more room, which it waits for. */
    virtual void RoomToReceive()
    {
    }

    /** A segment was too long for the card by which it was to leave. \param mtu the card's, bytes */
    virtual void FitSegments(uint32_t /* mtu */)
    {
    }

    /** \return its number in the host's SocketTable */
    virtual uint32_t GetNumber() const = 0;

    /** \return true while a call holds the socket's lock */
    virtual bool IsLocked() const = 0;

    /**
     * Keeps what a received packet has to go through until the lock is released.
     * \param processing called then, in process context; it calls its argument when it is done
     */
    virtual void AddToBacklog(std::function<void(Continuation)> processing) = 0;

    /** \return the process that it shares with other sockets; 0 for one of its own */
    virtual uint32_t GetProcess() const = 0;

    /** \return true while one of its own calls runs */
    virtual bool IsInOwnCall() const = 0;

    /** A call of another socket of its process has returned: the process is free, and awake. */
    virtual void ProcessFreed() = 0;

    /** \return the socket's process, where it runs */
    virtual Worker GetProcessWorker() const = 0;

    /** \return who takes the interrupts of the socket's connection */
    virtual Worker GetInterruptWorker() const = 0;

    /** \return the queue of a card that the connection's frames come by; -1: it has none there */
    virtual int GetQueueOn(const PayloadCacheNetDevice& card) const = 0;

    /** Its own reads poll no card any longer. */
    virtual void EndOwnBusyPoll() = 0;

    /** Its process, which polls the card, is to take the frames that have come. */
    virtual void PollRoundBegins() = 0;

    /** All of them are taken. */
    virtual void PollRoundEnds() = 0;

    /** The card delivers frames of the socket's connection that it has merged to a unit. */
    virtual void BeginUnit() = 0;

    /** All of the unit is delivered. */
    virtual void EndUnit() = 0;

    /** A datagram of its port is about to go up the stack: it may come to this socket. */
    virtual void DatagramComing() = 0;
};

} // namespace ns3

#endif
