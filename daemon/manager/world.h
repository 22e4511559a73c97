/* SPDX-License-Identifier: MIT */
/*
 * world.h - what the outside contributes to a configuration, gathered when it is read.
 */
#pragma once

#include "conf/config.h"

struct world {
	struct config_world config; /* points into the rest */
	char host[256];
	char *cwd;
};

/* 0, or -errno: there is no current directory. */
_must_check_ int world_look(struct world *ret);
void world_done(struct world *w);

/*
 * Read the configuration that the options name, or the first that is found; or make one for
 * the command that they have. CONFIG_OK,
 * CONFIG_REFUSED with mistakes in @d, or -errno.
 */
struct options;
_must_check_ int world_load(const struct options *o, struct diags *d, struct config **ret);
