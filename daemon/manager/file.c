/* SPDX-License-Identifier: MIT */
/*
 * file.c - reread, update, add, remove; reload and shutdown.
 *
 * A file with a mistake changes nothing, and the client gets every mistake with its place.
 */
#include <errno.h>
#include <string.h>

#include "conf/plan.h"
#include "daemon/manager/groups.h"
#include "daemon/manager/handlers.h"
#include "daemon/manager/job_boot.h"
#include "daemon/manager/kept.h"
#include "daemon/manager/lifecycle.h"
#include "daemon/manager/operation.h"
#include "daemon/manager/refusal.h"
#include "daemon/manager/report.h"
#include "daemon/manager/world.h"
#include "systemd/notify.h"

/* One group of an update that has to wait: until what must stop has stopped. */
struct task {
	struct task *next;
	char *group;
	bool remove; /* else it was changed */
	bool stops; /* something of it runs that must not go on as it is */
	unsigned left; /* processes that have not stopped yet */
};

static void tasks_free(void *data)
{
	struct task *t = data;

	while (t) {
		struct task *next = t->next;

		free(t->group);
		free(t);
		t = next;
	}
}

/* --- reading
 * ---------------------------------------------------------------------------------- */

static const char *kind_word(enum diag_kind kind)
{
	switch (kind) {
	case DIAG_ERROR:
		return "error";
	case DIAG_WARNING:
		return "warning";
	case DIAG_NOTE:
		return "note";
	}
	return "";
}

static json_t *json_diag(const struct diag *d)
{
	return json_pack("{s:s,s:o,s:i,s:o}", "kind", kind_word(d->kind), "file",
			 d->file ? varlink_string(d->file) : json_null(), "line", (int)d->line,
			 "text", varlink_string(d->text));
}

/* Without the notes: what is not served was said when the daemon started. */
static json_t *json_diags(struct diags *d)
{
	json_t *list = json_array();

	diags_sort(d);
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].kind != DIAG_NOTE)
			(void)json_array_append_new(list, json_diag(&d->v[i]));
	return list;
}

static void refuse_file(struct manager *m, const struct request *rq, struct diags *d)
{
	server_error(m->server, rq->conn, rq->serial, "CantReread",
		     json_pack("{s:o}", "diagnostics", json_diags(d)));
}

/* Read the file into m->read. True if that went well; else the client is told. */
static bool read_file(struct manager *m, const struct request *rq, struct diags *d)
{
	struct config *next = NULL;
	int r = world_load(m->options, d, &next);

	m->spent = true;
	if (r == CONFIG_OK &&
	    !groups_fit(m, groups_count(next->groups, next->n_groups), next->path, d)) {
		config_free(next);
		r = CONFIG_REFUSED;
	}
	if (r < 0) {
		refusal_no_memory(m, rq);
		return false;
	}
	if (r != CONFIG_OK) {
		refuse_file(m, rq, d);
		return false;
	}
	config_free(m->read);
	m->read = next;
	if (kept_put_read(m) < 0)
		manager_out_of_memory();
	return true;
}

static void add_change(const struct plan_group *g, json_t *added, json_t *changed,
		       json_t *removed)
{
	json_t *name = varlink_string(g->to ? g->to->name : g->from->name);

	switch (g->kind) {
	case PLAN_ADDED:
		(void)json_array_append_new(added, name);
		break;
	case PLAN_REMOVED:
		(void)json_array_append_new(removed, name);
		break;
	case PLAN_POLICY:
	case PLAN_RESTART:
		(void)json_array_append_new(changed, name);
		break;
	case PLAN_SAME:
		json_decref(name);
		break;
	}
}

void handle_reread(struct manager *m, struct request *rq)
{
	_cleanup_(diags_done) struct diags d = DIAGS_INIT;
	_cleanup_(plan_donep) struct plan plan = { 0 };
	json_t *added, *changed, *removed;

	if (refusal_down(m, rq) || !read_file(m, rq, &d))
		return;
	if (plan_make(m->groups, m->n_groups, m->read, &plan) < 0) {
		refusal_no_memory(m, rq);
		return;
	}
	added = json_array();
	changed = json_array();
	removed = json_array();
	for (size_t i = 0; i < plan.n; i++)
		add_change(&plan.v[i], added, changed, removed);
	server_reply(m->server, rq->conn, rq->serial,
		     json_pack("{s:o,s:o,s:o,s:o}", "added", added, "changed", changed,
			       "removed", removed, "warnings", json_diags(&d)),
		     false);
}

