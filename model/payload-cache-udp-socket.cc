#include "payload-cache-udp-socket.h"

#include "frame-payload.h"
#include "neighbour-watch.h"
#include "payload-cache-net-device.h"
#include "segment-tag.h"

#include "ns3/boolean.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/ipv4.h"
#include "ns3/ipv6.h"
#include "ns3/log.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("PayloadCacheUdpSocket");
NS_OBJECT_ENSURE_REGISTERED(PayloadCacheUdpSocket);

namespace
{

constexpr uint32_t IPV4_HEADER = 20;         // RFC 791, without options, as ns-3 sends it
constexpr uint32_t IPV6_HEADER = 40;         // RFC 8200
constexpr uint32_t IPV6_FRAGMENT_HEADER = 8; // RFC 8200
constexpr uint32_t FRAGMENT_UNIT = 8;        // fragments are whole multiples of it, but the last

/** \return the IP address of a socket's address; invalid for another kind */
Address
AddressOf(const Address& socket)
{
    if (InetSocketAddress::IsMatchingType(socket))
    {
        return InetSocketAddress::ConvertFrom(socket).GetIpv4();
    }
    if (!Inet6SocketAddress::IsMatchingType(socket))
    {
        return Address();
    }
    Ipv6Address address = Inet6SocketAddress::ConvertFrom(socket).GetIpv6();
    return address.IsIpv4MappedAddress() ? Address(address.GetIpv4MappedAddress())
                                         : Address(address);
}

/** \return true if ns-3 looks for no route to an address, but takes the interface */
bool
IsOfInterface(const Address& address)
{
    if (Ipv4Address::IsMatchingType(address))
    {
        Ipv4Address ipv4 = Ipv4Address::ConvertFrom(address);
        return ipv4.IsBroadcast() || ipv4.IsLocalMulticast();
    }
    Ipv6Address ipv6 = Ipv6Address::ConvertFrom(address);
    return ipv6.IsLinkLocalMulticast() || ipv6.IsLinkLocal();
}

/** \return the one device of a node beside its loopback; null where there are several, or none */
template <typename Ip>
Ptr<NetDevice>
OnlyDevice(Ptr<Ip> ip)
{
    // interface 0 is the loopback's
    return ip && ip->GetNInterfaces() == 2 ? ip->GetNetDevice(1) : nullptr;
}

} // namespace

TypeId
PayloadCacheUdpSocket::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::PayloadCacheUdpSocket")
            .SetParent<UdpSocket>()
            .SetGroupName("PayloadCache")
            .AddConstructor<PayloadCacheUdpSocket>()
            .AddAttribute("SndBufSize",
                          "bytes of datagrams on their way to the wire from which on a sender "
                          "sleeps; 0 for no limit, as in ns-3 [B]",
                          UintegerValue(0),
                          MakeUintegerAccessor(&PayloadCacheUdpSocket::m_sndBuf),
                          MakeUintegerChecker<uint32_t>())
            .AddAttribute("IcmpCallback",
                          "called with each ICMP error that comes back, as in ns-3 [callback]",
                          CallbackValue(),
                          MakeCallbackAccessor(&PayloadCacheUdpSocket::SetIcmpCallback),
                          MakeCallbackChecker())
            .AddAttribute("IcmpCallback6",
                          "called with each ICMPv6 error that comes back, as in ns-3 [callback]",
                          CallbackValue(),
                          MakeCallbackAccessor(&PayloadCacheUdpSocket::SetIcmp6Callback),
                          MakeCallbackChecker())
            .AddAttribute("Process",
                          "the process that calls: sockets of a host with the same number share "
                          "one, which is in one call at a time; 0 for one of its own [number]",
                          UintegerValue(0),
                          MakeUintegerAccessor(&PayloadCacheUdpSocket::m_process),
                          MakeUintegerChecker<uint32_t>(0, SHARED_PROCESS - 1))
            .AddAttribute("ShareAddress",
                          "sockets with this option may have the same address and port: what is "
                          "sent to a group or to all comes to each of them (Linux: SO_REUSEADDR) "
                          "[bool]",
                          BooleanValue(false),
                          MakeBooleanAccessor(&PayloadCacheUdpSocket::m_share),
                          MakeBooleanChecker())
            .AddTraceSource("Call",
                            "a sendto or recvfrom has returned: its kind, bytes and latency",
                            MakeTraceSourceAccessor(&PayloadCacheUdpSocket::m_callTrace),
                            "ns3::ProcessSocket::CallCallback")
            .AddTraceSource("Drop",
                            "a datagram is dropped, as the receive buffer has no room for it",
                            MakeTraceSourceAccessor(&PayloadCacheUdpSocket::m_dropTrace),
                            "ns3::Packet::TracedCallback");
    return tid;
}

