/* SPDX-License-Identifier: MIT */
#include "system.h"

#include <dirent.h>
#include <errno.h>
#include <netdb.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "../../reactor/address.h"
#include "memory.h"

static struct test_system *from(struct evert_system *base)
{
	return evert_container_of(base, struct test_system, base);
}

static struct evert_system *kernel(void)
{
	return evert_system_real();
}

/* Counts a call. 0, or the -errno it is to fail with. */
static int planned(struct evert_system *base, enum test_call call)
{
	struct test_call_plan *plan = &from(base)->plans[call];
	size_t number = atomic_fetch_add(&plan->calls, 1) + 1;

	if (!plan->fails_at || number < plan->fails_at ||
	    (number > plan->fails_at && !plan->forever))
		return 0;
	atomic_fetch_add(&plan->failed, 1);
	return -plan->error;
}

static int test_socket(struct evert_system *base, int domain, int type,
		       int protocol)
{
	int error = planned(base, CALL_SOCKET);

	return error ? error :
		       kernel()->ops->socket(kernel(), domain, type, protocol);
}

static int test_bind(struct evert_system *base, int fd,
		     const struct sockaddr *address, socklen_t length)
{
	int error = planned(base, CALL_BIND);

	return error ? error :
		       kernel()->ops->bind(kernel(), fd, address, length);
}

static int test_listen(struct evert_system *base, int fd, int backlog)
{
	int error = planned(base, CALL_LISTEN);

	return error ? error : kernel()->ops->listen(kernel(), fd, backlog);
}

static int test_accept(struct evert_system *base, int fd,
		       struct sockaddr *address, socklen_t *length)
{
	int error = planned(base, CALL_ACCEPT);

	return error ? error :
		       kernel()->ops->accept(kernel(), fd, address, length);
}

static int test_connect(struct evert_system *base, int fd,
			const struct sockaddr *address, socklen_t length)
{
	int error = planned(base, CALL_CONNECT);

	return error ? error :
		       kernel()->ops->connect(kernel(), fd, address, length);
}

static ssize_t test_read(int fd, void *data, size_t size,
			 struct evert_system *base)
{
	int error = planned(base, CALL_READ);
	size_t most = from(base)->read_at_most;

	if (most && size > most)
		size = most;
	return error ? error : kernel()->ops->read(fd, data, size, kernel());
}

static ssize_t test_peek(struct evert_system *base, int fd, void *data,
			 size_t size)
{
	int error = planned(base, CALL_PEEK);

	return error ? error : kernel()->ops->peek(kernel(), fd, data, size);
}

static ssize_t test_send(int fd, const void *data, size_t size,
			 struct evert_system *base)
{
	int error = planned(base, CALL_SEND);
	size_t most = from(base)->send_at_most;

	if (most && size > most)
		size = most;
	return error ? error : kernel()->ops->send(fd, data, size, kernel());
}

static ssize_t test_sendv(struct evert_system *base, int fd,
			  const struct iovec *parts, int count)
{
	int error;

	if (from(base)->send_at_most)
		return test_send(fd, parts->iov_base, parts->iov_len, base);
	error = planned(base, CALL_SEND);
	return error ? error :
		       kernel()->ops->sendv(kernel(), fd, parts, count);
}

static ssize_t test_splice(struct evert_system *base, int from_fd, int to,
			   size_t length)
{
	int error = planned(base, CALL_SPLICE);
	size_t most = from(base)->send_at_most;

	if (!most || (from(base)->read_at_most &&
		      from(base)->read_at_most < most))
		most = from(base)->read_at_most;
	if (most && length > most)
		length = most;
	return error ? error :
		       kernel()->ops->splice(kernel(), from_fd, to, length);
}

static ssize_t test_sendfile(struct evert_system *base, int to, int from_fd,
			     off_t offset, size_t length)
{
	int error = planned(base, CALL_SENDFILE);
	size_t most = from(base)->send_at_most;

	if (most && length > most)
		length = most;
	return error ? error :
		       kernel()->ops->sendfile(kernel(), to, from_fd, offset,
					       length);
}

