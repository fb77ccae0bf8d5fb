/* SPDX-License-Identifier: MIT */
/* A connection that gets another protocol, whatever carries it. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/base/memory.h"
#include "../../../reactor/flow/producer.h"
#include "../../../reactor/flow/relay.h"
#include "../../../reactor/transport/connection_internal.h"
#include "../../../reactor/transport/memory_transport.h"
#include "../../../reactor/transport/pipe.h"
#include "../../support/death.h"
#include "../../support/reactor.h"
#include "../../support/system.h"

/* Each writes its letter for what it is told: small ones the first protocol,
   capital ones that which comes after it. */
static char events[64];
static size_t taken; /* descriptors */

static void note(char first, const struct evert_protocol *protocol)
{
	bool second = protocol->factory == NULL;
	size_t length = strlen(events);

	cr_assert(length + 1 < sizeof(events));
	events[length] = (char)(second ? first - 'a' + 'A' : first);
}

struct small {
	struct evert_protocol base;
};

struct first {
	struct evert_protocol base;
	char much[8192]; /* of a large one: it is allocated apart */
};

struct second {
	struct evert_protocol base;
	struct evert_owned_protocol former;
};

static void (*on_data)(struct evert_protocol *protocol);

static void data_received(struct evert_protocol *protocol, const char *data,
			  size_t length)
{
	(void)data;
	(void)length;
	note('d', protocol);
	if (on_data && protocol->factory)
		on_data(protocol);
}

static void connection_made(struct evert_protocol *protocol)
{
	note('m', protocol);
}

static void connection_lost(struct evert_protocol *protocol,
			    const struct evert_failure *reason)
{
	(void)reason;
	note('l', protocol);
}

static void pause_writing(struct evert_protocol *protocol)
{
	note('p', protocol);
}

static void resume_writing(struct evert_protocol *protocol)
{
	note('r', protocol);
}

static void descriptors_received(struct evert_protocol *protocol, int *fds,
				 size_t count, bool lost)
{
	(void)fds;
	(void)lost;
	note('f', protocol);
	taken += count;
}

static void destroy_first(struct evert_protocol *protocol)
{
	note('x', protocol);
}

static void destroy_second(struct evert_protocol *protocol)
{
	struct second *self =
		evert_container_of(protocol, struct second, base);

	note('x', protocol);
	evert_owned_protocol_release(&self->former);
	free(self);
}

#define COMMON                                                             \
	.data_received = data_received, .connection_made = connection_made, \
	.connection_lost = connection_lost, .pause_writing = pause_writing, \
	.resume_writing = resume_writing

static const struct evert_protocol_ops first_ops = {
	COMMON,
	.destroy = destroy_first,
};

static const struct evert_protocol_ops first_taking_ops = {
	COMMON,
	.descriptors_received = descriptors_received,
	.destroy = destroy_first,
};

static const struct evert_protocol_ops second_ops = {
	COMMON,
	.destroy = destroy_second,
};

static const struct evert_protocol_ops second_taking_ops = {
	COMMON,
	.descriptors_received = descriptors_received,
	.destroy = destroy_second,
};

static int replace_by(struct evert_transport *transport,
		      const struct evert_protocol_ops *ops)
{
	struct second *second = calloc(1, sizeof(*second));
	int error;

	second->base.ops = ops;
	error = evert_transport_set_protocol(transport, &second->base,
					     &second->former);
	if (error)
		free(second);
	return error;
}

static void replace(struct evert_protocol *protocol)
{
	struct evert_transport *transport = protocol->transport;

	cr_assert(eq(int, replace_by(transport, &second_ops), 0));
	cr_assert(transport->protocol->transport == transport);
}

static void replace_by_taking(struct evert_protocol *protocol)
{
	cr_assert(eq(int, replace_by(protocol->transport, &second_taking_ops),
		     0));
}

/* ---- Over a descriptor ---- */

static struct test_system kernel;
static struct evert_reactor *reactor;
static int far; /* the peer's */

static void begin(void)
{
	test_system_init(&kernel);
	reactor = make_reactor(&kernel.base);
	on_data = NULL;
	far = -1;
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
	if (far >= 0)
		close(far);
}

TestSuite(set_protocol, .init = begin, .fini = finish);

/* A UNIX socket, whose other end is `far`. */
static struct evert_transport *open_local(struct evert_factory *factory)
{
	struct evert_protocol *protocol;
	int ends[2];