TypeId
PayloadCacheUdpSocket::GetInstanceTypeId() const
{
    return GetTypeId();
}

PayloadCacheUdpSocket::~PayloadCacheUdpSocket() = default;

void
PayloadCacheUdpSocket::Enter(Ptr<Node> node, Ptr<Socket> inner)
{
    m_inner = PeekPointer(inner);
    inner->AggregateObject(this);
    inner->SetRecvCallback(MakeCallback(&PayloadCacheUdpSocket::Received, this));
    inner->SetDataSentCallback(MakeCallback(&PayloadCacheUdpSocket::Sent, this));
    inner->SetSendCallback(MakeCallback(&PayloadCacheUdpSocket::MaySend, this));
    inner->TraceConnectWithoutContext("Drop", MakeCallback(&PayloadCacheUdpSocket::Dropped, this));
    EnterHost(node);
    PayloadCacheNetDevice::PrepareDatagrams(m_host, node);
}

Ptr<Socket>
PayloadCacheUdpSocket::Keep()
{
    return this;
}

Socket::SocketErrno
PayloadCacheUdpSocket::GetErrno() const
{
    return m_ownErrno != ERROR_NOTERROR ? m_ownErrno : m_inner->GetErrno();
}

// -- Ports, and ends --

void
PayloadCacheUdpSocket::EnterPort()
{
    if (m_port != 0 || m_closed)
    {
        return;
    }
    Address name;
    m_inner->GetSockName(name);
    m_port = InetSocketAddress::IsMatchingType(name)
                 ? InetSocketAddress::ConvertFrom(name).GetPort()
                 : Inet6SocketAddress::ConvertFrom(name).GetPort();
    if (m_port != 0)
    {
        m_host->Sockets().Bind(m_number, m_port);
    }
}

int
PayloadCacheUdpSocket::Bind()
{
    PassOptions();
    int result = m_inner->Bind();
    EnterPort();
    return result;
}

int
PayloadCacheUdpSocket::Bind6()
{
    PassOptions();
    int result = m_inner->Bind6();
    EnterPort();
    return result;
}

int
PayloadCacheUdpSocket::Bind(const Address& address)
{
    PassOptions();
    int result = m_inner->Bind(address);
    SetIpTos(m_inner->GetIpTos()); // an address may have one
    m_boundTo = address;
    if (result != 0)
    {
        return m_share && Join(address) ? 0 : result;
    }
    EnterPort();
    return result;
}

bool
PayloadCacheUdpSocket::Join(const Address& address)
{
    uint16_t port = InetSocketAddress::IsMatchingType(address)
                        ? InetSocketAddress::ConvertFrom(address).GetPort()
                        : Inet6SocketAddress::ConvertFrom(address).GetPort();
    for (uint32_t number : m_host->Sockets().OnPort(port))
    {
        auto other = dynamic_cast<PayloadCacheUdpSocket*>(m_host->Sockets().Find(number));
        if (other && other->m_share && other->m_boundTo == address)
        {
            other->m_members.push_back(m_number);
            return true;
        }
    }
    return false;
}

