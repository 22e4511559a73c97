/* SPDX-License-Identifier: MIT */
/* test_plan.c - what a changed file means for what runs. */
#include <string.h>

#include "conf/keys.h"
#include "conf/plan.h"
#include "tests/unit/harness.h"

static struct config *old, *new;
static struct plan plan;

static struct config *load(const char *text)
{
	static const struct config_world w = { .host = "host", .cwd = "/tmp", .home = "/" };
	_cleanup_(diags_done) struct diags d = DIAGS_INIT;
	struct config *c = NULL;

	ck_assert_int_eq(config_load_text(text, strlen(text), "/tmp/x.conf", &w, &d, &c),
			 CONFIG_OK);
	return c;
}

/* What happens when a file that says @from says @to. */
static void change(const char *from, const char *to)
{
	old = config_free(old);
	new = config_free(new);
	plan_done(&plan);
	old = load(from);
	new = load(to);
	ck_assert_int_eq(plan_make(old->groups, old->n_groups, new, &plan), 0);
}

static void teardown(void)
{
	plan_done(&plan);
	old = config_free(old);
	new = config_free(new);
}

/* One program whose keys are @from, then @to. */
static enum plan_kind change_keys(const char *from, const char *to)
{
	char a[512], b[512];

	(void)snprintf(a, sizeof a, "[supervisord]\n[program:x]\ncommand=c\n%s\n", from);
	(void)snprintf(b, sizeof b, "[supervisord]\n[program:x]\ncommand=c\n%s\n", to);
	change(a, b);
	if (!plan.n)
		return PLAN_SAME;
	ck_assert_uint_eq(plan.n, 1);
	ck_assert_uint_eq(plan.v[0].n, 1);
	ck_assert_str_eq(plan.v[0].v[0].name, "x");
	ck_assert_int_eq(plan.v[0].kind, plan.v[0].v[0].kind);
	return plan.v[0].kind;
}

START_TEST(the_same_file_changes_nothing)
{
	change("[supervisord]\n[program:a]\ncommand=x\n[program:b]\ncommand=y\n",
	       "[supervisord]\n[program:b]\ncommand=y\n[program:a]\ncommand=x\npriority=999\n");
	ck_assert_uint_eq(plan.n, 0);
}
END_TEST

START_TEST(groups_come_and_go_by_name)
{
	change("[supervisord]\n[program:gone]\ncommand=x\n[program:stays]\ncommand=x\n",
	       "[supervisord]\n[program:stays]\ncommand=x\n[program:comes]\ncommand=x\n");
	ck_assert_uint_eq(plan.n, 2);
	ck_assert_int_eq(plan.v[0].kind, PLAN_ADDED);
	ck_assert_str_eq(plan.v[0].to->name, "comes");
	ck_assert_ptr_null(plan.v[0].from);
	ck_assert_int_eq(plan.v[1].kind, PLAN_REMOVED);
	ck_assert_str_eq(plan.v[1].from->name, "gone");
	ck_assert_ptr_null(plan.v[1].to);
}
END_TEST

