#include "wire-faults.h"

#include "wire-damage.h"

#include "ns3/boolean.h"
#include "ns3/double.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/pointer.h"
#include "ns3/ppp-header.h"
#include "ns3/simulator.h"

#include <vector>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(WireFaults);

namespace
{

constexpr uint16_t PPP_IPV4 = 0x0021; // IANA PPP numbers
constexpr uint16_t PPP_IPV6 = 0x0057; // IANA PPP numbers

/** The first bytes of a frame, one of which is changed. */
class FirstBytes : public Header
{
  public:
    explicit FirstBytes(uint32_t bytes)
        : m_bytes(bytes)
    {
    }

    static TypeId GetTypeId()
    {
        static TypeId tid =
            TypeId("ns3::WireFaultsFirstBytes").SetParent<Header>().SetGroupName("PayloadCache");
        return tid;
    }

    TypeId GetInstanceTypeId() const override
    {
        return GetTypeId();
    }

    uint32_t GetSerializedSize() const override
    {
        return m_bytes.size();
    }

    void Serialize(Buffer::Iterator start) const override
    {
        start.Write(m_bytes.data(), m_bytes.size());
    }

    uint32_t Deserialize(Buffer::Iterator start) override
    {
        start.Read(m_bytes.data(), m_bytes.size());
        return m_bytes.size();
    }

    void Print(std::ostream& os) const override
    {
        os << m_bytes.size() << " bytes, the last one damaged";
    }

    void ChangeLast(uint8_t bits)
    {
        m_bytes.back() ^= bits;
    }

  private:
    std::vector<uint8_t> m_bytes; //!< all of them
};

} // namespace

TypeId
WireFaults::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::WireFaults")
            .SetParent<ErrorModel>()
            .SetGroupName("PayloadCache")
            .AddConstructor<WireFaults>()
            .AddAttribute("Losses",
                          "what is asked first whether a frame is lost; null for no loss [object]",
                          PointerValue(),
                          MakePointerAccessor(&WireFaults::m_losses),
                          MakePointerChecker<ErrorModel>())
            .AddAttribute("CorruptRate",
                          "frames of which a byte is damaged [fraction]",
                          DoubleValue(0),
                          MakeDoubleAccessor(&WireFaults::m_corruptRate),
                          MakeDoubleChecker<double>(0, 1))
            .AddAttribute("DuplicateRate",
                          "frames that come twice [fraction]",
                          DoubleValue(0),
                          MakeDoubleAccessor(&WireFaults::m_duplicateRate),
                          MakeDoubleChecker<double>(0, 1))
            .AddAttribute("ReorderRate",
                          "frames that are held back, so that others overtake them [fraction]",
                          DoubleValue(0),
                          MakeDoubleAccessor(&WireFaults::m_reorderRate),
                          MakeDoubleChecker<double>(0, 1))
            .AddAttribute("LongestDelay",
                          "a frame that is held back, or comes again, is late by as much at most "
                          "[us]",
                          TimeValue(MicroSeconds(100)),
                          MakeTimeAccessor(&WireFaults::m_most),
                          MakeTimeChecker(Time(0)))
            .AddAttribute("DropDamaged",
                          "take damaged frames out whose checksums tell it: for stock devices in "
                          "runs without checksums, in which nobody would find it out [bool]",
                          BooleanValue(false),
                          MakeBooleanAccessor(&WireFaults::m_dropsDamaged),
                          MakeBooleanChecker());
    return tid;
}

WireFaults::WireFaults()
    : m_corrupt(CreateObject<UniformRandomVariable>()),
      m_duplicate(CreateObject<UniformRandomVariable>()),
      m_reorder(CreateObject<UniformRandomVariable>())
{
}

void
WireFaults::Install(Ptr<PointToPointNetDevice> wire)
{
    m_wire = wire;
    wire->SetReceiveErrorModel(this);
}

int64_t
WireFaults::AssignStreams(int64_t stream)
{
    m_corrupt->SetStream(stream);
    m_duplicate->SetStream(stream + 1);
    m_reorder->SetStream(stream + 2);
    return 3;
}

const WireFaults::Counts&
WireFaults::GetCounts() const
{
    return m_counts;
}

void
WireFaults::DoReset()
{
}

void
WireFaults::DoDispose()
{
    m_wire = nullptr;
    m_losses = nullptr;
    ErrorModel::DoDispose();
}

bool
WireFaults::Happens(Ptr<UniformRandomVariable> chance, double rate)
{
    return rate > 0 && chance->GetValue() < rate;
}

bool
WireFaults::DoCorrupt(Ptr<Packet> packet)
{
    if (m_again)
    {
        return false;
    }
    if (m_losses && m_losses->IsCorrupt(packet))
    {
        m_counts.lost++;
        return true;
    }
    if (Happens(m_corrupt, m_corruptRate))
    {
        Damage(packet);
        m_counts.corrupted++;
        if (m_dropsDamaged && !LooksWhole(packet))
        {
            return true;
        }
    }
    if (Happens(m_duplicate, m_duplicateRate))
    {
        m_counts.duplicated++;
        ComeLater(packet, m_duplicate);
    }
    if (Happens(m_reorder, m_reorderRate))
    {
        m_counts.reordered++;
        ComeLater(packet, m_reorder);
        return true;
    }
    return false;
}

void
WireFaults::Damage(Ptr<Packet> frame)
{
    uint32_t link = PppHeader().GetSerializedSize();
    DamageTag damage;
    damage.position = m_corrupt->GetInteger(0, frame->GetSize() - link - 1);
    FirstBytes bytes(link + damage.position + 1);
    frame->RemoveHeader(bytes);
    bytes.ChangeLast(m_corrupt->GetInteger(1, 255));
    frame->AddHeader(bytes);
    frame->ReplacePacketTag(damage);
}

void
WireFaults::ComeLater(Ptr<const Packet> frame, Ptr<UniformRandomVariable> chance)
{
    Simulator::Schedule(m_most * chance->GetValue(),
                        &WireFaults::Come,
                        Ptr<WireFaults>(this),
                        frame->Copy());
}

void
WireFaults::Come(Ptr<Packet> frame)
{
    if (m_wire) // else it has been disposed of meanwhile
    {
        m_again = true;
        m_wire->Receive(frame);
        m_again = false;
    }
}

bool
WireFaults::LooksWhole(Ptr<const Packet> frame)
{
    Ptr<Packet> packet = frame->Copy();
    PppHeader ppp;
    packet->RemoveHeader(ppp);
    uint16_t protocol = ppp.GetProtocol() == PPP_IPV4   ? Ipv4L3Protocol::PROT_NUMBER
                        : ppp.GetProtocol() == PPP_IPV6 ? Ipv6L3Protocol::PROT_NUMBER
                                                        : 0;
    return CheckPacket(packet, protocol) == PC_PACKET_WHOLE;
}

} // namespace ns3
