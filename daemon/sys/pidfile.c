/* SPDX-License-Identifier: MIT */
#include "daemon/sys/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = 16 };

int pidfile_write(const char *path, pid_t pid)
{
	_cleanup_(closep) int fd = open(
		path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0644);
	char text[TEXT_SIZE];
	const int len = snprintf(text, sizeof text, "%d\n", (int)pid);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, text, (size_t)len);
	return n == len ? 0 : n < 0 ? -errno : -ENOSPC;
}

void pidfile_remove(const char *path, pid_t pid)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char have[TEXT_SIZE] = "", want[TEXT_SIZE];

	(void)snprintf(want, sizeof want, "%d\n", (int)pid);
	if (fd >= 0 && read(fd, have, sizeof have - 1) > 0 && strcmp(have, want) == 0)
		(void)unlink(path);
}
