/* SPDX-License-Identifier: MIT */
/*
 * reap.h - takes in the ends of children: programs, our own two, and orphans given to us.
 */
#pragma once

#include "daemon/keeper/keeper.h"

/* Reap who is dead, if SIGCHLD came; some at a time, the rest in the next turn. */
void reap_dead(struct keeper *k);

/* The process of @s has ended so; @lost: nobody knows how. */
void reap_ended(struct keeper *k, struct slot *s, int status, bool lost,
		const struct rusage *use);
