/* SPDX-License-Identifier: MIT */
/*
 * A question is on its way to the reactor, then it is being answered, then
 * answered. Both threads have it in hand; who lets go last frees it.
 */
#include "call_and_wait.h"

#include <errno.h>
#include <math.h>

#include "../../deferred/base/memory.h"
#include "../../deferred/deferred.h"
#include "../../deferred/handle_internal.h"
#include "../reactor_internal.h"
#include "../reason.h"
#include "thread_pool_internal.h"

enum question_state {
	ON_ITS_WAY, /* the reactor may call it, or who asks take it back */
	CALLED,	    /* it is on the reactor's stack: `arg` is in use */
	UNDER_WAY,  /* its Deferred has not fired */
	ANSWERED,   /* `answer` is there, of whoever waits for it */
	TAKEN_BACK, /* nobody waits */
};

struct question {
	struct evert_message message;
	struct evert_reactor *reactor;
	struct evert_result (*call)(void *arg);
	void *arg;
	const char *place;
	/* The reactor's thread's: */
	struct evert_deferred *outcome; /* NULL: it is not under way */
	struct evert_member member;	/* meanwhile */
	/* Under the mutex: */
	enum question_state state;
	unsigned holders;
	struct evert_result answer;
	struct evert_thread_wait wait;
};

/* Not under the mutex. */
static void let_go(struct question *question)
{
	unsigned holders;

	evert_threads_lock();
	holders = --question->holders;
	evert_threads_unlock();
	if (holders)
		return;
	pthread_cond_destroy(&question->wait.cond);
	evert_free(question);
}

/* ---- On the reactor's thread ---- */

static struct question *from(struct evert_message *message)
{
	return evert_container_of(message, struct question, message);
}

static struct evert_result stopped(const struct question *question)
{
	return evert_result_failure(
		evert_failure_at(question->place, EVERT_REACTOR_STOPPED));
}

static void set_answer(struct question *question, struct evert_result answer)
{
	bool wanted;

	evert_threads_lock();
	wanted = question->state < ANSWERED;
	if (wanted) {
		question->answer = answer;
		question->state = ANSWERED;
		question->wait.on_stack = false;
		pthread_cond_signal(&question->wait.cond);
	}
	evert_threads_unlock();
	if (!wanted)
		evert_result_drop(answer);
}

static struct evert_result fired(struct evert_result *in, void *arg)
{
	struct question *question = arg;
	struct evert_deferred *outcome = question->outcome;

	question->outcome = NULL;
	evert_member_leave(&question->member);
	set_answer(question, evert_result_take(in));
	let_go(question);
	evert_deferred_release(outcome);
	return evert_result_none();
}

/* Nobody may answer it any more. */
static void shut_down(struct evert_member *member)
{
	struct question *question =
		evert_container_of(member, struct question, member);

	set_answer(question, stopped(question));
	evert_deferred_cancel(question->outcome);
}

static bool step(struct question *question, enum question_state from,
		 enum question_state to)
{
	bool is_from;

	evert_threads_lock();
	is_from = question->state == from;
	if (is_from) {
		question->state = to;
		question->wait.on_stack = to == CALLED;
		/* Who was to give it up has had to wait until now. */
		if (to == UNDER_WAY)
			pthread_cond_signal(&question->wait.cond);
	}
	evert_threads_unlock();
	return is_from;
}

/* What was taken back meanwhile has waited for the call to return. */
static void wait_for(struct question *question, struct evert_result result)
{
	question->outcome = (struct evert_deferred *)result.value.pointer;
	evert_member_join(question->reactor, &question->member, shut_down);
	step(question, CALLED, UNDER_WAY);
	evert_deferred_add_both(question->outcome, fired, question);
}

static void deliver(struct evert_message *message)
{
	struct question *question = from(message);
	struct evert_result result;

	if (!step(question, ON_ITS_WAY, CALLED)) {
		let_go(question);
		return;
	}
	result = question->call(question->arg);
	if (result.type == &evert_type_wait) {
		wait_for(question, result);
		return;
	}
	set_answer(question, result);
	let_go(question);
}

static void drop(struct evert_message *message)
{
	set_answer(from(message), stopped(from(message)));
	let_go(from(message));
}

