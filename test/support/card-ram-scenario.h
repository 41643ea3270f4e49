#ifndef CARD_RAM_SCENARIO_H
#define CARD_RAM_SCENARIO_H

#include "payload-cache-net-device.h"

#include "ns3/error-model.h"
#include "ns3/ipv4-address.h"
#include "ns3/net-device-container.h"
#include "ns3/node-container.h"
#include "ns3/socket.h"

#include <memory>
#include <string>
#include <vector>

/**
 * \ingroup payload-cache-tests
 * One end of a connection, which writes a pattern and compares what it reads with another.
 */
class PatternEnd
{
  public:
    /**
     * Constructor.
     * \param socket its socket; written to once Start() is called, read from at once
     * \param writes flow of the pattern that it writes
     * \param reads flow of the pattern that it reads
     * \param bytes how many it writes
     * \param writeSize bytes a write
     */
    PatternEnd(ns3::Ptr<ns3::Socket> socket,
               uint32_t writes,
               uint32_t reads,
               uint64_t bytes,
               uint32_t writeSize);
    ~PatternEnd();

    /** It may write from now on. */
    void Start();
    /** What it does when it has written all: Close(), ShutdownSend(), or nothing. */
    enum class Then
    {
        CLOSE,
        SHUTDOWN,
        NOTHING
    };
    /** Sets it. */
    void SetThen(Then then);
    /** It reads no more, or again. */
    void SetReading(bool reading);

    ns3::Ptr<ns3::Socket> socket; //!< its socket
    uint64_t written{0};          //!< bytes
    uint64_t read{0};             //!< bytes
    uint64_t wrong{0};            //!< bytes read that are not the pattern's
    bool ended{false};            //!< the peer has closed

  private:
    void Connected(ns3::Ptr<ns3::Socket> socket);
    void Writable(ns3::Ptr<ns3::Socket> socket, uint32_t room);
    void Readable(ns3::Ptr<ns3::Socket> socket);
    void Closed(ns3::Ptr<ns3::Socket> socket);
    void Write();

    uint32_t m_writes;
    uint32_t m_reads;
    uint64_t m_bytes;
    uint32_t m_writeSize;
    ns3::Ptr<ns3::Packet> m_refused;
    bool m_started{false};
    bool m_done{false};
    bool m_reading{true};
    Then m_then{Then::CLOSE};
};

/**
 * \ingroup payload-cache-tests
 * Two hosts, whose every step costs time, with cards in bytes mode, and connections between them.
 */
class CardRamScenario
{
  public:
    /** What it is like. */
    struct Setting
    {
        std::string whenFull{"Copy"};   //!< policy
        uint64_t txRam{65536};          //!< bytes
        uint64_t rxRam{65536};          //!< bytes
        uint64_t txQuota{0};            //!< bytes
        uint64_t rxQuota{0};            //!< bytes
        uint32_t rcvBuf{131072};        //!< bytes
        bool clamp{false};              //!< windows are clamped
        double loss{0};                 //!< of frames, either way
        std::string releaseWait{"50us"}; //!< release commands wait for a doorbell
        double appReadCycles{2};        //!< a byte
    };

    explicit CardRamScenario(const Setting& setting);
    /** The simulation ends. */
    ~CardRamScenario();

    /** Connects host 0 to host 1, which listens on \p port. \param at seconds */
    PatternEnd& Connect(double at, uint16_t port, uint64_t bytes, uint32_t writeSize = 30000);
    /** Host 1 listens; each connection's end writes \p bytes. \return the listening socket */
    ns3::Ptr<ns3::Socket> Listen(uint16_t port, uint64_t bytes, PatternEnd::Then then);
    /** Host 1 listens, and nobody takes what comes. */
    ns3::Ptr<ns3::Socket> ListenAlone(uint16_t port);
    /** The wire goes dead, or lives again. */
    void SetLoss(double rate);
    /** \return card RAM held by a host's card, both sides, bytes */
    uint64_t Held(uint32_t host) const;
    /** \return of which on its way back */
    uint64_t Releasing(uint32_t host) const;
    /** \return wrong bytes at all ends */
    uint64_t CountWrong() const;
    /** \return bytes that all ends of host 1 have read */
    uint64_t CountRead() const;

    ns3::NodeContainer nodes;                               //!< the hosts
    ns3::NetDeviceContainer wires;                          //!< theirs
    std::vector<ns3::Ptr<ns3::PayloadCacheNetDevice>> cards; //!< theirs
    std::vector<ns3::Ipv4Address> addresses;                //!< theirs
    std::vector<std::unique_ptr<PatternEnd>> clients;       //!< ends on host 0
    std::vector<std::unique_ptr<PatternEnd>> servers;       //!< ends on host 1
    uint16_t localPort{0};                                  //!< of the next connection; 0: any

  private:
    void InstallCards(const Setting& setting);
    void Accepted(uint64_t bytes,
                  PatternEnd::Then then,
                  ns3::Ptr<ns3::Socket> socket,
                  const ns3::Address& from);

    std::vector<ns3::Ptr<ns3::RateErrorModel>> m_losses;
    std::vector<ns3::Ptr<ns3::Socket>> m_alone; //!< that nobody reads from
};

#endif
