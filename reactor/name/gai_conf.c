/* SPDX-License-Identifier: MIT */
#include "gai_conf_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../deferred/base/memory.h"
#include "config_file_internal.h"

/* RFC 6724, 2.1; and 3.2 for scopes. */
#define PREFIX(bits_, value_, ...) \
	{ .prefix.s6_addr = { __VA_ARGS__ }, .bits = bits_, .value = value_ }

static const struct evert_policy labels[] = {
	PREFIX(128, 0, [15] = 1),
	PREFIX(96, 4, [10] = 0xff, 0xff),
	PREFIX(96, 3, 0),
	PREFIX(32, 5, 0x20, 0x01),
	PREFIX(16, 2, 0x20, 0x02),
	PREFIX(16, 12, 0x3f, 0xfe),
	PREFIX(10, 11, 0xfe, 0xc0),
	PREFIX(7, 13, 0xfc),
	PREFIX(0, 1, 0),
};

static const struct evert_policy precedences[] = {
	PREFIX(128, 50, [15] = 1),
	PREFIX(96, 35, [10] = 0xff, 0xff),
	PREFIX(96, 1, 0),
	PREFIX(32, 5, 0x20, 0x01),
	PREFIX(16, 30, 0x20, 0x02),
	PREFIX(16, 1, 0x3f, 0xfe),
	PREFIX(10, 1, 0xfe, 0xc0),
	PREFIX(7, 3, 0xfc),
	PREFIX(0, 40, 0),
};

static const struct evert_policy scopes[] = {
	PREFIX(112, 2, [10] = 0xff, 0xff, 169, 254),
	PREFIX(104, 2, [10] = 0xff, 0xff, 127),
	PREFIX(0, 14, 0),
};

enum { DEFAULTS = sizeof(labels) / sizeof(*labels) };

/* ---- Tables ---- */

/* Longer prefixes before shorter ones; of equal ones the first counts. 0, or
   -ENOMEM. */
static int insert(struct evert_policy_table *table,
		  const struct evert_policy *policy)
{
	size_t i = table->count;
	struct evert_policy *policies = evert_reallocate(
		table->policies, (i + 1) * sizeof(*policies));

	if (!policies)
		return -ENOMEM;
	for (; i > 0 && policies[i - 1].bits < policy->bits; i--)
		policies[i] = policies[i - 1];
	policies[i] = *policy;
	table->policies = policies;
	table->count++;
	return 0;
}

/* The file's own entries, and for what they leave out the last of the
   defaults; or, if there are none, all defaults. */
static int complete(struct evert_policy_table *table,
		    const struct evert_policy *by_default, size_t count)
{
	size_t first = table->count ? count - 1 : 0, i;
	int error = 0;

	for (i = first; i < count && !error; i++)
		error = insert(table, &by_default[i]);
	return error;
}

static bool is_within(const struct in6_addr *address,
		      const struct evert_policy *policy)
{
	unsigned bytes = policy->bits / 8, rest = policy->bits % 8;

	if (memcmp(address->s6_addr, policy->prefix.s6_addr, bytes) != 0)
		return false;
	return !rest || !((address->s6_addr[bytes] ^
			   policy->prefix.s6_addr[bytes]) >>
			  (8 - rest));
}

static struct in6_addr as_ip6(const struct evert_address *address)
{
	struct in6_addr mapped = { .s6_addr = { [10] = 0xff, 0xff } };

	if (address->as.any.sa_family == AF_INET6)
		return address->as.ip6.sin6_addr;
	memcpy(&mapped.s6_addr[12], &address->as.ip4.sin_addr, 4);
	return mapped;
}

uint32_t evert_policy_of(const struct evert_policy_table *table,
			 const struct evert_address *address)
{
	struct in6_addr ip6 = as_ip6(address);
	size_t i = 0;

	while (i + 1 < table->count && !is_within(&ip6, &table->policies[i]))
		i++;
	return table->count ? table->policies[i].value : 0;
}

/* ---- The file ---- */

/* "2002::/16"; without a length all of it; a scope's also "10.0.0.0/8". */
static bool parse_prefix(struct evert_policy *policy, char *text)
{
	char *slash = strchr(text, '/'), *end = NULL;
	unsigned long bits = 0, most = 128;
	struct evert_address address;

	if (slash) {
		*slash = '\0';
		bits = strtoul(slash + 1, &end, 10);
		if (end == slash + 1 || *end)
			return false;
	}
	if (evert_address_parse(&address, text, 0))
		return false;
	if (address.as.any.sa_family == AF_INET)
		most = 32;
	if (!slash)
		bits = most;
	policy->prefix = as_ip6(&address);
	policy->bits = (uint8_t)(bits + (128 - most));
	return bits <= most;
}

static struct evert_policy_table *table_of(struct evert_policies *policies,
					   const char *keyword)
{
	if (!strcmp(keyword, "label"))
		return &policies->labels;
	if (!strcmp(keyword, "precedence"))
		return &policies->precedences;
	if (!strcmp(keyword, "scopev4"))
		return &policies->scopes;
	return NULL;
}

static int read_line(struct evert_policies *policies, char *line)
{
	struct evert_policy_table *table;
	struct evert_policy policy;
	char *keyword, *prefix, *value, *end;

	line[strcspn(line, "#")] = '\0';
	keyword = evert_config_word(&line);
	prefix = evert_config_word(&line);
	value = evert_config_word(&line);
	if (!value || !(table = table_of(policies, keyword)) ||
	    !parse_prefix(&policy, prefix))
		return 0;
	policy.value = (uint32_t)strtoul(value, &end, 10);
	return *end ? 0 : insert(table, &policy);
}

int evert_policies_read(struct evert_policies *policies, char *text)
{
	char *line;
	int error = 0;

	*policies = (struct evert_policies){ 0 };
	while (!error && (line = evert_config_line(&text)))
		error = read_line(policies, line);
	if (!error)
		error = complete(&policies->labels, labels, DEFAULTS);
	if (!error)
		error = complete(&policies->precedences, precedences, DEFAULTS);
	if (!error)
		error = complete(&policies->scopes, scopes,
				 sizeof(scopes) / sizeof(*scopes));
	return error;
}

void evert_policies_finish(struct evert_policies *policies)
{
	evert_free(policies->labels.policies);
	evert_free(policies->precedences.policies);
	evert_free(policies->scopes.policies);
	*policies = (struct evert_policies){ 0 };
}
