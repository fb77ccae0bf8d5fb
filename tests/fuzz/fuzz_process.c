/* SPDX-License-Identifier: MIT */
/*
 * Children: started, or not, at whichever step that fails; ended, several at
 * once, with one SIGCHLD for all or a pidfd each; killed, terminated, left. Each
 * is told once how it ended, and its own end, not another's; each is reaped
 * once; nothing is done to a number that may be somebody else's (the kernel
 * here gives it away at once); what comes by a pipe is whole and in order, also
 * after the child's end; `ended` is the last that is told.
 */
#include <errno.h>
#include <signal.h>

#include "../../reactor/process/process.h"
#include "fuzz.h"
#include "kernel/kernel.h"
#include "kernel/memory.h"
#include "kernel/pattern.h"
#include "kernel/process.h"

enum { KIDS = 24, ROUNDS = 60, DEEPEST = 4, CODES = 200 };

/* What a child wrote to one of its descriptors. */
struct spoken {
	uint64_t fed, got;
	bool ended;
};

static struct kid {
	struct evert_process_protocol base;
	unsigned number; /* of the child; 0: it was not started */
	bool made, exited, ended, destroyed;
	bool is_signalled; /* perhaps to death */
	bool shares;	   /* its 2 is the same as its 1 */
	bool full;
	struct spoken spoken[4];
	uint64_t written, taken;
	unsigned asked, fired;
	enum evert_exit_kind kind;
} kids[KIDS];

static struct fuzz_input input;
static struct evert_reactor *reactor;
static int kid_count;
static bool had_trouble, stops;
static unsigned depth;

static void act(void);

static void act_inside(void)
{
	unsigned times = fuzz_setting(&input) % 3;

	while (times-- && input.left && depth < DEEPEST)
		act();
}

/* ---- What a protocol is told ---- */

static struct kid *begin(struct evert_process_protocol *base, const char *what)
{
	struct kid *kid = evert_container_of(base, struct kid, base);

	tell("%*s%d: %s\n", 4 * (int)depth, "", (int)(kid - kids), what);
	must(kid->made && !kid->ended && !kid->destroyed);
	return kid;
}

static void made(struct evert_process_protocol *base)
{
	struct kid *kid = evert_container_of(base, struct kid, base);

	must(!kid->made);
	kid->made = true;
	kid->number = kernel_begun;
	act_inside();
}

static unsigned stream_of(const struct kid *kid, int fd)
{
	return (unsigned)(kid - kids) * 8 + (unsigned)fd;
}

static void hears(struct kid *kid, int fd, const char *data, size_t length)
{
	struct spoken *spoken = &kid->spoken[fd];

	must(length && !spoken->ended);
	must(spoken->got + length <= spoken->fed);
	pattern_check(stream_of(kid, fd), spoken->got, data, length);
	spoken->got += length;
	act_inside();
}

static void out_received(struct evert_process_protocol *base, const char *data,
			 size_t length)
{
	hears(begin(base, __func__), 1, data, length);
}

static void err_received(struct evert_process_protocol *base, const char *data,
			 size_t length)
{
	hears(begin(base, __func__), 2, data, length);
}

static void received(struct evert_process_protocol *base, int fd,
		     const char *data, size_t length)
{
	must(fd == 3);
	hears(begin(base, __func__), fd, data, length);
}

static void hears_end(struct kid *kid, int fd)
{
	struct spoken *spoken = &kid->spoken[fd];

	must(!spoken->ended);
	must(!evert_process_transport(kid->base.process, fd));
	if (!had_trouble && !stops && !memory_failed())
		must(spoken->got == spoken->fed);
	spoken->ended = true;
	act_inside();
}

static void in_closed(struct evert_process_protocol *base)
{
	hears_end(begin(base, __func__), 0);
}

static void out_ended(struct evert_process_protocol *base)
{
	hears_end(begin(base, __func__), 1);
}

static void err_ended(struct evert_process_protocol *base)
{
	hears_end(begin(base, __func__), 2);
}

static void closed(struct evert_process_protocol *base, int fd)
{
	must(fd == 3);
	hears_end(begin(base, __func__), fd);
}

static void pause_writing(struct evert_process_protocol *base)
{
	struct kid *kid = begin(base, __func__);

	must(!kid->full);
	kid->full = true;
	act_inside();
}

static void resume_writing(struct evert_process_protocol *base)
{
	struct kid *kid = begin(base, __func__);

	must(kid->full);
	kid->full = false;
	act_inside();
}

