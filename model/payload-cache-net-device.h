#ifndef PAYLOAD_CACHE_NET_DEVICE_H
#define PAYLOAD_CACHE_NET_DEVICE_H

#include "card-queue.h"
#include "data-path.h"
#include "eviction.h"
#include "frame-info.h"
#include "frame-tag.h"
#include "host-model.h"
#include "pc-break-even.h"
#include "pc-card-ram.h"
#include "pc-card.h"
#include "pc-driver.h"
#include "pc-rss.h"
#include "pc-rx-promise.h"
#include "pending-releases.h"
#include "pending-units.h"
#include "queued-datagrams.h"
#include "rx-frame.h"
#include "step-memo.h"
#include "tx-frame.h"
#include "waiting-writers.h"
#include "wire-damage.h"

#include "ns3/net-device-queue-interface.h"
#include "ns3/net-device.h"
#include "ns3/queue-disc.h"
#include "ns3/queue.h"
#include "ns3/traced-value.h"

#include <deque>
#include <optional>
#include <set>
#include <vector>

namespace ns3
{

/**
 * \ingroup payload-cache
 *
 * A network card with RAM of its own. It contains another NetDevice, its MAC and wire, through
 * which all frames go; what the card adds is what happens between host memory and that wire: the
 * driver's work, rings, DMA, interrupts, and payload that stays in card RAM.
 *
 * The transmit ring holds the frames whose DMA is not done; the wire's own queue is the card's
 * FIFO, and the limit of both together is the wire queue's.
 */
class PayloadCacheNetDevice : public NetDevice
{
  public:
    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();
    PayloadCacheNetDevice();
    ~PayloadCacheNetDevice() override;

    /**
     * Makes a device the card's wire. Both must belong to the same node already, and the node
     * must have a HostModel.
     * \param wire the device; it must not be the wire of another card
     * \param host the machine that the card is in
     */
    void SetWire(Ptr<NetDevice> wire, Ptr<HostModel> host);
    /** \return the wire */
    Ptr<NetDevice> GetWire() const;
    /** \return the machine that the card is in */
    Ptr<HostModel> GetHost() const;
    /** Sets the data path. */
    void SetPath(Ptr<DataPath> path);
    /** \return the data path */
    Ptr<DataPath> GetPath() const;
    /** \return true in bytes mode: card RAM holds the real bytes */
    bool HoldsBytes() const;

    // -- What sockets ask of the card --

    /** \return bytes of room in transmit RAM, for a socket (0: whichever), in whole granules */
    uint64_t GetTxRoom(uint32_t socket = 0);
    /** Takes a block of transmit RAM. \return false if there is no room */
    bool AllocateTx(uint32_t bytes, pc_handle& handle);
    /** A block belongs to a socket, and counts for its quota. */
    void Own(pc_handle handle, uint32_t socket);
    /** A block's bytes are at \p offset of a socket's stream: from now on they may be evicted. */
    void SettleSent(pc_handle handle, uint32_t socket, uint64_t offset);
    /** A block is in use: see CardPin. */
    void Pin(pc_handle handle);
    /** It is so no longer. */
    void Unpin(pc_handle handle);
    /** A writer wants so much room: payload is evicted for it where the path does that. */
    void MakeTxRoom(uint32_t socket, uint64_t bytes, const Worker& worker);
    /**
     * Gives back the granules of a block below \p below; all of it from its end on.
     * \param byCard the card does it by itself; else the driver's command has to reach it
     */
    void Release(pc_ram_side side, pc_handle handle, uint32_t below, bool byCard = false);
    /**
     * Gives back the granules of a received frame's block below \p below, likewise.
     * \copydetails Release
     */
    void ReleaseReceived(const ReceivedPayload& payload, uint32_t below, bool byCard = false);
    /** Puts a writer in the queue for transmit RAM; it is called, in order, when there is more. */
    void WaitForTxRoom(std::function<bool()> retry);
    /** Commands that give card RAM back are to ride on the next doorbell. */
    void NoteReleases(uint64_t commands);
    /**
     * The end of a poll, or of a call, that may have given such commands: if they are not to wait
     * and no doorbell has taken them by then, the driver rings for them.
     * \param worker whose poll or call it is: it rings behind what it has to do already
     * \param next called then
     */
    void RingIfWanted(const Worker& worker, Continuation next);
    /**
     * A writer finds less room than it wants: if commands wait that would make some, the driver
     * rings for them in the writer's time, which spins until that room exists.
     * \param next called then
     * \return false if none wait
     */
    bool RingForRoom(const Worker& worker, Continuation next);
    /** Counts a writer that had to wait for room, or that copied for want of it. */
    void CountFull(bool waited, uint32_t socket = 0);
    /** DMA of a user's bytes into transmit RAM. \param about whose, for those who look on */
    void Fetch(uint32_t pageOffset, uint32_t bytes, const Subject& about, HostModel::Done done);
    /** A part of a user's buffer that is one fragment of a DMA. */
    struct UserPart
    {
        uint32_t pageOffset; //!< where in its first page it begins, bytes
        uint32_t bytes;      //!< its length
    };

