/* SPDX-License-Identifier: MIT */
#include "daemon/logger/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>

static int open_anew(int fd)
{
	char path[32];

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

int outlet_prepare(int *fd, bool *ret_socket)
{
	const int flags = fcntl(*fd, F_GETFL);
	struct stat st;
	int own;

	if (flags < 0 || fstat(*fd, &st) < 0)
		return -errno;
	if ((flags & O_ACCMODE) == O_RDONLY)
		return -EINVAL;
	*ret_socket = S_ISSOCK(st.st_mode);
	if (*ret_socket)
		return 0;
	if (!S_ISFIFO(st.st_mode))
		return -EINVAL;
	own = open_anew(*fd);
	if (own < 0) /* somebody else's, and we are not root */
		return fcntl(*fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
	fd_close(*fd);
	*fd = own;
	return 0;
}

ssize_t outlet_put(int fd, bool socket, const char *data, size_t len)
{
	if (socket)
		return send(fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	return write(fd, data, len);
}
