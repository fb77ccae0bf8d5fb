/* SPDX-License-Identifier: MIT */
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "process.h"


struct kernel kernel;

static struct kernel_file *table[KERNEL_DESCRIPTORS];

/* Ways are made once, and used again: each has a large buffer. */
enum { WAYS = 512 };
static struct kernel_way ways[WAYS];
static size_t way_count;

/* What the library reports (bytes that were given up) is not printed for each
   of a million inputs: the linker puts this in its place. */
void __wrap_evert_say(const char *format, ...);
void __wrap_evert_say(const char *format, ...)
{
	(void)format;
}

/* ---- What is planned ---- */

int kernel_planned(enum kernel_call call, size_t *most)
{
	struct kernel_plan *plan = &kernel.plans[call];

	if (!plan->times)
		return 0;
	if (plan->skip) {
		plan->skip--;
		return 0;
	}
	plan->times--;
	if (!plan->error && most && *most > plan->most)
		*most = plan->most ? plan->most : 1;
	return -plan->error;
}

/* ---- Ways ---- */

struct kernel_way *kernel_way(void)
{
	struct kernel_way *way;
	char *bytes;

	must(way_count < WAYS);
	way = &ways[way_count++];
	bytes = way->bytes;
	if (!bytes)
		bytes = malloc(KERNEL_ROOM);
	must(bytes);
	*way = (struct kernel_way){ .bytes = bytes, .room = KERNEL_ROOM };
	return way;
}

static size_t piece_at(size_t at, size_t length)
{
	return length < KERNEL_ROOM - at ? length : KERNEL_ROOM - at;
}

size_t kernel_put(struct kernel_way *way, const char *data, size_t length)
{
	size_t room = way->room > way->length ? way->room - way->length : 0;
	size_t at = (way->first + way->length) % KERNEL_ROOM, piece;

	if (length > room)
		length = room;
	piece = piece_at(at, length);
	memcpy(way->bytes + at, data, piece);
	memcpy(way->bytes, data + piece, length - piece);
	way->length += length;
	return length;
}

static void copy_out(const struct kernel_way *way, char *data, size_t length)
{
	size_t piece = piece_at(way->first, length);

	memcpy(data, way->bytes + way->first, piece);
	memcpy(data + piece, way->bytes, length - piece);
}

size_t kernel_take(struct kernel_way *way, char *data, size_t size)
{
	size_t length = size < way->length ? size : way->length;

	copy_out(way, data, length);
	way->first = (way->first + length) % KERNEL_ROOM;
	way->length -= length;
	way->taken += length;
	return length;
}

void kernel_drop_rights(struct kernel_way *way, uint64_t until)
{
	struct kernel_rights *rights;
	size_t i;

	while (way->rights && way->rights->begin < until) {
		rights = way->rights;
		way->rights = rights->next;
		for (i = 0; i < rights->count; i++)
			kernel_let_go(rights->files[i]);
		free(rights);
	}
}

/* ---- What is open ---- */

struct kernel_file *kernel_file(int fd)
{
	must(fd >= KERNEL_FIRST && fd < KERNEL_DESCRIPTORS && table[fd]);
	return table[fd];
}

struct kernel_file *kernel_new(enum kernel_kind kind)
{
	struct kernel_file *file = calloc(1, sizeof(*file));

	must(file);
	file->kind = kind;
	return file;
}

void kernel_hold(struct kernel_file *file)
{
	file->held++;
}

static void end_ways(struct kernel_file *file)
{
	if (file->in) {
		file->in->broken = true;
		kernel_drop_rights(file->in, UINT64_MAX);
	}
	if (file->out)
		file->out->ended = true;
}

void kernel_let_go(struct kernel_file *file)
{
	if (--file->held)
		return;
	kernel_forget(file);
	end_ways(file);
	free(file);
}