void
PayloadCacheUdpSocket::HandOn()
{
    std::vector<uint32_t> members = std::move(m_members);
    m_members.clear();
    for (uint32_t number : members)
    {
        auto member = dynamic_cast<PayloadCacheUdpSocket*>(m_host->Sockets().Find(number));
        if (member && !member->m_closed)
        {
            member->Bind(m_boundTo); // the first one has the address now, the others join it
        }
    }
}

int
PayloadCacheUdpSocket::Connect(const Address& address)
{
    m_peer = AddressOf(address);
    PassOptions();
    int result = m_inner->Connect(address);
    SetIpTos(m_inner->GetIpTos());
    if (result == 0)
    {
        NotifyConnectionSucceeded();
    }
    else
    {
        NotifyConnectionFailed();
    }
    return result;
}

int
PayloadCacheUdpSocket::ShutdownSend()
{
    m_shutdown = true;
    return m_write.IsRunning() && !m_pushing ? 0 : m_inner->ShutdownSend();
}

int
PayloadCacheUdpSocket::ShutdownRecv()
{
    // what has come may still be read, as in ns-3; nothing more will come
    m_host->Sockets().Unbind(m_number);
    return m_inner->ShutdownRecv();
}

int
PayloadCacheUdpSocket::Close()
{
    NS_LOG_FUNCTION(this);
    if (m_write.IsRunning())
    {
        m_latchedClose = true;
        return 0;
    }
    return CloseInner();
}

int
PayloadCacheUdpSocket::CloseInner()
{
    m_closed = true;
    m_host->Sockets().Unbind(m_number);
    ForgetUnread();
    int result = m_inner->Close();
    HandOn();
    return result;
}

bool
PayloadCacheUdpSocket::HasClosed() const
{
    return m_closed;
}

void
PayloadCacheUdpSocket::ForgetUnread()
{
    m_claims.KeepFirst(m_reading ? m_reading->GetSize() : 0);
    m_waiting.clear();
    m_waitingBytes = 0;
}

void
PayloadCacheUdpSocket::Place(const PayloadCacheNetDevice* card)
{
    if (m_placedCard || !card)
    {
        return;
    }
    // datagrams come by the first queue: their fragments have no ports to choose another by
    m_placedCard = card;
    m_queue = 0;
    m_interruptCore = const_cast<PayloadCacheNetDevice*>(card)->GetQueueCore(0);
    m_processCore = m_host->PlaceProcess(m_process, m_interruptCore, card->GetQueues());
}

// -- sendto --

int
PayloadCacheUdpSocket::Send(Ptr<Packet> packet, uint32_t flags)
{
    return Write(packet, flags, Address(), m_peer);
}

int
PayloadCacheUdpSocket::SendTo(Ptr<Packet> packet, uint32_t flags, const Address& to)
{
    return Write(packet, flags, to, AddressOf(to));
}

int
PayloadCacheUdpSocket::Write(Ptr<Packet> packet,
                             uint32_t flags,
                             const Address& to,
                             const Address& address)
{
    NS_LOG_FUNCTION(this << packet << flags << to);
    m_ownErrno = ERROR_NOTERROR;
    if (InCall())
    {
        m_ownErrno = ERROR_AGAIN;
        m_host->Count(HostCounter::WRITE_RETRIES);
        return -1;
    }
    uint32_t bytes = packet->GetSize();
    Outgoing datagram;
    datagram.packet = packet->Copy();
    datagram.to = to;
    datagram.address = address;
    datagram.flags = flags;
    if (MustRefuse(address, bytes))
    {
        return HandDown(datagram); // ns-3 says why not
    }
    m_out = std::move(datagram);
    m_result = static_cast<int>(bytes);
    int64_t now = m_host->Now();
    if (HostObserver* observer = m_host->GetObserver())
    {
        observer->WriteCalled({"", 0, bytes, m_number, m_place, 0}, now);
    }
    m_write.Begin(m_out.packet, now, false);
    m_async = m_write.IsRunning();
    return m_async ? static_cast<int>(bytes) : m_result;
}

