/* SPDX-License-Identifier: MIT */
/*
 * begin.h - from the manager's settings to a daemon that is ready.
 */
#pragma once

#include "daemon/keeper/keeper.h"

void begin_settings(struct keeper *k, const struct link_settings *settings);

/* The manager is ready: so are we. */
void begin_ready(struct keeper *k);

/* Go on, or give up, when the manager has ended before that. */
void begin_tend(struct keeper *k);

void settings_done(struct settings *s);
