/* SPDX-License-Identifier: MIT */
#include "daemon/manager/groups.h"

#include <errno.h>
#include <string.h>

#include "daemon/manager/events.h"
#include "daemon/manager/kept.h"
#include "daemon/manager/operation.h"
#include "daemon/manager/streams.h"

/* --- records in the ledger -----------------------------------------------------------------
 */

/* A larger ledger, with the records of all that are in the roster. */
static int grow_ledger(struct manager *m, size_t capacity)
{
	_cleanup_(freep) proc_id *ids = NULL;
	const size_t n = manager_ids(m, &ids);
	struct ledger *old = m->ledger;
	const int r = ledger_new(capacity, old, &m->ledger);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		const struct proc *p;
		struct unit *u;

		if (!manager_find(m, ids[i], &u, &p))
			continue;
		if (ledger_claim(m->ledger, unit_group(u), unit_name(u), &u->ledger_slot) < 0)
			manager_out_of_memory();
		manager_record(m, u, p);
	}
	manager_deposit(m, "ledger", ledger_fd(m->ledger));
	ledger_free(old);
	return 0;
}

int groups_reserve(struct manager *m, size_t n)
{
	const size_t need = ledger_count(m->ledger) + n;

	if (need + need / 4 <= ledger_capacity(m->ledger))
		return 0;
	return grow_ledger(m, 2 * need);
}

/* Records that belong to nobody: of who was removed, or was about to be added when a manager
 * before us ended. */
static void release_records(struct manager *m)
{
	_cleanup_(freep) bool *used = calloc(ledger_capacity(m->ledger), sizeof *used);
	_cleanup_(freep) proc_id *ids = NULL;
	const size_t n = manager_ids(m, &ids);

	if (!used)
		return; /* the next time will do */
	for (size_t i = 0; i < n; i++)
		used[manager_unit(m, ids[i])->ledger_slot] = true;
	for (size_t slot = 0; slot < ledger_capacity(m->ledger); slot++)
		if (!used[slot])
			ledger_release(m->ledger, slot);
}

/* --- adding ---------------------------------------------------------------------------------
 */

/* A unit with its record. */
static int make_unit(struct manager *m, struct group_spec *g, const struct process_spec *spec,
		     struct unit **ret)
{
	struct unit *u;
	int r = unit_new(g, spec, &u);

	if (r < 0)
		return r;
	r = ledger_claim(m->ledger, g->name, spec->name, &u->ledger_slot);
	if (r < 0)
		unit_free(u);
	else
		*ret = u;
	return r;
}

/* What a manager before us knew of @u; false if it did not. */
static bool adopt(const struct manager *m, struct unit *u, struct ledger_entry *ret)
{
	if (!ledger_read(m->ledger, u->ledger_slot, ret))
		return false;
	unit_adopt(u, ret);
	/* As turn.c has it: whatever else fails has a stage, or another errno. */
	u->unsplit = ret->proc.cause == CAUSE_EXEC && ret->proc.exec_stage == 0 &&
		     ret->proc.exec_error == EINVAL;
	return true;
}

/* What add() builds up before the roster takes it over. */
struct batch {
	size_t n;
	struct unit **units;
	struct ledger_entry *entries;
	struct roster_member *members;
	proc_id *ids;
};

static void batch_done(struct batch *b)
{
	for (size_t i = 0; b->units && i < b->n; i++)
		unit_free(b->units[i]);
	free(b->units);
	free(b->entries);
	free(b->members);
	free(b->ids);
}

static int batch_fill(struct manager *m, struct group_spec *g, bool again, struct batch *b)
{
	b->n = g->n;
	b->units = calloc(g->n + 1, sizeof(struct unit *));
	b->entries = calloc(g->n + 1, sizeof *b->entries);
	b->members = calloc(g->n + 1, sizeof *b->members);
	b->ids = calloc(g->n + 1, sizeof *b->ids);
	if (!b->units || !b->entries || !b->members || !b->ids)
		return -ENOMEM;
	for (size_t i = 0; i < g->n; i++) {
		const struct process_spec *spec = &g->v[i];
		bool known;
		int r = make_unit(m, g, spec, &b->units[i]);

		if (r < 0)
			return r;
		known = again && adopt(m, b->units[i], &b->entries[i]);
		b->members[i] =
			(struct roster_member){ .name = spec->name,
						.priority = spec->priority,
						.policy = unit_policy(spec),
						.saved = known ? &b->entries[i].proc : NULL };
	}
	return 0;
}

/* The record comes at once: the next manager must give it the same id. */
static void enter(struct manager *m, struct unit *u, proc_id id)
{
	const struct proc *p;

	u->id = id;
	roster_set_data(m->roster, id, u);
	if (manager_find(m, id, &u, &p))
		manager_record(m, u, p);
	streams_tell(m, u);
}