bool
PayloadCacheUdpSocket::MustRefuse(const Address& address, uint32_t bytes) const
{
    bool toAll = Ipv4Address::IsMatchingType(address) &&
                 Ipv4Address::ConvertFrom(address).IsBroadcast();
    return m_closed || m_shutdown || address.IsInvalid() || bytes > m_inner->GetTxAvailable() ||
           (toAll && !m_inner->GetAllowBroadcast());
}

int
PayloadCacheUdpSocket::HandDown(const Outgoing& datagram)
{
    m_pushing = true;
    m_ownErrno = ERROR_NOTERROR; // ns-3's counts, also if another call was refused meanwhile
    PassOptions();
    int result = datagram.to.IsInvalid()
                     ? m_inner->Send(datagram.packet, datagram.flags)
                     : m_inner->SendTo(datagram.packet, datagram.flags, datagram.to);
    m_pushing = false;
    EnterPort();
    return result;
}

Ptr<PayloadCacheNetDevice>
PayloadCacheUdpSocket::FindCard()
{
    Ptr<NetDevice> device = m_boundnetdevice;
    if (!device && IsOfInterface(m_out.address))
    {
        device = Ipv4Address::IsMatchingType(m_out.address)
                     ? OnlyDevice(GetNode()->GetObject<Ipv4>())
                     : OnlyDevice(GetNode()->GetObject<Ipv6>());
        if (!device)
        {
            return nullptr; // by several: host memory serves all of them
        }
    }
    auto card = FindRouteCard(GetNode(), device, m_out.address);
    if (card)
    {
        Place(PeekPointer(card));
        card->WatchQueueDisc();
    }
    return card;
}

uint64_t
PayloadCacheUdpSocket::GetWritten() const
{
    return m_written;
}

uint32_t
PayloadCacheUdpSocket::GetMss() const
{
    return UINT32_MAX; // the whole datagram
}

uint32_t
PayloadCacheUdpSocket::GetSkbuffBytes(Ptr<PayloadCacheNetDevice> card, uint32_t placed) const
{
    if (!card)
    {
        return UINT32_MAX; // over the loopback in one
    }
    // one a fragment, as Linux's ip_append_data() has it
    bool ipv6 = Ipv6Address::IsMatchingType(m_out.address);
    uint32_t room = card->GetMtu() - (ipv6 ? IPV6_HEADER : IPV4_HEADER);
    uint32_t datagram = m_out.packet->GetSize() + FrameInfo::UDP_HEADER;
    if (datagram <= room)
    {
        return room - FrameInfo::UDP_HEADER;
    }
    room -= ipv6 ? IPV6_FRAGMENT_HEADER : 0;
    room -= room % FRAGMENT_UNIT;
    // the first one has the UDP header, and may be filled by several pieces
    return placed < room - FrameInfo::UDP_HEADER ? room - FrameInfo::UDP_HEADER - placed
                                                 : room - (placed + FrameInfo::UDP_HEADER) % room;
}

bool
PayloadCacheUdpSocket::MayWaitForRoom(Ptr<PayloadCacheNetDevice> card,
                                      uint32_t placed,
                                      uint32_t rest) const
{
    if (placed > 0)
    {
        return false; // who holds a part and waits for more could wait for others who do the same
    }
    uint64_t wanted = 0; // each fragment's part has granules of its own
    for (uint32_t at = 0; at < rest;)
    {
        uint32_t piece = std::min(rest - at, GetSkbuffBytes(card, at));
        wanted += card->GetFrameRam(piece);
        at += piece;
    }
    uint64_t quota = card->GetPath()->GetQuota(PC_RAM_TX); // 0: none
    return wanted <= card->GetCapacity(PC_RAM_TX) && (quota == 0 || wanted <= quota);
}

