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

/* Each with a value: a number, from `least` to `most`, or names. */
enum option {
	SEEDS,
	FROM,
	SEED,
	SECONDS,
	WITHOUT,
	MOST,
	CALM_AFTER,
	OPTIONS,
};

static const struct {
	const char *name;
	uint64_t least, most;
} options[OPTIONS] = {
	[SEEDS] = {"--seeds", 1, UINT64_MAX},
	[FROM] = {"--from", 0, UINT64_MAX},
	[SEED] = {"--seed", 0, UINT64_MAX},
	[SECONDS] = {"--seconds", 1, MOST_SECONDS},
	[WITHOUT] = {"--without", 0, 0},
	[MOST] = {"--most", 0, SIZE_MAX},
	[CALM_AFTER] = {"--calm-after", 0, UINT64_MAX},
};

/* ---- What is wrong ---- */

static void begin_complaint(struct evert_text *text, const char *program,
			    const char *option, const char *value)
{
	const char *slash = strrchr(program, '/');

	evert_text_init(text, NULL);
	evert_text_add(text, "%s: %s%s%s: ", slash ? slash + 1 : program,
		       option, value ? " " : "", value ? value : "");
}

static void complain_of_name(const char *program, const char *name)
{
	struct evert_text text;
	size_t i;

	begin_complaint(&text, program, name, NULL);
	evert_text_add(&text, "there is no such option, only");
	for (i = 0; i < OPTIONS; i++)
		evert_text_add(&text, "%s %s%s", i ? "," : "", options[i].name,
			       i == WITHOUT ? " NAMES" : " N");
	evert_text_add(&text, "\n");
	evert_text_say(&text);
}

static void add_number_needed(struct evert_text *text, uint64_t least,
			      uint64_t most)
{
	evert_text_add(text, "a number from %" PRIu64 " to ", least);
	if (most == UINT64_MAX)
		evert_text_add(text, "2^64-1 is needed\n");
	else
		evert_text_add(text, "%" PRIu64 " is needed\n", most);
}

static void add_names_needed(struct evert_text *text)
{
	size_t i;

	evert_text_add(text, "some of ");
	for (i = 0; i < EVERT_SIM_TRAITS; i++)
		evert_text_add(text, "%s%s", i ? "," : "", traits[i]);
	evert_text_add(text, " are needed\n");
}

/* `value` is NULL if there is none. */
static void complain_of_value(const char *program, enum option option,
			      const char *value)
{
	struct evert_text text;

	begin_complaint(&text, program, options[option].name, value);
	if (option == WITHOUT)
		add_names_needed(&text);
	else
		add_number_needed(&text, options[option].least,
				  options[option].most);
	evert_text_say(&text);
}

static void complain_of_pair(const char *program, char *const *given,
			     enum option other)
{
	struct evert_text text;

	begin_complaint(&text, program, options[SEED].name, given[SEED]);
	evert_text_add(&text, "one seed alone, so %s %s is not for it\n",
		       options[other].name, given[other]);
	evert_text_say(&text);
}

/* ---- Reading ---- */

/* Decimal, whatever zeros stand before it. */
static bool read_number(const char *text, enum option option, uint64_t *number)
{
	if (!*text || text[strspn(text, "0123456789")])
		return false;
	errno = 0;
	*number = strtoull(text, NULL, 10);
	return !errno && *number >= options[option].least &&
	       *number <= options[option].most;
}

static bool read_trait(const char *text, size_t length, bool *without)
{
	size_t i;

	for (i = 0; i < EVERT_SIM_TRAITS; i++)
		if (strlen(traits[i]) == length &&
		    !strncmp(traits[i], text, length))
			return without[i] = true;
	return false;
}

static bool read_traits(const char *text, bool *without)
{
	size_t length = strcspn(text, ",");

	if (!read_trait(text, length, without))
		return false;
	return !text[length] || read_traits(text + length + 1, without);
}

static bool read_value(struct evert_sim_search *search, enum option option,
		       const char *value)
{
	uint64_t number;

	if (option == WITHOUT)
		return read_traits(value, search->variant.without);
	if (!read_number(value, option, &number))
		return false;
	if (option == SEEDS)
		search->seeds = number;
	else if (option == FROM || option == SEED)
		search->from = number;
	else if (option == SECONDS)
		search->seconds = (double)number;
	else if (option == MOST)
		search->variant.most = (size_t)number;
	else
		search->variant.calm_after = number;
	return true;
}

static enum option find_option(const char *name)
{
	enum option option = 0;

	while (option < OPTIONS && strcmp(options[option].name, name))
		option++;
	return option;
}

/* `given` are the values, by option. */
static int read_options(struct evert_sim_search *search, int argc, char **argv,
			char **given)
{
	enum option option;
	int i;

	for (i = 1; i < argc; i += 2) {
		option = find_option(argv[i]);
		if (option == OPTIONS) {
			complain_of_name(search->program, argv[i]);
			return -EINVAL;
		}
		given[option] = i + 1 < argc ? argv[i + 1] : NULL;
		if (!given[option] ||
		    !read_value(search, option, given[option])) {
			complain_of_value(search->program, option,
					  given[option]);
			return -EINVAL;
		}
	}
	return 0;
}

/* What is for many seeds is not for one. */
static int check_alone(const struct evert_sim_search *search,
		       char *const *given)
{
	static const enum option for_many[] = {SEEDS, FROM, SECONDS};
	size_t i;

	for (i = 0; i < sizeof(for_many) / sizeof(for_many[0]); i++)
		if (given[for_many[i]]) {
			complain_of_pair(search->program, given, for_many[i]);
			return -EINVAL;
		}
	return 0;
}

int evert_sim_search_options(struct evert_sim_search *search, int argc,
			     char **argv)
{
	char *given[OPTIONS] = {NULL};

	search->program = argc ? argv[0] : "";
	search->seeds = USUAL_SEEDS;
	search->seconds = USUAL_SECONDS;
	search->variant = (struct evert_sim_variant)EVERT_SIM_NO_VARIANT;
	if (read_options(search, argc, argv, given))
		return -EINVAL;
	search->alone = given[SEED];
	return search->alone ? check_alone(search, given) : 0;
}

/* ---- Saying them ---- */

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
	if (variant->most != SIZE_MAX)
		evert_text_add(&text, " --most %zu", variant->most);
	if (variant->calm_after != UINT64_MAX)
		evert_text_add(&text, " --calm-after %" PRIu64,
			       variant->calm_after);
	evert_text_add(&text, "\n");
	evert_text_say(&text);
}