    /**
     * DMA of received payload to parts of a user's buffer, one a frame. \copydetails Fetch
     * \param cached how many of the bytes find room in the last-level cache
     */
    void Deliver(const std::vector<UserPart>& parts,
                 uint32_t cached,
                 const Subject& about,
                 HostModel::Done done);
    /** \return true if the card takes what a socket sends at one instant as one unit (TSO) */
    bool MergesTransmit() const;
    /** \return the payload of the longest unit of segments of \p mss bytes */
    static uint32_t UnitPayload(uint32_t mss);
    /** \return true if the card verifies checksums, whatever the path */
    bool VerifiesChecksums() const;
    /** \return true if the card has the checksums that its path leaves to it */
    bool ServesPath() const;
    /** \return true if frames of a connection that come in one poll are one unit (GRO) */
    bool MergesReceive() const;

    /** Drops of the queue disc before the card are to be seen, and what it holds. */
    void WatchQueueDisc();

    // -- Queues --

    /** \return how many there are */
    unsigned GetQueues() const;
    /** \return the core that takes a queue's interrupts */
    unsigned GetQueueCore(unsigned queue);
    /** \return the queue that a new connection's frames will come by */
    unsigned ChooseQueue(const FlowKey& flow);
    /**
     * A process polls a queue, whose interrupts are masked from now on.
     * \param socket number of the process's socket
     * \return false if another process polls it already
     */
    bool BeginBusyPoll(unsigned queue, uint32_t socket);
    /** It does not any more. */
    void EndBusyPoll(unsigned queue);
    /** \return true while a queue is being polled, by an interrupt, a kernel thread or a process */
    bool IsPolling(unsigned queue) const;
    /** \return what a wait for the DMA submitted last would cost (see pc_driver_spins()) */
    pc_wait_estimate EstimateWait(bool toHost, uint32_t bytes) const;

    /**
     * From which size on a call on this machine is cheaper with the payload cache, whatever the
     * path of the card is.
     * \param call write or read
     * \param wait asleep or spinning
     * \param policy the payload cache's constants
     * \param mss payload bytes of a full segment
     * \param headerBytes its network and transport headers
     */
    pc_break_even GetBreakEven(pc_call call,
                               pc_wait_mode wait,
                               const PayloadCachePath& policy,
                               uint32_t mss,
                               uint32_t headerBytes);
    /** Bytes mode: what a block holds is written and read. The block must be live. */
    void WriteRam(pc_handle handle, uint32_t offset, const uint8_t* bytes, uint32_t length);
    /** \copydoc WriteRam */
    void ReadRam(pc_handle handle, uint32_t offset, uint8_t* bytes, uint32_t length);
    /**
     * Flips bits of a byte in a side's least recently used block, as failing memory does.
     * \return false if there is no such byte
     */
    bool FlipOldest(pc_ram_side side, uint32_t offset, uint8_t mask);

    // -- What sockets that clamp their window ask --

    /** \return true if received payload stays in receive RAM, and that is limited */
    bool LimitsWindows();
    /** \return what of receive RAM is promised; only where it LimitsWindows() */
    pc_promises& GetPromises();
    /** \return what a frame takes of receive RAM, of a packet of so many bytes or the MTU's */
    uint64_t GetFrameRam(uint32_t packetBytes) const;
    /** \return receive RAM that a socket's payload holds, bytes */
    uint64_t GetReceivedBy(uint32_t socket) const;
    /** \return the most that a socket may hold of it, bytes; PC_UNLIMITED */
    uint64_t GetRxQuota() const;
    /** A socket wants to know when receive RAM has more room, or no longer. */
    void AwaitRxRoom(uint32_t socket, bool awaits);

    /** Statistics of one side of card RAM. */
    struct RamStatistics
    {
        uint64_t capacity{0};  //!< bytes, PC_UNLIMITED for none
        uint64_t peak{0};      //!< bytes
        double mean{0};        //!< bytes, weighted by time
        uint64_t held{0};      //!< bytes now
        uint64_t blocked{0};   //!< writers that waited, frames dropped
        uint64_t fallbacks{0}; //!< writes and frames that went through host memory instead
        uint64_t overQuota{0}; //!< of those two: the socket's quota was the reason
        uint64_t evictions{0}; //!< blocks evicted
        uint64_t evictedBytes{0}; //!< payload bytes that evictions moved over the bus
        uint64_t releasing{0}; //!< of the bytes held, those whose release is under way
    };

    /** \return bytes that one side of card RAM has, PC_UNLIMITED for no limit */
    uint64_t GetCapacity(pc_ram_side side) const;
    /** \return the statistics of one side since the last ResetStatistics() */
    RamStatistics GetRamStatistics(pc_ram_side side);
    /** How long the card's own parts have been busy. */
    struct BusyTime
    {
        pc_time processor{0}; //!< ps
        pc_time ram{0};       //!< ps, where its bandwidth is a limit
    };