/* Its own, and no other's. */
static void check_exit(const struct kid *kid, const struct evert_exit *how)
{
	must(!kernel_child_runs(kid->number) ||
	     how->kind == EVERT_LEFT_RUNNING ||
	     how->kind == EVERT_EXIT_UNKNOWN);
	if (how->kind == EVERT_EXITED)
		must(how->code == (int)(kid->number % CODES));
	else if (how->kind == EVERT_KILLED)
		must(how->signal == SIGKILL &&
		     (kid->is_signalled || stops));
	else if (how->kind == EVERT_EXIT_UNKNOWN)
		must(had_trouble);
	else
		must(had_trouble || stops);
}

static void exited(struct evert_process_protocol *base,
		   const struct evert_exit *how)
{
	struct kid *kid = begin(base, __func__);

	must(!kid->exited && how->kind != EVERT_LEFT_RUNNING);
	check_exit(kid, how);
	must(evert_process_exit(base->process));
	kid->exited = true;
	kid->kind = how->kind;
	act_inside();
}

static void ended(struct evert_process_protocol *base,
		  const struct evert_exit *how)
{
	struct kid *kid = begin(base, __func__);
	int fd;

	check_exit(kid, how);
	must(kid->exited ? how->kind == kid->kind :
			   how->kind == EVERT_LEFT_RUNNING);
	for (fd = 0; fd < 4; fd++)
		must(!evert_process_transport(base->process, fd));
	kid->kind = how->kind;
	kid->ended = true;
	must(kid->fired == 0 || kid->asked > 0);
	act_inside();
}

static void destroy(struct evert_process_protocol *base)
{
	struct kid *kid = evert_container_of(base, struct kid, base);

	must(kid->ended && !kid->destroyed);
	kid->destroyed = true;
}

static const struct evert_process_protocol_ops ops = {
	.made = made,
	.out_received = out_received,
	.err_received = err_received,
	.received = received,
	.in_closed = in_closed,
	.out_ended = out_ended,
	.err_ended = err_ended,
	.closed = closed,
	.pause_writing = pause_writing,
	.resume_writing = resume_writing,
	.exited = exited,
	.ended = ended,
	.destroy = destroy,
};

/* ---- Starting ---- */

static const struct evert_child_fd layouts[2][4] = {
	{ { 0, EVERT_CHILD_READS, 0, NULL },
	  { 1, EVERT_CHILD_WRITES, 0, NULL },
	  { 2, EVERT_CHILD_SAME_AS, 1, NULL },
	  { 3, EVERT_CHILD_TALKS, 0, NULL } },
	{ { 0, EVERT_CHILD_NULL, 0, NULL },
	  { 1, EVERT_CHILD_WRITES, 0, NULL },
	  { 2, EVERT_CHILD_WRITES, 0, NULL },
	  { 3, EVERT_CHILD_NULL, 0, NULL } },
};

static void start(void)
{
	unsigned how = fuzz_setting(&input);
	unsigned before = kernel_begun - kernel_reaped;
	struct evert_process_options options = {
		.group = how & 1 ? EVERT_CHILD_IN_OWN_GROUP :
				   EVERT_CHILD_IN_OUR_GROUP,
		.at_stop = how & 2 ? EVERT_CHILD_IS_ENDED :
				     EVERT_CHILD_IS_LEFT,
	};
	struct kid *kid = &kids[kid_count];

	if (kid_count == KIDS)
		return;
	kid_count++;
	*kid = (struct kid){ .base.ops = &ops };
	if (how & 12) {
		options.fds = layouts[how / 4 % 2];
		options.fd_count = 4;
		kid->shares = options.fds == layouts[0];
	}
	if (how & 16) /* an old kernel */
		kernel.plans[KERNEL_PIDFD] =
			(struct kernel_plan){ 0, 1, ENOSYS, 0 };
	if (evert_spawn_process(reactor, &kid->base, "/bin/kid",
				EVERT_ARGV("kid"), NULL, &options))
		return;
	must(had_trouble || memory_failed() || stops ||
	     before == KERNEL_CHILDREN);
	must(!kid->made && kernel_begun - kernel_reaped == before);
	kid->made = kid->ended = kid->destroyed = true;
}

/* ---- What is done to a child ---- */

static void write_to(struct kid *kid)
{
	size_t length = fuzz_setting(&input) * 400u;
	const char *data = pattern_at(stream_of(kid, 0), kid->written);

	kid->written += length;
	if (evert_process_write(kid->base.process, data, length))
		kid->written -= length;
}

static void close_in(struct kid *kid)
{
	evert_process_close_in(kid->base.process);
}

static void send_signal(struct kid *kid)
{
	int number = fuzz_setting(&input) & 1 ? SIGKILL : SIGUSR1, error;

	kid->is_signalled = true;
	error = evert_process_signal(kid->base.process, number);
	must(!error || error == -ESRCH || had_trouble);
	if (kernel_child_runs(kid->number) && !kid->exited && !kid->ended)
		must(!error || had_trouble);
}

