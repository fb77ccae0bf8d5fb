/* SPDX-License-Identifier: MIT */
#include "sorting.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void sorting_write_prefix(char prefix[SORTING_PREFIX], uint64_t length)
{
	int i;

	for (i = SORTING_PREFIX - 1; i >= 0; i--, length >>= 8)
		prefix[i] = (char)(length & 0xff);
}

uint64_t sorting_read_prefix(const char prefix[SORTING_PREFIX])
{
	uint64_t length = 0;
	int i;

	for (i = 0; i < SORTING_PREFIX; i++)
		length = length << 8 | (unsigned char)prefix[i];
	return length;
}

struct number {
	long double value;
	const char *text;
	size_t length;
};

struct list {
	const char *begin, *at; /* a zero byte ends it */
	struct number *numbers;
	size_t count;
};

/* ---- Reading ---- */

static void skip_blanks(struct list *list)
{
	list->at += strspn(list->at, " \t\r\n");
}

/* How long the number there is, by JSON's rules; 0: there is none. */
static size_t number_length(const char *text)
{
	const char *at = text + (*text == '-');
	size_t digits = strspn(at, "0123456789");

	if (!digits || (*at == '0' && digits > 1))
		return 0;
	at += digits;
	if (*at == '.') {
		digits = strspn(++at, "0123456789");
		if (!digits)
			return 0;
		at += digits;
	}
	if (*at == 'e' || *at == 'E') {
		at++;
		at += *at == '-' || *at == '+';
		digits = strspn(at, "0123456789");
		if (!digits)
			return 0;
		at += digits;
	}
	return (size_t)(at - text);
}

static bool read_number(struct list *list)
{
	struct number *number = &list->numbers[list->count];

	skip_blanks(list);
	number->text = list->at;
	number->length = number_length(list->at);
	if (!number->length)
		return false;
	number->value = strtold(list->at, NULL);
	list->at += number->length;
	list->count++;
	skip_blanks(list);
	return true;
}

static bool read_list(struct list *list)
{
	skip_blanks(list);
	if (*list->at++ != '[')
		return false;
	skip_blanks(list);
	if (*list->at != ']') {
		if (!read_number(list))
			return false;
		while (*list->at == ',') {
			list->at++;
			if (!read_number(list))
				return false;
		}
		if (*list->at != ']')
			return false;
	}
	list->at++;
	skip_blanks(list);
	return true;
}

/* ---- Sorting ---- */

/* As a gnome sorts flower pots: one step forward, and back with each that is
   not in its place. */
static void sort(struct number *numbers, size_t count)
{
	struct number moved;
	size_t i = 1;

	while (i < count) {
		if (numbers[i].value >= numbers[i - 1].value) {
			i++;
			continue;
		}
		moved = numbers[i];
		numbers[i] = numbers[i - 1];
		numbers[i - 1] = moved;
		if (i > 1)
			i--;
	}
}

/* ---- Writing ---- */

static struct evert_result write_list(const struct list *list, size_t length)
{
	/* Behind each number a comma and a blank, as Python writes it. */
	char *text = malloc(length + 2 * list->count + 2), *at = text;
	struct evert_result result;
	size_t i;

	if (!text)
		return evert_result_fail(EVERT_NO_MEMORY, ENOMEM, "the list");
	*at++ = '[';
	for (i = 0; i < list->count; i++) {
		if (i) {
			*at++ = ',';
			*at++ = ' ';
		}
		memcpy(at, list->numbers[i].text, list->numbers[i].length);
		at += list->numbers[i].length;
	}
	*at++ = ']';
	result = evert_result_text(text, (size_t)(at - text));
	free(text);
	return result;
}

static struct evert_result sort_text(struct list *list, size_t length)
{
	if (!read_list(list) || (size_t)(list->at - list->begin) != length)
		return evert_result_fail(EVERT_ERROR, 0,
					 "not a list of numbers in JSON, at "
					 "byte %zu",
					 (size_t)(list->at - list->begin));
	sort(list->numbers, list->count);
	return write_list(list, length);
}

struct evert_result sort_list(const char *bytes, size_t length)
{
	char *text = malloc(length + 1);
	/* A number and its comma are two bytes at least. */
	struct list list = { text, text, NULL, 0 };
	struct evert_result result;

	list.numbers = malloc((length / 2 + 1) * sizeof(*list.numbers));
	if (text && list.numbers) {
		memcpy(text, bytes, length);
		text[length] = '\0';
		result = sort_text(&list, length);
	} else {
		result = evert_result_fail(EVERT_NO_MEMORY, ENOMEM, "the list");
	}
	free(list.numbers);
	free(text);
	return result;
}