uint32_t
PayloadCacheUdpSocket::GetSendRoom() const
{
    return m_sndBuf == 0 || m_inStack < m_sndBuf ? UINT32_MAX : 0;
}

uint32_t
PayloadCacheUdpSocket::GetTxAvailable() const
{
    bool busy = !m_pushing && (InCall() || m_latchedClose);
    return busy ? 0 : m_inner->GetTxAvailable();
}

bool
PayloadCacheUdpSocket::EnterPiece(Ptr<Packet> packet,
                                  Ptr<PayloadCacheNetDevice> card,
                                  pc_handle handle)
{
    uint32_t bytes = packet->GetSize();
    if (card)
    {
        m_out.pieces.push_back({m_out.entered, bytes, card, handle});
    }
    m_out.entered += bytes;
    if (!m_out.assembled)
    {
        m_out.assembled = Create<Packet>();
    }
    m_out.assembled->AddAtEnd(packet);
    return true;
}

bool
PayloadCacheUdpSocket::Push(bool async)
{
    SendDatagram();
    if (!async)
    {
        return false;
    }
    m_write.AfterPush(); // the call returns behind the process work of that
    return true;
}

uint32_t
PayloadCacheUdpSocket::CountCopies(const Address& address) const
{
    if (!Ipv4Address::IsMatchingType(address) || !Ipv4Address::ConvertFrom(address).IsBroadcast())
    {
        return 1;
    }
    Ptr<Ipv4> ipv4 = GetNode()->GetObject<Ipv4>();
    uint32_t copies = 0;
    for (uint32_t i = 1; i < ipv4->GetNInterfaces(); i++)
    {
        copies += !m_boundnetdevice || ipv4->GetNetDevice(i) == m_boundnetdevice ? 1 : 0;
    }
    return std::max(copies, 1U);
}

void
PayloadCacheUdpSocket::SendDatagram()
{
    Outgoing datagram = std::move(m_out);
    m_out.address = datagram.address;
    uint32_t bytes = datagram.packet->GetSize();
    if (!datagram.pieces.empty() && datagram.pieces.front().card->HoldsBytes())
    {
        SwapPayload(
            datagram.packet, FrameInfo(), datagram.assembled, 0); // ns-3 gets virtual payload
    }
    SegmentTag tag;
    datagram.packet->RemovePacketTag(tag);
    tag = SegmentTag();
    tag.socket = m_number;
    tag.offset = m_place;
    tag.datagram = true;
    Ptr<PayloadCacheNetDevice> card = FindCard();
    if (card)
    {
        datagram.packet->AddPacketTag(tag);
        m_inStack += bytes;
        uint64_t all = uint64_t(CountCopies(datagram.address)) * (bytes + FrameInfo::UDP_HEADER);
        m_host->GetDatagrams().sent.Enter({m_number, m_place},
                                          datagram.pieces,
                                          all,
                                          [this, alive = Keep(), bytes] { Left(bytes); });
    }
    else
    {
        Release(datagram.pieces);
    }
    uint64_t offset = m_place;
    m_place += bytes + 1; // before, since what is told of its end may send
    m_written += bytes;
    m_result = HandDown(datagram);
    if (m_result < 0)
    {
        m_host->Count(HostCounter::DEPARTURES, m_async ? 1 : 0);
        m_host->GetDatagrams().sent.Gone({m_number, offset}, UINT64_MAX);
    }
    else
    {
        m_host->Count(HostCounter::BYTES_WRITTEN, bytes);
        if (card && Ipv6Address::IsMatchingType(datagram.address))
        {
            NeighbourWatch::Begin(m_host,
                                  card,
                                  Ipv6Address::ConvertFrom(datagram.address),
                                  {m_number, offset},
                                  bytes + FrameInfo::UDP_HEADER);
        }
    }
}

