/* SPDX-License-Identifier: MIT */
/*
 * say.h - tells the manager and the logger something; nobody is told nothing.
 *
 * What the manager must know for sure is state that is told again to the next one. A link that
 * cannot take a frame (no memory) is given up, so that this happens.
 */
#pragma once

#include "daemon/keeper/keeper.h"

void say(struct peer *p, const struct link_msg *m);

/* Of a start: it may wait a moment, or for something that does not. */
void say_later(struct keeper *k, struct peer *p, const struct link_msg *m);

/* A message of no more than its type. */
void say_type(struct peer *p, enum link_type type);

/* With a descriptor, which stays ours. 0, or -EMFILE or another -errno: not said. */
_must_check_ int say_fd(struct peer *p, const struct link_msg *m, int fd);

/* A line of the daemon's own log; kept for the next logger if there is none. */
__attribute__((format(printf, 3, 4))) void say_log(struct keeper *k, enum level level,
						   const char *fmt, ...);

/* Send the lines that were kept. */
void say_kept_lines(struct keeper *k);

/* No logger will come any more: leave them in the log file or on standard error. */
void say_last_lines(struct keeper *k);