int kernel_give(struct kernel_file *file)
{
	int fd = KERNEL_FIRST;

	while (fd < KERNEL_DESCRIPTORS && table[fd])
		fd++;
	if (fd == KERNEL_DESCRIPTORS || kernel.open >= kernel.most_open)
		return -EMFILE;
	table[fd] = file;
	kernel_hold(file);
	kernel.open++;
	return fd;
}

/* For who sets up a scenario. */
static int give_surely(struct kernel_file *file)
{
	size_t most = kernel.most_open;
	int fd;

	kernel.most_open = KERNEL_DESCRIPTORS;
	fd = kernel_give(file);
	kernel.most_open = most;
	must(fd >= 0);
	return fd;
}

int kernel_socket(bool local)
{
	struct kernel_file *file = kernel_new(KERNEL_IS_SOCKET);

	file->in = kernel_way();
	file->out = kernel_way();
	file->local = local;
	file->flags = O_RDWR;
	return give_surely(file);
}

int kernel_other(int number)
{
	struct kernel_file *file = kernel_new(KERNEL_IS_OTHER);

	file->number = number;
	return give_surely(file);
}

int kernel_pipe_in(void)
{
	struct kernel_file *file = kernel_new(KERNEL_IS_PIPE);

	file->in = kernel_way();
	file->flags = O_RDONLY;
	return give_surely(file);
}

int kernel_pipe_out(void)
{
	struct kernel_file *file = kernel_new(KERNEL_IS_PIPE);

	file->out = kernel_way();
	file->flags = O_WRONLY;
	return give_surely(file);
}

/* What was on its way to the peer is lost, what has come stays (tcp(7)). */
void kernel_reset(struct kernel_file *file)
{
	if (file->reset)
		return;
	file->reset = true;
	file->error = ECONNRESET;
	file->in->ended = true;
	file->out->broken = true;
}

unsigned kernel_readiness(const struct kernel_file *file)
{
	bool ended = file->in && file->in->ended;
	bool shut = file->out && (file->out->ended || file->out->broken);
	bool has_room = file->out && file->out->length < file->out->room;
	unsigned ready = 0;

	if (file->kind == KERNEL_IS_PROCESS)
		return kernel_child_runs(file->child) ? 0 : POLLIN;
	if ((file->in && file->in->length) ||
	    (ended && file->kind == KERNEL_IS_SOCKET))
		ready |= POLLIN;
	if (shut || has_room)
		ready |= POLLOUT;
	if (file->kind == KERNEL_IS_SOCKET && ended && shut)
		ready |= POLLHUP;
	if (file->kind == KERNEL_IS_PIPE && ended)
		ready |= POLLHUP;
	if (file->error ||
	    (file->kind == KERNEL_IS_PIPE && file->out && file->out->broken))
		ready |= POLLERR | POLLIN * (file->kind == KERNEL_IS_SOCKET);
	return ready;
}

/* ---- Reading and writing ---- */

static int take_error(struct kernel_file *file)
{
	int error = file->error;

	file->error = 0;
	return -error;
}

/* Some errors say what has become of the connection. */
static int fail(struct kernel_file *file, int error)
{
	if (file->kind != KERNEL_IS_SOCKET) {
		if (file->out && error != -EINTR && error != -EAGAIN &&
		    error != -ENOBUFS)
			file->out->broken = true;
		return error;
	}
	if (error == -ECONNRESET || error == -ETIMEDOUT || error == -EPIPE) {
		kernel_reset(file);
		file->error = 0;
	}
	return error;
}

static ssize_t read_from(struct kernel_file *file, void *data, size_t size)
{
	size_t length;

	if (file->in->length) {
		length = kernel_take(file->in, data, size);
		kernel_drop_rights(file->in, file->in->taken);
		return (ssize_t)length;
	}
	if (file->error)
		return take_error(file);
	return file->in->ended ? 0 : -EAGAIN;
}

/* What has come is read before anything is said of the connection. */
static int fail_to_read(struct kernel_file *file, int error)
{
	if (file->in->length && error != -EINTR)
		return 0;
	return fail(file, error);
}

