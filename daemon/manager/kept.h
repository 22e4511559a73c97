/* SPDX-License-Identifier: MIT */
/*
 * kept.h - configurations that outlive the manager: what is in force, and what was read and is
 * not applied yet.
 *
 * They are with the keeper as text that can be loaded (config_print_running), so that a manager
 * that comes back knows definitions as they were, whatever has happened to the file since; and
 * behind it where each of them was written, for that text says it of itself.
 */
#pragma once

#include "daemon/manager/manager.h"

/* Deposit what runs; what was read last, or that there is nothing. 0 or -errno. */
_must_check_ int kept_put_running(struct manager *m);
_must_check_ int kept_put_read(struct manager *m);

/* m->config and m->read from what the keeper had. 0 or -errno; mistakes are printed. */
_must_check_ int kept_load(struct manager *m);
