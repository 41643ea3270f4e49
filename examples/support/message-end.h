#ifndef MESSAGE_END_H
#define MESSAGE_END_H

#include "host-model.h"

#include "ns3/nstime.h"
#include "ns3/socket.h"

#include <functional>

namespace scenario
{

/** \return the present time of a host, or ns-3's where none is modelled (null), ps */
pc_time HostTime(const ns3::Ptr<ns3::HostModel>& host);

/** Messages of one size, one after the other, in one direction of a connection. */
struct MessageStream
{
    uint64_t bytes;    //!< of each message
    uint32_t flow;     //!< the stream's number in the pattern
    bool pattern;      //!< its bytes are the pattern's, and are compared
    uint32_t callSize; //!< the most bytes of one write
};

/**
 * An end of a connection that carries messages both ways, over any of ns-3's sockets. A message is
 * written by one call, or by calls of a given size where it is longer, and read by as many calls
 * as it takes: no call reads beyond the message that is wanted.
 */
class MessageEnd
{
  public:
    /** Something has been done. */
    using Done = std::function<void()>;

    /**
     * Constructor.
     * \param out what is written
     * \param in what is read
     * \param written called each time when TCP has accepted all that was to be written
     * \param read called when a message that was wanted has been read
     */
    MessageEnd(const MessageStream& out, const MessageStream& in, Done written, Done read);
    ~MessageEnd();
    MessageEnd(const MessageEnd&) = delete;
    MessageEnd& operator=(const MessageEnd&) = delete;

    /** Uses a socket from here on. */
    void SetSocket(ns3::Ptr<ns3::Socket> socket);
    /** Writes one message more, as soon as the connection takes it. */
    void Write();
    /** Reads one message more, as soon as there is one. */
    void Read();
    /** Closes the connection. */
    void Close();

    /** \return the process that uses it; the first core's where none is modelled */
    ns3::Worker GetProcess() const;
    /** \return true once Close() was called */
    bool IsClosed() const;
    /** \return bytes that writes have accepted */
    uint64_t GetWritten() const;
    /** \return bytes that reads have returned */
    uint64_t GetRead() const;
    /** \return bytes read that were not the pattern's; 0 where they are not compared */
    uint64_t GetWrong() const;
    /** \return when the last read returned */
    ns3::Time GetLastRead() const;

  private:
    /** There may be room. */
    void Writable(ns3::Ptr<ns3::Socket> socket, uint32_t room);
    /** Writes what is due until the socket refuses. */
    void Flush();
    /** \return the bytes of the next write */
    ns3::Ptr<ns3::Packet> MakeNext() const;
    /** There is something to read. */
    void Readable(ns3::Ptr<ns3::Socket> socket);
    /** Makes one read. \return false if it found nothing */
    bool ReadSome();

    MessageStream m_out;            //!< what is written
    MessageStream m_in;             //!< what is read
    Done m_onWritten;               //!< all that was due is written
    Done m_onRead;                  //!< a message has been read
    ns3::Ptr<ns3::Socket> m_socket; //!< the connection
    uint64_t m_due{0};              //!< bytes that are to be written, of all time
    uint64_t m_written{0};          //!< of which accepted
    uint64_t m_read{0};             //!< bytes
    uint64_t m_wrong{0};            //!< bytes
    ns3::Time m_lastRead;           //!< when
    bool m_wanted{false};           //!< a message is to be read
    bool m_reading{false};          //!< inside Read()
    bool m_closed{false};           //!< Close() was called
};

} // namespace scenario

#endif
