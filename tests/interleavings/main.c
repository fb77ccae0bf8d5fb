/* SPDX-License-Identifier: MIT */
/*
 * interleavings [--short] [NAME...]: explores scenarios, all or those named, and
 * tells of each how many interleavings there were.
 *
 * A failure ends the program, status 1, with the steps that led to it.
 */
#include "engine.h"
#include "meet.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct meet_scenario *const tables[] = {
	meet_small,  meet_mailbox, meet_pool,
	meet_asking, meet_lookup,  meet_signals,
};
enum { TABLES = sizeof(tables) / sizeof(tables[0]) };

static const char *running = "";
static FILE *report;

void meet_fail(const char *format, ...)
{
	va_list args;

	fprintf(report, "%s: interleaving %llu: ", running,
		(unsigned long long)explore_number());
	va_start(args, format);
	vfprintf(report, format, args);
	va_end(args);
	fprintf(report, "; the last steps were:\n");
	explore_print(report);
	fclose(report);
	_Exit(1);
}

static void stopped(int number)
{
	meet_fail("signal %d", number);
}

static struct explored total;
static unsigned scenarios;

static void run(const struct meet_scenario *scenario)
{
	struct explored explored;

	running = scenario->name;
	explored = explore(scenario->run, 0);
	printf("%-28s %10llu interleavings, %9llu cut short, %8.2f s\n",
	       scenario->name, (unsigned long long)explored.count,
	       (unsigned long long)explored.repeated, explored.seconds);
	fflush(stdout);
	total.count += explored.count;
	total.seconds += explored.seconds;
	scenarios++;
}

static bool is_wanted(const struct meet_scenario *scenario, char **names,
		      bool is_short)
{
	if (!*names)
		return !is_short || !scenario->is_long;
	for (; *names; names++)
		if (!strcmp(*names, scenario->name))
			return true;
	return false;
}

/* The library's own words go nowhere. */
static void hush(void)
{
	report = fdopen(dup(STDERR_FILENO), "w");
	if (!report || !freopen("/dev/null", "w", stderr))
		abort();
}

int main(int count, char **arguments)
{
	bool is_short = count > 1 && !strcmp(arguments[1], "--short");
	char **names = arguments + (is_short ? 2 : 1);
	const struct meet_scenario *scenario;

	hush();
	signal(SIGABRT, stopped);
	signal(SIGSEGV, stopped);
	threads_init();
	races_init();
	memory_init();
	for (int i = 0; i < TABLES; i++)
		for (scenario = tables[i]; scenario->name; scenario++)
			if (is_wanted(scenario, names, is_short))
				run(scenario);
	printf("%u scenarios, %llu interleavings, %.1f s\n", scenarios,
	       (unsigned long long)total.count, total.seconds);
	return scenarios ? 0 : 1;
}
