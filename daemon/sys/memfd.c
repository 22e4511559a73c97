/* SPDX-License-Identifier: MIT */
/*
 * memfd.c - memfd_create(2) and seals. Who maps a file that its other holder can shrink dies of
 * SIGBUS; hence nothing is taken that is not sealed against it.
 */
#include "daemon/sys/memfd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>

enum { SEAL_SIZE = F_SEAL_SHRINK | F_SEAL_GROW, SEAL_ALL = SEAL_SIZE | F_SEAL_WRITE };

static int write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

int memfd_sealed(const char *name, const void *data, size_t len, int *ret_fd)
{
	_cleanup_(closep) int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r;

	if (fd < 0)
		return -errno;
	r = write_all(fd, data, len);
	if (r < 0)
		return r;
	if (fcntl(fd, F_ADD_SEALS, SEAL_ALL | F_SEAL_SEAL) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int memfd_fixed(const char *name, size_t size, int *ret_fd)
{
	_cleanup_(closep) int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)size) < 0)
		return -errno;
	if (fcntl(fd, F_ADD_SEALS, SEAL_SIZE | F_SEAL_SEAL) < 0)
		return -errno;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* The size of @fd, or -1 if it is not sealed against what @seals names. */
static off_t sealed_size(int fd, int seals)
{
	const int have = fcntl(fd, F_GET_SEALS);
	struct stat st;

	if (have < 0 || (have & seals) != seals || fstat(fd, &st) < 0)
		return -1;
	return st.st_size;
}

bool memfd_holds(int fd, size_t size)
{
	return sealed_size(fd, F_SEAL_SHRINK) >= (off_t)size;
}

int memfd_read(int fd, size_t max, struct buf *out)
{
	const off_t size = sealed_size(fd, SEAL_ALL);
	ssize_t n;
	int r;

	if (size < 0 || (size_t)size > max)
		return -EBADMSG;
	r = buf_reserve(out, (size_t)size);
	if (r < 0)
		return r;
	n = pread(fd, out->data + out->len, (size_t)size, 0);
	if (n != size)
		return n < 0 ? -errno : -EBADMSG;
	out->len += (size_t)n;
	out->data[out->len] = '\0';
	return 0;
}
