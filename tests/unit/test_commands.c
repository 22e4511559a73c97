/* SPDX-License-Identifier: MIT */
/* test_commands.c - the table of commands: complete, and the same as the interface says. */
#include "ctl/run.h"
#include "daemon/manager/handlers.h"
#include "harness.h"
#include "proto/faults.h"

static const char *type_text(const struct param *p)
{
	switch (p->type) {
	case PARAM_STRING:
		return "string";
	case PARAM_STRINGS:
		return "[]string";
	case PARAM_INT:
		return "int";
	case PARAM_INTS:
		return "[]int";
	case PARAM_BOOL:
		return "bool";
	case PARAM_OBJECT:
		return p->object;
	}
	return "";
}

/* As the interface declares it: "method Start(names: []string, wait: ?bool) -> (". */
static void declaration(const struct command *c, struct buf *ret)
{
	int r = buf_printf(ret, "\nmethod %s(", c->method);

	for (const struct param *p = c->params; p->name; p++)
		r |= buf_printf(ret, "%s%s: %s%s", p == c->params ? "" : ", ", p->name,
				p->optional ? "?" : "", type_text(p));
	r |= buf_puts(ret, ") -> (");
	ck_assert_int_eq(r, 0);
}

START_TEST(each_command_is_told_in_full)
{
	const struct command *c = &commands[_i];

	if (!c->word) {
		ck_assert_ptr_null(commands_run[_i]);
		return;
	}
	ck_assert_ptr_nonnull(c->args);
	ck_assert_ptr_nonnull(c->help);
	ck_assert_uint_gt(strlen(c->help), 0);
	ck_assert_int_eq(c->help[strlen(c->help) - 1], '.');
	/* Its usage begins with itself, and its last line is whole. */
	ck_assert_int_eq(strncmp(c->usage, c->word, strlen(c->word)), 0);
	ck_assert_int_eq(c->usage[strlen(c->usage) - 1], '\n');
	ck_assert(c->max_args < 0 || c->min_args <= c->max_args);
	ck_assert((c->min_args == 0) == (c->few_status == 0));
	ck_assert((c->max_args == 0) == (*c->args == '\0'));
	ck_assert_ptr_eq(command_by_word(c->word), c);
	ck_assert_int_eq(command_id(c), _i);
	ck_assert_ptr_nonnull(commands_run[_i]);
}
END_TEST

START_TEST(each_method_is_declared_like_its_row)
{
	const struct command *c = &commands[_i];
	_cleanup_(buf_done) struct buf line = BUF_INIT;

	if (!c->method) {
		ck_assert_ptr_null(c->params[0].name);
		return;
	}
	ck_assert_ptr_eq(command_by_method(c->method), c);
	ck_assert_int_ne(c->right, RIGHT_NONE);
	declaration(c, &line);
	ck_assert_msg(strstr(interface_text(CONTROL_INTERFACE), buf_str(&line)), "%s",
		      buf_str(&line));
}
END_TEST

START_TEST(each_method_has_a_handler_and_nothing_else_has)
{
	ck_assert_int_eq(handlers[_i] != NULL, commands[_i].method != NULL);
}
END_TEST

START_TEST(each_declared_method_has_a_row)
{
	static const char word[] = "\nmethod ";
	const char *at = interface_text(CONTROL_INTERFACE);
	int n = 0;

	for (; (at = strstr(at, word)); n++) {
		char name[64];

		at += strlen(word);
		snprintf(name, sizeof name, "%.*s", (int)strcspn(at, "("), at);
		ck_assert_msg(command_by_method(name), "%s", name);
	}
	ck_assert_int_eq(n, COMMAND_N - 4); /* pid, help, map and poll have none */
}
END_TEST

START_TEST(unknown_words_and_methods_find_nothing)
{
	ck_assert_ptr_null(command_by_word(""));
	ck_assert_ptr_null(command_by_word("Start"));
	ck_assert_ptr_null(command_by_method("start"));
	ck_assert_ptr_null(command_by_method(""));
}
END_TEST

