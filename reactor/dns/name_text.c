/* SPDX-License-Identifier: MIT */
/* Names as text. */
#include "name_internal.h"

#include <errno.h>
#include <string.h>

#define LABEL_MAX 63

void evert_dns_name_print(struct dns_text *out, const uint8_t *name)
{
	if (!*name)
		evert_dns_text_char(out, '.');
	for (; *name; name += 1 + *name) {
		for (size_t i = 1; i <= *name; i++)
			if (name[i] == ' ')
				evert_dns_text_string(out, "\\032");
			else
				evert_dns_text_byte(out, name[i], "\"().;\\@$");
		evert_dns_text_char(out, '.');
	}
}

const char *evert_dns_name_text(const uint8_t *name, char *text, size_t size)
{
	struct dns_text out;

	evert_dns_text_start(&out, text, size);
	evert_dns_name_print(&out, name);
	evert_dns_text_end(&out);
	return text;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int evert_dns_unescape(const char *text, size_t length, size_t *at)
{
	const char *here = text + *at;
	size_t left = length - *at;
	int byte;

	if (*here != '\\') {
		++*at;
		return (uint8_t)*here;
	}
	if (left < 2)
		return -EINVAL;
	if (!is_digit(here[1])) {
		*at += 2;
		return (uint8_t)here[1];
	}
	if (left < 4 || !is_digit(here[2]) || !is_digit(here[3]))
		return -EINVAL;
	byte = (here[1] - '0') * 100 + (here[2] - '0') * 10 + (here[3] - '0');
	if (byte > 255)
		return -EINVAL;
	*at += 4;
	return byte;
}

static int wrong(struct evert_dns_problem *problem, size_t at, int err,
		 const char *text)
{
	problem->at = at;
	problem->text = text;
	return err;
}

static int too_long(struct evert_dns_problem *problem, size_t at)
{
	return wrong(problem, at, -ENAMETOOLONG,
		     "a name of more than 255 bytes");
}

/* Copies what stands for itself, up to a dot, an escape, or where it would be
   too much: most labels are all of it. */
static size_t copy_plain(uint8_t *to, size_t room, const char *text,
			 size_t length)
{
	size_t most = length < LABEL_MAX ? length : LABEL_MAX;
	size_t i;

	if (most >= room)
		most = room ? room - 1 : 0;
	for (i = 0; i < most && text[i] != '.' && text[i] != '\\'; i++)
		to[i] = (uint8_t)text[i];
	return i;
}

/* One label, without its dot, to `label`, which has room for `room` bytes. */
static int parse_label(uint8_t *label, size_t room, const char *text,
		       size_t length, size_t *at,
		       struct evert_dns_problem *problem)
{
	size_t begin = *at;
	size_t count = copy_plain(label + 1, room, text + begin, length - begin);
	size_t here = begin + count;
	int byte;

	while (here < length && text[here] != '.') {
		byte = text[here] == '\\' ?
			       evert_dns_unescape(text, length, &here) :
			       (uint8_t)text[here++];
		if (byte < 0)
			return wrong(problem, here, -EINVAL, "a wrong escape");
		if (count == LABEL_MAX)
			return wrong(problem, begin, -ENAMETOOLONG,
				     "a label of more than 63 bytes");
		if (count + 1 >= room)
			return too_long(problem, begin);
		label[++count] = (uint8_t)byte;
	}
	if (!count)
		return wrong(problem, begin, -EINVAL, "an empty label");
	label[0] = (uint8_t)count;
	*at = here;
	return 0;
}

/* Behind the last label comes the root, or the origin. */
static int append_origin(uint8_t *name, size_t used, const uint8_t *origin,
			 struct evert_dns_problem *problem)
{
	static const uint8_t root[] = { 0 };
	size_t length;

	if (!origin)
		origin = root;
	length = evert_dns_name_length(origin);
	if (used + length > EVERT_DNS_NAME_SIZE)
		return too_long(problem, 0);
	memmove(name + used, origin, length);
	return 0;
}

int evert_dns_name_parse_span(uint8_t *name, const char *text, size_t length,
			      const uint8_t *origin,
			      struct evert_dns_problem *problem)
{
	size_t used = 0;
	size_t at = 0;
	int err;

	if (!length)
		return wrong(problem, 0, -EINVAL, "an empty name");
	if (length == 1 && *text == '.')
		return append_origin(name, 0, NULL, problem);
	while (at < length) {
		err = parse_label(name + used, EVERT_DNS_NAME_SIZE - 1 - used,
				  text, length, &at, problem);
		if (err)
			return err;
		used += 1U + name[used];
		if (at < length && ++at == length) /* the dot at the end */
			origin = NULL;
	}
	return append_origin(name, used, origin, problem);
}

int evert_dns_name_parse(uint8_t name[EVERT_DNS_NAME_SIZE], const char *text,
			 const uint8_t *origin)
{
	struct evert_dns_problem problem;

	return evert_dns_name_parse_span(name, text, strlen(text), origin,
					 &problem);
}
