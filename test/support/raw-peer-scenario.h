#ifndef RAW_PEER_SCENARIO_H
#define RAW_PEER_SCENARIO_H

#include "card-ram-scenario.h"

#include "ns3/address.h"
#include "ns3/tcp-header.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

/**
 * \ingroup payload-cache-tests
 * A peer without a stack, which says on the wire whatever it is told to: it makes the headers of
 * its packets itself, and looks at those that come. Its stream is a pattern, and it compares what
 * comes with another.
 *
 * Places in either stream are offsets: its first byte is at 0. It offers no TCP option, so windows
 * are as the headers say.
 */
class RawPeer
{
  public:
    /** A segment that came. */
    struct Segment
    {
        int64_t offset{0};  //!< of its first byte in the host's stream
        uint32_t length{0}; //!< payload bytes
        uint8_t flags{0};   //!< TcpHeader's

        /** \return the offset behind it; a FIN counts as a byte */
        int64_t End() const;
    };

    /**
     * Constructor.
     * \param wire its device, whose node has no stack
     * \param own its IP address
     * \param host the host's
     * \param port its port
     * \param hostPort the host's; 0 if it waits for the host to connect
     */
    RawPeer(ns3::Ptr<ns3::NetDevice> wire,
            const ns3::Address& own,
            const ns3::Address& host,
            uint16_t port,
            uint16_t hostPort);
    ~RawPeer();

    /** Asks for a connection; it stands once the host has answered. */
    void Connect();
    /** Sends bytes [\p from, \p to) of its stream, at most a packet of them. */
    void Send(int64_t from, int64_t to);
    /** Sends bytes [\p from, \p to) in segments of \p size. */
    void SendAll(int64_t from, int64_t to, uint32_t size);
    /** Its stream ends at \p offset. */
    void Finish(int64_t offset);
    /** Resets the connection, as one that has sent up to \p offset. */
    void Reset(int64_t offset);
    /** A segment that came is kept if it is the next in order; nothing is said of it. */
    void Take(const Segment& segment);
    /** Acknowledges the host's stream up to \p offset. */
    void Acknowledge(int64_t offset);
    /** Sends a segment. \param flags TcpHeader's */
    void Say(uint8_t flags, int64_t offset, uint32_t length);

    uint16_t window{65535};             //!< that it advertises
    int64_t expected{0};                //!< the host's stream is here up to this offset
    bool acknowledges{true};            //!< what comes, at once
    uint8_t hops{64};                   //!< time to live, hop limit
    ns3::Address destination;           //!< of its packets, the host unless it is set
    uint32_t firstSequence{0xfffff000}; //!< of its SYN: its sequence numbers soon begin anew
    std::function<void(const Segment&)> onSegment; //!< told of what comes

    int64_t acknowledged{-1}; //!< the host has acknowledged our stream up to here
    uint32_t hostWindow{0};   //!< that the host has advertised last
    uint64_t resets{0};       //!< that have come
    uint64_t segments{0};     //!< with payload that have come
    uint64_t wrong{0};        //!< bytes that were not the pattern's, beside blanked ones
    /** Zeros in the place of bytes that it had acknowledged before. The host has given their payload
     * back, on that word, while a frame with them waited: RFC 9293, 3.10.7.4, has a peer trim them. */
    uint64_t blanked{0};
    uint64_t wrongSums{0};    //!< packets whose TCP checksum was not right
    uint64_t passedOn{0};     //!< payload bytes of our own packets that came back

  private:
    void Receive(ns3::Ptr<ns3::NetDevice> device,
                 ns3::Ptr<const ns3::Packet> packet,
                 uint16_t protocol,
                 const ns3::Address& from,
                 const ns3::Address& to,
                 ns3::NetDevice::PacketType type);
    void Heard(const ns3::TcpHeader& header, ns3::Ptr<const ns3::Packet> payload);
    /** Compares what came at \p offset of the host's stream. */
    void Compare(int64_t offset, ns3::Ptr<const ns3::Packet> payload);
    void Transmit(ns3::TcpHeader& header, ns3::Ptr<ns3::Packet> packet);

    ns3::Ptr<ns3::NetDevice> m_wire;
    ns3::Address m_own;
    uint16_t m_port;
    uint16_t m_hostPort;
    uint32_t m_hostFirst{0}; //!< sequence number of the host's SYN
    int64_t m_told{0};       //!< offset that has been acknowledged
    bool m_stands{false};    //!< the host's SYN has come
};

/**
 * \ingroup payload-cache-tests
 * A host, whose every step costs time, with a card in bytes mode, and raw peers at the other end of
 * its wire.
 */
class RawPeerScenario
{
  public:
    /** What it is like. */
    struct Setting
    {
        std::string path{"payload-cache"}; //!< data path
        bool ipv6{false};                  //!< IPv4 otherwise
        std::string whenFull{"Copy"};      //!< policy
        uint64_t rxRam{1 << 20};           //!< bytes
        uint32_t rcvBuf{131072};           //!< bytes
        bool farMemory{false}; //!< the card waits long for what it reads; work takes no time
    };

    explicit RawPeerScenario(const Setting& setting);
    /** The simulation ends. */
    ~RawPeerScenario();

    /** \return a peer, which has not connected yet */
    RawPeer& AddPeer(uint16_t port = 40000, uint16_t hostPort = PORT);
    /** The host listens, and reads each connection at once if \p reads. */
    void Listen(bool reads = true);
    /** The host connects to a peer that waits, and writes \p bytes. \param at milliseconds */
    PatternEnd& Connect(double at, uint64_t bytes, uint32_t writeSize = 30000);
    /** Something happens. \param at milliseconds */
    void At(double at, std::function<void()> what);
    /** Goes on. \param until milliseconds */
    void RunUntil(double until);
    /** \return card RAM held, both sides, bytes */
    uint64_t Held() const;
    /** \return card RAM that packets with so much payload take, each in whole granules */
    uint64_t RamOf(uint64_t packets, uint32_t payload) const;
    /** \return an address in another network */
    ns3::Address Elsewhere() const;
    /** The host forwards what is for there, over the wire that it came by. */
    void RouteElsewhere();

    static constexpr uint16_t PORT = 5001; //!< of the host's sockets
    static constexpr uint32_t MSS = 1400;  //!< segment size, of either family

    Setting setting;                               //!< as given
    ns3::Ptr<ns3::Node> host;                      //!< with the card
    ns3::Ptr<ns3::PayloadCacheNetDevice> card;     //!< the card
    ns3::Ptr<ns3::Socket> listener;                //!< on the host, once it listens
    std::vector<std::unique_ptr<RawPeer>> peers;   //!< at the other end
    std::vector<std::unique_ptr<PatternEnd>> ends; //!< on the host, in the order of connections

  private:
    void InstallCard(ns3::Ptr<ns3::NetDevice> wire);
    void Accepted(bool reads, ns3::Ptr<ns3::Socket> socket, const ns3::Address& from);

    ns3::Ptr<ns3::NetDevice> m_farWire;
    ns3::Address m_own;
    ns3::Address m_peer;
};

#endif
