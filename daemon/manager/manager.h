/* SPDX-License-Identifier: MIT */
/*
 * manager.h - what the parts of the manager share: one struct, passed down, changed by the
 * module that each part of it is filed under. (Long: it is all in one place.)
 *
 * The flow of a turn is in turn.h: events are posted here and stepped there, what comes of them
 * is sent to keeper and logger, told to waiting clients, and written to the ledger.
 */
#pragma once

#include "base/list.h"
#include "conf/config.h"
#include "daemon/core/roster.h"
#include "daemon/manager/ledger.h"
#include "daemon/manager/options.h"
#include "daemon/manager/server.h"
#include "daemon/manager/unit.h"
#include "daemon/sys/channel.h"

enum manager_phase {
	PHASE_GREETING, /* the keeper tells what it has; until BEGIN */
	PHASE_SETTINGS, /* configuration read; the keeper puts settings in force; until GO */
	PHASE_RUNNING,
	PHASE_SHUTDOWN, /* stops everything, then ends */
	PHASE_RELOAD, /* stops everything, then begins anew with next_config */
};

/* What the keeper tells until BEGIN: the processes that it knows, what it held for us. */
struct greeting {
	struct link_slot *slots;
	size_t n_slots;
	int ledger, config, read, socket, lock, jobs, events; /* descriptors, or -1 */
	struct kept_fd *job_fds; /* of callers of jobs: job_boot.h */
	size_t n_job_fds;
	int32_t keeper_pid;
	uint64_t nofile; /* descriptors a process of this instance may have */
	bool first;
};

struct manager {
	/* main.c */
	struct loop *loop;
	const struct options *options;
	bool done;
	int exit_status;

	/* keeper_link.c */
	struct channel *keeper;
	struct channel *logger; /* NULL while there is none */
	struct greeting greeting;
	enum manager_phase phase;
	mono_t next_grumble; /* when to log again who is waited for */

	/* boot.c */
	struct config *config; /* whose settings are in force */
	struct config *read; /* by reread, for add and update; NULL: the same */
	struct config *next_config; /* PHASE_RELOAD: of after */
	char **places; /* names of files that came from the keeper: kept.c */
	size_t n_places;
	struct list strays; /* strays.c */
	struct diags found; /* what there is to say of the file when the start goes on */
	int socket, lock; /* descriptors; -1: none */
	struct server *server; /* NULL until there is a socket */
	const struct server_ops *server_ops; /* of main.c: whom requests go to */

	/* groups.c: what is in the roster */
	struct roster *roster;
	struct group_spec **groups;
	size_t n_groups;
	bool unkept; /* they have changed since the keeper was given them */
	struct list leaving; /* units that go when they are at rest */
	struct ledger *ledger;

	struct jobs *jobs; /* job.h; NULL before the first beginning */
	struct events *events; /* event_book.h; likewise */

	/* turn.c */
	mono_t report_due, report_next; /* report.h: the next one; not before */
	bool owes_ready; /* systemd is to hear READY=1 */
	mono_t log_due; /* when what waits for the logger must go; MONO_NEVER: nothing waits */
	bool spent; /* much memory was used for a moment: give it back after the turn */
	struct event *queue; /* a ring */
	size_t queue_first, queue_n, queue_cap;

	/* operation.c */
	struct list operations;
	uint32_t next_token;
};

/* No memory, and nothing to refuse: the process ends, for its successor finds all in the ledger
 * and the keeper, which is better than a lost event. */
_Noreturn void manager_out_of_memory(void);

/* Queue an event for this turn. */
void manager_post(struct manager *m, const struct event *ev);

/* Take the oldest event. False if there is none. */
bool manager_take(struct manager *m, struct event *ret);

/* The unit of a process in the roster. */
struct unit *manager_unit(const struct manager *m, proc_id id);

/* Both at once; false if it is no more. */
bool manager_find(const struct manager *m, proc_id id, struct unit **ret_unit,
		  const struct proc **ret_proc);

/* The ids of all in the roster, those of jobs too; to be freed. Returns how many. */
size_t manager_ids(const struct manager *m, proc_id **ret);

/* Write the ledger's record of a process. */
void manager_record(struct manager *m, const struct unit *u, const struct proc *p);

/* A line of the daemon's log, if its level is wanted. */
__attribute__((format(printf, 3, 4))) void manager_log(struct manager *m, enum level level,
						       const char *fmt, ...);

/* Send to the keeper or logger; to a logger that is away: nothing, it is told all later. */
void manager_tell_keeper(struct manager *m, const struct link_msg *msg, int fd);
void manager_tell_logger(struct manager *m, const struct link_msg *msg, int fd);

/* Let the keeper hold @fd under @name, in place of what had the name. */
void manager_deposit(struct manager *m, const char *name, int fd);

/* A start cannot go on: say why on standard error and in the log, and end with supervisord's
 * status for that, 2. */
__attribute__((format(printf, 2, 3))) void manager_fail(struct manager *m, const char *fmt,
							...);

/* End with this status; nothing is stopped by it. */
void manager_end(struct manager *m, int status);

/* Everything is given back. */
void manager_done(struct manager *m);
