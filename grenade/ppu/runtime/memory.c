/* Memory functions of the C library. Compilers call them for copies and initializers, too. */
#include <stddef.h>
#include <stdint.h>

/* Words are faster than bytes, but an access to a word needs its alignment. */
#define ALIGNED(a, b) ((((uint32_t)(a) | (uint32_t)(b)) & 3) == 0)

typedef uint32_t Word __attribute__((may_alias));

void* memcpy(void* restrict to, void const* restrict from, size_t size)
{
	char* target = to;
	char const* source = from;
	if (ALIGNED(target, source)) {
		for (; size >= 16; size -= 16, target += 16, source += 16) {
			Word const a = ((Word const*) source)[0], b = ((Word const*) source)[1];
			Word const c = ((Word const*) source)[2], d = ((Word const*) source)[3];
			((Word*) target)[0] = a;
			((Word*) target)[1] = b;
			((Word*) target)[2] = c;
			((Word*) target)[3] = d;
		}
		for (; size >= 4; size -= 4, target += 4, source += 4)
			*(Word*) target = *(Word const*) source;
	}
	while (size--)
		*target++ = *source++;
	return to;
}

void* memmove(void* to, void const* from, size_t size)
{
	char* target = to;
	char const* source = from;
	/* Unsigned: true also if the target is below the source. Then copying upwards never reads what it wrote. */
	if ((uint32_t) target - (uint32_t) source >= size) {
		if (ALIGNED(target, source))
			for (; size >= 4; size -= 4, target += 4, source += 4)
				*(Word*) target = *(Word const*) source;
		while (size--)
			*target++ = *source++;
		return to;
	}
	target += size;
	source += size;
	if (ALIGNED(target, source))
		for (; size >= 4; size -= 4)
			*(Word*) (target -= 4) = *(Word const*) (source -= 4);
	while (size--)
		*--target = *--source;
	return to;
}

void* memset(void* to, int value, size_t size)
{
	unsigned char* target = to;
	Word const word = (unsigned char) value * 0x01010101u;
	for (; size && ((uint32_t) target & 3); --size)
		*target++ = (unsigned char) value;
	for (; size >= 16; size -= 16, target += 16) {
		((Word*) target)[0] = word;
		((Word*) target)[1] = word;
		((Word*) target)[2] = word;
		((Word*) target)[3] = word;
	}
	for (; size >= 4; size -= 4, target += 4)
		*(Word*) target = word;
	while (size--)
		*target++ = (unsigned char) value;
	return to;
}

int memcmp(void const* left, void const* right, size_t size)
{
	unsigned char const* a = left;
	unsigned char const* b = right;
	for (; size; --size, ++a, ++b)
		if (*a != *b)
			return *a - *b;
	return 0;
}

void* memchr(void const* from, int value, size_t size)
{
	unsigned char const* source = from;
	for (; size; --size, ++source)
		if (*source == (unsigned char) value)
			return (void*) source;
	return NULL;
}

/* The C++ library finds integers of 32 bit with this. */
wchar_t* wmemchr(wchar_t const* from, wchar_t value, size_t size)
{
	for (; size; --size, ++from)
		if (*from == value)
			return (wchar_t*) from;
	return NULL;
}

size_t strlen(char const* text)
{
	char const* end = text;
	while (*end)
		++end;
	return end - text;
}

int strncmp(char const* left, char const* right, size_t size)
{
	for (; size; --size, ++left, ++right)
		if (*left != *right || !*left)
			return (unsigned char) *left - (unsigned char) *right;
	return 0;
}

int strcmp(char const* left, char const* right)
{
	return strncmp(left, right, SIZE_MAX);
}

char* strncpy(char* restrict to, char const* restrict from, size_t size)
{
	char* target = to;
	for (; size && *from; --size)
		*target++ = *from++;
	while (size--)
		*target++ = 0;
	return to;
}

char* strcpy(char* restrict to, char const* restrict from)
{
	return memcpy(to, from, strlen(from) + 1);
}

char* strcat(char* restrict to, char const* restrict from)
{
	strcpy(to + strlen(to), from);
	return to;
}

char* strchr(char const* text, int value)
{
	for (;; ++text) {
		if (*text == (char) value)
			return (char*) text;
		if (!*text)
			return NULL;
	}
}

char* strrchr(char const* text, int value)
{
	char const* last = NULL;
	for (;; ++text) {
		if (*text == (char) value)
			last = text;
		if (!*text)
			return (char*) last;
	}
}
