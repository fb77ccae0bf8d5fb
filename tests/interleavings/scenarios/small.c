/* SPDX-License-Identifier: MIT */
/* What is shared without a lock, and small: sets of records that several
   have; the list of endpoint schemes, which only grows. */
#include "../meet.h"

#include "../../../reactor/dns/record.h"
#include "../../../reactor/dns/records_internal.h"

/* Its list is begun anew in each interleaving. */
#include "../../../reactor/endpoint/scheme.c"

/* ---- Records ---- */

static const uint8_t name[] = { 0 };
static const uint8_t data[] = { 10, 0, 0, 1 };

static void use(void *arg)
{
	struct evert_dns_records *records = arg;

	meet_assert(records->record[0].data[3] == 1);
	evert_dns_records_destroy(records);
}

/* The last one frees them, whoever that is. */
static void share_records(int threads)
{
	struct evert_dns_record record = {
		.name = name,
		.data = data,
		.length = sizeof(data),
		.type = 1,
		.dns_class = 1,
	};
	struct evert_dns_records *records = evert_dns_records_copy(&record, 1);

	meet_assert(records);
	for (int i = 0; i < threads; i++)
		meet_start(use, evert_dns_records_use(records));
	use(records);
}

static void two_have_records(void)
{
	share_records(1);
}

static void four_have_records(void)
{
	share_records(3);
}

/* ---- Schemes ---- */

struct evert_builtin evert_builtins[] = {
	{ .scheme = { .name = "own" } },
	{ .scheme = { .name = NULL } },
};

static struct evert_endpoint_scheme scheme[3];
static bool is_entered[3];
static const char *const names[] = { "a", "b", "a" };

static void enter(void *arg)
{
	struct evert_endpoint_scheme *mine = arg;
	const char *called = names[mine - scheme];
	int error;

	mine->name = called;
	error = evert_endpoint_register(mine);
	meet_assert(!error || error == -EEXIST);
	is_entered[mine - scheme] = !error;
	meet_assert(evert_scheme_find(called, 1)->name == called);
	meet_assert(evert_scheme_find("own", 3));
}

static void begin_schemes(void)
{
	atomic_init(&latest, NULL);
	for (int i = 0; i < 3; i++)
		scheme[i] = (struct evert_endpoint_scheme){ .name = NULL };
}

/* One of two with the same name is entered. */
static void schemes_are_entered(int count)
{
	unsigned thread[3];
	int i;

	begin_schemes();
	for (i = 0; i < count; i++)
		thread[i] = meet_start(enter, &scheme[i]);
	for (i = 0; i < count; i++)
		meet_wait_for(thread[i]);
	meet_assert(evert_scheme_find("a", 1));
	meet_assert(evert_scheme_find("b", 1) == &scheme[1]);
	meet_assert(count < 3 || is_entered[0] != is_entered[2]);
}

static void two_schemes(void)
{
	schemes_are_entered(2);
}

static void three_schemes(void)
{
	schemes_are_entered(3);
}

const struct meet_scenario meet_small[] = {
	{ "records/2", two_have_records, false },
	{ "records/4", four_have_records, false },
	{ "schemes/2", two_schemes, false },
	{ "schemes/3", three_schemes, false },
	{ NULL, NULL, false },
};
