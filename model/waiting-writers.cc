#include "waiting-writers.h"

#include <utility>

namespace ns3
{

void
WaitingWriters::Add(Retry retry)
{
    m_writers.push_back(std::move(retry));
}

bool
WaitingWriters::IsEmpty() const
{
    return m_writers.empty();
}

void
WaitingWriters::Serve(bool overtake)
{
    if (m_serving)
    {
        return;
    }
    m_serving = true;
    for (std::size_t place = 0; place < m_writers.size();)
    {
        auto retry = m_writers[place];
        if (retry())
        {
            m_writers.erase(m_writers.begin() + place);
        }
        else if (overtake)
        {
            place++;
        }
        else
        {
            break;
        }
    }
    m_serving = false;
}

void
WaitingWriters::Clear()
{
    m_writers.clear();
}

} // namespace ns3
