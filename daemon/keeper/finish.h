/* SPDX-License-Identifier: MIT */
/*
 * finish.h - the end: nothing that was started is left behind.
 */
#pragma once

#include "daemon/keeper/keeper.h"

/* End with @status, if the end has not begun. What lives on below us is killed after
 * @patience. */
void finish_begin(struct keeper *k, int status, msec_t patience);

/* The manager says that everything is at rest: end with @status. */
void finish_at_rest(struct keeper *k, int status);

/* Go on as far as it goes now, and say when to come back. */
void finish_tend(struct keeper *k, mono_t now);
mono_t finish_due(const struct keeper *k);