void
PayloadCacheUdpSocket::Release(const std::vector<SentDatagrams::Piece>& pieces)
{
    for (const auto& piece : pieces)
    {
        piece.card->Release(PC_RAM_TX, piece.handle, UINT32_MAX);
    }
}

void
PayloadCacheUdpSocket::Left(uint32_t bytes)
{
    m_inStack -= bytes;
    m_write.RoomInSendBuffer();
}

void
PayloadCacheUdpSocket::WriteReturned()
{
    m_async = false;
    if (m_shutdown)
    {
        m_inner->ShutdownSend();
    }
    if (m_latchedClose)
    {
        m_latchedClose = false;
        CloseInner();
    }
    NotifyCallEnd();
}

void
PayloadCacheUdpSocket::NotifyFree()
{
    bool wanted = m_readWanted;
    m_readWanted = false;
    if (!m_closed && !InCall() && (wanted || !m_waiting.empty()))
    {
        NotifyDataRecv();
    }
    if (!m_closed && !InCall())
    {
        NotifySend(GetTxAvailable());
    }
}

uint32_t
PayloadCacheUdpSocket::FindOnCard(uint64_t /* offset */,
                                  uint32_t /* bytes */,
                                  std::vector<CardSlice>& /* slices */) const
{
    return 0; // the host's SentDatagrams know, also when the socket has gone
}

// -- recvfrom --

void
PayloadCacheUdpSocket::DatagramComing()
{
    PassOptions();
}

void
PayloadCacheUdpSocket::Received(Ptr<Socket> inner)
{
    Address from;
    while (Ptr<Packet> packet = inner->RecvFrom(from))
    {
        std::vector<uint32_t> members = m_members;
        bool many = m_host->GetDatagrams().toMany;
        if (m_host->GetDatagrams().damaged)
        {
            continue; // UDP would have dropped it, where there are bytes to tell it by
        }
        Ptr<Packet> original = members.empty() ? nullptr : packet->Copy();
        Deliver(packet, from);
        for (uint32_t number : many ? members : std::vector<uint32_t>())
        {
            auto member = dynamic_cast<PayloadCacheUdpSocket*>(m_host->Sockets().Find(number));
            if (member)
            {
                member->Deliver(original->Copy(), from);
            }
        }
    }
}

void
PayloadCacheUdpSocket::Deliver(Ptr<Packet> packet, const Address& from)
{
    uint32_t bytes = packet->GetSize();
    if (m_closed)
    {
        return;
    }
    if (m_waitingBytes + bytes > GetRcvBufSize()) // as ns-3 has it
    {
        Dropped(packet);
        return;
    }
    m_waiting.emplace_back(packet, from);
    m_waitingBytes += bytes;
    Claim(bytes);
    NotifyDataRecv();
}

void
PayloadCacheUdpSocket::Claim(uint32_t bytes)
{
    Datagrams& datagrams = m_host->GetDatagrams();
    uint32_t delivered = 0;
    for (const DatagramPart& part : datagrams.delivery)
    {
        delivered = std::max(delivered, part.position + part.length);
    }
    m_readCard = delivered == bytes ? datagrams.card : nullptr;
    if (m_readCard)
    {
        Place(PeekPointer(m_readCard));
        for (const DatagramPart& part : datagrams.delivery)
        {
            m_claims.Add(
                m_received + part.position, part.length, m_received, UINT32_MAX, part.payload);
        }
    }
    else
    {
        m_claims.Add(m_received, bytes, m_received, UINT32_MAX, nullptr); // by no card of ours
    }
    m_received += bytes;
    NS_ABORT_MSG_IF(m_claims.Size() != m_waitingBytes + (m_reading ? m_reading->GetSize() : 0),
                    "UDP keeps " << m_waitingBytes << " bytes, their places are known of "
                                 << m_claims.Size());
}

void
PayloadCacheUdpSocket::Dropped(Ptr<const Packet> packet)
{
    m_host->CountDrop("udp_buffer_full");
    m_dropTrace(packet);
}

