/* SPDX-License-Identifier: MIT */
#include "tests/unit/keeper_rig.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "daemon/keeper/keeper.h"
#include "daemon/keeper/launch.h"
#include "daemon/keeper/peers.h"
#include "daemon/keeper/say.h"
#include "daemon/sys/daemonize.h"
#include "tests/unit/harness.h"

static const char *const programs[] = { "reeved", "reeve-manager", "reeve-logger" };

/* --- the programs ------------------------------------------------------------------------ */

static void on_leap(int signo, void *leaps)
{
	(void)signo;
	++*(int *)leaps;
}

/* As if so many milliseconds had gone by that nothing happened in. */
static void leap(struct keeper *k, char **list)
{
	const mono_t now = mono_add(loop_now(k->loop), strtol(*list, list, 10));

	*list += **list == ',';
	launch_expire(k, now);
	peers_tend(k, now);
	say_log(k, LEVEL_INFO, "leapt");
	peers_flush(k);
}

static void turn_to_the_end(struct keeper *k)
{
	struct signal_watch *watch = NULL;
	char *list = getenv("RIG_LEAPS");
	int leaps = 0;

	if (list && loop_signal(k->loop, SIGUSR1, on_leap, &leaps, &watch) < 0)
		return;
	while (k->phase != PHASE_OVER) {
		keeper_turn(k);
		for (; leaps; leaps--)
			leap(k, &list);
	}
	(void)signal_watch_drop(watch);
}

static int be_reeved(char **argv)
{
	struct keeper k;
	int r;

	if (daemonize_null(0, 2, false) < 0)
		return 99;
	(void)signal(SIGPIPE, SIG_IGN);
	r = keeper_init(&k, argv, environ);
	if (r == 0)
		turn_to_the_end(&k);
	keeper_done(&k);
	return r < 0 ? 99 : k.exit_status;
}

struct card {
	char name; /* 'm' or 'l' */
	pid_t pid;
	uid_t uid;
};

static struct sockaddr_un stage_address(const char *dir)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	(void)snprintf(at.sun_path, sizeof at.sun_path, "%.90s/stage", dir);
	return at;
}

/* Hand both links to the test, then wait for the exit status. */
static int be_actor(const char *self)
{
	const struct card card = { strrchr(self, '/')[7], getpid(), getuid() };
	const struct sockaddr_un at = stage_address(getenv("RIG_DIR"));
	union {
		char bytes[CMSG_SPACE(2 * sizeof(int))];
		struct cmsghdr align;
	} control = { { 0 } };
	struct iovec iov = { (void *)(uintptr_t)&card, sizeof card };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof control };
	struct cmsghdr *h = CMSG_FIRSTHDR(&msg);
	const int fds[] = { LINK_KEEPER_FD, LINK_PEER_FD };
	unsigned char status = 0;
	int stage = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*h = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
			       .cmsg_type = SCM_RIGHTS,
			       .cmsg_len = CMSG_LEN(sizeof fds) };
	memcpy(CMSG_DATA(h), fds, sizeof fds);
	if (connect(stage, (const struct sockaddr *)&at, sizeof at) < 0 ||
	    sendmsg(stage, &msg, 0) != (ssize_t)sizeof card)
		return 98;
	(void)close(LINK_KEEPER_FD);
	(void)close(LINK_PEER_FD);
	if (read(stage, &status, 1) == 1 && status == 77)
		fputs("a complaint of the manager's\n", stderr);
	return status;
}

int rig_main(int argc, char **argv, int (*tests)(void))
{
	const char *name = strrchr(argv[0], '/');

	(void)argc;
	name = name ? name + 1 : argv[0];
	if (strcmp(name, programs[0]) == 0)
		return be_reeved(argv);
	if (strcmp(name, programs[1]) == 0 || strcmp(name, programs[2]) == 0)
		return be_actor(argv[0]);
	return tests();
}

/* --- the stage --------------------------------------------------------------------------- */

/* A second name where that goes, else a copy. */
static void copy_self(const char *to)
{
	_cleanup_(fclosep) FILE *in = NULL, *out = NULL;
	char self[512], bytes[65536];
	ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
	size_t n;

	ck_assert_int_gt((int)len, 0);
	self[len] = '\0';
	if (link(self, to) == 0)
		return;
	in = fopen(self, "re");
	out = fopen(to, "we");
	ck_assert(in && out);
	while ((n = fread(bytes, 1, sizeof bytes, in)) > 0)
		ck_assert_uint_eq(fwrite(bytes, 1, n, out), n);
	ck_assert_int_eq(fchmod(fileno(out), 0755), 0);
}

static void actor_init(struct actor *a)
{
	*a = (struct actor){ .stage = -1, .peer = -1 };
	list_init(&a->inbox);
}

