/* SPDX-License-Identifier: MIT */
/*
 * A struct wait stands in two rings: of its unit, where changes find it, and of its operation,
 * which takes it along when the client leaves.
 */
#include "daemon/manager/operation.h"

#include <errno.h>

#include "daemon/manager/describe.h"
#include "daemon/sys/child.h"

struct wait {
	struct list in_unit, in_op;
	struct operation *op;
	struct unit *unit;
	enum wait_kind kind;
	proc_gen gen; /* of the process when it began */
	uint32_t token; /* of what was asked; 0: nothing */
	wait_fn *fn;
	void *data;
};

static void wait_free(struct wait *w)
{
	list_unlink(&w->in_unit);
	list_unlink(&w->in_op);
	if (w->kind == WAIT_STOP)
		w->op->stops--;
	free(w);
}

static void operation_free(struct operation *op)
{
	while (list_linked(&op->waits))
		wait_free(container_of(op->waits.next, struct wait, in_op));
	if (op->drop)
		op->drop(op->data);
	for (int i = 0; i < OUTCOME_LISTS; i++)
		json_decref(op->lists[i]);
	list_unlink(&op->link);
	free(op);
}

struct operation *operation_new(struct manager *m, const struct request *rq, const char *first,
				const char *second)
{
	struct operation *op = calloc(1, sizeof *op);

	if (!op) {
		server_error(m->server, rq->conn, rq->serial, "Failed",
			     json_pack("{s:s}", "what", "out of memory"));
		return NULL;
	}
	op->conn = rq->conn;
	op->serial = rq->serial;
	op->more = rq->more;
	op->building = true;
	op->keys[OUTCOME_FIRST] = first;
	op->keys[OUTCOME_SECOND] = second;
	for (int i = 0; i < OUTCOME_LISTS; i++)
		op->lists[i] = op->keys[i] ? json_array() : NULL;
	list_init(&op->waits);
	list_append(&m->operations, &op->link);
	return op;
}

static struct wait *wait_new(struct operation *op, struct unit *u, const struct proc *p,
			     enum wait_kind kind, wait_fn *fn, void *data)
{
	struct wait *w = malloc(sizeof *w);

	if (!w)
		return NULL;
	*w = (struct wait){
		.op = op, .unit = u, .kind = kind, .gen = u ? p->gen : 0, .fn = fn, .data = data
	};
	list_init(&w->in_unit);
	if (u)
		list_append(&u->waits, &w->in_unit);
	list_append(&op->waits, &w->in_op);
	if (kind == WAIT_STOP)
		op->stops++;
	return w;
}

bool operation_wait(struct operation *op, struct unit *u, const struct proc *p,
		    enum wait_kind kind, wait_fn *fn, void *data)
{
	return wait_new(op, u, p, kind, fn, data);
}

uint32_t operation_ask(struct manager *m, struct operation *op, struct unit *u,
		       const struct proc *p, enum wait_kind kind, wait_fn *fn, void *data)
{
	struct wait *w = wait_new(op, u, p, kind, fn, data);

	if (!w)
		return 0;
	if (++m->next_token == 0)
		m->next_token = 1;
	w->token = m->next_token;
	return w->token;
}

void operation_append(struct operation *op, enum outcome_list list, json_t *outcome)
{
	/* Without memory the list stays short; the client misses a line, not the end. */
	(void)json_array_append_new(op->lists[list], outcome);
}

void operation_outcome(struct operation *op, enum outcome_list list, const struct unit *u,
		       const char *name, int fault, const char *text)
{
	operation_append(
		op, list,
		json_pack("{s:o,s:o,s:i,s:o}", "name", varlink_string(u ? u->spec->name : name),
			  "group", varlink_string(u ? u->group->name : ""), "status", fault,
			  "description", varlink_string(text ? text : fault_name(fault))));
}

