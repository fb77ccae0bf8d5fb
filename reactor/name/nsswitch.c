/* SPDX-License-Identifier: MIT */
/* nsswitch.conf(5), of which only "hosts" is looked at. */
#include <string.h>

#include "resolver_internal.h"

static void add_service(struct evert_name_services *services, const char *word)
{
	if (!strcmp(word, "files") && !services->dns)
		services->files = true;
	else if (!strcmp(word, "dns"))
		services->dns = true;
	else
		services->others = true;
}

static char *services_in(char *line)
{
	line[strcspn(line, "#")] = '\0';
	line += strspn(line, " \t");
	if (strncmp(line, "hosts", 5) != 0)
		return NULL;
	line += 5 + strspn(line + 5, " \t");
	return *line == ':' ? line + 1 : NULL;
}

/* The last line that says so counts; without one, glibc has both. */
void evert_name_services_read(struct evert_name_services *services, char *text)
{
	char *line, *rest, *word;

	*services = (struct evert_name_services){ .files = true, .dns = true };
	while ((line = evert_config_line(&text))) {
		rest = services_in(line);
		if (!rest)
			continue;
		*services = (struct evert_name_services){ 0 };
		while ((word = evert_config_word(&rest)))
			add_service(services, word);
	}
}
