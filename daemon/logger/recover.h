/* SPDX-License-Identifier: MIT */
/*
 * recover.h - what another logger had read and not written, when it died.
 */
#pragma once

#include "daemon/logger/stream.h"

enum { RECOVER_HOLD_MS = 10 * 1000 }; /* so long a log waits for its program to be described */

struct recovery {
	struct target **held; /* logs that bytes were left for */
	size_t n;
	mono_t until;
};

#define RECOVERY_INIT                                                                          \
	{                                                                                      \
		NULL, 0, MONO_NEVER                                                            \
	}

/* Hand out all that is left in @a: before anything new is read. How many bytes could not be. */
uint64_t recovery_begin(struct recovery *r, struct arena *a, struct targets *ts,
			struct streams *ss, mono_t now);

/* Hold on to no log any more; also when it never began. */
void recovery_end(struct recovery *r, mono_t now);
