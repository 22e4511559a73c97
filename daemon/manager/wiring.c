/* SPDX-License-Identifier: MIT */
#include "daemon/manager/wiring.h"

#include <string.h>

/* Neither part has a colon in it. */
proc_id wiring_find(const struct manager *m, const char *name)
{
	const char *colon = strchr(name, ':');
	_cleanup_(freep) char *group = colon ? strndup(name, (size_t)(colon - name)) : NULL;

	return group ? roster_find(m->roster, group, colon + 1) : 0;
}

proc_id wiring_source(struct manager *m, const struct unit *u)
{
	const proc_id id = wiring_find(m, u->spec->in.text);

	if (!id)
		manager_log(m, LEVEL_WARN, "'%s' reads nothing: there is no process %s",
			    u->spec->name, u->spec->in.text);
	return id;
}

proc_id wiring_reader(const struct manager *m, const struct unit *u)
{
	_cleanup_(freep) proc_id *ids = NULL;
	const size_t n = manager_ids(m, &ids);

	for (size_t i = 0; i < n; i++) {
		const struct unit *other = manager_unit(m, ids[i]);

		if (!other->of_job && other->spec->in.kind == STDIN_PROGRAM &&
		    wiring_find(m, other->spec->in.text) == u->id)
			return ids[i];
	}
	return 0;
}

static void close_ends(struct manager *m, proc_id writer, bool read, bool write)
{
	const struct link_msg msg = {
		.type = LINK_WIRE,
		.wire = { .id = writer, .close_read = read, .close_write = write }
	};

	manager_tell_keeper(m, &msg, -1);
}

void wiring_at_rest(struct manager *m, const struct unit *u)
{
	proc_id source;

	if (u->of_job)
		return;
	if (u->spec->stdout_wired)
		close_ends(m, u->id, false, true);
	source = u->spec->in.kind == STDIN_PROGRAM ? wiring_find(m, u->spec->in.text) : 0;
	if (source)
		close_ends(m, source, true, false);
}

void wiring_say_again(struct manager *m)
{
	_cleanup_(freep) proc_id *ids = NULL;
	const size_t n = manager_ids(m, &ids);

	for (size_t i = 0; i < n; i++) {
		const struct proc *p;
		struct unit *u;

		/* One that never ran may be about to: others may be there before it. */
		if (manager_find(m, ids[i], &u, &p) && p->gen && proc_at_rest(p))
			wiring_at_rest(m, u);
	}
}