    /** \return the busy time since the last ResetStatistics() */
    BusyTime GetBusyTime() const;
    /** Forgets peaks, means, counts and busy times. */
    void ResetStatistics();

    // Inherited from NetDevice; most go to the wire
    void SetIfIndex(const uint32_t index) override;
    uint32_t GetIfIndex() const override;
    Ptr<Channel> GetChannel() const override;
    void SetAddress(Address address) override;
    Address GetAddress() const override;
    bool SetMtu(const uint16_t mtu) override;
    uint16_t GetMtu() const override;
    bool IsLinkUp() const override;
    void AddLinkChangeCallback(Callback<void> callback) override;
    bool IsBroadcast() const override;
    Address GetBroadcast() const override;
    bool IsMulticast() const override;
    Address GetMulticast(Ipv4Address multicastGroup) const override;
    Address GetMulticast(Ipv6Address addr) const override;
    bool IsBridge() const override;
    bool IsPointToPoint() const override;
    bool Send(Ptr<Packet> packet, const Address& dest, uint16_t protocolNumber) override;
    bool SendFrom(Ptr<Packet> packet,
                  const Address& source,
                  const Address& dest,
                  uint16_t protocolNumber) override;
    Ptr<Node> GetNode() const override;
    void SetNode(Ptr<Node> node) override;
    bool NeedsArp() const override;
    void SetReceiveCallback(NetDevice::ReceiveCallback cb) override;
    void SetPromiscReceiveCallback(PromiscReceiveCallback cb) override;
    bool SupportsSendFrom() const override;

    /**
     * TracedCallback signature for card RAM.
     * \param transmit true for transmit RAM
     * \param bytes bytes taken or given back
     * \param held bytes held after that
     */
    typedef void (*RamCallback)(bool transmit, uint64_t bytes, uint64_t held);

    /**
     * TracedCallback signature for a received frame that has taken card RAM.
     * \param flow the connection that it came by
     * \param bytes bytes taken
     */
    typedef void (*StoredCallback)(const FlowKey& flow, uint64_t bytes);

    /**
     * TracedCallback signature for a received frame that gives card RAM back, all or a part.
     * \param flow the connection that it came by
     * \param bytes bytes given back
     * \param residence how long they were held
     */
    typedef void (*ReleasedCallback)(const FlowKey& flow, uint64_t bytes, Time residence);

  protected:
    void DoDispose() override;
    void NotifyNewAggregate() override;

  private:
    /** How connections get their queues. */
    enum Steering
    {
        STEER_RSS,  //!< by the hash of their addresses and ports
        STEER_FLOW, //!< one after the other, each its own, as the driver tells the card (aRFS)
    };

    /** Calls \p done when a frame has moved between the wire and card RAM. */
    void WhenMoved(const FrameInfo& info, HostModel::Done done);

    // -- Transmit, into the card: payload-cache-transmit.cc --

    /** \return true if a connection was given up, and with it payload of the frame */
    bool IsPayloadGone(const TxFrame& frame) const;
    /** Drops and counts such a frame. */
    void DropGivenUp(const TxFrame& frame);
    /** Drops a part of a segment that is too long for this card, and has its socket send it again. */
    void RefuseFragment(const TxFrame& frame);
    /** Admits a frame to the ring. \return false if it was dropped */
    bool Transmit(Ptr<TxFrame> frame);
    /** Numbers a frame for those who look on. */
    void NameFrame(TxFrame& frame, HostObserver& observer);
    /** Asks the frame's socket where its payload lies. \return the socket; null if there is none */
    const PayloadSocket* FindPayload(TxFrame& frame);
    /** What of a frame's payload lies on the card stays there until it has left; what has been
     * evicted is taken from host memory. */
    void FindEvicted(TxFrame& frame, const PayloadSocket* socket);
    /** Who hands a frame to the card: a segment never overtakes those of its socket before it. */
    Worker TransmitWorker(const TxFrame& frame, const PayloadSocket* socket);
    /** \return the bytes of a frame that the card fetches from host memory */
    static uint32_t BytesFromHost(const TxFrame& frame);
    /** The core has worked on a unit: it is posted, once its payload is all here. */
    void RingFor(Ptr<TxFrame> unit);
    /** The driver has posted the unit, and rings unless another follows at once. */
    void Ring(Ptr<TxFrame> unit);
    /** The card fetches a unit. \param rings its post came with a doorbell */
    void FetchUnit(Ptr<TxFrame> unit, bool rings);
    /** The card hands over the frames of a unit that it fetches, each as soon as it has it. */
    void HandOverAsFetched(Ptr<TxFrame> unit, const DmaRequest& request);
    /** Hands over what is in the card of a unit, once all before it in its queue has gone. */
    void HandOverThere(Ptr<TxFrame> unit);
    /** All of the unit is in the card. */
    void UnitFetched(Ptr<TxFrame> unit);
    /** A frame goes on to the wire, if it has not yet. */
    void HandOverOnce(Ptr<TxFrame> frame);

