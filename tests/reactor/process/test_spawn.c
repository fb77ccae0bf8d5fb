/* SPDX-License-Identifier: MIT */
/* What a child begins with, and why one does not begin. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/process/process.h"
#include "../../support/death.h"
#include "../../support/memory.h"
#include "../../support/process_suite.h"

TestSuite(spawn, .init = process_suite_begin,
	  .fini = process_suite_finish);

/* What the shell's command says with these options. */
static const char *said(const char *command,
			const struct evert_process_options *options)
{
	child_record_init(&record);
	run_shell(reactor, &record, command, options);
	cr_assert(record.exit.kind == EVERT_EXITED);
	cr_assert(eq(str, record.err, ""));
	return record.out;
}

/* The errno of what cannot be started; its words are in `words`. */
static char words[256];

static int refused(const char *path, const char *name,
		   const struct evert_process_options *options)
{
	struct evert_process_options all = { 0 };
	struct evert_failure *failure = NULL;
	int error;

	if (options)
		all = *options;
	child_record_init(&record);
	all.failure = &failure;
	cr_assert(evert_spawn_process(reactor, &record.base, path,
				      EVERT_ARGV((char *)name), NULL,
				      &all) == NULL);
	error = errno;
	cr_assert(failure != NULL);
	cr_assert(eq(int, failure->error, error));
	cr_assert(evert_failure_is(failure, EVERT_SPAWN_FAILED));
	snprintf(words, sizeof(words), "%s", failure->message);
	evert_failure_release(failure);
	turn_until_idle(reactor);
	cr_assert(eq(str, record.events, ""), "it was told something");
	return error;
}

/* ---- What it is given ---- */

Test(spawn, gives_arguments_as_they_are)
{
	cr_assert(evert_spawn_process(reactor, &record.base, NULL,
				      EVERT_ARGV("printf", "[%s]", "a b", "",
						 "$HOME*"),
				      NULL, NULL) != NULL);
	turn_until(reactor, &record.is_destroyed);
	cr_assert(eq(str, record.out, "[a b][][$HOME*]"));
}

Test(spawn, looks_for_a_name_in_path)
{
	setenv("PATH", "/nowhere::/etc/passwd:/usr/bin:/bin", 1);
	cr_assert(eq(str, said("true; echo $?", NULL), "0\n"));
	cr_assert(eq(int, refused(NULL, "no_such_program", NULL), ENOENT));
	cr_assert(eq(str, words,
		     "cannot start \"no_such_program\": exec: No such file or "
		     "directory"));
}

/* As execvp(3), which would have a shell read it. */
Test(spawn, looks_no_further_where_it_has_found_what_is_no_program)
{
	char folder[] = "/tmp/evert_spawn_XXXXXX", program[64], path[64];
	FILE *file;

	cr_assert(mkdtemp(folder) != NULL);
	snprintf(program, sizeof(program), "%s/true", folder);
	snprintf(path, sizeof(path), "%s:/usr/bin:/bin", folder);
	file = fopen(program, "we");
	fputs("no program\n", file);
	fclose(file);
	chmod(program, 0700);
	setenv("PATH", path, 1);
	cr_assert(eq(int, refused(NULL, "true", NULL), ENOEXEC));
	cr_assert(eq(str, words,
		     "cannot start \"true\": exec: Exec format error"));
	unlink(program);
	rmdir(folder);
}

Test(spawn, looks_in_the_path_that_the_child_gets)
{
	char folder[] = "/tmp/evert_spawn_XXXXXX", program[64], path[64];

	cr_assert(mkdtemp(folder) != NULL);
	snprintf(program, sizeof(program), "%s/evert_test_program", folder);
	snprintf(path, sizeof(path), "PATH=/nowhere:%s", folder);
	cr_assert(symlink("/bin/sh", program) == 0);
	cr_assert(evert_spawn_process(
		reactor, &record.base, NULL,
		EVERT_ARGV("evert_test_program", "-c", "echo $A"),
		EVERT_ARGV("A=1", path), NULL) != NULL);
	turn_until(reactor, &record.is_destroyed);
	cr_assert(eq(str, record.out, "1\n"));
	unlink(program);
	rmdir(folder);
}

Test(spawn, looks_in_bin_and_usr_bin_where_there_is_no_path)
{
	cr_assert(evert_spawn_process(reactor, &record.base, NULL,
				      EVERT_ARGV("env"), EVERT_ARGV("B=2"),
				      NULL) != NULL);
	turn_until(reactor, &record.is_destroyed);
	cr_assert(eq(str, record.out, "B=2\n"));
}

