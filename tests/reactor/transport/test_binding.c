/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/transport/binding_internal.h"
#include "../../../reactor/transport/port_internal.h"
#include "../../support/child.h"
#include "../../support/memory.h"
#include "../../support/reactor.h"
#include "../../support/system.h"
#include "../../support/unix.h"

static struct test_system kernel;
static struct evert_reactor *reactor;
static struct recorder_factory servers;
static struct evert_socket_options options;
static struct evert_address address;
static const char *refused; /* the option that could not be set */
static struct evert_port *port;

static void begin(void)
{
	umask(022);
	unix_folder_make();
	test_system_init(&kernel);
	reactor = make_reactor(&kernel.base);
	recorder_factory_init(&servers, NULL, NULL);
	address = unix_address("socket");
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
	unix_folder_remove();
}

TestSuite(binding, .init = begin, .fini = finish);
TestSuite(binding_sweep);

static int open_port(void)
{
	struct evert_port_plan plan = {
		.factory = &servers.base,
		.addresses = &address,
		.count = 1,
		.options = &options,
	};
	int error = evert_port_open(&port, reactor, &plan);
	struct evert_result result;

	refused = plan.refused;
	if (error)
		return error;
	result = evert_port_result(port);
	port = evert_port_take(&result);
	return 0;
}

static void expect_open(void)
{
	cr_assert(eq(int, open_port(), 0));
}

static void stop(void)
{
	evert_result_release(
		turn_until_fired(reactor, evert_port_stop_listening(port)));
}

static bool is_answered(void)
{
	int fd = unix_connected(SOCK_STREAM, &address);
	size_t before = servers.built;

	if (fd < 0)
		return false;
	turn_until_count(reactor, &servers.built, before + 1);
	close(fd);
	return true;
}

/* Somebody's server that has crashed. */
static void leave_stale(int type)
{
	int fd = unix_bound(type, &address);

	cr_assert(ge(int, fd, 0));
	close(fd);
}

/* ---- Listening ---- */

Test(binding, p80_a_path_is_listened_on_and_removed_in_the_end)
{
	expect_open();
	cr_assert(is_answered());
	cr_assert(eq(u32, unix_mode("socket"), S_IFSOCK | 0755));
	cr_assert(evert_address_is_equal(evert_port_address(port), &address));
	stop();
	cr_assert(zero(u32, unix_mode("socket")));
}

Test(binding, p80_a_path_may_fill_its_place)
{
	char name[108 + 1];

	memset(name, 'p', sizeof(name));
	name[108 - (strlen(unix_path("")))] = '\0';
	address = unix_address(name);
	cr_assert(eq(sz, address.length, sizeof(struct sockaddr_un)));
	expect_open();
	cr_assert(is_answered());
	cr_assert(evert_address_is_equal(evert_port_address(port), &address));
	stop();
	cr_assert(zero(u32, unix_mode(name)));
}

Test(binding, p80_an_abstract_name_is_listened_on)
{
	address = unix_abstract_address("name");
	expect_open();
	cr_assert(is_answered());
	cr_assert(evert_address_is_equal(evert_port_address(port), &address));
	stop();
	cr_assert(eq(int, unix_connected(SOCK_STREAM, &address),
		     -ECONNREFUSED));
}

Test(binding, p80_without_a_name_an_abstract_one_is_picked)
{
	size_t length;

	evert_address_unix(&address, NULL, 0);
	expect_open();
	address = *evert_port_address(port);
	cr_assert(zero(i8, *evert_address_path(&address, &length)));
	cr_assert(gt(sz, length, 1));
	cr_assert(is_answered());
}

Test(binding, p80_the_reactors_end_removes_the_path)
{
	expect_open();
	evert_reactor_stop(reactor);
	run_reactor(reactor);
	cr_assert(zero(u32, unix_mode("socket")));
}

Test(binding, p80_two_ports_cannot_have_one_path)
{
	struct evert_port *first;

	expect_open();
	first = port;
	cr_assert(eq(int, open_port(), -EADDRINUSE));
	port = first;
	cr_assert(is_answered());
}

