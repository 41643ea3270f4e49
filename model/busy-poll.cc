#include "busy-poll.h"

#include "payload-cache-net-device.h"
#include "process-socket.h"

namespace ns3
{

BusyPoll::BusyPoll(ProcessSocket& socket)
    : m_socket(socket)
{
}

bool
BusyPoll::Begin()
{
    if (m_card)
    {
        return true;
    }
    Ptr<HostModel> host = m_socket.GetHost();
    pc_time span = host->GetBusyPoll();
    Ptr<PayloadCacheNetDevice> card = span > 0 ? m_socket.FindCard() : nullptr;
    int queue = card ? m_socket.GetQueueOn(*card) : -1;
    if (queue < 0 || !card->BeginBusyPoll(queue, m_socket.GetNumber()))
    {
        return false;
    }
    m_card = card;
    m_queue = queue;
    m_until = host->Now() + span;
    m_number++;
    if (!card->IsPolling(m_queue))
    {
        Hold(); // else at the end of that poll, whose work has to come to its end
    }
    Ptr<Socket> alive = m_socket.Keep();
    host->At(m_until, [this, alive, number = m_number] { TimeOut(number); });
    return true;
}

void
BusyPoll::End()
{
    if (m_card)
    {
        m_card->EndBusyPoll(m_queue);
        m_card = nullptr;
        Release();
    }
}

void
BusyPoll::RoundBegins()
{
    Release();
}

void
BusyPoll::RoundEnds()
{
    if (m_card && !m_hold)
    {
        Hold();
    }
}

void
BusyPoll::Hold()
{
    Ptr<HostModel> host = m_socket.GetHost();
    host->Count(HostCounter::BUSY_POLLS);
    m_hold = host->Hold(m_socket.GetProcessWorker(),
                        PC_CAT_SPIN,
                        nullptr,
                        Subject{"", 0, 0, m_socket.GetNumber(), m_socket.GetTaken(), 0});
}

void
BusyPoll::Release()
{
    if (m_hold)
    {
        m_socket.GetHost()->Release(m_socket.GetProcessWorker(), m_hold);
        m_hold = nullptr;
    }
}

void
BusyPoll::TimeOut(uint64_t number)
{
    if (m_card && number == m_number)
    {
        End();
        m_socket.FellAsleep();
    }
}

} // namespace ns3
