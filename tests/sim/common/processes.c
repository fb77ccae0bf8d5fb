/* SPDX-License-Identifier: MIT */
#include "processes.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

enum {
	MOST_PROCESSES = 500,
	FIRST_PID = 100,
	PREFIX = 4
};

struct process {
	struct evert_length_prefixed base; /* its end of the socket */
	struct evert_factory factory;
	pid_t pid;
	int fd;		/* until it has a transport; or -1 */
	int adopted;	/* from then on */
	int pidfd, end; /* that is ready when the other one is closed */
	bool is_connected, has_ended, is_reaped, has_call;
	int code, status;
	char *answer; /* that it is at */
	size_t length;
};

static struct evert_sim *sim;
static struct evert_sim_host *host;
static struct processes_options options;
static struct evert_reactor *player; /* of all of them */
static struct process processes[MOST_PROCESSES];
static size_t begun, running, unreaped;
static int last_pair; /* the child's end of the latest socket pair */
static const struct evert_system_ops *simulated;

static struct process *process_from(struct evert_length_prefixed *base)
{
	return evert_container_of(base, struct process, base);
}

static struct process *find(pid_t pid)
{
	size_t number = (size_t)(pid - FIRST_PID);

	return pid >= FIRST_PID && number < begun ? &processes[number] : NULL;
}

/* ---- The end of one ---- */

static void end(struct process *process, int code, int status)
{
	struct evert_system *system = evert_sim_system(host);

	if (process->has_ended)
		return;
	process->has_ended = true;
	process->code = code;
	process->status = status;
	running--;
	simulated->close(system, process->end);
	evert_sim_note(sim, "process ends", process->pid);
}

static void die(struct process *process)
{
	evert_transport_abort(process->base.base.transport);
	end(process, CLD_DUMPED, SIGSEGV);
}

/* Of a process that ends its descriptors are closed first. (The player closes
   this one later.) */
static void kill_process(struct process *process, int signal)
{
	if (process->has_ended)
		return;
	if (process->is_connected)
		simulated->shutdown(evert_sim_system(host), process->adopted,
				    SHUT_RDWR);
	end(process, CLD_KILLED, signal);
}

/* ---- Its work ---- */

/* False: there is no memory. */
static bool keep_answer(struct process *process, struct evert_result result)
{
	bool is_failure = evert_result_is_failure(&result);
	const char *bytes =
		is_failure ? evert_result_as_failure(&result)->message
			   : evert_result_as_text(&result);

	process->length = 1 + (is_failure ? strlen(bytes)
					  : evert_result_text_length(&result));
	process->answer = evert_allocate(process->length);
	if (process->answer) {
		process->answer[0] = (char)is_failure;
		memcpy(process->answer + 1, bytes, process->length - 1);
	}
	evert_result_release(result);
	return process->answer;
}

static void send_a_part(struct process *process)
{
	char prefix[PREFIX] = {0, 0, (char)(process->length >> 8),
			       (char)(process->length & 0xff)};
	struct evert_transport *transport = process->base.base.transport;

	evert_transport_write(transport, prefix, sizeof(prefix));
	evert_transport_write(transport, process->answer,
			      evert_sim_random(sim, process->length));
	evert_transport_lose_connection(transport);
	end(process, CLD_EXITED, 1);
}

static void answer(void *arg)
{
	struct process *process = arg;

	if (process->has_ended || !process->is_connected)
		return;
	process->has_call = false;
	if (evert_sim_chance(sim, options.death))
		send_a_part(process);
	else if (evert_length_prefixed_send_string(
			 &process->base, process->answer, process->length))
		die(process);
	evert_free(process->answer);
	process->answer = NULL;
	if (!process->has_ended && evert_sim_chance(sim, options.death))
		die(process);
}

/* False: there is no memory. */
static bool plan(double seconds, void (*call)(void *arg),
		 struct process *process)
{
	return evert_delayed_call_active(
		evert_reactor_call_later(player, seconds, call, process));
}

static void call_received(struct evert_length_prefixed *base,
			  const char *string, size_t length)
{
	struct process *process = process_from(base);
	double seconds = options.most_work *
			 (double)evert_sim_random(sim, 1000) / 1000;

	if (process->has_ended)
		return;
	evert_sim_check(sim, !process->has_call && length && !*string);
	process->has_call = true;
	if (!keep_answer(process, options.function(string + 1, length - 1)) ||
	    evert_sim_chance(sim, options.death) ||
	    !plan(seconds, answer, process))
		die(process);
}

static void leave(void *arg)
{
	end(arg, CLD_EXITED, 0);
}

/* Nobody asks any more: it leaves, after a while. */
static void lost(struct evert_length_prefixed *base,
		 const struct evert_failure *reason)
{
	struct process *process = process_from(base);

	(void)reason;
	process->is_connected = false;
	evert_free(process->answer);
	process->answer = NULL;
	if (!process->has_ended && !evert_sim_chance(sim, options.hang) &&
	    !plan((double)evert_sim_random(sim, 1000) / 1000, leave, process))
		leave(process);
}

