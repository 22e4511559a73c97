/* SPDX-License-Identifier: MIT */
#include "daemon/manager/keeper_link.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "daemon/manager/boot.h"
#include "daemon/manager/events.h"
#include "daemon/manager/greeting.h"
#include "daemon/manager/job_boot.h"
#include "daemon/manager/lifecycle.h"
#include "daemon/manager/operation.h"
#include "daemon/manager/strays.h"
#include "daemon/manager/streams.h"

static void open_logger(struct manager *m, int fd);

static void post(struct manager *m, enum event_kind kind, const struct link_proc *p, int arg,
		 int arg2)
{
	manager_post(
		m,
		&(struct event){
			.kind = kind, .proc = p->id, .gen = p->gen, .arg = arg, .arg2 = arg2 });
}

/* --- the greeting ----------------------------------------------------------------------------
 */

static void greet(struct manager *m, const struct link_hello *h)
{
	if (h->version != LINK_VERSION) {
		fprintf(stderr, "reeve-manager: reeved speaks version %u, not %d\n", h->version,
			LINK_VERSION);
		manager_end(m, 2);
		return;
	}
	m->greeting.keeper_pid = h->keeper_pid;
	m->greeting.nofile = h->nofile;
	m->greeting.first = h->first;
}

static void take_deposit(struct manager *m, const char *name, int *fd)
{
	struct greeting *g = &m->greeting;
	const struct {
		const char *name;
		int *at;
	} places[] = { { "ledger", &g->ledger }, { "config", &g->config }, { "read", &g->read },
		       { "socket", &g->socket }, { "lock", &g->lock },	   { "jobs", &g->jobs },
		       { "events", &g->events } };

	if (jobs_take_deposit(m, name, fd))
		return;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (strcmp(places[i].name, name) == 0) {
			(void)fd_close(*places[i].at);
			*places[i].at = TAKE_FD(*fd);
		}
}

static void begin(struct manager *m)
{
	boot_begin(m);
	if (m->phase == PHASE_RUNNING)
		lifecycle_resume(m, ledger_mood(m->ledger));
}

/* --- news
 * ------------------------------------------------------------------------------------- */

static void account(struct manager *m, const struct link_proc *p)
{
	struct unit *u = manager_unit(m, p->id);

	if (!u)
		return;
	u->cpu_us += p->utime_us + p->stime_us;
	if (p->maxrss_kb > u->maxrss_kb)
		u->maxrss_kb = p->maxrss_kb;
	u->leftovers = p->leftovers;
	u->ended_ms = p->ended_wall_ms;
}

/* The end of a process that left the roster meanwhile: its record is of no use to anybody. */
static void let_go(struct manager *m, const struct link_proc *p)
{
	strays_gone(m, p->id);
	manager_tell_keeper(
		m, &(struct link_msg){ .type = LINK_FORGET, .proc = { .id = p->id } }, -1);
}

static void on_proc(struct manager *m, enum link_type type, const struct link_proc *p)
{
	const struct unit *u = manager_unit(m, p->id);

	if (!u) {
		if (type == LINK_EXITED || type == LINK_SPAWN_FAILED)
			let_go(m, p);
		return;
	}
	if (type == LINK_SPAWNED) {
		streams_tell_born(m, u, p->pid);
		post(m, EVENT_SPAWNED, p, p->pid, 0);
	}
	if (type == LINK_EXEC_OK)
		post(m, EVENT_EXEC_OK, p, 0, 0);
	if (type == LINK_SPAWN_FAILED)
		post(m, p->stage ? EVENT_EXEC_FAILED : EVENT_NO_FORK, p, p->error, p->stage);
	if (type == LINK_EXITED) {
		manager_log(m, LEVEL_DEBUG, "received SIGCHLD indicating a child quit");
		account(m, p);
		post(m, p->lost ? EVENT_LOST : EVENT_EXITED, p, p->status, 0);
	}
}

static void on_keeper_msg(struct manager *m, const struct link_msg *msg, int *fd)
{
	switch ((int)msg->type) {
	case LINK_HELLO:
		greet(m, &msg->hello);
		break;
	case LINK_DEPOSIT:
		take_deposit(m, msg->name.name, fd);
		break;
	case LINK_SLOT:
		greeting_add(&m->greeting, &msg->slot);
		break;
	case LINK_BEGIN:
		begin(m);
		break;
	case LINK_GO:
		boot_go(m);
		break;
	case LINK_PEER:
		open_logger(m, TAKE_FD(*fd));
		break;
	case LINK_PING:
		manager_tell_keeper(
			m, &(struct link_msg){ .type = LINK_PONG, .number = msg->number }, -1);
		break;
	case LINK_SIGNALLED:
		operation_answer(m, msg->signal.token, msg->signal.error);
		break;
	case LINK_REQUEST:
		lifecycle_signal(m, (int)msg->number.value);
		break;
	default:
		on_proc(m, msg->type, &msg->proc);
		break;
	}
}

static void on_keeper(struct channel *c, void *owner, const struct link_msg *msg, int *fd)
{
	struct manager *m = owner;

	(void)c;
	if (msg)
		on_keeper_msg(m, msg, fd);
	else
		manager_end(m, 1); /* without its keeper a manager has nothing to decide */
}

/* --- the logger
 * -------------------------------------------------------------------------------- */

static void on_logger(struct channel *c, void *owner, const struct link_msg *msg, int *fd)
{
	struct manager *m = owner;

	(void)c, (void)fd;
	if (msg && msg->type == LINK_TAILED)
		operation_answer(m, msg->tail.token, msg->tail.error);
	if (msg && (msg->type == LINK_LINES || msg->type == LINK_CAPTURED ||
		    msg->type == LINK_DROPPED))
		events_output(m, msg);
	/* If it is gone, the keeper sends the end of a link to the next one. */
}

static void open_logger(struct manager *m, int fd)
{
	m->logger = channel_free(m->logger);
	/* It is sent once; our successor is started with one. */
	if (fd < 0 || channel_new(m->loop, fd, on_logger, m, &m->logger) < 0)
		manager_out_of_memory();
	operation_logger_lost(m);
	if (m->roster)
		streams_tell_all(m);
}

int keeper_link_open(struct manager *m)
{
	int r = channel_new(m->loop, LINK_KEEPER_FD, on_keeper, m, &m->keeper);

	if (r == 0)
		r = channel_new(m->loop, LINK_PEER_FD, on_logger, m, &m->logger);
	return r;
}
