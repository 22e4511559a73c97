/* SPDX-License-Identifier: MIT */
#include "tests/integration/instance.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "tests/integration/capture.h"

enum { PATH_BYTES = 600 };

static const char *build(void)
{
	const char *dir = getenv("REEVE_BUILD");

	ck_assert_msg(dir, "REEVE_BUILD names the folder with the programs to test");
	return dir;
}

/* sd_notify's socket of this instance. */
static int listen_for_readiness(const char *dir)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	ck_assert_int_ge(fd, 0);
	snprintf(at.sun_path, sizeof at.sun_path, "%.90s/notify", dir);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	return fd;
}

void instance_init(struct instance *in)
{
	char path[PATH_BYTES];

	*in = (struct instance){ .pidfd = -1 };
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	scratch_make(in->dir, sizeof in->dir);
	ck_assert_int_eq(chmod(in->dir, 0755), 0); /* for programs of other users */
	snprintf(in->conf, sizeof in->conf, "%s/reeve.conf", in->dir);

	snprintf(path, sizeof path, "%s/events", in->dir);
	ck_assert_int_eq(mkfifo(path, 0666), 0);
	ck_assert_int_eq(chmod(path, 0666), 0);
	in->events = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	ck_assert_int_ge(in->events, 0);
	in->notify = listen_for_readiness(in->dir);
	in->changes = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	ck_assert_int_ge(
		inotify_add_watch(in->changes, in->dir, IN_MODIFY | IN_MOVED_TO | IN_CREATE),
		0);
}

void instance_done(struct instance *in)
{
	if (in->pid)
		instance_stop(in);
	close(in->events);
	close(in->notify);
	close(in->changes);
	buf_done(&in->heard);
	scratch_remove(in->dir);
}

void instance_write(struct instance *in, const char *path, const char *text)
{
	char whole[PATH_BYTES];
	FILE *f;

	snprintf(whole, sizeof whole, "%s%s%s", strchr(path, '/') ? "" : in->dir,
		 strchr(path, '/') ? "" : "/", path);
	f = fopen(whole, "we");
	ck_assert_msg(f, "%s: %s", whole, strerror(errno));
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

void instance_configure(struct instance *in, const char *programs)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;

	ck_assert_int_eq(buf_printf(&text,
				    "[supervisord]\n"
				    "logfile=%%(here)s/reeved.log\n"
				    "pidfile=%%(here)s/reeved.pid\n"
				    "childlogdir=%%(here)s\n"
				    "loglevel=debug\n"
				    "environment=PUPPET_DIR=\"%%(here)s\"\n"
				    "[reeve]\n"
				    "socket=%%(here)s/reeve.sock\n"
				    "%s",
				    programs),
			 0);
	instance_write(in, "reeve.conf", buf_str(&text));
}

/* What reeved finds around it: puppet in the PATH, and whom to tell that it is ready. */
static void surroundings(const struct instance *in, struct buf *path, struct buf *notify,
			 char *env[3])
{
	ck_assert_int_eq(buf_printf(path, "PATH=%s/tests/puppet:/usr/bin:/bin", build()), 0);
	ck_assert_int_eq(buf_printf(notify, "NOTIFY_SOCKET=%s/notify", in->dir), 0);
	env[0] = path->data;
	env[1] = notify->data;
	env[2] = NULL;
}

/* If this test dies, the instance is told to end. Check kills the group of a test that fails:
 * in one of its own, the instance can end in good order. */
static _Noreturn void become_reeved(const struct instance *in, char *const *env)
{
	char program[PATH_BYTES];

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	environment_add(env);
	environment_add(in->more_env);
	snprintf(program, sizeof program, "%s/reeved", build());
	if (chdir(in->dir) == 0)
		execl(program, program, "-n", "-c", in->conf, NULL);
	fprintf(stderr, "%s: %s\n", program, strerror(errno));
	_exit(127);
}

