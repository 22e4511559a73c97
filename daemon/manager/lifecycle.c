/* SPDX-License-Identifier: MIT */
#include "daemon/manager/lifecycle.h"

#include <signal.h>
#include <string.h>

#include "daemon/manager/boot.h"
#include "daemon/manager/events.h"
#include "daemon/manager/groups.h"
#include "daemon/manager/job_run.h"
#include "daemon/manager/job_wait.h"
#include "daemon/manager/journal.h"
#include "daemon/manager/operation.h"
#include "daemon/manager/sessions.h"
#include "daemon/manager/world.h"
#include "systemd/notify.h"

enum { GRUMBLE_MS = 3000 };

static void stop_all(struct manager *m, enum manager_phase phase, enum ledger_mood mood)
{
	if (m->phase == PHASE_RUNNING)
		events_daemon(m, false);
	m->phase = phase;
	ledger_set_mood(m->ledger, mood);
	m->next_grumble = mono_add(loop_now(m->loop), GRUMBLE_MS);
	jobs_close(m);
	roster_shutdown(m->roster);
}

void lifecycle_shutdown(struct manager *m)
{
	if (m->phase != PHASE_RUNNING && m->phase != PHASE_RELOAD)
		return;
	notify_stopping();
	m->next_config = config_free(m->next_config);
	manager_tell_logger(m, &(struct link_msg){ .type = LINK_FINISH }, -1);
	stop_all(m, PHASE_SHUTDOWN, LEDGER_SHUTDOWN);
}

int lifecycle_reload(struct manager *m, struct diags *d)
{
	struct config *next;
	int r = world_load(m->options, d, &next);

	if (r != CONFIG_OK)
		return r;
	if (!groups_fit(m, groups_count(next->groups, next->n_groups), next->path, d)) {
		config_free(next);
		return CONFIG_REFUSED;
	}
	notify_reloading();
	m->next_config = next;
	stop_all(m, PHASE_RELOAD, LEDGER_RELOAD);
	return 0;
}

static void log_diags(struct manager *m, struct diags *d)
{
	diags_sort(d);
	for (size_t i = 0; i < d->n; i++) {
		_cleanup_(buf_done) struct buf text = BUF_INIT;

		if (diag_format(&d->v[i], &text) == 0)
			manager_log(m, d->v[i].kind == DIAG_ERROR ? LEVEL_ERROR : LEVEL_WARN,
				    "%s", buf_str(&text));
	}
}

static void hang_up(struct manager *m)
{
	_cleanup_(diags_done) struct diags d = DIAGS_INIT;

	if (m->phase != PHASE_RUNNING) {
		manager_log(m, LEVEL_INFO,
			    "ignored SIGHUP indicating restart request (shutdown in progress)");
		return;
	}
	manager_log(m, LEVEL_WARN, "received SIGHUP indicating restart request");
	if (lifecycle_reload(m, &d) == 0)
		return;
	manager_log(m, LEVEL_CRITICAL,
		    "the configuration cannot be used: everything stays as it is");
	log_diags(m, &d);
}

void lifecycle_signal(struct manager *m, int signo)
{
	switch (signo) {
	case SIGTERM:
	case SIGINT:
	case SIGQUIT:
		manager_log(m, LEVEL_WARN, "received SIG%s indicating exit request",
			    sigabbrev_np(signo));
		lifecycle_shutdown(m);
		break;
	case SIGHUP:
		hang_up(m);
		break;
	case SIGUSR2:
		manager_log(m, LEVEL_INFO, "received SIGUSR2 indicating log reopen request");
		manager_tell_logger(m, &(struct link_msg){ .type = LINK_REOPEN }, -1);
		break;
	default:
		break;
	}
}

void lifecycle_resume(struct manager *m, enum ledger_mood mood)
{
	_cleanup_(diags_done) struct diags d = DIAGS_INIT;

	switch (mood) {
	case LEDGER_RUNNING:
		break;
	case LEDGER_SHUTDOWN:
		lifecycle_shutdown(m);
		break;
	case LEDGER_RELOAD:
		if (lifecycle_reload(m, &d) == 0)
			break;
		log_diags(m, &d);
		ledger_set_mood(m->ledger, LEDGER_RUNNING);
		break;
	}
}

void lifecycle_all_down(struct manager *m)
{
	operation_end_all(m, "ShuttingDown");
	job_waits_end(m, "ShuttingDown");
	if (m->phase == PHASE_SHUTDOWN)
		events_end(m, "ShuttingDown");
	sessions_end(m, "ShuttingDown");
	if (m->phase == PHASE_RELOAD) {
		groups_end(m);
		boot_anew(m);
		return;
	}
	boot_close(m);
	manager_tell_keeper(m,
			    &(struct link_msg){ .type = LINK_FINISH,
						.number = { ledger_exit_status(m->ledger) } },
			    -1);
	manager_end(m, 0);
}

void lifecycle_tick(struct manager *m, mono_t now)
{
	if ((m->phase != PHASE_SHUTDOWN && m->phase != PHASE_RELOAD) ||
	    mono_before(now, m->next_grumble))
		return;
	journal_waiting(m);
	m->next_grumble = mono_add(now, GRUMBLE_MS);
}

mono_t lifecycle_due(const struct manager *m)
{
	if (m->phase != PHASE_SHUTDOWN && m->phase != PHASE_RELOAD)
		return MONO_NEVER;
	return m->next_grumble;
}