static const char *const policies[][2] = {
	{ "", "startretries=9" },
	{ "", "autorestart=true" },
	{ "", "stopwaitsecs=1" },
	{ "", "exitcodes=3" },
	{ "", "stopsignal=INT" },
	{ "", "startsecs=0" },
	{ "", "autostart=false" },
	{ "", "priority=1" },
	{ "", "stopasgroup=true" },
	{ "", "killasgroup=true" },
	{ "runtimeout=1", "" },
	{ "restart_rate=1", "restart_rate=2" },
	{ "restart_burst=1", "" },
	{ "stdout_logfile=/tmp/a", "stdout_logfile=/tmp/b" },
	{ "stderr_logfile=/tmp/a", "stderr_logfile=NONE" },
	{ "", "stdout_logfile_maxbytes=1" },
	{ "", "stderr_logfile_backups=1" },
	{ "", "stdout_capture_maxbytes=1" },
	{ "", "stdout_events_enabled=true" },
	{ "", "stderr_syslog=true" },
	{ "type=oneshot", "type=oneshot\nretries=2" },
	{ "type=oneshot\nretry_delay=3", "type=oneshot" },
	{ "stdout_logfile=/tmp/a", "stdout_logfile=/tmp/a, journal" },
	{ "stdout_logfile=/tmp/a, /tmp/b", "stdout_logfile=/tmp/a, /tmp/c" },
	{ "stdout_logfile=AUTO, syslog", "stdout_logfile=AUTO, journal" },
	{ "", "stdout_logfile_maxage=1d" },
	{ "", "stderr_logfile_keep=1d" },
	{ "stdout_logfile_compress=gzip", "stdout_logfile_compress=zstd" },
	{ "", "stdout_format=json" },
	{ "stdout_format=prefix", "stdout_format=prefix\nstdout_prefix=y" },
	{ "", "stderr_strip_ansi=true" },
	{ "", "log_policy=block" },
	{ "log_rate=1KB", "log_rate=2KB" },
	{ "log_rate=1KB", "log_rate=1KB\nlog_burst=2KB" },
	{ "memory_max=1G", "" },
	{ "memory_high=40%", "memory_high=41%" },
	{ "", "cpu_max=150%" },
	{ "cpu_max=20000 100000", "cpu_max=20000 200000" },
	{ "", "cpu_weight=100" },
	{ "io_weight=5", "io_weight=6" },
	{ "", "tasks_max=10" },
	{ "", "essential=true" },
	{ "readiness=notify", "readiness=notify\nstart_timeout=5" },
};

START_TEST(a_change_of_policy_needs_no_restart)
{
	ck_assert_int_eq(change_keys(policies[_i][0], policies[_i][1]), PLAN_POLICY);
}
END_TEST

static const char *const restarts[][2] = {
	{ "", "command=d" },
	{ "", "directory=/" },
	{ "directory=/", "directory=/tmp" },
	{ "", "umask=022" },
	{ "", "user=root" },
	{ "", "environment=A=\"1\"" },
	{ "environment=A=\"1\"", "environment=A=\"2\"" },
	{ "environment=A=\"1\"", "environment=B=\"1\"" },
	{ "", "redirect_stderr=true" },
	{ "", "serverurl=http://x" },
	{ "startretries=9", "command=d" },
	{ "", "type=oneshot" },
	{ "", "stdin=data:" },
	{ "stdin=data:a", "stdin=data:b" },
	{ "stdin=data:/dev/zero", "stdin=file:/dev/zero" },
	{ "", "stdout_wired=true" },
	{ "", "cpu_affinity=0" },
	{ "cpu_affinity=0", "cpu_affinity=0-1" },
	{ "", "limit_nofile=1000" },
	{ "limit_core=0", "limit_core=0:1K" },
	{ "limit_stack=8MB", "limit_stack=unlimited" },
	{ "", "nice=5" },
	{ "", "oom_score_adj=0" },
	{ "ioprio=idle", "ioprio=best-effort/7" },
	{ "", "readiness=notify" },
	{ "readiness=notify", "readiness=notify\nwatchdog=5" },
};

START_TEST(a_change_of_what_it_is_started_with_needs_one)
{
	ck_assert_int_eq(change_keys(restarts[_i][0], restarts[_i][1]), PLAN_RESTART);
}
END_TEST