	cr_assert(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	far = ends[1];
	protocol = evert_pipe_open(reactor, ends[0], ends[0], factory);
	cr_assert(protocol != NULL);
	return protocol->transport;
}

static void send_text(const char *text)
{
	cr_assert(write(far, text, strlen(text)) == (ssize_t)strlen(text));
	turn_until_idle(reactor);
}

static void hang_up(void)
{
	close(far);
	far = -1;
	turn_until_idle(reactor);
}

static void send_descriptor(void)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec piece = { (void *)"d", 1 };
	struct msghdr message = {
		.msg_iov = &piece,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &far, sizeof(int));
	cr_assert(sendmsg(far, &message, 0) == 1);
	turn_until_idle(reactor);
}

Test(set_protocol, tells_everything_to_the_new_one_and_destroys_it_first)
{
	static struct evert_factory behind =
		EVERT_FACTORY(struct small, base, &first_ops);
	struct evert_transport *transport = open_local(&behind);

	send_text("one");
	replace(transport->protocol);
	send_text("two");
	hang_up();

	cr_assert(eq(str, events, "mdDLXx"));
}

static struct evert_factory apart =
	EVERT_FACTORY(struct first, base, &first_ops);

Test(set_protocol, frees_the_former_one_that_was_allocated_apart)
{
	replace(open_local(&apart)->protocol);
	hang_up();

	cr_assert(eq(str, events, "mLXx"));
}

Test(set_protocol, replaces_one_that_stands_itself_for_another)
{
	struct evert_transport *transport = open_local(&apart);

	replace(transport->protocol);
	replace(transport->protocol);
	send_text("data");
	hang_up();

	cr_assert(eq(str, events, "mDLXXx"));
}

Test(set_protocol, may_be_called_while_data_is_delivered)
{
	on_data = replace;
	open_local(&apart);
	send_text("one");
	send_text("two");
	hang_up();

	cr_assert(eq(str, events, "mdDLXx"));
}

Test(set_protocol, leaves_reading_paused)
{
	struct evert_transport *transport = open_local(&apart);

	evert_transport_pause_reading(transport);
	transport->held = true;
	replace(transport->protocol);
	cr_assert(eq(int, evert_transport_is_reading(transport), 0));
	cr_assert(eq(int, transport->held, 0));
	send_text("data");
	cr_assert(eq(str, events, "m"));

	evert_transport_resume_reading(transport);
	turn_until_idle(reactor);
	cr_assert(eq(str, events, "mD"));
}

Test(set_protocol, tells_the_new_one_that_it_may_write_again)
{
	static char much[1 << 20];
	struct evert_transport *transport = open_local(&apart);

	evert_transport_write(transport, much, sizeof(much));
	replace(transport->protocol);
	cr_assert(transport->full);
	while (read(far, much, sizeof(much)) > 0 && transport->full)
		turn(reactor);

	cr_assert(eq(str, events, "mpR"));
}

Test(set_protocol, is_refused_by_one_that_is_closing)
{
	struct evert_transport *transport = open_local(&apart);

	evert_transport_lose_connection(transport);
	cr_assert(eq(int, replace_by(transport, &second_ops), -EPIPE));
	turn_until_idle(reactor);

	cr_assert(eq(str, events, "mlx"));
}

Test(set_protocol, stops_taking_descriptors_for_one_that_takes_none)
{
	static struct evert_factory taking =
		EVERT_FACTORY(struct first, base, &first_taking_ops);

	on_data = replace;
	open_local(&taking);
	send_descriptor();
	send_descriptor();

	cr_assert(eq(str, events, "mfdD"));
	cr_assert(eq(sz, taken, 1));
}

Test(set_protocol, begins_to_take_descriptors_for_one_that_takes_them)
{
	on_data = replace_by_taking;
	open_local(&apart);
	send_descriptor();
	send_descriptor();

	cr_assert(eq(str, events, "mdFD"));
	cr_assert(eq(sz, taken, 1));
}

Test(set_protocol, serves_a_pair_of_pipes)
{
	struct evert_protocol *protocol;
	int in[2], out[2];

	cr_assert(pipe(in) == 0);
	cr_assert(pipe(out) == 0);
	protocol = evert_pipe_open(reactor, in[0], out[1], &apart);
	on_data = replace;
	far = in[1];
	send_text("one");
	send_text("two");
	cr_assert(evert_transport_reactor(protocol->transport) == reactor);
	close(out[0]);
	hang_up();

	cr_assert(eq(str, events, "mdDLXx"));
}

Test(set_protocol, gives_the_marks_that_were_set)
{
	struct evert_transport *transport = open_local(&apart);
	size_t high, low;

	evert_transport_write_marks(transport, &high, &low);
	cr_assert(eq(sz, high, 65536));
	cr_assert(eq(sz, low, 16384));

	evert_transport_set_write_marks(transport, 100, 200);
	evert_transport_write_marks(transport, &high, &low);
	cr_assert(eq(sz, high, 100));
	cr_assert(eq(sz, low, 100));
}

/* ---- With a producer, for which something stands before the protocol ---- */

