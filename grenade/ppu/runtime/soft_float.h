/* Binary floating point numbers of IEEE 754 in integer arithmetic, for one format.
 *
 * The including file says which: Bits (unsigned integer of the width of the format), WIDTH (its bits), FRACTION (bits
 * of the fraction), BIAS (of the exponent), COUNT_ZEROS, SHIFT_LEFT and SHIFT_RIGHT (by 0 to WIDTH - 1), and
 * multiply_high. Results are rounded to nearest, ties to even; there are no flags. What is invalid gives a quiet NaN.
 *
 * Inside, a number is a biased exponent and a significand whose leading one stands at bit TOP. The lowest bits then
 * are guard bits, and the very lowest one is sticky: set if anything below it was not zero.
 */
#define TOP (WIDTH - 2)
#define GUARD (TOP - FRACTION)
#define LARGEST_EXPONENT ((1 << (WIDTH - 1 - FRACTION)) - 1)

#define SIGN ((Bits) 1 << (WIDTH - 1))
#define IMPLICIT ((Bits) 1 << FRACTION)
#define INFINITE ((Bits) LARGEST_EXPONENT << FRACTION)
#define QUIET (IMPLICIT >> 1)
#define MAGNITUDE(bits) ((bits) & ~SIGN)
#define IS_NAN(bits) (MAGNITUDE(bits) > INFINITE)

struct Number
{
	int exponent;
	Bits significand;
};

static Bits invalid(void)
{
	return INFINITE | QUIET;
}

static Bits quiet(Bits a, Bits b)
{
	return (IS_NAN(a) ? a : b) | QUIET;
}

/* Shift right by any count, with a sticky lowest bit. */
static Bits shift_sticky(Bits value, unsigned count)
{
	if (count == 0)
		return value;
	if (count >= WIDTH)
		return value != 0;
	Bits const shifted = SHIFT_RIGHT(value, count);
	return shifted | (SHIFT_LEFT(shifted, count) != value);
}

/* The number with this sign, exponent and significand, rounded. */
static Bits finish(Bits sign, int exponent, Bits significand)
{
	if (exponent >= LARGEST_EXPONENT)
		return sign | INFINITE;
	Bits field = 0;
	if (exponent <= 0)
		significand = shift_sticky(significand, 1 - exponent);
	else
		field = (Bits) (exponent - 1) << FRACTION; /* the leading one adds the missing one */
	Bits const half = (Bits) 1 << (GUARD - 1);
	Bits const rest = significand & (2 * half - 1);
	Bits const kept = significand >> GUARD;
	/* A carry out of the fraction is right in the exponent, up to infinity. */
	return sign | (field + kept + (rest > half || (rest == half && (kept & 1))));
}

/* Exponent and significand of a finite number other than zero. */
static struct Number unpack(Bits bits)
{
	struct Number number = {(int) (MAGNITUDE(bits) >> FRACTION), bits & (IMPLICIT - 1)};
	if (number.exponent) {
		number.significand = (number.significand | IMPLICIT) << GUARD;
	} else {
		int const zeros = COUNT_ZEROS(number.significand);
		number.significand = SHIFT_LEFT(number.significand, zeros) >> 1;
		number.exponent = WIDTH - FRACTION - zeros;
	}
	return number;
}

static Bits add(Bits a, Bits b)
{
	if (IS_NAN(a) || IS_NAN(b))
		return quiet(a, b);
	if (MAGNITUDE(a) < MAGNITUDE(b)) {
		Bits const smaller = a;
		a = b;
		b = smaller;
	}
	Bits const sign = a & SIGN;
	int const opposite = ((a ^ b) & SIGN) != 0;
	if (MAGNITUDE(a) == INFINITE)
		return opposite && MAGNITUDE(b) == INFINITE ? invalid() : a;
	if (MAGNITUDE(b) == 0)
		return MAGNITUDE(a) == 0 ? a & b : a;
	struct Number const large = unpack(a), small = unpack(b);
	Bits const other = shift_sticky(small.significand, large.exponent - small.exponent);
	if (!opposite) {
		Bits const sum = large.significand + other;
		if (sum >> (WIDTH - 1))
			return finish(sign, large.exponent + 1, (sum >> 1) | (sum & 1));
		return finish(sign, large.exponent, sum);
	}
	Bits const difference = large.significand - other;
	if (difference == 0)
		return 0;
	int const zeros = COUNT_ZEROS(difference) - 1;
	return finish(sign, large.exponent - zeros, SHIFT_LEFT(difference, zeros));
}