/* Wait for READY=1, or for the end of a keeper that will not say it any more. */
static void await_ready(struct instance *in)
{
	mono_t end = patience_ends();
	struct pollfd from[] = { { in->notify, POLLIN, 0 }, { in->pidfd, POLLIN, 0 } };
	char text[1024];

	for (;;) {
		ssize_t n;

		ck_assert_int_ge(poll(from, 2, patience_left(end, "READY=1")), 0);
		n = recv(in->notify, text, sizeof text - 1, 0);
		if (n < 0) {
			ck_assert_msg(!from[1].revents, "reeved ended before it was ready");
			continue;
		}
		text[n] = '\0';
		if (strstr(text, "READY=1"))
			return;
	}
}

void instance_start(struct instance *in)
{
	_cleanup_(buf_done) struct buf path = BUF_INIT;
	_cleanup_(buf_done) struct buf notify = BUF_INIT;
	char *env[3];

	surroundings(in, &path, &notify, env);
	fflush(NULL);
	in->pid = fork();
	ck_assert_int_ge(in->pid, 0);
	if (in->pid == 0)
		become_reeved(in, env);
	in->pidfd = pidfd_of(in->pid);
	await_ready(in);
}

void instance_run(struct instance *in, const char *programs)
{
	instance_configure(in, programs);
	instance_start(in);
}

void instance_reeved(struct instance *in, struct outcome *o, const char *const *args)
{
	_cleanup_(buf_done) struct buf path = BUF_INIT;
	_cleanup_(buf_done) struct buf notify = BUF_INIT;
	const char *argv[16] = { NULL };
	char program[PATH_BYTES];
	char *env[3];
	size_t n = 0;

	snprintf(program, sizeof program, "%s/reeved", build());
	argv[n++] = program;
	for (; *args; args++) {
		ck_assert_uint_lt(n, ARRAY_SIZE(argv) - 1);
		argv[n++] = *args;
	}
	surroundings(in, &path, &notify, env);
	capture(o, in->dir, argv, env);
}

void instance_signal(struct instance *in, int signo)
{
	ck_assert_int_eq(kill(in->pid, signo), 0);
}

int instance_ended(struct instance *in)
{
	mono_t end = patience_ends();
	struct pollfd at = { in->pidfd, POLLIN, 0 };
	int status;

	ck_assert_int_eq(poll(&at, 1, patience_left(end, "the end of reeved")), 1);
	ck_assert_int_eq(waitpid(in->pid, &status, 0), in->pid);
	in->pidfd = fd_close(in->pidfd);
	in->pid = 0;
	return exit_code(status);
}

/* Whatever the instance started and left is our child now. What is just dying may do so. */
void instance_nothing_left(struct instance *in)
{
	siginfo_t info = { 0 };

	(void)in;
	while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) == 0) {
		const pid_t alive = info.si_pid ? 0 : pid_child(getpid(), NULL);

		if (alive)
			pid_gone(alive);
		info.si_pid = 0;
	}
	ck_assert_int_eq(errno, ECHILD);
}

void instance_stop(struct instance *in)
{
	instance_signal(in, SIGTERM);
	ck_assert_int_eq(instance_ended(in), 0);
	instance_nothing_left(in);
}

void instance_ctl(struct instance *in, struct outcome *o, const char *const *args)
{
	const char *argv[16] = { NULL };
	char program[PATH_BYTES];
	size_t n = 0;

	snprintf(program, sizeof program, "%s/reevectl", build());
	argv[n++] = program;
	argv[n++] = "-c";
	argv[n++] = in->conf;
	for (; *args; args++) {
		ck_assert_uint_lt(n, ARRAY_SIZE(argv) - 1);
		argv[n++] = *args;
	}
	capture(o, in->dir, argv, NULL);
}

void instance_expect(struct instance *in, int status, const char *out, const char *const *args)
{
	_cleanup_(outcome_done) struct outcome o;

	instance_ctl(in, &o, args);
	ck_assert_str_eq(buf_str(&o.out), out);
	ck_assert_msg(o.status == status, "%s: status %d, not %d: %s", args[0], o.status,
		      status, buf_str(&o.err));
}
