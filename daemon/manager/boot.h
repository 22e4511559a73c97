/* SPDX-License-Identifier: MIT */
/*
 * boot.h - from nothing, from a configuration, or from what another manager left, to a running
 * instance.
 *
 * A start that cannot go on says why on standard error and ends the manager with status 2,
 * which is the daemon's, too (supervisord's usage status).
 */
#pragma once

#include "daemon/manager/manager.h"

/* The keeper has told all it has: read the file (first start), or go on from its ledger. */
void boot_begin(struct manager *m);

/* First start: the settings are in force. */
void boot_go(struct manager *m);

/* Everything is down and out of the roster: start with m->next_config. */
void boot_anew(struct manager *m);

/* End of the instance: answer who waits, take the socket away. */
void boot_close(struct manager *m);

/* Print mistakes and warnings, each on a line. */
void boot_print_diags(struct diags *d, FILE *f);
