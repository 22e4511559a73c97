/* SPDX-License-Identifier: MIT */
/*
 * outcomes.c - what is done to processes: start, stop, restart, signal, and to their logs:
 * clear, rotate. Each outcome is a line, printed as it comes.
 */
#include <string.h>

#include "ctl/names.h"
#include "ctl/run.h"
#include "proto/faults.h"

/* Unknown groups are worse than unknown processes to start, and to nothing else. */
static int unknown_group_status(enum command_id id)
{
	return id == CMD_START ? EXIT_USAGE : EXIT_GENERIC;
}

/* Why it failed, for a person; what only repeats the fault says nothing. */
static void say_why(struct ctl *c, const char *name, int fault, const char *why)
{
	if (*why && strcmp(why, fault_name(fault)) != 0 && strcmp(why, "OK") != 0)
		remark(c, "%s: %s", name, why);
}

static void say_fault(struct ctl *c, enum command_id id, const char *name, int fault,
		      const char *why)
{
	const char *words = fault_words(id, fault);
	const int status = fault_exit(id, fault);

	if (words) {
		complain(c, status, "%s: ERROR (%s)", name, words);
		say_why(c, name, fault, why);
	} else {
		complain(c, status, "%s: ERROR (%s)", name, *why ? why : fault_name(fault));
	}
}

static void say_outcome(struct ctl *c, enum command_id id, const json_t *o)
{
	const int fault = (int)json_integer_value(json_object_get(o, "status"));
	_cleanup_(buf_done) struct buf name = BUF_INIT;

	if (fault == FAULT_BAD_NAME && name_is_whole_group(o)) {
		if (name_put_group(o, &name) == 0)
			complain(c, unknown_group_status(id), "%s: ERROR (no such group)",
				 buf_str(&name));
		return;
	}
	if (name_put(o, &name) < 0)
		return;
	if (fault == FAULT_SUCCESS)
		ctl_say(c, "%s: %s", buf_str(&name), fault_words(id, fault));
	else
		say_fault(c, id, buf_str(&name), fault, member_text(o, "description"));
}

static void say_outcomes(struct ctl *c, enum command_id id, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		say_outcome(c, id, json_array_get(list, i));
}

static void on_outcomes(struct ctl *c, const json_t *parameters, void *data)
{
	(void)data;
	say_outcomes(c, c->command, json_object_get(parameters, "outcomes"));
}

static void on_restart(struct ctl *c, const json_t *parameters, void *data)
{
	(void)data;
	say_outcomes(c, CMD_STOP, json_object_get(parameters, "stopped"));
	say_outcomes(c, CMD_START, json_object_get(parameters, "started"));
}

static void run(struct ctl *c, json_t *parameters)
{
	(void)ask(c, c->command, parameters, on_outcomes, NULL);
	print_json(c, json_object_get(c->gathered, "outcomes"));
}

void run_start(struct ctl *c, size_t n, char *const *words)
{
	run(c, words_param("names", n, words));
}

void run_stop(struct ctl *c, size_t n, char *const *words)
{
	run(c, words_param("names", n, words));
}

void run_clear(struct ctl *c, size_t n, char *const *words)
{
	run(c, words_param("names", n, words));
}

void run_rotate(struct ctl *c, size_t n, char *const *words)
{
	run(c, words_param("names", n, words));
}

void run_restart(struct ctl *c, size_t n, char *const *words)
{
	(void)ask(c, CMD_RESTART, words_param("names", n, words), on_restart, NULL);
	print_json(c, c->gathered);
}

void run_signal(struct ctl *c, size_t n, char *const *words)
{
	json_t *p = words_param("names", n - 1, words + 1);

	(void)json_object_set_new(p, "signal", varlink_string(words[0]));
	run(c, p);
}
