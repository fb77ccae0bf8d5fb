/* SPDX-License-Identifier: MIT */
/*
 * Descriptors by UNIX sockets: two connections with each other, through a
 * kernel that cuts, fails and runs out. What one passes the other has, each
 * once and in order, with the first byte that it came with; what nobody keeps
 * is closed, wherever it is when its connection ends.
 */
#include <errno.h>

#include "../../reactor/reactor.h"
#include "../../reactor/transport/adopt.h"
#include "../../reactor/transport/unix.h"
#include "fuzz.h"
#include "kernel/kernel.h"
#include "kernel/memory.h"
#include "kernel/pattern.h"

enum { PASSED = 256, AT_ONCE = 5, ROUNDS = 60 };

/* One end: what it writes is its stream. */
static struct end {
	struct evert_protocol base;
	struct end *other;
	struct evert_transport *transport; /* until it is destroyed */
	int fd;
	bool made, lost, paused, closed;
	uint64_t written, got; /* bytes */
	/* What it has passed: numbers, and the bytes they went with. */
	struct passed {
		int number;
		uint64_t begin, end;
	} passed[PASSED];
	size_t passes, arrived; /* of these, at the other one */
	bool is_told; /* of descriptors; data_received follows */
	bool has_lost; /* some, for want of descriptors */
} ends[2];

static struct fuzz_input input;
static struct evert_reactor *reactor;
static int next_number;
static bool had_trouble;
static unsigned depth;

static void act(void);

static void act_inside(void)
{
	unsigned times = fuzz_setting(&input) % 3;

	while (times-- && input.left && depth < 4)
		act();
}

/* ---- What comes ---- */

static struct end *end_from(struct evert_protocol *base)
{
	return evert_container_of(base, struct end, base);
}

static void made(struct evert_protocol *base)
{
	struct end *end = end_from(base);

	must(!end->made);
	end->made = true;
	end->transport = base->transport;
	act_inside();
}

/* The next that the other has passed, or, where some were lost, one of those
   that follow. */
static const struct passed *arrives(struct end *from, int number, bool may_skip)
{
	while (from->arrived < from->passes) {
		if (from->passed[from->arrived].number == number)
			return &from->passed[from->arrived++];
		must(may_skip);
		from->arrived++;
	}
	must(false);
	return NULL;
}

static void close_fd(int fd)
{
	kernel.base.ops->close(&kernel.base, fd);
}

static void descriptors_received(struct evert_protocol *base, int *fds,
				 size_t count, bool lost)
{
	struct end *end = end_from(base), *from = end->other;
	unsigned keep = fuzz_setting(&input);
	const struct passed *passed;
	size_t i;

	must(end->made && !end->lost && !end->closed && !end->is_told);
	must(count || lost);
	end->is_told = true;
	for (i = 0; i < count; i++) {
		must(kernel_file(fds[i])->kind == KERNEL_IS_OTHER);
		passed = arrives(from, kernel_file(fds[i])->number,
				 from->has_lost);
		must(passed->begin >= end->got);
		if (keep >> i & 1) {
			close_fd(fds[i]); /* kept, and used up */
			fds[i] = -1;
		}
	}
	if (lost) {
		/* The kernel has no more. */
		had_trouble |= kernel.open + AT_ONCE + KERNEL_FIRST >=
			       KERNEL_DESCRIPTORS - AT_ONCE;
		must(had_trouble);
		from->has_lost = true;
	}
	act_inside();
}

/* Those descriptors that went with a byte have come before it. */
static void check_descriptors_of(const struct end *from, uint64_t until)
{
	size_t i;

	if (from->has_lost)
		return;
	for (i = from->arrived; i < from->passes; i++)
		must(from->passed[i].begin >= until);
}

static void data_received(struct evert_protocol *base, const char *data,
			  size_t length)
{
	struct end *end = end_from(base), *from = end->other;

	must(end->made && !end->lost && !end->closed);
	must(!end->paused || end->is_told);
	end->is_told = false;
	pattern_check((unsigned)(from - ends), end->got, data, length);
	end->got += length;
	must(end->got <= from->written);
	check_descriptors_of(from, end->got);
	act_inside();
}