static int test_open(struct evert_system *base, const char *path, int flags,
		     mode_t mode)
{
	int error = planned(base, CALL_OPEN);

	return error ? error :
		       kernel()->ops->open(kernel(), path, flags, mode);
}

static ssize_t test_pread(struct evert_system *base, int fd, void *data,
			  size_t size, off_t offset)
{
	int error = planned(base, CALL_PREAD);
	size_t most = from(base)->read_at_most;

	if (most && size > most)
		size = most;
	return error ? error :
		       kernel()->ops->pread(kernel(), fd, data, size, offset);
}

static ssize_t test_pwrite(struct evert_system *base, int fd, const void *data,
			   size_t size, off_t offset)
{
	int error = planned(base, CALL_PWRITE);
	size_t most = from(base)->send_at_most;

	if (most && size > most)
		size = most;
	return error ? error :
		       kernel()->ops->pwrite(kernel(), fd, data, size, offset);
}

static int test_fsync(struct evert_system *base, int fd)
{
	int error = planned(base, CALL_FSYNC);

	return error ? error : kernel()->ops->fsync(kernel(), fd);
}

static int test_rename(struct evert_system *base, const char *old,
		       const char *name)
{
	int error = planned(base, CALL_RENAME);

	return error ? error : kernel()->ops->rename(kernel(), old, name);
}

static int test_unacknowledged(struct evert_system *base, int fd)
{
	int error = planned(base, CALL_UNACKNOWLEDGED);

	return error ? error : kernel()->ops->unacknowledged(kernel(), fd);
}

static int test_shutdown(struct evert_system *base, int fd, int how)
{
	int error = planned(base, CALL_SHUTDOWN);

	return error ? error : kernel()->ops->shutdown(kernel(), fd, how);
}

static int test_close(struct evert_system *base, int fd)
{
	int error = planned(base, CALL_CLOSE);
	int closed = kernel()->ops->close(kernel(), fd);

	cr_assert(closed == 0, "descriptor %d was closed twice", fd);
	return error;
}

static int test_dup2(struct evert_system *base, int fd, int onto)
{
	(void)base;
	return kernel()->ops->dup2(kernel(), fd, onto);
}

static int test_dup(struct evert_system *base, int fd)
{
	int error = planned(base, CALL_DUP);

	return error ? error : kernel()->ops->dup(kernel(), fd);
}

static int test_fcntl(struct evert_system *base, int fd, int command,
		      int argument)
{
	int error = planned(base, CALL_FCNTL);

	return error ? error :
		       kernel()->ops->fcntl(kernel(), fd, command, argument);
}

static int test_getsockopt(struct evert_system *base, int fd, int level,
			   int option, void *value, socklen_t *length)
{
	int error = planned(base, CALL_GETSOCKOPT);

	return error ? error :
		       kernel()->ops->getsockopt(kernel(), fd, level, option,
						 value, length);
}

static int test_setsockopt(struct evert_system *base, int fd, int level,
			   int option, const void *value, socklen_t length)
{
	int error = planned(base, CALL_SETSOCKOPT);

	return error ? error :
		       kernel()->ops->setsockopt(kernel(), fd, level, option,
						 value, length);
}

static int test_getsockname(struct evert_system *base, int fd,
			    struct sockaddr *address, socklen_t *length)
{
	int error = planned(base, CALL_GETSOCKNAME);

	return error ? error :
		       kernel()->ops->getsockname(kernel(), fd, address,
						  length);
}

static int test_getpeername(struct evert_system *base, int fd,
			    struct sockaddr *address, socklen_t *length)
{
	int error = planned(base, CALL_GETPEERNAME);

	return error ? error :
		       kernel()->ops->getpeername(kernel(), fd, address,
						  length);
}

static int test_pipe(struct evert_system *base, int fds[2])
{
	int error = planned(base, CALL_PIPE);

	return error ? error : kernel()->ops->pipe(kernel(), fds);
}

static int test_socketpair(struct evert_system *base, int fds[2])
{
	int error = planned(base, CALL_SOCKETPAIR);

	return error ? error : kernel()->ops->socketpair(kernel(), fds);
}

