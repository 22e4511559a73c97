/* SPDX-License-Identifier: MIT */
/*
 * run.c - start, stop, restart and signal.
 *
 * As in supervisord, a process that is named and cannot do what is asked has an outcome that
 * says so, while one that was only meant with its group is passed over in silence.
 */
#include <errno.h>
#include <string.h>

#include "conf/value.h"
#include "daemon/manager/handlers.h"
#include "daemon/manager/names.h"
#include "daemon/manager/operation.h"
#include "daemon/manager/refusal.h"

/* What is done to each process that was asked for. */
typedef void each_fn(struct manager *m, struct operation *op, struct unit *u,
		     const struct proc *p, bool named, int arg);

static bool wants_wait(const struct request *rq)
{
	const json_t *wait = json_object_get(rq->parameters, "wait");

	return !json_is_false(wait);
}

/* As supervisorctl, which stops and then starts: a restart of nobody fails twice. */
static void tell_of_name(struct operation *op, const char *name, int fault, const char *text)
{
	for (int i = 0; i < OUTCOME_LISTS; i++)
		if (op->keys[i])
			operation_outcome(op, (enum outcome_list)i, NULL, name, fault, text);
}

static void each_of_name(struct manager *m, struct operation *op, const char *name,
			 each_fn *each, int arg)
{
	_cleanup_(names_done) struct names names;

	if (names_resolve(m, name, ORDER_PRIORITY, &names) < 0)
		tell_of_name(op, name, FAULT_FAILED, "out of memory");
	else if (names.kind == NAMES_NONE)
		tell_of_name(op, name, FAULT_BAD_NAME, NULL);
	for (size_t i = 0; i < names.n; i++) {
		const struct proc *p;
		struct unit *u;

		if (manager_find(m, names.v[i], &u, &p))
			each(m, op, u, p, names.kind == NAMES_ONE, arg);
	}
}

static void each_of_request(struct manager *m, struct request *rq, const char *first,
			    const char *second, each_fn *each, int arg)
{
	struct operation *op;
	json_t *name;
	size_t i;

	if (refusal_down(m, rq))
		return;
	op = operation_new(m, rq, first, second);
	if (!op)
		return;
	json_array_foreach(json_object_get(rq->parameters, "names"), i, name)
		each_of_name(m, op, json_string_value(name), each, arg);
	operation_go(m, op);
}

static void request_event(struct manager *m, const struct unit *u, enum event_kind kind)
{
	manager_post(m, &(struct event){ .kind = kind, .proc = u->id });
}

/*
 * supervisord looks for the command before it lets a request start it, and leaves the process
 * as it was if there is none. We find out by trying; there is nothing to try again.
 */
static void give_up_start(struct manager *m, const struct unit *u, int fault)
{
	if (fault == FAULT_NO_FILE || fault == FAULT_NOT_EXECUTABLE)
		request_event(m, u, EVENT_STOP);
}

static void told_start(struct manager *m, struct operation *op, const struct unit *u,
		       void *data, int fault, const char *why)
{
	(void)data;
	give_up_start(m, u, fault);
	operation_outcome(op, op->keys[OUTCOME_SECOND] ? OUTCOME_SECOND : OUTCOME_FIRST, u,
			  NULL, fault, fault == FAULT_SUCCESS ? "OK" : why);
}

static void told_stop(struct manager *m, struct operation *op, const struct unit *u, void *data,
		      int fault, const char *why)
{
	(void)m, (void)data;
	operation_outcome(op, OUTCOME_FIRST, u, NULL, fault,
			  fault == FAULT_SUCCESS ? "OK" : why);
}

static void wait_or_fail(struct operation *op, struct unit *u, const struct proc *p,
			 enum wait_kind kind, wait_fn *fn, enum outcome_list list)
{
	if (!operation_wait(op, u, p, kind, fn, NULL))
		operation_outcome(op, list, u, NULL, FAULT_FAILED, "out of memory");
}

static void start_one(struct manager *m, struct operation *op, struct unit *u,
		      const struct proc *p, bool named, int wait)
{
	if (!proc_may(p, EVENT_START)) {
		if (named)
			operation_outcome(op, OUTCOME_FIRST, u, NULL, FAULT_ALREADY_STARTED,
					  NULL);
		return;
	}
	request_event(m, u, EVENT_START);
	if (wait)
		wait_or_fail(op, u, p, WAIT_START, told_start, OUTCOME_FIRST);
	else
		operation_outcome(op, OUTCOME_FIRST, u, NULL, FAULT_SUCCESS, "OK");
}

