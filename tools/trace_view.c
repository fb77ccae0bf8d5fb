/* SPDX-License-Identifier: MIT */
/*
 * Makes a page of recordings that EVERT_TRACE wrote: one file, to be opened in
 * a browser, with the sources that the recordings name. docs/tracing.md
 *
 *	EVERT_TRACE=run.json build/examples/five_sleepers
 *	build/tools/trace_view run.json > run.html
 *
 * With --merge it makes one recording of several, for other viewers.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view/fail.h"
#include "view/recording.h"
#include "view/source.h"
#include "view/write.h"

static const char usage[] =
	"usage: trace_view [--source DIR] RUN... > PAGE.html\n"
	"       trace_view --merge RUN... > ALL.json\n"
	"Makes a page of recordings by EVERT_TRACE, or one recording of all.\n"
	"\n"
	"  --source DIR  where the sources are that RUN names (.)\n"
	"  --merge       write one recording, for Perfetto or chrome://tracing\n"
	"  --help        show this and exit\n";

static _Noreturn void fail_usage(const char *what, const char *which)
{
	fprintf(stderr, "trace_view: %s%s\n%s", what, which, usage);
	exit(2);
}

static void view(struct events *events, const char *folder, char *const *files,
		 size_t count)
{
	struct sources sources = { .all = NULL };

	events->sources = &sources;
	events_read(events, files, count);
	sources_read(&sources, folder);
	events_merge(events);
	write_page(events, &sources);
	sources_free(&sources);
}

static void merge(struct events *events, char *const *files, size_t count)
{
	events_read(events, files, count);
	events_merge(events);
	write_events(events);
}

int main(int argc, char **argv)
{
	struct events events = { .all = NULL };
	const char *folder = NULL;
	bool is_merge = false;
	int i;

	for (i = 1; i < argc && !strncmp(argv[i], "--", 2); i++) {
		if (!strcmp(argv[i], "--help")) {
			fputs(usage, stdout);
			return 0;
		}
		if (!strcmp(argv[i], "--merge"))
			is_merge = true;
		else if (strcmp(argv[i], "--source") != 0)
			fail_usage("unknown option ", argv[i]);
		else if (!argv[++i])
			fail_usage("no value for ", "--source");
		else
			folder = argv[i];
	}
	if (i == argc)
		fail_usage("missing: ", "RUN...");
	if (is_merge && folder)
		fail_usage("--merge reads no sources: ", "--source");
	if (is_merge)
		merge(&events, &argv[i], (size_t)(argc - i));
	else
		view(&events, folder ? folder : ".", &argv[i],
		     (size_t)(argc - i));
	events_free(&events);
	if (fflush(stdout) || ferror(stdout))
		fail("cannot write: %s", strerror(errno));
	return 0;
}
