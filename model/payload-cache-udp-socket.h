#ifndef PAYLOAD_CACHE_UDP_SOCKET_H
#define PAYLOAD_CACHE_UDP_SOCKET_H

#include "datagrams.h"
#include "process-socket.h"

#include "ns3/udp-socket.h"

#include <deque>

namespace ns3
{

/**
 * \ingroup payload-cache
 *
 * ns-3's UDP socket with a process at its upper end: `sendto` and `recvfrom` take the time and the
 * CPU that the host's model says, and payload may stay on a card meanwhile. UDP itself is ns-3's
 * own: this socket contains one of ns3::UdpSocketFactory's, whose class ns-3 keeps to itself, and
 * is aggregated to it, so that each lasts as long as the other.
 *
 * Send() and SendTo() accept a datagram and answer its size; until the call has returned, a further
 * one is answered -1 (ERROR_AGAIN), and the send callback is called at its end. What ns-3 refuses
 * then (no route) is counted as a departure, since the answer has been given. The first Recv() or
 * RecvFrom() that finds a datagram starts a read and answers null; when it has completed, the
 * receive callback is called and the next one gives the datagram. Where every cost is zero, both
 * complete inside the call, as in ns-3's own socket.
 *
 * A datagram is placed in card RAM whole where the policy is to wait; it waits only before its
 * first byte is placed, and never where the card could not hold it. Its room is free when the last
 * of its fragments has gone to the wire, or has been dropped before. Linux's UDP takes no lock, nor
 * does it here.
 */
class PayloadCacheUdpSocket : public UdpSocket, public ProcessSocket
{
  public:
    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();
    TypeId GetInstanceTypeId() const override;
    ~PayloadCacheUdpSocket() override;

    /**
     * Belongs to a node and its machine.
     * \param node the node
     * \param inner ns-3's socket
     */
    void Enter(Ptr<Node> node, Ptr<Socket> inner);

    // Inherited from Socket
    enum SocketErrno GetErrno() const override;
    enum SocketType GetSocketType() const override;
    Ptr<Node> GetNode() const override;
    int Listen() override;
    int GetSockName(Address& address) const override;
    int GetPeerName(Address& address) const override;
    void BindToNetDevice(Ptr<NetDevice> device) override;
    bool SetAllowBroadcast(bool allow) override;
    bool GetAllowBroadcast() const override;
    void Ipv6JoinGroup(Ipv6Address address,
                       Ipv6MulticastFilterMode filterMode,
                       std::vector<Ipv6Address> sourceAddresses) override;
    void Ipv6LeaveGroup() override;

    // Inherited from UdpSocket
    int MulticastJoinGroup(uint32_t interface, const Address& group) override;
    int MulticastLeaveGroup(uint32_t interface, const Address& group) override;

    // Inherited from Socket
    int Bind() override;
    int Bind6() override;
    int Bind(const Address& address) override;
    int Connect(const Address& address) override;
    int Close() override;
    int ShutdownSend() override;
    int ShutdownRecv() override;
    uint32_t GetTxAvailable() const override;
    uint32_t GetRxAvailable() const override;
    int Send(Ptr<Packet> packet, uint32_t flags) override;
    int SendTo(Ptr<Packet> packet, uint32_t flags, const Address& to) override;
    Ptr<Packet> Recv(uint32_t maxSize, uint32_t flags) override;
    Ptr<Packet> RecvFrom(uint32_t maxSize, uint32_t flags, Address& from) override;

    // Inherited from PayloadSocket
    uint32_t FindOnCard(uint64_t offset,
                        uint32_t bytes,
                        std::vector<CardSlice>& slices) const override;
    bool HasClosed() const override;
    void BeginUnit() override;
    void EndUnit() override;
    void DatagramComing() override;

    // Inherited from ProcessSocket
    Ptr<Socket> Keep() override;
    bool BeginBusyPoll() override;
    Ptr<PayloadCacheNetDevice> FindCard() override;
    uint64_t GetWritten() const override;
    uint32_t GetMss() const override;
    uint32_t GetSkbuffBytes(Ptr<PayloadCacheNetDevice> card, uint32_t placed) const override;
    bool MayWaitForRoom(Ptr<PayloadCacheNetDevice> card,
                        uint32_t placed,
                        uint32_t rest) const override;
    uint32_t GetSendRoom() const override;
    bool EnterPiece(Ptr<Packet> packet, Ptr<PayloadCacheNetDevice> card, pc_handle handle) override;
    bool Push(bool async) override;
    void WriteReturned() override;
    Ptr<PayloadCacheNetDevice> FindReadCard() override;
    uint64_t GetTaken() const override;
    uint32_t GetReadSize() const override;
    uint32_t GetInOrder() const override;
    Ptr<Packet> TakeInOrder(uint32_t bytes) override;
    void UpdateWindow() override;
    void ReadReturned() override;

  protected:
    void NotifyFree() override;

  private:
    // Inherited from UdpSocket: its attributes are those of ns-3's socket
    void SetRcvBufSize(uint32_t size) override;
    uint32_t GetRcvBufSize() const override;
    void SetIpMulticastTtl(uint8_t ttl) override;
    uint8_t GetIpMulticastTtl() const override;
    void SetIpMulticastIf(int32_t index) override;
    int32_t GetIpMulticastIf() const override;
    void SetIpMulticastLoop(bool loop) override;
    bool GetIpMulticastLoop() const override;
    void SetMtuDiscover(bool discover) override;
    bool GetMtuDiscover() const override;
    /** Called with each ICMP error: who tells it, TTL, type, code, and a number of the type's. */
    using IcmpCallback = Callback<void, Ipv4Address, uint8_t, uint8_t, uint8_t, uint32_t>;
    /** Likewise of ICMPv6. */
    using Icmp6Callback = Callback<void, Ipv6Address, uint8_t, uint8_t, uint8_t, uint32_t>;
    /** Sets who is told of ICMP errors. */
    void SetIcmpCallback(IcmpCallback callback);
    /** Sets who is told of ICMPv6 errors. */
    void SetIcmp6Callback(Icmp6Callback callback);

