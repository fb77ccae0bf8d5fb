/* SPDX-License-Identifier: MIT */
/* A sequence, for a person. */
#include "waiting.h"

static const char *const verbs[] = {
	"make",		"fire",		"abandon",	  "add",
	"cancel",	"release",	"shield",	  "time-out",
	"sleep",	"combine",	"spawn",	  "scope spawn",
	"scope cancel", "put",		"put and wait",	  "get",
	"close queue",	"acquire",	"run",		  "start",
	"give back",	"stop",		"close semaphore", "end periodic",
	"advance",	"end clock",	"await",	  "nap",
	"open",		"leave",	"drop",		  "take",
};

static void print_step(const struct waiting_step *step, FILE *to)
{
	static const char *const halves[] = { "callback", "errback", "both" };
	static const char *const gives[] = { "pass", "value", "fail", "wait" };

	fprintf(to,
		"%s: on %d, other %d, firing %d, number %d, program %d, %s, %s, "
		"canceller %d",
		verbs[step->verb], step->on, step->other,
		step->firing, step->number,
		step->program, halves[step->half], gives[step->give],
		step->canceller);
	if (step->inside) {
		fprintf(to, " { ");
		print_step(step->inside, to);
		fprintf(to, " }");
	}
	fprintf(to, "\n");
}

void waiting_print(const struct waiting_sequence *sequence, FILE *to)
{
	int i, j;
	size_t k;

	fprintf(to, "memory fails at %u%s\n", sequence->fails_at,
		sequence->fails_forever ? " and from then on" : "");
	for (i = 0; i < WAITING_QUEUES; i++)
		fprintf(to, "queue %d: size %zu, backlog %zu\n", i,
			sequence->queues[i].size, sequence->queues[i].backlog);
	for (i = 0; i < WAITING_SEMAPHORES; i++)
		fprintf(to, "semaphore %d: %zu\n", i, sequence->limits[i]);
	for (i = 0; i < WAITING_PROGRAMS; i++) {
		fprintf(to, "program %d:\n", i);
		for (j = 0; j < sequence->programs[i].count; j++) {
			fprintf(to, "   ");
			print_step(&sequence->programs[i].steps[j], to);
		}
	}
	for (k = 0; k < sequence->count; k++) {
		fprintf(to, "%zu. ", k + 1);
		print_step(&sequence->steps[k], to);
	}
}
