/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/base/bug.h"
#include "../../../deferred/base/trace_internal.h"
#include "../../support/child.h"

static char folder[] = "/tmp/evert-trace-XXXXXX";
static char name[64];

static void begin(void)
{
	cr_assert(mkdtemp(folder) != NULL);
	snprintf(name, sizeof(name), "%s/trace", folder);
	setenv("EVERT_TRACE", name, 1);
}

static void finish(void)
{
	unlink(name);
	rmdir(folder);
}

TestSuite(trace, .init = begin, .fini = finish);

/* ---- Reading it ---- */

static char text[1 << 21];
static size_t events;

static void read_from(int fd)
{
	size_t length = 0;
	ssize_t size;

	while ((size = read(fd, text + length, sizeof(text) - 1 - length)) > 0)
		length += (size_t)size;
	text[length] = '\0';
	close(fd);
}

/* Its time: microseconds, with three decimals. */
static bool has_time(const char *line)
{
	const char *time = strstr(line, "\"ts\":") + 5;
	size_t whole = strspn(time, "0123456789");

	return whole && time[whole] == '.' &&
	       strspn(time + whole + 1, "0123456789") == 3 &&
	       time[whole + 4] == ',';
}

/* An array of objects, each in a line of its own. What is told of the process
   is not counted. */
static void is_whole(void)
{
	char *line = text, *end;

	events = 0;
	cr_assert(strncmp(line, "[\n", 2) == 0);
	for (line += 2; *line == '{'; line = end + 1) {
		end = strchr(line, '\n');
		cr_assert(end != NULL);
		cr_assert(has_time(line));
		events += strncmp(line, "{\"ph\":\"M\"", 9) != 0;
		cr_assert(end[-1] == '}' ||
			  (end[-1] == ',' && end[-2] == '}' && end[1] == '{'));
	}
	cr_assert(eq(str, line, "]\n"));
}

static void file_is_whole(void)
{
	read_from(open(name, O_RDONLY));
	is_whole();
}

/* ---- Writing it ---- */

static void record(int count)
{
	int i;

	for (i = 0; i < count; i++)
		evert_trace_begin("test", "a \"name\"");
}

static bool records_some(void)
{
	evert_trace_start();
	record(3);
	return true;
}

Test(trace, is_an_array_of_events)
{
	cr_assert(child_exits(records_some));
	file_is_whole();
	cr_assert(eq(sz, events, 3));
	cr_assert(strstr(text, "\"name\":\"a \\\"name\\\"\"}") != NULL);
}

static bool records_nothing(void)
{
	evert_trace_start();
	return true;
}

Test(trace, may_be_empty)
{
	cr_assert(child_exits(records_nothing));
	file_is_whole();
	cr_assert(eq(sz, events, 0));
}

static bool records_many(void)
{
	evert_trace_start();
	record(5000);
	return true;
}

static bool records_and_has_a_bug(void)
{
	evert_trace_start();
	record(3);
	evert_bug("it is");
}

Test(trace, of_a_program_that_evert_ends_has_all_but_its_end)
{
	const char *at;

	cr_assert(not(child(records_and_has_a_bug)));
	read_from(open(name, O_RDONLY));
	for (at = text; (at = strstr(at, "{\"ph\":\"B\"")); at++)
		events++;
	cr_assert(eq(sz, events, 3));
}

Test(trace, may_be_longer_than_the_buffer)
{
	cr_assert(child_exits(records_many));
	file_is_whole();
	cr_assert(eq(sz, events, 5000));
}

static bool records_without_stderr(void)
{
	close(STDERR_FILENO);
	evert_trace_start();
	record(1);
	return write(STDERR_FILENO, "not here", 8) == -1;
}

Test(trace, is_not_the_stderr_of_a_program_that_has_none)
{
	cr_assert(child_exits(records_without_stderr));
	file_is_whole();
	cr_assert(eq(sz, events, 1));
}

static bool records_two_lines(void)
{
	evert_trace_start();
	evert_trace_begin("test", "two\n\tlines");
	return true;
}

Test(trace, a_name_may_hold_any_byte)
{
	cr_assert(child_exits(records_two_lines));
	file_is_whole();
	cr_assert(strstr(text, "\"two\\u000a\\u0009lines\"") != NULL);
}

static bool records_other_letters(void)
{
	evert_trace_start();
	evert_trace_begin("test", "Gr\xc3\xbc\xc3\x9f" "e");
	evert_trace_begin("test", "cut \xe2\x82");
	evert_trace_begin("test", "\xc0\x80 \xed\xa0\x80 \xf4\x90\x80\x80");
	return true;
}

/* RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF. */
Test(trace, a_name_in_utf8_stays_and_what_is_none_is_bytes)
{
	cr_assert(child_exits(records_other_letters));
	file_is_whole();
	cr_assert(strstr(text, "\"Gr\xc3\xbc\xc3\x9f" "e\"") != NULL);
	cr_assert(strstr(text, "\"cut \\u00e2\\u0082\"") != NULL);
	cr_assert(strstr(text, "\"\\u00c0\\u0080 \\u00ed\\u00a0\\u0080 "
			       "\\u00f4\\u0090\\u0080\\u0080\"") != NULL);
}