static ssize_t test_write(struct evert_system *base, int fd, const void *data,
			  size_t size)
{
	int error = planned(base, CALL_WRITE);

	return error ? error : kernel()->ops->write(kernel(), fd, data, size);
}

static ssize_t test_writev(struct evert_system *base, int fd,
			   const struct iovec *parts, int count)
{
	int error = planned(base, CALL_WRITEV);
	size_t most = from(base)->send_at_most;
	struct iovec first = *parts;

	if (most && first.iov_len > most)
		first.iov_len = most;
	return error ? error :
		       kernel()->ops->writev(kernel(), fd,
					     most ? &first : parts,
					     most ? 1 : count);
}

static int test_fstat(struct evert_system *base, int fd, struct stat *status)
{
	int error = planned(base, CALL_FSTAT);

	return error ? error : kernel()->ops->fstat(kernel(), fd, status);
}

static int test_tcgetattr(struct evert_system *base, int fd,
			  struct termios *modes)
{
	int error = planned(base, CALL_TCGETATTR);

	return error ? error : kernel()->ops->tcgetattr(kernel(), fd, modes);
}

static int test_tcsetattr(struct evert_system *base, int fd,
			  const struct termios *modes)
{
	int error = planned(base, CALL_TCSETATTR);

	return error ? error : kernel()->ops->tcsetattr(kernel(), fd, modes);
}

static int test_tty_exclusive(struct evert_system *base, int fd, bool is)
{
	int error = planned(base, CALL_TTY_EXCLUSIVE);

	return error ? error : kernel()->ops->tty_exclusive(kernel(), fd, is);
}

static ssize_t test_recvmsg(struct evert_system *base, int fd,
			    struct msghdr *message, int flags)
{
	int error = planned(base, CALL_RECVMSG);

	return error ? error :
		       kernel()->ops->recvmsg(kernel(), fd, message, flags);
}

static ssize_t test_sendmsg(struct evert_system *base, int fd,
			    const struct msghdr *message, int flags)
{
	int error = planned(base, CALL_SENDMSG);

	return error ? error :
		       kernel()->ops->sendmsg(kernel(), fd, message, flags);
}

static int test_recvmmsg(struct evert_system *base, int fd,
			 struct mmsghdr *messages, unsigned count, int flags)
{
	int error = planned(base, CALL_RECVMMSG);

	if (from(base)->read_at_most)
		count = 1;
	return error ? error :
		       kernel()->ops->recvmmsg(kernel(), fd, messages, count,
					       flags);
}

static int test_sendmmsg(struct evert_system *base, int fd,
			 struct mmsghdr *messages, unsigned count, int flags)
{
	int error = planned(base, CALL_SENDMMSG);

	if (from(base)->send_at_most)
		count = 1;
	return error ? error :
		       kernel()->ops->sendmmsg(kernel(), fd, messages, count,
					       flags);
}

static int test_lstat(struct evert_system *base, const char *path,
		      struct stat *status)
{
	int error = planned(base, CALL_LSTAT);

	return error ? error : kernel()->ops->lstat(kernel(), path, status);
}

static int test_fchmod(struct evert_system *base, int fd, mode_t mode)
{
	int error = planned(base, CALL_FCHMOD);

	return error ? error : kernel()->ops->fchmod(kernel(), fd, mode);
}

static int test_chmod(struct evert_system *base, const char *path,
		      mode_t mode)
{
	int error = planned(base, CALL_CHMOD);

	return error ? error : kernel()->ops->chmod(kernel(), path, mode);
}

static int test_chown(struct evert_system *base, const char *path,
		      uid_t owner, gid_t group)
{
	int error = planned(base, CALL_CHOWN);

	return error ? error :
		       kernel()->ops->chown(kernel(), path, owner, group);
}

static int test_unlink(struct evert_system *base, const char *path)
{
	int error = planned(base, CALL_UNLINK);

	return error ? error : kernel()->ops->unlink(kernel(), path);
}

/* ---- Processes ---- */

static pid_t test_spawn(struct evert_system *base, int (*child)(void *arg),
			void *arg, int *pidfd)
{
	int error = planned(base, CALL_SPAWN);
	pid_t pid;

	if (error)
		return error;
	pid = kernel()->ops->spawn(kernel(), child, arg, pidfd);
	if (*pidfd >= 0 && planned(base, CALL_PIDFD)) {
		kernel()->ops->close(kernel(), *pidfd);
		*pidfd = -1;
	}
	return pid;
}

