/* SPDX-License-Identifier: MIT */
/*
 * main.c - reeved, the keeper: parent of every process, holder of every descriptor that must
 * not die. It decides nothing and parses nothing, so that it hardly ever has to change.
 *
 *	keeper.c    all it has, and its turn   begin.c     settings, user, into the background
 *	peers.c     the manager, the logger    greet.c     what a new one of them is told
 *	frames.c    what they ask for          say.c       tells them
 *	launch.c    fork, and wait for exec    reap.c      who died, and how
 *	slots.c     the processes              quick.c     which of them hang nowhere
 *	pipes.c     from them to the logger    wires.c     from one of them to another
 *	deposits.c  descriptors by name        requests.c  signals to the daemon
 *	finish.c    the end                    map.c       a number to what belongs to it
 *	store.c     what systemd holds for us  book.c      what is written down beside it
 *	resume.c    going on from both         adopted.c   processes that an earlier keeper had
 *	watchdog.c  systemd's                  cgroups.c   a group for each incarnation
 *	notices.c   what programs say
 *
 * A turn waits, lets callbacks read what there is (and carry it out: a keeper has no reasons to
 * wait with anything), reaps, and then each file does what its time has come for. Whoever calls
 * whom goes from top to bottom of: keeper, resume, frames and begin, finish, adopted, reap,
 * peers, greet, launch, the rest.
 *
 * What a process gets as 0, 1 and 2 is decided in launch.c: a descriptor that a caller gave
 * passes through as it is and is never kept; a wire is kept until the manager says that an end
 * of it has no more use; a pipe to the logger is kept as long as the process is known.
 */
#include <string.h>

#include "daemon/keeper/keeper.h"
#include "daemon/sys/daemonize.h"

static int run(char **argv, char **environment)
{
	struct keeper k;
	int r = keeper_init(&k, argv, environment);

	if (r < 0) {
		const char *missing = !k.manager.path  ? k.manager.name
				      : !k.logger.path ? k.logger.name
						       : NULL;

		fprintf(stderr, "Error: cannot start%s%s: %s\n", missing ? " " : "",
			missing ? missing : "", strerror(-r));
		k.exit_status = 1;
	}
	while (r == 0 && k.phase != PHASE_OVER)
		keeper_turn(&k);
	keeper_done(&k);
	return k.exit_status;
}

int main(int argc, char **argv, char **environment)
{
	(void)argc;
	/* Descriptors 0 to 2 must be taken, or a pipe of ours could become somebody's output.
	 */
	if (daemonize_null(0, 2, false) < 0)
		return 1;
	(void)signal(SIGPIPE, SIG_IGN);
	return run(argv, environment);
}