static void (*on_resume)(struct evert_protocol *protocol);

static void note_event(char event)
{
	const char text[] = { event, '\0' };

	cr_assert(strlen(events) + 1 < sizeof(events));
	strcat(events, text);
}

/* Writes nothing, and is asked again and again. */
static void produce(struct evert_producer *producer)
{
	if (on_resume)
		on_resume(producer->transport->protocol);
}

static void pause_it(struct evert_producer *producer)
{
	(void)producer;
	note_event('-');
}

static void stop_it(struct evert_producer *producer)
{
	cr_assert(producer->transport == NULL);
	note_event('.');
}

static const struct evert_producer_ops pulling = {
	.resume_producing = produce,
	.stop_producing = stop_it,
};

static const struct evert_producer_ops pushing = {
	.resume_producing = produce,
	.pause_producing = pause_it,
	.stop_producing = stop_it,
};

static void enroll(struct evert_transport *transport,
		   const struct evert_producer_ops *ops)
{
	static struct evert_producer producer;

	producer = (struct evert_producer){ .ops = ops };
	cr_assert(eq(int, evert_transport_register_producer(transport,
							    &producer), 0));
}

Test(set_protocol, stops_the_producer_and_destroys_whose_it_was)
{
	struct evert_transport *transport = open_local(&apart);

	enroll(transport, &pushing);
	replace(transport->protocol);
	cr_assert(eq(str, events, "m."));
	send_text("data");
	hang_up();

	cr_assert(eq(str, events, "m.DLXx"));
}

Test(set_protocol, destroys_one_behind_the_connection_that_has_a_producer)
{
	static struct evert_factory behind =
		EVERT_FACTORY(struct small, base, &first_ops);
	struct evert_transport *transport = open_local(&behind);

	enroll(transport, &pushing);
	replace(transport->protocol);
	hang_up();

	cr_assert(eq(str, events, "m.LXx"));
}

/* In the loop, where it is asked again in the next turn. */
static void enroll_and_replace(void *transport)
{
	enroll(transport, &pulling);
	on_resume = replace; /* which would be a second time */
	replace(((struct evert_transport *)transport)->protocol);
}

Test(set_protocol, has_nobody_asked_who_was_to_be_asked_again)
{
	struct evert_transport *transport = open_local(&apart);

	evert_reactor_call_later(reactor, 0, enroll_and_replace, transport);
	turn_until_idle(reactor);
	hang_up();

	cr_assert(eq(str, events, "m.LXx"));
}

Test(set_protocol, may_be_called_by_a_producer_that_is_asked)
{
	on_resume = replace;
	enroll(open_local(&apart), &pulling);
	send_text("data");
	hang_up();

	cr_assert(eq(str, events, "m.DLXx"));
}

static void replace_a_relays(void *arg)
{
	struct evert_protocol first = { .ops = &first_ops };
	struct evert_protocol other = { .ops = &first_ops };
	struct evert_transport *transport = evert_memory_transport_base(
		evert_memory_transport_create(&first));

	(void)arg;
	evert_deferred_release(evert_relay(
		transport, evert_memory_transport_base(
				   evert_memory_transport_create(&other))));
	replace_by(transport, &second_ops);
}

Test(set_protocol, of_a_relays_connection_is_a_bug)
{
	dies(replace_a_relays, NULL, SIGABRT,
	     "the connection of a relay gets another protocol");
}

/* ---- In memory ---- */

Test(set_protocol_in_memory, destroys_all_but_the_first_which_is_the_callers)
{
	struct evert_factory owner;
	struct evert_protocol first = { .ops = &first_ops,
					.factory = &owner };
	struct evert_memory_transport *memory =
		evert_memory_transport_create(&first);
	struct evert_transport *transport = evert_memory_transport_base(memory);

	replace(&first);
	replace(&first);
	transport->protocol->ops->data_received(transport->protocol, "x", 1);
	evert_memory_transport_destroy(memory);

	cr_assert(eq(str, events, "mDLXX"));
}

Test(set_protocol_in_memory, has_no_reactor_but_that_which_the_test_gives_it)
{
	struct evert_factory owner;
	struct evert_protocol first = { .ops = &first_ops,
					.factory = &owner };
	struct evert_memory_transport *memory =
		evert_memory_transport_create(&first);
	struct evert_reactor *own = make_reactor(NULL);

	cr_assert(evert_transport_reactor(first.transport) == NULL);
	evert_memory_transport_set_reactor(memory, own);
	cr_assert(evert_transport_reactor(first.transport) == own);
	evert_memory_transport_end(memory, NULL);
	cr_assert(eq(int, replace_by(first.transport, &second_ops), -EPIPE));
	evert_memory_transport_destroy(memory);
	evert_reactor_destroy(own);
}