static const struct evert_length_prefixed_ops worker_ops = {
	.string_received = call_received,
	.connection_lost = lost,
};

static struct evert_protocol *build(struct evert_factory *factory,
				    const struct evert_address *peer)
{
	(void)peer;
	return &evert_container_of(factory, struct process, factory)
			->base.base;
}

/* It may have been killed meanwhile. */
static void begin(void *arg)
{
	struct process *process = arg;

	if (process->has_ended || !player) {
		simulated->close(evert_sim_system(host), process->fd);
		return;
	}
	evert_length_prefixed_init(&process->base, &worker_ops, PREFIX);
	process->factory = (struct evert_factory){.build_protocol = build};
	if (!evert_connection_adopt(player, process->fd, &process->factory)) {
		evert_sim_check(sim, errno == ENOMEM);
		end(process, CLD_KILLED, SIGKILL);
		return;
	}
	process->adopted = process->fd;
	process->fd = -1;
	process->is_connected = true;
}

/* Those that were begun are there before it stops; from then on none is. */
static struct evert_result stop_playing(void *arg)
{
	player = NULL;
	return evert_result_wait(
		evert_clock_sleep(evert_reactor_clock(arg), 0));
}

static void play(struct evert_reactor *reactor, void *arg)
{
	(void)arg;
	evert_reactor_add_trigger(reactor, EVERT_BEFORE_SHUTDOWN, stop_playing,
				  reactor);
}

/* ---- System calls ---- */

static int socketpair_told(struct evert_system *system, int fds[2])
{
	int error = simulated->socketpair(system, fds);

	if (!error)
		last_pair = fds[1];
	return error;
}

/* 0, or -EMFILE. */
static int make_process(struct process *process, struct evert_system *system)
{
	int pipe[2], error = simulated->pipe(system, pipe);

	if (error)
		return error;
	*process = (struct process){
		.pid = FIRST_PID + (pid_t)begun,
		.fd = simulated->dup(system, last_pair),
		.pidfd = pipe[0],
		.end = pipe[1],
	};
	if (process->fd >= 0)
		return 0;
	simulated->close(system, pipe[0]);
	simulated->close(system, pipe[1]);
	return process->fd;
}

static pid_t spawn(struct evert_system *system, int (*child)(void *arg),
		   void *arg, int *pidfd)
{
	struct process *process = &processes[begun];
	int error;

	(void)child, (void)arg; /* another program: nothing of it is ours */
	if (begun == MOST_PROCESSES || !player ||
	    evert_sim_chance(sim, options.refusal))
		return -EAGAIN;
	evert_sim_check(sim, running < options.most);
	error = make_process(process, system);
	if (error)
		return error;
	error = evert_reactor_call_from_thread(player, begin, process);
	if (error) {
		simulated->close(system, process->fd);
		simulated->close(system, process->pidfd);
		simulated->close(system, process->end);
		return error;
	}
	begun++;
	running++;
	unreaped++;
	evert_sim_note(sim, "process begins", process->pid);
	*pidfd = process->pidfd;
	return process->pid;
}

/* As waitid(2): waiting without WNOHANG is for who was killed. */
static int wait_for(struct evert_system *system, pid_t pid, int how, int *code,
		    int *status, struct rusage *usage)
{
	struct process *process = find(pid);

	(void)system;
	evert_sim_check(sim, process && !process->is_reaped);
	*code = *status = 0;
	memset(usage, 0, sizeof(*usage));
	if (!process->has_ended) {
		evert_sim_check(sim, how & WNOHANG);
		return 0;
	}
	*code = process->code;
	*status = process->status;
	if (how & WNOWAIT)
		return 0;
	process->is_reaped = true;
	unreaped--;
	return 0;
}

static int signal_pidfd(struct evert_system *system, int pidfd, int signal)
{
	size_t i;

	(void)system;
	for (i = begun; i--;)
		if (processes[i].pidfd == pidfd && !processes[i].is_reaped) {
			kill_process(&processes[i], signal);
			return 0;
		}
	evert_sim_fail(sim, "a signal to no process");
}

void processes_install(struct evert_sim *made, struct evert_sim_host *where,
		       const struct processes_options *how)
{
	static struct evert_system_ops ops;
	struct evert_system *system = evert_sim_system(where);

	sim = made;
	host = where;
	options = *how;
	begun = running = unreaped = 0;
	simulated = system->ops;
	ops = *simulated;
	ops.socketpair = socketpair_told;
	ops.spawn = spawn;
	ops.waitid = wait_for;
	ops.pidfd_send_signal = signal_pidfd;
	system->ops = &ops;
	player = evert_sim_start(host, play, NULL);
}

void processes_calm_down(void)
{
	options.death = options.hang = options.refusal = 0;
}

size_t processes_begun(void)
{
	return begun;
}

size_t processes_running(void)
{
	return running;
}

size_t processes_unreaped(void)
{
	return unreaped;
}