    // -- Transmit, of a socket at one instant: payload-cache-units.cc --

    /** Puts a frame behind those of an open unit. \return false if it belongs to none */
    bool JoinUnit(Ptr<TxFrame> frame);
    /** A frame begins a unit, which is open until its burst ends. */
    void OpenUnit(Ptr<TxFrame> frame);
    /** Nothing joins the open unit of a socket any more. */
    void CloseUnitOf(uint32_t socket);
    /** The burst has ended: so have its units. */
    void CloseTransmitUnits();
    /** \return frames of the longest unit, for which there has to be room; 1 without TSO */
    uint32_t LongestUnitFrames() const;
    /** The core works on a unit, and posts it. */
    void PostUnit(Ptr<TxFrame> unit);
    /** A unit's work is done. */
    void UnitWorked(const TxFrame& unit);
    /** \return the core's work for a unit */
    pc_work TransmitWork(const TxFrame& unit);
    /** \return pages of host memory that a unit lies in */
    static uint64_t CountPages(const TxFrame& unit);
    /** \return descriptors of a unit beside its first */
    uint32_t CountFragments(const TxFrame& unit) const;

    // -- Transmit, out of the card: payload-cache-wire.cc --

    /** The frame is in the card: it goes to the wire. */
    void HandOver(Ptr<TxFrame> frame);
    /** Hands the frames over that found the wire's queue full. */
    void HandOverLate();
    /** Gives a frame to the wire. */
    void GiveToWire(Ptr<TxFrame> frame);
    /** The card's FIFO has a frame more: its completion will be told. */
    void NoteSent(CardQueue& queue);
    /** CheckInterrupt(), in an event of its own. */
    void CheckSoon(unsigned queue);
    /** Counts what goes to the wire. */
    void CountTransmitted(const TxFrame& frame);
    /** Counts the payload bytes that the card reads twice for a frame's checksum. */
    void CountEdges(const TxFrame& frame);
    /** Bytes mode: the frame gets its payload from card RAM, and its checksum. */
    void CompleteFrame(TxFrame& frame);
    /** Stops or wakes the queue disc by the room behind the ring. */
    void UpdateFlowControl();
    /** The wire's queue has taken a frame. */
    void WireEnqueued(Ptr<const Packet> packet);
    /** The wire's queue has let a frame go. */
    void WireDequeued(Ptr<const Packet> packet);
    /** The queue disc may go on. */
    void Wake();
    /** The wire's queue has refused a frame. */
    void WireDropped(Ptr<const Packet> packet);

    // -- Transmit, of datagrams: payload-cache-datagrams.cc --

    /** Asks the host where a frame's part of a datagram lies. */
    void FindDatagram(TxFrame& frame);
    /** \return blocks that are free once the frame has left */
    uint64_t CountFreed(const TxFrame& unit) const;
    /** \return the sum of what cards have of a frame's datagram */
    uint16_t SumDatagram(const TxFrame& frame);
    /** Bytes mode: a datagram's frame gets its payload, and its checksum if it has one. */
    void CompleteDatagram(TxFrame& frame);
    /** A frame does not go to the wire, or has gone there. */
    void DatagramDropped(const TxFrame& frame);
    /** A frame is about to be given to the wire. */
    void DatagramQueued(const TxFrame& frame);
    /** The wire has answered. */
    void DatagramAccepted(const TxFrame& frame);
    /** The wire has taken a packet out of its queue. */
    void DatagramDequeued(Ptr<const Packet> packet);

    // -- Room to transmit: payload-cache-ram.cc --

    /** Transmit RAM has room again: the writers that wait for it, in order. */
    void ServeTxWaiters();
    /** ServeTxWaiters(), in an event of its own. */
    void RetryTxWaiters();

    // -- Eviction: payload-cache-evict.cc --

    /** A received frame's payload may be evicted once it is not in use. */
    void SettleReceived(ReceivedPayload& payload);
    /** A release of what is below \p below is on its way: the last one of a block. */
    void Depart(pc_handle handle, uint32_t below);
    /** \return the most that a socket may hold on a side, whole granules; PC_UNLIMITED */
    uint64_t GetQuota(pc_ram_side side) const;
    /** \return what a socket may take beside what it holds; PC_UNLIMITED */
    uint64_t GetQuotaLeft(pc_ram_side side, uint32_t socket) const;
    /** \return bytes of room below which it is short */
    uint64_t LowWater(uint64_t capacity) const;
    /** \return true if a side's room is short */
    bool IsShort(pc_ram_side side) const;
    /** \return true if what a socket (0: none) may take of receive RAM by its quota is short */
    bool IsQuotaShort(uint32_t socket) const;
    /** A frame has come: receive RAM that is short is evicted. */
    void EvictAhead(const RxFrame& frame);
    /** \return what evicting a block takes */
    Eviction PlanEviction(pc_ram_side side, pc_handle handle);
    /** Begins to evict the oldest block, of an owner (0: of all). \return bytes, 0 for none */
    uint64_t EvictOldest(pc_ram_side side, uint32_t owner, const Worker& worker);
    /** A block's bytes are in host memory. */
    void Evicted(const Eviction& eviction);

