/* SPDX-License-Identifier: MIT */
/*
 * streams.h - where the output of each process goes, as the logger is told and as status shows.
 */
#pragma once

#include "daemon/manager/manager.h"

enum { STREAM_OUT, STREAM_ERR, STREAM_N };

/*
 * The log file of @u: as configured, or the name made up for AUTO, which stays the same for as
 * long as the process is in the roster. Empty if there is none. 0 or -ENOMEM.
 */
_must_check_ int streams_path(const struct manager *m, const struct unit *u, int which,
			      struct buf *out);

/* "stdout" or "stderr"; -1: neither. */
int streams_which(const char *channel);

/* Tell the logger about the streams of one process; of the daemon's log; of all of it. */
void streams_tell(struct manager *m, const struct unit *u);
void streams_tell_main(struct manager *m, bool clean);
void streams_tell_all(struct manager *m);

/* A process of @u is there: for logs that say which. */
void streams_tell_born(struct manager *m, const struct unit *u, int32_t pid);