static Bits multiply(Bits a, Bits b)
{
	Bits const sign = (a ^ b) & SIGN;
	if (IS_NAN(a) || IS_NAN(b))
		return quiet(a, b);
	if (MAGNITUDE(a) == INFINITE || MAGNITUDE(b) == INFINITE)
		return MAGNITUDE(a) == 0 || MAGNITUDE(b) == 0 ? invalid() : sign | INFINITE;
	if (MAGNITUDE(a) == 0 || MAGNITUDE(b) == 0)
		return sign;
	struct Number const left = unpack(a), right = unpack(b);
	int const exponent = left.exponent + right.exponent - BIAS + 1;
	Bits low;
	Bits high = multiply_high(left.significand, right.significand << 1, &low);
	high |= low != 0;
	/* Not `<<`: compilers make one shift by a variable count of a shift under a condition. */
	int const shift = !(high >> TOP);
	return finish(sign, exponent - shift, SHIFT_LEFT(high, shift));
}

static Bits divide(Bits a, Bits b)
{
	Bits const sign = (a ^ b) & SIGN;
	if (IS_NAN(a) || IS_NAN(b))
		return quiet(a, b);
	if (MAGNITUDE(a) == INFINITE)
		return MAGNITUDE(b) == INFINITE ? invalid() : sign | INFINITE;
	if (MAGNITUDE(b) == 0)
		return MAGNITUDE(a) == 0 ? invalid() : sign | INFINITE;
	if (MAGNITUDE(a) == 0 || MAGNITUDE(b) == INFINITE)
		return sign;
	struct Number const left = unpack(a), right = unpack(b);
	Bits const divisor = right.significand;
	int const shift = left.significand < divisor;
	int const exponent = left.exponent - right.exponent + BIAS - shift;
	Bits rest = SHIFT_LEFT(left.significand, shift);
	/* The fraction, the leading one and two guard bits; what remains is sticky. */
	Bits quotient = 0;
	for (int i = 0; i < FRACTION + 3; ++i) {
		quotient <<= 1;
		if (rest >= divisor) {
			rest -= divisor;
			quotient |= 1;
		}
		rest <<= 1;
	}
	return finish(sign, exponent, quotient << (GUARD - 2) | (rest != 0));
}

/* -1, 0 or 1 for less, equal and greater; `unordered` if one is NaN. */
static int compare(Bits a, Bits b, int unordered)
{
	if (IS_NAN(a) || IS_NAN(b))
		return unordered;
	if (((a | b) & ~SIGN) == 0 || a == b)
		return 0;
	if ((a ^ b) & SIGN)
		return a & SIGN ? -1 : 1;
	return (a < b) == !(a & SIGN) ? -1 : 1;
}

/* The number with this sign and the magnitude of an integer. */
static Bits from_integer(Bits sign, uint64_t magnitude)
{
	if (magnitude == 0)
		return 0;
	int const zeros = __clzdi2(magnitude);
	uint64_t const shifted = __ashldi3(magnitude, zeros);
	/* The highest WIDTH - 1 bits, and a sticky one from the others. */
	Bits const significand = (Bits) (shifted >> (65 - WIDTH));
	int const rest = (shifted << (WIDTH - 1)) != 0;
	return finish(sign, BIAS + 63 - zeros, significand | rest);
}

static Bits from_signed(int64_t value)
{
	return value < 0 ? from_integer(SIGN, -(uint64_t) value) : from_integer(0, (uint64_t) value);
}

/* Magnitude without the fraction; `largest` if it is not below 2^bits. NaN gives 0. */
static uint64_t to_integer(Bits bits, int integer_bits, uint64_t largest)
{
	int const exponent = (int) (MAGNITUDE(bits) >> FRACTION) - BIAS;
	if (exponent < 0 || IS_NAN(bits))
		return 0;
	if (exponent >= integer_bits)
		return largest;
	uint64_t const significand = (bits & (IMPLICIT - 1)) | IMPLICIT;
	if (exponent >= FRACTION)
		return __ashldi3(significand, exponent - FRACTION);
	return __lshrdi3(significand, FRACTION - exponent);
}

/* Out of range: the nearest integer of that width. */
static int64_t to_signed(Bits bits, int width)
{
	uint64_t const limit = width == 32 ? (uint64_t) 1 << 31 : (uint64_t) 1 << 63;
	if (bits & SIGN)
		return (int64_t) -to_integer(bits, width - 1, limit);
	return (int64_t) to_integer(bits, width - 1, limit - 1);
}

static uint64_t to_unsigned(Bits bits, int width)
{
	if (bits & SIGN)
		return 0;
	return to_integer(bits, width, width == 32 ? UINT32_MAX : UINT64_MAX);
}
