/* SPDX-License-Identifier: MIT */
/*
 * mainlog.h - the daemon's own log: lines from all its processes, in supervisord's format.
 *
 * "2026-11-22 23:40:57,669 WARN message", local time. Lines go to a file, to standard output,
 * or both. What comes before mainlog_configure() is kept, up to MAINLOG_BACKLOG, and so is what
 * a slow disk does not take yet; what is more than that is dropped, and the log says so.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/level.h"
#include "daemon/logger/targets.h"

enum {
	MAINLOG_BACKLOG = 1024 * 1024, /* bytes */
	MAINLOG_LINE = 32 * 1024, /* a longer line is cut, and says so */
};

struct mainlog;

struct mainlog_config {
	struct logrule rule; /* path "" or NULL: no file */
	enum level level; /* lines below are dropped */
	bool echo; /* also to standard output */
	bool syslog; /* also there */
};

/* @ts is borrowed. 0 or -errno. */
_must_check_ int mainlog_new(struct targets *ts, struct mainlog **ret);

/* What never found a file goes to standard error. NULL is fine. Returns NULL. */
struct mainlog *mainlog_free(struct mainlog *m, mono_t now);

/* From now on; may be called again. 0 or -errno. */
_must_check_ int mainlog_configure(struct mainlog *m, const struct mainlog_config *c,
				   mono_t now);

/* One line; @text needs no newline, and control characters in it are escaped. */
void mainlog_say(struct mainlog *m, enum level level, const char *text, int64_t wall_ms,
		 mono_t now);

/* Nothing waits here any more: all lines are with their targets. */
bool mainlog_flushed(const struct mainlog *m);

/* Append @text as a line of the log, newline included. 0 or -ENOMEM. */
_must_check_ int mainlog_format(struct buf *out, enum level level, const char *text,
				int64_t wall_ms);
