/* SPDX-License-Identifier: MIT */
/*
 * session_tell.h - what a session hears of its jobs, and what it leaves when it is gone.
 */
#pragma once

#include "daemon/manager/manager.h"
#include "daemon/manager/session.h"

/* As many of @s run at once as its limit says. 0 or -ENOMEM. */
_must_check_ int session_set_pool(struct manager *m, const struct session *s);

/* A result, to whoever is attached to @s, which may be NULL. */
void session_tell(struct manager *m, const struct session *s, json_t *shown);

/* So many results were taken in all. */
void session_seen(struct manager *m, struct session *s, uint64_t seen);

/* It has no jobs any more, and is over. */
void session_gone(struct manager *m, struct session *s);

/* If it is ending, and has no jobs any more, it is gone. */
void session_check_over(struct manager *m, struct session *s);