void rig_init(struct rig *r)
{
	struct sockaddr_un at;
	char path[160];

	*r = (struct rig){ .listener = -1, .output = -1 };
	actor_init(&r->manager);
	actor_init(&r->logger);
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	scratch_make(r->dir, sizeof r->dir);
	ck_assert_int_eq(chmod(r->dir, 0755), 0);
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		(void)snprintf(path, sizeof path, "%s/%s", r->dir, programs[i]);
		copy_self(path);
	}
	ck_assert_int_eq(setenv("RIG_DIR", r->dir, 1), 0);
	ck_assert_int_eq(loop_new(&r->loop), 0);
	r->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	at = stage_address(r->dir);
	ck_assert_int_eq(bind(r->listener, (struct sockaddr *)&at, sizeof at), 0);
	ck_assert_int_eq(chmod(at.sun_path, 0777), 0);
	ck_assert_int_eq(listen(r->listener, 8), 0);
}

static struct heard *take_first(struct actor *a)
{
	struct heard *h = container_of(a->inbox.next, struct heard, link);

	list_unlink(&h->link);
	return h;
}

static void actor_done(struct actor *a)
{
	a->link = channel_free(a->link);
	closep(&a->stage);
	closep(&a->peer);
	while (list_linked(&a->inbox)) {
		struct heard *h = take_first(a);

		closep(&h->fd);
		free(h);
	}
	actor_init(a);
}

void rig_done(struct rig *r)
{
	actor_done(&r->manager);
	actor_done(&r->logger);
	if (r->keeper) {
		(void)kill(r->keeper, SIGKILL);
		(void)waitpid(r->keeper, NULL, 0);
	}
	r->loop = loop_free(r->loop);
	closep(&r->listener);
	closep(&r->output);
	buf_done(&r->said);
	scratch_remove(r->dir);
}

void rig_start(struct rig *r, const char *arg)
{
	char path[160];
	int out[2];

	(void)snprintf(path, sizeof path, "%s/%s", r->dir, programs[0]);
	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	r->keeper = fork();
	ck_assert_int_ge(r->keeper, 0);
	if (r->keeper == 0) {
		(void)dup2(out[1], 1);
		(void)dup2(out[1], 2);
		(void)execl(path, path, arg, NULL);
		_exit(97);
	}
	fd_close(out[1]);
	r->output = out[0];
}

/* --- frames ------------------------------------------------------------------------------ */

static const char *text_of(const struct link_msg *m)
{
	switch ((int)m->type) {
	case LINK_HELLO:
		return m->hello.logfile;
	case LINK_DEPOSIT:
		return m->name.name;
	case LINK_LOG:
		return m->log.text;
	case LINK_NOTIFIED:
		return m->notified.status;
	default:
		return "";
	}
}

static void on_frame(struct channel *c, void *owner, const struct link_msg *m, int *fd)
{
	struct actor *a = owner;
	struct heard *h;

	if (!m) {
		a->gone = true;
		return;
	}
	if (m->type == LINK_PING) {
		const struct link_msg pong = { .type = LINK_PONG, .number = m->number };

		a->pings++;
		if (!a->mute)
			ck_assert_int_eq(channel_send(c, &pong, -1), 0);
		channel_flush(c);
		return;
	}
	if (m->type == LINK_HELLO)
		a->first = m->hello.first;
	h = malloc(sizeof *h);
	ck_assert_ptr_nonnull(h);
	*h = (struct heard){ .m = *m, .fd = TAKE_FD(*fd) };
	(void)snprintf(h->text, sizeof h->text, "%s", text_of(m));
	list_append(&a->inbox, &h->link);
}

static void receive(int stage, struct card *card, int fds[2])
{
	union {
		char bytes[CMSG_SPACE(2 * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { card, sizeof *card };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof control };

	ck_assert_int_eq(recvmsg(stage, &msg, MSG_CMSG_CLOEXEC), (ssize_t)sizeof *card);
	ck_assert_ptr_nonnull(CMSG_FIRSTHDR(&msg));
	memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&msg)), 2 * sizeof *fds);
}

void rig_await(struct rig *r, struct actor *a)
{
	for (;;) {
		const int stage = accept4(r->listener, NULL, NULL, SOCK_CLOEXEC);
		struct actor *who;
		struct card card;
		int fds[2];

		ck_assert_int_ge(stage, 0);
		receive(stage, &card, fds);
		who = card.name == 'm' ? &r->manager : &r->logger;
		actor_done(who);
		who->pid = card.pid;
		who->uid = card.uid;
		who->stage = stage;
		who->peer = fds[1];
		ck_assert_int_eq(channel_new(r->loop, fds[0], on_frame, who, &who->link), 0);
		if (who == a)
			return;
	}
}

static struct heard next_heard(struct rig *r, struct actor *a, enum link_type wanted)
{
	struct heard *h, got;

	while (!list_linked(&a->inbox)) {
		ck_assert_msg(!a->gone, "the link is gone, no %s", link_type_name(wanted));
		loop_turn(r->loop);
	}
	h = take_first(a);
	got = *h;
	free(h);
	return got;
}

struct heard rig_hear(struct rig *r, struct actor *a, enum link_type type)
{
	for (;;) {
		struct heard h = next_heard(r, a, type);

		if (h.m.type == type)
			return h;
		closep(&h.fd);
	}
}

struct heard rig_hear_any(struct rig *r, struct actor *a)
{
	struct heard h;

