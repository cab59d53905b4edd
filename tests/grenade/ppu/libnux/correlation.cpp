// Reads and resets the correlation sensors of a row; the host has put something into them.
#include "libnux/vx/correlation.h"
#include "libnux/vx/dls.h"
#include "libnux/vx/vector.h"

using namespace libnux::vx;

// Set by the host: the row, and which function resets it.
uint32_t volatile row = 0;
uint32_t volatile all = 0;

/// Both channels.
struct Samples
{
	vector_row_t causal;
	vector_row_t acausal;
};

// As they were, after reset of another row, and after the reset.
__attribute__((used)) Samples samples[3];

// Each channel by its own function.
__attribute__((used)) Samples alone;

static void read(Samples& into)
{
	get_correlation(
	    &into.causal.even.data, &into.causal.odd.data, &into.acausal.even.data, &into.acausal.odd.data, row);
}

int start()
{
	read(samples[0]);
	get_causal_correlation(&alone.causal.even.data, &alone.causal.odd.data, row);
	get_acausal_correlation(&alone.acausal.even.data, &alone.acausal.odd.data, row);
	reset_correlation(row + 1);
	read(samples[1]);
	if (all) {
		reset_all_correlations();
	} else {
		reset_correlation(row);
	}
	read(samples[2]);
	return 0;
}