enum { LETTERS = 20 };

/* The byte among letters, in that place. */
static void put_among(char *among, int byte, int place)
{
	memset(among, 'a', LETTERS);
	among[LETTERS] = '\0';
	among[place] = (char)byte;
}

static bool records_every_byte(void)
{
	char among[LETTERS + 1];
	int byte, place;

	evert_trace_start();
	for (byte = 1; byte < 256; byte++)
		for (place = 0; place < LETTERS; place++) {
			put_among(among, byte, place);
			evert_trace_begin("test", among);
		}
	return true;
}

static void expect_next(const char **at, int byte, int place)
{
	char letter[8], expected[2 * LETTERS + 16];

	if (byte < ' ' || byte >= 0x7f)
		snprintf(letter, sizeof(letter), "\\u%04x", (unsigned)byte);
	else
		snprintf(letter, sizeof(letter), "%s%c",
			 byte == '"' || byte == '\\' ? "\\" : "", byte);
	snprintf(expected, sizeof(expected), "\"%.*s%s%.*s\"", place,
		 "aaaaaaaaaaaaaaaaaaaa", letter, LETTERS - 1 - place,
		 "aaaaaaaaaaaaaaaaaaaa");
	*at = strstr(*at, "\"cat\":\"test\",\"name\":");
	cr_assert(ne(ptr, (void *)*at, NULL));
	*at += strlen("\"cat\":\"test\",\"name\":");
	cr_assert(strncmp(*at, expected, strlen(expected)) == 0);
}

Test(trace, a_name_may_hold_any_byte_in_any_place)
{
	const char *at = text;
	int byte, place;

	cr_assert(child_exits(records_every_byte));
	file_is_whole();
	for (byte = 1; byte < 256; byte++)
		for (place = 0; place < LETTERS; place++)
			expect_next(&at, byte, place);
}

static bool records_one_too_long(void)
{
	static char longest[10000];

	memset(longest, 'x', sizeof(longest) - 1);
	evert_trace_start();
	record(1);
	evert_trace_begin("test", longest);
	record(1);
	return true;
}

Test(trace, p92_an_event_that_is_too_long_is_left_out_as_a_whole)
{
	cr_assert(child_exits(records_one_too_long));
	file_is_whole();
	cr_assert(eq(sz, events, 3));
	cr_assert(strstr(text, "\"1 events left out\"") != NULL);
}

Test(trace, it_begins_with_what_process_it_is_of)
{
	char process[64], directory[PATH_MAX], told[PATH_MAX + 16];

	cr_assert(child_exits(records_some));
	file_is_whole();
	cr_assert(strstr(text, "\"process_name\",\"args\":{\"name\":\"") !=
		  NULL);
	cr_assert(strstr(text, "\"evert\",\"args\":{\"format\":1,") != NULL);
	cr_assert(getcwd(directory, sizeof(directory)) != NULL);
	snprintf(told, sizeof(told), "\"directory\":\"%s\"", directory);
	cr_assert(strstr(text, told) != NULL);
	snprintf(process, sizeof(process), "\"pid\":%ld,", (long)getpid());
	cr_assert(strstr(text, process) == NULL); /* the child's */
}

/* ---- Forking ---- */

static bool records_in_vain(void)
{
	bool records = evert_trace_is_recording();

	record(5000);
	return !records;
}

static bool execs(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return false;
}

static bool forks(void)
{
	evert_trace_start();
	record(3);
	if (!child_exits(records_in_vain) || !child(records_in_vain) ||
	    !child(execs))
		return false;
	record(2);
	return true;
}

Test(trace, p81_what_a_child_does_is_not_in_it)
{
	cr_assert(child_exits(forks));
	file_is_whole();
	cr_assert(eq(sz, events, 5));
}

/* As daemon(3) does. */
static bool forks_and_ends_by_exit(void)
{
	evert_trace_start();
	record(3);
	return child(records_in_vain);
}

Test(trace, p81_what_was_recorded_before_a_fork_is_in_it_however_the_parent_ends)
{
	cr_assert(child(forks_and_ends_by_exit));
	read_from(open(name, O_RDONLY));
	cr_assert(strncmp(text, "[\n{", 3) == 0);
	cr_assert(text[strlen(text) - 1] == '}');
	cr_assert(strstr(text, "a \\\"name\\\"") != NULL);
}

static bool child_records(void)
{
	record(2);
	return evert_trace_is_recording();
}

static bool each_records(void)
{
	evert_trace_start();
	record(3);
	return child_exits(child_records);
}

