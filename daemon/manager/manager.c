/* SPDX-License-Identifier: MIT */
#include "daemon/manager/manager.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "daemon/manager/event_book.h"
#include "daemon/manager/job.h"

enum { MANAGER_USAGE = 2 };

_Noreturn void manager_out_of_memory(void)
{
	abort();
}

void manager_post(struct manager *m, const struct event *ev)
{
	if (m->queue_n == m->queue_cap) {
		const size_t cap = m->queue_cap ? 2 * m->queue_cap : 64;
		struct event *ring = calloc(cap, sizeof *ring);

		if (!ring)
			manager_out_of_memory();
		for (size_t i = 0; i < m->queue_n; i++)
			ring[i] = m->queue[(m->queue_first + i) % m->queue_cap];
		free(m->queue);
		m->queue = ring;
		m->queue_first = 0;
		m->queue_cap = cap;
	}
	m->queue[(m->queue_first + m->queue_n++) % m->queue_cap] = *ev;
}

bool manager_take(struct manager *m, struct event *ret)
{
	if (!m->queue_n)
		return false;
	*ret = m->queue[m->queue_first];
	m->queue_first = (m->queue_first + 1) % m->queue_cap;
	m->queue_n--;
	return true;
}

bool manager_find(const struct manager *m, proc_id id, struct unit **ret_unit,
		  const struct proc **ret_proc)
{
	struct roster_entry e;

	if (!m->roster || !roster_get(m->roster, id, &e))
		return false;
	*ret_unit = e.data;
	*ret_proc = e.proc;
	return true;
}

struct unit *manager_unit(const struct manager *m, proc_id id)
{
	const struct proc *p;
	struct unit *u;

	return manager_find(m, id, &u, &p) ? u : NULL;
}

size_t manager_ids(const struct manager *m, proc_id **ret)
{
	const struct roster *r = m->roster;
	const size_t shown = r ? roster_count(r) : 0;
	const size_t hidden = r ? roster_list(r, JOBS_GROUP, ORDER_NAME, NULL, 0) : 0;

	*ret = calloc(shown + hidden + 1, sizeof **ret);
	if (!*ret)
		manager_out_of_memory();
	if (shown)
		(void)roster_list(r, NULL, ORDER_NAME, *ret, shown);
	if (hidden)
		(void)roster_list(r, JOBS_GROUP, ORDER_NAME, *ret + shown, hidden);
	return shown + hidden;
}

void manager_record(struct manager *m, const struct unit *u, const struct proc *p)
{
	const struct ledger_entry e = { .proc = *p,
					.started_ms = u->started_ms,
					.stopped_ms = u->stopped_ms,
					.cpu_us = u->cpu_us,
					.maxrss_kb = u->maxrss_kb,
					.last = u->last,
					.leftovers = u->leftovers };

	ledger_write(m->ledger, u->ledger_slot, &e);
}

void manager_tell_keeper(struct manager *m, const struct link_msg *msg, int fd)
{
	if (channel_send(m->keeper, msg, fd) < 0)
		manager_out_of_memory();
}

/* Lines of the log wait a moment: the logger they would wake takes a processor that the keeper,
 * who may just have been asked to start something, could use. */
enum { LOG_WAITS_MS = 4 };

void manager_tell_logger(struct manager *m, const struct link_msg *msg, int fd)
{
	const mono_t now = loop_now(m->loop);
	const mono_t due = msg->type == LINK_LOG ? mono_add(now, LOG_WAITS_MS) : now;

	if (m->logger && channel_send(m->logger, msg, fd) < 0)
		manager_out_of_memory();
	m->log_due = mono_min(m->log_due, due);
}

void manager_log(struct manager *m, enum level level, const char *fmt, ...)
{
	_cleanup_(freep) char *text = NULL;
	va_list ap;
	int n;

	if (m->config && level < m->config->supervisord.loglevel)
		return;
	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0) {
		text = NULL;
		return;
	}
	manager_tell_logger(
		m,
		&(struct link_msg){ .type = LINK_LOG,
				    .log = { .level = (uint32_t)level, .text = text } },
		-1);
}

void manager_deposit(struct manager *m, const char *name, int fd)
{
	manager_tell_keeper(
		m, &(struct link_msg){ .type = LINK_DEPOSIT, .name = { .name = name } }, fd);
}

void manager_fail(struct manager *m, const char *fmt, ...)
{
	_cleanup_(freep) char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	fprintf(stderr, "Error: %s\nFor help, use reeved -h\n", text ? text : "out of memory");
	if (text)
		manager_log(m, LEVEL_CRITICAL, "%s", text);
	manager_end(m, MANAGER_USAGE);
}

void manager_end(struct manager *m, int status)
{
	m->done = true;
	m->exit_status = status;
}

static void free_units(struct manager *m)
{
	_cleanup_(freep) proc_id *ids = NULL;
	const size_t n = manager_ids(m, &ids);

	for (size_t i = 0; i < n; i++)
		unit_free(manager_unit(m, ids[i]));
}

void manager_done(struct manager *m)
{
	m->server = server_free(m->server);
	free_units(m);
	m->roster = roster_free(m->roster);
	m->jobs = jobs_free(m->jobs);
	m->events = event_book_free(m->events);
	for (size_t i = 0; i < m->n_groups; i++)
		group_spec_unref(m->groups[i]);
	free(m->groups);
	diags_done(&m->found);
	m->config = config_free(m->config);
	m->read = config_free(m->read);
	m->next_config = config_free(m->next_config);
	m->ledger = ledger_free(m->ledger);
	m->keeper = channel_free(m->keeper);
	m->logger = channel_free(m->logger);
	m->socket = fd_close(m->socket);
	m->lock = fd_close(m->lock);
	while (m->n_places)
		free(m->places[--m->n_places]);
	free(m->places);
	free(m->greeting.slots);
	free(m->queue);
	m->loop = loop_free(m->loop);
}