/* --- applying
 * --------------------------------------------------------------------------------- */

static void tell(struct operation *op, const char *group, const char *what, int status,
		 const char *text)
{
	operation_append(op, OUTCOME_FIRST,
			 json_pack("{s:o,s:s,s:i,s:s}", "group", varlink_string(group), "what",
				   what, "status", status, "description",
				   text ? text : fault_name(status)));
}

static void told_done(struct operation *op, const char *group, const char *what)
{
	tell(op, group, what, FAULT_SUCCESS, "OK");
}

static int fault_of(int error)
{
	switch (error) {
	case 0:
		return FAULT_SUCCESS;
	case -ENOENT:
		return FAULT_BAD_NAME;
	case -EEXIST:
		return FAULT_ALREADY_ADDED;
	case -EBUSY:
		return FAULT_STILL_RUNNING;
	default:
		return FAULT_FAILED;
	}
}

static void task_end(struct manager *m, struct operation *op, struct task *t)
{
	int fault = FAULT_SUCCESS;

	if (t->stops || t->remove)
		told_done(op, t->group, "stopped");
	if (t->remove) {
		const int r = groups_remove(m, t->group);

		/* Another update may have come first. */
		fault = fault_of(r == -ENOENT ? 0 : r);
	}
	tell(op, t->group, t->remove ? "removed" : "updated", fault,
	     fault == FAULT_SUCCESS ? "OK" : NULL);
}

static void task_told(struct manager *m, struct operation *op, const struct unit *u, void *data,
		      int fault, const char *why)
{
	struct task *t = data;

	(void)u, (void)fault, (void)why;
	if (--t->left == 0)
		task_end(m, op, t);
}

static struct task *task_new(struct operation *op, const char *group, bool remove)
{
	struct task *t = calloc(1, sizeof *t);

	if (!t)
		return NULL;
	t->group = strdup(group);
	if (!t->group) {
		free(t);
		return NULL;
	}
	t->remove = remove;
	t->next = op->data;
	op->data = t;
	op->drop = tasks_free;
	return t;
}

static void wait_stop(struct operation *op, struct task *t, struct unit *u,
		      const struct proc *p)
{
	t->stops = true;
	if (operation_wait(op, u, p, WAIT_STOP, task_told, t))
		t->left++;
}

static void update_removed(struct manager *m, struct operation *op, const char *group)
{
	const size_t n = roster_list(m->roster, group, ORDER_PRIORITY, NULL, 0);
	_cleanup_(freep) proc_id *ids = calloc(n + 1, sizeof *ids);
	struct task *t = ids ? task_new(op, group, true) : NULL;

	if (!t) {
		tell(op, group, "removed", FAULT_FAILED, "out of memory");
		return;
	}
	(void)roster_list(m->roster, group, ORDER_PRIORITY, ids, n);
	for (size_t i = 0; i < n; i++) {
		const struct proc *p;
		struct unit *u;

		if (!manager_find(m, ids[i], &u, &p) || proc_at_rest(p))
			continue;
		manager_post(m, &(struct event){ .kind = EVENT_STOP, .proc = ids[i] });
		wait_stop(op, t, u, p);
	}
	if (!t->left)
		task_end(m, op, t);
}

/* The waits come first: groups_change() posts the events that end them. */
static void update_changed(struct manager *m, struct operation *op, const struct plan_group *g)
{
	const char *group = g->to->name;
	struct task *t = g->kind == PLAN_RESTART ? task_new(op, group, false) : NULL;

	for (size_t i = 0; t && i < g->n; i++) {
		const struct plan_process *c = &g->v[i];
		const proc_id id = roster_find(m->roster, group, c->name);
		const struct proc *p;
		struct unit *u;

		if ((c->kind == PLAN_RESTART || c->kind == PLAN_REMOVED) &&
		    manager_find(m, id, &u, &p) && !proc_at_rest(p))
			wait_stop(op, t, u, p);
	}
	groups_change(m, g);
	if (!t)
		told_done(op, group, "updated");
	else if (!t->left)
		task_end(m, op, t);
}

static void update_added(struct manager *m, struct operation *op, struct group_spec *g)
{
	const int r = groups_add(m, g);

	tell(op, g->name, "added", fault_of(r), r == 0 ? "OK" : NULL);
}