START_TEST(what_changes_something_takes_more_than_the_right_to_look)
{
	static const enum command_id looks[] = { CMD_STATUS, CMD_PID,	CMD_AVAIL, CMD_INFO,
						 CMD_HELP,   CMD_JOBS,	CMD_POLL,  CMD_WAIT,
						 CMD_WHY,    CMD_EVENTS };

	for (int id = 0; id < COMMAND_N; id++) {
		bool is_look = false;

		for (size_t i = 0; i < ARRAY_SIZE(looks); i++)
			is_look |= looks[i] == (enum command_id)id;
		ck_assert_msg(is_look == (commands[id].right <= RIGHT_LOOK), "%s",
			      commands[id].word);
	}
}
END_TEST

/* clang-format off */
static const struct {
	enum command_id id;
	const char *parameters;
	const char *wrong; /* NULL: nothing */
} checks[] = {
	{ CMD_START, "{\"names\":[]}", NULL },
	{ CMD_START, "{\"names\":[\"a\",\"b\"],\"wait\":true}", NULL },
	{ CMD_START, "{\"names\":[\"a\"],\"wait\":null}", NULL },
	{ CMD_START, "{}", "names" },
	{ CMD_START, "{\"names\":null}", "names" },
	{ CMD_START, "{\"names\":\"a\"}", "names" },
	{ CMD_START, "{\"names\":{}}", "names" },
	{ CMD_START, "{\"names\":[\"a\",1]}", "names" },
	{ CMD_START, "{\"names\":[\"a\",null]}", "names" },
	{ CMD_START, "{\"names\":[],\"wait\":1}", "wait" },
	{ CMD_START, "{\"names\":[],\"force\":true}", "force" },
	{ CMD_STATUS, "{}", NULL },
	{ CMD_STATUS, "{\"names\":null}", NULL },
	{ CMD_STATUS, "{\"names\":7}", "names" },
	{ CMD_TAIL, "{\"name\":\"a\",\"channel\":\"stdout\",\"bytes\":-1,\"follow\":false}", NULL },
	{ CMD_TAIL, "{\"name\":\"a\",\"channel\":\"stdout\",\"bytes\":1.5,\"follow\":false}", "bytes" },
	{ CMD_TAIL, "{\"name\":1,\"channel\":\"stdout\",\"bytes\":1,\"follow\":false}", "name" },
	{ CMD_TAIL, "{\"name\":\"a\",\"channel\":\"stdout\",\"bytes\":1,\"follow\":\"no\"}", "follow" },
	{ CMD_RUN, "{\"job\":{}}", NULL },
	{ CMD_RUN, "{\"session\":\"k\",\"seq\":1,\"seen\":0,\"job\":{\"any\":1}}", NULL },
	{ CMD_RUN, "{\"session\":\"k\"}", "job" },
	{ CMD_RUN, "{\"job\":[]}", "job" },
	{ CMD_RUN, "{\"job\":null}", "job" },
	{ CMD_ATTACH, "{\"session\":\"k\",\"template\":null}", NULL },
	{ CMD_ATTACH, "{\"session\":\"k\",\"template\":\"x\"}", "template" },
	{ CMD_WAIT, "{\"ids\":[]}", NULL },
	{ CMD_WAIT, "{\"ids\":[1,-2]}", NULL },
	{ CMD_WAIT, "{\"ids\":[1,\"2\"]}", "ids" },
	{ CMD_WAIT, "{\"ids\":[1.0]}", "ids" },
	{ CMD_WAIT, "{\"ids\":1}", "ids" },
	{ CMD_JOBS, "{\"ids\":null}", NULL },
	{ CMD_SHUTDOWN, "{}", NULL },
	{ CMD_SHUTDOWN, "{\"now\":true}", "now" },
};
/* clang-format on */

START_TEST(parameters_are_checked_by_type)
{
	json_t *p = json_loads(checks[_i].parameters, 0, NULL);
	const char *wrong = command_check(&commands[checks[_i].id], p);

	if (checks[_i].wrong)
		ck_assert_str_eq(wrong, checks[_i].wrong);
	else
		ck_assert_ptr_null(wrong);
	json_decref(p);
}
END_TEST

