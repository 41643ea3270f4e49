#include "tx-pieces.h"

#include "payload-cache-net-device.h"

#include <algorithm>

namespace ns3
{

TxPieces::~TxPieces()
{
    Clear();
}

void
TxPieces::Append(uint32_t length, Ptr<PayloadCacheNetDevice> card, pc_handle handle)
{
    if (!card && !m_pieces.empty() && !m_pieces.back().card && !m_pieces.back().evicted)
    {
        m_pieces.back().length += length;
    }
    else
    {
        m_pieces.push_back(Piece{m_end, length, card, handle, nullptr});
    }
    m_end += length;
}

uint32_t
TxPieces::Find(uint64_t offset, uint32_t bytes, std::vector<CardSlice>& slices) const
{
    uint64_t end = offset + bytes;
    uint64_t begin = std::clamp(m_begin, offset, end);
    for (std::size_t i = PlaceOf(begin); i < m_pieces.size() && m_pieces[i].offset < end; i++)
    {
        const Piece& piece = m_pieces[i];
        uint64_t from = std::max(begin, piece.offset);
        uint64_t to = std::min<uint64_t>(end, piece.offset + piece.length);
        if (piece.card && from < to)
        {
            slices.push_back(CardSlice{piece.card,
                                       piece.handle,
                                       static_cast<uint32_t>(from - piece.offset),
                                       static_cast<uint32_t>(from - offset),
                                       static_cast<uint32_t>(to - from)});
        }
    }
    return static_cast<uint32_t>(begin - offset);
}

void
TxPieces::FindEvicted(uint64_t offset, uint32_t bytes, std::vector<EvictedSlice>& slices) const
{
    uint64_t end = offset + bytes;
    uint64_t begin = std::clamp(m_begin, offset, end);
    for (std::size_t i = PlaceOf(begin); i < m_pieces.size() && m_pieces[i].offset < end; i++)
    {
        const Piece& piece = m_pieces[i];
        uint64_t from = std::max(begin, piece.offset);
        uint64_t to = std::min<uint64_t>(end, piece.offset + piece.length);
        if (piece.evicted && from < to)
        {
            slices.push_back(EvictedSlice{piece.evicted,
                                          static_cast<uint32_t>(from - piece.offset),
                                          static_cast<uint32_t>(from - offset),
                                          static_cast<uint32_t>(to - from)});
        }
    }
}

void
TxPieces::MoveToHost(uint64_t offset, pc_handle handle, const std::vector<uint8_t>& block)
{
    std::size_t place = PlaceOf(offset);
    if (place == m_pieces.size() || !pc_handle_equals(m_pieces[place].handle, handle))
    {
        return; // acknowledged while it was evicted
    }
    Piece& piece = m_pieces[place];
    piece.card = nullptr;
    piece.handle = pc_handle{};
    if (!block.empty())
    {
        piece.evicted = std::make_shared<const std::vector<uint8_t>>(block);
    }
}

std::size_t
TxPieces::PlaceOf(uint64_t offset) const
{
    std::size_t first = 0;
    for (std::size_t end = m_pieces.size(); first < end;)
    {
        std::size_t middle = first + (end - first) / 2;
        bool before = m_pieces[middle].offset + m_pieces[middle].length <= offset;
        (before ? first : end) = before ? middle + 1 : middle;
    }
    return first;
}

void
TxPieces::Truncate(uint32_t length)
{
    Piece& last = m_pieces.back();
    m_end -= length;
    if (last.length > length)
    {
        last.length -= length; // host memory, joined with what was before
        return;
    }
    Piece piece = last;
    m_pieces.pop_back();
    if (piece.card)
    {
        piece.card->Release(PC_RAM_TX, piece.handle, piece.length);
    }
}

std::vector<TxPieces::Released>
TxPieces::ReleaseBelow(uint64_t offset)
{
    std::vector<Released> released;
    m_begin = std::max(m_begin, std::min(offset, m_end));
    while (!m_pieces.empty() && m_pieces.front().offset < m_begin)
    {
        Piece piece = m_pieces.front();
        uint64_t end = std::min(m_begin, piece.offset + piece.length);
        bool whole = end == piece.offset + piece.length;
        if (whole)
        {
            m_pieces.pop_front();
        }
        if (piece.card)
        {
            Note(released, piece, end);
            piece.card->Release(PC_RAM_TX, piece.handle, static_cast<uint32_t>(end - piece.offset));
        }
        if (!whole)
        {
            break;
        }
    }
    return released;
}

void
TxPieces::Note(std::vector<Released>& released, const Piece& piece, uint64_t end)
{
    bool joins = !released.empty() && released.back().card == piece.card &&
                 released.back().end == piece.offset;
    if (!joins)
    {
        released.push_back(Released{piece.card, piece.offset, end, 0});
    }
    released.back().end = end;
    released.back().pieces++;
}

void
TxPieces::Clear()
{
    ReleaseBelow(m_end);
}

bool
TxPieces::IsOnCard() const
{
    for (std::size_t i = 0; i < m_pieces.size(); i++)
    {
        if (m_pieces[i].card)
        {
            return true;
        }
    }
    return false;
}

uint64_t
TxPieces::End() const
{
    return m_end;
}

uint64_t
TxPieces::Begin() const
{
    return m_begin;
}

} // namespace ns3
