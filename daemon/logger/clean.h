/* SPDX-License-Identifier: MIT */
/*
 * clean.h - removes the AUTO logs that earlier instances left in a directory.
 *
 * Theirs are the regular files called *---IDENT-*.log*. What belongs to a log in use is kept.
 */
#pragma once

#include <stdbool.h>

#include "daemon/logger/iopool.h"

struct clean;

/* Whether the log at @path is in use. */
typedef bool clean_used_fn(void *owner, const char *path);

/* Clean @dir of logs of @ident, on a thread, at once. 0 and *@ret, or -errno. */
_must_check_ int clean_new(struct iopool *p, const char *dir, const char *ident,
			   clean_used_fn *used, void *owner, mono_t now, struct clean **ret);
bool clean_over(const struct clean *c);

/* Only when it is over. NULL is fine. Returns NULL. */
struct clean *clean_free(struct clean *c);

/* Whether an AUTO log of @ident may have this name. */
bool clean_matches(const char *name, const char *ident);
