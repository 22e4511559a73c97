/* SPDX-License-Identifier: MIT */
/* test_pipelines.c - programs of the file that read a file, data, or what another one prints;
 * and those that are to come to an end. */
#include <sched.h>
#include <signal.h>

#include "tests/integration/capture.h"

static struct instance in;

static void setup(void)
{
	instance_init(&in);
}

static void teardown(void)
{
	instance_done(&in);
}

#define STAYS "startsecs=0\nautorestart=false\n"

START_TEST(a_program_reads_what_the_file_says)
{
	instance_configure(&in,
			   "[program:file]\ncommand=sh -c 'cat > got.file'\n" STAYS
			   "stdin=file:%(here)s/input\ndirectory=%(here)s\n"
			   "[program:data]\ncommand=sh -c 'cat > got.data'\n" STAYS
			   "stdin=data:of the file\ndirectory=%(here)s\n"
			   "[program:null]\ncommand=sh -c 'cat; echo end > got.null'\n" STAYS
			   "directory=%(here)s\n");
	instance_write(&in, "input", "of a file\n");
	instance_start(&in);
	instance_file_has(&in, "got.file", "of a file\n");
	instance_file_has(&in, "got.data", "of the file");
	instance_file_has(&in, "got.null", "end\n");
}
END_TEST

START_TEST(data_is_read_from_its_beginning_by_each_that_starts)
{
	instance_run(&in, "[program:a]\ncommand=sh -c 'cat >> got'\n" STAYS
			  "stdin=data:again\ndirectory=%(here)s\n");
	instance_file_has(&in, "got", "again");
	instance_reaches(&in, "a", "EXITED");
	EXPECT_CTL(&in, 0, "a: started\n", "start", "a");
	instance_file_has(&in, "got", "againagain");
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_why_it_does_not_start)
{
	instance_run(&in, "[program:a]\ncommand=cat\nstartsecs=0\nautostart=false\n"
			  "stdin=file:%(here)s/none\n");
	EXPECT_CTL(&in, 7, "a: ERROR (spawn error)\n", "start", "a");
	instance_logged(&in, "couldn't open its stdin: ENOENT");
}
END_TEST

/* --- pipelines ------------------------------------------------------------------------------
 */

/* What a puppet prints goes, line by line, through a shell that takes no byte more than it
 * gives on, into a file. */
#define PIPELINE(keys)                                                                         \
	"[program:a]\ncommand=puppet wait\nautostart=false\n" STAYS                            \
	"[program:b]\ncommand=sh -c 'while read l; do echo \"$l\"; done'\nautostart=false\n"   \
	"startsecs=0\n" keys "[program:c]\ncommand=sh -c 'cat > %(here)s/got'\n"               \
	"autostart=false\n" STAYS "[pipeline:p]\nstages=a, b, c\n"

static pid_t pid_in_state(const char *name, const char *state)
{
	instance_reaches(&in, name, state);
	return (pid_t)instance_number(&in, name, "pid");
}

/* Its lines come in the order in which things happen. */
static void succeeds(const char *command, const char *name)
{
	_cleanup_(outcome_done) struct outcome o;

	CTL(&in, &o, command, name);
	ck_assert_msg(o.status == 0, "%s%s", buf_str(&o.out), buf_str(&o.err));
}

static void start_pipeline(const char *programs)
{
	instance_run(&in, programs);
	succeeds("start", "p");
	instance_hear(&in, "a", "ready");
}

START_TEST(what_a_stage_prints_is_read_by_the_next_up_to_its_end)
{
	start_pipeline(PIPELINE("autorestart=false\n"));
	instance_order(&in, "a", "out one");
	instance_order(&in, "a", "out two");
	instance_file_has(&in, "got", "one\ntwo\n");
	instance_order(&in, "a", "exit 0");
	instance_reaches(&in, "c", "EXITED");
	instance_reaches(&in, "b", "EXITED");
	ck_assert_int_eq(instance_number(&in, "c", "exitstatus"), 0);
}
END_TEST

START_TEST(a_pipeline_starts_and_stops_as_one)
{
	start_pipeline(PIPELINE("autorestart=false\n"));
	succeeds("stop", "p");
	succeeds("start", "p");
	instance_hear(&in, "a", "ready");
	instance_order(&in, "a", "out again");
	instance_file_has(&in, "got", "again\n");
}
END_TEST

/* SIGSTOP, and wait until it holds: before that it could take something more. */
static void stop_there(pid_t pid)
{
	const mono_t end = patience_ends();
	char path[64], state = '\0';

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	ck_assert_int_eq(kill(pid, SIGSTOP), 0);
	while (state != 'T') {
		FILE *f = fopen(path, "re");

		ck_assert_ptr_nonnull(f);
		ck_assert_int_eq(fscanf(f, "%*d (%*[^)]) %c", &state), 1);
		fclose(f);
		(void)patience_left(end, "a process to be stopped");
	}
}

static void expect_why(const char *name, const char *text)
{
	_cleanup_(outcome_done) struct outcome o;

	CTL(&in, &o, "why", name);
	ck_assert_int_eq(o.status, 0);
	ck_assert_msg(strstr(buf_str(&o.out), text), "no \"%s\" in:\n%s", text,
		      buf_str(&o.out));
}

