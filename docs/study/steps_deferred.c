/* SPDX-License-Identifier: MIT */
/* Five steps, of which each may fail; inside out. */
#include <errno.h>
#include <evert.h>
#include <stdio.h>
#include <string.h>

struct visitor {
	struct evert_line_receiver base; /* a visitor is a line receiver */
	struct evert_firing_queue asked; /* those who wait for an answer */
};

static void visitor_line_received(struct evert_line_receiver *base,
				  const char *line, size_t length)
{
	evert_line_receiver_answer(base, evert_result_text(line, length));
}

static const struct evert_line_receiver_ops visitor_ops = {
	.line_received = visitor_line_received,
	.asked = EVERT_ASKED(struct visitor, asked),
};

static struct evert_factory visitor_factory =
	EVERT_LINE_FACTORY(struct visitor, base, &visitor_ops);

/* What one step leaves for the next. */
struct visit {
	const char *endpoint;
	struct visitor *server; /* NULL: before the first step */
};

static struct evert_result check(struct evert_result *answer, void *arg)
{
	(void)arg;
	if (!strncmp(evert_result_as_text(answer), "OK", 2))
		return evert_result_take(answer);
	return evert_result_error(EACCES, "refused");
}

/* Fails unless the server says OK to it. */
static struct evert_result say(const struct visit *visit, const char *what)
{
	struct evert_deferred *d = evert_line_receiver_ask(&visit->server->base,
							   what, strlen(what));

	evert_deferred_add_callback(d, check, NULL);
	return evert_result_wait(d);
}

static struct evert_result log_in(struct evert_result *in, void *arg)
{
	struct visit *visit = arg;

	visit->server = evert_container_of(evert_result_as_protocol(in),
					   struct visitor, base.base);
	return say(visit, "USER World");
}

static struct evert_result ask(struct evert_result *answer, void *visit)
{
	(void)answer;
	return say(visit, "TIME");
}

static struct evert_result show(struct evert_result *answer, void *visit)
{
	(void)visit;
	puts(evert_result_as_text(answer));
	return evert_result_none();
}

static struct evert_result log_out(struct evert_result *in, void *visit)
{
	(void)in;
	return say(visit, "QUIT");
}

static struct evert_result leave(struct evert_result *outcome, void *arg)
{
	struct visit *visit = arg;

	if (visit->server)
		evert_transport_lose_connection(
			visit->server->base.base.transport);
	return evert_result_take(outcome);
}

static struct evert_result connect_and_visit(void *arg)
{
	struct visit *visit = arg;
	struct evert_deferred *d = evert_connect(evert_reactor_current(),
						 visit->endpoint,
						 &visitor_factory); /* 1 */

	evert_deferred_add_callback(d, log_in, visit);	/* 2 */
	evert_deferred_add_callback(d, ask, visit);	/* 3 */
	evert_deferred_add_callback(d, show, visit);	/* 4 */
	evert_deferred_add_callback(d, log_out, visit); /* 5 */
	evert_deferred_add_both(d, leave, visit);	/* after any of them */
	return evert_result_wait(d);
}

int main(int argc, char **argv)
{
	struct visit visit = {.server = NULL};

	if (argc != 2) {
		fprintf(stderr, "usage: %s ENDPOINT\n", argv[0]);
		return 2;
	}
	visit.endpoint = argv[1];
	return evert_run(connect_and_visit, &visit);
}
