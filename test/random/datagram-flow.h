#ifndef RANDOM_DATAGRAM_FLOW_H
#define RANDOM_DATAGRAM_FLOW_H

#include "description.h"

#include "ns3/address.h"
#include "ns3/nstime.h"
#include "ns3/packet.h"
#include "ns3/socket.h"

#include <map>
#include <memory>

namespace randomtest
{

/** How often there was a datagram of some content. */
using Contents = std::map<std::string, uint32_t>;

/** A socket that datagrams come to, and what has been read from it. */
struct DatagramReader
{
    uint32_t host{0};             //!< whose it is
    ns3::Ptr<ns3::Socket> socket; //!< it
    Contents read;                //!< what has been read
    uint64_t count{0};            //!< datagrams read
    uint64_t strange{0};          //!< of which none like them was sent
    uint64_t again{0};            //!< that came more often than they were sent
    uint64_t dropped{0};          //!< for want of room in the socket
};

/**
 * Datagrams from a socket to others, over any of ns-3's sockets: their sizes follow from the seed,
 * each has a content of its own, and what is read is looked for among what was sent.
 */
class DatagramFlow
{
  public:
    /**
     * Constructor.
     * \param plan what it is
     * \param number tells its content from others'
     * \param pattern content is the pattern's, else zeros that are only counted
     */
    DatagramFlow(const DatagramPlan& plan, uint32_t number, bool pattern);
    DatagramFlow(const DatagramFlow&) = delete;
    DatagramFlow& operator=(const DatagramFlow&) = delete;

    /** Has what comes to a socket read. It has to be bound. */
    void AddReader(uint32_t host, ns3::Ptr<ns3::Socket> socket);
    /** Begins to send. \param to where to */
    void Begin(ns3::Ptr<ns3::Socket> socket, const ns3::Address& to);
    /** Does what an act of the plan says. */
    void Do(const Act& act);

    /** \return its plan */
    const DatagramPlan& GetPlan() const;
    /** \return the sockets that it comes to */
    const std::vector<std::unique_ptr<DatagramReader>>& GetReaders() const;
    /** \return datagrams sent */
    uint64_t GetSent() const;
    /** \return true if all were sent that were to be, or no more will be */
    bool HasSentAll() const;
    /** \return true if nobody reads now, and maybe never again */
    bool IsPaused() const;
    /** \return true once it was told to read no more */
    bool HaveReadersClosed() const;
    /** \return when a datagram was last sent or read */
    ns3::Time GetLastProgress() const;

  private:
    /** There may be room. */
    void Writable(ns3::Ptr<ns3::Socket> socket, uint32_t room);
    /** Sends until the socket refuses, or one and then the next after the plan's time. */
    void Write();
    /** \return a datagram */
    ns3::Ptr<ns3::Packet> Make(uint32_t index) const;
    /** Reads all that is there. */
    void Read(DatagramReader* reader);
    /** One that has come has no room. */
    static void Dropped(DatagramReader* reader, ns3::Ptr<const ns3::Packet> packet);

    const DatagramPlan& m_plan;                             //!< what it is
    uint32_t m_number;                                      //!< of the pattern
    bool m_pattern;                                         //!< it is one
    std::vector<uint32_t> m_sizes;                          //!< of datagrams
    ns3::Ptr<ns3::Socket> m_socket;                         //!< that sends
    ns3::Address m_to;                                      //!< where to
    Contents m_sent;                                        //!< what was sent
    uint32_t m_next{0};                                     //!< the next one's index
    bool m_refused{false};                                  //!< the socket calls when it may go on
    bool m_muted{false};                                    //!< no more is sent
    bool m_paused{false};                                   //!< nothing is read
    bool m_readersClosed{false};                            //!< for ever
    ns3::Time m_lastProgress;                               //!< when
    std::vector<std::unique_ptr<DatagramReader>> m_readers; //!< where it comes to
};

} // namespace randomtest

#endif
