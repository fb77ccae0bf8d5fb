/* SPDX-License-Identifier: MIT */
/*
 * interleavings [--short] [NAME...]: explores scenarios, all or those named,
 * and tells of each how many interleavings there were; "random" is the
 * comparison of random programs with and without reduction.
 *
 * A failure ends the program, status 1, with the steps that led to it.
 */
#include "engine.h"
#include "meet.h"
#include "outcomes.h"
#include "scenarios/random.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct meet_scenario *const tables[] = {
	meet_litmus, meet_small,  meet_mailbox, meet_pool,
	meet_asking, meet_lookup,  meet_signals, meet_dump,
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
	outcomes_reset();
	explored = explore(scenario->run, 0);
	outcomes_check();
	printf("%-28s %10llu interleavings, %9llu cut short, %8.2f s\n",
	       scenario->name, (unsigned long long)explored.count,
	       (unsigned long long)explored.repeated, explored.seconds);
	fflush(stdout);
	total.count += explored.count;
	total.seconds += explored.seconds;
	scenarios++;
}

/* Programs that are drawn: the same comes out with and without reduction, where
   there are no more than so many without. */
static void check_reduction(unsigned programs, uint64_t most)
{
	struct explored less, more;
	uint64_t count = 0, all = 0, hash;
	unsigned seed, left = 0;

	running = "random programs";
	for (seed = 0; seed < programs; seed++) {
		random_draw(seed);
		outcomes_reset();
		less = explore(random_run, 0);
		hash = outcomes_hash();
		outcomes_reset();
		explore_all(true);
		more = explore(random_run, most);
		explore_all(false);
		if (!more.stopped && hash != outcomes_hash())
			meet_fail("the explorer's own: of program %u it has "
				  "left something out",
				  seed);
		left += more.stopped;
		if (more.stopped)
			continue;
		count += less.count;
		all += more.count;
	}
	printf("%u random programs: the same in %llu interleavings as in all "
	       "%llu; %u more have too many\n",
	       programs - left, (unsigned long long)count,
	       (unsigned long long)all, left);
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
	if (!*names || !strcmp(*names, "random"))
		check_reduction(is_short ? 30 : 100,
				is_short ? 10000 : 30000);
	printf("%u scenarios, %llu interleavings, %.1f s\n", scenarios,
	       (unsigned long long)total.count, total.seconds);
	return scenarios ? 0 : 1;
}
