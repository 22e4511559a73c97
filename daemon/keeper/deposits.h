/* SPDX-License-Identifier: MIT */
/*
 * deposits.h - descriptors held by name for a manager that comes back.
 */
#pragma once

#include "daemon/keeper/keeper.h"

/* Hold *@fd, which is taken, in place of what had the name; -1 drops the name; another
 * negative number: it was lost on the way. */
void deposits_put(struct keeper *k, const char *name, int *fd);

/* Hand copies of all to a new manager. */
void deposits_tell(struct keeper *k);

void deposits_done(struct keeper *k);