/* It was taken back while it was under way. */
static void cancel(struct evert_message *message)
{
	struct question *question = from(message);

	if (question->outcome)
		evert_deferred_cancel(question->outcome);
	let_go(question);
}

static void drop_cancel(struct evert_message *message)
{
	let_go(from(message));
}

/* ---- On the thread that asks ---- */

/* Under the mutex. The reactor still has it as a member. */
static void take_back(struct question *question)
{
	if (question->state == UNDER_WAY) {
		question->holders++;
		question->message.deliver = cancel;
		question->message.drop = drop_cancel;
		evert_reactor_post(question->reactor, &question->message);
	}
	question->state = TAKEN_BACK;
}

/* Under the mutex, until it is answered, or may be given up and is to be. What
   is on the reactor's stack is waited for. NULL `end`: for ever. */
static bool wait_for_answer(struct question *question,
			    const struct timespec *end)
{
	pthread_cond_t *cond = &question->wait.cond;
	bool late = false;

	while (question->state != ANSWERED) {
		if ((late || question->wait.interrupted) &&
		    question->state != CALLED)
			return false;
		if (end && !late)
			late = pthread_cond_timedwait(cond,
						      &evert_threads_mutex,
						      end) == ETIMEDOUT;
		else
			pthread_cond_wait(cond, &evert_threads_mutex);
	}
	return true;
}

/* True, and its answer; or it was given up. */
static bool ask(struct question *question, const struct timespec *end,
		struct evert_result *answer)
{
	bool answered;

	/* First: who is asked may look who waits. */
	evert_threads_lock();
	evert_thread_set_wait(&question->wait);
	evert_threads_unlock();
	evert_reactor_post(question->reactor, &question->message);
	evert_threads_lock();
	answered = wait_for_answer(question, end);
	evert_thread_set_wait(NULL);
	if (answered)
		*answer = question->answer;
	else
		take_back(question);
	evert_threads_unlock();
	return answered;
}

static struct question *create(struct evert_reactor *reactor,
			       struct evert_result (*call)(void *arg),
			       void *arg, const char *place)
{
	struct question *question = evert_threads_survive_fork()
					    ? NULL
					    : evert_allocate(sizeof(*question));

	if (!question)
		return NULL;
	*question = (struct question){
		.message = {.deliver = deliver, .drop = drop},
		.reactor = reactor,
		.call = call,
		.arg = arg,
		.place = place,
		.holders = 2,
		.wait = {.reactor = reactor},
	};
	evert_list_init(&question->member.node);
	evert_thread_cond_init(&question->wait.cond);
	return question;
}

static struct evert_result ask_until(struct evert_reactor *reactor,
				     struct evert_result (*call)(void *arg),
				     void *arg, const struct timespec *end,
				     const char *place)
{
	struct question *question;
	struct evert_result answer;
	bool interrupted;

	if (evert_reactor_current() == reactor)
		return evert_result_failure(evert_failure_create_at(
			place, EVERT_DEADLOCK, 0,
			"the reactor's own thread would wait for itself"));
	question = create(reactor, call, arg, place);
	if (!question)
		return evert_result_no_memory();
	if (!ask(question, end, &answer)) {
		interrupted = question->wait.interrupted;
		answer = evert_result_failure(evert_failure_at(
			place,
			interrupted ? EVERT_CANCELLED : EVERT_TIMED_OUT));
	}
	let_go(question);
	return answer;
}

struct evert_result
evert_reactor_call_and_wait_at(struct evert_reactor *reactor,
			       struct evert_result (*call)(void *arg),
			       void *arg, const char *place)
{
	return ask_until(reactor, call, arg, NULL, place);
}

struct evert_result
evert_reactor_call_and_wait_for_at(struct evert_reactor *reactor,
				   struct evert_result (*call)(void *arg),
				   void *arg, double seconds, const char *place)
{
	struct timespec end;

	if (!isfinite(seconds))
		return evert_result_error(EINVAL,
					  "evert_reactor_call_and_wait_for");
	evert_thread_deadline(&end, seconds);
	return ask_until(reactor, call, arg, &end, place);
}
