#include "blocking-call.h"

#include "payload-cache-net-device.h"
#include "process-socket.h"

namespace ns3
{

BlockingCall::BlockingCall(ProcessSocket& socket)
    : m_socket(socket)
{
}

void
BlockingCall::Continue()
{
    m_again = true;
    if (m_stepping)
    {
        return;
    }
    Ptr<Socket> alive = m_socket.Keep();
    m_stepping = true;
    while (m_again)
    {
        m_again = false;
        Step();
    }
    m_stepping = false;
}

void
BlockingCall::Work(const pc_work& work)
{
    m_socket.GetHost()->Run(m_socket.GetProcessWorker(),
                            work,
                            [this, alive = m_socket.Keep()] { Continue(); },
                            About());
}

void
BlockingCall::AddSleep(pc_work& work) const
{
    Ptr<HostModel> host = m_socket.GetHost();
    pc_work_add(&work, &host->Costs(), PC_COST_CONTEXT_SWITCH, 2);
    host->Count(HostCounter::CONTEXT_SWITCHES, 2);
}

void
BlockingCall::WaitForDma(Ptr<PayloadCacheNetDevice> card, bool toHost, uint32_t bytes)
{
    Ptr<HostModel> host = m_socket.GetHost();
    Ptr<Socket> alive = m_socket.Keep();
    pc_wait_estimate estimate = card->EstimateWait(toHost, bytes);
    if (pc_driver_spins(card->GetPath()->GetWait(), &estimate))
    {
        host->Count(HostCounter::DMA_SPINS);
        bool charged = (host->Costs().own_costs >> PC_CAT_SPIN) & 1;
        if (charged)
        {
            m_wait = Wait::SPIN;
            m_hold = host->Hold(
                m_socket.GetProcessWorker(),
                PC_CAT_SPIN,
                [this, alive] { Continue(); },
                About());
        }
        return;
    }
    m_wait = Wait::FALL_ASLEEP;
    m_socket.Unlock([this, alive, host] {
        if (m_wait == Wait::FALL_ASLEEP)
        {
            m_wait = Wait::SLEEP;
            host->Count(HostCounter::DMA_SLEEPS);
            return;
        }
        // done while it processed its backlog: it looks once more, and does not sleep
        m_socket.Lock();
        Continue();
    });
}

void
BlockingCall::EndDmaWait()
{
    Wait wait = m_wait;
    m_wait = Wait::NONE;
    switch (wait)
    {
    case Wait::SPIN:
        m_socket.GetHost()->Release(m_socket.GetProcessWorker(), m_hold);
        break;
    case Wait::SLEEP:
        WakeUp();
        break;
    case Wait::FALL_ASLEEP:
        break; // the end of the backlog goes on
    case Wait::NONE:
        Continue();
        break;
    }
}

void
BlockingCall::WakeUp()
{
    Ptr<HostModel> host = m_socket.GetHost();
    Ptr<Socket> alive = m_socket.Keep();
    pc_work interrupt;
    pc_work_clear(&interrupt);
    pc_work_add_own(&interrupt, &host->Costs(), PC_COST_INTERRUPT, 1);
    pc_work_add_own(&interrupt, &host->Costs(), PC_COST_WAKE_UP, 1);
    host->Count(HostCounter::INTERRUPTS);
    host->Count(HostCounter::WAKE_UPS);
    host->Count(HostCounter::CONTEXT_SWITCHES, 2);
    auto wakened = [this, alive, host] {
        pc_work switches;
        pc_work_clear(&switches);
        pc_work_add_own(&switches, &host->Costs(), PC_COST_CONTEXT_SWITCH, 2);
        m_socket.Lock();
        Work(switches);
    };
    RunWakeUp(interrupt, true, std::move(wakened));
}

void
BlockingCall::RunWakeUp(const pc_work& wake, bool own, Continuation done)
{
    Ptr<HostModel> host = m_socket.GetHost();
    Worker waker = m_socket.GetInterruptWorker();
    Worker woken{m_socket.GetProcessWorker().core, PC_CPU_INTERRUPT};
    if (waker.core == woken.core)
    {
        host->Run(waker, wake, std::move(done), About());
        return;
    }
    auto tell = [this, host, woken, own, done = std::move(done)] {
        host->Count(HostCounter::INTERRUPTS);
        pc_work interrupt;
        pc_work_clear(&interrupt);
        (own ? pc_work_add_own : pc_work_add)(&interrupt, &host->Costs(), PC_COST_INTERRUPT, 1);
        host->Run(woken, interrupt, done, About());
    };
    host->Run(waker, wake, std::move(tell), About());
}

} // namespace ns3
