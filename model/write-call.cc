#include "write-call.h"

#include "payload-cache-net-device.h"
#include "process-socket.h"

#include <algorithm>

namespace ns3
{

WriteCall::~WriteCall()
{
    // a call that has not come to its end has blocks that TCP does not know of yet
    for (std::size_t place = 0; place < m_pieces.size(); place++)
    {
        const Piece& piece = m_pieces[place];
        if (piece.card)
        {
            piece.card->Release(PC_RAM_TX, piece.handle, UINT32_MAX);
        }
    }
}

bool
WriteCall::IsRunning() const
{
    return m_phase != Phase::IDLE;
}

void
WriteCall::Begin(Ptr<Packet> packet, int64_t attempted, bool refused)
{
    m_socket.EndBusyPoll();
    m_packet = packet;
    m_attempted = attempted;
    m_offset = m_socket.GetWritten();
    m_card = m_socket.FindCard();
    m_placed = 0;
    m_entered = 0;
    m_pages = 0;
    m_byDma = false;
    m_copyRest = false;
    m_aborted = false;
    m_async = false;
    m_phase = Phase::PLACE;

    Ptr<HostModel> host = m_socket.GetHost();
    host->Count(HostCounter::SYSTEM_CALLS);
    pc_work work;
    pc_work_clear(&work);
    pc_work_add(&work, &host->Costs(), PC_COST_APPLICATION, packet->GetSize());
    if (refused)
    {
        AddSleep(work);
    }
    pc_work_add(&work, &host->Costs(), PC_COST_SYSTEM_CALL, 1);
    m_socket.Lock();
    Work(work);
    m_async = true; // what is not done by now comes later
}

Subject
WriteCall::Part(uint32_t placed, uint32_t bytes) const
{
    return Subject{"", 0, bytes, m_socket.GetNumber(), m_offset + placed, 0};
}

Subject
WriteCall::About() const
{
    return Part(0, m_packet->GetSize());
}

void
WriteCall::Step()
{
    switch (m_phase)
    {
    case Phase::PLACE:
        Place();
        break;
    case Phase::WAIT_DMA:
        WaitForPieces();
        break;
    case Phase::COMPLETE:
        Complete();
        break;
    case Phase::PUSH:
        Push();
        break;
    case Phase::RETURN:
        m_socket.Unlock([this, alive = m_socket.Keep()] { Finish(); });
        break;
    case Phase::IDLE:
        break;
    }
}

// -- Placing --

void
WriteCall::Place()
{
    uint32_t rest = m_packet->GetSize() - m_placed;
    if (rest == 0 || m_aborted)
    {
        m_phase = Phase::WAIT_DMA;
        Continue();
        return;
    }
    uint32_t fits = Fits();
    if (fits == 0)
    {
        SleepForRoom(false);
        return;
    }
    uint64_t onCard = 0;
    if (m_card && !m_copyRest)
    {
        Ptr<DataPath> path = m_card->GetPath();
        uint64_t room = m_card->GetTxRoom(m_socket.GetNumber());
        if (room < fits && RingForRoom())
        {
            return; // it looks again once what was given back is room
        }
        onCard = path->PlaceOnCard(room, fits, m_socket.GetMss());
        if (onCard == 0 && path->WaitsForRoom() &&
            m_socket.MayWaitForRoom(m_card, m_placed, rest))
        {
            m_card->CountFull(true, m_socket.GetNumber());
            SleepForRoom(true);
            return;
        }
        if (onCard == 0 && path->KeepsPayload())
        {
            m_card->CountFull(false, m_socket.GetNumber());
            m_copyRest = true;
            m_socket.GetHost()->Count(HostCounter::FALLBACK_BYTES, rest);
        }
    }
    if (onCard > 0)
    {
        PlaceOnCard(static_cast<uint32_t>(onCard));
    }
    else
    {
        Copy(std::min(fits, m_socket.GetSkbuffBytes(m_card, m_placed)));
    }
}

bool
WriteCall::RingForRoom()
{
    return m_card->RingForRoom(m_socket.GetProcessWorker(),
                               [this, alive = m_socket.Keep()] { Continue(); });
}

void
WriteCall::PlaceOnCard(uint32_t bytes)
{
    Piece piece;
    piece.card = m_card;
    bool placed = m_card->AllocateTx(bytes, piece.handle);
    NS_ABORT_MSG_IF(!placed, "the card has no room for what it said it has");
    m_card->Own(piece.handle, m_socket.GetNumber());
    uint32_t offset = m_placed;
    piece.packet = Slice(offset, bytes, true);
    piece.bytes = piece.packet->GetSize();
    m_pieces.push_back(piece);
    std::size_t number = m_firstPiece + m_pieces.size() - 1;
    m_placed += bytes;

    Ptr<HostModel> host = m_socket.GetHost();
    bool registered = m_card->GetPath()->UsesRegisteredBuffers();
    uint64_t pages = registered ? 0 : pc_card_pages(offset % PC_PAGE_BYTES, bytes);
    m_pages += pages;
    m_byDma = true;
    host->Count(HostCounter::PAGES_PINNED, pages);
    host->Count(HostCounter::WRITE_PIECES);
    pc_work work;
    pc_work_clear(&work);
    pc_work_add(&work, &host->Costs(), PC_COST_SKBUFF, CountSkbuffs(offset, bytes));
    pc_work_add(&work, &host->Costs(), PC_COST_PAGE_PIN, pages);
    pc_work_add(&work, &host->Costs(), PC_COST_IOMMU, pages);
    pc_work_add(&work, &host->Costs(), PC_COST_DMA_SUBMIT, 1);
    m_dmaLeft++;
    m_dmaBytes += bytes;
    Ptr<Socket> alive = m_socket.Keep();
    Subject about = Part(offset, bytes);
    auto fetch = [this, alive, offset, bytes, number, about] {
        m_card->Fetch(offset % PC_PAGE_BYTES, bytes, about, [this, alive, number, offset, bytes] {
            FetchDone(number, offset, bytes);
        });
        Continue();
    };
    host->Run(m_socket.GetProcessWorker(), work, std::move(fetch), about);
}

uint64_t
WriteCall::CountSkbuffs(uint32_t placed, uint32_t bytes) const
{
    uint32_t first = std::min(bytes, m_socket.GetSkbuffBytes(m_card, placed));
    uint32_t each = m_socket.GetSkbuffBytes(m_card, placed + first);
    return 1 + (uint64_t(bytes) - first + each - 1) / each;
}

void
WriteCall::FetchDone(std::size_t number, uint32_t offset, uint32_t bytes)
{
    Piece& piece = m_pieces[number - m_firstPiece];
    if (piece.card->HoldsBytes())
    {
        std::vector<uint8_t> data(m_packet->GetSize());
        m_packet->CopyData(data.data(), data.size());
        piece.card->WriteRam(piece.handle, 0, data.data() + offset, bytes);
    }
    piece.ready = true;
    m_dmaLeft--;
    m_dmaBytes -= bytes;
    EnterReady();
    if (m_dmaLeft == 0 && m_waitingForDma)
    {
        m_waitingForDma = false;
        EndDmaWait();
    }
}

void
WriteCall::Copy(uint32_t bytes)
{
    Piece piece;
    piece.packet = Slice(m_placed, bytes, false);
    piece.bytes = bytes;
    m_pieces.push_back(piece);
    std::size_t number = m_firstPiece + m_pieces.size() - 1;
    Subject about = Part(m_placed, bytes);
    m_placed += bytes;

    Ptr<HostModel> host = m_socket.GetHost();
    pc_work work;
    pc_work_clear(&work);
    pc_work_add(&work, &host->Costs(), PC_COST_SKBUFF, 1);
    host->AddCopy(work,
                  bytes,
                  host->IsSourceWarm() ? HostModel::Source::WARM : HostModel::Source::DRAM);
    Ptr<Socket> alive = m_socket.Keep();
    auto copied = [this, alive, number] {
        m_pieces[number - m_firstPiece].ready = true;
        EnterReady();
        Continue();
    };
    host->Run(m_socket.GetProcessWorker(), work, std::move(copied), about);
}

Ptr<Packet>
WriteCall::Slice(uint32_t offset, uint32_t bytes, bool onCard) const
{
    if (onCard && m_card->HoldsBytes())
    {
        return Create<Packet>(bytes); // the stack gets virtual payload
    }
    if (bytes == m_packet->GetSize())
    {
        return m_packet;
    }
    return m_packet->CreateFragment(offset, bytes);
}

void
WriteCall::EnterReady()
{
    while (!m_pieces.empty() && m_pieces.front().ready)
    {
        Piece piece = m_pieces.front();
        m_pieces.pop_front();
        m_firstPiece++;
        if (!m_socket.EnterPiece(piece.packet, piece.card, piece.handle))
        {
            m_aborted = true;
        }
        m_entered += piece.bytes;
    }
}

// -- Waiting --

void
WriteCall::SleepForRoom(bool cardRam)
{
    Ptr<Socket> alive = m_socket.Keep();
    m_waitingForRoom = true;
    m_asleep = false;
    m_waitingForBuffer = !cardRam;
    if (cardRam)
    {
        m_card->WaitForTxRoom([this, alive] { return RoomOnCard(); });
        m_card->MakeTxRoom(m_socket.GetNumber(), Fits(), m_socket.GetProcessWorker());
    }
    m_socket.Unlock([this, alive] {
        m_asleep = m_waitingForRoom;
        if (!m_asleep)
        {
            // the backlog made room: it looks once more, and does not sleep
            m_socket.Lock();
            Continue();
        }
    });
}

bool
WriteCall::RoomOnCard()
{
    if (!m_waitingForRoom)
    {
        return true; // gave up meanwhile
    }
    if (!CanPlace())
    {
        m_card->MakeTxRoom(m_socket.GetNumber(), Fits(), m_socket.GetInterruptWorker());
        if (!CanPlace()) // an eviction that takes no time has made room by now
        {
            return false;
        }
    }
    WakeForRoom();
    return true;
}

bool
WriteCall::CanPlace() const
{
    uint32_t fits = Fits();
    uint64_t room = m_card->GetTxRoom(m_socket.GetNumber());
    return fits == 0 || m_card->GetPath()->PlaceOnCard(room, fits, m_socket.GetMss()) != 0;
}

uint32_t
WriteCall::Fits() const
{
    uint32_t rest = m_packet->GetSize() - m_placed;
    uint32_t underWay = m_placed - m_entered;
    uint32_t room = m_socket.GetSendRoom();
    return std::min(rest, room > underWay ? room - underWay : 0);
}

void
WriteCall::RoomInSendBuffer()
{
    if (m_waitingForBuffer && m_socket.GetSendRoom() > m_placed - m_entered)
    {
        WakeForRoom();
    }
}

void
WriteCall::WakeForRoom()
{
    m_waitingForRoom = false;
    m_waitingForBuffer = false;
    if (!m_asleep)
    {
        return;
    }
    m_asleep = false;
    Ptr<HostModel> host = m_socket.GetHost();
    Ptr<Socket> alive = m_socket.Keep();
    host->Count(HostCounter::WAKE_UPS);
    pc_work wake;
    pc_work_clear(&wake);
    pc_work_add(&wake, &host->Costs(), PC_COST_WAKE_UP, 1);
    auto wakened = [this, alive] {
        pc_work switches;
        pc_work_clear(&switches);
        AddSleep(switches);
        m_socket.Lock();
        Work(switches);
    };
    RunWakeUp(wake, false, std::move(wakened));
}

void
WriteCall::Abort()
{
    m_aborted = true;
    if (m_waitingForRoom)
    {
        WakeForRoom();
    }
}

void
WriteCall::WaitForPieces()
{
    m_phase = m_byDma ? Phase::COMPLETE : Phase::PUSH;
    if (m_dmaLeft == 0)
    {
        Continue();
        return;
    }
    m_waitingForDma = true;
    WaitForDma(m_card, false, m_dmaBytes);
}

// -- Returning --

void
WriteCall::Complete()
{
    m_phase = Phase::PUSH;
    Ptr<HostModel> host = m_socket.GetHost();
    pc_work work;
    pc_work_clear(&work);
    pc_work_add(&work, &host->Costs(), PC_COST_DMA_COMPLETE, 1);
    pc_work_add(&work, &host->Costs(), PC_COST_PAGE_UNPIN, m_pages);
    Work(work);
}

void
WriteCall::Push()
{
    m_phase = Phase::RETURN;
    if (!m_socket.Push(m_async))
    {
        Continue();
    }
}

void
WriteCall::AfterPush()
{
    // what TCP has sent is process work: the call returns behind it
    pc_work nothing;
    pc_work_clear(&nothing);
    Work(nothing);
}

void
WriteCall::Finish()
{
    m_phase = Phase::IDLE;
    Ptr<HostModel> host = m_socket.GetHost();
    pc_time latency = host->Now() - m_attempted;
    host->NoteWriteLatency(latency);
    uint32_t bytes = m_packet->GetSize();
    m_packet = nullptr;
    m_socket.TraceCall(true, bytes, PicoSeconds(latency));
    if (m_async)
    {
        m_socket.WriteReturned();
    }
}

} // namespace ns3