static void lost(struct evert_protocol *base,
		 const struct evert_failure *reason)
{
	struct end *end = end_from(base);

	must(end->made && !end->lost);
	if (evert_failure_is(reason, EVERT_CONNECTION_DONE) && !end->closed &&
	    !had_trouble && !memory_failed())
		must(end->got == end->other->written);
	end->lost = true;
	act_inside();
}

static void destroy(struct evert_protocol *base)
{
	end_from(base)->transport = NULL;
}

static const struct evert_protocol_ops ops = {
	.data_received = data_received,
	.connection_made = made,
	.descriptors_received = descriptors_received,
	.connection_lost = lost,
	.destroy = destroy,
};

static struct end *opening;

static struct evert_protocol *build(struct evert_factory *factory,
				    const struct evert_address *peer)
{
	(void)factory;
	(void)peer;
	opening->base.ops = &ops;
	return &opening->base;
}

static struct evert_factory factory = { .build_protocol = build };

/* ---- What is done ---- */

static bool takes(const struct end *end)
{
	return !end->closed && !end->lost && !end->transport->closing;
}

static void check_refused(const struct end *end, bool took, int error)
{
	must(error == -EPIPE || error == -ENOMEM || error == -EMFILE);
	if (error == -EMFILE) /* so many are under way */
		had_trouble = true;
	must(!took || had_trouble || memory_failed() || end->other->closed);
}

static void write_bytes(struct end *end)
{
	size_t length = 1 + fuzz_setting(&input) * 7u;
	bool took = takes(end);
	const char *data = pattern_at((unsigned)(end - ends), end->written);
	int error;

	end->written += length;
	error = evert_transport_write(end->transport, data, length);
	if (!error)
		return;
	end->written -= length;
	check_refused(end, took, error);
}

/* New ones, which are closed as soon as they are passed. */
static void pass(struct end *end)
{
	size_t count = 1 + fuzz_setting(&input) % AT_ONCE, i;
	size_t length = 1 + fuzz_setting(&input) * 5u;
	const char *data = pattern_at((unsigned)(end - ends), end->written);
	bool took = takes(end);
	int fds[AT_ONCE], error;

	if (end->passes + count > PASSED ||
	    kernel.open + 2 * count + KERNEL_FIRST > KERNEL_DESCRIPTORS)
		return;
	for (i = 0; i < count; i++) {
		fds[i] = kernel_other(++next_number);
		end->passed[end->passes++] = (struct passed){
			.number = next_number,
			.begin = end->written,
			.end = end->written + length,
		};
	}
	end->written += length;
	error = evert_transport_write_descriptors(end->transport, data, length,
						  fds, count);
	for (i = 0; i < count; i++)
		close_fd(fds[i]);
	if (!error)
		return;
	check_refused(end, took, error);
	end->written -= length;
	end->passes -= count;
}

static void pause(struct end *end)
{
	end->paused = true;
	evert_transport_pause_reading(end->transport);
}

static void resume(struct end *end)
{
	end->paused = false;
	evert_transport_resume_reading(end->transport);
}

static void lose(struct end *end)
{
	end->closed = true;
	evert_transport_lose_connection(end->transport);
}

static void abort_end(struct end *end)
{
	had_trouble = end->closed = true;
	evert_transport_abort(end->transport);
}

static void plan(void)
{
	static const struct {
		enum kernel_call call;
		int errors[3];
	} table[] = {
		{ KERNEL_RECVMSG, { 0 } },
		{ KERNEL_SENDMSG, { 0 } },
		{ KERNEL_SEND, { 0 } },
		{ KERNEL_RECVMSG, { EINTR, EAGAIN, EINTR } },
		{ KERNEL_SENDMSG, { EINTR, EAGAIN, ENOBUFS } },
		{ KERNEL_SENDMSG, { ETOOMANYREFS, EPIPE, ENOMEM } },
		{ KERNEL_SEND, { EINTR, EAGAIN, ENOBUFS } },
		{ KERNEL_DUP, { EMFILE, EMFILE, EMFILE } },
	};
	unsigned which = fuzz_setting(&input) % 8, how = fuzz_setting(&input);
	struct kernel_plan *of = &kernel.plans[table[which].call];

	*of = (struct kernel_plan){
		.skip = how & 3,
		.times = 1 + (how >> 2 & 7),
		.error = table[which].errors[(how >> 5) % 3],
		.most = 1 + fuzz_setting(&input),
	};
	kernel.turn_of = how;
	had_trouble |= which == 5 || which == 7;
}

