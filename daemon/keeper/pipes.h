/* SPDX-License-Identifier: MIT */
/*
 * pipes.h - the streams of processes: read ends that live as long as the process is known, so
 * that no restart of anybody loses a byte or breaks a pipe.
 */
#pragma once

#include "daemon/keeper/keeper.h"

/* A write end of stream @which for the next incarnation, close-on-exec; the pipe is made if
 * there is none. 0 and *@ret_fd, or -errno: -EMFILE. */
_must_check_ int pipe_writer(struct keeper *k, struct slot *s, int which, int *ret_fd);

/*
 * Who died last, and unasked, is probably started again: open write ends for its successor
 * while the manager thinks about it. They hold the ends of its streams open, until it is
 * started, or settled: pipes_settle().
 */
void pipes_ahead(struct keeper *k);
void pipes_settle(struct slot *s);

/* There is a new logger: it has none of them. */
void pipes_untold(struct keeper *k);

/* Hand the logger what it does not have yet, as much as it takes at a time. */
void pipes_tell(struct keeper *k);

/* There is more to hand over, and nothing under way whose arrival would wake us. */
bool pipes_wait(const struct keeper *k);

/* The process is gone for good: detach and free it, but not before a logger has its pipes, for
 * there may be something in them. */
void pipes_forget(struct keeper *k, struct slot *s);
