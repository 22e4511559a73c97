/* SPDX-License-Identifier: MIT */
#include "tests/container/box.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { PATH_BYTES = 600 };

static const char *build(void)
{
	return getenv("REEVE_BUILD");
}

const char *box_lacks(void)
{
	return geteuid() == 0 ? NULL : "needs root";
}

void box_setup(struct box *b)
{
	*b = (struct box){ 0 };
	if (!box_lacks())
		instance_init(&b->in);
}

void box_done(struct box *b)
{
	if (!box_lacks())
		instance_done(&b->in);
}

/* The keeper reads what is in the box; reevectl, outside, the other one. */
void box_configure(struct box *b, const char *programs)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;

	instance_configure(&b->in, "");
	ck_assert_int_eq(buf_printf(&text,
				    "[supervisord]\nlogfile=/run/reeved.log\n"
				    "pidfile=/run/reeved.pid\nchildlogdir=/run\n"
				    "environment=PUPPET_DIR=/run\nloglevel=debug\n"
				    "[reeve]\nsocket=/run/reeve.sock\n%s",
				    programs),
			 0);
	instance_write(&b->in, "box.conf", buf_str(&text));
}

/* --- the box, in the child that becomes its PID 1 ---------------------------------------- */

#define MUST(call)                                                                             \
	do {                                                                                   \
		if ((call) < 0) {                                                              \
			perror(#call);                                                         \
			_exit(126);                                                            \
		}                                                                              \
	} while (0)

#ifdef REEVE_STATIC
static void copy(const char *from, const char *to)
{
	char data[1 << 16];
	const int in = open(from, O_RDONLY | O_CLOEXEC);
	const int out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	ssize_t n;

	MUST(in);
	MUST(out);
	while ((n = read(in, data, sizeof data)) > 0)
		MUST(write(out, data, (size_t)n));
	MUST(close(out));
	(void)close(in);
}

/* An image from scratch: the programs, and what every runtime mounts. */
static void make_root(const char *root)
{
	static const char *const programs[] = {
		"reeved",   "reeve-manager",	   "reeve-logger",
		"reevectl", "tests/puppet/puppet", "tests/container/storm"
	};
	static const char *const folders[] = { "bin", "proc", "run", "dev" };
	char from[PATH_BYTES], to[PATH_BYTES];

	MUST(mount("box", root, "tmpfs", 0, "mode=755"));
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		snprintf(to, sizeof to, "%s/%s", root, folders[i]);
		MUST(mkdir(to, 0755));
	}
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		const char *slash = strrchr(programs[i], '/');

		snprintf(from, sizeof from, "%s/%s", build(), programs[i]);
		snprintf(to, sizeof to, "%s/bin/%s", root, slash ? slash + 1 : programs[i]);
		copy(from, to);
	}
	snprintf(to, sizeof to, "%s/dev/null", root);
	MUST(mknod(to, S_IFCHR | 0666, 1 << 8 | 3));
	MUST(chmod(to, 0666));
	snprintf(to, sizeof to, "%s/dev/stdout", root);
	MUST(symlink("/proc/self/fd/1", to));
}
#define PROGRAMS "/bin"
#else
/* The files of the machine. */
static void make_root(const char *root)
{
	MUST(mount("/", root, NULL, MS_BIND | MS_REC, NULL));
}
#define PROGRAMS build()
#endif

static void lock_root(const char *root)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

	MUST(syscall(SYS_mount_setattr, AT_FDCWD, root, AT_RECURSIVE, &attr, sizeof attr));
}

/* What a runtime mounts over the image. The instance's folder is the current one. */
static void mount_rest(const struct box *b, const char *root)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof path, "%s/run", root);
	MUST(mount(".", path, NULL, MS_BIND, NULL));
	snprintf(path, sizeof path, "%s/proc", root);
	if (b->no_proc)
		MUST(mount("none", path, "tmpfs", MS_RDONLY, NULL));
	else
		MUST(mount("proc", path, "proc", 0, NULL));
	snprintf(path, sizeof path, "%s/proc/sys", root);
	if (b->no_proc_sys)
		MUST(mount("none", path, "tmpfs", MS_RDONLY, NULL));
}

