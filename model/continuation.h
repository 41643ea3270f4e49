#ifndef CONTINUATION_H
#define CONTINUATION_H

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace ns3
{

/**
 * \ingroup payload-cache
 *
 * What happens next: a function without arguments and result, as std::function<void()>, but kept in
 * place. libstdc++ allocates memory for whatever holds a Ptr, and a frame has a dozen of these on
 * its way; here captures of up to ROOM bytes need none.
 */
class Continuation
{
  public:
    /// Bytes of captures that are kept in place. Chosen: what the release of a frame's card RAM
    /// holds, the largest that comes with every frame.
    static constexpr std::size_t ROOM = 72;

    /** Nothing happens; it is not to be called. */
    Continuation() = default;

    /** \copydoc Continuation() */
    Continuation(std::nullptr_t)
    {
    }

    /** Keeps \p function, which is copied or moved. */
    template <typename F, typename = std::enable_if_t<!std::is_same_v<std::decay_t<F>, Continuation>>>
    Continuation(F&& function)
    {
        using Kept = std::decay_t<F>;
        if constexpr (FITS<Kept>)
        {
            new (m_store) Kept(std::forward<F>(function));
        }
        else
        {
            new (m_store) Kept*(new Kept(std::forward<F>(function)));
        }
        m_ways = &WAYS<Kept>;
    }

    Continuation(const Continuation& other)
        : m_ways(other.m_ways)
    {
        if (m_ways)
        {
            m_ways->copy(m_store, other.m_store);
        }
    }

    Continuation(Continuation&& other) noexcept
        : m_ways(std::exchange(other.m_ways, nullptr))
    {
        if (m_ways)
        {
            m_ways->move(m_store, other.m_store);
        }
    }

    Continuation& operator=(const Continuation& other)
    {
        return *this = Continuation(other);
    }

    Continuation& operator=(Continuation&& other) noexcept
    {
        if (this != &other)
        {
            Clear();
            m_ways = std::exchange(other.m_ways, nullptr);
            if (m_ways)
            {
                m_ways->move(m_store, other.m_store);
            }
        }
        return *this;
    }

    ~Continuation()
    {
        Clear();
    }

    /** \return true if there is something to be called */
    explicit operator bool() const
    {
        return m_ways != nullptr;
    }

    /** Calls it. */
    void operator()() const
    {
        m_ways->call(m_store);
    }

  private:
    /** What can be done with what is kept. */
    struct Ways
    {
        void (*call)(void* kept);                  //!< calls it
        void (*copy)(void* place, const void* kept); //!< makes another of it
        void (*move)(void* place, void* kept);     //!< takes it to another place
        void (*destroy)(void* kept);               //!< ends it
    };

    /// true for what is kept in place
    template <typename Kept>
    static constexpr bool FITS =
        sizeof(Kept) <= ROOM && alignof(Kept) <= alignof(std::max_align_t);

    /** \return what is kept, in place or behind a pointer */
    template <typename Kept>
    static Kept& Get(void* kept)
    {
        if constexpr (FITS<Kept>)
        {
            return *static_cast<Kept*>(kept);
        }
        else
        {
            return **static_cast<Kept**>(kept);
        }
    }

    template <typename Kept>
    static void Call(void* kept)
    {
        Get<Kept>(kept)();
    }

    template <typename Kept>
    static void Copy(void* place, const void* kept)
    {
        const Kept& original = Get<Kept>(const_cast<void*>(kept));
        if constexpr (FITS<Kept>)
        {
            new (place) Kept(original);
        }
        else
        {
            new (place) Kept*(new Kept(original));
        }
    }

    template <typename Kept>
    static void Move(void* place, void* kept)
    {
        if constexpr (FITS<Kept>)
        {
            auto& from = Get<Kept>(kept);
            new (place) Kept(std::move(from));
            from.~Kept();
        }
        else
        {
            new (place) Kept*(*static_cast<Kept**>(kept));
        }
    }

    template <typename Kept>
    static void Destroy(void* kept)
    {
        if constexpr (FITS<Kept>)
        {
            Get<Kept>(kept).~Kept();
        }
        else
        {
            delete &Get<Kept>(kept);
        }
    }

    template <typename Kept>
    static constexpr Ways WAYS{&Call<Kept>, &Copy<Kept>, &Move<Kept>, &Destroy<Kept>};

    /** Ends what is kept. */
    void Clear()
    {
        if (m_ways)
        {
            std::exchange(m_ways, nullptr)->destroy(m_store);
        }
    }

    const Ways* m_ways{nullptr};                           //!< null: nothing is kept
    alignas(std::max_align_t) mutable std::byte m_store[ROOM]; //!< what is kept, or a pointer to it
};

} // namespace ns3

#endif
