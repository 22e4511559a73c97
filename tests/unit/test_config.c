/* SPDX-License-Identifier: MIT */
/*
 * test_config.c - loading as the daemon does it: from memory and from files, with options on
 * top, large input, broken input; and printing what runs. The dialect itself is in
 * tests/golden/.
 */
#include <string.h>
#include <sys/stat.h>

#include "conf/config.h"
#include "conf/keys.h"
#include "tests/unit/harness.h"

static struct config_world world;
static struct diags diags;
static struct config *config;
static char scratch[512];

static void setup(void)
{
	scratch_make(scratch, sizeof scratch);
	world = (struct config_world){
		.host = "host",
		.cwd = scratch,
		.home = "/",
		.etc = "tests/golden/etc",
	};
}

static void forget(void)
{
	config = config_free(config);
	diags_done(&diags);
}

static void teardown(void)
{
	forget();
	scratch_remove(scratch);
}

static int load_bytes(const char *text, size_t len)
{
	forget();
	return config_load_text(text, len, "x.conf", &world, &diags, &config);
}

static int load(const char *text)
{
	return load_bytes(text, strlen(text));
}

static void expect_loads(const char *text)
{
	int r = load(text);

	for (size_t i = 0; i < diags.n; i++)
		if (diags.v[i].kind == DIAG_ERROR)
			fprintf(stderr, "%u: %s\n", diags.v[i].line, diags.v[i].text);
	ck_assert_int_eq(r, CONFIG_OK);
	ck_assert_ptr_nonnull(config);
}

static void expect_complaint(unsigned line, const char *text)
{
	for (size_t i = 0; i < diags.n; i++)
		if (diags.v[i].kind == DIAG_ERROR && diags.v[i].line == line &&
		    strstr(diags.v[i].text, text))
			return;
	ck_abort_msg("no complaint of line %u says: %s", line, text);
}

static void write_file(const char *name, const char *text)
{
	_cleanup_(buf_done) struct buf path = BUF_INIT;
	_cleanup_(fclosep) FILE *f = NULL;

	ck_assert_int_eq(buf_printf(&path, "%s/%s", scratch, name), 0);
	f = fopen(buf_str(&path), "we");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
}

/* @n bytes that never need an escape, with everything in them that inih could trip over. */
static char *long_text(size_t n)
{
	static const char mix[] = "ab ;c=d:[e]#f \\\"g'  h;;i ] [ =x\tj";
	char *s = malloc(n + 1);

	ck_assert_ptr_nonnull(s);
	for (size_t i = 0; i < n; i++)
		s[i] = mix[i % (sizeof mix - 1)];
	s[0] = s[n - 1] = 'x';
	s[n] = '\0';
	for (char *c = s; *c; c++)
		if ((*c == ';' || *c == '#') && c > s && (c[-1] == ' ' || c[-1] == '\t'))
			*c = '.';
	return s;
}

/* Long enough to meet every edge of inih's line buffer, and then some. */
START_TEST(a_line_of_any_length_is_read_whole)
{
	size_t n = _i < 300 ? (size_t)_i * 2 + 2 : 1200000 + (size_t)(_i - 300) * 36;
	_cleanup_(freep) char *value = NULL;
	_cleanup_(buf_done) struct buf text = BUF_INIT;

	value = long_text(n);
	ck_assert_int_eq(
		buf_printf(&text, "[supervisord]\n[program:x]\ncommand=%s\npriority=3", value),
		0);
	expect_loads(buf_str(&text));
	ck_assert_str_eq(config->groups[0]->v[0].command, value);
	ck_assert_int_eq(config->groups[0]->priority, 3);
}
END_TEST

START_TEST(a_section_name_of_a_kilobyte_is_kept_whole)
{
	char a[2000], b[2000], text[8000];

	memset(a, 'n', sizeof a);
	a[1500] = '\0';
	memcpy(b, a, sizeof a);
	b[1499] = 'm';
	(void)snprintf(text, sizeof text,
		       "[supervisord]\n[program:%s]\ncommand=1\n[program:%s]\ncommand=2\n", a,
		       b);
	expect_loads(text);
	ck_assert_uint_eq(config->n_groups, 2);
	ck_assert_str_eq(config_group(config, a)->v[0].command, "1");
	ck_assert_str_eq(config_group(config, b)->v[0].command, "2");
}
END_TEST