static void signal_group(struct kid *kid)
{
	kid->is_signalled = true;
	evert_process_signal_group(kid->base.process,
				   fuzz_setting(&input) & 1 ? SIGKILL :
							      SIGTERM);
}

static void terminate(struct kid *kid)
{
	static const double seconds[] = { 0, -1, 0.5, 5 };

	kid->is_signalled = true;
	evert_process_terminate(kid->base.process,
				seconds[fuzz_setting(&input) % 4]);
}

static struct evert_result heard(struct evert_result *in, void *arg)
{
	struct kid *kid = arg;

	(void)in;
	must(kid->ended && !kid->destroyed);
	kid->fired++;
	act_inside();
	return evert_result_none();
}

static void wait_ended(struct kid *kid)
{
	struct evert_deferred *end = evert_process_ended(kid->base.process);

	must(end || memory_failed());
	if (!end)
		return;
	kid->asked++;
	evert_deferred_add_both(end, heard, kid);
	evert_deferred_release(end);
}

static void abort_pipe(struct kid *kid)
{
	struct evert_transport *transport = evert_process_transport(
		kid->base.process, (int)(fuzz_setting(&input) % 4));

	if (!transport)
		return;
	had_trouble = true;
	evert_transport_abort(transport);
}

/* ---- What the child does ---- */

static struct kernel_child *child_of(const struct kid *kid)
{
	int i;

	for (i = 0; i < KERNEL_CHILDREN; i++)
		if (kid->number && kernel_children[i].number == kid->number)
			return &kernel_children[i];
	return NULL;
}

static void end_child(struct kid *kid)
{
	struct kernel_child *child = child_of(kid);

	if (child)
		kernel_child_end(child, CLD_EXITED,
				 (int)(kid->number % CODES));
}

static void speak(struct kid *kid)
{
	struct kernel_child *child = child_of(kid);
	unsigned fd = 1 + fuzz_setting(&input) % 3;
	size_t length = fuzz_setting(&input) * 300u;
	unsigned told = fd;

	if (!child || !child->fds[fd] || !child->fds[fd]->out ||
	    child->fds[fd]->out->broken)
		return;
	if (fd == 2 && kid->shares)
		told = 1;
	kid->spoken[told].fed += kernel_put(
		child->fds[fd]->out,
		pattern_at(stream_of(kid, (int)told), kid->spoken[told].fed),
		length);
}

static void hear(struct kid *kid)
{
	static char bytes[KERNEL_ROOM];
	struct kernel_child *child = child_of(kid);
	size_t length;

	if (!child || !child->fds[0] || !child->fds[0]->in)
		return;
	length = kernel_take(child->fds[0]->in, bytes, KERNEL_ROOM);
	pattern_check(stream_of(kid, 0), kid->taken, bytes, length);
	kid->taken += length;
	/* Without memory a part of what was refused has gone before. */
	must(kid->taken <= kid->written || memory_failed());
}

static void close_fd(struct kid *kid)
{
	struct kernel_child *child = child_of(kid);

	if (child)
		kernel_child_close(child, (int)(fuzz_setting(&input) % 4));
}

/* Which is nobody's to kill from now on. */
static void change_user(struct kid *kid)
{
	struct kernel_child *child = child_of(kid);

	if (child)
		had_trouble = child->is_another_user_s = true;
}

static void (*const acts[])(struct kid *kid) = {
	write_to, close_in,   send_signal, signal_group, terminate,
	wait_ended, abort_pipe,
	/* By the child, that is, and after its end. */
	end_child, end_child, speak, speak, hear, close_fd, change_user,
};
enum { ACTS = sizeof(acts) / sizeof(*acts), OURS = 7 };

static const char *const names[] = {
	"write",	"close_in",  "signal",	    "signal_group",
	"terminate",	"wait_ended", "abort_pipe", "end child",
	"end child",	"speak",     "speak",	    "hear",
	"close fd",	"change user", "start",	    "start",
	"SIGCHLD",	"plan",	     "lack memory",
};

