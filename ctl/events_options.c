/* SPDX-License-Identifier: MIT */
#include "ctl/events_options.h"

#include <errno.h>

#include "ctl/words.h"

enum { LAST = 100 };

struct given {
	struct events_options o;
	const char *last; /* NULL: LAST */
};

/* clang-format off */
#define FLAG(letter, name, kind, member, value, help) \
	{ letter, name, kind, offsetof(struct given, member), value, help }

static const struct flag rows[] = {
	FLAG('f', "follow", FLAG_SWITCH, o.follow, NULL, "go on until Ctrl-C"),
	FLAG('n', "last", FLAG_TEXT, last, "N|all", "begin with so many of those that are kept (100)"),
	FLAG('t', "type", FLAG_LIST, o.types, "TYPE", "of this type, or class of types; may be said again"),
};
/* clang-format on */

const struct flags events_flags = { rows, ARRAY_SIZE(rows) };

int events_options_read(size_t n, char *const *words, struct events_options *o, struct buf *why)
{
	struct given g = { .o = { .last = LAST } };
	int r = words_read(&events_flags, n, words, &g, &g.o.names, why);

	if (r == FLAGS_OK && g.last)
		r = words_count("-n", g.last, &g.o.last, why);
	*o = g.o;
	return r;
}

void events_options_done(struct events_options *o)
{
	texts_done(&o->types);
	texts_done(&o->names);
}