static ssize_t kernel_read(int fd, void *data, size_t size,
			   struct evert_system *system)
{
	struct kernel_file *file = kernel_file(fd);
	int error = kernel_planned(KERNEL_READ, &size);

	(void)system;
	must(file->in);
	if (error)
		error = fail_to_read(file, error);
	return error ? error : read_from(file, data, size);
}

static ssize_t kernel_peek(struct evert_system *system, int fd, void *data,
			   size_t size)
{
	struct kernel_file *file = kernel_file(fd);
	int error = kernel_planned(KERNEL_PEEK, &size);

	(void)system;
	if (file->kind != KERNEL_IS_SOCKET)
		return -ENOTSOCK;
	if (error)
		error = fail_to_read(file, error);
	if (error)
		return error;
	if (!file->in->length)
		return read_from(file, data, size);
	if (size > file->in->length)
		size = file->in->length;
	copy_out(file->in, data, size);
	return (ssize_t)size;
}

/* What it says before it takes anything: 0, or -errno. */
static int refuse(struct kernel_file *file)
{
	must(file->out);
	if (file->error)
		return take_error(file);
	if (file->out->ended || file->out->broken)
		return -EPIPE;
	return file->out->length < file->out->room ? 0 : -EAGAIN;
}

static ssize_t write_to(struct kernel_file *file, const struct iovec *parts,
			int count, size_t most)
{
	int error = refuse(file), i;
	size_t all = 0, length, put;

	if (error)
		return error;
	for (i = 0; i < count && most; i++) {
		length = parts[i].iov_len < most ? parts[i].iov_len : most;
		put = kernel_put(file->out, parts[i].iov_base, length);
		all += put;
		most -= put;
		if (put < length)
			break;
	}
	return (ssize_t)all;
}

/* Of one that is broken the kernel says so before it needs memory or room. */
static bool is_over(const struct kernel_file *file)
{
	return file->error || file->out->ended || file->out->broken;
}

static bool is_for_now(int error)
{
	return error == -EAGAIN || error == -ENOBUFS || error == -ENOMEM;
}

static ssize_t send_parts(int fd, const struct iovec *parts, int count)
{
	struct kernel_file *file = kernel_file(fd);
	size_t most = SIZE_MAX;
	int error = kernel_planned(KERNEL_SEND, &most);

	if (error && !(is_for_now(error) && is_over(file)))
		return fail(file, error);
	return write_to(file, parts, count, most);
}

static ssize_t kernel_send(int fd, const void *data, size_t size,
			   struct evert_system *system)
{
	struct iovec part = { (void *)data, size };

	(void)system;
	must(kernel_file(fd)->kind == KERNEL_IS_SOCKET);
	return send_parts(fd, &part, 1);
}

static ssize_t kernel_sendv(struct evert_system *system, int fd,
			    const struct iovec *parts, int count)
{
	(void)system;
	must(kernel_file(fd)->kind == KERNEL_IS_SOCKET);
	return send_parts(fd, parts, count);
}

static ssize_t kernel_writev(struct evert_system *system, int fd,
			     const struct iovec *parts, int count)
{
	(void)system;
	return send_parts(fd, parts, count);
}

/* From signal handlers, and to wake a reactor: never planned. */
static ssize_t kernel_write(struct evert_system *system, int fd,
			    const void *data, size_t size)
{
	struct iovec part = { (void *)data, size };

	(void)system;
	return write_to(kernel_file(fd), &part, 1, SIZE_MAX);
}

/* ---- By splice ---- */

static ssize_t move(struct kernel_file *from, struct kernel_file *to,
		    size_t length)
{
	static char bytes[KERNEL_ROOM];
	ssize_t got;
	int error;

	error = refuse(to);
	if (error)
		return error;
	if (length > to->out->room - to->out->length)
		length = to->out->room - to->out->length;
	got = read_from(from, bytes, length);
	if (got > 0)
		must(kernel_put(to->out, bytes, (size_t)got) == (size_t)got);
	return got;
}

