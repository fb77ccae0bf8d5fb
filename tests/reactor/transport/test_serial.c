/* SPDX-License-Identifier: MIT */
/* The line is a pty's slave: it takes any speed, but neither parity nor bytes
   of another size. */
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/transport/serial.h"
#include "../../support/reactor.h"
#include "../../support/system.h"

static struct test_system kernel;
static struct evert_reactor *reactor;
static struct recorder_factory factory;
static size_t descriptors;
static int master, slave;
static char path[64];

static void begin(void)
{
	descriptors = count_descriptors();
	test_system_init(&kernel);
	reactor = make_reactor(&kernel.base);
	recorder_factory_init(&factory, NULL, NULL);
	cr_assert(openpty(&master, &slave, path, NULL, NULL) == 0);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
	close(master);
	close(slave);
	cr_assert(eq(sz, count_descriptors(), descriptors));
}

TestSuite(serial, .init = begin, .fini = finish);

static struct recorder *open_line(const struct evert_serial_options *options)
{
	struct evert_protocol *protocol =
		evert_serial_open(reactor, path, &factory.base, options);

	cr_assert(protocol != NULL, "%s", strerror(errno));
	return recorder_from(protocol);
}

/* Without what the kernel doesn't tell, to be compared. */
static struct termios modes(void)
{
	struct termios modes;

	memset(&modes, 0, sizeof(modes));
	cr_assert(tcgetattr(slave, &modes) == 0);
	return modes;
}

static void expect_same(const struct termios *a, const struct termios *b)
{
	cr_assert(eq(u32, a->c_iflag, b->c_iflag));
	cr_assert(eq(u32, a->c_oflag, b->c_oflag));
	cr_assert(eq(u32, a->c_lflag, b->c_lflag));
	cr_assert(eq(u32, a->c_cflag, b->c_cflag));
	cr_assert(eq(u32, cfgetispeed(a), cfgetispeed(b)));
	cr_assert(eq(u32, cfgetospeed(a), cfgetospeed(b)));
	cr_assert(zero(int, memcmp(a->c_cc, b->c_cc, sizeof(a->c_cc))));
}

static bool is_exclusive(void)
{
	int is = 0;

	cr_assert(ioctl(slave, TIOCGEXCL, &is) == 0);
	return is;
}

static void expect_refused(const struct evert_serial_options *options,
			   int error)
{
	struct termios before = modes(), after;

	cr_assert(evert_serial_open(reactor, path, &factory.base, options) ==
		  NULL);
	cr_assert(eq(int, errno, error));
	after = modes();
	expect_same(&before, &after);
	cr_assert(not(is_exclusive()));
}

static void lose(struct recorder *recorder)
{
	evert_transport_lose_connection(recorder->base.transport);
	turn_until_count(reactor, &recorder->destroyed, 1);
	cr_assert(recorder->lost_kind == EVERT_CONNECTION_DONE);
}

Test(serial, each_byte_goes_through_as_it_is)
{
	struct recorder *recorder = open_line(NULL);
	char sent[8] = "";

	cr_assert(write(master, "\003\r\021", 3) == 3);
	turn_until_count(reactor, &recorder->received, 3);
	cr_assert(eq(str, recorder->data, "\003\r\021"));
	recorder_write(recorder, "a\nb");
	turn_until_idle(reactor);
	cr_assert(eq(int, (int)read(master, sent, 7), 3));
	cr_assert(eq(str, sent, "a\nb"));
	lose(recorder);
}

Test(serial, is_9600_8n1_without_flow_control_unless_told)
{
	struct recorder *recorder = open_line(NULL);
	struct termios now = modes();

	cr_assert(cfgetospeed(&now) == B9600 && cfgetispeed(&now) == B9600);
	cr_assert(CS8 == (now.c_cflag & CSIZE));
	cr_assert(0 == (now.c_cflag & (PARENB | CSTOPB | CRTSCTS)));
	cr_assert(0 == (now.c_iflag & (IXON | IXOFF | IXANY)));
	cr_assert(now.c_cflag & CLOCAL && now.c_cflag & CREAD);
	lose(recorder);
}

Test(serial, takes_each_byte_as_it_comes_whatever_was_set_before)
{
	struct termios now = modes();
	struct recorder *recorder;

	now.c_iflag |= IXANY | INPCK | IGNPAR;
	cr_assert(tcsetattr(slave, TCSANOW, &now) == 0);
	recorder = open_line(NULL);
	now = modes();
	cr_assert(0 == (now.c_iflag & (IXANY | INPCK | IGNPAR)));
	lose(recorder);
}

