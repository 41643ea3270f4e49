// The datagram socket's sendto: from the call to ns-3's UDP.

#include "frame-payload.h"
#include "neighbour-watch.h"
#include "payload-cache-net-device.h"
#include "payload-cache-udp-socket.h"
#include "segment-tag.h"

#include "ns3/ipv4.h"
#include "ns3/ipv6.h"
#include "ns3/log.h"

#include <algorithm>
#include <utility>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("PayloadCacheUdpSend");

namespace
{

constexpr uint32_t IPV4_HEADER = 20;         // RFC 791, without options, as ns-3 sends it
constexpr uint32_t IPV6_HEADER = 40;         // RFC 8200
constexpr uint32_t IPV6_FRAGMENT_HEADER = 8; // RFC 8200
constexpr uint32_t FRAGMENT_UNIT = 8;        // fragments are whole multiples of it, but the last

/** \return true if a device has no interface that is up */
template <typename Ip>
bool
IsDown(Ptr<Ip> ip, Ptr<NetDevice> device)
{
    int32_t interface = ip->GetInterfaceForDevice(device);
    return interface < 0 || !ip->IsUp(interface);
}

/** \return true if nothing leaves by a device for an address of that family */
bool
IsDownFor(Ptr<NetDevice> device, const Address& address)
{
    return Ipv4Address::IsMatchingType(address)
               ? IsDown(device->GetNode()->GetObject<Ipv4>(), device)
               : IsDown(device->GetNode()->GetObject<Ipv6>(), device);
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
        PlaceToSend(*card);
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
        m_host->GetDatagrams().sent.Enter({m_number, m_place},
                                          datagram.pieces,
                                          bytes + FrameInfo::UDP_HEADER,
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
        return;
    }
    m_host->Count(HostCounter::BYTES_WRITTEN, bytes);
    if (card)
    {
        WatchSent(card, datagram.address, {m_number, offset}, bytes);
    }
}

void
PayloadCacheUdpSocket::WatchSent(Ptr<PayloadCacheNetDevice> card,
                                 const Address& address,
                                 SentDatagrams::Key key,
                                 uint32_t bytes)
{
    if (IsDownFor(card, address))
    {
        // to a group, or to all: ns-3 looks for no route there, and tells nobody of the loss
        m_host->GetDatagrams().sent.Gone(key, UINT64_MAX);
    }
    else if (Ipv6Address::IsMatchingType(address))
    {
        NeighbourWatch::Begin(m_host,
                              card,
                              Ipv6Address::ConvertFrom(address),
                              key,
                              bytes + FrameInfo::UDP_HEADER);
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

uint32_t
PayloadCacheUdpSocket::FindOnCard(uint64_t /* offset */,
                                  uint32_t /* bytes */,
                                  std::vector<CardSlice>& /* slices */) const
{
    return 0; // the host's SentDatagrams know, also when the socket has gone
}

} // namespace ns3
