/* SPDX-License-Identifier: MIT */
/* test_terminal.c - run and map at a terminal: its keys, its end, and who reads it. */
#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>

#include "tests/integration/jobs.h"

/* The other end of a terminal, and who sits at it. */
struct terminal {
	int master;
	pid_t pid;
	struct buf seen;
};

static void setup(void)
{
	jobs_setup();
	instance_run(&in, "");
}

static _Noreturn void sit_down(int master, const char *const *argv)
{
	int slave;

	(void)setsid();
	slave = open(ptsname(master),
		     O_RDWR | O_CLOEXEC); /* becomes the terminal of the session */
	for (int i = 0; i < 3; i++)
		dup2(slave, i);
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

static struct terminal terminal_begin(const char *const *argv)
{
	struct terminal t = { .master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC) };

	ck_assert_int_ge(t.master, 0);
	ck_assert_int_eq(grantpt(t.master) | unlockpt(t.master), 0);
	fflush(NULL);
	t.pid = fork();
	ck_assert_int_ge(t.pid, 0);
	if (t.pid == 0)
		sit_down(t.master, argv);
	return t;
}

static const char *reevectl(void)
{
	static char path[600];

	snprintf(path, sizeof path, "%s/reevectl", getenv("REEVE_BUILD"));
	return path;
}

/* "reevectl -c CONF WORDS..." at a terminal. */
#define AT_TERMINAL(...)                                                                       \
	terminal_begin((const char *const[]){ reevectl(), "-c", in.conf, __VA_ARGS__, NULL })

/* Wait until the terminal has shown this. */
static void expect_shown(struct terminal *t, const char *text)
{
	const mono_t end = patience_ends();

	while (!strstr(buf_str(&t->seen), text)) {
		struct pollfd p = { .fd = t->master, .events = POLLIN };
		ssize_t n;

		ck_assert_int_ge(poll(&p, 1, patience_left(end, text)), 0);
		ck_assert_int_eq(buf_reserve(&t->seen, 4096), 0);
		n = read(t->master, t->seen.data + t->seen.len, 4096);
		ck_assert_msg(n > 0, "%s: not shown: %s", text, buf_str(&t->seen));
		t->seen.data[t->seen.len += (size_t)n] = '\0';
	}
}

static void type(const struct terminal *t, const char *keys)
{
	ck_assert_int_eq(write(t->master, keys, strlen(keys)), (ssize_t)strlen(keys));
}

static int terminal_end(struct terminal *t)
{
	const int status = jobs_finish(t->pid);

	t->master = fd_close(t->master);
	buf_done(&t->seen);
	return status;
}

START_TEST(a_job_at_a_terminal_has_that_terminal)
{
	struct terminal t = AT_TERMINAL("run", "--", "sh", "-c",
					"test -t 0 && test -t 1 && test -t 2 && echo terminal; "
					"read line; echo \"got $line\"; exit 4");

	expect_shown(&t, "terminal");
	type(&t, "these words\n");
	expect_shown(&t, "got these words");
	ck_assert_int_eq(terminal_end(&t), 4);
}
END_TEST

/* clang-format off */
static const struct { const char *key, *signal; } keys[] = { { "\x03", "2" }, { "\x1c", "3" } };
/* clang-format on */

START_TEST(a_key_that_interrupts_goes_to_the_job)
{
	struct terminal t = AT_TERMINAL("run", PUPPET("p"), "on", keys[_i].signal, "7", "wait");

	instance_hear(&in, "p", "ready");
	type(&t, keys[_i].key);
	ck_assert_int_eq(terminal_end(&t), 7);
}
END_TEST

START_TEST(the_second_ctrl_c_stops_the_job)
{
	struct terminal t =
		AT_TERMINAL("run", PUPPET("p"), "note", "2", "on", "15", "9", "wait");

	instance_hear(&in, "p", "ready");
	type(&t, "\x03");
	instance_hear(&in, "p", "2");
	type(&t, "\x03");
	ck_assert_int_eq(terminal_end(&t), 9);
}
END_TEST

