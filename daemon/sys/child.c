/* SPDX-License-Identifier: MIT */
/*
 * child.c - from fork to exec, in an order that has reasons:
 *
 * a session of its own, so that its process group is its pid; dispositions before the mask,
 * so that a signal that came meanwhile finds the default and not a handler of the parent's;
 * descriptors before anything that may fail on their number; limits while it may still set
 * them; the user looked up, then groups before gid before uid, for each step needs what the
 * next one takes away; the directory as that user, who may be the only one who can enter it (or
 * must not); then standard input and the command, as seen from there and by that user.
 *
 * What a caller gave as 0 to 2 may be its terminal, and it still uses it: nothing here changes
 * anything about a descriptor that is not a pipe of ours.
 */
#include "daemon/sys/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/sys/allowance.h"
#include "daemon/sys/cpus.h"
#include "daemon/sys/user.h"

const char *child_stage_name(enum child_stage stage)
{
	switch (stage) {
	case CHILD_SESSION:
		return "session";
	case CHILD_STREAMS:
		return "streams";
	case CHILD_LIMITS:
		return "limits";
	case CHILD_USER:
		return "user";
	case CHILD_GROUPS:
		return "groups";
	case CHILD_SETGID:
		return "setgid";
	case CHILD_SETUID:
		return "setuid";
	case CHILD_CHDIR:
		return "chdir";
	case CHILD_EXEC:
		return "exec";
	case CHILD_HUNG:
		return "hung before exec";
	case CHILD_LOCAL:
		return "local";
	case CHILD_STDIN:
		return "stdin";
	case CHILD_AFFINITY:
		return "processors";
	case CHILD_NICE:
		return "nice";
	case CHILD_OOM_SCORE_ADJ:
		return "oom_score_adj";
	case CHILD_IOPRIO:
		return "ioprio";
	case CHILD_CGROUP:
		return "cgroup";
	}
	return "fork";
}

static _Noreturn void give_up(int report, enum child_stage stage, int error)
{
	const struct child_report r = { stage, error };
	ssize_t n = write(report, &r, sizeof r); /* below PIPE_BUF: whole or not at all */

	_exit(n == (ssize_t)sizeof r ? 127 : 126);
}

_Static_assert(NSIG - 1 <= 64, "there is a bit for each signal");

uint64_t child_signals(void)
{
	uint64_t set = 0;
	struct sigaction act;

	/* glibc does not speak of two signals that it uses itself; whoever started us may have
	 * left just those ignored. */
	for (int sig = 1; sig < NSIG; sig++)
		if (sigaction(sig, NULL, &act) < 0 || act.sa_handler != SIG_DFL)
			set |= UINT64_C(1) << (sig - 1);
	return set;
}

/* By the system call, for the sake of those two. All nought is SIG_DFL in whichever layout the
 * kernel has. */
static void reset_signals(uint64_t changed)
{
	static const char dfl[64];
	sigset_t none;

	for (int sig = 1; changed; sig++, changed >>= 1)
		if (changed & 1)
			(void)syscall(SYS_rt_sigaction, sig, dfl, NULL, (size_t)NSIG / 8);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Move a descriptor out of the way of those that will be overwritten. */
static int above(int fd, int first)
{
	return fd >= first ? fd : fcntl(fd, F_DUPFD_CLOEXEC, first);
}

/* The descriptors of the plan as 0 to n - 1, the report behind them, and nothing else. */
static int set_streams(const struct child_plan *p, int *ret_report)
{
	const int n = p->n_fds;
	int fds[CHILD_FDS_MAX];
	const int report = above(p->report, n);

	if (report < 0)
		return -errno;
	*ret_report = report;
	for (int i = 0; i < n; i++) {
		fds[i] = p->fds[i] == i ? i : above(p->fds[i], n);
		if (fds[i] < 0)
			return -errno;
	}
	for (int i = 0; i < n; i++) {
		const int r = fds[i] == i ? fcntl(i, F_SETFD, 0) : dup2(fds[i], i);

		if (r < 0)
			return -errno;
	}
	if (report != n && dup3(report, n, O_CLOEXEC) < 0)
		return -errno;
	*ret_report = n;
	/* Everything else is close-on-exec from birth; this is the second line of defence, and
	 * faster. */
	(void)close_range((unsigned)n + 1, ~0U, 0);
	return 0;
}

/* So that the user may open /dev/stdout and /dev/stderr, as with a terminal. Not worth failing.
 */
static void give_streams(unsigned own, const struct user *u)
{
	for (int fd = 0; own; fd++, own >>= 1)
		if ((own & 1) && fchown(fd, u->uid, (gid_t)-1) < 0)
			return;
}

static void become_user(const struct child_plan *p, int report)
{
	struct user u;
	int r = user_find(p->user, &u);

	if (r < 0)
		give_up(report, CHILD_USER, -r);
	if (user_is_self(&u))
		return;
	give_streams(p->own_fds, &u);
	r = user_set_groups(&u);
	if (r < 0)
		give_up(report, CHILD_GROUPS, -r);
	r = user_set_gid(&u);
	if (r < 0)
		give_up(report, CHILD_SETGID, -r);
	r = user_set_uid(&u);
	if (r < 0)
		give_up(report, CHILD_SETUID, -r);
}

/* As in a shell, also what only others can say may be opened: this waits for a writer of a
 * FIFO. The leader of a session gets no terminal by it. */
static int open_stdin(const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0 || dup2(fd, STDIN_FILENO) < 0)
		return -errno;
	(void)close(fd);
	return 0;
}

