/* SPDX-License-Identifier: MIT */
/*
 * The words of a zone file (RFC 1035, 5.1), entry by entry. An entry ends with
 * its line, or if parentheses are open there, with the line that closes them.
 */
#ifndef EVERT_REACTOR_DNS_LEXER_INTERNAL_H
#define EVERT_REACTOR_DNS_LEXER_INTERNAL_H

#include "../../deferred/base/base.h"

struct dns_place {
	size_t line;   /* from 1 on */
	size_t column; /* from 1 on, in bytes */
};

struct dns_lexer {
	const char *text;
	size_t length;
	size_t at;
	size_t line;
	size_t line_begin;
	unsigned int depth; /* parentheses that are open */
	bool has_pairs;	    /* words of the form key="a b" */
	const uint8_t *origin;
	const char *problem; /* static */
	struct dns_place problem_place;
};

/* A word as it stands there, its escapes in it; without its quotes. */
struct dns_word {
	const char *text;
	size_t length;
	bool is_quoted;
	struct dns_place place;
};

/* Bytes made from words. */
struct dns_bytes {
	uint8_t *bytes;
	size_t size;
	size_t length;
};

/* Nothing read yet, all zero but for `origin`. */
void evert_dns_lexer_start(struct dns_lexer *lexer, const void *text,
			   size_t length, const uint8_t *origin);

/* The next word of the entry: 1; 0: it has no more; -EBADMSG, with the
   problem. */
int evert_dns_lexer_next(struct dns_lexer *lexer, struct dns_word *word);

/* The same, but having no more is a problem, too. 0, or -EBADMSG. */
int evert_dns_lexer_want(struct dns_lexer *lexer, struct dns_word *word);

/* Having more is one. 0, or -EBADMSG. */
int evert_dns_lexer_end(struct dns_lexer *lexer);

/* Passes over the rest of the entry and the end of its line, whatever is in
   it. */
void evert_dns_lexer_skip(struct dns_lexer *lexer);

/* Sets the problem: what is wrong with byte `at` of the word. -EBADMSG. */
int evert_dns_lexer_fail(struct dns_lexer *lexer, const struct dns_word *word,
			 size_t at, const char *problem);

bool evert_dns_word_is(const struct dns_word *word, const char *text);

/* Adds a byte, of a word that is being read. 0, or -EBADMSG: too many. */
int evert_dns_bytes_add(struct dns_bytes *out, uint8_t byte,
			struct dns_lexer *lexer, const struct dns_word *word);

#endif
