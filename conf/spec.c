/* SPDX-License-Identifier: MIT */
/* A group is one block of memory: see pack.c. */
#include "conf/spec.h"

#include <assert.h>
#include <stdlib.h>

struct group_spec *group_spec_ref(struct group_spec *g)
{
	g->refs++;
	assert(g->refs);
	return g;
}

struct group_spec *group_spec_unref(struct group_spec *g)
{
	if (g && --g->refs == 0)
		free(g);
	return NULL;
}