static int remember_group(struct manager *m, struct group_spec *g)
{
	struct group_spec **v = reallocarray(m->groups, m->n_groups + 1, sizeof *v);

	if (!v)
		return -ENOMEM;
	m->groups = v;
	v[m->n_groups++] = group_spec_ref(g);
	m->unkept = true;
	return 0;
}

/* @again: its members go on from their records. */
static int add(struct manager *m, struct group_spec *g, bool again)
{
	_cleanup_(batch_done) struct batch b = { 0 };
	int r = batch_fill(m, g, again, &b);

	if (r == 0)
		r = remember_group(m, g);
	if (r < 0)
		return r;
	r = roster_add_group(m->roster, g->name, g->priority, b.members, b.n, true,
			     loop_now(m->loop), b.ids);
	if (r < 0) {
		group_spec_unref(m->groups[--m->n_groups]);
		return r;
	}
	for (size_t i = 0; i < b.n; i++)
		enter(m, TAKE_PTR(b.units[i]), b.ids[i]);
	ledger_set_next_id(m->ledger, roster_next_id(m->roster));
	return 0;
}

int groups_begin(struct manager *m, struct group_spec *const *groups, size_t n)
{
	int r = roster_new(ledger_next_id(m->ledger), &m->roster);

	for (size_t i = 0; r == 0 && i < n; i++)
		r = add(m, groups[i], true);
	return r;
}

int groups_add(struct manager *m, struct group_spec *g)
{
	int r;

	if (groups_find(m, g->name))
		return -EEXIST;
	r = groups_reserve(m, g->n);
	if (r == 0)
		r = add(m, g, false);
	if (r == 0)
		events_group(m, g->name, true);
	return r;
}

/* --- removing -------------------------------------------------------------------------------
 */

/* Its record stays until what runs is kept without it: else the next manager, told of it and
 * knowing nothing of it, would start it. */
static void dismiss(struct manager *m, struct unit *u)
{
	const struct link_msg forget = { .type = LINK_FORGET, .proc = { .id = u->id } };

	operation_removed(m, u);
	manager_tell_keeper(m, &forget, -1);
	manager_tell_logger(m, &forget, -1);
	unit_free(u);
}

static void drop_group(struct manager *m, const char *name)
{
	for (size_t i = m->n_groups; i-- > 0;) {
		if (strcmp(m->groups[i]->name, name) != 0)
			continue;
		group_spec_unref(m->groups[i]);
		memmove(&m->groups[i], &m->groups[i + 1],
			(--m->n_groups - i) * sizeof *m->groups);
		return;
	}
}

int groups_remove(struct manager *m, const char *name)
{
	const size_t n = roster_list(m->roster, name, ORDER_NAME, NULL, 0);
	_cleanup_(freep) proc_id *ids = calloc(n + 1, sizeof *ids);
	_cleanup_(freep) struct unit **units = calloc(n + 1, sizeof(struct unit *));
	int r;

	if (!ids || !units)
		return -ENOMEM;
	(void)roster_list(m->roster, name, ORDER_NAME, ids, n);
	for (size_t i = 0; i < n; i++)
		units[i] = manager_unit(m, ids[i]);
	r = roster_remove_group(m->roster, name);
	if (r < 0)
		return r;
	m->unkept = true;
	for (size_t i = 0; i < n; i++)
		dismiss(m, units[i]);
	if (m->phase == PHASE_RUNNING) /* else all of them go, and come back */
		events_group(m, name, false);
	drop_group(m, name);
	return 0;
}

void groups_end(struct manager *m)
{
	while (m->n_groups) {
		_cleanup_(freep) char *name = strdup(m->groups[m->n_groups - 1]->name);

		if (!name || groups_remove(m, name) < 0)
			manager_out_of_memory();
	}
	m->roster = roster_free(m->roster);
}

/* --- changing -------------------------------------------------------------------------------
 */

void groups_switch(struct manager *m, struct unit *u, mono_t now)
{
	struct effects fx = { 0 };
	struct proc_policy policy;
	const struct proc *p;

	if (!unit_switch(u))
		return;
	policy = unit_policy(u->spec);
	roster_set_policy(m->roster, u->id, u->spec->priority, &policy, now, &fx);
	streams_tell(m, u);
	if (manager_find(m, u->id, &u, &p))
		manager_record(m, u, p);
}

static void change_process(struct manager *m, struct unit *u, const struct proc *p,
			   struct group_spec *to, const struct plan_process *change)
{
	const bool rest = proc_at_rest(p), up = p->want_up || p->again;
	const mono_t now = loop_now(m->loop);

