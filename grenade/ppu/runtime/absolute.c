/* Magnitudes of numbers, for compilers that are told not to know these functions. */
#include <stdint.h>

int abs(int value)
{
	return value < 0 ? -value : value;
}

long labs(long value)
{
	return value < 0 ? -value : value;
}

long long llabs(long long value)
{
	return value < 0 ? -value : value;
}

float fabsf(float value)
{
	return __builtin_fabsf(value);
}

double fabs(double value)
{
	return __builtin_fabs(value);
}
