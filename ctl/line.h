/* SPDX-License-Identifier: MIT */
/*
 * line.h - one connection to the daemon that never waits: calls go out and replies come in as
 * far as they can.
 */
#pragma once

#include "base/mono.h"
#include "proto/varlink.h"

enum { LINE_FDS = 3 };

struct line {
	int fd; /* -1: closed */
	struct varlink_stream in;
	struct buf out; /* the call that is being sent */
	size_t sent; /* of it */
	int fds[LINE_FDS]; /* borrowed; they go with the first byte */
	unsigned n_fds;
};

#define LINE_CLOSED                                                                            \
	{                                                                                      \
		.fd = -1                                                                       \
	}

/* Connect to the socket at @path. 0, or -errno: -ENOENT, -ECONNREFUSED, -EACCES; -ETIMEDOUT
 * after @patience (negative: none). */
_must_check_ int line_open(struct line *l, const char *path, msec_t patience);
void line_close(struct line *l);

/* Whether all that was said has been sent. */
bool line_idle(const struct line *l);

/*
 * Say a call; the line must be idle. @parameters are stolen; @fds are borrowed until it is idle
 * again. 0 or -errno; -E2BIG: the daemon takes no call as long as that. A daemon that hung up
 * is no error here: its last words may wait to be read.
 */
_must_check_ int line_call(struct line *l, const char *method, json_t *parameters, bool more,
			   const int *fds, unsigned n_fds);

/* Send more of it. */
_must_check_ int line_send(struct line *l);

/* Outcomes of line_reply(). */
enum { LINE_NOTHING, LINE_REPLY };

/* The next reply of what was received, if it is whole; free it with varlink_reply_done(). Or
 * -EBADMSG: that is no reply. */
_must_check_ int line_reply(struct line *l, struct varlink_reply *ret);

/* Receive a piece of what is there. 0 or -errno; -EPIPE: the daemon hung up. */
_must_check_ int line_receive(struct line *l);

/* What to poll(2) for. */
short line_events(const struct line *l);
