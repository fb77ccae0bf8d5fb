/* SPDX-License-Identifier: MIT */
#include "target.h"

#include <string.h>

#include "../../reactor/layout_internal.h"
#include "../../reactor/transport/layout_internal.h"
#include "report.h"

/* ---- Which evert ---- */

static const char *short_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_library(const struct image *image)
{
	return strstr(short_name(image->name), ".so");
}

static bool has_evert(struct target *target, size_t index)
{
	struct image *image = images_open(&target->images, index);

	return image && symbols_named(&image->symbols, "evert_layout");
}

static bool find_image(struct target *target)
{
	struct images *images = &target->images;
	size_t i;

	target->evert = images->program;
	if (has_evert(target, images->program))
		return true;
	for (i = 0; i < images->count; i++) {
		target->evert = i;
		if (is_library(&images->all[i]) && has_evert(target, i))
			return true;
	}
	return false;
}

/* Why was none found? */
__attribute__((__noreturn__)) static void tell_why_none(struct target *target,
							const char *name)
{
	static const char gone[] = "can't be read, or is not what it was when "
				   "the program began";
	static const char bare[] = "was stripped, or is an evert that evert-ps "
				   "does not know";
	struct images *images = &target->images;
	const struct image *program = &images->all[images->program], *image;

	for (image = images->all; image < images->all + images->count; image++)
		if (!strncmp(short_name(image->name), "libevert.so", 11))
			give_up("%s: %s %s", name, image->name,
				image->state == IMAGE_BROKEN ? gone : bare);
	give_up("no evert is to be found in %s%s", name,
		program->has_symbols ? "" : ", which was stripped");
}

static void differs(const char *name)
{
	give_up("the evert in %s was built in another way than this "
		"evert-ps: its structures differ",
		name);
}

static void check_form(const struct evert_layout_form *form, const char *name)
{
	static const struct evert_layout_form ours = EVERT_LAYOUT_FORM;

	if (memcmp(form->magic, ours.magic, sizeof(ours.magic)))
		give_up("the memory of %s is damaged: evert's mark is not "
			"where it should be",
			name);
	if (memcmp(form->version, ours.version, sizeof(ours.version)))
		give_up("%s has evert %.*s, and this evert-ps is of %s", name,
			(int)sizeof(form->version), form->version,
			ours.version);
	if (memcmp(form->places, ours.places, sizeof(ours.places)))
		differs(name);
}

/* A program without connections may have been linked without it. */
static void check_transport(struct target *target, const char *name)
{
	static const struct evert_transport_layout ours =
		EVERT_TRANSPORT_LAYOUT;
	struct evert_transport_layout theirs;
	uint64_t at = target_address(target, "evert_transport_layout");

	if (at && (!READ(target->memory, at, &theirs) ||
		   memcmp(&theirs, &ours, sizeof(ours))))
		differs(name);
}

void target_find_evert(struct target *target, const char *name)
{
	struct evert_layout layout;

	if (!find_image(target))
		tell_why_none(target, name);
	if (!READ(target->memory, target_address(target, "evert_layout"),
		  &layout))
		give_up("the memory of %s can't be read where evert is", name);
	check_form(&layout.form, name);
	check_transport(target, name);
	target->reactors = address_of(layout.reactors);
}

/* ---- Asking ---- */

static const struct symbol *symbol_of(struct target *target, const char *name)
{
	return symbols_named(&target->images.all[target->evert].symbols, name);
}

uint64_t target_address(struct target *target, const char *name)
{
	const struct symbol *symbol = symbol_of(target, name);

	return symbol ? symbol->value + target->images.all[target->evert].bias :
			0;
}

bool target_thread_distance(struct target *target, const char *from,
			    const char *to, int64_t *distance)
{
	const struct symbol *first = symbol_of(target, from);
	const struct symbol *second = symbol_of(target, to);

	if (!first || !second)
		return false;
	*distance = (int64_t)(second->value - first->value);
	return true;
}

struct where target_where(struct target *target, uint64_t address)
{
	const struct symbol *symbol =
		address ? images_symbol(&target->images, address) : NULL;

	if (!symbol)
		return (struct where){ "?", "" };
	return (struct where){ symbol->name, symbol->source };
}
