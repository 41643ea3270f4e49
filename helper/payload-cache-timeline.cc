#include "payload-cache-timeline.h"

#include "ns3/abort.h"
#include "ns3/node.h"
#include "ns3/simulator.h"

namespace ns3
{

PayloadCacheTimeline::PayloadCacheTimeline(const std::string& file, Time from, Time to)
    : m_recording(std::make_shared<Recording>(file,
                                              from.GetPicoSeconds(),
                                              to == Time::Max() ? PC_NEVER : to.GetPicoSeconds()))
{
}

PayloadCacheTimeline::~PayloadCacheTimeline()
{
    Leave();
    m_recording->file.Discard();
}

void
PayloadCacheTimeline::Install(NetDeviceContainer cards)
{
    for (uint32_t i = 0; i < cards.GetN(); i++)
    {
        auto card = DynamicCast<PayloadCacheNetDevice>(cards.Get(i));
        NS_ABORT_MSG_IF(!card, "a timeline shows cards: PayloadCacheHelper::Install() makes them");
        Install(card, "node " + std::to_string(card->GetNode()->GetId()));
    }
}

void
PayloadCacheTimeline::Install(Ptr<PayloadCacheNetDevice> card, const std::string& name)
{
    Ptr<HostModel> host = card->GetHost();
    auto& timeline = m_hosts[host];
    if (!timeline)
    {
        timeline = std::make_shared<HostTimeline>(m_recording, host, name);
        host->SetObserver(timeline);
    }
    timeline->AddCard(card);
}

bool
PayloadCacheTimeline::Finish()
{
    for (const auto& [host, timeline] : m_hosts)
    {
        host->GetStatistics(); // its ledgers are brought up to now, and told
        timeline->Flush();
    }
    m_recording->arrows.EndAll();
    Leave();
    return m_recording->file.Finish(Simulator::Now().GetPicoSeconds());
}

void
PayloadCacheTimeline::Leave()
{
    for (const auto& [host, timeline] : m_hosts)
    {
        host->SetObserver(nullptr);
    }
    m_hosts.clear();
}

} // namespace ns3
