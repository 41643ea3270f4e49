// Where received bytes lie, beside ns-3's own receive buffer: random segments come into both, and
// are read from both.

#include "payload-cache-net-device.h"
#include "rx-claims.h"

#include "ns3/packet.h"
#include "ns3/tcp-header.h"
#include "ns3/tcp-rx-buffer.h"
#include "ns3/test.h"

#include <algorithm>
#include <random>
#include <vector>

using namespace ns3;

namespace
{

constexpr int64_t FIRST = 1000;   // sequence number of the stream's first byte; chosen
constexpr uint32_t BUFFER = 4000; // bytes; chosen: some ten segments
constexpr int SEGMENTS = 250;     // of a trial: their numbers go into a byte
constexpr int TRIALS = 200;       // chosen

/** A segment: each of its bytes is its number. */
struct Segment
{
    int64_t offset;                           //!< stream offset
    uint32_t length;                          //!< bytes
    std::shared_ptr<ReceivedPayload> payload; //!< null: it lies in host memory
};

/** Each byte that TCP's buffer yields is of the segment that RxClaims says, and of its place there. */
class RxClaimsCase : public TestCase
{
  public:
    /** \param onCard share of segments that lie on a card */
    explicit RxClaimsCase(double onCard)
        : TestCase("beside ns-3's buffer, on a card " + std::to_string(onCard)),
          m_onCard(onCard)
    {
    }

  private:
    void DoRun() override
    {
        for (int trial = 0; trial < TRIALS; trial++)
        {
            RunTrial(trial);
        }
        NS_TEST_EXPECT_MSG_GT(m_compared, 100 * TRIALS, "hardly a byte was read");
    }

    void RunTrial(int trial)
    {
        m_random.seed(trial);
        m_segments.clear();
        m_claims = RxClaims();
        m_buffer = CreateObject<TcpRxBuffer>();
        m_buffer->SetMaxBufferSize(BUFFER);
        m_buffer->SetNextRxSequence(SequenceNumber32(FIRST));
        m_read = 0;
        for (int i = 0; i < SEGMENTS; i++)
        {
            Add();
            uint32_t kept = m_buffer->Size();
            NS_TEST_EXPECT_MSG_EQ(m_claims.Size(), kept, "trial " << trial << ", segment " << i);
            if (Draw(0, 3) == 0)
            {
                Read();
            }
        }
    }

    int64_t Draw(int64_t least, int64_t most)
    {
        return std::uniform_int_distribution<int64_t>(least, most)(m_random);
    }

    void Add()
    {
        int64_t next = m_buffer->NextRxSequence() - SequenceNumber32(FIRST);
        Segment segment;
        segment.offset = next + Draw(-300, 900);
        segment.length = static_cast<uint32_t>(Draw(1, 600));
        bool card = std::bernoulli_distribution(m_onCard)(m_random);
        segment.payload = card ? std::make_shared<ReceivedPayload>(nullptr) : nullptr;
        std::vector<uint8_t> bytes(segment.length, static_cast<uint8_t>(m_segments.size()));
        m_segments.push_back(segment);
        m_claims.Add(segment.offset, segment.length, next, BUFFER, segment.payload);
        TcpHeader header;
        header.SetSequenceNumber(SequenceNumber32(FIRST + segment.offset));
        m_buffer->Add(Create<Packet>(bytes.data(), segment.length), header);
    }

    void Read()
    {
        uint32_t bytes = std::min<uint32_t>(m_buffer->Available(), Draw(1, 1500));
        if (bytes == 0)
        {
            return;
        }
        std::vector<uint8_t> numbers(bytes);
        m_buffer->Extract(bytes)->CopyData(numbers.data(), bytes);
        std::size_t at = 0;
        m_claims.ForFirst(bytes, [&](const RxClaims::Run& run, uint32_t part) {
            for (uint32_t i = 0; i < part; i++, at++)
            {
                Compare(run, i, m_segments[numbers[at]], m_read + at);
            }
        });
        NS_TEST_EXPECT_MSG_EQ(at, bytes, "bytes that it knows the place of");
        m_claims.Pop(bytes);
        m_read += bytes;
        m_compared += bytes;
    }

    void Compare(const RxClaims::Run& run, uint32_t place, const Segment& kept, uint64_t offset)
    {
        NS_TEST_EXPECT_MSG_EQ(
            (run.payload == kept.payload), true, "another segment's byte, stream offset " << offset);
        if (run.payload)
        {
            NS_TEST_EXPECT_MSG_EQ(
                kept.offset + run.position + place, int64_t(offset), "another byte of the segment");
        }
    }

    double m_onCard;                 //!< share of segments
    std::mt19937 m_random;           //!< of a trial
    std::vector<Segment> m_segments; //!< of a trial
    RxClaims m_claims;               //!< what is tested
    Ptr<TcpRxBuffer> m_buffer;       //!< ns-3's
    uint64_t m_read{0};              //!< bytes, in a trial
    uint64_t m_compared{0};          //!< bytes, in all trials
};

class RxClaimsTestSuite : public TestSuite
{
  public:
    RxClaimsTestSuite()
        : TestSuite("payload-cache-rx-claims", UNIT)
    {
        for (double onCard : {0.0, 0.5, 0.9, 1.0})
        {
            AddTestCase(new RxClaimsCase(onCard), QUICK);
        }
    }
};

RxClaimsTestSuite g_rxClaimsTestSuite; //!< registers the suite

} // namespace
