/* SPDX-License-Identifier: MIT */
/*
 * exact.h - reads a pipe so that the successor of a killed logger knows what was read.
 */
#pragma once

#include <sys/types.h>

#include "daemon/logger/arena.h"

enum { EXACT_NOTHING = 0, EXACT_END = -1 };

/*
 * Append at most @most bytes of @fd to @c, which has that much room. How many, or
 * EXACT_NOTHING: there are none now; EXACT_END: and no writer. On any thread.
 */
_must_check_ ssize_t exact_read(struct arena *a, struct chunk *c, int fd, size_t most);

/* The same for a pipe with very much in it; EXACT_NOTHING: there is less than EXACT_MUCH. */
enum { EXACT_MUCH = 4096 };
_must_check_ ssize_t exact_read_much(struct chunk *c, int fd, size_t most);

/* Finish what another logger began: afterwards @c has what was read, and no intent. */
void exact_settle(const struct arena *a, struct chunk *c);