START_TEST(a_key_of_a_kilobyte_is_only_unknown)
{
	char key[1500], text[4000];

	memset(key, 'k', sizeof key);
	key[1400] = '\0';
	(void)snprintf(text, sizeof text,
		       "[supervisord]\n[program:x]\n%s=1\n%sx : 2\ncommand=c\n", key, key);
	expect_loads(text);
	ck_assert_uint_eq(diags.n, 2);
	ck_assert_uint_eq(diags.v[0].line, 3);
	ck_assert_uint_eq(diags.v[1].line, 4);
	ck_assert_ptr_nonnull(strstr(diags.v[0].text, key));
}
END_TEST

START_TEST(a_nul_is_refused_with_its_place_and_hides_nothing)
{
	static const char text[] = "[supervisord]\n[program:x]\ncomm\0and=x\nstartsecs=y\n";

	ck_assert_int_eq(load_bytes(text, sizeof text - 1), CONFIG_REFUSED);
	ck_assert_ptr_null(config);
	expect_complaint(3, "NUL byte");
	expect_complaint(4, "[program:x] startsecs");
}
END_TEST

START_TEST(an_empty_text_has_no_section)
{
	ck_assert_int_eq(load(""), CONFIG_REFUSED);
	ck_assert_uint_eq(diags.errors, 1);
	expect_complaint(0, "does not include supervisord section");
	ck_assert_int_eq(load("\n\n; only a comment"), CONFIG_REFUSED);
}
END_TEST

START_TEST(what_is_no_configuration_is_not_complained_about_for_ever)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;

	for (int i = 0; i < 5000; i++)
		ck_assert_int_eq(buf_puts(&text, "Lorem ipsum dolor sit amet\n"), 0);
	ck_assert_int_eq(load(buf_str(&text)), CONFIG_REFUSED);
	ck_assert_uint_lt(diags.n, 300);
}
END_TEST

START_TEST(a_file_that_is_too_large_is_refused)
{
	size_t n = ((size_t)16 << 20) + 1;
	_cleanup_(freep) char *text = malloc(n);

	ck_assert_ptr_nonnull(text);
	memset(text, '\n', n);
	ck_assert_int_eq(load_bytes(text, n), CONFIG_REFUSED);
	expect_complaint(0, "larger than 16 MiB");
}
END_TEST

START_TEST(a_file_that_is_not_there_is_one_mistake)
{
	ck_assert_int_eq(config_load("nope.conf", &world, NULL, 0, &diags, &config),
			 CONFIG_REFUSED);
	ck_assert_uint_eq(diags.n, 1);
	ck_assert_ptr_nonnull(strstr(diags.v[0].text, "could not find config file "));
	forget();
	ck_assert_int_eq(config_load(".", &world, NULL, 0, &diags, &config), CONFIG_REFUSED);
	ck_assert_uint_eq(diags.n, 1);
	ck_assert_ptr_nonnull(strstr(diags.v[0].text, "could not read config file "));
}
END_TEST

/* A FIFO that a pattern matches must not be waited for. */
START_TEST(only_regular_files_are_included)
{
	char path[600];

	(void)snprintf(path, sizeof path, "%s/fifo.ini", scratch);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	write_file("x.conf", "[supervisord]\n[include]\nfiles=*.ini\n");
	ck_assert_int_eq(config_load("x.conf", &world, NULL, 0, &diags, &config), CONFIG_OK);
	ck_assert_uint_eq(diags.n, 2);
	ck_assert_ptr_nonnull(strstr(diags.v[1].text, "not a regular file"));
}
END_TEST