Test(spawn, says_that_a_program_may_not_be_run_where_only_such_was_found)
{
	char folder[] = "/tmp/evert_spawn_XXXXXX", program[64];

	cr_assert(mkdtemp(folder) != NULL);
	snprintf(program, sizeof(program), "%s/plain", folder);
	close(open(program, O_CREAT | O_WRONLY, 0644));
	setenv("PATH", folder, 1);
	cr_assert(eq(int, refused(NULL, "plain", NULL), EACCES));
	setenv("PATH", "/usr/bin", 1);
	cr_assert(eq(int, refused(program, "plain", NULL), EACCES));
	chmod(program, 0755);
	cr_assert(eq(int, refused(program, "plain", NULL), ENOEXEC));
	unlink(program);
	rmdir(folder);
}

Test(spawn, says_no_to_an_empty_name)
{
	cr_assert(eq(int, refused("", "", NULL), ENOENT));
}

Test(spawn, works_in_the_given_directory)
{
	struct evert_process_options options = { .directory = "/usr/lib" };

	cr_assert(eq(str, said("pwd -P", &options), "/usr/lib\n"));
	options.directory = "/no/such/place";
	cr_assert(eq(int, refused("/bin/sh", "sh", &options), ENOENT));
	cr_assert(eq(str, words,
		     "cannot start \"/bin/sh\": directory \"/no/such/place\": "
		     "No such file or directory"));
}

Test(spawn, sets_umask_priority_and_limits)
{
	struct evert_child_limit limit = { RLIMIT_NOFILE, { 17, 17 } };
	struct evert_process_options options = {
		.umask = &(mode_t){ 027 },
		.nice = 5,
		.limits = &limit,
		.limit_count = 1,
	};
	char expected[64];
	int before = getpriority(PRIO_PROCESS, 0);

	snprintf(expected, sizeof(expected), "0027 17 %d\n", before + 5);
	cr_assert(eq(str, said("echo $(umask) $(ulimit -n) $(nice)", &options),
		     expected));
	cr_assert(eq(int, getpriority(PRIO_PROCESS, 0), before));
	limit.limit.rlim_cur = 18;
	cr_assert(eq(int, refused("/bin/sh", "sh", &options), EINVAL));
	cr_assert(eq(str, words,
		     "cannot start \"/bin/sh\": limits: Invalid argument"));
}

/* The fields of /proc/PID/stat: parent, group, session. */
static void look_at(pid_t pid, pid_t *group, pid_t *session)
{
	char path[64], line[512], *at;
	FILE *stat;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	stat = fopen(path, "r");
	cr_assert(stat && fgets(line, sizeof(line), stat));
	fclose(stat);
	at = strrchr(line, ')');
	cr_assert(sscanf(at, ") %*c %*d %d %d", group, session) == 2);
}

static void groups(enum evert_child_group how, pid_t *pid, pid_t *group,
		   pid_t *session)
{
	struct evert_process_options options = { .group = how };
	struct evert_process *process;

	child_record_init(&record);
	process = spawn_shell(reactor, &record, "read line", &options);
	*pid = evert_process_pid(process);
	look_at(*pid, group, session);
	evert_process_close_in(process);
	turn_until(reactor, &record.is_destroyed);
}

Test(spawn, puts_it_into_a_group_or_session_of_its_own)
{
	pid_t pid, group, session;

	groups(EVERT_CHILD_IN_OUR_GROUP, &pid, &group, &session);
	cr_assert(group == getpgrp() && session == getsid(0));
	groups(EVERT_CHILD_IN_OWN_GROUP, &pid, &group, &session);
	cr_assert(group == pid && session == getsid(0));
	groups(EVERT_CHILD_IN_OWN_SESSION, &pid, &group, &session);
	cr_assert(group == pid && session == pid);
}

Test(spawn, changes_user_and_groups_and_leaves_none_of_ours)
{
	struct evert_process_options options = {
		.user = &(uid_t){ 12345 },
		.group_id = &(gid_t){ 23456 },
	};
	gid_t two[] = { 7, 8 };

	if (geteuid() != 0)
		cr_skip_test("only root may");
	cr_assert(setgroups(2, two) == 0);
	cr_assert(eq(str, said("id -u; id -g; id -G", &options),
		     "12345\n23456\n23456\n"));
	options.groups = two;
	options.group_count = 2;
	cr_assert(eq(str, said("id -G", &options), "23456 7 8\n"));
	cr_assert(eq(int, (int)geteuid(), 0), "this process changed, too");
	options.user = &(uid_t){ (uid_t)-1 };
	options.group_id = NULL;
	cr_assert(eq(str, said("id -u", &options), "0\n"));
}

