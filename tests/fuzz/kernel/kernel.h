/* SPDX-License-Identifier: MIT */
/*
 * A kernel for fuzz targets: sockets, pipes, processes and readiness, all in
 * memory, for one reactor. It does what the real one does (socket(7), pipe(7),
 * unix(7), epoll(7)), or what the input has planned for it: calls that fail,
 * are interrupted or cut short. It stops the program on what a process does
 * not do: a call with a descriptor that is not open, or was closed twice.
 *
 *	struct evert_system *system = kernel_begin();
 *
 *	fd = kernel_socket(false);
 *	kernel_put(kernel_file(fd)->in, data, length);
 *	...
 *	kernel_end();
 */
#ifndef TESTS_FUZZ_KERNEL_H
#define TESTS_FUZZ_KERNEL_H

#include "../../../reactor/system/system.h"
#include "../must.h"

enum {
	KERNEL_FIRST = 3, /* 0, 1 and 2 are never given */
	KERNEL_DESCRIPTORS = 256,
	KERNEL_ROOM = 1 << 17, /* of a way, at most */
};

enum kernel_call {
	KERNEL_READ,
	KERNEL_SEND,
	KERNEL_SPLICE,
	KERNEL_PEEK,
	KERNEL_RECVMSG,
	KERNEL_SENDMSG,
	KERNEL_SHUTDOWN,
	KERNEL_DUP,
	KERNEL_PIPE,
	KERNEL_SOCKETPAIR,
	KERNEL_FCNTL,
	KERNEL_GETSOCKOPT,
	KERNEL_EPOLL_CTL,
	KERNEL_EPOLL_WAIT,
	KERNEL_SPAWN,
	KERNEL_EXEC, /* that the child becomes the program */
	KERNEL_PIDFD, /* that a process has one */
	KERNEL_WAITID,
	KERNEL_KILL,
	KERNEL_CALLS,
};

/* After so many calls the next `times` ones: fail with an errno; or, where that
   is 0, are of at most so many bytes, or events. */
struct kernel_plan {
	unsigned skip, times;
	int error;
	size_t most;
};

/* Descriptors under way: with bytes `begin` to `end` of their way. */
struct kernel_rights {
	struct kernel_rights *next;
	uint64_t begin, end;
	size_t count;
	struct kernel_file *files[16];
};

/* Bytes one way. */
struct kernel_way {
	char *bytes; /* a ring of KERNEL_ROOM */
	size_t first, length;
	size_t room; /* how many may be under way */
	uint64_t taken; /* so far, by who reads */
	bool ended;  /* who writes has done so for the last time */
	bool broken; /* who reads is gone */
	struct kernel_rights *rights;
};

enum kernel_kind {
	KERNEL_IS_SOCKET,
	KERNEL_IS_PIPE,
	KERNEL_IS_PROCESS,
	KERNEL_IS_EPOLL,
	KERNEL_IS_OTHER,
};

/* What is open; one or more descriptors stand for it. */
struct kernel_file {
	enum kernel_kind kind;
	struct kernel_way *in, *out; /* NULL: it is not for that */
	int error; /* SO_ERROR */
	bool local; /* a UNIX socket */
	bool resets; /* when it is closed (SO_LINGER) */
	bool reset;  /* by the peer */
	bool peer_is_here; /* another file has the other ends of its ways */
	int flags;
	unsigned held; /* by descriptors, and by rights */
	int number;    /* one's own, of what is IS_OTHER */
	unsigned child; /* the number of a process */
};

struct kernel {
	struct evert_system base;
	struct kernel_plan plans[KERNEL_CALLS];
	int64_t now;
	size_t open, most_open;	   /* descriptors */
	unsigned turn_of;	   /* who is told of first */
	size_t sleeps;		   /* waits where nothing was ready */
	void (*before_sleep)(void); /* or NULL */
	bool may_sleep_forever;
};

extern struct kernel kernel;

/* A new one, and its table. */
struct evert_system *kernel_begin(void);
/* Stops the program unless everything was closed. */
void kernel_end(void);

/* What is open there; it is a bug if nothing is. */
struct kernel_file *kernel_file(int fd);
/* A socket with a peer that is not in this process; what stands for nothing
   but itself; both ends of a pipe, of which one is in this process. */
int kernel_socket(bool local);
int kernel_other(int number);
int kernel_pipe_in(void);
int kernel_pipe_out(void);

/* What is the matter with a call: 0, or -errno; `*most` is made smaller where
   it is planned so. NULL: the call has no number of bytes. */
int kernel_planned(enum kernel_call call, size_t *most);

/* ---- Ways, for who is at the other end, too ---- */

struct kernel_way *kernel_way(void);
/* How many bytes were taken, or given. */
size_t kernel_put(struct kernel_way *way, const char *data, size_t length);
size_t kernel_take(struct kernel_way *way, char *data, size_t size);
/* The descriptors of what was taken to that byte go to nobody. */
void kernel_drop_rights(struct kernel_way *way, uint64_t until);

/* The peer has reset the connection. */
void kernel_reset(struct kernel_file *file);

/* ---- For the parts of a kernel ---- */

int kernel_give(struct kernel_file *file); /* a descriptor, or -EMFILE */
struct kernel_file *kernel_new(enum kernel_kind kind);
void kernel_hold(struct kernel_file *file);
void kernel_let_go(struct kernel_file *file);
unsigned kernel_readiness(const struct kernel_file *file);

/* kernel_wait.c */
int kernel_epoll_create(struct evert_system *system);
int kernel_epoll_ctl(struct evert_system *system, int epoll, int operation,
		     int fd, struct epoll_event *event);
int kernel_epoll_wait(struct evert_system *system, int epoll,
		      struct epoll_event *events, int count, int milliseconds);
int kernel_poll(struct evert_system *system, struct pollfd *fds, nfds_t count,
		int milliseconds);
void kernel_forget(const struct kernel_file *file);
void kernel_wait_begin(void);
/* What is waited for at a descriptor, by epoll or by the last poll. */
unsigned kernel_wanted(int fd);

/* kernel_message.c */
ssize_t kernel_recvmsg(struct evert_system *system, int fd,
		       struct msghdr *message, int flags);
ssize_t kernel_sendmsg(struct evert_system *system, int fd,
		       const struct msghdr *message, int flags);

/* kernel_process.c */
pid_t kernel_spawn(struct evert_system *system, int (*child)(void *arg),
		   void *arg, int *pidfd);
int kernel_waitid(struct evert_system *system, pid_t pid, int options,
		  int *code, int *status, struct rusage *usage);
int kernel_kill(struct evert_system *system, pid_t pid, int signal);
int kernel_pidfd_send_signal(struct evert_system *system, int pidfd,
			     int signal);

#endif