START_TEST(options_beat_the_file)
{
	static const struct config_override over[] = { { "loglevel", "debug", "-e" },
						       { "identifier", "a%b", "-i" },
						       { "nodaemon", "true", "-n" } };

	write_file("x.conf", "[supervisord]\nloglevel=warn\nidentifier=x\nminfds=7\n");
	ck_assert_int_eq(config_load("x.conf", &world, over, 3, &diags, &config), CONFIG_OK);
	ck_assert_int_eq(config->supervisord.loglevel, LEVEL_DEBUG);
	ck_assert_str_eq(config->supervisord.identifier, "a%b");
	ck_assert(config->supervisord.nodaemon);
	ck_assert_int_eq(config->supervisord.minfds, 7);
}
END_TEST

START_TEST(a_wrong_option_is_named_as_it_was_written)
{
	static const struct config_override over[] = { { "loglevel", "loud", "-e" } };

	write_file("x.conf", "[supervisord]\nminfds=x\n");
	ck_assert_int_eq(config_load("x.conf", &world, over, 1, &diags, &config),
			 CONFIG_REFUSED);
	ck_assert_uint_eq(diags.errors, 2);
	expect_complaint(0, "-e: bad logging level name 'loud'");
	expect_complaint(2, "[supervisord] minfds");
}
END_TEST

START_TEST(complaints_of_others_do_not_refuse)
{
	diags_add(&diags, DIAG_ERROR, NULL, 0, "somebody else's");
	ck_assert_int_eq(config_load_text("[supervisord]\n", 14, "x", &world, &diags, &config),
			 CONFIG_OK);
	ck_assert_uint_eq(diags.errors, 1);
}
END_TEST

START_TEST(the_control_socket_has_a_place_for_everybody)
{
	char place[64];

	expect_loads("[reeve]\n");
	(void)snprintf(place, sizeof place, "/tmp/reeve-%u/reeve.sock", (unsigned)geteuid());
	ck_assert_str_eq(config->reeve.socket, place);
	world.runtime_dir = "/run/user/7";
	expect_loads("[reeve]\n");
	ck_assert_str_eq(config->reeve.socket, "/run/user/7/reeve/reeve.sock");
	world.root = true;
	expect_loads("[reeve]\n");
	ck_assert_str_eq(config->reeve.socket, "/run/reeve/reeve.sock");
	ck_assert_int_eq(config->reeve.socket_mode, 0700);
}
END_TEST

START_TEST(our_own_text_loads_when_what_it_names_is_gone)
{
	static const char text[] = "[supervisord]\nchildlogdir=/no/such\nlogfile=/no/such/x\n"
				   "user=no-such-user\n[program:x]\ncommand=c\n"
				   "user=no-such-user\nstdout_logfile=/no/such/y\n";

	ck_assert_int_eq(load(text), CONFIG_REFUSED);
	ck_assert_uint_eq(diags.errors, 5);
	world.trusted = true;
	expect_loads(text);
	ck_assert_str_eq(config->supervisord.childlogdir, "/no/such");
	ck_assert_str_eq(config->groups[0]->v[0].out.path, "/no/such/y");
	ck_assert_uint_eq(diags.n, 0);
}
END_TEST

static size_t warnings(void)
{
	size_t n = 0;

	for (size_t i = 0; i < diags.n; i++)
		n += diags.v[i].kind == DIAG_WARNING;
	return n;
}

/* A directory service may know who is not in the file: nobody asks it while loading. */
START_TEST(a_user_who_may_be_known_elsewhere_is_only_a_warning)
{
	static const char text[] = "[supervisord]\n[reeve]\nsocket_owner=me:them\n"
				   "[program:x]\ncommand=c\nuser=somebody\n";

	world.etc = scratch;
	write_file("passwd", "me:x:5:5::/:/bin/sh\n");
	write_file("group", "");
	write_file("nsswitch.conf", "passwd:  files # and no more\ngroup: files\n");
	ck_assert_int_eq(load(text), CONFIG_REFUSED);
	expect_complaint(3, "[reeve] socket_owner: Invalid group name them");
	expect_complaint(6, "[program:x] user: Invalid user name somebody");
	write_file("nsswitch.conf", "passwd: files ldap\ngroup: systemd sss files\n");
	expect_loads(text);
	ck_assert_uint_eq(warnings(), 2);
	ck_assert_str_eq(config->groups[0]->v[0].user, "somebody");
	ck_assert_int_eq(load("[supervisord]\nuser=77\n"), CONFIG_REFUSED);
	expect_complaint(2, "[supervisord] user: Invalid user id 77");
}
END_TEST

