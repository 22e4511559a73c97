/* SPDX-License-Identifier: MIT */
/*
 * stage.h - the way of a stream whose bytes do not go to one file as they are: several targets,
 * a format, a rate, capture mode, events.
 *
 * What is read waits in an inbox of the arena until it is passed on, and passing on is one
 * step: a successor of a killed logger finds it done for all targets or for none. Memory is
 * bounded: a line that is too long goes on in pieces.
 */
#pragma once

#include "daemon/logger/stream_rule.h"
#include "daemon/logger/targets.h"

struct stage;
struct stream_ears;
struct meter;

/* What came of a reading. GOT_LATER: not before *@ret_at of stage_take(). */
enum got { GOT_BYTES, GOT_NOTHING, GOT_END, GOT_NO_ROOM, GOT_LATER };

/* Whose it is; all borrowed. */
struct stage_owner {
	struct targets *targets;
	const struct stream_ears *ears;
	uint32_t id, which;
	struct waiter *waiter; /* for room */
	uint64_t *dropped; /* bytes, counted here */
	struct meter *meter; /* of both streams of the process; NULL: it has no rate */
};

/* 0 or -errno. */
_must_check_ int stage_new(const struct stage_owner *o, const struct stream_rule *rule,
			   struct stage **ret);
/* What is in the inbox is lost. NULL is fine. Returns NULL. */
struct stage *stage_free(struct stage *s, mono_t now);

/* Hand over what is in the inbox, NULL if nothing is; give it one that has none. */
struct chunk *stage_take_inbox(struct stage *s);
void stage_put_inbox(struct stage *s, struct chunk *inbox);

/* Read once from @fd, and pass on what can be. */
enum got stage_take(struct stage *s, int fd, mono_t now, size_t *ret_n, mono_t *ret_at);

/* Pass on what was held back. False: there is no room, or it is too early. */
bool stage_flush(struct stage *s, mono_t now, mono_t *ret_at);

/* The process of this stream, for formats that say it. */
void stage_born(struct stage *s, int32_t pid);

/* The first target that is a file, or NULL. */
struct target *stage_file(const struct stage *s);
