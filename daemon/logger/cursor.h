/* SPDX-License-Identifier: MIT */
/*
 * cursor.h - where somebody is who reads a log, over all its rotations. Blocks.
 */
#pragma once

#include "daemon/logger/logfile.h"

struct cursor {
	int fd; /* -1: not begun */
	uint64_t gen;
	int64_t off;
	int64_t end; /* stop there; INT64_MAX: never */
};

#define CURSOR_INIT                                                                            \
	{                                                                                      \
		.fd = -1                                                                       \
	}

/* Begin @bytes before the present end, or at the beginning if there are fewer. Without
 * @follow, the present end is where it stops. 0 or -errno; -ESPIPE: not a file. */
_must_check_ int cursor_begin(struct cursor *c, struct logfile *f, const struct logrule *rule,
			      uint64_t bytes, bool follow);

/* The next bytes; 0: there are none now (or ever, when not following). Or -errno. */
_must_check_ ssize_t cursor_read(struct cursor *c, const struct logfile *f,
				 const struct logrule *rule, char *buf, size_t len);

void cursor_end(struct cursor *c);