/* ---- Mode and owner ---- */

Test(binding, p80_the_mode_is_as_asked_for_whatever_umask_says)
{
	const unsigned modes[] = { 0600, 0660, 0666, 0777, 0007, 02660 };
	size_t i;

	for (i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		options.mode = modes[i];
		expect_open();
		cr_assert(eq(u32, unix_mode("socket"), S_IFSOCK | modes[i]));
		stop();
	}
}

static int (*kernels_bind)(struct evert_system *system, int fd,
			   const struct sockaddr *bound, socklen_t length);
static int (*kernels_listen)(struct evert_system *system, int fd, int backlog);
static struct evert_system_ops ops;
static unsigned first_mode, last_mode;

static int look_behind_bind(struct evert_system *system, int fd,
			    const struct sockaddr *bound, socklen_t length)
{
	int error = kernels_bind(system, fd, bound, length);

	first_mode = unix_mode("socket");
	return error;
}

static int look_before_listen(struct evert_system *system, int fd, int backlog)
{
	last_mode = unix_mode("socket");
	return kernels_listen(system, fd, backlog);
}

Test(binding, p80_nobody_can_connect_before_the_mode_is_set)
{
	ops = *kernel.base.ops;
	kernels_bind = ops.bind;
	kernels_listen = ops.listen;
	ops.bind = look_behind_bind;
	ops.listen = look_before_listen;
	kernel.base.ops = &ops;
	options.mode = 0620;
	expect_open();
	cr_assert(eq(u32, first_mode, S_IFSOCK | 0600));
	cr_assert(eq(u32, last_mode, S_IFSOCK | 0620));
}

Test(binding, p80_the_mode_is_set_where_a_socket_has_none_before_it_is_bound)
{
	test_system_fail(&kernel, CALL_FCHMOD, 1, EINVAL, true);
	options.mode = 0600;
	expect_open();
	cr_assert(eq(u32, unix_mode("socket"), S_IFSOCK | 0600));
}

Test(binding, p80_a_mode_that_cannot_be_set_leaves_nothing)
{
	test_system_fail(&kernel, CALL_FCHMOD, 1, EINVAL, true);
	test_system_fail(&kernel, CALL_CHMOD, 1, EPERM, true);
	options.mode = 0600;
	cr_assert(eq(int, open_port(), -EPERM));
	cr_assert(eq(str, (char *)refused, "mode"));
	cr_assert(zero(u32, unix_mode("socket")));
}

static struct stat status_of(const char *name)
{
	struct stat status;

	cr_assert(zero(int, lstat(unix_path(name), &status)));
	return status;
}

Test(binding, p80_owner_and_group_are_numbers_or_names)
{
	struct stat status;
	char number[16];

	snprintf(number, sizeof(number), "%u", (unsigned)getuid());
	options.owner = number;
	expect_open();
	stop();
	if (getuid())
		cr_skip_test("only root can give a socket to others");
	options.owner = "daemon";
	options.group = "54321";
	expect_open();
	status = status_of("socket");
	cr_assert(eq(u32, status.st_uid, 1));
	cr_assert(eq(u32, status.st_gid, 54321));
	stop();
	options.owner = NULL;
	options.group = "daemon";
	expect_open();
	status = status_of("socket");
	cr_assert(zero(u32, status.st_uid));
	cr_assert(eq(u32, status.st_gid, 1));
}

Test(binding, p80_an_owner_that_is_nobody_is_told_before_anything_is_bound)
{
	const char *const nobody[] = { "no such user", "", "-1",
				       "4294967295", "99999999999" };
	size_t i;

	for (i = 0; i < sizeof(nobody) / sizeof(*nobody); i++) {
		options.owner = nobody[i];
		options.group = NULL;
		cr_assert(eq(int, open_port(), -EINVAL), "%s", nobody[i]);
		cr_assert(eq(str, (char *)refused, "owner"));
		options.group = nobody[i];
		options.owner = NULL;
		cr_assert(eq(int, open_port(), -EINVAL), "%s", nobody[i]);
		cr_assert(eq(str, (char *)refused, "group"));
	}
	cr_assert(zero(u32, unix_mode("socket")));
}

