/* SPDX-License-Identifier: MIT */
/*
 * The registry: a list that only grows, at its head, so that it takes neither
 * a lock (which a fork might leave locked) nor memory. Behind it comes the
 * table of the built-in ones.
 */
#include "scheme_internal.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "../../deferred/base/bug.h"
#include "builtin_internal.h"

static _Atomic(struct evert_endpoint_scheme *) latest;

static struct evert_endpoint_scheme *
first_of(struct evert_endpoint_scheme *registered)
{
	return registered ? registered : &evert_builtins[0].scheme;
}

const struct evert_endpoint_scheme *evert_scheme_first(void)
{
	return first_of(atomic_load_explicit(&latest, memory_order_acquire));
}

/* What is registered has a next one, at the end the first of the table. */
const struct evert_endpoint_scheme *
evert_scheme_next(const struct evert_endpoint_scheme *scheme)
{
	if (!scheme->next)
		scheme = &(evert_container_of(scheme, struct evert_builtin,
					      scheme) + 1)->scheme;
	else
		scheme = scheme->next;
	return scheme->name ? scheme : NULL;
}

static const struct evert_endpoint_scheme *
find_from(const struct evert_endpoint_scheme *scheme, const char *name,
	  size_t length)
{
	while (scheme && (strlen(scheme->name) != length ||
			  memcmp(scheme->name, name, length) != 0))
		scheme = evert_scheme_next(scheme);
	return scheme;
}

const struct evert_endpoint_scheme *evert_scheme_find(const char *name,
						      size_t length)
{
	return find_from(evert_scheme_first(), name, length);
}

const struct evert_endpoint_scheme *
evert_scheme_below(const struct evert_endpoint_scheme *scheme)
{
	return scheme->over ?
		       evert_scheme_find(scheme->over, strlen(scheme->over)) :
		       NULL;
}

/* ---- Is it right? ---- */

static bool is_word(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

	return name && *name && !name[strspn(name, letters)];
}

static bool has(const struct evert_endpoint_scheme *scheme, const char *name)
{
	const struct evert_endpoint_parameter *p;

	for (; scheme; scheme = evert_scheme_below(scheme))
		for (p = scheme->parameters; p && p->name; p++)
			if (!strcmp(p->name, name))
				return true;
	return false;
}

static void check_parameters(const struct evert_endpoint_scheme *scheme,
			     const struct evert_endpoint_scheme *over)
{
	const struct evert_endpoint_parameter *p, *other;

	for (p = scheme->parameters; p && p->name; p++) {
		if (!is_word(p->name))
			evert_bug("the scheme \"%s\" has a parameter \"%s\", "
				  "which is no word of letters, digits and "
				  "hyphens", scheme->name, p->name);
		for (other = scheme->parameters; other < p; other++)
			if (!strcmp(p->name, other->name))
				evert_bug("the scheme \"%s\" has two "
					  "parameters \"%s\"", scheme->name,
					  p->name);
		if (has(over, p->name))
			evert_bug("the scheme \"%s\" has a parameter \"%s\", "
				  "and so has \"%s\", which it is over",
				  scheme->name, p->name, over->name);
	}
}

static void check(const struct evert_endpoint_scheme *scheme)
{
	const struct evert_endpoint_scheme *over = NULL;

	if (!is_word(scheme->name))
		evert_bug("a scheme is named \"%s\", which is no word of "
			  "letters, digits and hyphens",
			  scheme->name ? scheme->name : "");
	if (scheme->over) {
		over = evert_scheme_below(scheme);
		if (!over)
			evert_bug("the scheme \"%s\" is over \"%s\", which is "
				  "not registered: register that first",
				  scheme->name, scheme->over);
	}
	check_parameters(scheme, over);
}

int evert_endpoint_register(struct evert_endpoint_scheme *scheme)
{
	const struct evert_endpoint_scheme *same;
	struct evert_endpoint_scheme *first =
		atomic_load_explicit(&latest, memory_order_acquire);

	check(scheme);
	do {
		same = find_from(first_of(first), scheme->name,
				 strlen(scheme->name));
		if (same)
			return same == scheme ? 0 : -EEXIST;
		scheme->next = first_of(first);
	} while (!atomic_compare_exchange_weak_explicit(
		&latest, &first, scheme, memory_order_acq_rel,
		memory_order_acquire));
	return 0;
}
