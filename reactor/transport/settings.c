/* SPDX-License-Identifier: MIT */
#include "settings_internal.h"

void evert_settings_add(struct evert_settings *s, const char *name, int level,
			int option, int value)
{
	s->all[s->count++] =
		(struct evert_setting){ name, level, option, value };
}

void evert_settings_choose(struct evert_settings *s, const char *name,
			   enum evert_choice choice, int usual, int level,
			   int option)
{
	if (choice != EVERT_AS_USUAL)
		evert_settings_add(s, name, level, option, choice == EVERT_ON);
	else if (usual >= 0)
		evert_settings_add(s, NULL, level, option, usual);
}

void evert_settings_number(struct evert_settings *s, const char *name,
			   int value, int level, int option)
{
	if (value)
		evert_settings_add(s, name, level, option, value);
}

int evert_settings_apply(struct evert_system *system, int fd,
			 const struct evert_settings *settings,
			 const char **what)
{
	const struct evert_setting *s;
	int error;

	for (s = settings->all; s < settings->all + settings->count; s++) {
		error = system->ops->setsockopt(system, fd, s->level, s->option,
						&s->value, sizeof(s->value));
		if (error && s->name) {
			*what = s->name;
			return error;
		}
	}
	return 0;
}