START_TEST(rights_and_purposes_have_names)
{
	ck_assert_str_eq(right_word(RIGHT_NONE), "none");
	ck_assert_str_eq(right_word(RIGHT_LOOK), "look");
	ck_assert_str_eq(right_word(RIGHT_OPERATE), "operate");
	ck_assert_str_eq(right_word(RIGHT_ADMINISTER), "administer");
	for (int p = 0; p < PURPOSE_N; p++)
		for (int q = 0; q < p; q++)
			ck_assert_str_ne(purpose_title((enum command_purpose)p),
					 purpose_title((enum command_purpose)q));
}
END_TEST

START_TEST(faults_have_supervisords_names)
{
	ck_assert_str_eq(fault_name(FAULT_BAD_NAME), "BAD_NAME");
	ck_assert_str_eq(fault_name(92), "CANT_REREAD");
	ck_assert_str_eq(fault_name(80), "SUCCESS");
	ck_assert_str_eq(fault_name(0), "UNKNOWN");
	ck_assert_str_eq(fault_name(-1), "UNKNOWN");
}
END_TEST

/* clang-format off */
static const struct {
	enum command_id id;
	int fault;
	const char *words;
	int exit;
} faults[] = {
	{ CMD_START, FAULT_SUCCESS, "started", 0 },
	{ CMD_START, FAULT_ALREADY_STARTED, "already started", 0 },
	{ CMD_START, FAULT_SPAWN_ERROR, "spawn error", 7 },
	{ CMD_START, FAULT_ABNORMAL_TERMINATION, "abnormal termination", 7 },
	{ CMD_START, FAULT_NO_FILE, "no such file", 1 },
	{ CMD_START, FAULT_FAILED, NULL, 1 },
	{ CMD_STOP, FAULT_SUCCESS, "stopped", 0 },
	{ CMD_STOP, FAULT_NOT_RUNNING, "not running", 0 },
	{ CMD_STOP, FAULT_ALREADY_STARTED, NULL, 1 },
	{ CMD_SIGNAL, FAULT_NOT_RUNNING, "not running", 7 },
	{ CMD_SIGNAL, FAULT_BAD_SIGNAL, "bad signal name", 1 },
	{ CMD_ADD, FAULT_ALREADY_ADDED, NULL, 0 },
	{ CMD_TAIL, FAULT_NO_FILE, "no log file", 1 },
	{ CMD_CLEAR, FAULT_SUCCESS, "cleared", 0 },
	{ CMD_CLEAR, FAULT_FAILED, "failed", 1 },
	{ CMD_ROTATE, FAULT_SUCCESS, "rotated", 0 },
};
/* clang-format on */

START_TEST(faults_have_supervisorctls_words_and_exit_statuses)
{
	const char *words = fault_words(faults[_i].id, faults[_i].fault);

	if (faults[_i].words)
		ck_assert_str_eq(words, faults[_i].words);
	else
		ck_assert_ptr_null(words);
	ck_assert_int_eq(fault_exit(faults[_i].id, faults[_i].fault), faults[_i].exit);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("commands");
	TCase *tc = harness_case(s, "commands");

	tcase_add_loop_test(tc, each_command_is_told_in_full, 0, COMMAND_N);
	tcase_add_loop_test(tc, each_method_is_declared_like_its_row, 0, COMMAND_N);
	tcase_add_loop_test(tc, each_method_has_a_handler_and_nothing_else_has, 0, COMMAND_N);
	tcase_add_test(tc, each_declared_method_has_a_row);
	tcase_add_test(tc, unknown_words_and_methods_find_nothing);
	tcase_add_test(tc, what_changes_something_takes_more_than_the_right_to_look);
	tcase_add_loop_test(tc, parameters_are_checked_by_type, 0, ARRAY_SIZE(checks));
	tcase_add_test(tc, rights_and_purposes_have_names);
	tcase_add_test(tc, faults_have_supervisords_names);
	tcase_add_loop_test(tc, faults_have_supervisorctls_words_and_exit_statuses, 0,
			    ARRAY_SIZE(faults));
	return s;
}

int main(void)
{
	return harness_run(suite());
}