static ssize_t kernel_splice(struct evert_system *system, int from, int to,
			     size_t length)
{
	struct kernel_file *in = kernel_file(from), *out = kernel_file(to);
	int error = kernel_planned(KERNEL_SPLICE, &length);

	(void)system;
	must(in->kind == KERNEL_IS_PIPE || out->kind == KERNEL_IS_PIPE);
	if (error)
		return fail(in->kind == KERNEL_IS_PIPE ? out : in, error);
	return move(in, out, length);
}

/* ---- The rest ---- */

static int kernel_shutdown(struct evert_system *system, int fd, int how)
{
	struct kernel_file *file = kernel_file(fd);
	int error = kernel_planned(KERNEL_SHUTDOWN, NULL);

	(void)system;
	if (error)
		return error;
	if (file->kind != KERNEL_IS_SOCKET)
		return -ENOTSOCK;
	if (file->reset)
		return -ENOTCONN;
	if (how != SHUT_RD)
		file->out->ended = true;
	if (how != SHUT_WR)
		file->in->ended = true;
	return 0;
}

static int kernel_close(struct evert_system *system, int fd)
{
	struct kernel_file *file = kernel_file(fd);

	(void)system;
	table[fd] = NULL;
	kernel.open--;
	if (file->held == 1 && file->kind == KERNEL_IS_SOCKET && file->resets)
		file->out->broken = true;
	kernel_let_go(file);
	return 0;
}

static int kernel_dup(struct evert_system *system, int fd)
{
	int error = kernel_planned(KERNEL_DUP, NULL);

	(void)system;
	if (fd < KERNEL_FIRST || fd >= KERNEL_DESCRIPTORS || !table[fd])
		return -EBADF;
	return error ? error : kernel_give(table[fd]);
}

static int kernel_fcntl(struct evert_system *system, int fd, int command,
			int argument)
{
	struct kernel_file *file = kernel_file(fd);
	int error = kernel_planned(KERNEL_FCNTL, NULL);

	(void)system;
	if (error)
		return error;
	if (command == F_GETFL)
		return file->flags;
	if (command != F_SETPIPE_SZ)
		return 0;
	file->out->room = (size_t)argument < KERNEL_ROOM ? (size_t)argument :
							    KERNEL_ROOM;
	return (int)file->out->room;
}

static int kernel_getsockopt(struct evert_system *system, int fd, int level,
			     int option, void *value, socklen_t *length)
{
	struct kernel_file *file = kernel_file(fd);
	int number = 0, error = kernel_planned(KERNEL_GETSOCKOPT, NULL);

	(void)system;
	if (file->kind != KERNEL_IS_SOCKET)
		return -ENOTSOCK;
	if (error)
		return error;
	must(level == SOL_SOCKET && *length == sizeof(number));
	if (option == SO_TYPE)
		number = SOCK_STREAM;
	else if (option == SO_ERROR)
		number = -take_error(file);
	memcpy(value, &number, sizeof(number));
	return 0;
}

static int kernel_setsockopt(struct evert_system *system, int fd, int level,
			     int option, const void *value, socklen_t length)
{
	struct kernel_file *file = kernel_file(fd);

	(void)system;
	(void)value;
	(void)length;
	if (file->kind != KERNEL_IS_SOCKET)
		return -ENOTSOCK;
	if (level == SOL_SOCKET && option == SO_LINGER)
		file->resets = true;
	return 0;
}

static int name(struct evert_system *system, int fd, struct sockaddr *address,
		socklen_t *length)
{
	struct kernel_file *file = kernel_file(fd);
	sa_family_t family = file->local ? AF_UNIX : AF_INET;

	(void)system;
	if (file->kind != KERNEL_IS_SOCKET)
		return -ENOTSOCK;
	*length = file->local ? sizeof(family) : 16;
	memset(address, 0, *length);
	address->sa_family = family;
	return 0;
}

/* How many bytes the peer has not taken. */
static int kernel_unacknowledged(struct evert_system *system, int fd)
{
	(void)system;
	return (int)kernel_file(fd)->out->length;
}

