/* SPDX-License-Identifier: MIT */
/*
 * test_wires.c - what a configuration says about standard input, pipelines, pools and jobs, as
 * the daemon finds it; how it is kept over a crash. The words of it are in tests/golden/.
 */
#include <string.h>

#include "conf/config.h"
#include "conf/cpus.h"
#include "conf/value.h"
#include "tests/unit/harness.h"

static struct config_world world;
static struct diags diags;
static struct config *config;

static void setup(void)
{
	world = (struct config_world){
		.host = "host", .cwd = "/tmp", .home = "/", .processors = 4
	};
}

static void teardown(void)
{
	config = config_free(config);
	diags_done(&diags);
}

static int load(const char *text)
{
	teardown();
	return config_load_text(text, strlen(text), "/tmp/x.conf", &world, &diags, &config);
}

static void expect_loads(const char *text)
{
	const int r = load(text);

	for (size_t i = 0; i < diags.n; i++)
		fprintf(stderr, "%u: %s\n", diags.v[i].line, diags.v[i].text);
	ck_assert_int_eq(r, CONFIG_OK);
	ck_assert_uint_eq(diags.n, 0);
}

static void expect_complaint(const char *text)
{
	for (size_t i = 0; i < diags.n; i++)
		if (diags.v[i].kind == DIAG_ERROR && strstr(diags.v[i].text, text))
			return;
	ck_abort_msg("no complaint says: %s", text);
}

/* The first process of group @name. */
static const struct process_spec *first_of(const char *name)
{
	const struct group_spec *g = config_group(config, name);

	ck_assert_ptr_nonnull(g);
	return &g->v[0];
}

START_TEST(a_oneshot_has_what_it_says_and_else_as_if_it_said_nothing)
{
	const struct process_spec *p;

	expect_loads("[reeve]\n[program:a]\ncommand=x\ntype=oneshot\nretries=3\n"
		     "retry_delay=0.5\n[program:b]\ncommand=x\n");
	p = first_of("a");
	ck_assert(p->oneshot);
	ck_assert_int_eq(p->retries, 3);
	ck_assert_int_eq(p->retry_delay, 500);
	p = first_of("b");
	ck_assert(!p->oneshot);
	ck_assert_int_eq(p->retries, 0);
	ck_assert_int_eq(p->retry_delay, 1000);
	ck_assert_int_eq(load("[reeve]\n[program:a]\ncommand=x\ntype=oneshot\nstartsecs=9\n"
			      "autorestart=true\n"),
			 CONFIG_OK);
	ck_assert_uint_eq(diags.n, 2);
	ck_assert_int_eq(first_of("a")->startsecs, 1000);
	ck_assert_int_eq(first_of("a")->autorestart, AUTORESTART_UNEXPECTED);
}
END_TEST

START_TEST(data_comes_as_it_is)
{
	expect_loads("[reeve]\n[program:a]\ncommand=x\nstdin=data:one\n\ttwo\n"
		     "[program:b]\ncommand=x\nstdin=data:\n"
		     "[program:c]\ncommand=x\nstdin=data:one\n\t%(program_name).0s\n");
	ck_assert_int_eq(first_of("a")->in.kind, STDIN_DATA);
	ck_assert_str_eq(first_of("a")->in.text, "one\ntwo");
	ck_assert_str_eq(first_of("b")->in.text, "");
	ck_assert_str_eq(first_of("c")->in.text, "one\n");
}
END_TEST

START_TEST(data_may_be_64_kilobytes_and_no_more)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;

	ck_assert_int_eq(buf_puts(&text, "[reeve]\n[program:a]\ncommand=x\nstdin=data:"), 0);
	for (int i = 0; i < STDIN_DATA_MAX; i++)
		ck_assert_int_eq(buf_putc(&text, 'x'), 0);
	expect_loads(buf_str(&text));
	ck_assert_uint_eq(strlen(first_of("a")->in.text), STDIN_DATA_MAX);
	ck_assert_int_eq(buf_puts(&text, "%%"), 0);
	ck_assert_int_eq(load(buf_str(&text)), CONFIG_REFUSED);
	expect_complaint("[program:a] stdin: data of 65537 bytes; write at most 65536");
}
END_TEST

