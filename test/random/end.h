#ifndef RANDOM_END_H
#define RANDOM_END_H

#include "description.h"

#include "ns3/nstime.h"
#include "ns3/packet.h"
#include "ns3/socket.h"
#include "ns3/tcp-header.h"
#include "ns3/tcp-socket-base.h"

namespace randomtest
{

/** What one end of a flow is to do. */
struct EndPlan
{
    bool server{false};        //!< it accepts, else it connects
    bool pattern{true};        //!< bytes are the pattern's, and are compared
    uint64_t bytes{0};         //!< to be written
    uint32_t writeFlow{0};     //!< the pattern's flow of what is written
    uint32_t readFlow{0};      //!< and of what is read
    uint32_t writeSize{65536}; //!< bytes a write
    uint32_t readSize{65536};  //!< bytes that a Recv() asks for
};

/**
 * A program at one end of a connection, over any of ns-3's sockets: it writes what it has to and
 * shuts its side down, reads to the other side's end, and closes. In between it can be told to
 * stop reading for a while, or to end in other ways. It has to outlive the simulation.
 */
class End
{
  public:
    /** Constructor. */
    explicit End(const EndPlan& plan);
    End(const End&) = delete;
    End& operator=(const End&) = delete;

    /** Connects. */
    void Connect(ns3::Ptr<ns3::Socket> socket, const ns3::Address& to);
    /** Takes a connection that a listening socket has accepted. */
    void Accepted(ns3::Ptr<ns3::Socket> socket, const ns3::Address& from);
    /** Does what an act of the description says; see Act. */
    void Do(const std::string& what);

    /** \return its plan */
    const EndPlan& GetPlan() const;
    /** \return bytes that writes have accepted */
    uint64_t GetWritten() const;
    /** \return bytes read */
    uint64_t GetRead() const;
    /** \return bytes of them that were not the pattern's */
    uint64_t GetWrong() const;
    /** \return when a write or read last moved something, or the connection last changed state */
    ns3::Time GetLastProgress() const;
    /** \return true once all was written that was to be, or no more will be */
    bool HasWrittenAll() const;
    /** \return true once it was told to close, whatever was still to come */
    bool ClosedEarly() const;
    /** \return true if it reads nothing now, and maybe never again */
    bool IsPaused() const;
    /** \return true once the peer's FIN has come, with all that came before it */
    bool SawFin() const;
    /** \return true if it has a connection which is not over */
    bool IsOpen() const;
    /** \return true if its connection ended otherwise than by both sides' FIN */
    bool WasReset() const;
    /** \return true if it never came to a connection */
    bool NeverConnected() const;
    /** \return how often it has told the peer of a window that ends before one it told of before */
    uint64_t GetShrunk() const;
    /** \return the connection's state */
    ns3::TcpSocket::TcpStates_t GetState() const;
    /** \return the socket; null before there is one */
    ns3::Ptr<ns3::Socket> GetSocket() const;

  private:
    /** Hooks itself to the socket. */
    void Hook(ns3::Ptr<ns3::Socket> socket);
    /** The connection stands. */
    void Connected(ns3::Ptr<ns3::Socket> socket);
    /** It never will. */
    void Refused(ns3::Ptr<ns3::Socket> socket);
    /** There may be room. */
    void Writable(ns3::Ptr<ns3::Socket> socket, uint32_t room);
    /** There may be something to read. */
    void Readable(ns3::Ptr<ns3::Socket> socket);
    /** The connection changes its state. */
    void StateChanged(ns3::TcpSocket::TcpStates_t from, ns3::TcpSocket::TcpStates_t to);
    /** The socket sends a segment. */
    void Sent(ns3::Ptr<const ns3::Packet> packet,
              const ns3::TcpHeader& header,
              ns3::Ptr<const ns3::TcpSocketBase> socket);
    /** Writes until the socket refuses. */
    void Write();
    /** Reads until the socket has no more. */
    void Read();
    /** Shuts down what is written to the end. */
    void EndWriting();
    /** Something has moved. */
    void NoteProgress();

    EndPlan m_plan;                                              //!< what it is to do
    ns3::Ptr<ns3::Socket> m_socket;                              //!< the connection
    ns3::Ptr<ns3::Packet> m_unsent;                              //!< refused, and tried again
    ns3::TcpSocket::TcpStates_t m_state{ns3::TcpSocket::CLOSED}; //!< of the connection
    uint64_t m_written{0};                                       //!< bytes
    uint64_t m_read{0};                                          //!< bytes
    uint64_t m_edge{0};                                          //!< right end of the last window
    uint64_t m_shrunk{0};                                        //!< times that it moved left
    uint64_t m_wrong{0};                                         //!< bytes
    ns3::Time m_lastProgress;                                    //!< when
    bool m_connected{false};   //!< the connection stands, or has stood
    bool m_refused{false};     //!< it never will
    bool m_muted{false};       //!< no more is written
    bool m_shutDown{false};    //!< and the socket knows
    bool m_paused{false};      //!< nothing is read
    bool m_closed{false};      //!< Close() was called
    bool m_closedEarly{false}; //!< before the stream's end
    bool m_closeWanted{false}; //!< before the connection stood
    bool m_sawFin{false};      //!< the peer's FIN has come
    bool m_reset{false};       //!< ended otherwise
};

} // namespace randomtest

#endif