/* What is new of the lists that may be told now, as the parameters of a reply. */
static json_t *take_news(struct operation *op, bool last, bool *ret_any)
{
	json_t *news = json_object();

	*ret_any = false;
	for (int i = 0; i < OUTCOME_LISTS; i++) {
		const bool held = i == OUTCOME_SECOND && op->stops && !last;

		if (!op->keys[i])
			continue;
		if (held) {
			(void)json_object_set_new(news, op->keys[i], json_array());
			continue;
		}
		*ret_any |= json_array_size(op->lists[i]) > 0;
		(void)json_object_set_new(news, op->keys[i], op->lists[i]);
		op->lists[i] = json_array();
	}
	return news;
}

/* Tell what is new; the operation may be gone afterwards. */
static void progress(struct manager *m, struct operation *op)
{
	json_t *news;
	bool any;

	if (op->building || m->unkept)
		return;
	if (!list_linked(&op->waits)) {
		news = take_news(op, true, &any);
		(void)server_reply(m->server, op->conn, op->serial, news, false);
		operation_free(op);
		return;
	}
	if (!op->more)
		return;
	news = take_news(op, false, &any);
	if (any)
		(void)server_reply(m->server, op->conn, op->serial, news, true);
	else
		json_decref(news);
}

void operation_go(struct manager *m, struct operation *op)
{
	op->building = false;
	progress(m, op);
}

void operation_resume(struct manager *m)
{
	struct list todo = LIST_INIT(todo);

	list_take(&todo, &m->operations);
	while (list_linked(&todo)) {
		struct operation *op = container_of(todo.next, struct operation, link);

		list_unlink(&op->link);
		list_append(&m->operations, &op->link);
		progress(m, op);
	}
}

void operation_abandon(struct manager *m, uint64_t conn)
{
	struct list todo = LIST_INIT(todo);

	list_take(&todo, &m->operations);
	while (list_linked(&todo)) {
		struct operation *op = container_of(todo.next, struct operation, link);

		list_unlink(&op->link);
		list_append(&m->operations, &op->link);
		if (op->conn != conn)
			continue;
		if (op->data)
			op->conn = 0; /* there is more to do than to tell */
		else
			operation_free(op);
	}
}

static int fault_of_exec(const struct unit *u, const struct proc *p)
{
	if (u->unsplit)
		return FAULT_NOT_EXECUTABLE;
	if (p->exec_stage != CHILD_EXEC)
		return FAULT_SPAWN_ERROR;
	switch (p->exec_error) {
	case ENOENT:
		return FAULT_NO_FILE;
	case EISDIR:
	case EACCES:
	case EPERM:
	case ENOEXEC:
		return FAULT_NOT_EXECUTABLE;
	default:
		return FAULT_SPAWN_ERROR;
	}
}

static int fault_of_start(const struct unit *u, const struct proc *p)
{
	switch (p->cause) {
	case CAUSE_EXEC:
		return fault_of_exec(u, p);
	case CAUSE_TOO_QUICK:
	case CAUSE_NO_FORK:
		return FAULT_SPAWN_ERROR;
	case CAUSE_NONE:
	case CAUSE_STOPPED:
	case CAUSE_EXITED:
	case CAUSE_TIMEOUT:
	case CAUSE_LOST:
		return FAULT_ABNORMAL_TERMINATION;
	}
	return FAULT_ABNORMAL_TERMINATION;
}

/* 0: not yet. */
static int start_ended(const struct wait *w, const struct unit *u, const struct proc *p,
		       enum proc_seen seen)
{
	if (p->gen != w->gen && seen == SEEN_RUNNING)
		return FAULT_SUCCESS;
	if (seen != proc_seen(p))
		return 0; /* in passing */
	switch (seen) {
	case SEEN_STARTING:
	case SEEN_RUNNING:
	case SEEN_STOPPING:
	case SEEN_UNKNOWN:
		return 0;
	case SEEN_BACKOFF:
	case SEEN_FATAL:
	case SEEN_EXITED:
	case SEEN_STOPPED:
		return p->gen == w->gen ? FAULT_ABNORMAL_TERMINATION : fault_of_start(u, p);
	}
	return 0;
}

