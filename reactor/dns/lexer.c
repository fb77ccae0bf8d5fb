/* SPDX-License-Identifier: MIT */
#include "lexer_internal.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

void evert_dns_lexer_start(struct dns_lexer *lexer, const void *text,
			   size_t length, const uint8_t *origin)
{
	*lexer = (struct dns_lexer){
		.text = text,
		.length = length,
		.line = 1,
		.origin = origin,
	};
}

static struct dns_place here(const struct dns_lexer *lexer)
{
	return (struct dns_place){ lexer->line,
				   lexer->at - lexer->line_begin + 1 };
}

static int fail_here(struct dns_lexer *lexer, const char *problem)
{
	lexer->problem = problem;
	lexer->problem_place = here(lexer);
	return -EBADMSG;
}

int evert_dns_lexer_fail(struct dns_lexer *lexer, const struct dns_word *word,
			 size_t at, const char *problem)
{
	lexer->problem = problem;
	lexer->problem_place = word->place;
	lexer->problem_place.column += word->is_quoted + at;
	return -EBADMSG;
}

static void pass_comment(struct dns_lexer *lexer)
{
	const char *begin = lexer->text + lexer->at;
	const char *end = memchr(begin, '\n', lexer->length - lexer->at);

	lexer->at = end ? (size_t)(end - lexer->text) : lexer->length;
}

static void pass_line_end(struct dns_lexer *lexer)
{
	lexer->line++;
	lexer->line_begin = ++lexer->at;
}

/* To the next word: 1; to the end of the entry: 0. */
static int pass_blanks(struct dns_lexer *lexer)
{
	for (; lexer->at < lexer->length; lexer->at++) {
		switch (lexer->text[lexer->at]) {
		case ' ':
		case '\t':
		case '\r':
			break;
		case '(':
			lexer->depth++;
			break;
		case ')':
			if (!lexer->depth)
				return fail_here(lexer, "a parenthesis that "
							"nothing opened");
			lexer->depth--;
			break;
		case ';':
			pass_comment(lexer);
			lexer->at--;
			break;
		case '\n':
			if (!lexer->depth)
				return 0;
			pass_line_end(lexer);
			lexer->at--;
			break;
		default:
			return 1;
		}
	}
	return lexer->depth ? fail_here(lexer, "a parenthesis is not closed")
			    : 0;
}

static bool is_end(char c)
{
	return c && strchr(" \t\r\n;()\"", c);
}

/* To the quote that closes, from behind the one that opened. */
static int pass_quoted(struct dns_lexer *lexer)
{
	for (; lexer->at < lexer->length; lexer->at++) {
		if (lexer->text[lexer->at] == '"')
			return 0;
		if (lexer->text[lexer->at] == '\n')
			break;
		if (lexer->text[lexer->at] == '\\' &&
		    lexer->at + 1 < lexer->length &&
		    lexer->text[lexer->at + 1] != '\n')
			lexer->at++;
	}
	return fail_here(lexer, "a quote is not closed");
}

/* A pair's value may be quoted: the quotes are left in its word. */
static bool begins_value(const struct dns_lexer *lexer, size_t begin)
{
	return lexer->has_pairs && lexer->at > begin &&
	       lexer->text[lexer->at] == '"' &&
	       lexer->text[lexer->at - 1] == '=';
}

static int pass_plain(struct dns_lexer *lexer)
{
	size_t begin = lexer->at;

	for (; lexer->at < lexer->length; lexer->at++) {
		if (begins_value(lexer, begin)) {
			lexer->at++;
			if (pass_quoted(lexer))
				return -EBADMSG;
		} else if (is_end(lexer->text[lexer->at])) {
			return 0;
		} else if (lexer->text[lexer->at] == '\\' &&
			   lexer->at + 1 < lexer->length &&
			   lexer->text[lexer->at + 1] != '\n') {
			lexer->at++;
		}
	}
	return 0;
}

int evert_dns_lexer_next(struct dns_lexer *lexer, struct dns_word *word)
{
	int found = pass_blanks(lexer);
	int err;

	if (found <= 0)
		return found;
	word->place = here(lexer);
	word->is_quoted = lexer->text[lexer->at] == '"';
	lexer->at += word->is_quoted;
	word->text = lexer->text + lexer->at;
	err = word->is_quoted ? pass_quoted(lexer) : pass_plain(lexer);
	word->length = (size_t)(lexer->text + lexer->at - word->text);
	if (err)
		return err;
	lexer->at += word->is_quoted;
	return 1;
}

int evert_dns_lexer_want(struct dns_lexer *lexer, struct dns_word *word)
{
	int found = evert_dns_lexer_next(lexer, word);

	if (found)
		return found < 0 ? found : 0;
	return fail_here(lexer, "the entry ends too early");
}

int evert_dns_lexer_end(struct dns_lexer *lexer)
{
	struct dns_word word;
	int found = evert_dns_lexer_next(lexer, &word);

	if (found > 0)
		return evert_dns_lexer_fail(lexer, &word, 0,
					    "more than belongs there");
	return found;
}

void evert_dns_lexer_skip(struct dns_lexer *lexer)
{
	const struct dns_lexer before = *lexer;
	struct dns_word word;
	int found;

	do {
		found = evert_dns_lexer_next(lexer, &word);
	} while (found > 0);
	if (found < 0) /* the next entry is no part of what is wrong here */
		pass_comment(lexer);
	lexer->depth = 0;
	if (lexer->at < lexer->length)
		pass_line_end(lexer);
	lexer->problem = before.problem;
	lexer->problem_place = before.problem_place;
}

bool evert_dns_word_is(const struct dns_word *word, const char *text)
{
	return !word->is_quoted && word->length == strlen(text) &&
	       !strncasecmp(word->text, text, word->length);
}

int evert_dns_bytes_add(struct dns_bytes *out, uint8_t byte,
			struct dns_lexer *lexer, const struct dns_word *word)
{
	if (out->length == out->size)
		return evert_dns_lexer_fail(lexer, word, 0,
					    "more data than a record holds");
	out->bytes[out->length++] = byte;
	return 0;
}