static void plan(void)
{
	static const struct {
		enum kernel_call call;
		int errors[4];
		bool harmless;
	} table[] = {
		{ KERNEL_SPAWN, { EAGAIN, ENOMEM, EAGAIN, ENOMEM }, false },
		{ KERNEL_EXEC, { ENOENT, EACCES, ENOEXEC, EPERM }, false },
		{ KERNEL_PIPE, { EMFILE, ENFILE, EMFILE, ENFILE }, false },
		{ KERNEL_SOCKETPAIR, { EMFILE, EMFILE, EMFILE, EMFILE }, false },
		{ KERNEL_FCNTL, { EPERM, EPERM, EPERM, EPERM }, false },
		{ KERNEL_WAITID, { EINTR, EINTR, EINTR, ECHILD }, false },
		{ KERNEL_EPOLL_CTL, { ENOMEM, ENOSPC, ENOMEM, ENOSPC }, false },
		{ KERNEL_PIDFD, { ENOSYS, EMFILE, ENOSYS, EMFILE }, true },
		{ KERNEL_READ, { EINTR, 0, EINTR, 0 }, true },
		{ KERNEL_SEND, { EINTR, 0, EAGAIN, 0 }, true },
	};
	unsigned which = fuzz_setting(&input) % 10, how = fuzz_setting(&input);
	struct kernel_plan *of = &kernel.plans[table[which].call];

	*of = (struct kernel_plan){
		.skip = how & 7,
		.times = 1 + (how >> 3 & 1),
		.error = table[which].errors[how >> 4 & 3],
		.most = how,
	};
	kernel.turn_of = how;
	had_trouble |= !table[which].harmless && of->error != EINTR;
}

static void act(void)
{
	unsigned which = fuzz_setting(&input) % (ACTS + 5);
	struct kid *kid = &kids[fuzz_setting(&input) % KIDS];

	if (!kid->made && kid_count)
		kid = &kids[(unsigned)(kid - kids) % (unsigned)kid_count];
	tell("%*s%s of %d\n", 4 * (int)depth, "", names[which],
	     (int)(kid - kids));
	depth++;
	if (which < ACTS) {
		if (kid->number && (which >= OURS || !kid->destroyed))
			acts[which](kid);
	} else if (which < ACTS + 2) {
		start();
	} else if (which == ACTS + 2) {
		kernel_sigchld();
	} else if (which == ACTS + 3) {
		plan();
	} else {
		memory_fail(1 + fuzz_setting(&input) % 32, false);
	}
	depth--;
}

/* ---- */

static void turn(double seconds)
{
	int error;

	tell("turn %g\n", seconds);
	error = evert_reactor_turn(reactor, seconds);
	must(error == 0 || (error == -ESHUTDOWN && stops));
	if (error)
		stops = false;
}

static void step(void)
{
	unsigned what = fuzz_setting(&input);

	if (what < 80) {
		turn(what % 8 == 7 ? 3 : 0);
	} else if (what == 80) {
		stops = had_trouble = true;
		evert_reactor_stop(reactor);
	} else {
		act();
	}
}

static void close_all_of_child(struct kid *kid)
{
	struct kernel_child *child = child_of(kid);
	int fd;

	hear(kid);
	for (fd = 0; child && fd < KERNEL_CHILD_FDS; fd++)
		kernel_child_close(child, fd);
}

/* All end, with one SIGCHLD for all; and then all hear of it. */
static void end_in_order(void)
{
	int i, round;

	memset(kernel.plans, 0, sizeof(kernel.plans));
	memory_fail(0, false);
	for (i = 0; i < kid_count; i++) {
		end_child(&kids[i]);
		close_all_of_child(&kids[i]);
	}
	kernel_sigchld();
	for (round = 0; round < ROUNDS; round++)
		turn(round % 8 == 7 ? 3 : 0);
	for (i = 0; i < kid_count; i++)
		must(kids[i].destroyed);
}

/* The kernel has no zombies, but those that were left. */
static void check_end(void)
{
	int i, fd;

	for (i = 0; i < kid_count; i++) {
		must(kids[i].destroyed && kids[i].fired == kids[i].asked);
		if (kids[i].number && kids[i].kind != EVERT_LEFT_RUNNING &&
		    kids[i].kind != EVERT_EXIT_UNKNOWN)
			must(!child_of(&kids[i]) ||
			     child_of(&kids[i])->state == KERNEL_NO_CHILD);
	}
	for (i = 0; i < KERNEL_CHILDREN; i++)
		for (fd = 0; fd < KERNEL_CHILD_FDS; fd++)
			kernel_child_close(&kernel_children[i], fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct evert_reactor_options options = { .system = kernel_begin() };
	unsigned how;

	input = (struct fuzz_input){ (const char *)data, size, 1 };
	how = fuzz_setting(&input);
	options.poller = how & 1 ? "poll" : "epoll";
	memory_begin();
	reactor = evert_reactor_create(&options);
	memset(kids, 0, sizeof(kids));
	kid_count = 0;
	had_trouble = stops = false;
	while (input.left)
		step();
	if (!(how & 2))
		end_in_order();
	stops = true;
	memset(kernel.plans, 0, sizeof(kernel.plans));
	evert_reactor_destroy(reactor);
	check_end();
	memory_end();
	kernel_end();
	return 0;
}
