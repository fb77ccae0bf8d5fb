/* SPDX-License-Identifier: MIT */
#include "question_internal.h"

#include <errno.h>
#include <string.h>

#include "../../deferred/base/memory.h"
#include "alias_way_internal.h"

enum { MOST_SPARES = 64 };

static const int64_t SECOND = 1000000000;

struct evert_question {
	struct evert_list_node node; /* in a bucket, or alone */
	struct evert_questions *among;
	struct evert_list_node askers;
	struct evert_query query;
	struct evert_name_key key;
	struct evert_alias_way way;
	uint8_t name[EVERT_DNS_NAME_SIZE]; /* the key's */
};

/* ---- Those under way ---- */

void evert_questions_init(struct evert_questions *questions,
			  struct evert_reactor *reactor,
			  struct evert_dns_cache *cache)
{
	size_t i;

	questions->reactor = reactor;
	questions->cache = cache;
	questions->count = 0;
	questions->spares = (struct evert_stock){ .first = NULL };
	for (i = 0; i < EVERT_QUESTION_BUCKETS; i++)
		evert_list_init(&questions->buckets[i]);
}

static struct evert_question *at(struct evert_list_node *node)
{
	return evert_container_of(node, struct evert_question, node);
}

static struct evert_list_node *bucket_of(struct evert_questions *questions,
					 const struct evert_name_key *key)
{
	return &questions->buckets[key->hash % EVERT_QUESTION_BUCKETS];
}

static struct evert_question *find(struct evert_list_node *bucket,
				   const struct evert_name_key *key)
{
	struct evert_list_node *node;

	for (node = bucket->next; node != bucket; node = node->next)
		if (at(node)->key.hash == key->hash &&
		    evert_name_key_is(key, at(node)->name, at(node)->key.type))
			return at(node);
	return NULL;
}

static void leave(struct evert_question *question)
{
	if (evert_list_is_empty(&question->node))
		return;
	evert_list_remove(&question->node);
	question->among->count--;
}

static struct evert_question *any(struct evert_questions *questions)
{
	size_t i;

	for (i = 0; i < EVERT_QUESTION_BUCKETS; i++)
		if (!evert_list_is_empty(&questions->buckets[i]))
			return at(questions->buckets[i].next);
	return NULL;
}

static struct evert_question *take(struct evert_questions *questions)
{
	struct evert_question *question = evert_stock_take(&questions->spares);

	return question ? question : evert_allocate(sizeof(*question));
}

/* As many as were under way at once may soon be so again; when none is, some
   are enough. */
static void give_back(struct evert_questions *questions,
		      struct evert_question *question)
{
	evert_stock_give(&questions->spares, question);
	while (!questions->count && questions->spares.count > MOST_SPARES)
		evert_free(evert_stock_take(&questions->spares));
}

static void release(struct evert_question *question)
{
	leave(question);
	evert_query_end(&question->query);
	evert_alias_way_finish(&question->way);
	give_back(question->among, question);
}

/* ---- Telling ---- */

/* Who is told may ask anew: that is another question. */
static void tell(struct evert_question *question, struct evert_answer *answer)
{
	struct evert_asker *asker;

	leave(question);
	evert_query_end(&question->query);
	while (!evert_list_is_empty(&question->askers)) {
		asker = evert_container_of(question->askers.next,
					   struct evert_asker, node);
		evert_list_remove(&asker->node);
		asker->question = NULL;
		asker->answered(asker, answer);
	}
	evert_answer_release(answer);
	release(question);
}

static struct evert_answer *make_answer(struct evert_question *question,
					const struct evert_error *kind,
					int error, const char *words)
{
	struct evert_answer *answer =
		evert_answer_create(&question->key, words);

	if (!answer)
		return NULL;
	answer->kind = kind;
	answer->error = error;
	answer->made = answer->expires = question->among->reactor->clock.now;
	return answer;
}

static void keep_for(struct evert_question *question,
		     struct evert_answer *answer, uint32_t seconds,
		     uint32_t most)
{
	if (seconds > most)
		seconds = most;
	answer->expires = answer->made + seconds * SECOND;
	evert_dns_cache_keep(question->among->cache, answer);
}

/* ---- Outcomes ---- */

static void succeed(struct evert_question *question)
{
	struct evert_answer *answer = make_answer(question, NULL, 0, NULL);

	if (answer)
		answer->records = evert_alias_way_join(&question->way);
	if (answer && !answer->records) {
		evert_answer_release(answer);
		answer = NULL;
	}
	if (answer)
		keep_for(question, answer, question->way.ttl,
			 EVERT_CACHE_MOST_SECONDS);
	tell(question, answer);
}

/* For how long "no" may be kept: as the SOA says that comes with it. */
static uint32_t seconds_of_no(const struct evert_question *question,
			      const struct evert_dns_message *message)
{
	struct evert_dns_cursor cursor;
	struct evert_dns_record record;
	struct evert_dns_soa soa;

	evert_dns_cursor_start(&cursor, message, EVERT_DNS_AUTHORITY);
	while (evert_dns_cursor_next(&cursor, &record))
		if (!evert_dns_record_soa(&record, &soa) &&
		    evert_dns_name_is_below(question->way.end, record.name))
			return record.ttl < soa.minimum ? record.ttl :
							  soa.minimum;
	return 0;
}