    // -- Promises: payload-cache-promise.cc --

    /** Receive RAM has more room: who waits for it is told once what happens now is over. */
    void TellRxWaitersSoon();
    /** They are told. */
    void TellRxWaiters();

    // -- Releases: payload-cache-release.cc --

    /** Where a doorbell for the commands alone stands. */
    enum class OwnRing
    {
        NONE,      //!< there is no reason for one
        WANTED,    //!< they are not to wait; nobody has looked yet whether another takes them
        LOOKED_AT, //!< somebody looks, once the work before has been done, or is about to ring
    };

    /** Granules are on their way back: the card knows by itself, or takes a command. */
    void GiveUp(PendingRelease release, bool byCard);
    /** The driver gives a command: it goes with the next doorbell. */
    void Command(PendingRelease release);
    /** \return true if somebody waits for the room of a block on a side, or is about to need it */
    bool IsWanted(pc_ram_side side, pc_handle handle) const;
    /** The commands are not to wait: whose poll or call gave them looks at its end. */
    void WantRing();
    /** Neither a poll nor a call looks: what happened at this instant is over. */
    void RingUnlooked();
    /** Rings for the commands alone. \param timers timer interrupts that tell the driver to */
    void RingForReleases(const Worker& worker, uint64_t timers, Continuation next);
    /** A writer spins until what the card has just been told of is room. */
    void SpinForRoom(const Worker& worker, Continuation next);
    /** The driver's timer is set for the command that waits longest, if it is not set yet. */
    void SetReleaseAlarm();
    /** The timer has expired. */
    void ReleaseAlarm();
    /** The card has the command, or knows by itself. */
    void TakeEffectLater(PendingRelease release);
    /** The room of the first release under way exists. */
    void TakeEffect();
    /** Gives granules back now. */
    void GiveBack(const PendingRelease& release);
    /** Gives all that is on its way back now. */
    void ReleaseAll();

    // -- Receive: payload-cache-receive.cc --

    /** A frame has come from the wire. */
    bool ReceiveFromWire(Ptr<NetDevice> wire,
                         Ptr<const Packet> packet,
                         uint16_t protocol,
                         const Address& source);
    /** A frame has come from the wire, and the card has been disposed of. */
    static bool IgnoreFromWire(Ptr<NetDevice> wire,
                               Ptr<const Packet> packet,
                               uint16_t protocol,
                               const Address& source);
    /** \return what a frame is, for those who look on; nothing where its sender did not say */
    Subject Recognise(const RxFrame& frame) const;
    /** Makes the queues from the attributes. */
    void MakeQueues();
    /** Empty receive buffers are more, or fewer. */
    void PostBuffers(int64_t change);
    /** \return the queue that a frame comes by */
    unsigned SelectQueue(const FrameInfo& info) const;
    /** \return the RSS hash of a flow's frames \param ports they have them: fragments do not */
    uint32_t HashFlow(const FlowKey& flow, bool ports) const;
    /** Finds room for the frame's payload. \return false if it has to be dropped */
    bool StorePayload(RxFrame& frame);
    /** Bytes mode: payload goes to card RAM, and virtual payload takes its place. */
    void StripFrame(RxFrame& frame);
    /** Bytes mode: the frame gets its payload, of which all has been fetched, and its checksum. */
    void RestoreFrame(RxFrame& frame);
    /** The card writes the frame, or its first bytes, to host memory. */
    void DeliverFrame(Ptr<RxFrame> frame);
    /** \return what a received frame's first bytes, or its headers, ask of bus and card */
    pc_card_step ReceiveStep(uint32_t bytes, bool headerOnly);
    /** The frame is in the receive ring. */
    void Received(Ptr<RxFrame> frame);

    // -- Polling: payload-cache-poll.cc --

