#include "read-call.h"

#include "frame-payload.h"
#include "process-socket.h"

#include <algorithm>

namespace ns3
{

bool
ReadCall::IsRunning() const
{
    return m_phase != Phase::IDLE;
}

void
ReadCall::Begin(uint32_t bytes)
{
    Ptr<HostModel> host = m_socket.GetHost();
    m_asked = std::min(bytes, m_socket.GetReadSize());
    m_bytes = 0;
    m_began = host->Now();
    m_async = false;
    m_phase = Phase::MOVE;
    host->Count(HostCounter::SYSTEM_CALLS);
    m_socket.EndBusyPoll();
    if (m_asleep)
    {
        host->Count(HostCounter::WAKE_UPS);
        pc_work wake;
        pc_work_clear(&wake);
        pc_work_add(&wake, &host->Costs(), PC_COST_WAKE_UP, 1);
        RunWakeUp(wake, false, [this, alive = m_socket.Keep()] { Enter(); });
    }
    else
    {
        Enter();
    }
    m_async = true; // what is not done by now comes later
}

void
ReadCall::Enter()
{
    pc_work work;
    pc_work_clear(&work);
    if (m_asleep)
    {
        m_asleep = false;
        AddSleep(work);
    }
    pc_work_add(&work, &m_socket.GetHost()->Costs(), PC_COST_SYSTEM_CALL, 1);
    Work(work);
}

Subject
ReadCall::About() const
{
    return Subject{"", 0, m_bytes, m_socket.GetNumber(), m_offset, 0};
}

void
ReadCall::Step()
{
    switch (m_phase)
    {
    case Phase::MOVE:
        Move();
        break;
    case Phase::WAIT_DMA:
        StartDma();
        break;
    case Phase::COMPLETE:
        Complete();
        break;
    case Phase::RETURN:
        Return();
        break;
    case Phase::CONSUME:
        Consume();
        break;
    case Phase::DONE:
        m_phase = Phase::IDLE;
        m_told = true;
        if (m_async)
        {
            m_socket.ReadReturned();
        }
        break;
    case Phase::IDLE:
        break;
    }
}

uint32_t
ReadCall::List()
{
    uint32_t hostBytes = 0;
    uint32_t offset = 0;
    m_pieces.clear();
    m_pins.clear();
    m_pages = 0;
    m_cachedBytes = 0;
    m_socket.GetClaims().ForFirst(m_bytes, [&](const RxClaims::Run& run, uint32_t bytes) {
        uint32_t host = run.HostBytes(bytes);
        hostBytes += host;
        m_cachedBytes += run.payload ? run.payload->inCache.Take(host) : 0;
        if (host < bytes)
        {
            AddPiece(run.payload, offset + host, bytes - host);
        }
        offset += bytes;
    });
    return hostBytes;
}

void
ReadCall::AddPiece(const std::shared_ptr<ReceivedPayload>& payload, uint32_t offset, uint32_t bytes)
{
    bool joins = !m_pieces.empty() && m_pieces.back().payload->card == payload->card &&
                 m_pieces.back().payload->unit == payload->unit;
    if (!joins)
    {
        m_pieces.push_back(Piece{payload, offset, 0, {}});
    }
    m_pins.emplace_back(payload->card, payload->handle);
    m_pieces.back().bytes += bytes;
    m_pieces.back().parts.push_back({offset % PC_PAGE_BYTES, bytes});
}

uint64_t
ReadCall::CountFrames() const
{
    uint64_t frames = 0;
    for (const Piece& piece : m_pieces)
    {
        frames += piece.parts.size();
    }
    return frames;
}

void
ReadCall::Move()
{
    m_socket.Lock();
    m_bytes = std::min(m_asked, m_socket.GetInOrder());
    m_offset = m_socket.GetTaken();
    if (HostObserver* observer = m_socket.GetHost()->GetObserver())
    {
        observer->ReadTakes(About(), m_began, m_socket.GetHost()->Now());
    }
    m_hostBytes = List();
    m_phase = m_pieces.empty() ? Phase::RETURN : Phase::WAIT_DMA;

    Ptr<HostModel> host = m_socket.GetHost();
    pc_work work;
    pc_work_clear(&work);
    pc_work_add(&work, &host->Costs(), PC_COST_READ_RETURN, 1);
    host->AddCopy(work, m_cachedBytes, HostModel::Source::LLC);
    host->AddCopy(work, m_hostBytes - m_cachedBytes, HostModel::Source::DRAM);
    Ptr<PayloadCacheNetDevice> card = m_socket.FindReadCard();
    if (card && !card->VerifiesChecksums())
    {
        pc_work_add(&work, &host->Costs(), PC_COST_CHECKSUM, m_hostBytes);
        pc_memory_touch(&host->Costs(), PC_MEM_CHECKSUM_READ, m_hostBytes, false);
    }
    if (!m_pieces.empty())
    {
        // the user's buffer is pinned once a page, whatever the pieces
        bool registered = m_pieces.front().payload->card->GetPath()->UsesRegisteredBuffers();
        m_pages = registered ? 0 : pc_card_pages(0, m_bytes);
        host->Count(HostCounter::PAGES_PINNED, m_pages);
        host->Count(HostCounter::READ_PIECES, m_pieces.size());
        pc_work_add(&work, &host->Costs(), PC_COST_PAGE_PIN, m_pages);
        pc_work_add(&work, &host->Costs(), PC_COST_IOMMU, m_pages);
        pc_work_add(&work, &host->Costs(), PC_COST_DMA_SUBMIT, m_pieces.size());
        pc_work_add(&work, &host->Costs(), PC_COST_DMA_GATHER, CountFrames() - m_pieces.size());
    }
    Work(work);
}

void
ReadCall::StartDma()
{
    m_phase = Phase::COMPLETE;
    Ptr<Socket> alive = m_socket.Keep();
    Ptr<PayloadCacheNetDevice> card = m_pieces.front().payload->card;
    uint32_t underWay = 0;
    m_dmaLeft = m_pieces.size();
    if (m_socket.GetHost()->DoesDmaCache())
    {
        m_delivered = CacheClaim(m_socket.GetHost(), m_bytes - m_hostBytes);
    }
    uint32_t cached = m_delivered.GetCached();
    for (const Piece& piece : m_pieces)
    {
        underWay += piece.bytes;
        Subject about = About();
        about.bytes = piece.bytes;
        about.offset += piece.offset;
        auto delivered = [this, alive] {
            if (--m_dmaLeft == 0 && m_waitingForDma)
            {
                m_waitingForDma = false;
                EndDmaWait();
            }
        };
        uint32_t pieceCached = std::min(cached, piece.bytes);
        cached -= pieceCached;
        piece.payload->card->Deliver(piece.parts, pieceCached, about, std::move(delivered));
    }
    if (m_dmaLeft == 0)
    {
        Continue();
        return;
    }
    m_waitingForDma = true;
    WaitForDma(card, true, underWay);
}

void
ReadCall::Complete()
{
    m_phase = Phase::RETURN;
    Ptr<HostModel> host = m_socket.GetHost();
    pc_work work;
    pc_work_clear(&work);
    pc_work_add(&work, &host->Costs(), PC_COST_DMA_COMPLETE, 1);
    pc_work_add(&work, &host->Costs(), PC_COST_PAGE_UNPIN, m_pages);
    pc_work_add(&work, &host->Costs(), PC_COST_RAM_RELEASE, m_pieces.size());
    Work(work);
}

void
ReadCall::Return()
{
    m_phase = Phase::CONSUME;
    // An abort may have taken bytes away while the call slept.
    m_bytes = std::min(m_bytes, m_socket.GetInOrder());
    m_told = false;
    m_ready = nullptr;
    if (m_bytes > 0)
    {
        std::vector<uint8_t> bytes;
        Collect(bytes);
        m_ready = m_socket.TakeInOrder(m_bytes);
        if (!bytes.empty())
        {
            Overlay(bytes);
        }
    }
    Ptr<PayloadCacheNetDevice> card;
    for (const Piece& piece : m_pieces)
    {
        card = piece.payload->card;
        card->NoteReleases(1);
    }
    m_pieces.clear();
    m_pins.clear();
    Ptr<HostModel> host = m_socket.GetHost();
    host->Count(HostCounter::BYTES_READ, m_bytes);
    pc_time latency = host->Now() - m_began;
    host->NoteReadLatency(latency);
    m_socket.TraceCall(false, m_bytes, PicoSeconds(latency));
    m_socket.UpdateWindow();
    m_socket.Unlock([this, card, alive = m_socket.Keep()] { Leave(card); });
}

void
ReadCall::Leave(Ptr<PayloadCacheNetDevice> card)
{
    if (!card)
    {
        Continue();
        return;
    }
    card->RingIfWanted(m_socket.GetProcessWorker(),
                       [this, alive = m_socket.Keep()] { Continue(); });
}

void
ReadCall::Consume()
{
    m_phase = Phase::DONE;
    Ptr<HostModel> host = m_socket.GetHost();
    pc_work work;
    pc_work_clear(&work);
    pc_work_add(&work, &host->Costs(), PC_COST_APPLICATION, m_bytes);
    if (host->DoesAppRead())
    {
        // what was copied lies in the core's caches; what came by DMA does not
        uint32_t copied = std::min(m_hostBytes, m_bytes);
        uint32_t byDma = m_bytes - copied;
        uint32_t cached = m_delivered.Take(byDma);
        pc_work_add(&work, &host->Costs(), PC_COST_APP_READ_WARM, copied);
        pc_work_add(&work, &host->Costs(), PC_COST_APP_READ_LLC, cached);
        pc_work_add(&work, &host->Costs(), PC_COST_APP_READ_COLD, byDma - cached);
        pc_memory_touch(&host->Costs(), PC_MEM_APPLICATION_READ, copied + cached, true);
        pc_memory_touch(&host->Costs(), PC_MEM_APPLICATION_READ, byDma - cached, false);
    }
    m_delivered = CacheClaim();
    Work(work);
}

uint32_t
ReadCall::GetReady() const
{
    return m_told && m_ready ? m_ready->GetSize() : 0;
}

Ptr<Packet>
ReadCall::Take(uint32_t bytes)
{
    uint32_t ready = GetReady();
    if (ready == 0)
    {
        return nullptr;
    }
    Ptr<Packet> taken = m_ready;
    m_ready = nullptr;
    if (bytes < ready)
    {
        m_ready = taken->CreateFragment(bytes, ready - bytes);
        taken = taken->CreateFragment(0, bytes);
    }
    return taken;
}

void
ReadCall::Woken()
{
    m_asleep = false;
}

void
ReadCall::FoundNothing()
{
    // one that sleeps is woken before it can poll again
    m_asleep = m_asleep || !m_socket.BeginBusyPoll();
}

void
ReadCall::FellAsleep()
{
    m_asleep = true;
}

// -- Bytes mode --

void
ReadCall::Collect(std::vector<uint8_t>& bytes) const
{
    uint32_t offset = 0;
    m_socket.GetClaims().ForFirst(m_bytes, [&](const RxClaims::Run& run, uint32_t length) {
        if (run.payload && run.payload->isVirtual)
        {
            bytes.resize(m_bytes);
            CopyRun(run, length, bytes.data() + offset);
            m_overlays.push_back({offset, length});
        }
        offset += length;
    });
}

void
ReadCall::CopyRun(const RxClaims::Run& run, uint32_t length, uint8_t* to)
{
    const ReceivedPayload& payload = *run.payload;
    uint32_t host = run.HostBytes(length);
    std::copy_n(payload.bytes.begin() + run.position, host, to);
    if (host < length)
    {
        payload.card->ReadRam(payload.handle,
                              payload.blockOffset + run.position + host,
                              to + host,
                              length - host);
    }
}

void
ReadCall::Overlay(const std::vector<uint8_t>& bytes)
{
    std::vector<uint8_t> all(m_ready->GetSize());
    m_ready->CopyData(all.data(), all.size());
    for (const auto& [offset, length] : m_overlays)
    {
        std::copy_n(bytes.begin() + offset, length, all.begin() + offset);
    }
    m_overlays.clear();
    SwapPayload(m_ready, FrameInfo(), Create<Packet>(all.data(), all.size()), 0);
}

} // namespace ns3
