/* SPDX-License-Identifier: MIT */
#include "process.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "reactor.h"

static struct child_record *from(struct evert_process_protocol *base)
{
	return evert_container_of(base, struct child_record, base);
}

static void note(struct child_record *record, char event)
{
	size_t length = strlen(record->events);

	cr_assert(length < sizeof(record->events) - 1);
	record->events[length] = event;
}

static void made(struct evert_process_protocol *base)
{
	struct child_record *record = from(base);

	note(record, 'M');
	if (record->hooks && record->hooks->made)
		record->hooks->made(record);
}

static void keep(char *to, size_t *kept, const char *data, size_t length)
{
	const size_t most = sizeof(((struct child_record *)NULL)->out) - 1;

	if (*kept < most)
		memcpy(to + *kept, data,
		       length < most - *kept ? length : most - *kept);
	*kept += length;
}

static void received(struct child_record *record, int fd)
{
	if (record->hooks && record->hooks->received)
		record->hooks->received(record, fd);
}

static void out_received(struct evert_process_protocol *base, const char *data,
			 size_t length)
{
	keep(from(base)->out, &from(base)->out_length, data, length);
	received(from(base), 1);
}

static void err_received(struct evert_process_protocol *base, const char *data,
			 size_t length)
{
	keep(from(base)->err, &from(base)->err_length, data, length);
	received(from(base), 2);
}

static void other_received(struct evert_process_protocol *base, int fd,
			   const char *data, size_t length)
{
	keep(from(base)->other, &from(base)->other_length, data, length);
	received(from(base), fd);
}

static void note_closed(struct evert_process_protocol *base, char event,
			int fd)
{
	struct child_record *record = from(base);

	note(record, event);
	record->closed++;
	cr_assert(evert_process_transport(base->process, fd) == NULL);
	if (record->hooks && record->hooks->closed)
		record->hooks->closed(record, fd);
}

static void in_closed(struct evert_process_protocol *base)
{
	note_closed(base, 'I', 0);
}

static void out_ended(struct evert_process_protocol *base)
{
	note_closed(base, 'O', 1);
}

static void err_ended(struct evert_process_protocol *base)
{
	note_closed(base, 'E', 2);
}

static void closed(struct evert_process_protocol *base, int fd)
{
	note_closed(base, 'C', fd);
}

static void exited(struct evert_process_protocol *base,
		   const struct evert_exit *exit)
{
	struct child_record *record = from(base);

	note(record, 'X');
	record->at_exit = *exit;
	record->has_exited = true;
	if (record->hooks && record->hooks->exited)
		record->hooks->exited(record);
}

static void ended(struct evert_process_protocol *base,
		  const struct evert_exit *exit)
{
	struct child_record *record = from(base);

	note(record, 'Z');
	record->exit = *exit;
	record->has_ended = true;
	if (record->hooks && record->hooks->ended)
		record->hooks->ended(record);
}

static void paused(struct evert_process_protocol *base)
{
	note(from(base), 'P');
}

static void resumed(struct evert_process_protocol *base)
{
	note(from(base), 'R');
}

static void destroyed(struct evert_process_protocol *base)
{
	note(from(base), 'D');
	from(base)->is_destroyed = true;
}

static const struct evert_process_protocol_ops ops = {
	.made = made,
	.out_received = out_received,
	.err_received = err_received,
	.received = other_received,
	.in_closed = in_closed,
	.out_ended = out_ended,
	.err_ended = err_ended,
	.closed = closed,
	.exited = exited,
	.ended = ended,
	.pause_writing = paused,
	.resume_writing = resumed,
	.destroy = destroyed,
};

void child_record_init(struct child_record *record)
{
	memset(record, 0, sizeof(*record));
	record->base.ops = &ops;
}

struct evert_process *spawn_shell(struct evert_reactor *reactor,
				  struct child_record *record,
				  const char *command,
				  const struct evert_process_options *options)
{
	struct evert_process_options with = { 0 };
	struct evert_process *process;

	if (options)
		with = *options;
	with.parent_death_signal = SIGKILL;
	process = evert_spawn_process(
		reactor, &record->base, "/bin/sh",
		EVERT_ARGV("sh", "-c", (char *)command), NULL, &with);
	cr_assert(process != NULL, "sh cannot be started");
	return process;
}

void run_shell(struct evert_reactor *reactor, struct child_record *record,
	       const char *command,
	       const struct evert_process_options *options)
{
	spawn_shell(reactor, record, command, options);
	turn_until(reactor, &record->is_destroyed);
}

void reap_only_ours(struct evert_reactor *reactor)
{
	static struct child_record record;
	pid_t other = fork();
	int status;

	if (!other)
		_exit(5);
	child_record_init(&record);
	run_shell(reactor, &record, "true", NULL);
	cr_assert(waitpid(other, &status, 0) == other);
	cr_assert(eq(int, status, 5 << 8));
}