static void say_no(struct evert_question *question,
		   const struct evert_dns_message *message)
{
	bool exists = message->header.rcode == EVERT_DNS_NOERROR;
	uint32_t seconds = seconds_of_no(question, message);
	char words[EVERT_QUERY_WORDS];
	struct evert_answer *answer;

	evert_query_who_said(&question->query, message->header.rcode, words);
	if (exists)
		strncat(words, ", without data",
			sizeof(words) - strlen(words) - 1);
	answer = make_answer(question, exists ? EVERT_NO_DATA : EVERT_NO_NAME,
			     exists ? ENODATA : ENOENT, words);
	if (answer)
		keep_for(question, answer,
			 seconds < question->way.ttl ? seconds :
						       question->way.ttl,
			 EVERT_CACHE_MOST_SECONDS_OF_NO);
	tell(question, answer);
}

static void fail_with(struct evert_question *question,
		      const struct evert_error *kind, int error,
		      const char *words)
{
	tell(question, make_answer(question, kind, error, words));
}

static void fail(struct evert_question *question)
{
	char words[EVERT_QUERY_WORDS];
	int error;
	const struct evert_error *kind =
		evert_query_why(&question->query, &error, words);

	fail_with(question, kind, error, words);
}

/* ---- Answers ---- */

static bool has_soa(const struct evert_dns_message *message)
{
	struct evert_dns_cursor cursor;
	struct evert_dns_record record;

	evert_dns_cursor_start(&cursor, message, EVERT_DNS_AUTHORITY);
	while (evert_dns_cursor_next(&cursor, &record))
		if (record.type == EVERT_DNS_SOA)
			return true;
	return false;
}

static void query_done(struct evert_query *query,
		       const struct evert_dns_message *answer);

/* The server has led us to an alias, and says nothing of it. */
static void ask_for_alias(struct evert_question *question)
{
	struct evert_name_config *config =
		evert_name_config_use(question->query.config);

	evert_query_end(&question->query);
	evert_query_begin(&question->query, config, question->way.end,
			  question->key.type, query_done);
	evert_name_config_release(config);
}

static void query_done(struct evert_query *query,
		       const struct evert_dns_message *answer)
{
	struct evert_question *question =
		evert_container_of(query, struct evert_question, query);
	size_t sets = question->way.set_count;
	int found;

	if (!answer) {
		fail(question);
		return;
	}
	found = evert_alias_way_go(&question->way, answer);
	if (found > 0)
		succeed(question);
	else if (found == -ELOOP)
		fail_with(question, EVERT_SERVER_FAILED, ELOOP,
			  "its aliases have no end");
	else if (found < 0)
		tell(question, NULL);
	else if (question->way.set_count > sets && !has_soa(answer) &&
		 answer->header.rcode == EVERT_DNS_NOERROR)
		ask_for_alias(question);
	else
		say_no(question, answer);
}

/* ---- Askers ---- */

static struct evert_question *begin(struct evert_questions *questions,
				    struct evert_list_node *bucket,
				    struct evert_name_config *config,
				    const struct evert_name_key *key)
{
	struct evert_question *question = take(questions);

	if (!question)
		return NULL;
	question->among = questions;
	question->key = *key;
	question->key.name = question->name;
	evert_list_init(&question->node);
	evert_list_init(&question->askers);
	memcpy(question->name, key->name, key->length);
	evert_alias_way_init(&question->way, question->name, key->type);
	evert_list_append(bucket, &question->node);
	questions->count++;
	evert_query_begin(&question->query, config, question->way.end,
			  key->type, query_done);
	return question;
}

int evert_question_ask(struct evert_questions *questions,
		       struct evert_name_config *config,
		       const struct evert_name_key *key,
		       struct evert_asker *asker)
{
	struct evert_list_node *bucket = bucket_of(questions, key);
	struct evert_question *question = find(bucket, key);

	if (!question)
		question = begin(questions, bucket, config, key);
	if (!question)
		return -ENOMEM;
	asker->question = question;
	evert_list_init(&asker->node);
	evert_list_append(&question->askers, &asker->node);
	return 0;
}

void evert_asker_end(struct evert_asker *asker)
{
	struct evert_question *question = asker->question;

	if (!question)
		return;
	asker->question = NULL;
	evert_list_remove(&asker->node);
	/* One that is no longer under way is telling them. */
	if (evert_list_is_empty(&question->askers) &&
	    !evert_list_is_empty(&question->node))
		release(question);
}

void evert_questions_fail(struct evert_questions *questions,
			  const struct evert_error *kind)
{
	struct evert_question *question;

	while ((question = any(questions)))
		fail_with(question, kind, 0, "");
}

/* ---- In a fork's child ---- */

static void for_each(struct evert_questions *questions,
		     void (*call)(struct evert_query *query))
{
	struct evert_list_node *node, *bucket;
	size_t i;

	for (i = 0; i < EVERT_QUESTION_BUCKETS; i++) {
		bucket = &questions->buckets[i];
		for (node = bucket->next; node != bucket; node = node->next)
			call(&at(node)->query);
	}
}

void evert_questions_interrupt(struct evert_questions *questions)
{
	for_each(questions, evert_query_interrupt);
}

void evert_questions_begin_anew(struct evert_questions *questions)
{
	for_each(questions, evert_query_begin_anew);
}
