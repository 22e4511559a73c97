/* SPDX-License-Identifier: MIT */
/*
 * main.c - reeve-manager: reads the configuration, owns every decision, serves the control
 * socket. It is started by reeved, and started again whenever it ends.
 *
 *	options.c   the command line           world.c      finds and reads the configuration
 *	boot.c      first start, and going on  lifecycle.c  shutdown, reload, signals
 *	control.c   the control socket         manager.c    what all of them share
 *	keeper_link.c  frames to events        turn.c       events to effects: the one way
 *	groups.c    what is in the roster      unit.c       what is known of one process
 *	recipe.c    how a process is started   streams.c    where its output goes
 *	ledger.c    what outlives us           operation.c  clients that wait
 *	handlers.c  commands: look.c run.c file.c           server.c, conn.c  the control socket
 *	describe.c, journal.c  supervisord's words for what happens; why.c, facts.c  ours
 *	wiring.c    who reads what others print             greeting.c  what the keeper knows
 *	kept.c      configurations that outlive us          strays.c    processes of nobody
 *	happening.c, event_book.c  the last events          events.c  where they come from
<<<<<<< HEAD
 *	subscribers.c  who is told
<<<<<<< HEAD
 *	essential.c  programs whose end is everybody's      command.c   one, without a file
 *	report.c    systemd hears what runs
=======
 *	essential.c  programs whose end is everybody's
=======
 *	subscribers.c  who is told                          logs.c  what the logger is asked for
>>>>>>> 8d933a9 (manager, ctl: show logs line by line, and rotate and clear them)
>>>>>>> a638b2c (manager, ctl: show logs line by line, and rotate and clear them)
 *
 * Jobs, which no file defines:
 *
 *	job.c, session.c       the books       job_spec.c, job_json.c  from JSON, and back to it
 *	job_ask.c  Run, KillJobs, Forget       job_look.c, job_output.c, job_wait.c  the others
 *	job_run.c  the queue, and steps        sessions.c   callers go, and come back
 *	job_start.c  stages become processes   job_end.c    results, and who is told
 *	job_store.c, job_kept.c  the journal   job_boot.c   what another manager left
 */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "daemon/manager/boot.h"
#include "daemon/manager/groups.h"
#include "daemon/manager/handlers.h"
#include "daemon/manager/job_output.h"
#include "daemon/manager/keeper_link.h"
#include "daemon/manager/strays.h"
#include "daemon/manager/turn.h"
#include "daemon/manager/world.h"

enum { EXIT_USAGE = 2 };

static int usage(const char *why)
{
	fprintf(stderr, "Error: %s\nFor help, use reeved -h\n", why);
	return EXIT_USAGE;
}

static int print_help(void)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;

	if (options_help(&text) < 0)
		return 1;
	fputs(buf_str(&text), stdout);
	return 0;
}

/* As a start from here would find it. */
static bool fits_here(const struct config *c, struct diags *d)
{
	struct manager m = { 0 };
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return true;
	m.greeting.nofile = limit.rlim_max;
	return groups_fit(&m, groups_count(c->groups, c->n_groups), c->path, d);
}

/* --check: every mistake on standard error, the effective configuration on standard output. */
static int check(const struct options *o)
{
	_cleanup_(diags_done) struct diags d = DIAGS_INIT;
	_cleanup_(config_freep) struct config *c = NULL;
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	int r = world_load(o, &d, &c);

	if (r == CONFIG_OK && !fits_here(c, &d))
		r = CONFIG_REFUSED;
	boot_print_diags(&d, stderr);
	if (r < 0) {
		fprintf(stderr, "Error: %s\n", strerror(-r));
		return 1;
	}
	if (r != CONFIG_OK)
		return EXIT_USAGE;
	if (config_print(c, &text) < 0)
		return 1;
	fputs(buf_str(&text), stdout);
	return ferror(stdout) || fflush(stdout) ? 1 : 0;
}

/* The keeper gave us our links; a person who starts us by hand did not. */
static bool have_links(void)
{
	struct stat st;

	for (int fd = LINK_KEEPER_FD; fd <= LINK_PEER_FD; fd++)
		if (fstat(fd, &st) < 0 || !S_ISSOCK(st.st_mode))
			return false;
	return true;
}

/* The keeper decides what a signal to the daemon means; a terminal sends to all of us. */
static void ignore_signals(void)
{
	static const int ignored[] = { SIGPIPE, SIGHUP,	 SIGINT, SIGQUIT,
				       SIGTERM, SIGUSR1, SIGUSR2 };

	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
}

/*
 * Large blocks are maps of their own, always: by default the bound grows with what was freed,
 * and what a long answer took would stay (mallopt(3), M_MMAP_THRESHOLD).
 */
static void keep_memory_small(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, 128 << 10);
	(void)mallopt(M_TRIM_THRESHOLD, 128 << 10);
}

static int run(const struct options *o)
{
	struct manager m = { .options = o,
			     .socket = -1,
			     .lock = -1,
			     .greeting = { .ledger = -1,
					   .config = -1,
					   .read = -1,
					   .socket = -1,
					   .lock = -1,
					   .jobs = -1,
					   .events = -1 },
			     .next_grumble = MONO_NEVER,
			     .report_due = MONO_NEVER,
			     .server_ops = &handlers_ops };
	int r;

	if (!have_links())
		return usage("reeve-manager is started by reeved; start that");
	ignore_signals();
	keep_memory_small();
	list_init(&m.operations);
	list_init(&m.leaving);
	list_init(&m.strays);
	r = loop_new(&m.loop);
	if (r == 0)
		r = keeper_link_open(&m);
	if (r < 0)
		return usage(strerror(-r));
	while (!m.done) {
		loop_turn(m.loop);
		turn(&m);
	}
	job_outputs_done(&m);
	strays_done(&m);
	manager_done(&m);
	return m.exit_status;
}

int main(int argc, char **argv)
{
	_cleanup_(buf_done) struct buf why = BUF_INIT;
	struct options o;

	if (options_parse(argc, (const char *const *)argv, &o, &why) < 0)
		return usage(why.len ? buf_str(&why) : "out of memory");
	switch (o.action) {
	case OPTIONS_HELP:
		return print_help();
	case OPTIONS_VERSION:
		puts(REEVE_VERSION);
		return 0;
	case OPTIONS_CHECK:
		return check(&o);
	case OPTIONS_RUN:
		break;
	}
	return run(&o);
}
