// A client asks a server over n connections: latency, wait and CPU of each request.
//
//      client                                server
//   +-----------+  request  ---->         +-----------+
//   | n sockets |                         | n sockets |
//   |  card === | ------ one link ------- | === card  |
//   +-----------+         <---- response  +-----------+

#include "addresses.h"
#include "request-client.h"
#include "request-server.h"
#include "scenario.h"

using namespace ns3;
using namespace scenario;

namespace
{

constexpr uint16_t FIRST_PORT = 5001; // chosen: iperf's; connection i has the i-th after it

/// Percentiles of requests: the tail is what servers are judged by.
const Percentiles TAIL = {{"p50", 50}, {"p90", 90}, {"p99", 99}, {"p999", 99.9}};

class RequestResponse : public Scenario
{
  public:
    RequestResponse()
        : Scenario("request-response",
                   "requests to a server over n connections: latency, wait and CPU of each.",
                   {"client", "server"})
    {
    }

  private:
    void DeclareOwn(Options& options) override
    {
        options.Section("Traffic", true);
        options.Add("requestSize", m_traffic.requestSize, "bytes a request", 1, MOST_BYTES);
        options.Add("responseSize", m_traffic.responseSize, "bytes a response", 1, MOST_BYTES);
        options.Add("concurrency", m_traffic.concurrency, "connections", 1, 10000);
        options.Add("rate",
                    m_traffic.rate,
                    "requests a second over all connections; 0: a closed loop",
                    0,
                    1e9);
        options.Add("arrivals", m_arrivals, "of requests of a given rate", {"poisson", "periodic"});
        options.Section("Server", false);
        options.Add("serviceCycles",
                    m_serviceCycles,
                    "the server's own work a request, cycles",
                    0,
                    UINT64_C(1000000000000));
        DeclareLength(options, m_p);
        options.Add("requests",
                    m_traffic.requests,
                    "requests that are made and counted, in the place of warm-up and duration",
                    1,
                    UINT64_C(100000000));
    }

    void CheckOwn() override
    {
        if (m_traffic.requests > 0 &&
            (m_options.IsGiven("duration") || m_options.IsGiven("warmup")))
        {
            Fail("--requests sets the run's length: it cannot stand beside --duration or --warmup");
        }
        if (m_options.IsGiven("arrivals") && m_traffic.rate == 0)
        {
            Fail("--arrivals=" + m_arrivals + ": it is of requests of a given rate; give --rate");
        }
        if (!m_p.HasHosts())
        {
            NoteNoEffect(m_options, "serviceCycles", m_p);
        }
        m_traffic.periodic = m_arrivals == "periodic";
        m_traffic.pattern = m_p.data == "bytes";
        m_traffic.callSize = static_cast<uint32_t>(m_p.sndBuf);
    }

    void DescribeOwn(Json& parameters) const override
    {
        parameters["requestSize"] = m_traffic.requestSize;
        parameters["responseSize"] = m_traffic.responseSize;
        parameters["concurrency"] = m_traffic.concurrency;
        parameters["rate"] = m_traffic.rate;
        parameters["arrivals"] = m_traffic.rate > 0 ? m_arrivals : "closed loop";
        parameters["serviceCycles"] = m_serviceCycles;
        parameters["requests"] = m_traffic.requests;
        parameters["duration"] = m_traffic.requests ? 0 : m_p.duration;
        parameters["warmup"] = m_traffic.requests ? 0 : m_p.warmup;
    }

    void Build() override
    {
        m_network->MakePair();
        const Host& client = m_network->GetHosts()[0];
        const Host& server = m_network->GetHosts()[1];
        TypeId protocol = m_network->GetSocketFactory();
        m_client = CreateObject<RequestClient>(protocol, At(server.address, FIRST_PORT), m_traffic);
        m_server = CreateObject<RequestServer>(
            protocol, server.wire, AtAny(server.address, FIRST_PORT), m_traffic, m_serviceCycles);
        server.node->AddApplication(m_server);
        client.node->AddApplication(m_client);
    }

    void Begin() override
    {
        // all times count from here, so that a connection's set-up does not move the arrivals
        m_client->WhenConnected([this] { Connected(); }, [this] { Drain(); });
    }

    /** All connections stand: requests begin. */
    void Connected()
    {
        if (m_traffic.requests == 0)
        {
            CountSpan();
        }
        else
        {
            BeginCounting();
            Drain();
        }
        m_client->Begin();
    }

