/* SPDX-License-Identifier: MIT */
/*
 * expand.h - "%(name)s" in values: Python's formatting, against names that shadow each other.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* One name that can be used. A number formats as a number. */
struct name {
	const char *name;
	size_t len; /* of @name, which need not end there */
	const char *text; /* NULL: it is @number */
	long long number;
};

/* Names with the same prefix; what is not here is looked for in @outer. Borrows everything. */
struct scope {
	const struct scope *outer;
	const char *prefix; /* "" or "ENV_" */
	const struct name *v;
	size_t n;
};

enum { EXPAND_OK, EXPAND_REFUSED };

/*
 * Append @text to @out with every name replaced and "%%" as "%". @what is the key as messages
 * name it, "program:x.command". EXPAND_REFUSED: @why says what is wrong. Or -ENOMEM.
 */
_must_check_ int expand(const char *text, const struct scope *scope, const char *what,
			struct buf *out, struct buf *why);
