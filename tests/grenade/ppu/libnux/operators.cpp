// All operators of the two vector classes of a width: results for the host, and the spellings against each other.
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "libnux/vx/random.h"
#include "libnux/vx/vector_frac_sat_16.h"
#include "libnux/vx/vector_frac_sat_8.h"
#include "libnux/vx/vector_mod_16.h"
#include "libnux/vx/vector_mod_8.h"

using namespace libnux::vx;

#if WIDTH == 8
typedef VectorMod8 Mod;
typedef VectorFracSat8 Frac;
#else
typedef VectorMod16 Mod;
typedef VectorFracSat16 Frac;
#endif

constexpr size_t num_firsts = 256;
constexpr size_t num_seconds = 16;
constexpr size_t num_vectors = num_firsts / Mod::size;
constexpr int most_bits = 17;
constexpr size_t num_shifts = 2 * most_bits + 1;

// What the host reads, in external memory.
#define SHARED __attribute__((section("ext.data.keep"), used))

SHARED Mod::Element firsts[num_firsts];
SHARED Mod::Element seconds[num_seconds] = {
    0, 1, 2, 3, 5, Mod::Element(-1), Mod::Element(-2), Mod::Element(-7),
#if WIDTH == 8
    0x40, 0x3f, 0xc0, 0x7f, 0x7e, 0x80, 0x81, 0x55
#else
    0x4000, 0x00ff, 0xc000, 0x7fff, 0x7ffe, 0x8000, 0x8001, 0x1234
#endif
};
SHARED Mod modulo_sums[num_seconds][num_vectors];
SHARED Mod modulo_differences[num_seconds][num_vectors];
SHARED Mod modulo_products[num_seconds][num_vectors];
SHARED Frac fractional_sums[num_seconds][num_vectors];
SHARED Frac fractional_differences[num_seconds][num_vectors];
SHARED Frac fractional_products[num_seconds][num_vectors];
SHARED Mod modulo_shifts[num_shifts][num_vectors];
SHARED Frac fractional_shifts[num_shifts][num_vectors];
SHARED Mod modulo_negations[num_vectors];
SHARED Frac fractional_negations[num_vectors];
SHARED Frac signed_contiguous[num_vectors];
SHARED Mod unsigned_contiguous[num_vectors];
SHARED Frac signed_bits[num_vectors];
SHARED Mod unsigned_bits[num_vectors];

// Comparisons that went wrong, by kind.
SHARED uint32_t wrong[8];

template <typename V>
V first(size_t vector)
{
	V result;
	for (size_t index = 0; index < V::size; ++index) {
		result[index] = static_cast<typename V::Element>(firsts[vector * V::size + index]);
	}
	return result;
}

template <typename V>
V second(size_t rotation)
{
	V result;
	for (size_t index = 0; index < V::size; ++index) {
		result[index] = static_cast<typename V::Element>(seconds[(index + rotation) % num_seconds]);
	}
	return result;
}

template <typename V>
void binary(V (&sums)[num_seconds][num_vectors], V (&differences)[num_seconds][num_vectors],
            V (&products)[num_seconds][num_vectors])
{
	for (size_t vector = 0; vector < num_vectors; ++vector) {
		V const a = first<V>(vector);
		for (size_t rotation = 0; rotation < num_seconds; ++rotation) {
			V const b = second<V>(rotation);
			sums[rotation][vector] = a + b;
			differences[rotation][vector] = a - b;
			products[rotation][vector] = a * b;

			V in_place(a);
			in_place += b;
			wrong[0] += in_place != a + b;
			in_place = a;
			in_place -= b;
			wrong[0] += in_place != a - b;
			in_place = a;
			in_place *= b;
			wrong[0] += in_place != a * b;

			typename V::Element const element = b[0];
			V const all(element);
			wrong[1] += a + element != a + all;
			wrong[1] += a - element != a - all;
			wrong[1] += a * element != a * all;
			wrong[2] += element + a != all + a;
			wrong[2] += element - a != all - a;
			wrong[2] += element * a != all * a;
			in_place = a;
			in_place += element;
			in_place -= element;
			in_place *= element;
			wrong[3] += in_place != (a + all - all) * all;
		}
	}
}

template <typename V>
void shift_by_variable(V (&results)[num_shifts][num_vectors])
{
	for (size_t vector = 0; vector < num_vectors; ++vector) {
		V const a = first<V>(vector);
		for (int count = -most_bits; count <= most_bits; ++count) {
			int const volatile hidden = count; // from the compiler, which would unroll the loop
			int const bits = hidden;
			results[bits + most_bits][vector] = a << bits;
			wrong[4] += a >> bits != a << -bits;
			V in_place(a);
			in_place <<= bits;
			wrong[4] += in_place != a << bits;
			in_place = a;
			in_place >>= bits;
			wrong[4] += in_place != a >> bits;
		}
	}
}

template <typename V, size_t... shift>
void shift_by_constant(V const (&results)[num_shifts][num_vectors], std::index_sequence<shift...>)
{
	for (size_t vector = 0; vector < num_vectors; ++vector) {
		V const a = first<V>(vector);
		((wrong[5] += (a << (int(shift) - most_bits)) != results[shift][vector]), ...);
	}
}

int start()
{
	uint32_t seed = 1;
	for (size_t index = 0; index < num_firsts; ++index) {
		// Of halfwords: small and large numbers of both signs, then random ones.
		firsts[index] = static_cast<Mod::Element>(
		    WIDTH == 8 || index < 32 ? index
		    : index < 64             ? 0x7fe0 + index - 32
		    : index < 96             ? 0x8000 + index - 64
		    : index < 128            ? 0xffe0 + index - 96
		                             : xorshift32(&seed));
	}
	binary(modulo_sums, modulo_differences, modulo_products);
	binary(fractional_sums, fractional_differences, fractional_products);
	shift_by_variable(modulo_shifts);
	shift_by_variable(fractional_shifts);
	shift_by_constant(modulo_shifts, std::make_index_sequence<num_shifts>());
	shift_by_constant(fractional_shifts, std::make_index_sequence<num_shifts>());
	for (size_t vector = 0; vector < num_vectors; ++vector) {
		Mod const a = first<Mod>(vector);
		Frac const b = first<Frac>(vector);
		modulo_negations[vector] = -a;
		fractional_negations[vector] = -b;
		signed_contiguous[vector] = a.convert_contiguous();
		unsigned_contiguous[vector] = b.convert_contiguous();
		signed_bits[vector] = static_cast<Frac>(a);
		unsigned_bits[vector] = static_cast<Mod>(b);

		// Equality looks at every element.
		for (size_t index = 0; index < Mod::size; ++index) {
			Mod other(a);
			wrong[6] += other != a || !(other == a);
			other[index] = static_cast<Mod::Element>(other[index] ^ 1);
			wrong[6] += other == a || !(other != a);
		}
		Mod::Data const data = a.data;
		wrong[7] += Mod(data) != a || Mod() != Mod(0) || (a << 0) != a;
	}
	int total = 0;
	for (uint32_t count : wrong) {
		total += count;
	}
	return total;
}
