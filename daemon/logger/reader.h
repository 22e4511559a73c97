/* SPDX-License-Identifier: MIT */
/*
 * reader.h - somebody who reads a log along with those who write it.
 *
 * Attached to a target (target.h), it asks for the next bytes and is called when they are
 * there. It is served when everything up to byte @after of the target is settled: who waits
 * for news asks for one byte more than there are.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/list.h"
#include "base/mono.h"
#include "daemon/logger/cursor.h"

struct target;

struct reader {
	struct list link; /* of the readers of the target */
	struct target *target; /* NULL: not attached */
	struct cursor cursor;
	uint64_t bytes; /* begin so many from the end */
	bool follow;
	bool wanted; /* a request stands */
	bool in_work; /* a thread has it: it must stay */
	uint64_t after;
	char *buf; /* where to, and how much at most */
	size_t size;
	ssize_t result; /* as of cursor_read(); -ECANCELED: nobody writes there any more */
	void (*fn)(struct reader *r, mono_t now);
};

/* The first of @readers that can be served when @settled bytes are settled, or NULL. */
struct reader *readers_ready(const struct list *readers, uint64_t settled);

/* Answer the request of @r, and put it behind the others. */
void reader_serve(struct list *readers, struct reader *r, mono_t now);

/* There will be nothing more: tell those who wait, with -ECANCELED. */
void readers_dismiss(const struct list *readers, mono_t now);