START_TEST(ctrl_z_stops_both_and_they_go_on_together)
{
	struct terminal t = AT_TERMINAL("run", PUPPET("p"), "wait");
	const pid_t job = instance_hear(&in, "p", "ready");
	char path[64], line[256];
	int status;

	type(&t, "\x1a");
	ck_assert_int_eq(waitpid(t.pid, &status, WUNTRACED), t.pid);
	ck_assert(WIFSTOPPED(status));
	snprintf(path, sizeof path, "/proc/%d/stat", job);
	for (const mono_t end = patience_ends(); patience_left(end, "a stop");) {
		FILE *f = fopen(path, "re");

		ck_assert_ptr_nonnull(fgets(line, sizeof line, f));
		fclose(f);
		if (strstr(line, ") T "))
			break;
	}
	ck_assert_int_eq(kill(t.pid, SIGCONT), 0);
	instance_order(&in, "p", "exit 3");
	ck_assert_int_eq(terminal_end(&t), 3);
}
END_TEST

START_TEST(a_terminal_that_is_closed_hangs_up_the_job)
{
	struct terminal t = AT_TERMINAL("run", PUPPET("p"), "on", "1", "5", "wait");
	const pid_t job = instance_hear(&in, "p", "ready");

	t.master = fd_close(t.master);
	pid_gone(job);
	ck_assert_int_eq(terminal_end(&t), 5);
}
END_TEST

START_TEST(a_terminal_that_is_closed_leaves_a_detached_job_alone)
{
	struct terminal t = AT_TERMINAL("run", "--detach", PUPPET("p"), "wait");
	const pid_t job = instance_hear(&in, "p", "ready");

	ck_assert_int_eq(terminal_end(&t), 0);
	ck_assert(pid_alive(job));
	instance_order(&in, "p", "exit 6");
	QUIETLY(6, "wait", "1");
}
END_TEST

START_TEST(who_is_in_the_background_does_not_read_the_terminal)
{
	struct terminal t = terminal_begin((const char *const[]){
		"sh", "-c", "set -m; \"$0\" \"$@\" & wait $!", reevectl(), "-c", in.conf, "run",
		"sh", "-c", "test -t 1 && ! test -t 0 && echo empty; cat; exit 2", NULL });

	expect_shown(&t, "empty");
	ck_assert_int_eq(terminal_end(&t), 2);
}
END_TEST

START_TEST(ctrl_c_ends_a_map_and_drops_what_waits)
{
	struct terminal t = AT_TERMINAL("map", "-q", "-j2",
					"env SUPERVISOR_PROCESS_NAME={} "
					"puppet on 2 4 wait",
					":::", "a", "b", "c", "d");

	instance_hear(&in, "a", "ready");
	instance_hear(&in, "b", "ready");
	type(&t, "\x03");
	ck_assert_int_eq(terminal_end(&t), 130);
	ck_assert(!instance_heard(&in, "c", "ready"));
	ck_assert(!instance_heard(&in, "d", "ready"));
}
END_TEST

START_TEST(a_map_at_a_terminal_shows_how_far_it_is)
{
	struct terminal t = AT_TERMINAL(
		"map", "-j1", "env SUPERVISOR_PROCESS_NAME={} puppet wait", ":::", "a", "b");

	instance_hear(&in, "a", "ready");
	expect_shown(&t, "0/2 done, 1 under way");
	instance_order(&in, "a", "exit 1");
	instance_hear(&in, "b", "ready");
	expect_shown(&t, "1/2 done, 1 failed, 1 under way, ");
	instance_order(&in, "b", "exit 0");
	ck_assert_int_eq(terminal_end(&t), 1);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("terminal");
	TCase *tc = harness_case(s, "terminal");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, jobs_teardown);
	tcase_add_test(tc, a_job_at_a_terminal_has_that_terminal);
	tcase_add_loop_test(tc, a_key_that_interrupts_goes_to_the_job, 0, ARRAY_SIZE(keys));
	tcase_add_test(tc, the_second_ctrl_c_stops_the_job);
	tcase_add_test(tc, ctrl_z_stops_both_and_they_go_on_together);
	tcase_add_test(tc, a_terminal_that_is_closed_hangs_up_the_job);
	tcase_add_test(tc, a_terminal_that_is_closed_leaves_a_detached_job_alone);
	tcase_add_test(tc, who_is_in_the_background_does_not_read_the_terminal);
	tcase_add_test(tc, ctrl_c_ends_a_map_and_drops_what_waits);
	tcase_add_test(tc, a_map_at_a_terminal_shows_how_far_it_is);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
