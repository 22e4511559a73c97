/* SPDX-License-Identifier: MIT */
/*
 * events_options.h - the words of events: options, which may stand anywhere, and names. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ctl/flags.h"

struct events_options {
	bool follow;
	int64_t last; /* negative: all */
	struct texts types, names;
};

extern const struct flags events_flags;

/* As flags_read(). Free it in any case. */
_must_check_ int events_options_read(size_t n, char *const *words, struct events_options *o,
				     struct buf *why);
void events_options_done(struct events_options *o);
