/* SPDX-License-Identifier: MIT */
/*
 * groups.c - the configuration file and what follows from it: reread, update, add, remove; and
 * the whole daemon: reload, shutdown.
 */
#include <string.h>

#include "ctl/names.h"
#include "ctl/run.h"
#include "proto/faults.h"

/* --- reread ------------------------------------------------------------------------------ */

struct change {
	const char *group, *what;
};

static size_t put_changes(struct change *v, size_t n, const json_t *groups, const char *what)
{
	for (size_t i = 0; i < json_array_size(groups); i++) {
		const char *group = json_string_value(json_array_get(groups, i));

		v[n++] = (struct change){ group ? group : "", what };
	}
	return n;
}

static int by_group(const void *a, const void *b)
{
	return strcmp(((const struct change *)a)->group, ((const struct change *)b)->group);
}

static void say_warnings(struct ctl *c, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *d = json_array_get(list, i);

		remark(c, "%s:%lld: %s: %s", member_text(d, "file"),
		       (long long)json_integer_value(json_object_get(d, "line")),
		       member_text(d, "kind"), member_text(d, "text"));
	}
}

static void on_reread(struct ctl *c, const json_t *parameters, void *data)
{
	const json_t *added = json_object_get(parameters, "added");
	const json_t *changed = json_object_get(parameters, "changed");
	const json_t *removed = json_object_get(parameters, "removed");
	const size_t room =
		json_array_size(added) + json_array_size(changed) + json_array_size(removed);
	_cleanup_(freep) struct change *v = calloc(room + 1, sizeof *v);
	size_t n = 0;

	(void)data;
	if (!v) {
		complain(c, EXIT_GENERIC, "ERROR: out of memory");
		return;
	}
	n = put_changes(v, n, added, "available");
	n = put_changes(v, n, changed, "changed");
	n = put_changes(v, n, removed, "disappeared");
	qsort(v, n, sizeof *v, by_group);
	for (size_t i = 0; i < n; i++)
		ctl_say(c, "%s: %s", v[i].group, v[i].what);
	if (n == 0)
		ctl_say(c, "No config updates to processes");
	say_warnings(c, json_object_get(parameters, "warnings"));
}

void run_reread(struct ctl *c, size_t n, char *const *words)
{
	(void)n, (void)words;
	(void)ask(c, CMD_REREAD, json_object(), on_reread, NULL);
	print_json(c, c->gathered);
}

/* --- update, add, remove ----------------------------------------------------------------- */

static void say_done(struct ctl *c, const char *group, const char *what)
{
	if (!strcmp(what, "stopped"))
		ctl_say(c, "%s: stopped", group);
	else
		ctl_say(c, "%s: %s process group", group, what);
}

/* What is known of the fault beyond its name. */
static void say_unexpected(struct ctl *c, const char *group, int fault, const char *why)
{
	complain(c, EXIT_GENERIC, "ERROR: %s: %s", group, *why ? why : fault_name(fault));
}

static void say_update(struct ctl *c, const char *group, int fault, const char *why)
{
	if (fault == FAULT_BAD_NAME)
		complain(c, EXIT_GENERIC, "ERROR: no such group: %s", group);
	else if (fault == FAULT_STILL_RUNNING)
		complain(c, EXIT_GENERIC, "%s: has problems; not removing", group);
	else
		say_unexpected(c, group, fault, why);
}

static void say_add(struct ctl *c, const char *group, int fault, const char *why)
{
	if (fault == FAULT_ALREADY_ADDED)
		complain(c, EXIT_OK, "ERROR: process group already active");
	else if (fault == FAULT_BAD_NAME)
		complain(c, EXIT_GENERIC, "ERROR: no such process/group: %s", group);
	else
		say_unexpected(c, group, fault, why);
}

static void say_remove(struct ctl *c, const char *group, int fault, const char *why)
{
	if (fault == FAULT_STILL_RUNNING)
		complain(c, EXIT_GENERIC, "ERROR: process/group still running: %s", group);
	else if (fault == FAULT_BAD_NAME)
		complain(c, EXIT_GENERIC, "ERROR: no such process/group: %s", group);
	else
		say_unexpected(c, group, fault, why);
}

typedef void fault_fn(struct ctl *c, const char *group, int fault, const char *why);

struct wording {
	fault_fn *fault;
};

static void on_groups(struct ctl *c, const json_t *parameters, void *data)
{
	const json_t *list = json_object_get(parameters, "outcomes");
	const struct wording *words = data;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *o = json_array_get(list, i);
		const int fault = (int)json_integer_value(json_object_get(o, "status"));
		const char *group = member_text(o, "group");

		if (fault == FAULT_SUCCESS)
			say_done(c, group, member_text(o, "what"));
		else
			words->fault(c, group, fault, member_text(o, "description"));
	}
}

static void run(struct ctl *c, json_t *parameters, fault_fn *fault)
{
	(void)ask(c, c->command, parameters, on_groups, &(struct wording){ fault });
	print_json(c, json_object_get(c->gathered, "outcomes"));
}

void run_update(struct ctl *c, size_t n, char *const *words)
{
	bool all = n == 0;

	for (size_t i = 0; i < n; i++)
		all |= !strcmp(words[i], "all");
	run(c, all ? json_object() : words_param("groups", n, words), say_update);
}

void run_add(struct ctl *c, size_t n, char *const *words)
{
	run(c, words_param("groups", n, words), say_add);
}

void run_remove(struct ctl *c, size_t n, char *const *words)
{
	run(c, words_param("groups", n, words), say_remove);
}

/* --- the whole daemon -------------------------------------------------------------------- */

void run_reload(struct ctl *c, size_t n, char *const *words)
{
	(void)n, (void)words;
	if (ask(c, CMD_RELOAD, json_object(), NULL, NULL))
		ctl_say(c, "Restarted supervisord");
	print_json(c, c->gathered);
}

void run_shutdown(struct ctl *c, size_t n, char *const *words)
{
	(void)n, (void)words;
	if (ask(c, CMD_SHUTDOWN, json_object(), NULL, NULL))
		ctl_say(c, "Shut down");
	print_json(c, c->gathered);
}
