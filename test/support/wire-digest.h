#ifndef WIRE_DIGEST_H
#define WIRE_DIGEST_H

#include "ns3/packet.h"
#include "ns3/simulator.h"

#include <cstdint>
#include <vector>

/**
 * \ingroup payload-cache-tests
 * FNV-1a over all that passes wires: stricter than a pcap, which rounds times.
 */
class WireDigest
{
  public:
    /** A frame at wire \p wire. */
    void Frame(uint32_t wire, ns3::Ptr<const ns3::Packet> packet)
    {
        std::vector<uint8_t> bytes(packet->GetSize());
        packet->CopyData(bytes.data(), bytes.size());
        AddPlace(wire, bytes.size());
        for (uint8_t byte : bytes)
        {
            m_value = (m_value ^ byte) * 0x100000001b3ULL;
        }
    }

    /** A frame at wire \p wire, whose bytes do not matter. */
    void Shape(uint32_t wire, ns3::Ptr<const ns3::Packet> packet)
    {
        AddPlace(wire, packet->GetSize());
    }

    /** \return the digest */
    uint64_t GetValue() const
    {
        return m_value;
    }

    /** \return frames so far */
    uint64_t GetFrames() const
    {
        return m_frames;
    }

  private:
    /** Adds where and when a frame is, and how long it is. */
    void AddPlace(uint32_t wire, uint64_t size)
    {
        Add(wire);
        Add(ns3::Simulator::Now().GetTimeStep());
        Add(size);
        m_frames++;
    }

    /** Adds a number. */
    void Add(uint64_t number)
    {
        for (int i = 0; i < 8; i++)
        {
            m_value = (m_value ^ (number >> (8 * i) & 0xff)) * 0x100000001b3ULL;
        }
    }

    uint64_t m_value{0xcbf29ce484222325ULL}; //!< FNV offset basis
    uint64_t m_frames{0};                    //!< frames so far
};

#endif
