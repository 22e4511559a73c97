/* SPDX-License-Identifier: MIT */
/*
 * keeper.h - all that the keeper has, and its turn.
 *
 * Every file of this folder works on a struct keeper and owns the part of it that is named
 * after it; main.c has the map.
 */
#pragma once

#include <signal.h>
#include <sys/resource.h>

#include "base/level.h"
#include "base/list.h"
#include "daemon/keeper/map.h"
#include "daemon/keeper/peer.h"
#include "daemon/keeper/slot.h"
#include "daemon/sys/pollset.h"

enum keeper_phase {
	PHASE_BEGIN, /* waits for the manager's settings */
	PHASE_CHANGE, /* they change what we are: waits for that manager to end */
	PHASE_START, /* they are in force; waits until the manager is ready */
	PHASE_RUN,
	/* The end, step by step. */
	PHASE_SWEEP, /* whatever lives on below us goes first */
	PHASE_MANAGER, /* then the manager, if it still is there */
	PHASE_LOGGER, /* then the logger, which has read everything by then */
	PHASE_OVER,
};

struct settings {
	bool daemonize;
	char *pidfile, *user, *directory, *logfile; /* "" none; NULL before SETTINGS */
	char *started_in; /* NULL: still there. The manager is, for its paths are from there. */
	int umask;
	uint32_t minfds, minprocs;
	bool applied;
};

/* A start that was seen to hang nowhere: quick.h. */
struct quick {
	uint64_t key; /* 0: none */
	mono_t until;
};

enum { QUICK_MAX = 256, REQUESTS_MAX = 16 };

struct request {
	int signo;
	uint32_t serial; /* of the PING sent behind it; 0: not sent yet */
};

struct keeper {
	struct loop *loop;
	enum keeper_phase phase;
	int exit_status;

	/* main.c, keeper.c */
	char **environment; /* ours, as we were started */
	char **for_programs; /* what programs see of it */
	int null; /* /dev/null */
	uint64_t dispositions; /* signals that a child has to put back */
	struct rlimit nofile; /* what programs get */
	uint64_t nofile_max; /* what we have */
	struct signal_watch *signals[8];
	bool child_died; /* SIGCHLD: look who */
	uint32_t mourned; /* the last slot that ended in this turn; 0: none */

	struct peer manager, logger;
	int spare; /* an end of their link, for the one that is not there yet; -1: none */
	const struct peer *spare_for;
	uint32_t serial; /* of the last PING */
	mono_t next_ping;
	msec_t ping_every, pong_within;
	int watchdog; /* to systemd; -1: it does not want to hear of us */
	bool ping_logger;

	struct map by_id, by_pid; /* of struct slot */
	struct list launching; /* earliest exec_due first */
	size_t n_launching, n_notify;
	struct pollset *reports;
	struct quick quick[QUICK_MAX];
	unsigned in_a_row; /* starts in this turn so far */

	struct map wires; /* by the id of the process that writes */
	struct store *store; /* NULL: systemd holds nothing for us */
	struct book *book; /* with it */
	struct cgroups *cgroups; /* NULL: there are none for us */
	unsigned cgroups_missed; /* controllers: that was said */
	struct list adopted, dying; /* slots that are, and live; or have just ended */
	struct pollset *ends, *notices; /* their pidfds; sockets of programs */
	struct list untold;
	bool logger_begun; /* the present logger was told all there was at its start */

	struct list deposits;
	size_t n_deposits;

	struct request requests[REQUESTS_MAX];
	size_t n_requests;

	struct settings settings;
	int release; /* to the process that waits for our start; -1: none */

	/* finish.c */
	mono_t step_due; /* the present step's patience ends */
	bool forced; /* what this step waits for was killed */
	mono_t sweep_over, next_look;
	struct map swept; /* pids that were asked to end */
	struct list lines; /* for a logger to come */
	size_t n_lines;
};

/* Prepare: @argv is the daemon's. 0 or -errno. */
_must_check_ int keeper_init(struct keeper *k, char **argv, char **environment);

/* One turn: wait, then do all that there is to do. */
void keeper_turn(struct keeper *k);

void keeper_done(struct keeper *k);