static int test_waitid(struct evert_system *base, pid_t pid, int options,
		       int *code, int *status, struct rusage *usage)
{
	int error = planned(base, CALL_WAITID);

	return error ? error :
		       kernel()->ops->waitid(kernel(), pid, options, code,
					     status, usage);
}

static int test_pty(struct evert_system *base, unsigned short rows,
		    unsigned short columns)
{
	int error = planned(base, CALL_PTY);

	return error ? error : kernel()->ops->pty(kernel(), rows, columns);
}

static int test_pty_slave(struct evert_system *base, int master)
{
	int error = planned(base, CALL_PTY_SLAVE);

	return error ? error : kernel()->ops->pty_slave(kernel(), master);
}

static int test_pty_name(struct evert_system *base, int master, char *name,
			 size_t size)
{
	int error = planned(base, CALL_PTY_NAME);

	return error ? error :
		       kernel()->ops->pty_name(kernel(), master, name, size);
}

static int test_pty_resize(struct evert_system *base, int terminal,
			   unsigned short rows, unsigned short columns)
{
	(void)base;
	return kernel()->ops->pty_resize(kernel(), terminal, rows, columns);
}

static int test_kill(struct evert_system *base, pid_t pid, int signal)
{
	int error = planned(base, CALL_KILL);

	return error ? error : kernel()->ops->kill(kernel(), pid, signal);
}

static int test_pidfd_send_signal(struct evert_system *base, int pidfd,
				  int signal)
{
	int error = planned(base, CALL_PIDFD_SEND_SIGNAL);

	return error ? error :
		       kernel()->ops->pidfd_send_signal(kernel(), pidfd,
							signal);
}

/* ---- Waiting ---- */

static int test_epoll_create(struct evert_system *base)
{
	int error = planned(base, CALL_EPOLL_CREATE);

	return error ? error : kernel()->ops->epoll_create(kernel());
}

static int test_epoll_ctl(struct evert_system *base, int epoll, int operation,
			  int fd, struct epoll_event *event)
{
	int error = planned(base, CALL_EPOLL_CTL);

	return error ? error :
		       kernel()->ops->epoll_ctl(kernel(), epoll, operation, fd,
						event);
}

/* Instead of sleeping, may time move? */
static bool may_skip(struct test_system *system, int milliseconds)
{
	system->last_wait = milliseconds;
	return system->virtual_time && milliseconds > 0 &&
	       !atomic_load(&system->threads_work);
}

static void skip(struct test_system *system, int milliseconds)
{
	system->now += (int64_t)milliseconds * 1000000;
}

static int test_epoll_wait(struct evert_system *base, int epoll,
			   struct epoll_event *events, int count,
			   int milliseconds)
{
	int error = planned(base, CALL_EPOLL_WAIT);
	bool skips = may_skip(from(base), milliseconds);
	int ready;

	if (error)
		return error;
	ready = kernel()->ops->epoll_wait(kernel(), epoll, events, count,
					  skips ? 0 : milliseconds);
	if (!ready && skips)
		skip(from(base), milliseconds);
	return ready;
}

static int test_epoll_busy_poll(struct evert_system *base, int epoll,
				uint32_t microseconds, uint16_t budget,
				bool prefer)
{
	int error = planned(base, CALL_EPOLL_BUSY_POLL);

	return error ? error :
		       kernel()->ops->epoll_busy_poll(kernel(), epoll,
						      microseconds, budget,
						      prefer);
}

static int test_poll(struct evert_system *base, struct pollfd *fds,
		     nfds_t count, int milliseconds)
{
	int error = planned(base, CALL_POLL);
	bool skips = may_skip(from(base), milliseconds);
	int ready;

	if (error)
		return error;
	ready = kernel()->ops->poll(kernel(), fds, count,
				    skips ? 0 : milliseconds);
	if (!ready && skips)
		skip(from(base), milliseconds);
	return ready;
}

