/* SPDX-License-Identifier: MIT */
#include "daemon/sys/pidfd.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

enum { PIDFS_MAGIC = 0x50494446 };

int pidfd_of(pid_t pid, int *ret)
{
	const int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0 && errno != ENOSYS)
		return -errno;
	*ret = fd < 0 ? -1 : fd;
	return 0;
}

uint64_t pidfd_inode(int pidfd)
{
	struct statfs fs;
	struct stat st;

	/* Before pidfs all pidfds share one anonymous inode. */
	if (pidfd < 0 || fstatfs(pidfd, &fs) < 0 || fs.f_type != PIDFS_MAGIC)
		return 0;
	return fstat(pidfd, &st) < 0 ? 0 : st.st_ino;
}

int pidfd_signal(int pidfd, pid_t pid, int signo, bool group)
{
	if (group)
		return kill(-pid, signo) < 0 ? -errno : 0;
	if (pidfd >= 0 && syscall(SYS_pidfd_send_signal, pidfd, signo, NULL, 0) == 0)
		return 0;
	if (pidfd >= 0 && errno != ENOSYS)
		return -errno;
	return kill(pid, signo) < 0 ? -errno : 0;
}