static const char *const equals[][2] = {
	{ "stdout_logfile=/tmp/a", "stdout_logfile=AUTO" },
	{ "", "stderr_logfile=/tmp/a" },
	{ "stdout_logfile=NONE", "" },
	{ "environment=A=\"1\",B=\"2\"", "environment=B=\"2\",A=\"1\"" },
	{ "startsecs=1", "" },
	{ "exitcodes=1,2", "exitcodes=2,1,1" },
	{ "stopsignal=TERM", "stopsignal=15" },
	{ "cpu_affinity=0-2", "cpu_affinity=2,1,0" },
	{ "stdin=null", "" },
	{ "type=oneshot\nstartsecs=5", "type=oneshot\nautorestart=true" },
	{ "retries=5", "retry_delay=5" },
	{ "stdout_logfile=/tmp/a, /tmp/b", "stdout_logfile=AUTO, /tmp/b" },
	{ "stdout_logfile=/tmp/a,syslog", "stdout_logfile=\"/tmp/a\", SysLog" },
	{ "stdout_format=prefix", "stdout_format=PREFIX\nstdout_prefix=x |" },
	{ "stdout_prefix=y", "" },
	{ "log_rate=1KB", "log_rate=1024\nlog_burst=1KB" },
	{ "log_burst=5", "start_timeout=5\nwatchdog=6" },
	{ "memory_max=512M", "memory_max=524288KB" },
	{ "memory_max=max", "" },
	{ "cpu_max=50%", "cpu_max=50000 100000" },
	{ "limit_core=1k", "limit_core=1024:1KB" },
	{ "ioprio=realtime", "ioprio=RealTime/4" },
};

START_TEST(what_means_the_same_is_no_change)
{
	ck_assert_int_eq(change_keys(equals[_i][0], equals[_i][1]), PLAN_SAME);
}
END_TEST

START_TEST(processes_of_a_group_are_told_apart)
{
	change("[supervisord]\n[program:a]\ncommand=x %(process_num)d\nnumprocs=3\n"
	       "process_name=%(process_num)d\n",
	       "[supervisord]\n[program:a]\ncommand=x %(process_num)d\nnumprocs=3\n"
	       "numprocs_start=1\nstartretries=8\nprocess_name=%(process_num)d\n");
	ck_assert_uint_eq(plan.n, 1);
	ck_assert_int_eq(plan.v[0].kind, PLAN_RESTART);
	ck_assert_uint_eq(plan.v[0].n, 4);
	ck_assert_str_eq(plan.v[0].v[0].name, "1");
	ck_assert_int_eq(plan.v[0].v[0].kind, PLAN_POLICY);
	ck_assert_int_eq(plan.v[0].v[1].kind, PLAN_POLICY);
	ck_assert_str_eq(plan.v[0].v[2].name, "3");
	ck_assert_int_eq(plan.v[0].v[2].kind, PLAN_ADDED);
	ck_assert_ptr_null(plan.v[0].v[2].from);
	ck_assert_str_eq(plan.v[0].v[3].name, "0");
	ck_assert_int_eq(plan.v[0].v[3].kind, PLAN_REMOVED);
	ck_assert_ptr_null(plan.v[0].v[3].to);
}
END_TEST

START_TEST(priority_and_order_of_a_group_are_policy)
{
	static const char programs[] = "[program:a]\ncommand=x\n[program:b]\ncommand=y\n";
	char from[256], to[256];

	(void)snprintf(from, sizeof from, "[supervisord]\n%s[group:g]\nprograms=a,b", programs);
	(void)snprintf(to, sizeof to, "[supervisord]\n%s[group:g]\nprograms=b,a", programs);
	change(from, to);
	ck_assert_uint_eq(plan.n, 1);
	ck_assert_int_eq(plan.v[0].kind, PLAN_POLICY);
	(void)snprintf(to, sizeof to, "[supervisord]\n%s[group:g]\nprograms=a,b\npriority=1",
		       programs);
	change(from, to);
	ck_assert_uint_eq(plan.n, 1);
	ck_assert_int_eq(plan.v[0].kind, PLAN_POLICY);
	for (size_t i = 0; i < plan.v[0].n; i++)
		ck_assert_int_eq(plan.v[0].v[i].kind, PLAN_SAME);
}
END_TEST

/* What the one reads and where the other prints both change. */
START_TEST(a_pipe_between_two_restarts_both)
{
	change("[supervisord]\n[program:a]\ncommand=x\n[program:b]\ncommand=y\n",
	       "[supervisord]\n[program:a]\ncommand=x\n[program:b]\ncommand=y\n"
	       "stdin=program:a\n");
	ck_assert_uint_eq(plan.n, 2);
	ck_assert_int_eq(plan.v[0].kind, PLAN_RESTART);
	ck_assert_int_eq(plan.v[1].kind, PLAN_RESTART);
}
END_TEST