/* Whether @file is there; then why it cannot be executed, or 0. */
static bool examine(const char *file, int *ret_error)
{
	struct stat st;

	if (stat(file, &st) < 0)
		return false;
	if (S_ISDIR(st.st_mode))
		*ret_error = EISDIR;
	else if (!(st.st_mode & 0111))
		*ret_error = EACCES;
	else
		*ret_error = access(file, X_OK) < 0 ? EPERM : 0;
	return true;
}

/* The first file of that name decides, also if it cannot be executed. */
static int find_command(const char *name, const char *path, char file[PATH_MAX])
{
	int error = ENOENT;

	if (*name == '\0')
		return ENOENT;
	if (strchr(name, '/')) {
		if (strlen(name) >= PATH_MAX)
			return ENAMETOOLONG;
		memcpy(file, name, strlen(name) + 1);
		(void)examine(file, &error);
		return error;
	}
	for (;;) {
		const size_t len = strcspn(path, ":");
		const int n = snprintf(file, PATH_MAX, "%.*s%s%s", (int)len, path,
				       len ? "/" : "./", name);

		if (n < PATH_MAX && examine(file, &error))
			return error;
		if (path[len] == '\0')
			return ENOENT;
		path += len + 1;
	}
}

/* File systems whose disk is in this machine; of overlays nobody knows what they lie over. */
static bool is_local(const struct statfs *fs)
{
	static const unsigned long types[] = { EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC,
					       BTRFS_SUPER_MAGIC, F2FS_SUPER_MAGIC,
					       TMPFS_MAGIC };

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if ((unsigned long)fs->f_type == types[i])
			return true;
	return false;
}

/* What is not there is nowhere else, either. */
static bool is_local_dir(const char *dir)
{
	struct statfs fs;

	return statfs(dir, &fs) < 0 ? errno == ENOENT : is_local(&fs);
}

/* Whether all places are that were looked at until @file was found as @name. */
static bool is_local_way(const char *path, const char *file, const char *name)
{
	for (;; path++) {
		const size_t len = strcspn(path, ":");
		char dir[PATH_MAX] = ".";
		size_t n;

		if (len >= sizeof dir)
			return false;
		if (len > 0) {
			memcpy(dir, path, len);
			dir[len] = '\0';
		}
		if (!is_local_dir(dir))
			return false;
		n = strlen(dir);
		if (strncmp(file, dir, n) == 0 && file[n] == '/' &&
		    strcmp(file + n + 1, name) == 0)
			return true;
		path += len;
		if (*path == '\0')
			return false;
	}
}

static bool is_local_program(const char *file)
{
	struct statfs fs;
	char magic[4];
	const int fd = open(file, O_RDONLY | O_CLOEXEC);
	bool local;

	if (fd < 0)
		return false;
	local = fstatfs(fd, &fs) == 0 && is_local(&fs) &&
		read(fd, magic, sizeof magic) == (ssize_t)sizeof magic &&
		memcmp(magic, "\177ELF", sizeof magic) == 0;
	(void)close(fd);
	return local;
}

/* Could the next start of the same hang before its exec? A script could, by its interpreter. */
static void report_local(const struct child_plan *p, const char *file, int report)
{
	const struct child_report local = { CHILD_LOCAL, 0 };

	if (p->quick || *p->user || *p->stdin_path || p->file)
		return;
	if (is_local_program(file) && (!*p->directory || is_local_dir(".")) &&
	    (strchr(p->argv[0], '/') || is_local_way(p->path, file, p->argv[0])))
		(void)!write(report, &local, sizeof local);
}

static _Noreturn void become_program(const struct child_plan *p, int report)
{
	char file[PATH_MAX];
	const char *name = p->file ? p->file : p->argv[0];
	const int error = find_command(name ? name : "", p->path, file);

	if (error)
		give_up(report, CHILD_EXEC, error);
	report_local(p, file, report);
	(void)execve(file, p->argv, p->envp);
	/* The file is there; what is not is the interpreter that it names. */
	give_up(report, CHILD_EXEC, errno == ENOENT ? ENOEXEC : errno);
}

static void set_limits(const struct child_plan *p, int report)
{
	int stage;

	if (p->umask >= 0)
		(void)umask((mode_t)p->umask);
	if (setrlimit(RLIMIT_NOFILE, &p->nofile) < 0)
		give_up(report, CHILD_LIMITS, errno);
	if (p->cpus && cpus_set(p->cpus) < 0)
		give_up(report, CHILD_AFFINITY, errno);
	stage = p->allowance ? allowance_apply(p->allowance) : 0;
	if (stage)
		give_up(report, (enum child_stage)stage, errno);
}

_Noreturn void child_become(const struct child_plan *p)
{
	int report = p->report, r;

	if (p->join > 0 && write(p->join, "0", 1) != 1)
		give_up(report, CHILD_CGROUP, errno);
	if (setsid() < 0)
		give_up(report, CHILD_SESSION, errno);
	reset_signals(p->signals);
	r = set_streams(p, &report);
	if (r < 0)
		give_up(report, CHILD_STREAMS, -r);
	set_limits(p, report);
	if (*p->user)
		become_user(p, report);
	if (*p->directory && chdir(p->directory) < 0)
		give_up(report, CHILD_CHDIR, errno);
	if (*p->stdin_path) {
		r = open_stdin(p->stdin_path);
		if (r < 0)
			give_up(report, CHILD_STDIN, -r);
	}
	become_program(p, report);
}
