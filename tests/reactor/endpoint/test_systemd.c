/* SPDX-License-Identifier: MIT */
/* Each test is a process of its own: what was passed is read once. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/endpoint/endpoint.h"
#include "../../../reactor/endpoint/systemd_internal.h"
#include "../../support/reactor.h"

static void pass(const char *count, const char *names)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", count, 1);
	if (names)
		setenv("LISTEN_FDNAMES", names, 1);
	else
		unsetenv("LISTEN_FDNAMES");
}

static void expect(const char *name, int fd)
{
	char why[EVERT_SYSTEMD_WHY_SIZE] = "";

	cr_assert(eq(int, evert_systemd_find(name, why), fd), "%s", why);
}

static void refuse(const char *name, int error, const char *reason)
{
	char why[EVERT_SYSTEMD_WHY_SIZE] = "";

	cr_assert(eq(int, evert_systemd_find(name, why), -error));
	cr_assert(eq(str, why, (char *)reason));
}

Test(systemd, passes_descriptors_with_names)
{
	pass("3", "web:admin:0");
	cr_assert(eq(int, evert_systemd_descriptors(false), 3));
	expect("web", 3);
	expect("admin", 4);
	expect("0", 5); /* a name before a number */
	expect("1", 4);
	refuse("wob", ENOENT,
	       "systemd has passed no such socket; there are web:admin:0");
	refuse("3", ENOENT,
	       "systemd has passed no such socket; there are web:admin:0");
}

Test(systemd, passes_descriptors_without_names)
{
	pass("2", NULL);
	expect("0", 3);
	expect("1", 4);
	refuse("2", ENOENT, "systemd has passed no such socket; there are 0 "
			    "to 1, without names");
	refuse("web", ENOENT, "systemd has passed no such socket; there are 0 "
			      "to 1, without names");
}

Test(systemd, passes_a_name_twice)
{
	pass("3", "web:web:admin");
	refuse("web", ENOTUNIQ,
	       "2 descriptors have this name; a number picks one");
	expect("0", 3);
	expect("admin", 5);
}

Test(systemd, passes_nothing)
{
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	cr_assert(eq(int, evert_systemd_descriptors(false), 0));
	refuse("web", ENOENT, "systemd has passed nothing to this process");
}

Test(systemd, passes_to_another_process)
{
	pass("2", NULL);
	setenv("LISTEN_PID", "1", 1);
	cr_assert(eq(int, evert_systemd_descriptors(false), 0));
}

static void expect_malformed(const char *reason)
{
	cr_assert(eq(int, evert_systemd_descriptors(false), -EINVAL));
	refuse("0", EINVAL, reason);
}

Test(systemd, has_an_empty_name)
{
	pass("2", "web:");
	expect_malformed("LISTEN_FDNAMES has an empty name");
}

Test(systemd, has_more_names_than_anybody_can_read)
{
	static char names[1 << 20];

	memset(names, 'a', sizeof(names) - 1);
	pass("1", names);
	expect_malformed("LISTEN_FDNAMES is too long");
}

Test(systemd, has_too_few_names)
{
	pass("2", "web");
	expect_malformed("LISTEN_FDNAMES has not as many names as LISTEN_FDS "
			 "says");
}

Test(systemd, has_no_number_of_descriptors)
{
	pass("many", NULL);
	expect_malformed("LISTEN_FDS is no number of descriptors");
}

Test(systemd, has_a_negative_number_of_descriptors)
{
	pass("-1", NULL);
	expect_malformed("LISTEN_FDS is no number of descriptors");
}

Test(systemd, has_no_process)
{
	pass("1", NULL);
	setenv("LISTEN_PID", "me", 1);
	expect_malformed("LISTEN_PID is no process's number");
}

Test(systemd, has_a_process_that_there_can_not_be)
{
	pass("1", NULL);
	setenv("LISTEN_PID", "2147483648", 1);
	expect_malformed("LISTEN_PID is no process's number");
}

Test(systemd, may_have_its_numbers_with_zeros_before_them)
{
	char pid[16];

	pass("0000000002", NULL);
	snprintf(pid, sizeof(pid), "%010d", (int)getpid());
	setenv("LISTEN_PID", pid, 1);
	cr_assert(eq(int, evert_systemd_descriptors(false), 2));
}

Test(systemd, is_read_once_and_taken_away_on_demand)
{
	pass("1", "web");
	cr_assert(eq(int, evert_systemd_descriptors(false), 1));
	cr_assert(getenv("LISTEN_FDS") != NULL);
	cr_assert(eq(int, evert_systemd_descriptors(true), 1));
	cr_assert(getenv("LISTEN_FDS") == NULL);
	cr_assert(getenv("LISTEN_PID") == NULL);
	cr_assert(getenv("LISTEN_FDNAMES") == NULL);
	cr_assert(eq(int, evert_systemd_descriptors(false), 1));
	expect("web", 3);
}

/* What is passed can be listened on: tests/peers/endpoints.sh. */
Test(systemd, says_why_it_cannot_be_listened_on)
{
	static struct recorder_factory servers;
	struct evert_reactor *reactor = make_reactor(NULL);
	struct evert_result result;

	pass("1", "web");
	recorder_factory_init(&servers, NULL, NULL);
	result = turn_until_fired(
		reactor, evert_listen(reactor, "systemd:mail", &servers.base));
	cr_assert(evert_result_failed_with(&result, EVERT_LISTEN_FAILED));
	cr_assert(eq(int, evert_result_as_failure(&result)->error, ENOENT));
	cr_assert(eq(str, (char *)evert_result_as_failure(&result)->message,
		     "cannot listen on systemd:mail: systemd has passed no "
		     "such socket; there are web"));
	evert_result_release(result);
	evert_reactor_destroy(reactor);
}
