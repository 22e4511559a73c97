/* SPDX-License-Identifier: MIT */
/*
 * reeve-logger: reads what services print; writes, rotates, shows it; waits for disks so that
 * nobody else has to.
 *
 * It is started by the keeper, with a link to it on LINK_KEEPER_FD and one to the manager on
 * LINK_PEER_FD. The keeper holds every pipe too, and the memory that output passes through: a
 * logger that dies loses nothing, and the next one goes on where it was.
 *
 *	main.c      this: the process
 *	logger.c    the turn; the end                phases.c  how it begins and ends
 *	messages.c  what keeper and manager say      tell.c    what it has to say
 *	rules.c     the same of a stream in our words
 *	stream.c    the pipes of programs            rest.c    those that trickle are read later
 *	  stage.c     on the way to the log: format.c, lines.c, json.c, ansi.c, tags.c,
 *	              capture.c, meter.c
 *	target.c    a place that output goes to      targets.c all of them
 *	target_job.c  what its job brings back       target_pack.c  backups are packed
 *	outage.c    while it cannot be written       retention.c  and deleted one day
 *	work.c      a piece of work at one
 *	  logfile.c   a file: written, rotated       rotate.c  PATH, PATH.1 …
 *	  logopen.c   opened with care               cursor.c  read back
 *	  pack.c      gzip and zstd                  packing.c one backup packed
 *	  deliver.c   syslog and the journal         quiet.c   files of silent programs
 *	arena.c     the memory that outlives us      exact.c   pipes are read so that it is
 *known recover.c   what another logger left         settle.c  and how much of it was written
 *	iopool.c    the threads that work is done on
 *	mainlog.c   the daemon's own log             clean.c   AUTO logs of earlier instances
 *	tail.c      a log shown and followed         reader.c  one who reads along
 *	logs.c      many of them, by time            logs_job.c  on its thread
 *	  source.c    a log as a row of lines        times.c   when they were written
 *	  outlet.c    the descriptor of who asks
 *	removal.c   logs that nobody wants any more  news.c    what is said of a log
 *	table.c     look-up by hash
 *
 * A byte goes: pipe → chunk of the arena → a thread → file. Only work.c and what it calls run
 *on threads. Of a program that prints very much, a thread reads the pipe itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/logger/logger.h"
#include "daemon/sys/patience.h"
#include "proto/link.h"

enum { EXIT_STARTED_WRONGLY = 2, TABLE_SIZE = 4096 };

/* The keeper decides when we end: a signal to the whole group of processes must not. */
static void ignore_signals(void)
{
	static const int ignored[] = { SIGHUP,	SIGINT,	 SIGQUIT, SIGPIPE,
				       SIGTERM, SIGUSR1, SIGUSR2 };
	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		(void)sigaction(ignored[i], &ignore, NULL);
}

/*
 * Once there are threads, all processors must have let go of the old table of descriptors
 * whenever it grows, which takes milliseconds (synchronize_rcu() in the kernel's
 * expand_files()). So it grows before that; 32 KiB of the kernel do for two thousand programs.
 */
static void grow_descriptor_table(void)
{
	fd_close(fcntl(LINK_KEEPER_FD, F_DUPFD_CLOEXEC, TABLE_SIZE - 1));
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static int fail(int r)
{
	(void)fprintf(stderr, "reeve-logger: %s\n", strerror(-r));
	return EXIT_FAILURE;
}

static enum logger_state run(struct logger *g)
{
	enum logger_state state;

	do {
		state = logger_turn(g);
	} while (state == LOGGER_GOES_ON);
	return state;
}

int main(void)
{
	_cleanup_(loop_freep) struct loop *loop = NULL;
	struct logger *g;
	enum logger_state state;
	int r;

	if (!is_open(LINK_KEEPER_FD)) {
		(void)fprintf(stderr, "reeve-logger: it is reeved that starts this\n");
		return EXIT_STARTED_WRONGLY;
	}
	ignore_signals();
	/* Who prints goes on; and who dies, and closes its streams by that, is replaced first.
	 */
	patience_have();
	grow_descriptor_table();
	(void)mallopt(M_ARENA_MAX, 1); /* threads need no heaps of their own */
	r = loop_new(&loop);
	if (r < 0)
		return fail(r);
	r = logger_new(loop, LINK_KEEPER_FD, is_open(LINK_PEER_FD) ? LINK_PEER_FD : -1, &g);
	if (r < 0)
		return fail(r);
	state = run(g);
	if (state != LOGGER_OVER) /* threads may hang at a disk: there is no waiting for them */
		_exit(EXIT_FAILURE);
	logger_free(g);
	return EXIT_SUCCESS;
}
