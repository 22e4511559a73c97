/* SPDX-License-Identifier: MIT */
/*
 * strays.h - processes that the keeper knows and that belong to nobody: they were on their way
 * out of the configuration when the manager before us ended.
 *
 * They must not live on for ever, and have the time to end that they would have had.
 */
#pragma once

#include "daemon/manager/manager.h"

/* See to its end; if it has ended already, the keeper may forget it. */
void strays_end(struct manager *m, const struct link_slot *s);

/* It is gone. */
void strays_gone(struct manager *m, proc_id id);

/* Kill those whose time is over; when that is. */
void strays_tick(struct manager *m, mono_t now);
mono_t strays_due(const struct manager *m);

void strays_done(struct manager *m);
