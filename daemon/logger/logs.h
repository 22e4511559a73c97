/* SPDX-License-Identifier: MIT */
/*
 * logs.h - shows the logs of many programs, merged by time, and with follow all that comes.
 *
 * What programs had printed when it was asked for is part of it. What is shown is read from the
 * files, on a thread for each who asks: rotation, packing, restarts of programs and slow
 * readers do not matter, and a log that has no file has nothing to show. Who asks for more than
 * one stream with one log gets its lines once.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "daemon/logger/stream.h"
#include "proto/link_log.h"

enum {
	LOGS_MAX = 16,
	LOGS_WAIT_MS = 2000, /* so long at most for what was printed before to be written */
};

struct logs;

/* The answer to a request, exactly one for each: 0, or an errno. ENOENT: none of them has a
 * file; EINVAL: the descriptor is neither a pipe nor a socket; EUSERS: LOGS_MAX are shown. */
typedef void logs_answer_fn(void *owner, uint32_t token, int error);

/* All borrowed. 0 or -ENOMEM. */
_must_check_ int logs_new(struct iopool *pool, struct streams *ss, logs_answer_fn *fn,
			  void *owner, struct logs **ret);

/* Begin; @fd is taken over. The answer comes inside of the call. */
void logs_add(struct logs *ls, const struct link_logs *m, int fd, mono_t now);

/* To be called once a turn, and at logs_due(). */
void logs_check(struct logs *ls, mono_t now);
mono_t logs_due(const struct logs *ls);

/* Let all end: their threads do so in a moment. */
void logs_end(struct logs *ls, mono_t now);
size_t logs_count(const struct logs *ls);

/* Only when the pool is idle. NULL is fine. Returns NULL. */
struct logs *logs_free(struct logs *ls, mono_t now);
