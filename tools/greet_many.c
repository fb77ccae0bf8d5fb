/* SPDX-License-Identifier: MIT */
/*
 * Many connections to a greeting server at once:
 *
 *	greet_many ENDPOINT CONNECTIONS GREETINGS
 *
 * When all are open, each is greeted so many times, one after the other. Ends
 * with 0 if every greeting came and was right. Every connection needs a file
 * descriptor: see `ulimit -n`.
 */
#include <evert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Connects that are under way at once: what a server's backlog holds. */
enum { AT_ONCE = 128 };

/* ---- A guest: one connection ---- */

struct guest {
	struct evert_line_receiver base;
	struct evert_firing *done; /* our firing end, or NULL */
	size_t number;
	size_t greetings; /* that are still to come */
	bool lost;
};

static struct guest *guest_from(struct evert_line_receiver *base)
{
	return evert_container_of(base, struct guest, base);
}

/* The name is another one each time. */
static void ask(struct guest *self)
{
	char name[64];
	int length = snprintf(name, sizeof(name), "guest %zu, %zu to go",
			      self->number, self->greetings);

	evert_line_receiver_send_line(&self->base, name, (size_t)length);
}

static bool is_right(const struct guest *self, const char *line, size_t length)
{
	char greeting[80];
	int expected = snprintf(greeting, sizeof(greeting),
				"Hello, guest %zu, %zu to go!", self->number,
				self->greetings);

	return length == (size_t)expected && !memcmp(line, greeting, length);
}

static void guest_line_received(struct evert_line_receiver *base,
				const char *line, size_t length)
{
	struct guest *self = guest_from(base);

	if (!is_right(self, line, length)) {
		evert_deferred_fire(&self->done,
				    evert_result_fail(EVERT_ERROR, 0,
						      "guest %zu got \"%.*s\"",
						      self->number,
						      (int)length, line));
		return;
	}
	self->greetings--;
	if (self->greetings)
		ask(self);
	else
		evert_deferred_fire(&self->done, evert_result_none());
}

static void guest_connection_lost(struct evert_line_receiver *base,
				  const struct evert_failure *reason)
{
	struct guest *self = guest_from(base);

	self->lost = true;
	evert_deferred_fire(&self->done,
			    evert_result_fail(reason->kind, 0, "guest %zu: %s",
					      self->number, reason->message));
}

static const struct evert_line_receiver_ops guest_ops = {
	.line_received = guest_line_received,
	.connection_lost = guest_connection_lost,
};

/* Fires with nothing when the guest was greeted as often as it is to be. */
static struct evert_deferred *be_greeted(struct guest *self)
{
	struct evert_deferred *done = evert_deferred_create(&self->done);

	if (self->lost)
		evert_deferred_abandon(&self->done);
	else if (done)
		ask(self);
	return done;
}

/* ---- The crowd: all of them ---- */

struct crowd {
	struct evert_factory factory;
	struct evert_reactor *reactor;
	struct evert_semaphore *connecting;
	const char *endpoint;
	size_t size, greetings;
	size_t built;
	struct guest *guests;	       /* they outlive their connections */
	struct evert_deferred **inputs; /* one for each, for gather */
	int status;
};

static struct evert_protocol *build_guest(struct evert_factory *factory,
					  const struct evert_address *peer)
{
	struct crowd *crowd =
		evert_container_of(factory, struct crowd, factory);
	struct guest *guest = &crowd->guests[crowd->built];

	(void)peer;
	evert_line_receiver_init(&guest->base, &guest_ops);
	guest->number = crowd->built++;
	guest->greetings = crowd->greetings;
	return &guest->base.base;
}

static struct evert_result connect_one(void *arg)
{
	struct crowd *crowd = arg;

	return evert_result_wait(evert_connect(
		crowd->reactor, crowd->endpoint, &crowd->factory));
}

static struct evert_deferred *connect_all(struct crowd *crowd)
{
	size_t i;

	for (i = 0; i < crowd->size; i++)
		crowd->inputs[i] = evert_semaphore_run(crowd->connecting,
						       connect_one, crowd);
	return evert_gather(crowd->inputs, crowd->size, EVERT_CANCEL_REST);
}

static struct evert_result greet_all(struct evert_result *connected, void *arg)
{
	struct crowd *crowd = arg;
	size_t i;

	(void)connected;
	printf("%zu connected\n", crowd->built);
	fflush(stdout);
	for (i = 0; i < crowd->size; i++)
		crowd->inputs[i] = be_greeted(&crowd->guests[i]);
	return evert_result_wait(evert_gather(crowd->inputs, crowd->size,
					      EVERT_CANCEL_REST));
}

static struct evert_result say(struct evert_result *greeted, void *arg)
{
	struct crowd *crowd = arg;

	(void)greeted;
	printf("%zu greetings\n", crowd->size * crowd->greetings);
	crowd->status = 0;
	return evert_result_none();
}

static struct evert_result complain(struct evert_result *failure, void *unused)
{
	(void)unused;
	evert_failure_print(evert_result_as_failure(failure), stderr);
	return evert_result_none();
}

static void run(struct crowd *crowd)
{
	struct evert_deferred *d = connect_all(crowd);

	evert_deferred_add_callback(d, greet_all, crowd);
	evert_deferred_add_callbacks(d, say, NULL, crowd);
	evert_deferred_add_errback(d, complain, NULL);
	evert_deferred_add_both(d, evert_reactor_stop_when_done,
				crowd->reactor);
	evert_deferred_release(d);
	if (evert_reactor_run(crowd->reactor))
		crowd->status = 1;
}

static int meet(struct crowd *crowd)
{
	crowd->reactor = evert_reactor_create(NULL);
	crowd->connecting = evert_semaphore_create(AT_ONCE);
	crowd->guests = calloc(crowd->size, sizeof(*crowd->guests));
	crowd->inputs = calloc(crowd->size, sizeof(*crowd->inputs));
	if (crowd->reactor && crowd->connecting && crowd->guests &&
	    crowd->inputs)
		run(crowd);
	else
		perror("greet_many");
	evert_reactor_destroy(crowd->reactor);
	evert_semaphore_destroy(crowd->connecting);
	free(crowd->guests);
	free(crowd->inputs);
	return crowd->status;
}

int main(int argc, char **argv)
{
	struct crowd crowd = {
		.factory.build_protocol = build_guest,
		.status = 1,
	};

	if (argc == 4) {
		crowd.endpoint = argv[1];
		crowd.size = strtoul(argv[2], NULL, 10);
		crowd.greetings = strtoul(argv[3], NULL, 10);
	}
	if (!crowd.size || !crowd.greetings) {
		fputs("usage: greet_many ENDPOINT CONNECTIONS GREETINGS\n",
		      stderr);
		return 2;
	}
	return meet(&crowd);
}
