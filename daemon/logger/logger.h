/* SPDX-License-Identifier: MIT */
/*
 * logger.h - the logger as a whole: does what keeper and manager say, and ends in good order.
 */
#pragma once

#include <stdbool.h>

#include "daemon/sys/loop.h"

enum {
	LOGGER_OPEN_MAX = 512, /* log files that are kept open */
	LOGGER_PATIENCE_MS = 4000, /* at the end: nothing could be written for so long */
	LOGGER_PATIENCE_MAX_MS = 30 * 1000, /* at the end, all in all */
};

struct logger;

/* @l is borrowed; the links are taken over in any case. @manager_fd may be -1: the keeper will
 * send one. 0 or -errno. */
_must_check_ int logger_new(struct loop *l, int keeper_fd, int manager_fd, struct logger **ret);

/* One turn. LOGGER_OVER: all was written that was to be; LOGGER_STUCK: what is left hangs at a
 * disk or a reader; LOGGER_BROKEN: the keeper speaks another version. */
enum logger_state { LOGGER_GOES_ON, LOGGER_OVER, LOGGER_STUCK, LOGGER_BROKEN };
enum logger_state logger_turn(struct logger *g);

/* Only before the first turn and when it is over: what hangs, hangs. NULL is fine. Returns
 * NULL. */
struct logger *logger_free(struct logger *g);
