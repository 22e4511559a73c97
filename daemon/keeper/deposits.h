/* SPDX-License-Identifier: MIT */
/*
 * deposits.h - descriptors held by name for a manager or a logger that comes back. Each has
 * names of its own.
 */
#pragma once

#include "daemon/keeper/keeper.h"

/* Hold *@fd, which is taken, in place of what had the name; -1 drops the name; another
 * negative number: it was lost on the way. */
void deposits_put(struct keeper *k, const struct peer *of, const char *name, int *fd);

/* One that another keeper held, as above; the one found last counts. */
struct stored;
void deposits_found(struct keeper *k, const struct peer *of, const char *name, int *fd,
		    struct stored *stored);

/* Hand copies of its own to the next one. */
void deposits_tell(struct keeper *k, struct peer *to);

void deposits_done(struct keeper *k);