START_TEST(a_percent_sign_in_the_name_of_the_directory_is_one)
{
	char path[700];

	(void)snprintf(path, sizeof path, "%s/50%%d", scratch);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	write_file("50%d/x.conf", "[supervisord]\n[include]\nfiles=*.none\n"
				  "[program:x]\ncommand=%(here)s/run\n");
	ck_assert_int_eq(config_load("50%d/x.conf", &world, NULL, 0, &diags, &config),
			 CONFIG_OK);
	ck_assert_str_eq(config->here, path);
	ck_assert_int_lt(snprintf(path + strlen(path), 8, "/run"), 8);
	ck_assert_str_eq(config->groups[0]->v[0].command, path);
}
END_TEST

/* Groups of an older file keep an environment that [supervisord] does not give any more. */
START_TEST(what_runs_is_printed_beside_another_supervisord_section)
{
	_cleanup_(buf_done) struct buf once = BUF_INIT, twice = BUF_INIT;
	_cleanup_(config_freep) struct config *older = NULL, *again = NULL;
	struct group_spec *running[3];

	expect_loads("[supervisord]\nenvironment=OLD=\"1\"\n[program:a]\ncommand=x\n"
		     "[program:b]\ncommand=x\n[group:g]\nprograms=b\npriority=1\n");
	older = TAKE_PTR(config);
	expect_loads("[supervisord]\nenvironment=NEW=\"1\"\n[program:b]\ncommand=y\n");
	running[0] = config_group(older, "g");
	running[1] = config_group(older, "a");
	running[2] = config_group(config, "b");
	ck_assert_int_eq(config_print_running(config, running, 3, &once), 0);
	again = TAKE_PTR(config);
	expect_loads(buf_str(&once));
	ck_assert_uint_eq(config->n_groups, 3);
	ck_assert_str_eq(config_group(config, "g")->v[0].program, "b");
	ck_assert_str_eq(config_group(config, "g")->v[0].environment.v[0].name, "OLD");
	ck_assert_uint_eq(config_group(config, "a")->v[0].environment.n, 1);
	ck_assert_str_eq(config_group(config, "b")->v[0].environment.v[0].name, "NEW");
	ck_assert_int_eq(config_print_running(config, config->groups, config->n_groups, &twice),
			 0);
	ck_assert_str_eq(buf_str(&once), buf_str(&twice));
}
END_TEST

START_TEST(what_runs_is_kept_without_what_is_default)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT, whole = BUF_INIT, again = BUF_INIT;
	const char *program;

	expect_loads(
		"[reeve]\nlog_rate=7\nlog_burst=9\nlog_format=json\n[program:a]\ncommand=x\n"
		"[program:b]\ncommand=x\nlog_rate=0\nstdout_logfile=/tmp/b, syslog\n"
		"stderr_format=raw\nmemory_high=40%\nlimit_nofile=5\n");
	ck_assert_int_eq(config_print(config, &whole), 0);
	ck_assert_int_eq(config_print_running(config, config->groups, config->n_groups, &text),
			 0);
	program = strstr(buf_str(&text), "[program:a]");
	ck_assert_ptr_nonnull(program);
	ck_assert_str_eq(program, "[program:a]\ncommand=x\nprocess_name=a\n\n"
				  "[program:b]\ncommand=x\nprocess_name=b\n"
				  "memory_high=40%\nlimit_nofile=5\nlog_rate=0\n"
				  "stdout_logfile=/tmp/b, syslog\nstderr_format=raw\n");
	world.trusted = true;
	expect_loads(buf_str(&text));
	ck_assert_int_eq(config_print(config, &again), 0);
	ck_assert_str_eq(buf_str(&whole), buf_str(&again));
}
END_TEST

