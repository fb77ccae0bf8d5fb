/* SPDX-License-Identifier: MIT */
#include "registry_internal.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "../../deferred/base/memory.h"
#include "scheme.h"

struct registered {
	struct registered *next;
	struct evert_tls_context *context;
	char name[];
};

/* Strings are used in any thread. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct registered *all;
static struct evert_tls_context *common;

static struct registered **find(const char *name)
{
	struct registered **at = &all;

	while (*at && strcmp((*at)->name, name) != 0)
		at = &(*at)->next;
	return at;
}

static int add(struct registered **at, struct evert_tls_context *context,
	       const char *name)
{
	size_t size = strlen(name) + 1;
	struct registered *one = evert_allocate(sizeof(*one) + size);

	if (!one)
		return -ENOMEM;
	one->next = NULL;
	one->context = evert_tls_context_keep(context);
	memcpy(one->name, name, size);
	*at = one;
	return 0;
}

static void drop(struct registered **at)
{
	struct registered *one = *at;

	*at = one->next;
	evert_free(one);
}

/* The context that was there goes outside of the lock. */
int evert_tls_context_register(struct evert_tls_context *context,
			       const char *name)
{
	struct evert_tls_context *former = NULL;
	struct registered **at;
	int error = 0;

	pthread_mutex_lock(&lock);
	at = find(name);
	if (*at)
		former = (*at)->context;
	if (*at && context)
		(*at)->context = evert_tls_context_keep(context);
	else if (*at)
		drop(at);
	else if (context)
		error = add(at, context, name);
	pthread_mutex_unlock(&lock);
	evert_tls_context_release(former);
	return error;
}

struct evert_tls_context *evert_tls_registry_find(const char *name)
{
	struct evert_tls_context *found = NULL;
	struct registered *one;

	pthread_mutex_lock(&lock);
	one = *find(name);
	if (one)
		found = evert_tls_context_keep(one->context);
	pthread_mutex_unlock(&lock);
	return found;
}

struct evert_tls_context *
evert_tls_registry_default(struct evert_failure **failure, const char *place)
{
	*failure = NULL;
	pthread_mutex_lock(&lock);
	if (!common)
		*failure = evert_tls_context_create_at(
			&common, EVERT_TLS_CLIENT, NULL, place);
	if (common)
		evert_tls_context_keep(common);
	pthread_mutex_unlock(&lock);
	return common;
}
