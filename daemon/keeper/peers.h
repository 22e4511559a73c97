/* SPDX-License-Identifier: MIT */
/*
 * peers.h - the manager and the logger: started, started again, and ended when they hang.
 */
#pragma once

#include "daemon/keeper/keeper.h"

/* Find its program, and the arguments it gets: our own. 0 or -errno: -ENOENT. */
_must_check_ int peer_init(struct peer *p, const char *name, channel_fn *on_frame, char **argv);
void peer_done(struct peer *p);

/* From now on it is to run. */
void peer_want(struct keeper *k, struct peer *p);

/* The same for one that was dismissed; how often it failed still counts. */
void peer_want_again(struct peer *p);

/* From now on it need not; if it runs it goes on. */
void peer_dismiss(struct peer *p);

/* Close our link to it at the end of the turn: it ends by itself. */
void peer_hang_up(struct peer *p);

/* It is dismissed and has ended. */
bool peer_gone(const struct peer *p);

/* It was to run and has ended. */
bool peer_failed(const struct peer *p);

/* End it at once; it is told by peers_reaped() as ever. */
void peer_kill(struct peer *p);

/* Whether @pid is one of them; if so it is noted as reaped. */
bool peers_reaped(struct keeper *k, pid_t pid, int wait_status);

/* It answered a PING. */
void peer_answered(struct keeper *k, struct peer *p, uint32_t serial);

/* Start who is due, ask who was not asked for long, end who does not answer or has hung up. */
void peers_tend(struct keeper *k, mono_t now);
mono_t peers_due(const struct keeper *k);

/* What was gathered goes out, if its time has come. */
void peers_flush(struct keeper *k);

/* Something waits to be sent and the kernel will not tell us when it can be. */
bool peers_starved(const struct keeper *k);