    /** Sees whether an interrupt is due, now or later. */
    void CheckInterrupt(CardQueue& queue);
    /** The time \p due that a moderation alarm was set for has come. */
    void InterruptAlarm(CardQueue& queue, pc_time due);
    /** The interrupt's own work, then the poll. */
    void Interrupt(CardQueue& queue);
    /** A process that polls the queue takes what has come. */
    void BusyRound(CardQueue& queue);
    /** A round of polling begins without an interrupt. */
    void RunPoll(CardQueue& queue);
    /** Does what begins a round of polling, and polls. */
    void RunRound(CardQueue& queue, const pc_work& work);
    /** Goes on polling. */
    void Poll(CardQueue& queue);
    /** Hands a unit up, or takes the next frame from the ring, or ends the round. */
    void PollNext(CardQueue& queue);
    /** The budget is used up, and there are more frames. */
    void NextRound(CardQueue& queue);
    /** Adaptive moderation learns what an interrupt brought. */
    void AdaptModeration(CardQueue& queue);
    /** Nothing is left to poll: interrupts are enabled again. */
    void EndPoll(CardQueue& queue);
    /** Takes note of the units that have been sent. */
    void ReclaimTransmitted(CardQueue& queue);
    /** The driver's work for a frame. */
    void Process(Ptr<RxFrame> frame);
    /** The driver knows what a frame is: it joins a unit, or is one by itself. */
    void Merge(Ptr<RxFrame> frame);
    /** Names a connection by bytes. */
    static void NameFlow(const FlowKey& flow, uint8_t* name);
    /** Puts a frame where it belongs. */
    void Join(CardQueue& queue, Ptr<RxFrame> frame, const pc_gro_verdict& verdict);
    /** A unit is to be handed up; nothing for PC_GRO_NONE. */
    void CloseUnit(CardQueue& queue, int unit);
    /** All open units are to be handed up. */
    void CloseUnits(CardQueue& queue);
    /** Sees whether a unit's payload may stay on the card. */
    void Sort(Ptr<RxFrame> unit);
    /** \return true for a frame of other hosts, which is there for who looks at all of them */
    static bool IsForOthers(const RxFrame& frame);
    /** \return true if the stack drops the frame since a checksum tells that it is damaged */
    bool IsRefused(const RxFrame& frame) const;
    /** The stack looks at a damaged frame, and drops it. */
    void Refuse(Ptr<RxFrame> frame);
    /** Protocol work, now or when its socket is free, and then up the stack. */
    void RunProtocol(Ptr<RxFrame> unit);
    /** Puts a unit into its socket's backlog. \param worked its work is done. \return false if the
     * socket is free */
    bool Defer(Ptr<RxFrame> unit, bool worked);
    /** \return the protocol's work for a unit */
    pc_work ProtocolWork(Ptr<const RxFrame> unit) const;
    /** Hands a unit up the stack. */
    void HandUp(Ptr<RxFrame> unit, const Worker& worker, HostModel::Context context);
    /** Hands one of its frames up. */
    void HandUpFrame(RxFrame& frame);
    /** Tells the socket that a unit begins. */
    void BeginUnit(const RxFrame& unit);
    /** Tells it that the unit has ended. */
    void EndUnit(const RxFrame& unit);
    /** \return true if some of the payload is on the card alone */
    static bool IsOnCard(const RxFrame& frame);
    /** Brings the payload of a unit's frames to host memory, from frame \p done on, for a stack
     * in which nobody would read it from the card. */
    void Linearise(Ptr<RxFrame> unit, std::size_t done);
    /** Brings the payload of one of them. */
    void LineariseFrame(Ptr<RxFrame> unit, Ptr<RxFrame> frame, std::size_t place);
    /** Gives the stack the frame as it came: all of it is in host memory. */
    void LeaveToHost(RxFrame& frame);

    // -- Receive, of datagrams: payload-cache-datagrams.cc --

    /** Sees whether the payload of a datagram's frame may stay on the card. */
    void SortDatagram(Ptr<RxFrame> frame);
    /** \return true if a datagram was sent to a group, or to all */
    bool IsToMany(const FrameInfo& info) const;
    /** \return true if a packet is for this host and for others: to a group, or to all */
    bool IsForMany(const FlowKey& flow) const;
    /** \return true if sockets of ours alone read what comes to a port */
    bool IsRead(const FrameInfo& info, uint16_t port) const;
    /** \return how many sockets of ns-3's, those in ours included, are bound to a UDP port */
    std::size_t CountBindings(uint16_t port) const;
    /** \return true if they read this frame */
    bool StaysOnCard(const RxFrame& frame) const;
    /** \return true if it makes a datagram whole whose reader has gone, and another has come that
     * cannot have what lies on the card */
    bool LostItsReader(const RxFrame& frame) const;
    /** A frame of a datagram goes up: if it makes the datagram whole, that will be delivered. */
    void BeginDatagram(const RxFrame& frame);
    /** It has gone up. */
    void EndDatagram();

    // -- Payload that is needed elsewhere: payload-cache-host-needs.cc --

    /** \return true if others than the stack's own protocol look at received packets */
    bool IsTapped(uint16_t protocol) const;
    /** A frame has come from the wire, in promiscuous mode. */
    bool PromiscReceiveFromWire(Ptr<NetDevice> wire,
                                Ptr<const Packet> packet,
                                uint16_t protocol,
                                const Address& source,
                                const Address& destination,
                                PacketType type);
    /** Shows a frame to who asked for all of them. */
    void ShowPromiscuous(const RxFrame& frame);
    /** Tells a frame's payload that other cards have from this one's. */
    void SetApartAbroad(TxFrame& frame) const;
    /** \return the first frame of a unit some of whose payload other cards have; null: none */
    static Ptr<TxFrame> FirstAbroad(Ptr<TxFrame> unit);
    /** Goes on with the units that wait for payload on other cards, in order. */
    void BringHome();
    /** A frame's payload on another card is fetched to host memory. */
    void FetchHome(Ptr<TxFrame> unit, Ptr<TxFrame> frame);
    /** Bytes mode: payload that has been fetched is in the frame from now on. */
    void TakeHome(TxFrame& frame, const std::vector<CardSlice>& slices) const;