static int test_timerfd_create(struct evert_system *base)
{
	int error = planned(base, CALL_TIMERFD_CREATE);

	return error ? error : kernel()->ops->timerfd_create(kernel());
}

static int test_timerfd_set(struct evert_system *base, int fd,
			    int64_t nanoseconds)
{
	(void)base;
	return kernel()->ops->timerfd_set(kernel(), fd, nanoseconds);
}

static int test_random(struct evert_system *base, void *bytes, size_t size)
{
	(void)base;
	return evert_system_real()->ops->random(evert_system_real(), bytes,
						size);
}

static int64_t test_now(struct evert_system *base)
{
	struct test_system *system = from(base);

	return system->virtual_time ? system->now :
				      kernel()->ops->now(kernel());
}

/* ---- Names ---- */

static struct addrinfo *make_info(const char *host, const char *port)
{
	struct evert_address address;
	struct addrinfo *info = calloc(1, sizeof(*info) + sizeof(address.as));

	cr_assert(evert_address_parse(&address, host, (uint16_t)atoi(port)) ==
			  0,
		  "%s is no address", host);
	info->ai_family = address.as.any.sa_family;
	info->ai_socktype = SOCK_STREAM;
	info->ai_addrlen = address.length;
	info->ai_addr = (struct sockaddr *)(info + 1);
	memcpy(info->ai_addr, &address.as, address.length);
	return info;
}

static struct addrinfo *make_infos(const char *const *hosts, const char *port)
{
	struct addrinfo *first = NULL, **end = &first;

	for (; *hosts; hosts++) {
		*end = make_info(*hosts, port);
		end = &(*end)->ai_next;
	}
	return first;
}

static int test_getaddrinfo(struct evert_system *base, const char *host,
			    const char *port, const struct addrinfo *hints,
			    struct addrinfo **addresses)
{
	struct test_system *system = from(base);
	int error = planned(base, CALL_GETADDRINFO);

	while (atomic_load(&system->lookups_blocked))
		sched_yield();
	if (error) {
		errno = -error;
		return EAI_SYSTEM;
	}
	if (!system->addresses)
		return kernel()->ops->getaddrinfo(kernel(), host, port, hints,
						  addresses);
	*addresses = make_infos(system->addresses, port);
	return *addresses ? 0 : EAI_NONAME;
}

static void test_freeaddrinfo(struct evert_system *base,
			      struct addrinfo *addresses)
{
	struct test_system *system = from(base);
	struct addrinfo *next;

	if (!system->addresses) {
		kernel()->ops->freeaddrinfo(kernel(), addresses);
		return;
	}
	for (; addresses; addresses = next) {
		next = addresses->ai_next;
		free(addresses);
	}
	atomic_store(&system->threads_work, false);
}

static int test_start_thread(struct evert_system *base, void *(*run)(void *arg),
			     void *arg)
{
	int error = planned(base, CALL_START_THREAD);

	return error ? error : kernel()->ops->start_thread(kernel(), run, arg);
}

