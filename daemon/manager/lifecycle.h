/* SPDX-License-Identifier: MIT */
/*
 * lifecycle.h - the instance as a whole: ends, and begins anew.
 */
#pragma once

#include "daemon/manager/manager.h"

/* A signal to the daemon: TERM, INT, QUIT end it, HUP reloads, USR2 reopens logs. */
void lifecycle_signal(struct manager *m, int signo);

/* Stop everything in order, then end. */
void lifecycle_shutdown(struct manager *m);

/*
 * Read the file again; if it is good, stop everything and begin anew with it. Else nothing
 * happens, and the mistakes are in @d. 0, CONFIG_REFUSED or -ENOMEM.
 */
_must_check_ int lifecycle_reload(struct manager *m, struct diags *d);

/* Go on with what a manager before us had begun. */
void lifecycle_resume(struct manager *m, enum ledger_mood mood);

/* EFFECT_ALL_DOWN: what comes after. */
void lifecycle_all_down(struct manager *m);

/* Says from time to time who is waited for; when it wants to be called. */
void lifecycle_tick(struct manager *m, mono_t now);
mono_t lifecycle_due(const struct manager *m);
