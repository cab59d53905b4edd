// Functions that headers of the C++ library call instead of throwing exceptions: a program can only end.
#include <cstddef> // tells which library it is

#define ENDS __attribute__((noreturn, weak))

extern "C" __attribute__((noreturn)) void exit(int code);

#ifdef _LIBCPP_VERSION

/// std::__1::__libcpp_verbose_abort, by its symbol: versions of the library declare it differently.
extern "C" ENDS void verbose_abort(char const*, ...) __asm__("_ZNSt3__122__libcpp_verbose_abortEPKcz");

void verbose_abort(char const*, ...)
{
	exit(1);
}

#else

namespace std {

ENDS void __throw_bad_exception() { exit(1); }
ENDS void __throw_bad_alloc() { exit(1); }
ENDS void __throw_bad_array_new_length() { exit(1); }
ENDS void __throw_bad_cast() { exit(1); }
ENDS void __throw_bad_typeid() { exit(1); }
ENDS void __throw_bad_function_call() { exit(1); }
ENDS void __throw_logic_error(char const*) { exit(1); }
ENDS void __throw_domain_error(char const*) { exit(1); }
ENDS void __throw_invalid_argument(char const*) { exit(1); }
ENDS void __throw_length_error(char const*) { exit(1); }
ENDS void __throw_out_of_range(char const*) { exit(1); }
ENDS void __throw_out_of_range_fmt(char const*, ...) { exit(1); }
ENDS void __throw_runtime_error(char const*) { exit(1); }
ENDS void __throw_range_error(char const*) { exit(1); }
ENDS void __throw_overflow_error(char const*) { exit(1); }
ENDS void __throw_underflow_error(char const*) { exit(1); }

} // namespace std

#endif
