/* SPDX-License-Identifier: MIT */
/*
 * report.h - systemd hears what runs (systemd/notify.h): when it changes, once a second at
 * most.
 */
#pragma once

#include "daemon/manager/manager.h"

/* All that was to be started or read again is in force. */
void report_ready(struct manager *m);

/* A process is in another state. */
void report_changed(struct manager *m);

/* Says what is due; when it wants to be called is in m->report_due. */
void report_tick(struct manager *m, mono_t now);
