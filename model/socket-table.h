#ifndef SOCKET_TABLE_H
#define SOCKET_TABLE_H

#include "frame-info.h"
#include "payload-socket.h"

#include <unordered_map>
#include <vector>

namespace ns3
{

/**
 * \ingroup payload-cache
 * A host's sockets that leave payload on cards: by number, for the segments that they send, and by
 * connection, for those that they receive.
 */
class SocketTable
{
  public:
    /** Enters a socket. \return its number, never 0 */
    uint32_t Add(PayloadSocket* socket);
    /** Removes a socket and its connection. */
    void Remove(uint32_t number);
    /** Enters the connection of a socket. */
    void Connect(uint32_t number, const FlowKey& flow);
    /** A socket receives the datagrams of a port. */
    void Bind(uint32_t number, uint16_t port);
    /** It does not any more. */
    void Unbind(uint32_t number);
    /** \return the numbers of the sockets that receive the datagrams of a port */
    std::vector<uint32_t> OnPort(uint16_t port) const;
    /** \return true if there are any */
    bool HasPort(uint16_t port) const;
    /** \return the numbers of the other sockets of a socket's process, in order */
    std::vector<uint32_t> SharingProcess(const PayloadSocket* socket) const;
    /** A connection has been given up: its payload on cards is gone from a stream offset on. */
    void GiveUp(uint32_t number, uint64_t from);
    /** \return true if a socket, which may be gone itself, has given up payload before \p end */
    bool HasGivenUp(uint32_t number, uint64_t end) const;
    /** \return the socket of that number, null if it is gone */
    PayloadSocket* Find(uint32_t number) const;
    /** \return the socket of that connection, null if there is none */
    PayloadSocket* Find(const FlowKey& flow) const;
    /** \return how many sockets there are */
    std::size_t GetCount() const;

  private:
    std::unordered_map<uint32_t, uint16_t> m_ports;                   //!< of datagram sockets
    std::unordered_map<uint16_t, std::vector<uint32_t>> m_byPort;     //!< likewise, in order
    uint32_t m_last{0};                                               //!< the last number given
    std::unordered_map<uint32_t, PayloadSocket*> m_byNumber;          //!< all
    std::unordered_map<uint32_t, uint64_t> m_givenUp;                 //!< from where on
    std::unordered_map<uint32_t, FlowKey> m_flows;                    //!< those connected
    std::unordered_map<FlowKey, PayloadSocket*, FlowKeyHash> m_byFlow; //!< those connected
};

} // namespace ns3

#endif