	unit_plan(u, to, change->to);
	if (change->kind != PLAN_RESTART || rest)
		groups_switch(m, u, now);
	if (change->kind != PLAN_RESTART)
		return;
	if (up || (rest && u->spec->autostart))
		manager_post(m, &(struct event){ .kind = EVENT_RESTART, .proc = u->id });
}

static void add_process(struct manager *m, struct group_spec *to,
			const struct process_spec *spec)
{
	struct unit *u;
	proc_id id;
	struct roster_member member = { .name = spec->name,
					.priority = spec->priority,
					.policy = unit_policy(spec) };

	if (groups_reserve(m, 1) < 0 || make_unit(m, to, spec, &u) < 0 ||
	    roster_add_process(m->roster, to->name, &member, true, loop_now(m->loop), &id) < 0)
		manager_out_of_memory();
	ledger_set_next_id(m->ledger, roster_next_id(m->roster));
	enter(m, u, id);
}

static void remove_process(struct manager *m, struct unit *u)
{
	unit_unplan(u);
	list_unlink(&u->leaving);
	list_append(&m->leaving, &u->leaving);
	roster_remove_when_down(m->roster, u->id);
}

/* One that leaves and that the file has again comes back as a new one when the old one has
 * gone: what is planned for it is for that. */
static void come_back(struct manager *m, struct unit *gone)
{
	struct group_spec *g = TAKE_PTR(gone->next_group);
	const struct process_spec *spec = TAKE_PTR(gone->next);

	dismiss(m, gone);
	if (spec)
		add_process(m, g, spec);
	group_spec_unref(g);
}

void groups_forget_process(struct manager *m, proc_id id)
{
	for (struct list *l = m->leaving.next; l != &m->leaving; l = l->next) {
		struct unit *u = container_of(l, struct unit, leaving);

		if (u->id != id)
			continue;
		come_back(m, u);
		m->unkept = true;
		return;
	}
}

void groups_change(struct manager *m, const struct plan_group *change)
{
	struct group_spec *to = change->to;

	for (size_t i = 0; i < change->n; i++) {
		const struct plan_process *c = &change->v[i];
		const proc_id id = roster_find(m->roster, to->name, c->name);
		const struct proc *p;
		struct unit *u;

		if (!manager_find(m, id, &u, &p)) {
			if (c->kind == PLAN_ADDED)
				add_process(m, to, c->to);
		} else if (c->kind == PLAN_REMOVED) {
			remove_process(m, u);
		} else if (list_linked(&u->leaving)) {
			unit_plan(u, to, c->to);
		} else {
			change_process(m, u, p, to, c);
		}
	}
	roster_set_group_priority(m->roster, to->name, to->priority);
	for (size_t i = 0; i < m->n_groups; i++) {
		if (strcmp(m->groups[i]->name, to->name) != 0)
			continue;
		group_spec_ref(to);
		group_spec_unref(m->groups[i]);
		m->groups[i] = to;
	}
	m->unkept = true;
}

/* --- looking --------------------------------------------------------------------------------
 */

struct group_spec *groups_find(const struct manager *m, const char *name)
{
	if (!m->roster || !roster_has_group(m->roster, name))
		return NULL;
	for (size_t i = 0; i < m->n_groups; i++)
		if (strcmp(m->groups[i]->name, name) == 0)
			return m->groups[i];
	return NULL;
}

size_t groups_count(struct group_spec *const *groups, size_t n)
{
	size_t processes = 0;

	for (size_t i = 0; i < n; i++)
		processes += groups[i]->n;
	return processes;
}

bool groups_fit(const struct manager *m, size_t n, const char *file, struct diags *d)
{
	const uint64_t need = (uint64_t)n * GROUPS_FDS_PER_PROCESS + GROUPS_FDS_RESERVE;
	const uint64_t have = m->greeting.nofile;

	if (need <= have)
		return true;
	diags_add(d, DIAG_ERROR, file, 0,
		  "%zu processes need %lu descriptors and the hard limit is %lu; raise it to "
		  "%lu (ulimit -Hn, LimitNOFILE=), or define at most %lu processes",
		  n, (unsigned long)need, (unsigned long)have, (unsigned long)need,
		  (unsigned long)(have > GROUPS_FDS_RESERVE
					  ? (have - GROUPS_FDS_RESERVE) / GROUPS_FDS_PER_PROCESS
					  : 0));
	return false;
}

/* --- keeping --------------------------------------------------------------------------------
 */

void groups_keep(struct manager *m)
{
	if (!m->unkept)
		return;
	if (kept_put_running(m) < 0)
		manager_out_of_memory();
	m->unkept = false;
	m->spent = true; /* by the text */
	channel_flush(m->keeper);
	release_records(m);
	operation_resume(m);
}
