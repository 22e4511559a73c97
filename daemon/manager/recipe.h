/* SPDX-License-Identifier: MIT */
/*
 * recipe.h - what the keeper needs to know to start one incarnation of a process.
 *
 * The order of the environment is supervisord's (process.py, get_execv_args and spawn): the
 * daemon's own, which the keeper adds, then SUPERVISOR_*, then environment= of [supervisord]
 * and of the program; later ones win.
 */
#pragma once

#include "daemon/manager/limits.h"
#include "daemon/manager/unit.h"
#include "proto/link.h"

/* Holds what a recipe points to; reuse it for the next one. All zero is empty. */
struct recipe {
	char **words;
	struct buf argv, env;
	struct limits_room limits;
};

/* Outcomes: RECIPE_UNSPLIT if the command cannot be split into words; RECIPE_TOO_LARGE if it
 * and its environment are more than execve(2) ever takes. Negative: -ENOMEM. */
enum { RECIPE_OK, RECIPE_UNSPLIT, RECIPE_TOO_LARGE };

/* Fill the spawn message of @u; what it points to lives in @r until the next call. @daemon_env
 * is the daemon's own, for PATH. */
_must_check_ int recipe_make(struct recipe *r, const struct unit *u, char *const *daemon_env,
			     struct link_msg *ret);

void recipe_done(struct recipe *r);
