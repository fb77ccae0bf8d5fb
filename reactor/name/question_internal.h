/* SPDX-License-Identifier: MIT */
/*
 * A name and a type that somebody wants to know: asked of the servers once,
 * however many do; from alias to alias (CNAME), of which each is asked for
 * where the answer ends with one.
 */
#ifndef EVERT_REACTOR_QUESTION_INTERNAL_H
#define EVERT_REACTOR_QUESTION_INTERNAL_H

#include "answer_internal.h"
#include "cache_internal.h"

enum {
	EVERT_QUESTION_BUCKETS = 256,
};

/* The questions under way, and what they need. */
struct evert_questions {
	struct evert_reactor *reactor;
	struct evert_dns_cache *cache;
	struct evert_list_node buckets[EVERT_QUESTION_BUCKETS];
	size_t count;
	struct evert_stock spares;
};

struct evert_question;

/* Embedded in who asks. */
struct evert_asker {
	struct evert_list_node node;
	struct evert_question *question; /* NULL: it waits for nothing */
	/* From the loop. `answer` lives until this returns; NULL: there was no
	   memory for one. */
	void (*answered)(struct evert_asker *asker,
			 struct evert_answer *answer);
};

void evert_questions_init(struct evert_questions *questions,
			  struct evert_reactor *reactor,
			  struct evert_dns_cache *cache);

/* There is none any more: gives back what was kept for the next. */
static inline void evert_questions_finish(struct evert_questions *questions)
{
	evert_stock_release(&questions->spares);
}

/* Asks, or joins who does: `answered` is set. 0, or -ENOMEM. */
int evert_question_ask(struct evert_questions *questions,
		       struct evert_name_config *config,
		       const struct evert_name_key *key,
		       struct evert_asker *asker);

/* Waits no more. Where nobody else does, the question is given up. */
void evert_asker_end(struct evert_asker *asker);

/* All of them end, with this failure; those begun meanwhile, too. */
void evert_questions_fail(struct evert_questions *questions,
			  const struct evert_error *kind);

/* In a fork's child, whose sockets are another's: lets go of these, then
   begins all anew. */
void evert_questions_interrupt(struct evert_questions *questions);
void evert_questions_begin_anew(struct evert_questions *questions);

#endif
