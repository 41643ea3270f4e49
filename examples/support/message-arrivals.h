#ifndef MESSAGE_ARRIVALS_H
#define MESSAGE_ARRIVALS_H

#include "pc-core.h"

#include "ns3/net-device.h"
#include "ns3/packet.h"
#include "ns3/sequence-number.h"

#include <deque>
#include <map>
#include <vector>

namespace scenario
{

/**
 * When messages of TCP connections reached a host: each at the time at which its last byte, and
 * every byte before it, had come over the wire, whatever the card and the host did with them
 * afterwards. It reads the frames of a point-to-point wire; connection i goes to port first + i.
 */
class MessageArrivals
{
  public:
    /**
     * Constructor. It has to outlive the wire's traffic.
     * \param wire the host's end of the wire
     * \param firstPort the host's port of connection 0
     * \param connections how many there are
     * \param messageBytes size of a message
     */
    MessageArrivals(ns3::Ptr<ns3::NetDevice> wire,
                    uint16_t firstPort,
                    uint64_t connections,
                    uint64_t messageBytes);

    /** Takes the arrival of a connection's next message, which has to have come. \return ps */
    pc_time Take(uint64_t connection);

  private:
    /** What came of one connection. */
    struct Stream
    {
        ns3::SequenceNumber32 next;         //!< of the first byte that is missing
        uint64_t inOrder{0};                //!< bytes before it
        std::map<uint64_t, uint64_t> ahead; //!< first byte, end: what came behind it
        std::deque<pc_time> arrivals;       //!< of messages that nobody has taken yet, ps
    };

    /** A frame has come over the wire. */
    void FrameCame(ns3::Ptr<const ns3::Packet> frame);
    /** Bytes of a stream have come. */
    void BytesCame(Stream& stream, ns3::SequenceNumber32 first, uint32_t bytes);

    uint16_t m_firstPort;          //!< of connection 0
    uint64_t m_messageBytes;       //!< size of a message
    std::vector<Stream> m_streams; //!< by connection
};

} // namespace scenario

#endif