Test(trace, p81_a_child_has_a_file_of_its_own_if_the_name_holds_its_process)
{
	char pattern[64];
	size_t counts[2], i;
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/%%p.json", folder);
	setenv("EVERT_TRACE", pattern, 1);
	cr_assert(child_exits(each_records));
	snprintf(pattern, sizeof(pattern), "%s/*.json", folder);
	cr_assert(glob(pattern, 0, NULL, &found) == 0);
	cr_assert(eq(sz, found.gl_pathc, 2));
	for (i = 0; i < 2; i++) {
		read_from(open(found.gl_pathv[i], O_RDONLY));
		is_whole();
		counts[i] = events;
		unlink(found.gl_pathv[i]);
	}
	cr_assert(counts[0] + counts[1] == 5);
	cr_assert(counts[0] == 2 || counts[0] == 3);
	globfree(&found);
}

static bool has_a_name_too_long(void)
{
	char *pattern = malloc(8192);

	memset(pattern, 'x', 8191);
	pattern[8191] = '\0';
	setenv("EVERT_TRACE", pattern, 1);
	free(pattern);
	evert_trace_start();
	return !evert_trace_is_recording();
}

Test(trace, a_name_that_is_too_long_records_nothing)
{
	cr_assert(child_exits(has_a_name_too_long));
}

Test(trace, its_file_is_for_whom_the_umask_leaves_it)
{
	struct stat status;

	umask(027);
	cr_assert(child_exits(records_some));
	cr_assert(stat(name, &status) == 0);
	cr_assert(eq(u32, status.st_mode & 0777, 0640));
	unlink(name);
	umask(0);
	cr_assert(child_exits(records_some));
	cr_assert(stat(name, &status) == 0);
	cr_assert(eq(u32, status.st_mode & 0777, 0666));
}

/* ---- Readers ---- */

static int fifo;

static bool records_into_a_fifo(void)
{
	if (fifo >= 0)
		close(fifo);
	evert_trace_start();
	record(5000);
	return true;
}

/* The writer's file is open, and has taken what it takes. */
static int start_writer(void)
{
	int writer;

	cr_assert(mkfifo(name, 0600) == 0);
	fifo = open(name, O_RDONLY | O_NONBLOCK);
	cr_assert(fifo >= 0);
	writer = fork();
	if (!writer)
		_exit(child_exits(records_into_a_fifo) ? 0 : 1);
	return writer;
}

Test(trace, p92_a_reader_that_has_stalled_holds_nobody_up)
{
	int writer = start_writer(), status;

	cr_assert(waitpid(writer, &status, 0) == writer);
	cr_assert(eq(int, status, 0));
	read_from(fifo);
	cr_assert(strncmp(text, "[\n", 2) == 0);
}

static bool stalls_then_is_read(void)
{
	static char drained[1 << 20];

	evert_trace_start();
	record(5000);
	while (read(fifo, drained, sizeof(drained)) > 0) {
	}
	record(1);
	while (read(fifo, drained, sizeof(drained)) > 0) {
	}
	return true;
}

Test(trace, p92_events_that_were_left_out_are_counted_in_it)
{
	int status;
	pid_t writer;

	cr_assert(mkfifo(name, 0600) == 0);
	fifo = open(name, O_RDONLY | O_NONBLOCK);
	writer = fork();
	if (!writer)
		_exit(child_exits(stalls_then_is_read) ? 0 : 1);
	cr_assert(waitpid(writer, &status, 0) == writer);
	cr_assert(eq(int, status, 0));
	read_from(fifo);
	cr_assert(strstr(text, " events left out\"}") != NULL);
	cr_assert(strstr(text, "\n]\n") != NULL);
}

/* Is each line one event, but for the first, and the last, which goes on? */
static bool lines_are_whole(char *line)
{
	char *end;

	for (line = strchr(line, '\n') + 1; (end = strchr(line, '\n'));
	     line = end + 1) {
		*end = '\0';
		if (strncmp(line, "{\"ph\":", 6) != 0 ||
		    strstr(line + 6, "\"ph\":") || strcmp(end - 2, "},") != 0)
			return false;
	}
	return true;
}

/* It writes more than it is read, so that only a part is taken each time. */
static bool is_read_in_pieces(void)
{
	size_t length = 0;
	ssize_t size;
	int i;

	evert_trace_start();
	for (i = 0; i < 200; i++) {
		record(100);
		size = read(fifo, text + length, 5000);
		length += size > 0 ? (size_t)size : 0;
	}
	text[length] = '\0';
	return length > 100 * 5000 && strlen(text) == length &&
	       lines_are_whole(text);
}

Test(trace, p92_a_slow_reader_gets_whole_events)
{
	cr_assert(mkfifo(name, 0600) == 0);
	fifo = open(name, O_RDONLY | O_NONBLOCK);
	cr_assert(child(is_read_in_pieces));
	close(fifo);
}

Test(trace, p92_without_a_reader_there_is_none)
{
	cr_assert(mkfifo(name, 0600) == 0);
	evert_trace_start();
	cr_assert(not(evert_trace_is_recording()));
}

Test(trace, p92_a_full_disk_ends_nobody)
{
	setenv("EVERT_TRACE", "/dev/full", 1);
	cr_assert(child_exits(records_many));
}