static int ended(const struct wait *w, const struct unit *u, const struct proc *p,
		 enum proc_seen seen)
{
	switch (w->kind) {
	case WAIT_START:
		return start_ended(w, u, p, seen);
	case WAIT_STOP:
		return p->gen != w->gen || proc_at_rest(p) ? FAULT_SUCCESS : 0;
	case WAIT_KEEPER:
	case WAIT_LOGGER:
		return 0;
	}
	return 0;
}

/* End a wait; its operation may be gone afterwards. */
static void finish(struct manager *m, struct wait *w, int fault, const char *why)
{
	const struct unit *u = w->unit;
	struct operation *op = w->op;
	wait_fn *fn = w->fn;
	void *data = w->data;

	wait_free(w);
	fn(m, op, u, data, fault, why);
	progress(m, op);
}

static size_t count_waits(const struct unit *u)
{
	size_t n = 0;

	for (const struct list *l = u->waits.next; l != &u->waits; l = l->next)
		n++;
	return n;
}

/* Each wait once. What comes of one may be that the group of @u is removed, and @u with it:
 * then operation_removed() has told the others, which stand in its ring all the time. */
void operation_notice(struct manager *m, struct unit *u, const struct proc *p,
		      enum proc_seen seen)
{
	const proc_id id = u->id;

	for (size_t left = count_waits(u); left > 0; left--) {
		struct wait *w = container_of(u->waits.next, struct wait, in_unit);
		_cleanup_(buf_done) struct buf why = BUF_INIT;
		const int fault = ended(w, u, p, seen);

		list_unlink(&w->in_unit);
		list_append(&u->waits, &w->in_unit);
		if (!fault)
			continue;
		if (fault != FAULT_SUCCESS && describe_trouble(u, p, &why) < 0)
			buf_clear(&why);
		finish(m, w, fault, why.len ? buf_str(&why) : NULL);
		if (!manager_unit(m, id))
			return;
	}
}

typedef bool wait_match(const struct wait *w, uint32_t token);

static bool asked_with(const struct wait *w, uint32_t token)
{
	return w->token == token;
}

static bool asked_logger(const struct wait *w, uint32_t token)
{
	(void)token;
	return w->kind == WAIT_LOGGER;
}

static struct wait *find_wait(struct manager *m, wait_match *match, uint32_t token)
{
	for (struct list *o = m->operations.next; o != &m->operations; o = o->next) {
		struct operation *op = container_of(o, struct operation, link);

		for (struct list *l = op->waits.next; l != &op->waits; l = l->next) {
			struct wait *w = container_of(l, struct wait, in_op);

			if (w->token && match(w, token))
				return w;
		}
	}
	return NULL;
}

void operation_answer(struct manager *m, uint32_t token, int error)
{
	struct wait *w = find_wait(m, asked_with, token);

	if (w)
		finish(m, w, error, NULL);
}

void operation_logger_lost(struct manager *m)
{
	struct wait *w;

	while ((w = find_wait(m, asked_logger, 0)))
		finish(m, w, EPIPE, NULL);
}

void operation_removed(struct manager *m, struct unit *u)
{
	while (list_linked(&u->waits)) {
		struct wait *w = container_of(u->waits.next, struct wait, in_unit);

		finish(m, w, w->kind == WAIT_STOP ? FAULT_SUCCESS : FAULT_BAD_NAME,
		       "it was removed");
	}
}

void operation_end_all(struct manager *m, const char *error)
{
	while (list_linked(&m->operations)) {
		struct operation *op = container_of(m->operations.next, struct operation, link);

		server_error(m->server, op->conn, op->serial, error, json_object());
		operation_free(op);
	}
}