START_TEST(a_group_that_was_connected_already_becomes_a_pipeline_as_it_runs)
{
	static const char programs[] =
		"[program:a]\ncommand=x\n[program:b]\ncommand=y\nstdin=program:a\n";
	char from[256], to[256];

	(void)snprintf(from, sizeof from, "[supervisord]\n%s[group:g]\nprograms=a,b", programs);
	(void)snprintf(to, sizeof to, "[supervisord]\n%s[pipeline:g]\nstages=a,b", programs);
	change(from, to);
	ck_assert_uint_eq(plan.n, 1);
	ck_assert_int_eq(plan.v[0].kind, PLAN_POLICY);
	ck_assert(plan.v[0].to->pipeline);
}
END_TEST

START_TEST(another_order_of_stages_restarts_them)
{
	static const char programs[] =
		"[program:a]\ncommand=x\n[program:b]\ncommand=y\n[program:c]\ncommand=z\n";
	char from[256], to[256];

	(void)snprintf(from, sizeof from, "[supervisord]\n%s[pipeline:g]\nstages=a,b,c",
		       programs);
	(void)snprintf(to, sizeof to, "[supervisord]\n%s[pipeline:g]\nstages=b,a,c", programs);
	change(from, to);
	ck_assert_uint_eq(plan.n, 1);
	ck_assert_int_eq(plan.v[0].kind, PLAN_RESTART);
	for (size_t i = 0; i < plan.v[0].n; i++)
		ck_assert_int_eq(plan.v[0].v[i].kind, PLAN_RESTART);
}
END_TEST

START_TEST(pools_restart_nothing)
{
	change("[supervisord]\n[program:a]\ncommand=x\n[pool:p]\nslots=1\n",
	       "[supervisord]\n[program:a]\ncommand=x\n[pool:q]\nslots=2\n");
	ck_assert_uint_eq(plan.n, 0);
	ck_assert_uint_eq(new->n_pools, 1);
	ck_assert_str_eq(new->pools[0].name, "q");
}
END_TEST

START_TEST(a_group_outlives_its_configuration)
{
	struct group_spec *g;
	struct config *c = load("[supervisord]\n[program:a]\ncommand=x\n");

	g = group_spec_ref(config_group(c, "a"));
	ck_assert_ptr_null(config_group(c, "b"));
	config_free(c);
	ck_assert_str_eq(g->v[0].command, "x");
	ck_assert_str_eq(g->files[0], "/tmp/x.conf");
	ck_assert_str_eq(g->v[0].origin.file, "/tmp/x.conf");
	ck_assert_uint_eq(g->v[0].origin.line, 2);
	ck_assert_ptr_null(group_spec_unref(g));
	ck_assert_ptr_null(group_spec_unref(NULL));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("plan");
	TCase *tc = harness_case(s, "plan");

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, the_same_file_changes_nothing);
	tcase_add_test(tc, groups_come_and_go_by_name);
	tcase_add_loop_test(tc, a_change_of_policy_needs_no_restart, 0,
			    (int)ARRAY_SIZE(policies));
	tcase_add_loop_test(tc, a_change_of_what_it_is_started_with_needs_one, 0,
			    (int)ARRAY_SIZE(restarts));
	tcase_add_loop_test(tc, what_means_the_same_is_no_change, 0, (int)ARRAY_SIZE(equals));
	tcase_add_test(tc, processes_of_a_group_are_told_apart);
	tcase_add_test(tc, priority_and_order_of_a_group_are_policy);
	tcase_add_test(tc, a_pipe_between_two_restarts_both);
	tcase_add_test(tc, a_group_that_was_connected_already_becomes_a_pipeline_as_it_runs);
	tcase_add_test(tc, another_order_of_stages_restarts_them);
	tcase_add_test(tc, pools_restart_nothing);
	tcase_add_test(tc, a_group_outlives_its_configuration);
	return harness_run(s);
}