void handle_start(struct manager *m, struct request *rq)
{
	each_of_request(m, rq, "outcomes", NULL, start_one, wants_wait(rq));
}

static void stop_one(struct manager *m, struct operation *op, struct unit *u,
		     const struct proc *p, bool named, int wait)
{
	if (!proc_may(p, EVENT_STOP)) {
		if (named)
			operation_outcome(op, OUTCOME_FIRST, u, NULL, FAULT_NOT_RUNNING, NULL);
		return;
	}
	request_event(m, u, EVENT_STOP);
	if (wait)
		wait_or_fail(op, u, p, WAIT_STOP, told_stop, OUTCOME_FIRST);
	else
		operation_outcome(op, OUTCOME_FIRST, u, NULL, FAULT_SUCCESS, "OK");
}

void handle_stop(struct manager *m, struct request *rq)
{
	each_of_request(m, rq, "outcomes", NULL, stop_one, wants_wait(rq));
}

/* One event does both, so that a client that leaves in the middle leaves nothing stopped. */
static void restart_one(struct manager *m, struct operation *op, struct unit *u,
			const struct proc *p, bool named, int arg)
{
	(void)arg;
	if (proc_may(p, EVENT_STOP))
		wait_or_fail(op, u, p, WAIT_STOP, told_stop, OUTCOME_FIRST);
	else if (named)
		operation_outcome(op, OUTCOME_FIRST, u, NULL, FAULT_NOT_RUNNING, NULL);
	request_event(m, u, EVENT_RESTART);
	wait_or_fail(op, u, p, WAIT_START, told_start, OUTCOME_SECOND);
}

void handle_restart(struct manager *m, struct request *rq)
{
	each_of_request(m, rq, "stopped", "started", restart_one, 0);
}

static void signal_told(struct manager *m, struct operation *op, const struct unit *u,
			void *data, int error, const char *why)
{
	(void)m, (void)data, (void)why;
	switch (error) {
	case 0:
		operation_outcome(op, OUTCOME_FIRST, u, NULL, FAULT_SUCCESS, "OK");
		break;
	case ESRCH:
		operation_outcome(op, OUTCOME_FIRST, u, NULL, FAULT_NOT_RUNNING, NULL);
		break;
	default:
		operation_outcome(op, OUTCOME_FIRST, u, NULL, FAULT_FAILED,
				  strerrordesc_np(error));
		break;
	}
}

static bool signallable(const struct proc *p)
{
	switch (proc_seen(p)) {
	case SEEN_STARTING:
	case SEEN_RUNNING:
	case SEEN_STOPPING:
		return p->alive;
	case SEEN_STOPPED:
	case SEEN_BACKOFF:
	case SEEN_EXITED:
	case SEEN_FATAL:
	case SEEN_UNKNOWN:
		return false;
	}
	return false;
}

static void signal_one(struct manager *m, struct operation *op, struct unit *u,
		       const struct proc *p, bool named, int signo)
{
	uint32_t token;

	if (signo < 0) {
		operation_outcome(op, OUTCOME_FIRST, u, NULL, FAULT_BAD_SIGNAL, NULL);
		return;
	}
	if (!signallable(p)) {
		if (named)
			operation_outcome(op, OUTCOME_FIRST, u, NULL, FAULT_NOT_RUNNING, NULL);
		return;
	}
	token = operation_ask(m, op, u, p, WAIT_KEEPER, signal_told, NULL);
	if (!token) {
		operation_outcome(op, OUTCOME_FIRST, u, NULL, FAULT_FAILED, "out of memory");
		return;
	}
	manager_tell_keeper(m,
			    &(struct link_msg){ .type = LINK_SIGNAL,
						.signal = { .id = u->id,
							    .gen = p->gen,
							    .token = token,
							    .signo = signo } },
			    -1);
}

void handle_signal(struct manager *m, struct request *rq)
{
	const char *text = json_string_value(json_object_get(rq->parameters, "signal"));
	_cleanup_(buf_done) struct buf why = BUF_INIT;
	int signo;

	if (value_signal(text, &signo, &why) != VALUE_OK)
		signo = -1;
	each_of_request(m, rq, "outcomes", NULL, signal_one, signo);
}