static void spawn_as_nobody(void *arg)
{
	struct evert_process_options options = { .user = &(uid_t){ 1 } };

	(void)arg;
	cr_assert(setresuid(65534, 65534, 65534) == 0);
	cr_assert(eq(int, refused("/bin/sh", "sh", &options), EPERM));
	if (!strcmp(words, "cannot start \"/bin/sh\": user: Operation not "
			   "permitted"))
		raise(SIGKILL);
}

Test(spawn, names_the_user_as_what_failed)
{
	if (geteuid() != 0)
		cr_skip_test("only root may become another");
	dies(spawn_as_nobody, NULL, SIGKILL, "");
}

/* ---- Signals ---- */

/* The lines of /proc/self/status: in hexadecimal, a bit a signal. */
static unsigned long long mask(const char *which,
			       const struct evert_process_options *options)
{
	char command[128];
	unsigned long long bits;

	snprintf(command, sizeof(command), "grep %s /proc/self/status", which);
	cr_assert(sscanf(said(command, options), "%*s %llx", &bits) == 1);
	return bits;
}

static unsigned long long bit(int signal)
{
	return 1ULL << (signal - 1);
}

static void on_signal(int number)
{
	(void)number;
}

Test(spawn, blocks_and_ignores_no_signal_in_the_child)
{
	sigset_t blocked, before;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGRTMIN + 3);
	pthread_sigmask(SIG_BLOCK, &blocked, &before);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGRTMIN + 2, SIG_IGN);
	signal(SIGUSR1, on_signal);
	cr_assert(mask("SigBlk", NULL) == 0);
	cr_assert(mask("SigIgn", NULL) == 0);
	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	cr_assert(sigismember(&blocked, SIGTERM), "here it changed, too");
	cr_assert(signal(SIGUSR1, SIG_DFL) == on_signal);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

Test(spawn, leaves_what_nohup_ignores_ignored_unless_told_otherwise)
{
	struct evert_process_options options = { .resets_all_signals = true };

	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	cr_assert(mask("SigIgn", NULL) == (bit(SIGHUP) | bit(SIGINT)));
	cr_assert(mask("SigIgn", &options) == 0);
}

static void spawn_and_end(void *arg)
{
	struct evert_process_options options = {
		.parent_death_signal = SIGKILL,
	};
	struct child_record *of_child = arg;
	struct evert_reactor *own = evert_reactor_create(NULL);
	struct evert_process *process;

	child_record_init(of_child);
	process = spawn_shell(own, of_child, "exec sleep 1000", &options);
	fprintf(stderr, "%d", evert_process_pid(process));
	raise(SIGKILL);
}

/* It would outlive the test by far. */
Test(spawn, ends_with_its_parent_if_it_is_to)
{
	static struct child_record of_child;
	int ends[2], saved = dup(2);
	char number[16] = "";
	pid_t parent;

	cr_assert(pipe(ends) == 0);
	parent = fork();
	if (!parent) {
		dup2(ends[1], 2);
		spawn_and_end(&of_child);
	}
	waitpid(parent, NULL, 0);
	close(ends[1]);
	cr_assert(read(ends[0], number, sizeof(number) - 1) > 0);
	/* Its stderr is its own pipe, which nobody reads; that it is gone
	   shows when its number is. */
	while (kill(atoi(number), 0) == 0) {
		char path[64], state = 0;
		FILE *stat;

		snprintf(path, sizeof(path), "/proc/%s/stat", number);
		stat = fopen(path, "r");
		if (!stat || fscanf(stat, "%*d (%*[^)]) %c", &state) != 1 ||
		    state == 'Z')
			break;
		fclose(stat);
	}
	close(ends[0]);
	close(saved);
}

/* ---- Descriptors ---- */

static const char list_them[] =
	"i=0; while [ $i -lt 300 ]; do "
	"[ -e /proc/$$/fd/$i ] && echo $i; i=$((i+1)); done";

Test(spawn, p78_leaks_no_descriptor_to_the_child)
{
	int fd;

	for (fd = 20; fd < 290; fd += 30)
		cr_assert(dup2(1, fd) == fd);
	cr_assert(eq(str, said(list_them, NULL), "0\n1\n2\n"));
	for (fd = 20; fd < 290; fd += 30)
		cr_assert(close(fd) == 0);
}

