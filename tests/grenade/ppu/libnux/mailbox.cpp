// Text and bytes in the mailbox; the host knows what has to be there.
#include <cstdint>

#include "libnux/vx/frac.h"
#include "libnux/vx/mailbox.h"

using namespace libnux::vx;

// What the functions gave back.
__attribute__((used)) uint32_t returned[16];

int start()
{
	size_t next = 0;
	returned[next++] = mailbox_write_string("text\n");
	returned[next++] = mailbox_write_string("");
	returned[next++] = mailbox_write_int(0);
	mailbox_write_string(" ");
	returned[next++] = mailbox_write_int(4294967295u);
	mailbox_write_string(" ");
	returned[next++] = mailbox_write_signed_int(-2147483647 - 1);
	mailbox_write_string(" ");
	returned[next++] = mailbox_write_signed_int(1905);
	mailbox_write_string("\n");
	__vector uint8_t bytes = {0, 7, 128, 255};
	returned[next++] = mailbox_write_vector(bytes);
	mailbox_write_string("\n");
	returned[next++] = mailbox_write_signed_vector((__vector int8_t) bytes);
	mailbox_write_string("\n");
	__vector uint16_t halfwords = {1, 40000, 65535};
	returned[next++] = mailbox_write_vector(halfwords);
	mailbox_write_string("\n");
	returned[next++] = mailbox_write_signed_vector((__vector int16_t) halfwords);
	mailbox_write_string("\n");
	mailbox_write_frac(frac8_t(-3));
	mailbox_write_string("\n");

	// Bytes at places, from the end so that text does not meet them.
	uint8_t const source[] = {1, 2, 3, 4, 5, 6};
	uint8_t target[6] = {};
	returned[next++] = mailbox_write(4000, source, 6);
	returned[next++] = mailbox_read(target, 4001, 4);
	mailbox_write_u8(4003, 9);
	returned[next++] = target[0] * 1000 + target[3] * 100 + target[4] * 10 + mailbox_read_u8(4003);
	// The mailbox has 4096 bytes.
	returned[next++] = mailbox_write(4094, source, 6);
	returned[next++] = mailbox_read(target, 4094, 6);
	bool const ends = mailbox_end == reinterpret_cast<uint8_t*>(0x4000);
	returned[next++] = target[0] * 1000 + target[1] * 100 + target[2] * 10 + ends;

	mailbox_string_terminate();
	return mailbox_write_string("hidden") == 6 ? 0 : 1;
}
