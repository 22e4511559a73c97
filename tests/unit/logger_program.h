/* SPDX-License-Identifier: MIT */
/*
 * logger_program.h - programs whose output the logger of logger_rig.h takes care of.
 */
#pragma once

#include "tests/unit/logger_rig.h"

/* A program, as far as a logger can see it. */
struct program {
	uint32_t id;
	int writer, reader; /* reader: the keeper's own */
};

static inline struct program program_new(uint32_t id)
{
	struct program p = { .id = id };
	int fds[2];

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	p.reader = fds[0];
	p.writer = fds[1];
	return p;
}

static inline void program_free(struct program *p)
{
	p->writer = fd_close(p->writer);
	p->reader = fd_close(p->reader);
}

static inline void give_pipe(const struct program *p)
{
	tell(keeper, &(struct link_msg){ .type = LINK_PIPE, .proc = { .id = p->id } },
	     p->reader);
	ping(); /* what the manager says comes by another way */
}

static inline const char *in_dir(const char *name)
{
	static char paths[4][PATH_MAX];
	static unsigned next;
	char *path = paths[next++ % 4];

	(void)snprintf(path, sizeof paths[0], "%s%s%s", *name == '/' ? "" : dir,
		       *name == '/' ? "" : "/", name);
	return path;
}

static inline void describe(const struct program *p, const char *log, int64_t maxbytes,
			    int backups)
{
	tell(manager,
	     &(struct link_msg){ .type = LINK_STREAM,
				 .stream = { .id = p->id,
					     .name = "p",
					     .group = "p",
					     .path = *log ? in_dir(log) : "",
					     .maxbytes = maxbytes,
					     .backups = backups } },
	     -1);
}

static inline struct program program_with(uint32_t id, const char *log)
{
	struct program p = program_new(id);

	give_pipe(&p);
	describe(&p, log, 0, 0);
	return p;
}

static inline void print(const struct program *p, const char *text)
{
	ck_assert_int_eq(write(p->writer, text, strlen(text)), (ssize_t)strlen(text));
}

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

/* Ask for the end of a log; what comes, to its end. That waits for the logger, too. */
static inline const char *tail(uint32_t id, uint64_t bytes)
{
	static struct buf text;
	char piece[4096];
	int p[2];
	ssize_t n;

	buf_clear(&text);
	tailed = -1;
	ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
	tell(manager,
	     &(struct link_msg){ .type = LINK_TAIL,
				 .tail = { .token = 1, .id = id, .bytes = bytes } },
	     p[1]);
	close(p[1]);
	while (tailed < 0)
		loop_turn(loop);
	while ((n = read(p[0], piece, sizeof piece)) > 0)
		ck_assert_int_eq(buf_append(&text, piece, (size_t)n), 0);
	close(p[0]);
	return buf_str(&text);
}
