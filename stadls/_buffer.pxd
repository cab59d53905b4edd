# Growing array of bytes for C records; usable without the GIL.

from libc.stdlib cimport free, realloc


cdef struct Buffer:
    # Capacity doubles, so n appends cost O(n).
    char* data
    size_t size
    size_t capacity


cdef inline int enlarge(Buffer* buffer, size_t needed) except -1 nogil:
    """Make room for `needed` bytes in total."""
    cdef size_t capacity = max(2 * buffer.capacity, needed, <size_t> 1024)
    cdef void* data = realloc(buffer.data, capacity)
    if data == NULL:
        with gil:
            raise MemoryError(f"no memory for {capacity} bytes of FPGA messages")
    buffer.data = <char*> data
    buffer.capacity = capacity
    return 0


cdef inline void* grow(Buffer* buffer, size_t n_bytes) except NULL nogil:
    """Space for `n_bytes` more at the end of `buffer`, counted as used."""
    cdef size_t needed = buffer.size + n_bytes
    cdef void* end
    if needed > buffer.capacity:
        enlarge(buffer, needed)
    end = buffer.data + buffer.size
    buffer.size = needed
    return end


cdef inline void release(Buffer* buffer) noexcept nogil:
    """Free the memory of `buffer`."""
    free(buffer.data)
    buffer.data = NULL
    buffer.size = buffer.capacity = 0
