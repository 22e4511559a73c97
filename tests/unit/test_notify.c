/* SPDX-License-Identifier: MIT */
/* systemd/notify.c, with a socket in place of systemd. */
#include "tests/unit/harness.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "systemd/notify.h"

#include "systemd/send.h"
#include <errno.h>

static char dir[64];
static int manager_of_systemd = -1;
static struct ucred sender;

static void setup(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	const int on = 1;

	scratch_make(dir, sizeof dir);
	(void)snprintf(at.sun_path, sizeof at.sun_path, "%s/notify", dir);
	manager_of_systemd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ck_assert_int_ge(manager_of_systemd, 0);
	ck_assert_int_eq(bind(manager_of_systemd, (struct sockaddr *)&at, sizeof at), 0);
	ck_assert_int_eq(
		setsockopt(manager_of_systemd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on), 0);
	setenv("NOTIFY_SOCKET", at.sun_path, 1);
}

static void teardown(void)
{
	manager_of_systemd = fd_close(manager_of_systemd);
	scratch_remove(dir);
}

/* What systemd hears next; "" if nothing. Sending to a datagram socket is done when it
 * returns, so there is nothing to wait for. */
static const char *heard(void)
{
	static char text[512];
	union {
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { text, sizeof text - 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof control };
	ssize_t n = recvmsg(manager_of_systemd, &m, MSG_CMSG_CLOEXEC);

	text[n > 0 ? n : 0] = '\0';
	if (n > 0 && CMSG_FIRSTHDR(&m))
		memcpy(&sender, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof sender);
	return text;
}

START_TEST(ready_names_the_main_process)
{
	char expected[64];

	(void)snprintf(expected, sizeof expected, "READY=1\nMAINPID=%d", (int)getppid());
	(void)notify_ready(getppid());
	ck_assert_str_eq(heard(), expected);
}
END_TEST

START_TEST(root_speaks_as_the_main_process)
{
	SKIP_UNLESS_ROOT();
	(void)notify_ready(getppid());
	(void)heard();
	ck_assert_int_eq(sender.pid, getppid());
	notify_stopping();
	(void)heard();
	ck_assert_int_eq(sender.pid, getppid());
}
END_TEST

START_TEST(status_is_one_line)
{
	(void)notify_status("5 processes");
	ck_assert_str_eq(heard(), "STATUS=5 processes");
	(void)notify_status("a\nMAINPID=1");
	ck_assert_str_eq(heard(), "STATUS=a MAINPID=1");
}
END_TEST

START_TEST(reloading_says_when)
{
	long long usec = 0;
	int n = 0;

	notify_reloading();
	ck_assert_int_eq(sscanf(heard(), "RELOADING=1\nMONOTONIC_USEC=%lld%n", &usec, &n), 1);
	ck_assert_int_gt(usec, 0);
}
END_TEST

START_TEST(stopping_is_said)
{
	notify_stopping();
	ck_assert_str_eq(heard(), "STOPPING=1");
}
END_TEST

START_TEST(without_a_socket_nothing_is_said)
{
	unsetenv("NOTIFY_SOCKET");
	(void)notify_ready(getppid());
	(void)notify_status("x");
	notify_reloading();
	notify_stopping();
	ck_assert_str_eq(heard(), "");
}
END_TEST

START_TEST(who_does_not_read_is_not_waited_for)
{
	int r = 0, n = 0;

	for (; r == 0 && n < 100000; n++)
		r = notify_status("x");
	ck_assert_int_eq(r, -EAGAIN);
	ck_assert_int_eq(notify_ready(getppid()), -EAGAIN);
	ck_assert_str_eq(heard(), "STATUS=x");
	ck_assert_int_eq(notify_ready(getppid()), 0);
}
END_TEST

START_TEST(a_socket_that_is_gone_is_no_harm)
{
	setenv("NOTIFY_SOCKET", "/nowhere/notify", 1);
	(void)notify_ready(getppid());
	notify_stopping();
	ck_assert_str_eq(heard(), "");
}
END_TEST

/* --- the way -------------------------------------------------------------------------------
 */

START_TEST(what_is_sent_arrives_whole)
{
	(void)send_plainly(getppid(), "READY=1\nSTATUS=x");
	ck_assert_str_eq(heard(), "READY=1\nSTATUS=x");
}
END_TEST

START_TEST(who_may_speaks_for_another)
{
	SKIP_UNLESS_ROOT();
	(void)send_plainly(getppid(), "READY=1");
	(void)heard();
	ck_assert_int_eq(sender.pid, getppid());
	ck_assert_uint_eq(sender.uid, getuid());
}
END_TEST

START_TEST(who_may_not_speaks_for_itself)
{
	pid_t pid;
	int status;

	SKIP_UNLESS_ROOT();
	ck_assert_int_eq(chmod(dir, 0755), 0);
	ck_assert_int_eq(chmod(getenv("NOTIFY_SOCKET"), 0777), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (setresuid(65534, 65534, 65534) == 0)
			(void)send_plainly(getppid(), "READY=1");
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_str_eq(heard(), "READY=1");
	ck_assert_int_eq(sender.pid, pid);
	ck_assert_uint_eq(sender.uid, 65534);
}
END_TEST

/* A path may not be reached from a container; a name without a file is. */
START_TEST(a_name_in_the_abstract_namespace_is_reached)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	const int len = snprintf(at.sun_path + 1, sizeof at.sun_path - 1, "%s", dir);
	char name[80];

	manager_of_systemd = fd_close(manager_of_systemd);
	manager_of_systemd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(manager_of_systemd, (struct sockaddr *)&at,
			      (socklen_t)(sizeof at.sun_family + 1 + (size_t)len)),
			 0);
	(void)snprintf(name, sizeof name, "@%s", dir);
	setenv("NOTIFY_SOCKET", name, 1);
	(void)send_plainly(getppid(), "READY=1");
	ck_assert_str_eq(heard(), "READY=1");
}
END_TEST

START_TEST(a_name_that_no_socket_can_have_is_no_harm)
{
	char name[200];

	memset(name, 'x', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	for (int first = 0; first < 3; first++) {
		name[0] = "/@x"[first];
		setenv("NOTIFY_SOCKET", name, 1);
		(void)send_plainly(getppid(), "READY=1");
	}
	setenv("NOTIFY_SOCKET", "", 1);
	(void)send_plainly(getppid(), "READY=1");
	ck_assert_str_eq(heard(), "");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("notify");
	TCase *tc = harness_case(s, "notify");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, ready_names_the_main_process);
	tcase_add_test(tc, root_speaks_as_the_main_process);
	tcase_add_test(tc, status_is_one_line);
	tcase_add_test(tc, reloading_says_when);
	tcase_add_test(tc, stopping_is_said);
	tcase_add_test(tc, without_a_socket_nothing_is_said);
	tcase_add_test(tc, who_does_not_read_is_not_waited_for);
	tcase_add_test(tc, a_socket_that_is_gone_is_no_harm);
	tcase_add_test(tc, what_is_sent_arrives_whole);
	tcase_add_test(tc, who_may_speaks_for_another);
	tcase_add_test(tc, who_may_not_speaks_for_itself);
	tcase_add_test(tc, a_name_in_the_abstract_namespace_is_reached);
	tcase_add_test(tc, a_name_that_no_socket_can_have_is_no_harm);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