/* Like every other path of the file: its directory key is about the program only. */
START_TEST(a_file_is_relative_to_where_the_daemon_was_started)
{
	world.cwd = "/dev";
	expect_loads("[reeve]\n[program:a]\ncommand=x\ndirectory=/tmp\nstdin=file:zero\n");
	ck_assert_int_eq(first_of("a")->in.kind, STDIN_FILE);
	ck_assert_str_eq(first_of("a")->in.text, "/dev/zero");
}
END_TEST

START_TEST(who_reads_and_who_is_read_know_it)
{
	const struct process_spec *p;

	expect_loads("[reeve]\n[program:a]\ncommand=x\nprocess_name=alpha\n"
		     "[program:b]\ncommand=y\nstdin=program:a\n");
	p = first_of("b");
	ck_assert_int_eq(p->in.kind, STDIN_PROGRAM);
	ck_assert_str_eq(p->in.text, "a:alpha");
	ck_assert(!p->stdout_wired);
	ck_assert_int_eq(p->out.kind, LOG_AUTO);
	p = first_of("a");
	ck_assert(p->stdout_wired);
	ck_assert_int_eq(p->in.kind, STDIN_NULL);
	ck_assert_ptr_null(p->in.text);
	ck_assert_int_eq(p->out.kind, LOG_NONE);
	ck_assert_int_eq(p->err.kind, LOG_AUTO);
	/* The group was packed a second time: its places have to be there still. */
	ck_assert_str_eq(first_of("b")->origin.file, "/tmp/x.conf");
	ck_assert_uint_eq(first_of("b")->origin.line, 5);
	ck_assert_str_eq(config_group(config, "b")->files[0], "/tmp/x.conf");
}
END_TEST

START_TEST(a_pipeline_is_a_group_in_the_order_of_its_stages)
{
	const struct group_spec *g;

	expect_loads("[reeve]\n[program:a]\ncommand=x\npriority=3\n"
		     "[program:b]\ncommand=y\npriority=2\nstdout_logfile=NONE\n"
		     "[program:c]\ncommand=z\npriority=1\n"
		     "[pipeline:p]\nstages=b,c,a\npriority=5\n");
	ck_assert_uint_eq(config->n_groups, 1);
	g = config_group(config, "p");
	ck_assert(g->pipeline);
	ck_assert_int_eq(g->priority, 5);
	ck_assert_uint_eq(g->n, 3);
	ck_assert_str_eq(g->v[0].name, "b");
	ck_assert_str_eq(g->v[1].name, "c");
	ck_assert_str_eq(g->v[2].name, "a");
	ck_assert_int_eq(g->v[0].in.kind, STDIN_NULL);
	ck_assert_str_eq(g->v[1].in.text, "p:b");
	ck_assert_str_eq(g->v[2].in.text, "p:c");
	ck_assert(g->v[0].stdout_wired && g->v[1].stdout_wired && !g->v[2].stdout_wired);
}
END_TEST

START_TEST(pools_are_in_order_and_know_their_places)
{
	expect_loads("[reeve]\njob_history=7\njob_logdir=/\n"
		     "[pool:b]\nslots=cpu\n[pool:a]\nslots=10000\n");
	ck_assert_uint_eq(config->n_pools, 2);
	ck_assert_str_eq(config->pools[0].name, "a");
	ck_assert_int_eq(config->pools[0].slots, 10000);
	ck_assert_str_eq(config->pools[0].origin.file, "/tmp/x.conf");
	ck_assert_uint_eq(config->pools[0].origin.line, 6);
	ck_assert_int_eq(config->pools[1].slots, 4);
	ck_assert_int_eq(config->reeve.job_history, 7);
	ck_assert_str_eq(config->reeve.job_logdir, "/");
	expect_loads("[supervisord]\nchildlogdir=/\n");
	ck_assert_uint_eq(config->n_pools, 0);
	ck_assert_int_eq(config->reeve.job_history, 1000);
	ck_assert_str_eq(config->reeve.job_logdir, "/");
}
END_TEST

START_TEST(cpu_is_as_many_as_there_are)
{
	static const char text[] = "[reeve]\n[program:a]\ncommand=x\nnumprocs=cpu\n"
				   "process_name=%(process_num)d\n[pool:p]\nslots=cpu\n";

	expect_loads(text);
	ck_assert_uint_eq(config_group(config, "a")->n, 4);
	ck_assert_int_eq(config->pools[0].slots, 4);
	world.processors = 0; /* not known */
	expect_loads(text);
	ck_assert_uint_eq(config_group(config, "a")->n, 1);
	ck_assert_int_eq(config->pools[0].slots, 1);
}
END_TEST

