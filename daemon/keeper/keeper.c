/* SPDX-License-Identifier: MIT */
#include "daemon/keeper/keeper.h"

#include <errno.h>
#include <fcntl.h>

#include "daemon/keeper/adopted.h"
#include "daemon/keeper/begin.h"
#include "daemon/keeper/cgroups.h"
#include "daemon/keeper/deposits.h"
#include "daemon/keeper/finish.h"
#include "daemon/keeper/frames.h"
#include "daemon/keeper/launch.h"
#include "daemon/keeper/notices.h"
#include "daemon/keeper/peers.h"
#include "daemon/keeper/pipes.h"
#include "daemon/keeper/reap.h"
#include "daemon/keeper/requests.h"
#include "daemon/keeper/resume.h"
#include "daemon/keeper/say.h"
#include "daemon/keeper/slots.h"
#include "daemon/keeper/store.h"
#include "daemon/keeper/watchdog.h"
#include "daemon/keeper/wires.h"
#include "daemon/sys/child.h"
#include "daemon/sys/daemonize.h"
#include "daemon/sys/environ.h"
#include "daemon/sys/limits.h"
#include "daemon/sys/pidfile.h"
#include "daemon/sys/procs.h"

enum { AGAIN_MS = 100, PING_EVERY_MS = 60000, PONG_WITHIN_MS = 20000 };

static void on_request(int signo, void *owner)
{
	requests_add(owner, signo);
}

static void on_child(int signo, void *owner)
{
	struct keeper *k = owner;

	(void)signo;
	k->child_died = true;
}

static int watch_signals(struct keeper *k)
{
	static const int requests[] = { SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR2 };
	int r = loop_signal(k->loop, SIGCHLD, on_child, k, &k->signals[0]);

	_Static_assert(ARRAY_SIZE(requests) < ARRAY_SIZE(((struct keeper *)0)->signals),
		       "there is room for each");
	for (size_t i = 0; i < ARRAY_SIZE(requests) && r == 0; i++)
		r = loop_signal(k->loop, requests[i], on_request, k, &k->signals[i + 1]);
	return r;
}

static int init_own(struct keeper *k, char **environment)
{
	struct rlimit own;
	int r = limits_raise(&k->nofile);

	/* Not being allowed to is no reason not to start. */
	if (getrlimit(RLIMIT_NOFILE, &own) < 0)
		return r < 0 ? r : -errno;
	k->nofile_max = own.rlim_cur;
	k->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (k->null < 0)
		return -errno;
	k->environment = environment;
	r = environ_for_programs(environment, &k->for_programs);
	if (r == 0)
		r = procs_adopt_orphans();
	return r;
}

static int begin(struct keeper *k)
{
	int r = store_init(k);

	cgroups_init(k);
	if (r == 0)
		r = watchdog_init(k);
	if (r == 0)
		r = resume(k);
	if (r == 0 && k->phase == PHASE_BEGIN)
		peer_want(k, &k->manager);
	return r;
}

int keeper_init(struct keeper *k, char **argv, char **environment)
{
	int r;

	*k = (struct keeper){ .null = -1,
			      .spare = -1,
			      .release = -1,
			      .next_ping = MONO_NEVER,
			      .ping_every = PING_EVERY_MS,
			      .pong_within = PONG_WITHIN_MS,
			      .watchdog = -1,
			      .step_due = MONO_NEVER,
			      .next_look = MONO_NEVER,
			      .manager = { .pidfd = -1, .report = -1 },
			      .logger = { .pidfd = -1, .report = -1 } };
	list_init(&k->launching);
	list_init(&k->untold);
	list_init(&k->deposits);
	list_init(&k->lines);
	list_init(&k->adopted);
	list_init(&k->dying);
	r = init_own(k, environment);
	if (r == 0)
		r = loop_new(&k->loop);
	if (r == 0)
		r = pollset_new(k->loop, launch_on_report, k, &k->reports);
	if (r == 0)
		r = pollset_new(k->loop, adopted_on_end, k, &k->ends);
	if (r == 0)
		r = pollset_new(k->loop, notices_on_message, k, &k->notices);
	if (r == 0)
		r = watch_signals(k);
	k->dispositions = child_signals();
	if (r == 0)
		r = peer_init(&k->manager, "reeve-manager", frames_of_manager, argv);
	if (r == 0)
		r = peer_init(&k->logger, "reeve-logger", frames_of_logger, argv);
	if (r == 0)
		r = begin(k);
	return r;
}

static mono_t due(const struct keeper *k)
{
	const mono_t now = loop_now(k->loop);
	mono_t t = mono_min(peers_due(k), mono_min(launch_due(k), finish_due(k)));

	t = mono_min(t, mono_min(adopted_due(k), store_due(k)));
	t = mono_min(t, cgroups_due(k));
	if (k->child_died)
		t = now;
	if (peers_starved(k) || pipes_wait(k))
		t = mono_min(t, mono_add(now, AGAIN_MS));
	return t;
}

void keeper_turn(struct keeper *k)
{
	mono_t now;

	k->in_a_row = 0;
	loop_wake_at(k->loop, due(k));
	loop_turn(k->loop);
	now = loop_now(k->loop);
	reap_dead(k);
	adopted_tend(k, now);
	cgroups_tend(k, now);
	launch_expire(k, now);
	peers_tend(k, now);
	begin_tend(k);
	requests_send(k);
	pipes_tell(k);
	finish_tend(k, now); /* after that: the logger is told of the end once it has all */
	peers_flush(k);
	pipes_ahead(k);
	store_tend(k, now);
}

void keeper_done(struct keeper *k)
{
	if (k->settings.pidfile && *k->settings.pidfile)
		pidfile_remove(k->settings.pidfile, getpid());
	if (k->phase == PHASE_OVER)
		say_last_lines(k);
	slots_done(k);
	wires_done(k);
	map_done(&k->swept);
	deposits_done(k);
	store_done(k);
	cgroups_done(k);
	watchdog_done(k);
	peer_done(&k->manager);
	peer_done(&k->logger);
	k->spare = fd_close(k->spare);
	k->reports = pollset_free(k->reports);
	k->ends = pollset_free(k->ends);
	k->notices = pollset_free(k->notices);
	for (size_t i = 0; i < ARRAY_SIZE(k->signals); i++)
		k->signals[i] = signal_watch_drop(k->signals[i]);
	k->loop = loop_free(k->loop);
	k->null = fd_close(k->null);
	free(k->for_programs);
	settings_done(&k->settings);
	daemonize_release(&k->release, k->exit_status);
}