Ptr<Packet>
PayloadCacheUdpSocket::Recv(uint32_t maxSize, uint32_t flags)
{
    Address from;
    return RecvFrom(maxSize, flags, from);
}

Ptr<Packet>
PayloadCacheUdpSocket::TakeRead(uint32_t maxSize, Address& from)
{
    if (m_read.GetReady() > maxSize)
    {
        return nullptr;
    }
    from = m_readingFrom;
    return m_empty ? std::exchange(m_empty, nullptr) : m_read.Take(maxSize);
}

Ptr<Packet>
PayloadCacheUdpSocket::RecvFrom(uint32_t maxSize, uint32_t flags, Address& from)
{
    NS_LOG_FUNCTION(this << maxSize << flags);
    m_ownErrno = ERROR_NOTERROR;
    if (m_read.GetReady() > 0 || m_empty)
    {
        return TakeRead(maxSize, from);
    }
    if (m_closed || m_latchedClose)
    {
        m_ownErrno = ERROR_BADF;
        return nullptr;
    }
    if (InCall())
    {
        m_readWanted = true;
        m_ownErrno = ERROR_AGAIN;
        return nullptr;
    }
    PassOptions();
    if (m_waiting.empty())
    {
        m_ownErrno = ERROR_AGAIN;
        m_read.FoundNothing();
        return nullptr;
    }
    if (m_waiting.front().first->GetSize() > maxSize)
    {
        return nullptr; // ns-3 truncates none
    }
    // it leaves the socket's buffer now, as in Linux
    std::tie(m_reading, m_readingFrom) = m_waiting.front();
    m_waiting.pop_front();
    m_waitingBytes -= m_reading->GetSize();
    m_read.Begin(m_reading->GetSize());
    if (m_read.IsRunning())
    {
        m_ownErrno = ERROR_AGAIN;
        return nullptr;
    }
    EndRead();
    return TakeRead(maxSize, from);
}

void
PayloadCacheUdpSocket::EndRead()
{
    // an empty one has no bytes to be taken out
    m_empty = m_reading;
    m_reading = nullptr;
}

uint32_t
PayloadCacheUdpSocket::GetRxAvailable() const
{
    return m_read.GetReady() + (InCall() ? 0 : m_waitingBytes);
}

Ptr<PayloadCacheNetDevice>
PayloadCacheUdpSocket::FindReadCard()
{
    return m_readCard;
}

uint64_t
PayloadCacheUdpSocket::GetTaken() const
{
    return m_taken;
}

uint32_t
PayloadCacheUdpSocket::GetReadSize() const
{
    return UINT32_MAX;
}

uint32_t
PayloadCacheUdpSocket::GetInOrder() const
{
    return m_reading ? m_reading->GetSize() : 0;
}

Ptr<Packet>
PayloadCacheUdpSocket::TakeInOrder(uint32_t bytes)
{
    m_taken += bytes;
    m_claims.Pop(bytes);
    SegmentTag tag;
    m_reading->RemovePacketTag(tag); // of one that came over the loopback
    return std::exchange(m_reading, nullptr);
}

void
PayloadCacheUdpSocket::UpdateWindow()
{
}

void
PayloadCacheUdpSocket::ReadReturned()
{
    EndRead();
    if (m_closed)
    {
        m_read.Take(UINT32_MAX);
        m_empty = nullptr;
        ForgetUnread();
    }
    else
    {
        NotifyDataRecv();
        if (!InCall() && m_waiting.empty())
        {
            m_read.FellAsleep(); // in the next recvfrom, whether it has been called yet or not
        }
    }
    NotifyCallEnd();
}

bool
PayloadCacheUdpSocket::BeginBusyPoll()
{
    return false;
}

void
PayloadCacheUdpSocket::BeginUnit()
{
}

void
PayloadCacheUdpSocket::EndUnit()
{
}

} // namespace ns3
