/* SPDX-License-Identifier: MIT */
/*
 * sessions.h - callers come, go, and come back after the manager was replaced.
 */
#pragma once

#include "daemon/manager/manager.h"
#include "daemon/manager/session.h"

enum { SESSIONS_MAX = 1000, SESSION_KEY_MAX = 128 };

/* As many of @s run at once as its limit says. 0 or -ENOMEM. */
_must_check_ int session_set_pool(struct manager *m, const struct session *s);

/* A result, to whoever is attached to @s, which may be NULL. */
void session_tell(struct manager *m, const struct session *s, json_t *shown);

/* So many results were taken in all. */
void session_seen(struct manager *m, struct session *s, uint64_t seen);

/* If it is ending, and this was its last job, it is gone. */
void session_check_over(struct manager *m, struct session *s);

/* A client left: if it was attached, its session ends. */
void sessions_abandon(struct manager *m, uint64_t conn);

/* End those whose callers did not come back; when to look again. */
void sessions_tick(struct manager *m, mono_t now);
mono_t sessions_due(const struct manager *m);

/* Everything is down: those who are attached are answered with @error, and none is left. */
void sessions_end(struct manager *m, const char *error);
