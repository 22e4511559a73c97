/* SPDX-License-Identifier: MIT */
/*
 * begin.h - from the manager's settings to a daemon that is ready.
 */
#pragma once

#include "daemon/keeper/keeper.h"

void begin_settings(struct keeper *k, const struct link_settings *settings);

/* Go on with the settings of an earlier keeper, in its book. 0 or -errno. */
_must_check_ int begin_again(struct keeper *k);

/* The manager is ready: so are we. */
void begin_ready(struct keeper *k);

/* Go on, or give up, when the manager has ended before that. */
void begin_tend(struct keeper *k);

void settings_done(struct settings *s);