static int kernel_fstat(struct evert_system *system, int fd,
			struct stat *status)
{
	(void)system;
	kernel_file(fd);
	memset(status, 0, sizeof(*status));
	status->st_mode = S_IFIFO;
	return 0;
}

/* ---- Two at once ---- */

static void join(struct kernel_file *one, struct kernel_file *other)
{
	other->in = one->out = kernel_way();
	one->peer_is_here = other->peer_is_here = true;
}

static int give_both(struct kernel_file *one, struct kernel_file *other,
		     int fds[2])
{
	fds[0] = kernel_give(one);
	fds[1] = fds[0] < 0 ? -EMFILE : kernel_give(other);
	if (fds[1] >= 0)
		return 0;
	if (fds[0] >= 0)
		kernel_close(&kernel.base, fds[0]);
	else
		free(one);
	free(other);
	return -EMFILE;
}

static int kernel_pipe(struct evert_system *system, int fds[2])
{
	int error = kernel_planned(KERNEL_PIPE, NULL);
	struct kernel_file *in, *out;

	(void)system;
	if (error)
		return error;
	in = kernel_new(KERNEL_IS_PIPE);
	out = kernel_new(KERNEL_IS_PIPE);
	join(out, in);
	in->flags = O_RDONLY;
	out->flags = O_WRONLY;
	return give_both(in, out, fds);
}

static int kernel_socketpair(struct evert_system *system, int fds[2])
{
	int error = kernel_planned(KERNEL_SOCKETPAIR, NULL);
	struct kernel_file *one, *other;

	(void)system;
	if (error)
		return error;
	one = kernel_new(KERNEL_IS_SOCKET);
	other = kernel_new(KERNEL_IS_SOCKET);
	join(one, other);
	join(other, one);
	one->local = other->local = true;
	one->flags = other->flags = O_RDWR;
	return give_both(one, other, fds);
}

static int64_t kernel_now(struct evert_system *system)
{
	(void)system;
	return kernel.now;
}

static int kernel_random(struct evert_system *system, void *bytes, size_t size)
{
	(void)system;
	memset(bytes, 0, size);
	return 0;
}

/* ---- */

static const struct evert_system_ops ops = {
	.read = kernel_read,
	.peek = kernel_peek,
	.send = kernel_send,
	.sendv = kernel_sendv,
	.splice = kernel_splice,
	.unacknowledged = kernel_unacknowledged,
	.shutdown = kernel_shutdown,
	.close = kernel_close,
	.dup = kernel_dup,
	.fcntl = kernel_fcntl,
	.getsockopt = kernel_getsockopt,
	.setsockopt = kernel_setsockopt,
	.getsockname = name,
	.getpeername = name,
	.pipe = kernel_pipe,
	.socketpair = kernel_socketpair,
	.write = kernel_write,
	.writev = kernel_writev,
	.fstat = kernel_fstat,
	.recvmsg = kernel_recvmsg,
	.sendmsg = kernel_sendmsg,
	.epoll_create = kernel_epoll_create,
	.epoll_ctl = kernel_epoll_ctl,
	.epoll_wait = kernel_epoll_wait,
	.poll = kernel_poll,
	.spawn = kernel_spawn,
	.waitid = kernel_waitid,
	.kill = kernel_kill,
	.pidfd_send_signal = kernel_pidfd_send_signal,
	.random = kernel_random,
	.now = kernel_now,
};

struct evert_system *kernel_begin(void)
{
	kernel = (struct kernel){
		.base = { &ops },
		.now = 1000000000,
		.most_open = KERNEL_DESCRIPTORS,
	};
	way_count = 0;
	kernel_wait_begin();
	kernel_processes_begin();
	return &kernel.base;
}

void kernel_end(void)
{
	int fd;

	for (fd = 0; fd < KERNEL_DESCRIPTORS; fd++)
		must(!table[fd]);
	must(!kernel.open);
}