/* On this machine one, on the next two: such a file is wrong here already. */
START_TEST(who_runs_once_a_processor_is_no_stage_where_there_is_one)
{
	world.processors = 1;
	ck_assert_int_eq(load("[reeve]\n[program:a]\ncommand=x\nnumprocs=cpu\n"
			      "process_name=%(process_num)d\n[program:b]\ncommand=x\n"
			      "[pipeline:p]\nstages=a,b\n"),
			 CONFIG_REFUSED);
	expect_complaint("program a has a numprocs of its own");
	ck_assert_int_eq(load("[reeve]\n[program:a]\ncommand=x\nnumprocs=cpu\n"),
			 CONFIG_REFUSED);
	expect_complaint("must be present within process_name");
}
END_TEST

/* "update b" was asked for, and not yet "update a": the one that runs reads one that is gone.
 */
START_TEST(what_is_half_way_to_another_file_is_kept_over_a_crash)
{
	_cleanup_(buf_done) struct buf once = BUF_INIT, twice = BUF_INIT;
	_cleanup_(config_freep) struct config *older = NULL;
	struct group_spec *running[3];

	expect_loads("[reeve]\n[program:a]\ncommand=x\n[program:b]\ncommand=x\n"
		     "stdin=program:a\n[program:c]\ncommand=x\n"
		     "[program:d]\ncommand=x\nstdin=program:c\n");
	older = TAKE_PTR(config);
	expect_loads("[reeve]\n[program:e]\ncommand=x\nstdin=program:b\n"
		     "[program:b]\ncommand=y\n");
	running[0] = config_group(older, "b"); /* its source is gone */
	running[1] = config_group(older, "c"); /* its reader is gone */
	running[2] = config_group(config, "e"); /* its source does not know of it */
	ck_assert_int_eq(config_print_running(config, running, 3, &once), 0);
	config = config_free(config);
	world.trusted = true;
	expect_loads(buf_str(&once));
	ck_assert_uint_eq(config->n_groups, 3);
	ck_assert_str_eq(first_of("b")->in.text, "a:a");
	ck_assert(!first_of("b")->stdout_wired);
	ck_assert(first_of("c")->stdout_wired);
	ck_assert_str_eq(first_of("e")->in.text, "b:b");
	ck_assert_int_eq(config_print_running(config, config->groups, config->n_groups, &twice),
			 0);
	ck_assert_str_eq(buf_str(&once), buf_str(&twice));
}
END_TEST

/* A program that runs is called like the pipeline that came after it. */
START_TEST(a_pipeline_is_kept_beside_programs_of_an_older_file)
{
	_cleanup_(buf_done) struct buf once = BUF_INIT, twice = BUF_INIT;
	_cleanup_(config_freep) struct config *older = NULL;
	struct group_spec *running[2];

	expect_loads("[reeve]\n[program:p]\ncommand=x\n[group:g]\nprograms=p\n");
	older = TAKE_PTR(config);
	expect_loads("[reeve]\n[program:a]\ncommand=x\n[program:b]\ncommand=x\n"
		     "process_name=p\n[program:c]\ncommand=x\n[pipeline:p]\nstages=a,b,c\n");
	running[0] = config_group(older, "g");
	running[1] = config_group(config, "p");
	ck_assert_int_eq(config_print_running(config, running, 2, &once), 0);
	config = config_free(config);
	world.trusted = true;
	expect_loads(buf_str(&once));
	ck_assert_str_eq(first_of("g")->program, "p");
	ck_assert(config_group(config, "p")->pipeline);
	ck_assert_str_eq(config_group(config, "p")->v[2].in.text, "p:p");
	ck_assert_int_eq(config_print_running(config, config->groups, config->n_groups, &twice),
			 0);
	ck_assert_str_eq(buf_str(&once), buf_str(&twice));
}
END_TEST

