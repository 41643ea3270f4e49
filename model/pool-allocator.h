#ifndef POOL_ALLOCATOR_H
#define POOL_ALLOCATOR_H

#include <cstddef>
#include <memory>

namespace ns3
{

/**
 * \ingroup payload-cache
 *
 * Memory for single objects of one type, of which some come and go with every frame: what is given
 * back is kept for the next one. The C library keeps seven of a size at hand, and hundreds of
 * frames are under way at a time. Memory kept is not given back before the program ends.
 */
template <typename T>
class PoolAllocator
{
  public:
    using value_type = T; //!< as allocators have it

    PoolAllocator() = default;

    /** Containers allocate for types of their own as well. */
    template <typename U>
    PoolAllocator(const PoolAllocator<U>& /* other */)
    {
    }

    /** \return memory for \p count objects */
    T* allocate(std::size_t count)
    {
        if (count != 1 || !s_free)
        {
            return std::allocator<Place>().allocate(count)->Object();
        }
        Place* place = s_free;
        s_free = place->next;
        return place->Object();
    }

    /** Gives memory for \p count objects back. */
    void deallocate(T* object, std::size_t count)
    {
        Place* place = reinterpret_cast<Place*>(object);
        if (count != 1)
        {
            std::allocator<Place>().deallocate(place, count);
            return;
        }
        place->next = s_free;
        s_free = place;
    }

    /** All are the same. */
    template <typename U>
    bool operator==(const PoolAllocator<U>& /* other */) const
    {
        return true;
    }

    /** All are the same. */
    template <typename U>
    bool operator!=(const PoolAllocator<U>& /* other */) const
    {
        return false;
    }

  private:
    /** Memory of an object, or a link to the next that is free. */
    union Place {
        Place* next;                              //!< while it is free
        alignas(T) std::byte object[sizeof(T)];   //!< while it is not

        /** \return the object's place */
        T* Object()
        {
            return reinterpret_cast<T*>(object);
        }
    };

    inline static Place* s_free{nullptr}; //!< kept for the next ones
};

/**
 * \ingroup payload-cache
 * A class whose objects come and go with every frame takes their memory from a pool.
 */
template <typename T>
struct Pooled
{
    /** \return memory for one object */
    static void* operator new(std::size_t /* size */)
    {
        return PoolAllocator<T>().allocate(1);
    }

    /** Gives an object's memory back. */
    static void operator delete(void* object)
    {
        PoolAllocator<T>().deallocate(static_cast<T*>(object), 1);
    }
};

} // namespace ns3

#endif
