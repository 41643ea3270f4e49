#ifndef HOST_MODEL_H
#define HOST_MODEL_H

#include "continuation.h"
#include "datagrams.h"
#include "host-observer.h"
#include "pc-cost-model.h"
#include "pc-dma.h"
#include "pc-fifo.h"
#include "pc-host-cpu.h"
#include "pc-llc.h"
#include "socket-table.h"
#include "worker.h"

#include "ns3/event-impl.h"
#include "ns3/nstime.h"
#include "ns3/object.h"
#include "ns3/traced-callback.h"

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace ns3
{

/**
 * \ingroup payload-cache
 * What a host counts beside CPU time and bytes. The record's `counts` has them by name.
 */
enum class HostCounter
{
    INTERRUPTS,          //!< interrupts taken, those that end a wait for a DMA included
    CONTEXT_SWITCHES,    //!< context switches
    WAKE_UPS,            //!< sleeping processes made runnable
    SYSTEM_CALLS,        //!< write and read calls
    POLLS,               //!< rounds of polling
    BUSY_POLLS,          //!< times that a process began to hold its core to poll
    BYTES_WRITTEN,       //!< bytes accepted by write
    BYTES_READ,          //!< bytes returned by read
    BYTES_COPIED,        //!< bytes that the CPU copied
    PAYLOAD_TRANSMITTED, //!< TCP payload bytes handed to the wire, retransmissions included
    SEGMENTS_SENT,       //!< TCP segments with payload handed to the wire
    SEGMENTS_RETRANSMITTED, //!< of which retransmissions
    FRAMES_SENT,         //!< frames of any kind handed to the wire
    UNITS_SENT,          //!< units of segments with payload that the card took at once
    UNITS_RECEIVED,      //!< units of segments with payload handed up the stack
    SEGMENTS_RECEIVED,   //!< segments with payload handed up the stack
    PAYLOAD_RECEIVED,    //!< their payload bytes
    ACKS_SENT,           //!< segments without payload handed to the wire
    FRAMES_RECEIVED,     //!< frames of any kind taken from the wire
    VLAN_FRAMES,         //!< frames sent and received with a VLAN tag
    FRAMES_DELIVERED,    //!< frames handed up the stack
    WRITE_PIECES,        //!< pieces of writes that went to the card by DMA
    WRITE_RETRIES,       //!< writes refused for want of room in the send buffer
    DMA_JOBS,            //!< DMA jobs of all kinds
    DOORBELLS,           //!< doorbells rung
    HEADER_FETCHES,      //!< constant header fetches of frames whose payload stayed on the card
    SECOND_FETCHES,      //!< fetches of headers longer than the constant
    WHOLE_FETCHES,       //!< small frames fetched whole (copy-break)
    READ_PIECES,         //!< pieces of reads that came from the card by DMA
    RELEASE_COMMANDS,    //!< commands that gave card RAM back
    RELEASE_DOORBELLS,   //!< doorbells rung for such commands alone
    RELEASE_TIMERS,      //!< of which since the driver's timer had expired
    PAGES_PINNED,        //!< user pages pinned
    DMA_SLEEPS,          //!< waits for a DMA spent asleep
    DMA_SPINS,           //!< waits for a DMA spent spinning
    LINEARISED,          //!< packets whose payload was brought to the host for want of a reader
    OTHER_CARD_BYTES,    //!< payload bytes fetched from one card to be sent by another
    FALLBACK_BYTES,      //!< bytes of writes copied since card RAM was full
    EDGE_BYTES,          //!< payload bytes that the card read twice for a segment's checksum
    STALE_SEGMENTS,      //!< segments whose payload had been released while they were queued
    BACKLOGGED,          //!< frames that waited for a socket's lock
    DEPARTURES,          //!< departures from stock TCP behaviour
    COUNT
};

/** \return the name of a counter as the record has it */
const char* HostCounterName(HostCounter counter);

/**
 * \ingroup payload-cache
 * One direction's DMA engines of one card on one of the host's buses.
 */
struct DmaChannel
{
    pc_dma* bus{nullptr};           //!< the bus
    bool toHost{false};             //!< it writes host memory
    std::vector<unsigned> engines;  //!< the card's engines of this direction
    unsigned queues{1};             //!< that each of them serves; the last is payload's
    std::size_t next{0};            //!< the engine that takes the next payload
};

/**
 * \ingroup payload-cache
 * A DMA to be done: what it costs on the bus, and how long the card's own parts take.
 */
struct DmaRequest
{
    /** Of a DMA between a user's buffer and card RAM, which belongs to no queue. */
    static constexpr int PAYLOAD = -1;

    pc_bus_cost cost{};       //!< added up by pc_bus_cost_add()
    pc_time cardDone{0};      //!< when the card's processor and RAM are done with it, ps
    int queue{PAYLOAD};       //!< the card's queue whose frame it is
    uint64_t payloadBytes{0}; //!< the payload bytes among them
    uint64_t hostBytes{0};    //!< bytes of host memory that it reads or writes
    uint64_t cachedBytes{0};  //!< of which known to go into the last-level cache
    Subject about;            //!< what it moves, for those who look on
};

/**
 * \ingroup payload-cache
 *
 * The machine around a node: its cores, its memory bus and its I/O buses, and what the kernel's
 * operations cost on it. Aggregated to the node; a node without one is an ideal host.
 *
 * All its resources live on a time line of picoseconds of their own, of which ns-3 sees one event
 * at a time, rounded up to ns-3's resolution: what follows from a completion starts at its exact
 * picosecond. A duration of exactly 0 completes inside the call, so that a host that costs nothing
 * changes nothing.
 *
 * The attributes named like the lines of pc_cost_line are cycles (or cycles a byte); their default
 * is 0, so that a host without a profile is free.
 */
class HostModel : public Object
{
  public:
    /** What happens when work or a DMA is done. Now() is then the exact completion. */
    using Done = Continuation;

    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();
    HostModel();
    ~HostModel() override;

    /** \return the present time on the host's own line, ps */
    pc_time Now() const;

    /**
     * Charges work to a core.
     * \param worker who does it
     * \param work what is to be charged; free work on an idle core is done at once
     * \param done called when it is done; may be empty
     * \param about what it is about, for those who look on
     */
    void Run(const Worker& worker,
             const pc_work& work,
             Done done = nullptr,
             const Subject& about = Subject());

    /** \return within a \c done of Run(): when that work first got its core, ps */
    pc_time GetBegan() const;

    /**
     * Charges work to a core and then holds it for \p category until Release().
     * \param worker who holds it
     * \param category what the ledger calls it
     * \param done called when it has been released
     * \param about what it is about, for those who look on
     * \return what Release() takes
     */
    pc_cpu_job* Hold(const Worker& worker,
                     pc_category category,
                     Done done,
                     const Subject& about);

    /** Ends a Hold(): its \c done is called when the core has come back to it. */
    void Release(const Worker& worker, pc_cpu_job* hold);

    /**
     * A process sleeps: the call that asks for it, and then the timer's interrupt, the wake-up and
     * two switches, away and back. A timer of its own tells the time, so a sleep is as long as it
     * was asked for, and the wake-up comes on top.
     * \param process who sleeps
     * \param duration from now on
     * \param done called when the process runs again
     */
    void Sleep(const Worker& process, Time duration, Done done);

    /** Calls \p done at \p at (ps), at once if that is now. */
    void At(pc_time at, Done done);

    /**
     * Gives a card its engines. On PCI and PCI-X all cards share the host's one bus; a PCIe card
     * gets a link of its own.
     * \param engines engines a direction
     * \param queues that each engine serves round robin, a maximum burst a turn
     * \param[out] toCard the channel that reads host memory
     * \param[out] toHost the channel that writes host memory
     */
    void AttachCard(unsigned engines, unsigned queues, DmaChannel& toCard, DmaChannel& toHost);

    /** \return how long a DMA waits that is handed to a channel now, for its own engine, ps */
    pc_time GetBacklog(const DmaChannel& channel, const DmaRequest& request);

    /** A card's empty receive buffers are more, or fewer, by \p change bytes. */
    void PostBuffers(int64_t change);

    /** Hands a DMA to the channel's next engine. A free one on an idle engine is done at once. */
    void Dma(DmaChannel& channel, const DmaRequest& request, Done done);

    /** \return the closed form of what a transfer costs here */
    const pc_bus& Bus();

    /** \return the costs, and the memory traffic so far */
    pc_cost_model& Costs();

    /** \return the clock of a core, Hz */
    double GetFrequency() const;

    /** Adds to a counter. */
    void Count(HostCounter counter, uint64_t times = 1);
    /** \return a counter's value since the last ResetStatistics() */
    uint64_t GetCount(HostCounter counter) const;

    /** Counts a drop by its reason. */
    void CountDrop(const std::string& reason);

    /** Notes the latency of one finished write or read, ps. */
    void NoteWriteLatency(pc_time latency);
    /** \copydoc NoteWriteLatency */
    void NoteReadLatency(pc_time latency);

    /** Where the source of a copy lies. */
    enum class Source
    {
        WARM, //!< in the core's own caches
        LLC,  //!< in the last-level cache
        DRAM, //!< in memory, of the other node where the placement says so
    };

    /** Charges the copy of \p bytes to \p work and counts its memory traffic. */
    void AddCopy(pc_work& work, uint64_t bytes, Source source);

    /** \return true if the writer's source is cached */
    bool IsSourceWarm() const;
    /** \return true if processes run on the node that the card is not on */
    bool IsRemote() const;
    /** \return true if the receiving application reads its bytes */
    bool DoesAppRead() const;
    /** \return how long a read that finds nothing polls its card before it sleeps, ps */
    pc_time GetBusyPoll() const;
    /** \return true if sockets take a lock for the time of a call */
    bool HasSocketLock() const;
    /** \return the last-level cache as DMA sees it */
    pc_llc& Cache();
    /** \return true if some of what DMA writes may lie in the last-level cache */
    bool DoesDmaCache() const;
    /** \return cores of the host */
    unsigned GetCores() const;
    /** \return true if process work runs or waits on a core */
    bool HasProcessWork(unsigned core) const;

    /**
     * Where a process runs that serves a connection.
     * \param process the process, 0 for one of the connection's own
     * \param interruptCore the core that takes the connection's interrupts
     * \param queues queues of its card
     */
    unsigned PlaceProcess(uint32_t process, unsigned interruptCore, unsigned queues);
    /** \return a kernel thread's turn: an owner of work that nobody else is */
    uint32_t NewKernelTurn();

    // -- What leaves at one instant: the card takes it together --

    /** Code begins that may hand several segments down at this instant. Bursts nest. */
    void BeginBurst();
    /** It ends. */
    void EndBurst();
    /** \return true between the two */
    bool InBurst() const;
    /** Calls \p done at the end of the outermost burst. */
    void AtBurstEnd(Done done);

    /** \return the sockets that leave payload on this host's cards */
    SocketTable& Sockets();
    /** \return what is known of datagrams on their way */
    Datagrams& GetDatagrams();

    /** Tells \p observer of what happens here from now on; null for nobody. */
    void SetObserver(std::shared_ptr<HostObserver> observer);
    /** \return who looks on; null for nobody */
    HostObserver* GetObserver() const;

    /** The payload of the packet that is being handed up the stack; null where it has none. */
    std::shared_ptr<ReceivedPayload> delivery;

    /** Where the process of a connection runs, beside its interrupts. */
    enum Placement
    {
        SAME_CORE,   //!< on the core that takes them
        OTHER_CORE,  //!< on another core of the node that the card is on
        REMOTE_NODE, //!< both on the node that the card is not on
    };

    /** In whose time protocol code runs. */
    enum class Context
    {
        CALLER,    //!< of whoever calls: an application, or an event of ns-3's
        PROCESS,   //!< of a process that goes through its backlog
        INTERRUPT, //!< of a poll, or of a protocol timer
    };

    /** The context of what runs now. */
    Context context{Context::CALLER};

    /** Who runs it, in a context that is not the caller's. */
    Worker contextWorker;

    /** Forgets all statistics: what is counted is counted from here on. */
    void ResetStatistics();

    /** How long DMAs waited for their engine to begin. */
    struct DmaWaits
    {
        pc_time waited{0};  //!< ps, all together
        uint64_t count{0};  //!< how many
    };

    /** The statistics of a host since ResetStatistics(). */
    struct Statistics
    {
        std::array<pc_time, PC_CAT_COUNT> cpu{};           //!< ps by category, idle included
        std::vector<pc_time> coreBusy;                     //!< ps, by core
        pc_time elapsed{0};                                //!< ps
        uint64_t llcInFlightPeak{0};                       //!< bytes written by DMA and not read
        uint64_t llcWritten{0};                            //!< bytes that DMA wrote for readers
        uint64_t llcMissed{0};                             //!< of which went to DRAM
        DmaWaits waitToCard;                               //!< frames' DMA
        DmaWaits waitToHost;                               //!< frames' DMA
        uint64_t busBytesToCard{0};                        //!< all bytes over the bus
        uint64_t busBytesToHost{0};                        //!< all bytes over the bus
        uint64_t busPayloadToCard{0};                      //!< of which payload
        uint64_t busPayloadToHost{0};                      //!< of which payload
        pc_time memoryBusy{0};                             //!< ps, where its bandwidth is a limit
        pc_time busBusyToCard{0};                          //!< ps, the sum over all buses
        pc_time busBusyToHost{0};                          //!< ps; the same on a half-duplex bus
        std::map<std::string, uint64_t> drops;             //!< by reason
        std::vector<pc_time> writeLatency;                 //!< ps, in order of completion
        std::vector<pc_time> readLatency;                  //!< ps, in order of completion
    };

    /** \return the statistics up to now */
    Statistics GetStatistics();

    /**
     * TracedCallback signature for CPU work.
     * \param core the core
     * \param interrupt true in interrupt class
     * \param work the categories and cycles
     */
    typedef void (*WorkCallback)(uint32_t core, bool interrupt, const pc_work& work);

    /**
     * TracedCallback signature for a DMA.
     * \param toHost true if it writes host memory
     * \param payloadBytes payload bytes moved
     * \param busBytes all bytes over the bus
     */
    typedef void (*DmaCallback)(bool toHost, uint64_t payloadBytes, uint64_t busBytes);

  protected:
    void DoDispose() override;

  private:
    /** A job of a core with what follows it. */
    struct CpuJob
    {
        pc_cpu_job job; //!< first: a popped job is the CpuJob
        Done done;      //!< what follows
        Subject about;  //!< set while somebody looks on
    };

    /** A job of an engine with what follows it. */
    struct DmaJob
    {
        pc_dma_job job;  //!< first: a popped job is the DmaJob
        Done done;       //!< what follows
        Subject about;   //!< set while somebody looks on
        bool toHost{false}; //!< it writes host memory
    };

    /** A bus, or a card's link, and its number for those who look on. */
    struct HostBus
    {
        HostModel* host;          //!< whose it is
        unsigned number;          //!< in the order in which they were made
        pc_dma dma;               //!< engines and bus
        pc_dma_observer observer; //!< tells the host's observer
    };

    /** Something that happens at a time. */
    struct Alarm
    {
        pc_time at;   //!< when
        uint64_t seq; //!< order among equals
        Done* done;   //!< what

        /** \return true if this alarm comes after \p other */
        bool operator<(const Alarm& other) const
        {
            return at != other.at ? at > other.at : seq > other.seq;
        }
    };

    /** Prepares CPU and bus from the attributes, when they are first needed. */
    void Prepare();
    /** What next happens on the host's line. */
    struct Next
    {
        /** Where it does: in this order at one time. */
        enum What
        {
            CPU,   //!< a core is done with work
            DMA,   //!< something happens on a bus
            ALARM, //!< an alarm
        };

        pc_time at;   //!< when; PC_NEVER if nothing does
        What what;    //!< where
        HostBus* bus; //!< the bus, of DMA
    };

    /** Finds what next happens on the host's line. */
    void FindNext();
    /** Schedules the ns-3 event at which the host next has to look. */
    void Arm();
    /** Schedules it, at \p now, for what is known to happen next. */
    void Arm(Time now);
    /** \return the first of ns-3's time steps that is not before an exact time */
    int64_t StepNotBefore(pc_time at) const;
    /** \return a time of ns-3's, ps */
    pc_time ToPs(Time time) const;
    /** The ns-3 event: the host goes on. */
    void Fire();
    /**
     * \return what DMAs of a card's frames have waited since the start; where an engine has one
     * queue alone, payload's as well
     */
    DmaWaits AddWaits(bool toHost) const;
    /** Adds up how long the buses have been busy since the start. */
    void AddBusBusy(pc_time& toCard, pc_time& toHost);
    /** Does all that happens up to \p limit, in order. */
    void Advance(pc_time limit);
    /** Does the one thing that happens next. */
    void Step(const Next& next);
    /** A core's work is done. */
    void PopCpu(pc_time at);
    /** Something happens on a bus. */
    void PopDma(HostBus& bus, pc_time at);
    /** The first alarm's time has come. */
    void PopAlarm();
    /** After DoDispose() nothing follows work that takes time. */
    void ForgetIfDisposed(Done& done) const;
    /** \return true if work of this class and length would be done at once */
    bool IsFree(const Worker& worker, const pc_cpu_job* job) const;
    /** The end of a Sleep(). */
    void WakeUp(const Worker& process, Done done);
    /** \return the bus as the attributes give it */
    pc_bus_config MakeBusConfig() const;
    /** Puts traffic on the memory bus at \p now. \return how long it takes there from then, ps */
    pc_time MemoryTime(uint64_t bytes, pc_time now);
    /** Sets whether copies fetch the lines of their destination. */
    void SetWriteAllocate(bool on);
    /** \return true if copies fetch the lines of their destination */
    bool GetWriteAllocate() const;
    /** Tells the core whether anybody looks on. */
    void Observe();
    /** \copydoc pc_cpu_observer::worked */
    static void CoreWorked(void* host,
                           unsigned core,
                           pc_cpu_class jobClass,
                           const pc_cpu_job* job,
                           pc_category category,
                           pc_time begin,
                           pc_time end);
    /** \copydoc pc_dma_observer::bus */
    static void BusBusy(void* bus,
                        pc_bus_direction direction,
                        const pc_dma_job* job,
                        pc_time begin,
                        pc_time end);
    /** \copydoc pc_dma_observer::engine */
    static void DmaDone(void* bus, const pc_dma_job* job, pc_time begin, pc_time end);
    /** Where a DMA waits. */
    struct DmaPlace
    {
        unsigned engine; //!< number of the engine
        unsigned queue;  //!< among those that it serves
    };

    /** The place of a DMA: frames of one queue stay in order, payload goes round the engines. */
    static DmaPlace PlaceOf(const DmaChannel& channel, const DmaRequest& request);
    /** \return how many maximum bursts a DMA is */
    uint32_t CountBursts(bool toHost, const DmaRequest& request) const;
    /** Checks a return code of the core. */
    static void Check(int error, const char* what);

    /** \return a free one of \p free, or a new one of \p all */
    template <typename T>
    static T* Take(std::deque<T>& all, std::vector<T*>& free);
    CpuJob* TakeCpuJob(Done&& done);
    DmaJob* TakeDmaJob(Done&& done);

    // Attributes
    uint32_t m_cores{1};             //!< cores
    double m_frequency{1e9};         //!< Hz
    std::string m_ownCosts{"all"};   //!< own costs that are charged
    bool m_sourceWarm{false};        //!< the writer's source is cached
    bool m_appRead{true};            //!< the receiving application reads its bytes
    bool m_socketLock{true};         //!< calls hold their socket's lock
    Time m_busyPoll;                 //!< before a read sleeps
    Placement m_placement{SAME_CORE}; //!< where processes run
    uint64_t m_ddioShare{0};         //!< bytes of the LLC that DMA may fill
    double m_llcMiss{PC_LLC_MODEL};  //!< forced miss fraction
    bool m_postedInCache{false};     //!< posted buffers take their part of the share
    Time m_remoteLatency;            //!< DMA read latency more, of the other node's memory
    double m_memoryBandwidth{0};     //!< bytes a second; 0: no limit
    pc_cost_model m_costs;           //!< cycles and memory traffic
    pc_bus_kind m_busKind{PC_BUS_FREE}; //!< the kind of I/O bus
    uint32_t m_busWidth{32};         //!< PCI: bits
    uint32_t m_busClock{33};         //!< PCI: 33, 66 or 133
    uint32_t m_busBurst{0};          //!< PCI: bytes
    uint32_t m_busOverheadToCard{0}; //!< PCI: clocks
    uint32_t m_busOverheadToHost{0}; //!< PCI: clocks
    uint32_t m_pcieGen{3};           //!< PCIe: generation
    uint32_t m_pcieLanes{8};         //!< PCIe: lanes
    uint32_t m_pcieMps{256};         //!< PCIe: bytes
    uint32_t m_pcieMrrs{512};        //!< PCIe: bytes
    double m_busReadRate{0};         //!< DMA reads a second
    double m_busWriteRate{0};        //!< DMA writes a second
    uint32_t m_busOutstanding{0};    //!< read requests in flight
    Time m_busLatency;               //!< DMA read latency
    double m_busLatencyPerByte{0};   //!< ns a byte
    bool m_iommu{false};             //!< DMA goes through an IOMMU
    uint32_t m_iotlbEntries{64};     //!< IOTLB entries
    uint64_t m_iommuWindow{0};       //!< bytes
    Time m_iotlbWalk;                //!< one IOTLB miss

    pc_llc m_llc{};                              //!< the last-level cache as DMA sees it
    bool m_disposed{false};                      //!< nothing more happens
    bool m_prepared{false};                      //!< Prepare() has run
    pc_host_cpu m_cpu{};                         //!< the cores
    pc_bus m_bus{};                              //!< closed forms
    std::vector<std::unique_ptr<HostBus>> m_buses;   //!< PCI: one; PCIe: one a card
    pc_fifo m_memory{};                          //!< the memory bus, where it is a limit

    std::vector<Alarm> m_alarms;         //!< what happens at given times; a heap
    std::deque<Done> m_alarmDone;        //!< all ever made; addresses stay
    std::vector<Done*> m_freeAlarmDone;  //!< of which not in use
    uint64_t m_alarmSeq{0};              //!< order among equals
    std::deque<CpuJob> m_cpuJobs;        //!< all ever made; addresses stay
    std::vector<CpuJob*> m_freeCpuJobs;  //!< of which not in use
    std::deque<DmaJob> m_dmaJobs;        //!< all ever made
    std::vector<DmaJob*> m_freeDmaJobs;  //!< of which not in use

    bool m_advancing{false};          //!< inside Advance()
    pc_time m_clock{0};               //!< the exact time of what Advance() is doing
    pc_time m_began{0};               //!< when the work that is done first got its core
    Ptr<EventImpl> m_event;           //!< calls Fire()
    uint32_t m_context{0};            //!< what its events belong to: the node's number
    pc_time m_stepPs{0};              //!< a time step of ns-3's; 0 where it is finer than 1 ps
    Next m_next{PC_NEVER, Next::CPU, nullptr}; //!< what happens next
    int64_t m_armed{INT64_MAX};       //!< the earliest ns-3 time step at which Fire() will come

    unsigned m_bursts{0};             //!< bursts that have begun and not ended
    std::vector<Done> m_burstEnd;     //!< what their end calls
    uint32_t m_kernelTurns{0};        //!< NewKernelTurn() so far
    std::unordered_map<uint32_t, unsigned> m_processCores; //!< by process
    SocketTable m_sockets;                                                   //!< sockets
    Datagrams m_datagrams;            //!< on their way
    Statistics m_stats;                                                      //!< so far
    pc_time m_memoryBusyBefore{0}; //!< busy time of the memory bus at the last reset, ps
    std::vector<DmaChannel> m_channels; //!< of all cards
    DmaWaits m_waitToCardBefore;   //!< at the last reset
    DmaWaits m_waitToHostBefore;   //!< at the last reset
    pc_time m_busyToCardBefore{0}; //!< busy time of the buses at the last reset, ps
    pc_time m_busyToHostBefore{0}; //!< busy time of the buses at the last reset, ps
    std::array<uint64_t, static_cast<size_t>(HostCounter::COUNT)> m_count{}; //!< counters

    std::shared_ptr<HostObserver> m_observer; //!< who looks on
    pc_cpu_observer m_cpuObserver{};          //!< tells it of the cores

    TracedCallback<uint32_t, bool, const pc_work&> m_workTrace; //!< CPU work submitted
    TracedCallback<bool, uint64_t, uint64_t> m_dmaTrace;        //!< DMA submitted
};

} // namespace ns3

#endif