/* Opens a file with these contents by a high number. */
static int file_with(const char *text, int number)
{
	char path[] = "/tmp/evert_spawn_XXXXXX";
	int fd = mkstemp(path);

	unlink(path);
	cr_assert(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	lseek(fd, 0, SEEK_SET);
	if (fd != number) {
		cr_assert(dup2(fd, number) == number);
		close(fd);
	}
	return number;
}

Test(spawn, gives_descriptors_by_any_numbers)
{
	const struct evert_child_fd fds[] = {
		{ 40, EVERT_CHILD_INHERITS, 41, NULL },
		{ 41, EVERT_CHILD_INHERITS, 40, NULL },
		{ 42, EVERT_CHILD_INHERITS, 42, NULL },
		{ 0, EVERT_CHILD_NULL, 0, NULL },
		{ 1, EVERT_CHILD_WRITES, 0, NULL },
		{ 2, EVERT_CHILD_SAME_AS, 1, NULL },
		{ 200, EVERT_CHILD_INHERITS, 40, NULL },
	};
	const struct evert_process_options options = {
		.fds = fds,
		.fd_count = 7,
	};

	file_with("forty\n", 40);
	file_with("forty-one\n", 41);
	file_with("forty-two\n", 42);
	cr_assert(eq(str,
		     said("cat /dev/fd/40 /dev/fd/41 /dev/fd/42 -; echo e >&2",
			  &options),
		     "forty-one\nforty\nforty-two\ne\n"));
	lseek(40, 0, SEEK_SET);
	cr_assert(eq(str, said(list_them, &options),
		     "0\n1\n2\n40\n41\n42\n200\n"));
	close(40);
	close(41);
	close(42);
}

Test(spawn, gives_the_highest_number_that_there_may_be)
{
	const struct evert_child_fd fds[] = {
		{ 1, EVERT_CHILD_WRITES, 0, NULL },
		{ 62, EVERT_CHILD_INHERITS, 63, NULL },
		{ 63, EVERT_CHILD_INHERITS, 62, NULL },
	};
	const struct evert_process_options options = {
		.fds = fds,
		.fd_count = 3,
	};
	struct rlimit limit;

	cr_assert(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	file_with("62\n", 62);
	file_with("63\n", 63);
	limit.rlim_cur = 64;
	cr_assert(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	cr_assert(eq(str, said("cat /dev/fd/62 /dev/fd/63", &options),
		     "63\n62\n"));
	close(62);
	close(63);
}

/* Not: the first file that it opens. */
Test(spawn, gives_nothing_where_our_own_input_and_output_are_closed)
{
	const struct evert_child_fd fds[] = {
		{ 0, EVERT_CHILD_INHERITS, 0, NULL },
		{ 1, EVERT_CHILD_WRITES, 0, NULL },
		{ 2, EVERT_CHILD_INHERITS, 2, NULL },
		{ 3, EVERT_CHILD_INHERITS, 2, NULL },
	};
	const struct evert_process_options options = {
		.fds = fds,
		.fd_count = 4,
	};
	int error_output = dup(2);

	close(0);
	close(2);
	cr_assert(eq(str,
		     said("for i in 0 2 3; do readlink /proc/$$/fd/$i; done",
			  &options),
		     "/dev/null\n/dev/null\n/dev/null\n"));
	dup2(error_output, 2);
	close(error_output);
}

Test(spawn, gives_nothing_where_our_own_input_alone_is_closed)
{
	const struct evert_child_fd fds[] = {
		{ 0, EVERT_CHILD_INHERITS, 0, NULL },
		{ 1, EVERT_CHILD_WRITES, 0, NULL },
	};
	const struct evert_process_options options = {
		.fds = fds,
		.fd_count = 2,
	};

	close(0);
	cr_assert(eq(str, said("readlink /proc/$$/fd/0", &options),
		     "/dev/null\n"));
}

Test(spawn, gives_no_descriptor_at_all_if_there_is_to_be_none)
{
	const struct evert_child_fd none = { 0 };
	const struct evert_process_options options = { .fds = &none };

	run_shell(reactor, &record, "[ -e /proc/$$/fd/0 ] || exit 7",
		  &options);
	cr_assert(eq(int, record.exit.code, 7));
	cr_assert(eq(str, record.events, "MXZD"));
}

Test(spawn, says_no_to_descriptors_that_contradict_each_other)
{
	static const struct evert_child_fd wrong[][2] = {
		{ { 1, EVERT_CHILD_WRITES, 0, NULL },
		  { 1, EVERT_CHILD_NULL, 0, NULL } },
		{ { -1, EVERT_CHILD_NULL, 0, NULL },
		  { 1, EVERT_CHILD_NULL, 0, NULL } },
		{ { 1, EVERT_CHILD_SAME_AS, 5, NULL },
		  { 2, EVERT_CHILD_NULL, 0, NULL } },
		{ { 1, EVERT_CHILD_SAME_AS, 2, NULL },
		  { 2, EVERT_CHILD_SAME_AS, 1, NULL } },
		{ { 1, EVERT_CHILD_INHERITS, -1, NULL },
		  { 2, EVERT_CHILD_NULL, 0, NULL } },
		{ { 1, (enum evert_child_use)17, 0, NULL },
		  { 2, EVERT_CHILD_NULL, 0, NULL } },
	};
	struct evert_process_options options = { .fd_count = 2 };
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		options.fds = wrong[i];
		cr_assert(eq(int, refused("/bin/sh", "sh", &options), EINVAL));
	}
	cr_assert(eq(str, words,
		     "cannot start \"/bin/sh\": descriptors: Invalid "
		     "argument"));
}

Test(spawn, says_that_a_descriptor_is_not_open)
{
	const struct evert_child_fd fd = { 3, EVERT_CHILD_INHERITS, 99, NULL };
	const struct evert_process_options options = {
		.fds = &fd,
		.fd_count = 1,
	};

	cr_assert(eq(int, refused("/bin/sh", "sh", &options), EBADF));
}

/* Not: that it is a copy of another, put where there was room for one. */
Test(spawn, says_so_where_copies_of_others_are_put_in_gaps)
{
	const int closed = dup(0);
	const struct evert_child_fd fds[] = {
		{ 61, EVERT_CHILD_INHERITS, 62, NULL },
		{ 62, EVERT_CHILD_INHERITS, 61, NULL },
		{ 63, EVERT_CHILD_INHERITS, closed, NULL },
	};
	const struct evert_process_options options = {
		.fds = fds,
		.fd_count = 3,
	};
	struct rlimit limit;

	cr_assert(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	file_with("61\n", 61);
	file_with("62\n", 62);
	close(closed);
	limit.rlim_cur = 64;
	cr_assert(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	cr_assert(eq(int, refused("/bin/sh", "sh", &options), EBADF));
	close(61);
	close(62);
}

/* From now on close_range(2) is not there; children have it so, too. */
static void forget_close_range(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { 4, code };

	cr_assert(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	cr_assert(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

Test(spawn, p78_leaks_no_descriptor_where_the_kernel_is_old)
{
	int fd;

	for (fd = 20; fd < 290; fd++)
		cr_assert(dup2(1, fd) == fd);
	forget_close_range();
	cr_assert(eq(str, said(list_them, NULL), "0\n1\n2\n"));
	for (fd = 20; fd < 290; fd++)
		cr_assert(close(fd) == 0);
}

Test(spawn, leaves_nothing_open_when_it_fails)
{
	size_t before = count_descriptors();

	cr_assert(eq(int, refused("/no/such/program", "x", NULL), ENOENT));
	cr_assert(eq(sz, count_descriptors(), before));
	cr_assert(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD,
		  "a zombie is left");
}

static void look_for_true(void *arg)
{
	struct evert_reactor *own = evert_reactor_create(NULL);

	(void)arg;
	if (!own)
		return;
	child_record_init(&record);
	if (evert_spawn_process(own, &record.base, NULL, EVERT_ARGV("true"),
				NULL, NULL))
		turn_until(own, &record.is_destroyed);
	else
		cr_assert(eq(int, errno, ENOMEM));
	evert_reactor_destroy(own);
}

/* Not: that there is no such program. */
Test(spawn_memory, says_that_there_was_none_to_look_for_it)
{
	fail_every_allocation(look_for_true, NULL);
}

/* ---- Misuse ---- */

static void spawn_nothing(void *arg)
{
	char *const none[] = { NULL };

	(void)arg;
	evert_spawn_process(reactor, &record.base, "/bin/sh", none, NULL, NULL);
}

Test(spawn, wants_a_name)
{
	dies(spawn_nothing, NULL, SIGABRT, "a process needs its program's name");
}