Test(binding, p80_an_owner_that_cannot_be_set_leaves_nothing)
{
	test_system_fail(&kernel, CALL_CHOWN, 1, EPERM, true);
	options.group = "1";
	cr_assert(eq(int, open_port(), -EPERM));
	cr_assert(eq(str, (char *)refused, "group"));
	cr_assert(zero(u32, unix_mode("socket")));
}

/* To leave it open to everybody would be worse. */
Test(binding, p80_an_abstract_name_has_no_mode)
{
	address = unix_abstract_address("mode");
	options.mode = 0600;
	cr_assert(eq(int, open_port(), -EAFNOSUPPORT));
	cr_assert(eq(str, (char *)refused, "mode"));
}

/* ---- Paths that are there before ---- */

Test(binding, p80_a_stale_path_is_replaced)
{
	const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(*types); i++) {
		leave_stale(types[i]);
		expect_open();
		cr_assert(is_answered());
		stop();
	}
}

Test(binding, p80_a_path_that_can_t_be_asked_is_left_and_it_is_said_why)
{
	leave_stale(SOCK_STREAM);
	/* The first socket is the port's. */
	test_system_fail(&kernel, CALL_SOCKET, 2, EMFILE, false);
	cr_assert(eq(int, open_port(), -EMFILE));
	cr_assert(eq(u32, unix_mode("socket") & S_IFMT, S_IFSOCK));
	expect_open();
}

Test(binding, p80_a_server_that_lives_is_left_alone_and_notices_nothing)
{
	int fd = unix_bound(SOCK_STREAM, &address);

	cr_assert(zero(int, listen(fd, 1)));
	cr_assert(eq(int, open_port(), -EADDRINUSE));
	cr_assert(eq(int, accept(fd, NULL, NULL), -1));
	cr_assert(eq(int, errno, EAGAIN));
	close(unix_connected(SOCK_STREAM, &address));
	close(fd);
}

/* As between bind(2) and listen(2) in another process that begins. */
Test(binding, p80_a_path_that_is_bound_but_not_listened_on_is_not_stale)
{
	const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };
	size_t i;
	int fd;

	for (i = 0; i < sizeof(types) / sizeof(*types); i++) {
		fd = unix_bound(types[i], &address);
		cr_assert(eq(int, open_port(), -EADDRINUSE));
		cr_assert(ne(u32, unix_mode("socket"), 0));
		close(fd);
		unlink(unix_path("socket"));
	}
}

Test(binding, p80_what_is_no_socket_is_never_removed)
{
	close(open(unix_path("file"), O_CREAT | O_WRONLY, 0600));
	address = unix_address("file");
	cr_assert(eq(int, open_port(), -EADDRINUSE));
	cr_assert(eq(u32, unix_mode("file"), S_IFREG | 0600));
}

Test(binding, p80_a_link_to_a_stale_socket_stays_with_it)
{
	address = unix_address("socket");
	leave_stale(SOCK_STREAM);
	cr_assert(zero(int, symlink("socket", unix_path("link"))));
	address = unix_address("link");
	cr_assert(eq(int, open_port(), -EADDRINUSE));
	cr_assert(eq(u32, unix_mode("link") & S_IFMT, S_IFLNK));
	cr_assert(eq(u32, unix_mode("socket") & S_IFMT, S_IFSOCK));
}

static int replace_when_asked(struct evert_system *system, int fd,
			      const struct sockaddr *to, socklen_t length)
{
	(void)system;
	(void)fd;
	(void)to;
	(void)length;
	/* Somebody else has found it stale, too, and was faster. */
	cr_assert(zero(int, unlink(unix_path("socket"))));
	close(open(unix_path("else"), O_CREAT | O_WRONLY, 0600));
	kernels_bind(evert_system_real(),
		     socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0),
		     &address.as.any, address.length);
	return -ECONNREFUSED;
}

