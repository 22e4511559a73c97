/* SPDX-License-Identifier: MIT */
#include "daemon/manager/boot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>

#include "daemon/manager/control.h"
#include "daemon/manager/events.h"
#include "daemon/manager/greeting.h"
#include "daemon/manager/groups.h"
#include "daemon/manager/job_boot.h"
#include "daemon/manager/kept.h"
#include "daemon/manager/report.h"
#include "daemon/manager/starter.h"
#include "daemon/manager/strays.h"
#include "daemon/manager/streams.h"
#include "daemon/manager/wiring.h"
#include "daemon/manager/world.h"

enum { EXIT_USAGE = 2 };

void boot_print_diags(struct diags *d, FILE *f)
{
	diags_sort(d);
	for (size_t i = 0; i < d->n; i++) {
		_cleanup_(buf_done) struct buf text = BUF_INIT;

		if (diag_format(&d->v[i], &text) == 0)
			fprintf(f, "%s\n", buf_str(&text));
	}
	if (d->oom)
		fprintf(f, "out of memory\n");
}

static void send_settings(struct manager *m)
{
	const struct supervisord_spec *s = &m->config->supervisord;

	manager_tell_keeper(m,
			    &(struct link_msg){ .type = LINK_SETTINGS,
						.settings = { .daemonize = !s->nodaemon,
							      .pidfile = s->pidfile,
							      .user = s->user,
							      .directory = s->directory,
							      .umask = s->umask,
							      .minfds = (uint32_t)s->minfds,
							      .minprocs = (uint32_t)s->minprocs,
							      .logfile = s->logfile } },
			    -1);
}

/* The first start of all. */
static void begin_first(struct manager *m)
{
	int r = world_load(m->options, &m->found, &m->config);

	if (r == CONFIG_OK &&
	    !groups_fit(m, groups_count(m->config->groups, m->config->n_groups),
			m->config->path, &m->found))
		r = CONFIG_REFUSED;
	if (r != CONFIG_OK)
		boot_print_diags(&m->found, stderr);
	if (r < 0) {
		manager_fail(m, "cannot read the configuration: %s", strerror(-r));
		return;
	}
	if (r != CONFIG_OK) {
		manager_fail(m, "the configuration has mistakes; nothing was started");
		return;
	}
	m->phase = PHASE_SETTINGS;
	send_settings(m);
}

/* --- beginning -------------------------------------------------------------------------------
 */

static void log_beginning(struct manager *m)
{
	if (geteuid() == 0 && !m->config->supervisord.user && !m->options->command)
		manager_log(
			m, LEVEL_CRITICAL,
			"Supervisor is running as root.  Privileges were not dropped because "
			"no user is specified in the config file.  If you intend to run as "
			"root, you can set user=root in the config file to avoid this "
			"message.");
	manager_log(m, LEVEL_INFO, "supervisord started with pid %d", m->greeting.keeper_pid);
}

/* A daemon in the background keeps nothing of the terminal it was started from: whoever waits
 * for the end of what it prints would wait for ever. */
static void leave_terminal(void)
{
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; null >= 0 && fd < 3; fd++)
		(void)dup2(null, fd);
	if (null > 2)
		(void)close(null);
}

static void say_ready(struct manager *m)
{
	if (!m->config->supervisord.nodaemon)
		leave_terminal();

	groups_keep(m);
	m->phase = PHASE_RUNNING;
	m->spent = true; /* by reading the file */
	manager_tell_keeper(m, &(struct link_msg){ .type = LINK_READY }, -1);
	report_ready(m);
}

/* Everything of a beginning but the socket. */
static int start_config(struct manager *m)
{
	const size_t n = groups_count(m->config->groups, m->config->n_groups);
	struct ledger *before = m->ledger;
	int r = ledger_new(n, before, &m->ledger);

	if (r < 0) {
		m->ledger = before;
		return r;
	}
	ledger_free(before);
	ledger_set_mood(m->ledger, LEDGER_RUNNING);
	/* Those of jobs that have ended before a reload belong to results that are kept. */
	streams_tell_main(m, !m->jobs || !m->jobs->n_history);
	r = groups_begin(m, m->config->groups, m->config->n_groups);
	if (r == 0)
		r = jobs_begin(m);
	if (r < 0)
		return r;
	m->unkept = true; /* also without any group */
	/* In this order: the ledger before this one has the mood to do it all again. */
	groups_keep(m);
	manager_deposit(m, "ledger", ledger_fd(m->ledger));
	for (size_t i = 0; i < m->n_groups; i++)
		events_group(m, m->groups[i]->name, true);
	events_daemon(m, true);
	return 0;
}

void boot_go(struct manager *m)
{
	int r;

	/* Not before: a manager whose settings lead to another one is not the one to tell. */
	boot_print_diags(&m->found, stderr);
	diags_done(&m->found);

	if (m->phase != PHASE_SETTINGS || control_open(m, &m->config->reeve) < 0)
		return;
	r = start_config(m);
	if (r < 0) {
		manager_fail(m, "cannot start: %s", strerror(-r));
		return;
	}
	if (control_serve(m) < 0)
		return;
	log_beginning(m);
	say_ready(m);
}

