/* SPDX-License-Identifier: MIT */
/*
 * tail.h - shows logs: writes the end of one to a descriptor, and with follow all that comes.
 *
 * What is in the program's pipe when a tail is asked for is part of it. A reader that is slow
 * loses nothing as long as the files are there, and holds up nobody. It ends when all is
 * written, when the other side closes the descriptor or sends something, and, following, when
 * nobody writes to the log any more.
 *
 * A process that is gone for good has no stream any more, once that was read to its end; the
 * log of one that keeps its log is then named by its path.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "daemon/logger/stream.h"
#include "daemon/sys/loop.h"

enum { TAILS_MAX = 64, TAIL_PIPE_MS = 1000 /* so long is a pipe waited for */ };

struct tails;

struct tail_request {
	uint32_t token;
	uint32_t id, which;
	uint64_t bytes;
	bool follow;
	const char *path; /* the log to show if there is no such stream; NULL or "": none */
	bool piped; /* the stream has a pipe, or will have one in a moment */
};

/* The answer to a request, exactly one for each: 0, or an errno. ENOENT: it has no log;
 * ESPIPE: what it logs to is not a file; EINVAL: the descriptor is neither a pipe nor a
 * socket; EUSERS: TAILS_MAX are under way. */
typedef void tail_answer_fn(void *owner, uint32_t token, int error);

/* @l, @ss and @all, their targets, are borrowed. 0 or -errno. */
_must_check_ int tails_new(struct loop *l, struct streams *ss, struct targets *all,
			   tail_answer_fn *fn, void *owner, struct tails **ret);

/* Begin; @fd is taken over. The answer may come inside of the call. */
void tails_add(struct tails *ts, const struct tail_request *q, int fd, mono_t now);

/* To be called once a turn, and at tails_due(): begins those whose programs' pipes have been
 * read. */
void tails_check(struct tails *ts, mono_t now);
mono_t tails_due(const struct tails *ts);

/* How many are under way. */
size_t tails_count(const struct tails *ts);

/* End all; none may be on a thread: the pool must be idle. NULL is fine. Returns NULL. */
struct tails *tails_free(struct tails *ts, mono_t now);
