#include "program.h"

#include "libnux/vx/mailbox.h"

using namespace grenade::vx::ppu::detail;

volatile Status status;
volatile Stopped stopped;
volatile libnux::vx::PPUOnDLS ppu;
volatile uint64_t runtime;

namespace {

GRENADE_HOT void follow_commands()
{
	while (true) {
		Status command;
		do {
			command = status;
		} while (command == Status::idle);
		switch (command) {
			case Status::initial:
				break;
			case Status::reset_neurons:
				reset_selected_neurons();
				break;
			case Status::baseline_read:
				read_baseline();
				break;
			case Status::read:
				read_result();
				break;
			case Status::periodic_read:
				perform_periodic_read();
				break;
			case Status::scheduler:
				scheduling();
				break;
			case Status::stop:
				return;
			default:
				continue;
		}
		status = Status::idle;
	}
}

} // namespace

int start()
{
	stopped = Stopped::no;
	libnux::vx::mailbox_write_string("PPU ");
	libnux::vx::mailbox_write_int(static_cast<uint32_t>(ppu));
	libnux::vx::mailbox_write_string(" ready\n");

	follow_commands();

	status = Status::idle;
	stopped = Stopped::yes;
	return 0;
}
