/* SPDX-License-Identifier: MIT */
/*
 * The load generator: the same for every server, so that what differs is the
 * server. It is told the server's port and process, and prints lines of
 * "FIGURE VALUE".
 */
#include "modes.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "client/channel.h"
#include "server.h"

static const struct mode {
	const char *name;
	void (*run)(struct job *job);
} modes[] = {
	{ "closed", mode_closed }, { "rate", mode_rate },
	{ "churn", mode_churn },   { "memory", mode_memory },
	{ "receive", mode_receive }, { "send", mode_send },
};

static const char usage[] =
	"usage: load [OPTION]... MODE PORT PID\n"
	"MODE is closed, rate, churn, memory, receive or send.\n"
	"  -x EXCHANGE     echo:SIZE, lines:COUNT, pieces:COUNT,\n"
	"                  datagrams:COUNT, greeting (echo:64)\n"
	"  -c CONNECTIONS  that talk (50)\n"
	"  -i CONNECTIONS  that are silent (0)\n"
	"  -s SECONDS      to measure (1)\n"
	"  -r RATE         requests per second (5000)\n"
	"  -t VERSION      of TLS, 1.2 or 1.3 (1.3)\n"
	"  -R              resume sessions of TLS\n";

/* ---- A window of time ---- */

static int64_t begun, server_begun;

int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

void window_begin(const struct job *job)
{
	server_begun = server_time(job->pid);
	begun = now();
}

void window_end(const struct job *job, uint64_t exchanges)
{
	double wall = (double)(now() - begun);
	double server = (double)(server_time(job->pid) - server_begun);

	printf("per_second %.1f\n", (double)exchanges / wall * 1e9);
	printf("cpu %.4f\n", server / (double)exchanges);
}

/* ---- The command line ---- */

static void wrong_usage(void)
{
	fputs(usage, stderr);
	exit(2);
}

static void read_options(struct job *job, int argc, char **argv)
{
	const char *exchange = "echo:64";
	int option;

	while ((option = getopt(argc, argv, "x:c:i:s:r:t:R")) != -1) {
		if (option == 'x')
			exchange = optarg;
		else if (option == 'c')
			job->connections = strtoul(optarg, NULL, 10);
		else if (option == 'i')
			job->idle = strtoul(optarg, NULL, 10);
		else if (option == 's')
			job->seconds = strtod(optarg, NULL);
		else if (option == 'r')
			job->rate = strtod(optarg, NULL);
		else if (option == 't')
			channel_version = optarg;
		else if (option == 'R')
			channel_resumes = true;
		else
			wrong_usage();
	}
	if (argc - optind != 3)
		wrong_usage();
	job->exchange = exchange_make(exchange);
	job->port = atoi(argv[optind + 1]);
	job->pid = atoi(argv[optind + 2]);
}

static void allow_many_descriptors(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
	struct job job = { .connections = 50, .seconds = 1, .rate = 5000 };
	size_t i;

	read_options(&job, argc, argv);
	allow_many_descriptors();
	swarm_init(&job.swarm, job.connections + job.idle, job.port,
		   &job.exchange);
	for (i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		if (!strcmp(argv[optind], modes[i].name)) {
			modes[i].run(&job);
			return 0;
		}
	wrong_usage();
}
