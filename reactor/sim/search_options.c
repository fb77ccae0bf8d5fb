/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../deferred/base/say_internal.h"
#include "search_internal.h"

enum {
	USUAL_SEEDS = 1000,
	USUAL_SECONDS = 60,
	MOST_SECONDS = 1000000,
};

static const char *const traits[EVERT_SIM_TRAITS] = {
	[EVERT_SIM_JITTER] = "jitter",	 [EVERT_SIM_BANDWIDTH] = "bandwidth",
	[EVERT_SIM_BUFFERS] = "buffers", [EVERT_SIM_CUT] = "cut",
	[EVERT_SIM_LOSS] = "loss",	 [EVERT_SIM_DUPLICATE] = "duplicate",
	[EVERT_SIM_REORDER] = "reorder", [EVERT_SIM_DRIFT] = "drift",
};

static int read_number(const char *text, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 0);
	return errno || !*text || *end || *text == '-' ? -EINVAL : 0;
}

static int read_traits(const char *text, bool *without)
{
	size_t length, i;

	for (; *text; text += length + (text[length] == ',')) {
		length = strcspn(text, ",");
		for (i = 0; i < EVERT_SIM_TRAITS; i++)
			if (strlen(traits[i]) == length &&
			    !strncmp(traits[i], text, length))
				break;
		if (i == EVERT_SIM_TRAITS)
			return -EINVAL;
		without[i] = true;
	}
	return 0;
}

static int read_seconds(struct evert_sim_search *search, uint64_t seconds)
{
	search->seconds = (double)seconds;
	return seconds && seconds <= MOST_SECONDS ? 0 : -EINVAL;
}

static int read_option(struct evert_sim_search *search, const char *name,
		       const char *value)
{
	uint64_t number;
	int error;

	if (!strcmp(name, "--without"))
		return read_traits(value, search->variant.without);
	error = read_number(value, &number);
	if (!strcmp(name, "--seeds"))
		search->seeds = number;
	else if (!strcmp(name, "--from") || !strcmp(name, "--seed"))
		search->from = number;
	else if (!strcmp(name, "--seconds"))
		error = error ? error : read_seconds(search, number);
	else if (!strcmp(name, "--most"))
		search->variant.most = (size_t)number;
	else if (!strcmp(name, "--calm-after"))
		search->variant.calm_after = number;
	else
		error = -EINVAL;
	search->alone |= !strcmp(name, "--seed");
	return error;
}

int evert_sim_search_options(struct evert_sim_search *search, int argc,
			     char **argv)
{
	int i;

	search->program = argc ? argv[0] : "";
	search->seeds = USUAL_SEEDS;
	search->seconds = USUAL_SECONDS;
	for (i = 1; i < argc; i += 2) {
		if (i + 1 < argc && !read_option(search, argv[i], argv[i + 1]))
			continue;
		evert_say("usage: %s [--seeds N] [--from SEED] [--seed SEED] "
			  "[--seconds N] "
			  "[--without jitter,bandwidth,buffers,cut,loss,"
			  "duplicate,reorder,drift] "
			  "[--most N] [--calm-after STEP]\n",
			  search->program);
		return -EINVAL;
	}
	return 0;
}

/* As one word for a shell. */
static void add_word(struct evert_text *text, const char *word)
{
	const char *plain = "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+./,:@%";

	if (*word && !word[strspn(word, plain)]) {
		evert_text_add(text, "%s", word);
		return;
	}
	evert_text_add(text, "'");
	for (; *word; word++)
		if (*word == '\'')
			evert_text_add(text, "'\\''");
		else
			evert_text_add(text, "%c", *word);
	evert_text_add(text, "'");
}

static void add_traits(struct evert_text *text, const bool *without)
{
	const char *before = " --without ";
	size_t i;

	for (i = 0; i < EVERT_SIM_TRAITS; i++)
		if (without[i]) {
			evert_text_add(text, "%s%s", before, traits[i]);
			before = ",";
		}
}

void evert_sim_search_say(const struct evert_sim_search *search)
{
	const struct evert_sim_variant *variant = &search->variant;
	struct evert_text text;

	evert_text_init(&text, NULL);
	evert_text_add(&text, "  gdb -ex run --args ");
	add_word(&text, search->program);
	evert_text_add(&text, " --seed %" PRIu64, search->from);
	add_traits(&text, variant->without);
	if (variant->most)
		evert_text_add(&text, " --most %zu", variant->most);
	if (variant->calm_after)
		evert_text_add(&text, " --calm-after %" PRIu64,
			       variant->calm_after);
	evert_text_add(&text, "\n");
	evert_text_say(&text);
}