START_TEST(thousands_read_one_another)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	enum { MANY = 3000 };

	ck_assert_int_eq(buf_puts(&text, "[reeve]\n[program:p0]\ncommand=c\n"), 0);
	for (int i = 1; i < MANY; i++)
		ck_assert_int_eq(buf_printf(&text,
					    "[program:p%d]\ncommand=c\nstdin=program:p%d\n", i,
					    i - 1),
				 0);
	expect_loads(buf_str(&text));
	ck_assert_str_eq(first_of("p2999")->in.text, "p2998:p2998");
	ck_assert_int_eq(buf_printf(&text, "[program:p0]\nstdin=program:p%d\n", MANY - 1), 0);
	ck_assert_int_eq(load(buf_str(&text)), CONFIG_REFUSED);
	ck_assert_uint_eq(diags.errors, 1);
	expect_complaint("stdin: a circle: p0:p0 reads p2999:p2999, which reads");
}
END_TEST

static const char *const lists[][2] = {
	{ "0", "0" },	      { "1023", "1023" },     { "3,2,1", "1-3" },
	{ "0-1,3", "0-1,3" }, { " 7 - 9 ,8", "7-9" }, { "0,2,4", "0,2,4" },
	{ "63-64", "63-64" }, { "00012", "12" },      { "5-5", "5" },
};

START_TEST(a_list_of_processors_has_one_form)
{
	_cleanup_(buf_done) struct buf why = BUF_INIT;
	_cleanup_(freep) char *cpus = NULL;

	ck_assert_int_eq(cpus_read(lists[_i][0], &cpus, &why), VALUE_OK);
	ck_assert_str_eq(cpus, lists[_i][1]);
}
END_TEST

static const char *const no_lists[] = { "",	 " ",	   ",",	   "1,",	",1",
					"1024",	 "-",	   "1-",   "-1",	"2-1",
					"1-2-3", "0-1024", "x",	   "1;2",	"+1",
					"0x1f",	 "1 2",	   "1,,2", "4294967296" };

START_TEST(what_is_no_list_of_processors_is_refused)
{
	_cleanup_(buf_done) struct buf why = BUF_INIT;
	char *cpus = NULL;

	ck_assert_int_eq(cpus_read(no_lists[_i], &cpus, &why), VALUE_BAD);
	ck_assert_ptr_null(cpus);
	ck_assert_ptr_nonnull(strstr(buf_str(&why), "not a list of processors: "));
}
END_TEST

START_TEST(no_number_is_taken_for_the_word_cpu)
{
	_cleanup_(buf_done) struct buf why = BUF_INIT;
	int n = 0;

	ck_assert_int_eq(value_percpu("CPU", &n, &why), VALUE_OK);
	ck_assert_int_eq(n, PER_CPU);
	ck_assert_int_eq(value_percpu("-2147483648", &n, &why), VALUE_OK);
	ck_assert_int_ne(n, PER_CPU);
	ck_assert_int_lt(n, 0);
	ck_assert_int_eq(value_percpu("12", &n, &why), VALUE_OK);
	ck_assert_int_eq(n, 12);
	ck_assert_int_eq(value_percpu("cpus", &n, &why), VALUE_BAD);
	ck_assert_int_eq(n, 12);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("wires");
	TCase *tc = harness_case(s, "wires");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_oneshot_has_what_it_says_and_else_as_if_it_said_nothing);
	tcase_add_test(tc, data_comes_as_it_is);
	tcase_add_test(tc, data_may_be_64_kilobytes_and_no_more);
	tcase_add_test(tc, a_file_is_relative_to_where_the_daemon_was_started);
	tcase_add_test(tc, who_reads_and_who_is_read_know_it);
	tcase_add_test(tc, a_pipeline_is_a_group_in_the_order_of_its_stages);
	tcase_add_test(tc, pools_are_in_order_and_know_their_places);
	tcase_add_test(tc, cpu_is_as_many_as_there_are);
	tcase_add_test(tc, who_runs_once_a_processor_is_no_stage_where_there_is_one);
	tcase_add_test(tc, what_is_half_way_to_another_file_is_kept_over_a_crash);
	tcase_add_test(tc, a_pipeline_is_kept_beside_programs_of_an_older_file);
	tcase_add_test(tc, thousands_read_one_another);
	tcase_add_loop_test(tc, a_list_of_processors_has_one_form, 0, (int)ARRAY_SIZE(lists));
	tcase_add_loop_test(tc, what_is_no_list_of_processors_is_refused, 0,
			    (int)ARRAY_SIZE(no_lists));
	tcase_add_test(tc, no_number_is_taken_for_the_word_cpu);
	return harness_run(s);
}