static bool asked_for(const json_t *groups, const char *name)
{
	json_t *g;
	size_t i;

	if (!json_array_size(groups))
		return true;
	json_array_foreach(groups, i,
			   g) if (strcmp(json_string_value(g), name) == 0 ||
				  strcmp(json_string_value(g), "all") == 0) return true;
	return false;
}

/* In supervisorctl's order: removed, changed, added. */
static void update_kind(struct manager *m, struct operation *op, const struct plan *plan,
			const json_t *groups, enum plan_kind kind)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct plan_group *g = &plan->v[i];
		const enum plan_kind k = g->kind == PLAN_POLICY ? PLAN_RESTART : g->kind;

		if (k != kind || !asked_for(groups, g->to ? g->to->name : g->from->name))
			continue;
		if (k == PLAN_REMOVED)
			update_removed(m, op, g->from->name);
		else if (k == PLAN_ADDED)
			update_added(m, op, g->to);
		else
			update_changed(m, op, g);
	}
}

static void tell_unknown(struct manager *m, struct operation *op, const json_t *groups)
{
	json_t *g;
	size_t i;

	json_array_foreach(groups, i, g)
	{
		const char *name = json_string_value(g);

		if (strcmp(name, "all") != 0 && !groups_find(m, name) &&
		    !config_group(m->read, name))
			tell(op, name, "updated", FAULT_BAD_NAME, NULL);
	}
}

void handle_update(struct manager *m, struct request *rq)
{
	const json_t *groups = json_object_get(rq->parameters, "groups");
	_cleanup_(diags_done) struct diags d = DIAGS_INIT;
	_cleanup_(plan_donep) struct plan plan = { 0 };
	struct operation *op;

	if (refusal_down(m, rq) || !read_file(m, rq, &d))
		return;
	if (plan_make(m->groups, m->n_groups, m->read, &plan) < 0) {
		refusal_no_memory(m, rq);
		return;
	}
	if (jobs_change_pools(m, m->read) < 0) {
		refusal_no_memory(m, rq);
		return;
	}
	op = operation_new(m, rq, "outcomes", NULL);
	if (!op)
		return;
	notify_reloading();
	tell_unknown(m, op, groups);
	update_kind(m, op, &plan, groups, PLAN_REMOVED);
	update_kind(m, op, &plan, groups, PLAN_RESTART);
	update_kind(m, op, &plan, groups, PLAN_ADDED);
	report_ready(m);
	operation_go(m, op);
}

typedef int group_fn(struct manager *m, const char *name);

static int add_group(struct manager *m, const char *name)
{
	struct group_spec *g = config_group(m->read ? m->read : m->config, name);

	if (groups_find(m, name))
		return -EEXIST;
	return g ? groups_add(m, g) : -ENOENT;
}

static void each_group(struct manager *m, struct request *rq, group_fn *fn, const char *what)
{
	struct operation *op;
	json_t *g;
	size_t i;

	if (refusal_down(m, rq))
		return;
	op = operation_new(m, rq, "outcomes", NULL);
	if (!op)
		return;
	json_array_foreach(json_object_get(rq->parameters, "groups"), i, g)
	{
		const char *name = json_string_value(g);
		const int r = fn(m, name);

		tell(op, name, what, fault_of(r), r == 0 ? "OK" : NULL);
	}
	operation_go(m, op);
}

void handle_add(struct manager *m, struct request *rq)
{
	each_group(m, rq, add_group, "added");
}

void handle_remove(struct manager *m, struct request *rq)
{
	each_group(m, rq, groups_remove, "removed");
}

/* --- the instance
 * ------------------------------------------------------------------------------ */

static void say_yes(struct manager *m, const struct request *rq)
{
	server_reply(m->server, rq->conn, rq->serial, json_object(), false);
}

void handle_reload(struct manager *m, struct request *rq)
{
	_cleanup_(diags_done) struct diags d = DIAGS_INIT;
	int r;

	if (refusal_down(m, rq))
		return;
	r = lifecycle_reload(m, &d);
	if (r < 0)
		refusal_no_memory(m, rq);
	else if (r != CONFIG_OK)
		refuse_file(m, rq, &d);
	else
		say_yes(m, rq);
}

void handle_shutdown(struct manager *m, struct request *rq)
{
	if (m->phase == PHASE_SHUTDOWN) {
		refusal_down(m, rq);
		return;
	}
	say_yes(m, rq);
	lifecycle_shutdown(m);
}
