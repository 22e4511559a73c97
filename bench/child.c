/* SPDX-License-Identifier: MIT */
/*
 * child.c - the program that is started: it says when it reached main(), and waits or exits.
 *
 *	child FIFO wait|exit
 *
 * Static and small, so that what is measured is the one who starts it.
 */
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/probe.h"

int main(int argc, char **argv)
{
	struct arrival a = { .pid = getpid() };
	struct timespec ts;
	int fd;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	a.at = ts.tv_sec * 1000000000LL + ts.tv_nsec;
	if (argc != 3)
		return 2;
	fd = open(argv[1], O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, &a, sizeof a) != (ssize_t)sizeof a)
		return 3;
	close(fd);
	if (strcmp(argv[2], "wait") == 0)
		for (;;)
			pause();
	return 0;
}
