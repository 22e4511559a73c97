/* SPDX-License-Identifier: MIT */
/*
 * sessions.h - callers come, go, and come back after the manager was replaced.
 */
#pragma once

#include "daemon/manager/manager.h"
#include "daemon/manager/session.h"

enum { SESSIONS_MAX = 1000, SESSION_KEY_MAX = 128 };

/* A client left: if it was attached, its session ends. */
void sessions_abandon(struct manager *m, uint64_t conn);

/* End those whose callers did not come back; when to look again. */
void sessions_tick(struct manager *m, mono_t now);
mono_t sessions_due(const struct manager *m);

/* Everything is down: those who are attached are answered with @error, and none is left. */
void sessions_end(struct manager *m, const char *error);