    void BeginCountingOwn() override
    {
        m_client->BeginCounting();
        m_server->BeginCounting();
        for (uint64_t i = 0; i < m_traffic.concurrency; i++)
        {
            m_readBefore.push_back(GetRead(i));
        }
    }

    /** \return payload bytes that both ends of a connection have read */
    uint64_t GetRead(uint64_t connection) const
    {
        return m_client->GetEnd(connection).GetRead() + m_server->GetEnd(connection).GetRead();
    }

    void CountOwn(Json& record, double duration) override
    {
        uint64_t all = 0;
        record["flows"] = Json::array();
        for (uint64_t i = 0; i < m_traffic.concurrency; i++)
        {
            uint64_t bytes = GetRead(i) - m_readBefore[i];
            all += bytes;
            record["flows"].push_back({{"goodput_bps", 8 * bytes / duration}, {"bytes", bytes}});
        }
        record["goodput_bps"] = 8 * all / duration;
        uint64_t requests = m_client->GetLatencies().size();
        Json& own = record["scenario"];
        own["requests"] = requests;
        own["requests_per_s"] = requests / duration;
        own["outstanding_mean"] = m_client->GetOutstandingTime() / 1e12 / duration;
        own["latency_us"] = LatencyRecord(m_client->GetLatencies(), TAIL);
        own["wait_us"] = LatencyRecord(m_server->GetWaits(), TAIL);
        own["service_us"] = LatencyRecord(m_server->GetServices(), TAIL);
        own["cpu_us_per_request"] = CpuPerRequest(requests);
    }

    /** \return CPU time a request, by host, us; null where there are no requests, or no hosts */
    Json CpuPerRequest(uint64_t requests)
    {
        Json cpu;
        for (const Host& host : m_network->GetHosts())
        {
            if (host.card && requests > 0)
            {
                Ptr<HostModel> model = host.card->GetHost();
                HostModel::Statistics stats = model->GetStatistics();
                pc_time busy = stats.elapsed * model->GetCores() - stats.cpu[PC_CAT_IDLE];
                cpu[host.name] = busy / 1e6 / requests;
            }
        }
        return cpu;
    }

    void Finish() override
    {
        m_client->Finish();
    }

    bool IsFinished() const override
    {
        return m_client->IsFinished() && m_server->IsFinished();
    }

    Time GetLastProgress() const override
    {
        bool waits = m_client->GetConnected() == m_traffic.concurrency &&
                     m_client->GetOutstanding() == 0 && !m_client->IsFinished();
        Time last = waits ? Simulator::Now() : Time(0); // for the next request to be due
        for (uint64_t i = 0; i < m_traffic.concurrency; i++)
        {
            last = Max(last, m_client->GetEnd(i).GetLastRead());
            last = Max(last, m_server->GetEnd(i).GetLastRead());
        }
        return last;
    }

    std::string Shortfall() const override
    {
        if (m_client->GetConnected() < m_traffic.concurrency)
        {
            return std::to_string(m_client->GetConnected()) + " of " +
                   std::to_string(m_traffic.concurrency) + " connections stand";
        }
        return std::to_string(m_client->GetOutstanding()) + " requests without a response";
    }

    uint64_t GetRead() const override
    {
        uint64_t read = 0;
        for (uint64_t i = 0; i < m_traffic.concurrency; i++)
        {
            read += GetRead(i);
        }
        return read;
    }

    uint64_t GetWrong() const override
    {
        uint64_t wrong = 0;
        for (uint64_t i = 0; i < m_traffic.concurrency; i++)
        {
            wrong += m_client->GetEnd(i).GetWrong() + m_server->GetEnd(i).GetWrong();
        }
        return wrong;
    }

    static constexpr uint64_t MOST_BYTES = UINT64_C(1) << 30; //!< of a message: as of a write

    RequestTraffic m_traffic;           //!< what is sent
    std::string m_arrivals{"poisson"};  //!< of requests of a given rate
    uint64_t m_serviceCycles{0};        //!< the server's work a request
    Ptr<RequestClient> m_client;        //!< asks
    Ptr<RequestServer> m_server;        //!< answers
    std::vector<uint64_t> m_readBefore; //!< by connection: bytes read before counting began
};

} // namespace

int
main(int argc, char* argv[])
{
    return RequestResponse().Main(argc, argv);
}