    /** Gives ns-3's socket the options that were set on this one by functions it does not see. */
    void PassOptions();
    /** ns-3's socket has received a datagram. */
    void Received(Ptr<Socket> inner);
    /** ns-3's socket has sent a datagram. */
    void Sent(Ptr<Socket> inner, uint32_t bytes);
    /** ns-3's socket may send more. */
    void MaySend(Ptr<Socket> inner, uint32_t bytes);
    /** ns-3's socket has dropped a datagram, for want of room. */
    void Dropped(Ptr<const Packet> packet);

    /** A datagram that a call sends. */
    struct Outgoing
    {
        Ptr<Packet> packet;    //!< what ns-3's UDP is given
        Address to;            //!< where to; invalid: where the socket is connected to
        Address address;       //!< where to, an address of IPv4 or IPv6
        uint32_t flags{0};     //!< as the application gave them
        Ptr<Packet> assembled; //!< its payload, of the pieces that have been moved so far
        uint32_t entered{0};   //!< bytes of it
        std::vector<SentDatagrams::Piece> pieces; //!< those on a card
    };

    /** \return the IP address of a socket's address; invalid for another kind */
    static Address AddressOf(const Address& socket);
    /** Calls sendto. \param to invalid: where the socket is connected to */
    int Write(Ptr<Packet> packet, uint32_t flags, const Address& to, const Address& address);
    /** \return true if ns-3 sends nothing there, and so no call is begun */
    bool MustRefuse(const Address& address, uint32_t bytes) const;
    /** Hands a datagram to ns-3's UDP. \return what that answers */
    int HandDown(const Outgoing& datagram);
    /** Sends what the call has placed. */
    void SendDatagram();
    /** ns-3 has taken a datagram: it may lose it and tell nobody. */
    void WatchSent(Ptr<PayloadCacheNetDevice> card,
                   const Address& address,
                   SentDatagrams::Key key,
                   uint32_t bytes);
    /** Gives back what a datagram that no card sends has placed. */
    static void Release(const std::vector<SentDatagrams::Piece>& pieces);
    /** \p bytes of a datagram have left the host. */
    void Left(uint32_t bytes);
    /** The port's datagrams come to this socket. */
    void EnterPort();
    /** A datagram comes to this socket. */
    void Deliver(Ptr<Packet> packet, const Address& from);
    /** Notes where the payload of the datagram that is being handed up lies. */
    void Claim(uint32_t bytes);
    /** Receives what comes to many together with a socket that is bound already. \return if so */
    bool Join(const Address& address);
    /** The socket that others of its address receive with is closed: another takes its place. */
    void HandOn();
    /** Gives back what has come and will not be read. */
    void ForgetUnread();
    /** Gives the socket its cores: those of a card's queue. */
    void Place(PayloadCacheNetDevice& card, unsigned queue);
    /** It sends by a card. */
    void PlaceToSend(PayloadCacheNetDevice& card);
    /** A datagram has come by a card. */
    void PlaceToReceive(PayloadCacheNetDevice& card, unsigned queue);
    /** A read has completed. */
    void EndRead();
    /** The application takes what has been read. \return null if it is more than \p maxSize */
    Ptr<Packet> TakeRead(uint32_t maxSize, Address& from);
    /** Closes ns-3's socket. */
    int CloseInner();

    Socket* m_inner{nullptr}; //!< ns-3's socket
    uint16_t m_port{0};       //!< its port; 0: none yet
    uint32_t m_sndBuf{0};     //!< bytes that may be under way below; 0: no limit
    uint32_t m_inStack{0};    //!< bytes that are
    uint64_t m_written{0};    //!< bytes sent so far
    uint64_t m_place{0};      //!< names the next datagram: a byte apart, since one may be empty
    uint64_t m_received{0};   //!< bytes received so far
    uint64_t m_taken{0};      //!< bytes that reads have taken
    std::deque<std::pair<Ptr<Packet>, Address>> m_waiting; //!< datagrams and their senders
    uint32_t m_waitingBytes{0};                            //!< theirs
    bool m_share{false};                                   //!< others may have its address
    Address m_boundTo;                                     //!< as the application bound it
    std::vector<uint32_t> m_members;       //!< sockets that receive together with this one
    Outgoing m_out;                        //!< what the present call sends
    Address m_peer;                        //!< where the socket is connected to; invalid: nowhere
    Ptr<Packet> m_reading;                 //!< the datagram that the present read takes
    Address m_readingFrom;                 //!< its sender
    Ptr<Packet> m_empty;                   //!< an empty datagram that has been read
    Ptr<PayloadCacheNetDevice> m_readCard; //!< by which the last datagram came; null: by none
    int m_result{0};                       //!< what ns-3 answered to the last send
    bool m_async{false};                   //!< the write goes on after Send() has returned
    bool m_pushing{false};                 //!< ns-3's UDP is sending
    bool m_readWanted{false};              //!< the application tried to read during a call
    bool m_closed{false};                  //!< the application has closed
    bool m_latchedClose{false};            //!< Close() came in mid-write
    bool m_drawn{false};                   //!< it runs where its datagrams come
    bool m_shutdown{false};                //!< ShutdownSend() came, perhaps in mid-write
    TracedCallback<Ptr<const Packet>> m_dropTrace;  //!< dropped for want of room
    mutable SocketErrno m_ownErrno{ERROR_NOTERROR}; //!< of what was refused here
};

} // namespace ns3

#endif
