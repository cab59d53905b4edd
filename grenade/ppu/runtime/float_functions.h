/* The functions that compilers call for the arithmetic of one format.
 *
 * The including file says which: Value (the type) and NAMED(before, after), which puts the name of the format between
 * the parts of a function name, for example __addsf3.
 */

static Bits bits_of(Value value)
{
	union
	{
		Value value;
		Bits bits;
	} const both = {value};
	return both.bits;
}

static Value value_of(Bits bits)
{
	union
	{
		Bits bits;
		Value value;
	} const both = {bits};
	return both.value;
}

Value NAMED(__add, 3)(Value a, Value b)
{
	return value_of(add(bits_of(a), bits_of(b)));
}

Value NAMED(__sub, 3)(Value a, Value b)
{
	return value_of(add(bits_of(a), bits_of(b) ^ SIGN));
}

Value NAMED(__mul, 3)(Value a, Value b)
{
	return value_of(multiply(bits_of(a), bits_of(b)));
}

Value NAMED(__div, 3)(Value a, Value b)
{
	return value_of(divide(bits_of(a), bits_of(b)));
}

Value NAMED(__neg, 2)(Value a)
{
	return value_of(bits_of(a) ^ SIGN);
}

/* Comparisons with NaN give what makes the condition false that the function is called for. */
int NAMED(__eq, 2)(Value a, Value b)
{
	return compare(bits_of(a), bits_of(b), 1);
}

int NAMED(__ne, 2)(Value a, Value b)
{
	return compare(bits_of(a), bits_of(b), 1);
}

int NAMED(__lt, 2)(Value a, Value b)
{
	return compare(bits_of(a), bits_of(b), 1);
}

int NAMED(__le, 2)(Value a, Value b)
{
	return compare(bits_of(a), bits_of(b), 1);
}

int NAMED(__cmp, 2)(Value a, Value b)
{
	return compare(bits_of(a), bits_of(b), 1);
}

int NAMED(__gt, 2)(Value a, Value b)
{
	return compare(bits_of(a), bits_of(b), -1);
}

int NAMED(__ge, 2)(Value a, Value b)
{
	return compare(bits_of(a), bits_of(b), -1);
}

int NAMED(__unord, 2)(Value a, Value b)
{
	return IS_NAN(bits_of(a)) || IS_NAN(bits_of(b));
}

Value NAMED(__floatsi, )(int32_t value)
{
	return value_of(from_signed(value));
}

Value NAMED(__floatunsi, )(uint32_t value)
{
	return value_of(from_integer(0, value));
}

Value NAMED(__floatdi, )(int64_t value)
{
	return value_of(from_signed(value));
}

Value NAMED(__floatundi, )(uint64_t value)
{
	return value_of(from_integer(0, value));
}

int32_t NAMED(__fix, si)(Value value)
{
	return (int32_t) to_signed(bits_of(value), 32);
}

uint32_t NAMED(__fixuns, si)(Value value)
{
	return (uint32_t) to_unsigned(bits_of(value), 32);
}

int64_t NAMED(__fix, di)(Value value)
{
	return to_signed(bits_of(value), 64);
}

uint64_t NAMED(__fixuns, di)(Value value)
{
	return to_unsigned(bits_of(value), 64);
}
