/* Heap between the data and the stack: first fit in a list of free blocks, ordered by address. */
#include <stddef.h>
#include <stdint.h>

void* memcpy(void* to, void const* from, size_t size);
void* memset(void* to, int value, size_t size);

/* In front of every block; eight bytes, so that blocks keep the alignment that 64-bit values need. */
struct Block
{
	uint32_t size; /* with this header */
	struct Block* next; /* free blocks only */
};

extern char heap_base[];
extern char heap_end[];

/* What an allocation leaves to the stack, which grows towards the heap: a frame of an interrupt has 136 bytes. */
#define STACK_RESERVE 256u

static struct Block* first_free;
static uint32_t top; /* end of the used part; 0: nothing was allocated yet */

static uint32_t limit(void)
{
	uint32_t const stack = (uint32_t) __builtin_frame_address(0) - STACK_RESERVE;
	uint32_t const end = (uint32_t) heap_end;
	return stack < end ? stack : end;
}

__attribute__((weak)) void* malloc(size_t size)
{
	if (size > 0xffffff)
		return NULL;
	uint32_t const needed = (size + sizeof(struct Block) + 7) & ~7u;
	for (struct Block** link = &first_free; *link; link = &(*link)->next) {
		struct Block* const block = *link;
		if (block->size < needed)
			continue;
		if (block->size - needed > sizeof(struct Block)) {
			struct Block* const rest = (struct Block*) ((char*) block + needed);
			rest->size = block->size - needed;
			rest->next = block->next;
			block->size = needed;
			*link = rest;
		} else {
			*link = block->next;
		}
		return block + 1;
	}
	if (!top)
		top = ((uint32_t) heap_base + 7) & ~7u;
	uint32_t const end = limit();
	if (end < top || end - top < needed)
		return NULL;
	struct Block* const block = (struct Block*) top;
	top += needed;
	block->size = needed;
	return block + 1;
}

__attribute__((weak)) void free(void* pointer)
{
	if (!pointer)
		return;
	struct Block* const block = (struct Block*) pointer - 1;
	struct Block* before = NULL;
	struct Block* after = first_free;
	while (after && after < block) {
		before = after;
		after = after->next;
	}
	block->next = after;
	if (after && (char*) block + block->size == (char*) after) {
		block->size += after->size;
		block->next = after->next;
	}
	if (before && (char*) before + before->size == (char*) block) {
		before->size += block->size;
		before->next = block->next;
	} else if (before) {
		before->next = block;
	} else {
		first_free = block;
	}
}

__attribute__((weak)) void* calloc(size_t count, size_t size)
{
	if (size && count > 0xffffff / size)
		return NULL;
	void* const pointer = malloc(count * size);
	return pointer ? memset(pointer, 0, count * size) : NULL;
}

__attribute__((weak)) void* realloc(void* pointer, size_t size)
{
	if (!pointer)
		return malloc(size);
	size_t const old_size = ((struct Block*) pointer - 1)->size - sizeof(struct Block);
	if (size <= old_size)
		return pointer;
	void* const larger = malloc(size);
	if (larger) {
		memcpy(larger, pointer, old_size);
		free(pointer);
	}
	return larger;
}