/* The process has room for so many more descriptors. */
static void lack_descriptors(void)
{
	unsigned room = fuzz_setting(&input) % 12;

	kernel.most_open = room == 11 ? KERNEL_DESCRIPTORS : kernel.open + room;
	had_trouble = true;
}

static void lack_memory(void)
{
	memory_fail(1 + fuzz_setting(&input) % 16, false);
}

static void limit_room(struct end *end)
{
	if (!end->lost && end->fd >= 0 && end->made && !end->closed)
		kernel_file(end->fd)->out->room =
			1 + fuzz_setting(&input) * 3u;
}

static void turn(void)
{
	tell("turn\n");
	must(evert_reactor_turn(reactor, 0) == 0);
}

static void act(void)
{
	static void (*const acts[])(struct end *end) = {
		pass, pass, write_bytes, pause, resume, lose, abort_end,
		limit_room, pass, resume,
	};
	static const char *const names[] = {
		"pass", "pass", "write", "pause", "resume", "lose", "abort",
		"limit room", "pass", "resume", "plan", "plan",
		"lack descriptors", "lack memory",
	};
	unsigned what = fuzz_setting(&input), which = what / 2 % 14;
	struct end *end = &ends[what & 1];

	tell("%*s%s of %u\n", 4 * (int)depth, "", names[which], what & 1);
	depth++;
	if (which < 10 && end->transport)
		acts[which](end);
	else if (which == 10 || which == 11)
		plan();
	else if (which == 12)
		lack_descriptors();
	else if (which == 13)
		lack_memory();
	depth--;
}

/* ---- */

static void open_end(struct end *end, int fd)
{
	end->fd = fd;
	end->other = &ends[end == ends];
	opening = end;
	if (evert_connection_adopt(reactor, fd, &factory))
		return;
	must(errno == ENOMEM && memory_failed()); /* and closed it is */
	end->lost = true;
}

/* All that was written comes, and all that was passed. */
static void end_in_order(void)
{
	int i, round;

	memset(kernel.plans, 0, sizeof(kernel.plans));
	memory_fail(0, false);
	kernel.most_open = KERNEL_DESCRIPTORS;
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < 2; i++) {
			if (!ends[i].transport || ends[i].lost)
				continue;
			if (!ends[i].closed)
				resume(&ends[i]);
			kernel_file(ends[i].fd)->out->room = KERNEL_ROOM;
		}
		turn();
	}
	if (had_trouble || memory_failed() || ends[0].closed || ends[1].closed)
		return;
	for (i = 0; i < 2; i++) {
		must(ends[i].other->got == ends[i].written);
		must(ends[i].arrived == ends[i].passes && !ends[i].has_lost);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct evert_reactor_options options = { .system = kernel_begin() };
	int fds[2];

	input = (struct fuzz_input){ (const char *)data, size, 1 };
	options.poller = fuzz_setting(&input) & 1 ? "poll" : "epoll";
	memory_begin();
	memset(ends, 0, sizeof(ends));
	next_number = 0;
	had_trouble = false;
	reactor = evert_reactor_create(&options);
	must(!kernel.base.ops->socketpair(&kernel.base, fds));
	open_end(&ends[0], fds[0]);
	open_end(&ends[1], fds[1]);
	while (input.left) {
		if (fuzz_setting(&input) % 3)
			act();
		else
			turn();
	}
	end_in_order();
	evert_reactor_destroy(reactor);
	must(ends[0].lost && ends[1].lost);
	must(!ends[0].transport && !ends[1].transport);
	memory_end();
	kernel_end();
	return 0;
}