    // -- Both --

    /** Prepares RAM and engines from the attributes, when they are first needed. */
    void Prepare();
    /** Prepares what card RAM's policy needs. */
    void PrepareQuotas();
    /** Has the queue disc before the card find a connection's queue faster. */
    void GiveFilter();
    /** DMA of payload between a user's buffer and card RAM. */
    void MovePayload(pc_bus_direction direction,
                     const std::vector<UserPart>& parts,
                     uint32_t cached,
                     const Subject& about,
                     HostModel::Done done);
    /** \return a step of the card as a request to the host's bus */
    DmaRequest Request(const pc_card_step& step, uint64_t payloadBytes, const Subject& about);
    /** \return a frame's DMA, for those who look on */
    Subject Moving(const Subject& frame, const char* what, uint32_t bytes) const;
    /** \return bytes of a link header before each packet */
    uint32_t LinkHeaderBytes() const;
    /** The driver rings the card: what waits for a doorbell goes with it. */
    void RingDoorbell(pc_card_step& step);
    /** Notes a change of card RAM for traces. */
    void TraceRam(pc_ram_side side, uint64_t heldBefore);
    /** \return bytes that one side holds */
    uint64_t Held(pc_ram_side side) const;
    /** Counts and traces a frame that is dropped on its way to the wire. */
    void DropTransmit(Ptr<const Packet> packet, const std::string& reason);
    /** Counts and traces a frame that is dropped on its way from the wire. */
    void DropReceive(Ptr<const Packet> packet, const std::string& reason);

    // Attributes
    Ptr<DataPath> m_path;         //!< how payload travels
    bool m_bytes{false};          //!< card RAM holds real bytes
    uint64_t m_cardRam{UINT64_MAX}; //!< for payload, both sides
    double m_txShare{0.5};        //!< of which transmit
    uint64_t m_txRam{0};          //!< 0: by share
    uint64_t m_rxRam{0};          //!< 0: by share
    uint32_t m_rxRing{256};       //!< receive descriptors of a queue
    uint32_t m_txRing{0};         //!< frames that ring and FIFO hold; 0: as the wire has it
    uint32_t m_rxQueues{1};       //!< queues
    Steering m_steering{STEER_RSS}; //!< how connections get theirs
    bool m_tso{false};            //!< what a socket sends at one instant is one unit
    bool m_vlanTag{false};        //!< frames carry a VLAN tag
    bool m_checksums{true};       //!< the card computes checksums
    bool m_rxChecksum{false};     //!< the card verifies checksums on every path
    bool m_batchDoorbells{false}; //!< units of one burst share a doorbell
    bool m_gro{false};            //!< what comes in order in one poll is one unit
    bool m_keepUnits{false};      //!< ... also over polls that used up their budget
    bool m_pollYields{false};     //!< processes go before a poll that used up its budget
    bool m_adaptive{false};       //!< receive moderation adapts to the traffic
    Time m_rxDelay;               //!< receive moderation
    uint32_t m_rxFrames{1};       //!< receive moderation
    Time m_txDelay;               //!< transmit-complete moderation
    uint32_t m_txFrames{1};       //!< transmit-complete moderation
    uint32_t m_pollBudget{0};     //!< frames a poll, 0: no limit
    uint32_t m_engines{1};        //!< DMA engines a direction
    uint32_t m_dmaQueues{1};      //!< that each engine serves
    Time m_descriptorTime;        //!< card processor
    Time m_fragmentTime;          //!< card processor
    Time m_headerFetchTime;       //!< card processor
    double m_ramBandwidth{0};     //!< bytes a second, 0: no limit
    Time m_releaseDelay;          //!< from a release command to the room
    Time m_releaseWait;           //!< the longest that it waits for a doorbell
    uint32_t m_releaseBatch{32};  //!< commands that have a doorbell of their own
    uint32_t m_descriptorBytes{16}; //!< descriptor
    uint32_t m_writeBackBytes{16};  //!< completion
    uint32_t m_doorbellBytes{4};    //!< doorbell
    uint32_t m_releaseBytes{8};     //!< release command
    uint32_t m_granule{256};        //!< card RAM granule

    Ptr<Node> m_node;                             //!< the node
    Ptr<NetDevice> m_wire;                        //!< MAC and wire
    Address m_broadcast; //!< the wire's, which ns-3's devices read from a string each time
    Ptr<Queue<Packet>> m_wireQueue;               //!< the wire's queue, the card's FIFO
    Ptr<HostModel> m_host;                        //!< the machine
    Ptr<NetDeviceQueueInterface> m_queueInterface; //!< to the queue disc; null if the wire has none
    uint32_t m_ifIndex{0};                        //!< interface index
    NetDevice::ReceiveCallback m_receive;         //!< up the stack
    NetDevice::PromiscReceiveCallback m_promisc;  //!< up the stack, promiscuous
    std::optional<RxFrame::Seen> m_seen;          //!< of the frame that comes next

