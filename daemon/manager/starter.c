/* SPDX-License-Identifier: MIT */
#include "daemon/manager/starter.h"

#include <errno.h>
#include <string.h>

#include "daemon/manager/groups.h"
#include "daemon/manager/job_start.h"
#include "daemon/manager/recipe.h"
#include "daemon/manager/wiring.h"
#include "daemon/sys/child.h"
#include "daemon/sys/memfd.h"

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

/* What it is to read is data of the file: those who start read it from the beginning. */
static int open_data(const struct unit *u, int *ret_fd)
{
	const char *data = u->spec->in.text;

	return memfd_sealed("reeve-stdin", data, strlen(data), ret_fd);
}

static void ask(struct manager *m, const struct unit *u, struct link_msg *msg)
{
	_cleanup_(closep) int data = -1;
	int r = 0;

	if (u->spec->in.kind == STDIN_PROGRAM)
		msg->spawn.stdin_wire = wiring_source(m, u);
	if (u->spec->in.kind == STDIN_DATA)
		r = open_data(u, &data);
	if (data >= 0)
		msg->spawn.fds = 1;
	if (r == 0)
		r = channel_send_fds(m->keeper, msg, &data, data >= 0);
	if (r == -ENOMEM)
		manager_out_of_memory();
	if (r < 0) /* as if the keeper had told so: there is no room, for a while */
		manager_post(m, &(struct event){ .kind = EVENT_NO_FORK,
						 .proc = u->id,
						 .gen = msg->spawn.gen,
						 .arg = -r });
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
		ask(m, u, &msg);
	} else {
		cannot_spawn(m, u, gen, r);
	}
	recipe_done(&recipe);
}
