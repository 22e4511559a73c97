/* SPDX-License-Identifier: MIT */
/*
 * stream.h - what programs print: one stream for each standard output and standard error.
 *
 * A stream is known by the id of its process and by which of the two it is. It has two halves,
 * which come in either order and may come again: the pipe (from the keeper) and what is to be
 * done with it (from the manager). With both, it is read; nothing is read that cannot be put
 * where it belongs, so a program whose log hangs fills its pipe and waits, if it is to wait.
 *
 * Nothing is lost: before a pipe is closed, what is in it is read.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "daemon/logger/stream_rule.h"
#include "daemon/logger/targets.h"
#include "daemon/sys/loop.h"

enum {
	STREAM_LIMBO_MS = 10 * 1000, /* forgotten, but nobody ever said where its output goes */
	STREAM_DRAIN_MAX = 1024 * 1024, /* read so much of a forgotten one that never stops */
};

struct streams;

/* What streams have to say: bytes that were dropped, captured, or are events. */
struct stream_ears {
	void (*dropped)(void *owner, uint32_t id, uint32_t which, uint64_t total);
	void (*captured)(void *owner, uint32_t id, uint32_t which, const char *data,
			 size_t len);
	void (*lines)(void *owner, uint32_t id, uint32_t which, const char *data, size_t len);
	void *owner;
};

/* @l, @ts and @ears are borrowed. 0 or -errno. */
_must_check_ int streams_new(struct loop *l, struct targets *ts, const struct stream_ears *ears,
			     struct streams **ret);
/* What is still in pipes is lost: see streams_forget_all. NULL is fine. Returns NULL. */
struct streams *streams_free(struct streams *ss, mono_t now);

/* Read those that trickle not at each byte, but after a rest; for who looks at streams_due().
 */
void streams_let_rest(struct streams *ss);

/* Read from @fd, which is taken over in any case; an earlier pipe is read to its end first. 0
 * or -errno. */
_must_check_ int streams_pipe(struct streams *ss, uint32_t id, uint32_t which, int fd,
			      mono_t now);

/* Where it goes from now on. 0 or -errno. */
_must_check_ int streams_describe(struct streams *ss, uint32_t id, uint32_t which,
				  const struct stream_rule *rule, mono_t now);

/* The pipe had come to its end and has a writer again. */
void streams_rearm(struct streams *ss, uint32_t id, uint32_t which, mono_t now);

/* The process is this one now. */
void streams_born(struct streams *ss, uint32_t id, int32_t pid, mono_t now);

/* What another logger had read of a stream and not passed on; it is taken. 0 or -errno. */
_must_check_ int streams_adopt(struct streams *ss, struct chunk *inbox, mono_t now);

/* The process is gone for good: read what is left of both streams, then close them. */
void streams_forget(struct streams *ss, uint32_t id, mono_t now);

/* The end: all of them, and no new ones (-ENOENT). Without @hope nobody will describe those
 * that are not, and what is in their pipes is lost. */
void streams_forget_all(struct streams *ss, bool hope, mono_t now);

size_t streams_count(const struct streams *ss);

/* Call @fn for each that is described. */
void streams_each(const struct streams *ss,
		  void (*fn)(void *owner, uint32_t id, uint32_t which), void *owner);

/* Read now what there is, also of one that rests. */
void streams_look(struct streams *ss, uint32_t id, uint32_t which, mono_t now);

/* The first target of a stream that is a file, borrowed for this turn; NULL: it has none, or
 * there is no such one. */
struct target *streams_target(const struct streams *ss, uint32_t id, uint32_t which);

/* Bytes read from a stream so far, and, in *@ret_waiting, how many more are in its pipe; how
 * much of it there is: nothing, no pipe, or all. */
enum stream_half { STREAM_NONE, STREAM_DESCRIBED, STREAM_PIPED };
enum stream_half streams_position(const struct streams *ss, uint32_t id, uint32_t which,
				  uint64_t *ret_read, uint64_t *ret_waiting);

/* To be called once a turn, and at streams_due(). */
void streams_check(struct streams *ss, mono_t now);
mono_t streams_due(const struct streams *ss);