    bool m_prepared{false};       //!< Prepare() has run
    bool m_sumsComputed{false};   //!< ns-3 computes checksums
    pc_card_ram m_ram{};          //!< payload
    pc_card m_card{};             //!< processor and RAM bandwidth
    StepMemo m_transmitSteps;     //!< what frames to the wire ask of bus and card
    StepMemo m_receiveSteps;      //!< what frames from the wire do
    DmaChannel m_toCard;          //!< engines that read host memory
    DmaChannel m_toHost;          //!< engines that write host memory
    uint64_t m_releases{0};       //!< release commands that wait for a doorbell
    PendingReleases m_pendingReleases; //!< granules on their way back
    pc_moderation m_unrung{};     //!< how many commands wait for a doorbell, and until when
    OwnRing m_ring{OwnRing::NONE}; //!< a doorbell for them alone
    bool m_releaseAlarm{false};   //!< ReleaseAlarm() will come
    bool m_evicts{false};         //!< the path does
    bool m_countsOwners{false};   //!< blocks have owners
    Residents m_residents;        //!< whose payload blocks hold; only where the path evicts
    uint64_t m_evicting[2]{};     //!< room that evictions under way will make, by side
    pc_promises m_promises{};     //!< receive RAM that peers have been told of
    std::set<uint32_t> m_rxWaiters; //!< sockets that wait for receive RAM
    bool m_tellScheduled{false};  //!< TellRxWaiters() will come
    bool m_retryScheduled{false}; //!< RetryTxWaiters() will come
    RamStatistics m_counted[2];   //!< by side: what is counted when it happens
    BusyTime m_busyBefore; //!< at the last ResetStatistics()
    WaitingWriters m_txWaiters;   //!< for transmit RAM

    TracedValue<uint32_t> m_ringFrames{0}; //!< frames in the transmit ring
    uint32_t m_ringBytes{0};      //!< their bytes
    std::deque<Ptr<TxFrame>> m_awaiting; //!< the first waits for payload on another card
    std::deque<Ptr<TxFrame>> m_late; //!< in the card, but the wire's queue was full
    bool m_lateScheduled{false};  //!< HandOverLate() will come
    bool m_transmitting{false};   //!< inside Transmit(), with nothing before its frame
    bool m_wireAccepted{true};    //!< what the wire said of the last frame
    PendingUnits m_pending;                //!< units that cores work on
    std::vector<Ptr<TxFrame>> m_openUnits; //!< of the burst that goes on, in order

    QueuedDatagrams m_inWireQueue;         //!< those in the wire's queue
    Ptr<QueueDisc> m_watchedDisc;          //!< the queue disc before the card

    uint64_t m_units{0};                  //!< units handed up so far
    std::vector<CardQueue> m_queues;      //!< addresses stay
    uint32_t m_bufferBytes{0};            //!< of a receive buffer
    pc_rss m_rss{};                       //!< chooses among them
    unsigned m_nextQueue{0};              //!< for the next connection, by STEER_FLOW
    TracedValue<uint32_t> m_rxInRing{0};  //!< receive descriptors in use, of all queues

    TracedCallback<Ptr<const Packet>> m_macTxTrace;      //!< handed to the card
    TracedCallback<Ptr<const Packet>> m_macTxDropTrace;  //!< dropped before the wire
    TracedCallback<Ptr<const Packet>> m_macRxTrace;      //!< handed up the stack
    TracedCallback<Ptr<const Packet>> m_macRxDropTrace;  //!< dropped after the wire
    TracedCallback<Ptr<const Packet>> m_phyTxBeginTrace; //!< handed to the wire
    TracedCallback<Ptr<const Packet>> m_phyRxEndTrace;   //!< taken from the wire
    TracedCallback<bool, uint64_t, uint64_t> m_ramAllocTrace;   //!< card RAM taken
    TracedCallback<bool, uint64_t, uint64_t> m_ramReleaseTrace; //!< card RAM given back
    TracedCallback<const FlowKey&, uint64_t> m_storedTrace;     //!< by a received frame
    TracedCallback<const FlowKey&, uint64_t, Time> m_releasedTrace; //!< by a received frame
    TracedCallback<uint32_t> m_interruptTrace;                  //!< interrupt taken
    TracedCallback<Ptr<const Packet>, uint32_t> m_headerFetchTrace; //!< headers fetched
    TracedCallback<Ptr<const Packet>, uint32_t> m_lineariseTrace;   //!< payload fetched for the stack
    TracedCallback<uint32_t> m_doorbellTrace;                       //!< doorbell rung
};

} // namespace ns3

#endif