	do
		h = next_heard(r, a, LINK_TYPE_END);
	while (h.m.type == LINK_LOG);
	return h;
}

struct heard rig_hear_next(struct rig *r, struct actor *a, enum link_type type)
{
	struct heard h = rig_hear_any(r, a);

	ck_assert_msg(h.m.type == type, "heard %s instead of %s", link_type_name(h.m.type),
		      link_type_name(type));
	return h;
}

void rig_hear_line(struct rig *r, const char *text)
{
	while (!strstr(rig_hear(r, &r->logger, LINK_LOG).text, text))
		;
}

unsigned rig_unheard(struct actor *a, enum link_type type)
{
	unsigned n = 0;

	for (struct list *l = a->inbox.next; l != &a->inbox; l = l->next)
		n += container_of(l, struct heard, link)->m.type == type;
	return n;
}

void rig_say(struct actor *a, const struct link_msg *m, int fd)
{
	rig_say_fds(a, m, &fd, fd >= 0 ? 1 : 0);
}

void rig_say_fds(struct actor *a, const struct link_msg *m, const int *fds, size_t n)
{
	ck_assert_int_eq(channel_send_fds(a->link, m, fds, n), 0);
	channel_flush(a->link);
}

void rig_say_type(struct actor *a, enum link_type type)
{
	rig_say(a, &(struct link_msg){ .type = type }, -1);
}

/* --- scenes ------------------------------------------------------------------------------ */

void rig_start_ready(struct rig *r, const struct link_settings *settings)
{
	const struct link_msg m = { .type = LINK_SETTINGS, .settings = *settings };

	rig_start(r, NULL);
	rig_await(r, &r->manager);
	(void)rig_hear(r, &r->manager, LINK_BEGIN);
	rig_say(&r->manager, &m, -1);
	(void)rig_hear(r, &r->manager, LINK_GO);
	rig_await(r, &r->logger);
	(void)rig_hear(r, &r->logger, LINK_BEGIN);
	rig_say_type(&r->manager, LINK_READY);
}

void rig_replace(struct rig *r, struct actor *a)
{
	a->link = channel_free(a->link);
	ck_assert_int_eq(kill(a->pid, SIGKILL), 0);
	rig_await(r, a);
}

void rig_exit(struct actor *a, int status)
{
	const unsigned char byte = (unsigned char)status;

	a->link = channel_free(a->link);
	ck_assert_int_eq(write(a->stage, &byte, 1), 1);
}

void rig_finish(struct rig *r)
{
	rig_say_type(&r->manager, LINK_FINISH);
	rig_exit(&r->manager, 0);
	(void)rig_hear(r, &r->logger, LINK_FINISH);
	rig_exit(&r->logger, 0);
	ck_assert_int_eq(rig_ended(r), 0);
}

int rig_ended(struct rig *r)
{
	const pid_t pid = r->keeper;
	char text[4096];
	int status;
	ssize_t n;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	r->keeper = 0;
	if (fcntl(r->output, F_SETFL, O_NONBLOCK) == 0)
		while ((n = read(r->output, text, sizeof text)) > 0)
			ck_assert_int_eq(buf_append(&r->said, text, (size_t)n), 0);
	ck_assert_msg(WIFEXITED(status), "reeved ended with %x: %s", status, buf_str(&r->said));
	return WEXITSTATUS(status);
}

void rig_spawn_with(struct rig *r, uint32_t id, uint32_t gen, const char *script,
		    const struct link_spawn *more, const int *fds, size_t n)
{
	_cleanup_(buf_done) struct buf argv = BUF_INIT;
	struct link_msg m = { .type = LINK_SPAWN, .spawn = *more };

	ck_assert_int_eq(buf_append(&argv, "sh\0-c", 6), 0);
	ck_assert_int_eq(buf_append(&argv, script, strlen(script) + 1), 0);
	m.spawn.id = id;
	m.spawn.gen = gen;
	if (!m.spawn.argv.n)
		m.spawn.argv = (struct link_strs){ argv.data, 3, (uint32_t)argv.len };
	if (!m.spawn.path)
		m.spawn.path = "/usr/bin:/bin";
	rig_say_fds(&r->manager, &m, fds, n);
}

void rig_spawn_as(struct rig *r, uint32_t id, uint32_t gen, const char *script,
		  const struct link_spawn *more)
{
	rig_spawn_with(r, id, gen, script, more, NULL, 0);
}

void rig_spawn(struct rig *r, uint32_t id, uint32_t gen, const char *script)
{
	rig_spawn_as(r, id, gen, script, &(struct link_spawn){ .umask = -1 });
}

void rig_reads(int fd, const char *text)
{
	const size_t len = strlen(text);
	char got[512];
	size_t n = 0;

	ck_assert_uint_lt(len, sizeof got);
	ck_assert_int_eq(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK), 0);
	while (n < len) {
		const ssize_t more = read(fd, got + n, len - n);

		ck_assert_int_gt((int)more, 0);
		n += (size_t)more;
	}
	ck_assert_mem_eq(got, text, len);
}
