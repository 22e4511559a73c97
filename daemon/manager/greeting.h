/* SPDX-License-Identifier: MIT */
/*
 * greeting.h - what the keeper knows of processes when a manager comes.
 */
#pragma once

#include "daemon/manager/manager.h"

/* One more. */
void greeting_add(struct greeting *g, const struct link_slot *s);

/* All are there: they can be found from now on. */
void greeting_sort(struct greeting *g);

/* What the keeper knows of a process; NULL: nothing. */
const struct link_slot *greeting_slot(const struct greeting *g, proc_id id);
