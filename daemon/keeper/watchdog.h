/* SPDX-License-Identifier: MIT */
/*
 * watchdog.h - systemd's watchdog (sd_watchdog_enabled(3)), which ends us if it does not hear
 * of us in time: it hears of us when the manager's own loop has answered.
 */
#pragma once

#include "daemon/keeper/keeper.h"

/* If systemd wants to hear of us. 0, or -errno: it does, and we cannot speak to it. */
_must_check_ int watchdog_init(struct keeper *k);
void watchdog_done(struct keeper *k);

/* All is well. */
void watchdog_feed(struct keeper *k);
