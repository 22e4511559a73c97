/* SPDX-License-Identifier: MIT */
/*
 * logger_parts.h - the inside of the logger for tests: a pool, its loop, targets; time is a
 * variable. Long, for most of the logger stands on these parts.
 */
#pragma once

#include "tests/unit/harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "daemon/logger/cursor.h"
#include "daemon/logger/outage.h"
#include "daemon/logger/stream_rule.h"
#include "daemon/logger/targets.h"
#include "daemon/sys/loop.h"

static char dir[64];
static struct loop *loop;
static struct iopool *pool;
static struct watch *pool_watch;
static struct arena *arena;
static struct targets *targets;
static mono_t now;
static struct target_report last_news; /* path is not to be used */
static unsigned news;

static inline void on_pool(struct watch *w, void *owner, int events)
{
	(void)w, (void)owner, (void)events;
	(void)iopool_collect(pool, now);
}

static inline void on_news(void *owner, const struct target_report *r)
{
	(void)owner;
	last_news = *r;
	news++;
}

static inline void parts_make(void)
{
	now = (mono_t){ 1000000 };
	news = 0;
	scratch_make(dir, sizeof dir);
	ck_assert_int_eq(loop_new(&loop), 0);
	ck_assert_int_eq(iopool_new(&pool), 0);
	ck_assert_int_eq(
		loop_watch(loop, iopool_fd(pool), WATCH_READ, on_pool, NULL, &pool_watch), 0);
	ck_assert_int_eq(arena_new(&(int){ -1 }, &arena), 0);
	ck_assert_int_eq(targets_new(pool, 8, on_news, NULL, &targets), 0);
	targets_use(targets, arena, now);
}

/* Until no thread has anything to do. */
static inline void settle(void)
{
	while (iopool_busy(pool))
		loop_turn(loop);
}

static inline void parts_done(void)
{
	settle();
	ck_assert_uint_eq(targets_count(targets), 0);
	targets = targets_free(targets);
	pool_watch = watch_drop(pool_watch);
	pool = iopool_free(pool);
	arena = arena_free(arena);
	loop = loop_free(loop);
	scratch_remove(dir);
}

/* "DIR/NAME", good until the fourth call after this one. */
static inline const char *in_dir(const char *name)
{
	static char paths[4][256];
	static unsigned next;
	char *path = paths[next++ % 4];

	(void)snprintf(path, sizeof paths[0], "%s/%s", dir, name);
	return path;
}

/* All of a file, "" if there is none; good until the next call. */
static inline const char *content(const char *name)
{
	static struct buf text;
	FILE *f = fopen(in_dir(name), "re");
	char piece[4096];
	size_t n;

	buf_clear(&text);
	while (f && (n = fread(piece, 1, sizeof piece, f)) > 0)
		ck_assert_int_eq(buf_append(&text, piece, n), 0);
	if (f)
		fclose(f);
	return buf_str(&text);
}

static inline bool exists(const char *name)
{
	return access(in_dir(name), F_OK) == 0;
}

static inline void make_file(const char *name, const char *text)
{
	FILE *f = fopen(in_dir(name), "we");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static inline struct logrule rule_for(const char *name, int64_t maxbytes, int backups)
{
	return (struct logrule){ .path = in_dir(name),
				 .maxbytes = maxbytes,
				 .backups = backups };
}

/* A stream that goes to @rule as it is. */
static inline struct stream_rule plainly(const struct logrule *rule)
{
	return (struct stream_rule){
		.to = rule, .n_to = 1, .name = "p", .group = "p", .prefix = ""
	};
}
