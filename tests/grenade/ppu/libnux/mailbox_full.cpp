// The write head stops at the end of the mailbox.
#include "libnux/vx/mailbox.h"

using namespace libnux::vx;

int start()
{
	int written = 0;
	for (int line = 0; line < 600; ++line) {
		written += mailbox_write_string("abcdefg\n");
	}
	return written + 10000 * static_cast<int>(mailbox_write_int(12345) + mailbox_write_string("x"));
}