START_TEST(ours_is_found_before_supervisords)
{
	_cleanup_(freep) char *first = NULL, *second = NULL, *third = NULL;
	char path[600];

	(void)snprintf(path, sizeof path, "%s/etc", scratch);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	write_file("etc/supervisord.conf", "");
	first = config_find("reeved", scratch);
	ck_assert_str_eq(first + strlen(scratch), "/etc/supervisord.conf");
	(void)snprintf(path, sizeof path, "%s/bin", scratch);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	write_file("supervisord.conf", "");
	second = config_find("reeved", scratch);
	ck_assert_str_eq(second + strlen(scratch), "/supervisord.conf");
	write_file("reeve.conf", "");
	third = config_find("bin/reeved", scratch);
	ck_assert_str_eq(third + strlen(scratch), "/etc/supervisord.conf");
}
END_TEST

static void expect_row(const char *sample, const struct key_table *t, const char *key)
{
	char line[128];

	(void)snprintf(line, sizeof line, "\n;%s=", key);
	if (!strstr(sample, line))
		(void)snprintf(line, sizeof line, "\n%s=", key);
	ck_assert_msg(strstr(sample, line), "[%s] %s is not in all-keys.conf", t->section, key);
}

START_TEST(the_sample_has_every_key)
{
	static const struct key_table *const tables[] = { &supervisord_keys, &reeve_keys,
							  &program_keys,     &group_keys,
							  &pipeline_keys,    &pool_keys,
							  &include_keys };
	_cleanup_(fclosep) FILE *f = fopen("conf/examples/all-keys.conf", "re");
	char sample[16384];

	ck_assert_ptr_nonnull(f);
	sample[fread(sample, 1, sizeof sample - 1, f)] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		for (size_t k = 0; k < tables[i]->n; k++)
			if (strcmp(tables[i]->v[k].name, "profile_options") != 0)
				expect_row(sample, tables[i], tables[i]->v[k].name);
}
END_TEST

START_TEST(thousands_of_programs_are_taken_in)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	enum { MANY = 5000 };

	ck_assert_int_eq(buf_puts(&text, "[supervisord]\n"), 0);
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(buf_printf(&text, "[program:p%d]\ncommand=c %d\n", i, i), 0);
	expect_loads(buf_str(&text));
	ck_assert_uint_eq(config->n_groups, MANY);
	ck_assert_str_eq(config_group(config, "p4999")->v[0].command, "c 4999");
	ck_assert_uint_eq(config_group(config, "p4999")->v[0].origin.line, 10000);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("config");
	TCase *tc = harness_case(s, "config");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_line_of_any_length_is_read_whole, 0, 302);
	tcase_add_test(tc, a_section_name_of_a_kilobyte_is_kept_whole);
	tcase_add_test(tc, a_key_of_a_kilobyte_is_only_unknown);
	tcase_add_test(tc, a_nul_is_refused_with_its_place_and_hides_nothing);
	tcase_add_test(tc, an_empty_text_has_no_section);
	tcase_add_test(tc, what_is_no_configuration_is_not_complained_about_for_ever);
	tcase_add_test(tc, a_file_that_is_too_large_is_refused);
	tcase_add_test(tc, a_file_that_is_not_there_is_one_mistake);
	tcase_add_test(tc, only_regular_files_are_included);
	tcase_add_test(tc, options_beat_the_file);
	tcase_add_test(tc, a_wrong_option_is_named_as_it_was_written);
	tcase_add_test(tc, complaints_of_others_do_not_refuse);
	tcase_add_test(tc, the_control_socket_has_a_place_for_everybody);
	tcase_add_test(tc, our_own_text_loads_when_what_it_names_is_gone);
	tcase_add_test(tc, a_user_who_may_be_known_elsewhere_is_only_a_warning);
	tcase_add_test(tc, a_percent_sign_in_the_name_of_the_directory_is_one);
	tcase_add_test(tc, what_runs_is_printed_beside_another_supervisord_section);
	tcase_add_test(tc, what_runs_is_kept_without_what_is_default);
	tcase_add_test(tc, ours_is_found_before_supervisords);
	tcase_add_test(tc, the_sample_has_every_key);
	tcase_add_test(tc, thousands_of_programs_are_taken_in);
	return harness_run(s);
}