Test(binding, p80_a_path_that_was_replaced_meanwhile_is_left_alone)
{
	int other;

	leave_stale(SOCK_STREAM);
	ops = *kernel.base.ops;
	kernels_bind = evert_system_real()->ops->bind;
	ops.connect = replace_when_asked;
	kernel.base.ops = &ops;
	/* Holds the old inode, so that its number is not used again. */
	other = open(unix_path("socket"), O_PATH);
	cr_assert(eq(int, open_port(), -EADDRINUSE));
	cr_assert(eq(u32, unix_mode("socket") & S_IFMT, S_IFSOCK));
	close(other);
}

/* ---- The end ---- */

Test(binding, p80_a_path_that_is_another_ones_by_now_is_not_removed)
{
	int other;

	expect_open();
	cr_assert(zero(int, unlink(unix_path("socket"))));
	other = unix_bound(SOCK_STREAM, &address);
	stop();
	cr_assert(eq(u32, unix_mode("socket") & S_IFMT, S_IFSOCK));
	close(other);
}

Test(binding, p80_a_path_that_was_moved_away_stays)
{
	expect_open();
	cr_assert(zero(int, rename(unix_path("socket"), unix_path("moved"))));
	stop();
	cr_assert(eq(u32, unix_mode("moved") & S_IFMT, S_IFSOCK));
}

static bool destroy_copy(void)
{
	evert_reactor_destroy(reactor);
	return unix_mode("socket");
}

static bool stop_adopted_copy(void)
{
	bool answered;

	turn_until_idle(reactor);
	answered = is_answered();
	stop();
	return answered && unix_mode("socket");
}

Test(binding, p80_a_forked_child_does_not_remove_the_path)
{
	expect_open();
	cr_assert(child(destroy_copy));
	cr_assert(child(stop_adopted_copy));
	cr_assert(is_answered());
	stop();
	cr_assert(zero(u32, unix_mode("socket")));
}

static bool bind_its_own(void)
{
	turn_until_idle(reactor);
	address = unix_address("childs");
	expect_open();
	stop();
	return !unix_mode("childs");
}

Test(binding, p80_a_forked_child_removes_what_it_has_bound)
{
	cr_assert(child(bind_its_own));
}

/* ---- Whatever fails ---- */

static void scenario(struct test_system *system)
{
	umask(022);
	unix_folder_make();
	address = unix_address("socket");
	leave_stale(SOCK_STREAM);
	recorder_factory_init(&servers, NULL, NULL);
	reactor = make_reactor(&system->base);
	options.mode = 0666;
	options.group = "0";
	if (!open_port()) {
		cr_assert(eq(u32, unix_mode("socket"), S_IFSOCK | 0666));
		stop();
	}
	evert_reactor_destroy(reactor);
	unix_folder_remove();
}

Test(binding_sweep, leaves_no_descriptor_whatever_call_fails)
{
	static const struct test_fault faults[] = {
		{ CALL_LSTAT, EACCES }, { CALL_BIND, EADDRINUSE },
		{ CALL_UNLINK, EPERM }, { CALL_CHMOD, EPERM },
		{ CALL_FCHMOD, EPERM }, { CALL_CHOWN, EPERM },
		{ CALL_CONNECT, EACCES }, { CALL_LISTEN, EOPNOTSUPP },
		{ CALL_SOCKET, EMFILE },
		{ CALL_GETSOCKNAME, ENOBUFS },
		{ .error = 0 },
	};

	fail_every_fault(faults, NULL, scenario);
}

static void memory_scenario(void *arg)
{
	struct evert_binding *binding;
	const char *what;
	int fd;

	(void)arg;
	unix_folder_make();
	address = unix_address("socket");
	options.owner = "root";
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (!evert_binding_make(&binding, evert_system_real(), fd, &address,
				&options, &what))
		evert_binding_end(binding, evert_system_real());
	close(fd);
	cr_assert(zero(u32, unix_mode("socket")));
	unix_folder_remove();
}

Test(binding_sweep, leaves_nothing_whatever_allocation_fails)
{
	fail_every_allocation(memory_scenario, NULL);
}