/* It is stopped, so that all of it is in the pipe when it dies. */
START_TEST(a_stage_that_is_killed_and_comes_back_loses_nothing)
{
	pid_t pid;

	start_pipeline(PIPELINE("autorestart=true\n"));
	instance_order(&in, "a", "out one");
	instance_file_has(&in, "got", "one\n");
	pid = pid_in_state("b", "RUNNING");
	stop_there(pid);
	instance_order(&in, "a", "out two");
	instance_order(&in, "a", "flood 100");
	instance_order(&in, "a", "say flooded");
	instance_hear(&in, "a", "flooded");
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	instance_file_has(&in, "got", "one\ntwo\nline 0 of the flood\n");
	instance_file_has(&in, "got", "line 99 of the flood\n");
	ck_assert_int_ne(pid_in_state("b", "RUNNING"), pid);
	expect_why("p:b", "terminated by SIGKILL");
	expect_why("p:b", "started again by itself 1 time");
	expect_why("p:b", "it reads what is printed by a, which is RUNNING");
}
END_TEST

START_TEST(a_pipe_outlives_the_manager_with_what_is_in_it)
{
	pid_t manager, pid;

	start_pipeline(PIPELINE("autorestart=true\n"));
	pid = pid_in_state("b", "RUNNING");
	stop_there(pid);
	instance_order(&in, "a", "out kept");
	instance_order(&in, "a", "say said");
	instance_hear(&in, "a", "said");
	manager = instance_part(&in, "reeve-manager");
	ck_assert_int_eq(kill(manager, SIGKILL), 0);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	instance_file_has(&in, "got", "kept\n");
	expect_why("p:b", "terminated by SIGKILL");
}
END_TEST

START_TEST(who_has_no_reader_any_more_gets_sigpipe)
{
	pid_t pid;

	start_pipeline(PIPELINE("autorestart=false\n"));
	pid = pid_in_state("b", "RUNNING");
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	instance_reaches(&in, "b", "EXITED");
	instance_reaches(&in, "c", "EXITED"); /* that had its end of file */
	instance_order(&in, "a", "out into the void");
	instance_reaches(&in, "a", "EXITED");
	ck_assert_int_eq(instance_number(&in, "a", "exit_signal"), SIGPIPE);
}
END_TEST

START_TEST(an_end_while_no_manager_was_there_is_passed_on)
{
	pid_t manager, pid;

	start_pipeline(PIPELINE("autorestart=false\n"));
	pid = pid_in_state("a", "RUNNING");
	manager = instance_part(&in, "reeve-manager");
	ck_assert_int_eq(kill(manager, SIGSTOP), 0);
	instance_order(&in, "a", "out last");
	instance_order(&in, "a", "exit 0");
	pid_gone(pid);
	ck_assert_int_eq(kill(manager, SIGKILL), 0);
	instance_reaches(&in, "c", "EXITED");
	instance_file_has(&in, "got", "last\n");
}
END_TEST

/* --- oneshots, processors -------------------------------------------------------------------
 */

START_TEST(a_oneshot_is_tried_until_it_succeeds)
{
	instance_run(&in, "[program:a]\ntype=oneshot\nretries=3\nretry_delay=0.05\n"
			  "command=puppet wait\n");
	instance_hear(&in, "a", "ready");
	instance_order(&in, "a", "exit 1");
	instance_hear(&in, "a", "ready");
	expect_why("a", "1 attempt in a row failed, of 4");
	instance_order(&in, "a", "exit 0");
	instance_reaches(&in, "a", "EXITED");
	expect_why("a", "exit status 0; by itself");
	EXPECT_CTL(&in, 0, "a: started\n", "start", "a");
}
END_TEST

START_TEST(a_oneshot_that_never_succeeds_is_given_up)
{
	instance_run(&in, "[program:a]\ntype=oneshot\nretries=1\nretry_delay=0.05\n"
			  "command=puppet exit 1\n");
	instance_reaches(&in, "a", "FATAL");
	instance_logged(&in, "gave up: a entered FATAL state, all its attempts have failed");
}
END_TEST

START_TEST(a_program_runs_on_its_processors)
{
	cpu_set_t set;
	pid_t pid;

	instance_run(&in, "[program:a]\ncommand=puppet wait\nstartsecs=0\ncpu_affinity=0\n");
	pid = instance_hear(&in, "a", "ready");
	ck_assert_int_eq(sched_getaffinity(pid, sizeof set, &set), 0);
	ck_assert_int_eq(CPU_COUNT(&set), 1);
	ck_assert(CPU_ISSET(0, &set));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("pipelines");
	TCase *tc = harness_case(s, "pipelines");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_program_reads_what_the_file_says);
	tcase_add_test(tc, data_is_read_from_its_beginning_by_each_that_starts);
	tcase_add_test(tc, a_file_that_cannot_be_read_is_why_it_does_not_start);
	tcase_add_test(tc, what_a_stage_prints_is_read_by_the_next_up_to_its_end);
	tcase_add_test(tc, a_pipeline_starts_and_stops_as_one);
	tcase_add_test(tc, a_stage_that_is_killed_and_comes_back_loses_nothing);
	tcase_add_test(tc, a_pipe_outlives_the_manager_with_what_is_in_it);
	tcase_add_test(tc, who_has_no_reader_any_more_gets_sigpipe);
	tcase_add_test(tc, an_end_while_no_manager_was_there_is_passed_on);
	tcase_add_test(tc, a_oneshot_is_tried_until_it_succeeds);
	tcase_add_test(tc, a_oneshot_that_never_succeeds_is_given_up);
	tcase_add_test(tc, a_program_runs_on_its_processors);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
