/* SPDX-License-Identifier: MIT */
#include "daemon/manager/starter.h"

#include <errno.h>

#include "daemon/manager/groups.h"
#include "daemon/manager/job_start.h"
#include "daemon/manager/recipe.h"
#include "daemon/sys/child.h"

/* As if the keeper had told so. */
static void cannot_spawn(struct manager *m, const struct unit *u, proc_gen gen, int why)
{
	const bool large = why == RECIPE_TOO_LARGE;

	manager_post(m, &(struct event){ .kind = EVENT_EXEC_FAILED,
					 .proc = u->id,
					 .gen = gen,
					 .arg = large ? E2BIG : EINVAL,
					 .arg2 = large ? CHILD_EXEC : 0 });
}

void starter_spawn(struct manager *m, struct unit *u, proc_gen gen)
{
	struct recipe recipe = { 0 };
	struct link_msg msg;
	int r;

	groups_keep(m);
	if (u->of_job) {
		job_spawn(m, u, gen);
		return;
	}
	groups_switch(m, u, loop_now(m->loop));
	r = recipe_make(&recipe, u, environ, &msg);
	u->unsplit = r == RECIPE_UNSPLIT;
	u->leftovers = false;
	if (r < 0)
		manager_out_of_memory();
	if (r == RECIPE_OK) {
		msg.spawn.gen = gen;
		manager_tell_keeper(m, &msg, -1);
	} else {
		cannot_spawn(m, u, gen, r);
	}
	recipe_done(&recipe);
}
