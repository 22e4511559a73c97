/* SPDX-License-Identifier: MIT */
/*
 * stranger.c - the kernel keeps how a process ended in two places, neither of which serves
 * alone: /proc/PID/stat until it is reaped, for those who may look (proc(5), exit_code), and
 * its pidfd from then on (PIDFD_GET_INFO, since 6.15).
 */
#include "daemon/sys/stranger.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "daemon/sys/pidfd.h"

/* As linux/pidfd.h has it since 6.15, which is younger than the headers we build with. */
struct info {
	uint64_t mask, cgroup;
	uint32_t pid, tgid, ppid, ids[8];
	int32_t exit_code;
};
#define INFO_EXIT UINT64_C(8)
#define GET_INFO  _IOC(_IOC_READ | _IOC_WRITE, 0xFF, 11, sizeof(struct info))

/* Numbers of fields in /proc/PID/stat, counted from the one behind the name. */
enum { STAT_STATE = 0, STAT_START = 19, STAT_EXIT = 49 };

/* That field as it is written; false: the process is reaped, or there is no /proc. */
static bool read_stat(pid_t pid, int field, char ret[32])
{
	_cleanup_(fclosep) FILE *f = NULL;
	char path[32], text[1024], *at, *word;
	size_t n;

	(void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	n = fread(text, 1, sizeof text - 1, f);
	text[n] = '\0';
	at = strrchr(text, ')'); /* the name may hold anything */
	if (!at || !at[1])
		return false;
	at += 2;
	while ((word = strsep(&at, " \n")))
		if (field-- == 0) {
			(void)snprintf(ret, 32, "%s", word);
			return true;
		}
	return false;
}

static uint64_t start_of(pid_t pid)
{
	char text[32];

	return read_stat(pid, STAT_START, text) ? strtoull(text, NULL, 10) : 0;
}

struct identity stranger_identity(pid_t pid, int pidfd)
{
	struct identity who = { .pid = pid, .inode = pidfd_inode(pidfd) };

	if (!who.inode)
		who.start = start_of(pid);
	return who;
}

struct identity stranger_named(pid_t pid)
{
	_cleanup_(closep) int fd = -1;

	if (pidfd_of(pid, &fd) < 0)
		return (struct identity){ 0 };
	return stranger_identity(pid, fd);
}

static bool is_there(int pidfd)
{
	return syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0) == 0 || errno == EPERM;
}

/* Which process a pidfd is of, if it is not reaped. */
static pid_t pid_of(int pidfd)
{
	_cleanup_(fclosep) FILE *f = NULL;
	char path[48], line[128];
	int pid = 0;

	(void)snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "Pid: %d", &pid) == 1)
			break;
	return pid;
}

bool stranger_is(const struct identity *who, int pidfd)
{
	const uint64_t inode = pidfd_inode(pidfd);

	if (who->inode || inode)
		return who->inode == inode;
	/* It was opened for this pid, or for one that had it before and is reaped. */
	return who->start && pid_of(pidfd) == who->pid && start_of(who->pid) == who->start &&
	       is_there(pidfd);
}

int stranger_find(const struct identity *who, int *ret)
{
	_cleanup_(closep) int fd = -1;
	const int r = who->pid > 0 ? pidfd_of(who->pid, &fd) : -ESRCH;

	if (r < 0)
		return r;
	if (fd < 0)
		return -ENOSYS;
	if (!stranger_is(who, fd))
		return -ESRCH;
	*ret = TAKE_FD(fd);
	return 0;
}

/* The kernel says 0 to those who may not know. */
static bool may_look(pid_t pid)
{
	char path[40], to[64];

	(void)snprintf(path, sizeof path, "/proc/%d/ns/pid", (int)pid);
	return readlink(path, to, sizeof to) > 0;
}

static bool is_zombie(pid_t pid)
{
	char state[32];

	return read_stat(pid, STAT_STATE, state) && *state == 'Z';
}

int stranger_status(int pidfd, pid_t pid, int *ret)
{
	struct info info = { .mask = INFO_EXIT };
	const bool knows = ioctl(pidfd, GET_INFO, &info) == 0;
	char text[32];
	int status;

	if (knows && (info.mask & INFO_EXIT)) {
		*ret = info.exit_code;
		return 0;
	}
	if (!is_zombie(pid) || !read_stat(pid, STAT_EXIT, text))
		return knows ? -EAGAIN : -ESRCH;
	status = (int)strtol(text, NULL, 10);
	/* All that was read is of this process if it still is not reaped. */
	if ((!status && !may_look(pid)) || !is_there(pidfd))
		return -EAGAIN;
	*ret = status;
	return 0;
}

int stranger_signal(int pidfd, pid_t pid, int signo, bool group)
{
	/* Who is not reaped keeps its number, as a group's too. */
	if (group && !is_there(pidfd))
		return -ESRCH;
	return pidfd_signal(pidfd, pid, signo, group);
}
