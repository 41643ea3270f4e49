#ifndef HOST_TIMELINE_H
#define HOST_TIMELINE_H

#include "frame-arrows.h"
#include "host-observer.h"
#include "payload-cache-net-device.h"
#include "trace-event-file.h"

#include <deque>
#include <map>
#include <memory>
#include <string>

namespace ns3
{

/** \ingroup payload-cache A timeline that is being recorded: the file, and the arrows in it. */
struct Recording
{
    /** As TraceEventFile::TraceEventFile(). */
    Recording(const std::string& name, pc_time from, pc_time to)
        : file(name, from, to)
    {
    }

    TraceEventFile file;      //!< the file
    FrameArrows arrows{file}; //!< what joins its slices
};

/**
 * \ingroup payload-cache
 *
 * One host's lanes: its applications, its cores in process and in interrupt class, its DMA engines,
 * its buses, its wires, and as curves its card RAM and its queues.
 */
class HostTimeline : public HostObserver, public std::enable_shared_from_this<HostTimeline>
{
  public:
    /**
     * Constructor.
     * \param recording what it is part of
     * \param host the host
     * \param name what it is called
     */
    HostTimeline(std::shared_ptr<Recording> recording,
                 Ptr<HostModel> host,
                 const std::string& name);

    /** Looks at a card of the host's, too. */
    void AddCard(Ptr<PayloadCacheNetDevice> card);
    /** Writes what it still has. */
    void Flush();

    // Inherited from HostObserver
    void CoreWorked(unsigned core,
                    pc_cpu_class jobClass,
                    pc_category category,
                    const Subject& about,
                    pc_time begin,
                    pc_time end) override;
    void BusBusy(unsigned bus,
                 pc_bus_direction direction,
                 const Subject* about,
                 pc_time begin,
                 pc_time end) override;
    void DmaDone(unsigned bus,
                 unsigned engine,
                 pc_bus_direction direction,
                 const Subject& about,
                 pc_time begin,
                 pc_time end) override;
    void WriteCalled(const Subject& call, pc_time at) override;
    void ReadTakes(const Subject& call, pc_time began, pc_time at) override;
    void CallReturned(uint32_t socket, bool write, pc_time at) override;
    void SendBuffer(uint32_t socket, uint64_t begin, uint64_t end, pc_time at) override;
    uint64_t FrameMade(Ptr<const Packet> packet,
                       const FrameInfo& info,
                       const SegmentTag* tag) override;
    void FrameForwarded() override;
    void DeliveryBegins(const Subject& about) override;
    void PayloadReceived(uint32_t socket, uint64_t offset) override;
    void DeliveryEnds() override;

  private:
    /** The kinds of lanes, in the order in which they are shown. */
    enum class Kind
    {
        APPLICATION, //!< calls of a socket's process
        PROCESS,     //!< a core in process class
        INTERRUPT,   //!< a core in interrupt class
        DMA_TO_CARD, //!< an engine that reads host memory
        DMA_TO_HOST, //!< an engine that writes host memory
        BUS_TO_CARD, //!< a bus's way to the card
        BUS_TO_HOST, //!< a bus's way to the host; both ways where it is half-duplex
        WIRE,        //!< what a card sends
    };

    /** A write whose bytes are not all acknowledged. */
    struct Write
    {
        uint64_t end; //!< stream offset behind it
        pc_time at;   //!< when it was called
    };

    /** What is known of a socket. */
    struct SocketState
    {
        std::deque<Write> writes;              //!< in order
        std::map<uint64_t, uint64_t> received; //!< by stream offset: frames not read yet
        pc_time taken{0};                      //!< when the last read decided what it takes
        TraceEventFile::Curve buffer{0};       //!< its send buffer
        bool hasBuffer{false};                 //!< the curve is there
    };

    /** Time of a core or a bus, of one kind; spans that meet and are about the same are one. */
    struct Span
    {
        std::string name; //!< what
        Subject about;    //!< of what
        pc_time begin;    //!< since when
        pc_time end;      //!< until when
    };

    using Self = std::shared_ptr<HostTimeline>;

    /** \return a lane, made when it is first asked for. \param number which one of its kind */
    TraceEventFile::Lane GetLane(Kind kind, uint32_t number);
    /** \return what a lane is called */
    std::string NameLane(Kind kind, uint32_t number) const;
    /** Adds to a lane's spans. */
    void AddSpan(TraceEventFile::Lane lane, const Span& span);
    /** Writes a span. */
    void WriteSpan(TraceEventFile::Lane lane, const Span& span);
    /** \return the write that a byte of the stream came by; null if it is not known */
    const Write* FindWrite(uint32_t socket, uint64_t offset) const;
    /** Joins a call and the DMA of its payload. */
    void JoinCall(const Subject& about, bool write, TraceEventFile::Lane lane, pc_time at);

    static void WireBegan(Self self, uint32_t card, Ptr<const Packet> packet);
    static void WireEnded(Self self, uint32_t card, Ptr<const Packet> packet);
    static void Dropped(Self self, uint32_t card, Ptr<const Packet> packet);
    static void RamChanged(Self self,
                           TraceEventFile::Curve transmit,
                           bool isTransmit,
                           uint64_t bytes,
                           uint64_t held);
    static void QueueChanged(Self self,
                             TraceEventFile::Curve curve,
                             uint32_t before,
                             uint32_t after);

    std::shared_ptr<Recording> m_recording; //!< what it is part of
    TraceEventFile& m_file;                 //!< its file
    FrameArrows& m_arrows;                  //!< its arrows
    Ptr<HostModel> m_host;                  //!< the host
    uint32_t m_process;                     //!< its number in the file
    uint32_t m_cards{0};                    //!< so far
    std::map<std::pair<Kind, uint32_t>, TraceEventFile::Lane> m_lanes; //!< by kind and number
    std::map<TraceEventFile::Lane, Span> m_spans;                      //!< not written yet
    std::map<uint32_t, SocketState> m_sockets;                         //!< by number
    uint64_t m_delivered{0};                                           //!< frame handed up now
    bool m_kept{false};                                                //!< its way goes on
};

} // namespace ns3

#endif
