/* SPDX-License-Identifier: MIT */
/*
 * storm.c - makes N orphans, lets them all die at once, and waits for its own end by a signal.
 *
 *	storm N
 *
 * Each is the child of a child that does not wait for it. They live until the last of them is
 * there, and hold a pipe that nobody writes to: its end is theirs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void become_orphan(int until)
{
	char nothing;

	if (fork() == 0)
		(void)!read(until, &nothing, 1);
	_exit(0);
}

int main(int argc, char **argv)
{
	int ends[2];

	if (argc != 2 || pipe(ends) < 0)
		return 1;
	for (int i = 0; i < atoi(argv[1]); i++) {
		const pid_t pid = fork();

		if (pid < 0) {
			perror("fork");
			return 1;
		}
		if (pid == 0) {
			(void)close(ends[1]);
			become_orphan(ends[0]);
		}
		(void)waitpid(pid, NULL, 0);
	}
	puts("storm");
	fflush(stdout);
	(void)close(ends[1]);
	pause();
	return 0;
}
