/* SPDX-License-Identifier: MIT */
/* The keeper: answers through what it is handed. */
#include "handing.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- Answering, through what was handed over ---- */

struct answer {
	struct evert_protocol base;
};

static unsigned answered; /* what is being answered */

static void answer_made(struct evert_protocol *base)
{
	char text[32];
	int length = snprintf(text, sizeof(text), "got %u", answered);

	evert_transport_write(base->transport, text, (size_t)length);
	evert_transport_lose_connection(base->transport);
}

static void answer_received(struct evert_protocol *base, const char *data,
			    size_t length)
{
	(void)base, (void)data, (void)length;
	evert_sim_fail(handing.sim, "an end says something by itself");
}

static const struct evert_protocol_ops answer_ops = {
	.connection_made = answer_made,
	.data_received = answer_received,
};

static struct evert_factory answer_factory =
	EVERT_FACTORY(struct answer, base, &answer_ops);

/* ---- The keeper ---- */

struct keeper {
	struct evert_line_receiver base;
	/* No line told of them yet. */
	int fds[HANDING_MOST_AT_ONCE * HANDING_MOST_AT_ONCE];
	size_t count;
	bool lost; /* some of them */
};

static struct keeper *keeper_from(struct evert_line_receiver *base)
{
	return evert_container_of(base, struct keeper, base);
}

static void keeper_descriptors(struct evert_line_receiver *base, int *fds,
			       size_t count, bool lost)
{
	struct keeper *keeper = keeper_from(base);
	size_t i;

	evert_sim_check(handing.sim, count || lost);
	evert_sim_check(handing.sim, handing.scarce || !lost);
	evert_sim_check(handing.sim,
			keeper->count + count <=
				HANDING_MOST_AT_ONCE * HANDING_MOST_AT_ONCE);
	keeper->lost |= lost;
	for (i = 0; i < count; i++) {
		keeper->fds[keeper->count++] = fds[i];
		fds[i] = -1;
	}
}

static void answer_one(struct keeper *keeper)
{
	struct evert_reactor *reactor =
		evert_transport_reactor(keeper->base.base.transport);
	int fd = keeper->fds[0];

	memmove(keeper->fds, keeper->fds + 1,
		--keeper->count * sizeof(*keeper->fds));
	if (evert_connection_adopt(reactor, fd, &answer_factory))
		return;
	evert_sim_check(handing.sim, handing.scarce);
	if (errno != ENOMEM) /* then it is closed */
		handing_close(fd);
}

static void keeper_line(struct evert_line_receiver *base, const char *line,
			size_t length)
{
	struct keeper *keeper = keeper_from(base);
	char text[32] = "";
	unsigned count;

	handing_perhaps_pause();
	memcpy(text, line, length < sizeof(text) ? length : sizeof(text) - 1);
	if (keeper->lost || handing_happens(20)) {
		evert_transport_abort(base->base.transport);
		return;
	}
	evert_sim_check(handing.sim,
			sscanf(text, "%u %u", &answered, &count) == 2);
	evert_sim_check(handing.sim, count <= keeper->count);
	while (count--)
		answer_one(keeper);
	evert_line_receiver_send_linef(base, "%u", answered);
}

static void keeper_destroy(struct evert_line_receiver *base)
{
	struct keeper *keeper = keeper_from(base);

	while (keeper->count)
		handing_close(keeper->fds[--keeper->count]);
}

static const struct evert_line_receiver_ops keeper_ops = {
	.line_received = keeper_line,
	.descriptors_received = keeper_descriptors,
	.destroy = keeper_destroy,
};

static struct evert_factory keeper_factory =
	EVERT_LINE_FACTORY(struct keeper, base, &keeper_ops);

static struct evert_result not_listening(struct evert_result *in, void *arg)
{
	(void)in, (void)arg;
	evert_sim_check(handing.sim,
			handing.harmful); /* the last one may not have ended */
	return evert_result_none();
}

void handing_keep(struct evert_reactor *reactor, void *arg)
{
	struct evert_deferred *d = evert_listen(
		reactor, "unix:/run/keeper:backlog=1", &keeper_factory);

	(void)arg;
	evert_deferred_add_errback(d, not_listening, NULL);
	evert_deferred_release(d);
}
