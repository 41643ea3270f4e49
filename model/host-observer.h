#ifndef HOST_OBSERVER_H
#define HOST_OBSERVER_H

#include "frame-info.h"
#include "pc-host-cpu.h"
#include "pc-io-bus.h"
#include "segment-tag.h"

#include "ns3/packet.h"

namespace ns3
{

/**
 * \ingroup payload-cache
 * What a piece of work, a DMA or a call is about.
 */
struct Subject
{
    const char* what{""}; //!< DMA: what is moved
    uint32_t moved{0};    //!< DMA: how many bytes
    uint32_t bytes{0};    //!< payload bytes that it is about
    uint32_t socket{0};   //!< the socket's number in the host's SocketTable; 0: none, or unknown
    uint64_t offset{0};   //!< stream offset of the first of them
    uint64_t frame{0};    //!< the frame's number, as FrameMade() answered it; 0: none

    /** \return true if both are about the same */
    bool operator==(const Subject& other) const
    {
        return what == other.what && moved == other.moved && bytes == other.bytes &&
               socket == other.socket && offset == other.offset && frame == other.frame;
    }
};

/**
 * \ingroup payload-cache
 *
 * Somebody who looks on while a host works. It is told what happens and changes nothing: a run that
 * is observed is the same run, to the last event. All times are picoseconds of the host's own line;
 * spans come when they are over, and may come late, but in order within a core, bus or engine.
 */
class HostObserver
{
  public:
    virtual ~HostObserver() = default;

    // -- Resources --

    /** A core did part of a job, charged to \p category. */
    virtual void CoreWorked(unsigned core,
                            pc_cpu_class jobClass,
                            pc_category category,
                            const Subject& about,
                            pc_time begin,
                            pc_time end) = 0;

    /**
     * A direction of a bus was busy; a half-duplex bus is busy PC_TO_HOST, both ways.
     * \param bus number of the bus or link in the host
     * \param direction which way
     * \param about what it moved; null where several DMAs shared it
     * \param begin since when
     * \param end until when
     */
    virtual void BusBusy(unsigned bus,
                         pc_bus_direction direction,
                         const Subject* about,
                         pc_time begin,
                         pc_time end) = 0;

    /**
     * A DMA has left its engine.
     * \param bus number of the bus or link in the host
     * \param engine number of the engine on it
     * \param direction which way its payload goes
     * \param about what it moved
     * \param begin when the engine began with it
     * \param end when it left
     */
    virtual void DmaDone(unsigned bus,
                         unsigned engine,
                         pc_bus_direction direction,
                         const Subject& about,
                         pc_time begin,
                         pc_time end) = 0;

    // -- Calls --

    /** An application calls write, for the bytes that \p call says; it may be refused at first. */
    virtual void WriteCalled(const Subject& call, pc_time at) = 0;
    /** A read that was called at \p began has decided which bytes it takes. */
    virtual void ReadTakes(const Subject& call, pc_time began, pc_time at) = 0;
    /** The call that a socket's process was in returns. */
    virtual void CallReturned(uint32_t socket, bool write, pc_time at) = 0;
    /** TCP's send buffer now holds the bytes of the stream from \p begin up to \p end. */
    virtual void SendBuffer(uint32_t socket, uint64_t begin, uint64_t end, pc_time at) = 0;

    // -- Frames --

    /**
     * A frame was handed to a card.
     * \param packet from its network header on
     * \param info its headers
     * \param tag what its socket said of it; null for one that is of no socket of ours
     * \return a number for it, never 0
     */
    virtual uint64_t FrameMade(Ptr<const Packet> packet,
                               const FrameInfo& info,
                               const SegmentTag* tag) = 0;
    /** The frame that is being handed up is handed to a card again: it keeps its number. */
    virtual void FrameForwarded() = 0;
    /** A received frame is handed up the stack. */
    virtual void DeliveryBegins(const Subject& about) = 0;
    /** A socket keeps payload of the frame that is being handed up, from a stream offset on. */
    virtual void PayloadReceived(uint32_t socket, uint64_t offset) = 0;
    /** The stack has done with it what it does at once. */
    virtual void DeliveryEnds() = 0;
};

} // namespace ns3

#endif
