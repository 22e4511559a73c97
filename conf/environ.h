/* SPDX-License-Identifier: MIT */
/*
 * environ.h - environment=: KEY=value pairs, quoted where needed, in the order given.
 */
#pragma once

#include "base/buf.h"
#include "conf/spec.h"

enum { ENVIRON_OK, ENVIRON_BAD };

/*
 * Read @text in POSIX manner; if that finds a quote that is not closed, in the manner of
 * supervisord before 4.4. A name that comes again keeps its place and takes the new value.
 * ENVIRON_BAD: @why says what is wrong, *@ret is untouched. Or -ENOMEM.
 */
_must_check_ int environ_parse(const char *text, struct env *ret, struct buf *why);

/* Write @e so that environ_parse() reads the same again. */
_must_check_ int environ_print(const struct env *e, struct buf *out);

/* @base with @more on top. */
_must_check_ int environ_merge(const struct env *base, const struct env *more, struct env *ret);

void environ_done(struct env *e);