static void join_group(const struct box *b)
{
	char path[PATH_BYTES];
	int fd;

	if (!b->group)
		return;
	snprintf(path, sizeof path, "%s/cgroup.procs", b->group);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	MUST(fd);
	MUST(write(fd, "0", 1));
}

static void become_user(const struct box *b)
{
	if (!b->uid)
		return;
	MUST(chown(".", b->uid, b->uid));
	MUST(chmod("notify", 0666));
	MUST(setresgid(b->uid, b->uid, b->uid));
	MUST(setresuid(b->uid, b->uid, b->uid));
}

static _Noreturn void become_init(const struct box *b, const char *const *args)
{
	const char *root = b->in.dir; /* in here any folder does */
	const char *argv[16] = { NULL };
	char program[PATH_BYTES], path[2 * PATH_BYTES];
	char *env[] = { path, (char[]){ "NOTIFY_SOCKET=/run/notify" }, NULL };
	size_t n = 0;

	join_group(b);
	if (b->out)
		MUST(dup2(b->out, STDOUT_FILENO));
	MUST(chdir(root));
	MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	make_root(root);
	lock_root(root);
	mount_rest(b, root);
	MUST(chroot(root));
	MUST(chdir("/run"));
	become_user(b);
	MUST(prctl(PR_SET_PDEATHSIG, SIGKILL)); /* a change of user would have cleared it */
	snprintf(program, sizeof program, "%s/reeved", PROGRAMS);
	snprintf(path, sizeof path, "PATH=%1$s:%1$s/tests/puppet:%1$s/tests/container:/bin",
		 PROGRAMS);
	argv[n++] = program;
	while (*args && n < ARRAY_SIZE(argv) - 1)
		argv[n++] = *args++;
	execve(program, (char *const *)(uintptr_t)argv, env);
	perror(program);
	_exit(127);
}

/* --- outside ----------------------------------------------------------------------------- */

void box_start(struct box *b, const char *const *args)
{
	const unsigned long spaces = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS;
	pid_t pid;

	fflush(NULL);
	ck_assert_int_eq(chmod(b->in.dir, 0755), 0);
	pid = (pid_t)syscall(SYS_clone, spaces | SIGCHLD, NULL, NULL, NULL, NULL);
	ck_assert_msg(pid >= 0, "clone: %s", strerror(errno));
	if (pid == 0) {
		setpgid(0, 0);
		become_init(b, args);
	}
	b->in.pid = pid;
	b->in.pidfd = pidfd_of(pid);
}

void box_ready(struct box *b)
{
	const mono_t end = patience_ends();
	struct pollfd from[] = { { b->in.notify, POLLIN, 0 }, { b->in.pidfd, POLLIN, 0 } };
	char text[1024];

	for (;;) {
		ssize_t n;

		ck_assert_int_ge(poll(from, 2, patience_left(end, "READY=1")), 0);
		n = recv(b->in.notify, text, sizeof text - 1, 0);
		if (n < 0) {
			ck_assert_msg(!from[1].revents, "reeved ended before it was ready");
			continue;
		}
		text[n] = '\0';
		if (strstr(text, "READY=1"))
			return;
	}
}

void box_run(struct box *b, const char *programs)
{
	box_configure(b, programs);
	box_start(b, (const char *const[]){ "-n", "-c", "/run/box.conf", NULL });
	box_ready(b);
}

size_t box_children(struct box *b)
{
	_cleanup_(fclosep) FILE *f = NULL;
	char path[64];
	size_t n = 0;
	int pid;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)b->in.pid,
		 (int)b->in.pid);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	while (fscanf(f, "%d", &pid) == 1)
		n++;
	return n;
}

/* Each that it reaps is a line in its log. */
void box_has_children(struct box *b, size_t n)
{
	const mono_t end = patience_ends();
	struct pollfd at = { b->in.changes, POLLIN, 0 };
	char events[4096];

	while (box_children(b) > n) {
		ck_assert_int_ge(poll(&at, 1, patience_left(end, "fewer children")), 0);
		while (read(b->in.changes, events, sizeof events) > 0)
			;
	}
}