static const struct evert_system_ops ops = {
	.socket = test_socket,
	.bind = test_bind,
	.listen = test_listen,
	.accept = test_accept,
	.connect = test_connect,
	.read = test_read,
	.peek = test_peek,
	.send = test_send,
	.splice = test_splice,
	.sendfile = test_sendfile,
	.open = test_open,
	.pread = test_pread,
	.pwrite = test_pwrite,
	.fsync = test_fsync,
	.rename = test_rename,
	.unacknowledged = test_unacknowledged,
	.sendv = test_sendv,
	.shutdown = test_shutdown,
	.close = test_close,
	.dup2 = test_dup2,
	.dup = test_dup,
	.fcntl = test_fcntl,
	.getsockopt = test_getsockopt,
	.setsockopt = test_setsockopt,
	.getsockname = test_getsockname,
	.getpeername = test_getpeername,
	.pipe = test_pipe,
	.socketpair = test_socketpair,
	.spawn = test_spawn,
	.waitid = test_waitid,
	.pty = test_pty,
	.pty_slave = test_pty_slave,
	.pty_name = test_pty_name,
	.pty_resize = test_pty_resize,
	.kill = test_kill,
	.pidfd_send_signal = test_pidfd_send_signal,
	.write = test_write,
	.writev = test_writev,
	.fstat = test_fstat,
	.tcgetattr = test_tcgetattr,
	.tcsetattr = test_tcsetattr,
	.tty_exclusive = test_tty_exclusive,
	.recvmsg = test_recvmsg,
	.sendmsg = test_sendmsg,
	.recvmmsg = test_recvmmsg,
	.sendmmsg = test_sendmmsg,
	.lstat = test_lstat,
	.fchmod = test_fchmod,
	.chmod = test_chmod,
	.chown = test_chown,
	.unlink = test_unlink,
	.epoll_create = test_epoll_create,
	.epoll_ctl = test_epoll_ctl,
	.epoll_wait = test_epoll_wait,
	.poll = test_poll,
	.epoll_busy_poll = test_epoll_busy_poll,
	.timerfd_create = test_timerfd_create,
	.timerfd_set = test_timerfd_set,
	.getaddrinfo = test_getaddrinfo,
	.freeaddrinfo = test_freeaddrinfo,
	.start_thread = test_start_thread,
	.random = test_random,
	.now = test_now,
};

/* ---- Plans ---- */

/* Names go by `addresses`, where a test does not say otherwise. */
__attribute__((constructor)) static void choose_resolver(void)
{
	setenv("EVERT_RESOLVER", "system", 0);
}

void test_system_init(struct test_system *system)
{
	memset(system, 0, sizeof(*system));
	system->base.ops = &ops;
	system->now = 1000000000;
}

void test_system_stop_time(struct test_system *system)
{
	system->now = system->base.ops->now(&system->base);
	system->virtual_time = true;
}

void test_system_fail(struct test_system *system, enum test_call call, size_t n,
		      int error, bool forever)
{
	struct test_call_plan *plan = &system->plans[call];

	plan->fails_at = n ? atomic_load(&plan->calls) + n : 0;
	plan->error = error;
	plan->forever = forever;
}

size_t test_system_waits(const struct test_system *system)
{
	return atomic_load(&system->plans[CALL_EPOLL_WAIT].calls) +
	       atomic_load(&system->plans[CALL_POLL].calls);
}

static size_t run(enum test_call call, size_t n, int error, bool forever,
		  void (*prepare)(struct test_system *system),
		  void (*scenario)(struct test_system *system))
{
	static struct test_system system;
	size_t before = count_descriptors(), after;

	test_system_init(&system);
	if (prepare)
		prepare(&system);
	test_system_fail(&system, call, n, error, forever);
	scenario(&system);
	after = count_descriptors();
	cr_assert(after == before,
		  "%zu descriptors were open, then %zu, when call %zu failed%s",
		  before, after, n, forever ? " and all after" : "");
	return atomic_load(&system.plans[call].failed);
}

void fail_every_call(enum test_call call, int error,
		     void (*prepare)(struct test_system *system),
		     void (*scenario)(struct test_system *system))
{
	size_t n = 0;

	run(call, 0, error, false, prepare, scenario);
	do {
		n++;
		run(call, n, error, true, prepare, scenario);
	} while (run(call, n, error, false, prepare, scenario));
}

void fail_every_fault(const struct test_fault *faults,
		      void (*prepare)(struct test_system *system),
		      void (*scenario)(struct test_system *system))
{
	for (; faults->error; faults++)
		fail_every_call(faults->call, faults->error, prepare,
				scenario);
}

struct prepared {
	void (*prepare)(struct test_system *system);
	void (*scenario)(struct test_system *system);
};

static void run_on_a_new_one(void *arg)
{
	static struct test_system system;
	const struct prepared *prepared = arg;

	test_system_init(&system);
	if (prepared->prepare)
		prepared->prepare(&system);
	prepared->scenario(&system);
}

void fail_every_allocation_on(void (*prepare)(struct test_system *system),
			      void (*scenario)(struct test_system *system))
{
	struct prepared prepared = { prepare, scenario };

	fail_every_allocation(run_on_a_new_one, &prepared);
}

size_t count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	size_t count = 0;

	cr_assert(directory != NULL);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}