Test(serial, has_the_speed_stop_bits_and_flow_control_of_its_options)
{
	static const struct evert_serial_options options = {
		.speed = 115200,
		.stop_bits = 2,
		.rts_cts = true,
		.xon_xoff = true,
	};
	struct recorder *recorder = open_line(&options);
	struct termios now = modes();

	cr_assert(cfgetospeed(&now) == B115200);
	cr_assert(now.c_cflag & CSTOPB && now.c_cflag & CRTSCTS);
	cr_assert(now.c_iflag & IXON && now.c_iflag & IXOFF);
	lose(recorder);
}

Test(serial, has_any_speed_that_has_a_name)
{
	static const struct {
		unsigned number;
		speed_t code;
	} all[] = {
		{ 50, B50 }, { 75, B75 }, { 110, B110 }, { 134, B134 },
		{ 150, B150 }, { 200, B200 }, { 300, B300 }, { 600, B600 },
		{ 1200, B1200 }, { 1800, B1800 }, { 2400, B2400 },
		{ 4800, B4800 }, { 9600, B9600 }, { 19200, B19200 },
		{ 38400, B38400 }, { 57600, B57600 }, { 115200, B115200 },
		{ 230400, B230400 }, { 460800, B460800 }, { 500000, B500000 },
		{ 576000, B576000 }, { 921600, B921600 },
		{ 1000000, B1000000 }, { 1152000, B1152000 },
		{ 1500000, B1500000 }, { 2000000, B2000000 },
		{ 2500000, B2500000 }, { 3000000, B3000000 },
		{ 3500000, B3500000 }, { 4000000, B4000000 },
	};
	struct evert_serial_options options = { .speed = 0 };
	struct termios now;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(*all); i++) {
		options.speed = all[i].number;
		lose(open_line(&options));
		memset(&factory.recorders[0], 0, sizeof(*factory.recorders));
		factory.built = 0;
		now = modes();
		cr_assert(eq(u32, cfgetospeed(&now), all[i].code));
		cr_assert(eq(u32, cfgetispeed(&now), all[i].code));
	}
}

Test(serial, stays_as_it_was_set_or_is_put_back)
{
	struct evert_serial_options options = { .speed = 57600,
						.puts_back = true };
	struct termios before = modes(), after;

	lose(open_line(&options));
	after = modes();
	expect_same(&before, &after);
	options.puts_back = false;
	lose(open_line(&options));
	after = modes();
	cr_assert(cfgetospeed(&after) == B57600);
}

Test(serial, is_exclusive_as_long_as_it_is_open)
{
	static const struct evert_serial_options options = {
		.exclusive = true,
	};
	struct recorder *recorder = open_line(&options);

	cr_assert(is_exclusive());
	lose(recorder);
	cr_assert(not(is_exclusive()));
}

Test(serial, refuses_values_that_there_are_not)
{
	static const struct evert_serial_options wrong[] = {
		{ .speed = 115201 },	  { .speed = 13 },
		{ .data_bits = 9 },	  { .data_bits = 4 },
		{ .stop_bits = 3 },	  { .parity = EVERT_PARITY_ODD + 1 },
	};
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		expect_refused(&wrong[i], EINVAL);
}

Test(serial, refuses_what_this_line_can_not_do)
{
	struct evert_serial_options options = { .parity = EVERT_PARITY_EVEN,
						.exclusive = true };

	expect_refused(&options, EOPNOTSUPP);
	options = (struct evert_serial_options){ .data_bits = 7 };
	expect_refused(&options, EOPNOTSUPP);
}

Test(serial, what_fails_leaves_the_line_as_it_was)
{
	static const struct evert_serial_options options = {
		.exclusive = true,
	};

	test_system_fail(&kernel, CALL_TCGETATTR, 2, EIO, false);
	expect_refused(&options, EIO);
	factory.refuses = true;
	expect_refused(&options, ECONNABORTED);
}

Test(serial, what_is_no_line_is_refused)
{
	cr_assert(evert_serial_open(reactor, "/dev/null", &factory.base,
				    NULL) == NULL);
	cr_assert(eq(int, errno, ENOTTY));
	cr_assert(evert_serial_open(reactor, "/nowhere/tty", &factory.base,
				    NULL) == NULL);
	cr_assert(eq(int, errno, ENOENT));
}

Test(serial, a_line_that_hangs_up_ends)
{
	struct recorder *recorder = open_line(NULL);

	close(master);
	turn_until_count(reactor, &recorder->destroyed, 1);
	cr_assert(recorder->lost_kind == EVERT_CONNECTION_DONE);
	master = open("/dev/null", O_RDONLY);
}
