// operator new and delete. Without exceptions a program that has no memory left can only end.
#include <new>
#include <cstddef>
#include <cstdint>

extern "C" void* malloc(std::size_t size);
extern "C" void free(void* pointer);
extern "C" __attribute__((noreturn)) void exit(int code);

namespace std {
nothrow_t const nothrow{};
}

namespace {

void* or_exit(void* pointer)
{
	if (!pointer)
		exit(1);
	return pointer;
}

/// Memory for objects with more than the natural alignment, for example vectors. The word in front of the object
/// says where the block of malloc begins, which is at least eight bytes before.
void* aligned(std::size_t size, std::align_val_t alignment)
{
	auto const bytes = static_cast<std::size_t>(alignment) < 8 ? 8 : static_cast<std::size_t>(alignment);
	auto* const block = static_cast<char*>(malloc(size + bytes));
	if (!block)
		return nullptr;
	auto const address = (reinterpret_cast<std::uintptr_t>(block) + bytes) & ~(bytes - 1);
	auto* const object = reinterpret_cast<void**>(address);
	object[-1] = block;
	return object;
}

void release_aligned(void* pointer)
{
	if (pointer)
		free(static_cast<void**>(pointer)[-1]);
}

} // namespace

#define WEAK __attribute__((weak))

WEAK void* operator new(std::size_t size) { return or_exit(malloc(size)); }
WEAK void* operator new[](std::size_t size) { return or_exit(malloc(size)); }
WEAK void* operator new(std::size_t size, std::nothrow_t const&) noexcept { return malloc(size); }
WEAK void* operator new[](std::size_t size, std::nothrow_t const&) noexcept { return malloc(size); }
WEAK void operator delete(void* pointer) noexcept { free(pointer); }
WEAK void operator delete[](void* pointer) noexcept { free(pointer); }
WEAK void operator delete(void* pointer, std::size_t) noexcept { free(pointer); }
WEAK void operator delete[](void* pointer, std::size_t) noexcept { free(pointer); }
WEAK void operator delete(void* pointer, std::nothrow_t const&) noexcept { free(pointer); }
WEAK void operator delete[](void* pointer, std::nothrow_t const&) noexcept { free(pointer); }

WEAK void* operator new(std::size_t size, std::align_val_t alignment) { return or_exit(aligned(size, alignment)); }
WEAK void* operator new[](std::size_t size, std::align_val_t alignment) { return or_exit(aligned(size, alignment)); }
WEAK void* operator new(std::size_t size, std::align_val_t alignment, std::nothrow_t const&) noexcept
{
	return aligned(size, alignment);
}
WEAK void* operator new[](std::size_t size, std::align_val_t alignment, std::nothrow_t const&) noexcept
{
	return aligned(size, alignment);
}
WEAK void operator delete(void* pointer, std::align_val_t) noexcept { release_aligned(pointer); }
WEAK void operator delete[](void* pointer, std::align_val_t) noexcept { release_aligned(pointer); }
WEAK void operator delete(void* pointer, std::size_t, std::align_val_t) noexcept { release_aligned(pointer); }
WEAK void operator delete[](void* pointer, std::size_t, std::align_val_t) noexcept { release_aligned(pointer); }
WEAK void operator delete(void* pointer, std::align_val_t, std::nothrow_t const&) noexcept { release_aligned(pointer); }
WEAK void operator delete[](void* pointer, std::align_val_t, std::nothrow_t const&) noexcept
{
	release_aligned(pointer);
}