void boot_anew(struct manager *m)
{
	struct config *next = TAKE_PTR(m->next_config);
	int r;

	if (control_move(m, &next->reeve) < 0) {
		config_free(next);
		return;
	}
	config_free(m->config);
	m->read = config_free(m->read);
	m->config = next;
	if (kept_put_read(m) < 0)
		manager_out_of_memory();
	r = start_config(m);
	if (r < 0) {
		manager_fail(m, "cannot start again: %s", strerror(-r));
		return;
	}
	log_beginning(m);
	say_ready(m);
}

void boot_close(struct manager *m)
{
	control_close(m);
}

/* --- going on --------------------------------------------------------------------------------
 */

static void tell_event(struct manager *m, enum event_kind kind, const struct link_slot *s,
		       int arg, int arg2)
{
	manager_post(
		m,
		&(struct event){
			.kind = kind, .proc = s->id, .gen = s->gen, .arg = arg, .arg2 = arg2 });
}

/* What the keeper knows of one process, in the order that proc.h asks for. */
static void tell_slot(struct manager *m, const struct link_slot *s)
{
	if (s->pid)
		tell_event(m, EVENT_SPAWNED, s, s->pid, 0);
	if (s->exec_done)
		tell_event(m, EVENT_EXEC_OK, s, 0, 0);
	if (!s->ended)
		return;
	if (s->exec_error && s->exec_stage)
		tell_event(m, EVENT_EXEC_FAILED, s, s->exec_error, s->exec_stage);
	else if (s->exec_error)
		tell_event(m, EVENT_NO_FORK, s, s->exec_error, 0);
	else
		tell_event(m, s->lost ? EVENT_LOST : EVENT_EXITED, s, s->wait_status, 0);
}

/* What it used, and when it ended: of an end that has not been taken in. */
static void account(struct manager *m, const struct link_slot *s)
{
	const struct proc *p;
	struct unit *u;

	if (!s->ended || !manager_find(m, s->id, &u, &p) || !p->alive || p->gen != s->gen)
		return;
	u->cpu_us += s->utime_us + s->stime_us;
	if (s->maxrss_kb > u->maxrss_kb)
		u->maxrss_kb = s->maxrss_kb;
	u->leftovers = s->leftovers;
	u->ended_ms = s->ended_wall_ms;
}

/* Processes that should be there, and of which the keeper has never heard. */
static void tell_lost(struct manager *m)
{
	_cleanup_(freep) proc_id *ids = NULL;
	const size_t n = manager_ids(m, &ids);

	for (size_t i = 0; i < n; i++) {
		const struct link_slot *s = greeting_slot(&m->greeting, ids[i]);
		const struct proc *p;
		struct unit *u;

		if (!manager_find(m, ids[i], &u, &p) || !p->alive || (s && s->gen == p->gen))
			continue;
		if (p->state == PROC_SPAWN && ledger_mood(m->ledger) == LEDGER_RUNNING) {
			/* It was decided, and did not get out any more. */
			starter_spawn(m, u, p->gen);
			continue;
		}
		manager_post(m, &(struct event){
					.kind = EVENT_LOST, .proc = ids[i], .gen = p->gen });
	}
}

static void tell_slots(struct manager *m)
{
	struct greeting *g = &m->greeting;

	for (size_t i = 0; i < g->n_slots; i++) {
		if (!manager_unit(m, g->slots[i].id)) {
			strays_end(m, &g->slots[i]);
			continue;
		}
		account(m, &g->slots[i]);
		tell_slot(m, &g->slots[i]);
	}
	tell_lost(m);
}

static int take_over(struct manager *m)
{
	struct greeting *g = &m->greeting;
	int r = kept_load(m);

	if (r < 0)
		return r;
	m->socket = TAKE_FD(g->socket);
	m->lock = TAKE_FD(g->lock);
	r = ledger_open(TAKE_FD(g->ledger), &m->ledger);
	if (r < 0 || r == LEDGER_FOREIGN)
		return r < 0 ? r : -EBADMSG;
	greeting_sort(g);
	r = groups_begin(m, m->config->groups, m->config->n_groups);
	if (r == 0)
		r = jobs_adopt(m);
	if (r < 0)
		return r;
	streams_tell_main(m, false);
	tell_slots(m);
	wiring_say_again(m);
	return 0;
}

/* A manager was here before us: everything it knew is with the keeper. */
static void begin_again(struct manager *m)
{
	const int r = take_over(m);

	if (r < 0) {
		fprintf(stderr, "reeve-manager: cannot go on from what is kept: %s\n",
			strerror(-r));
		manager_log(m, LEVEL_CRITICAL, "cannot go on from what is kept: %s",
			    strerror(-r));
		manager_end(m, EXIT_USAGE);
		return;
	}
	if (control_serve(m) < 0)
		return;
	manager_log(m, LEVEL_WARN, "a new manager (pid %d) goes on with %zu processes",
		    getpid(), roster_count(m->roster));
	say_ready(m);
}

void boot_begin(struct manager *m)
{
	if (m->phase != PHASE_GREETING)
		return;
	if (events_begin(m, TAKE_FD(m->greeting.events)) < 0)
		manager_out_of_memory();
	if (m->greeting.first)
		begin_first(m);
	else
		begin_again(m);
}
