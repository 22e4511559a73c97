/* SPDX-License-Identifier: MIT */
/*
 * status.c - what only looks: status, pid, avail, version.
 */
#include <string.h>

#include "ctl/names.h"
#include "ctl/run.h"

enum { NAME_WIDTH = 30, NAME_GAP = 3, STATE_WIDTH = 10, AVAIL_NAME = 32, AVAIL_COLUMN = 9 };

/* supervisord's numbers of states in which nothing runs. */
static bool is_down(json_int_t state)
{
	return state == 0 || state == 100 || state == 200 || state == 1000;
}

/* --- status ------------------------------------------------------------------------------ */

static void say_missing(struct ctl *c, const json_t *outcome)
{
	_cleanup_(buf_done) struct buf name = BUF_INIT;

	if (name_is_whole_group(outcome)) {
		if (name_put_group(outcome, &name) == 0)
			complain(c, EXIT_STATUS_UNKNOWN, "%s: ERROR (no such group)",
				 buf_str(&name));
	} else if (name_put(outcome, &name) == 0) {
		complain(c, EXIT_STATUS_UNKNOWN, "%s: ERROR (no such process)", buf_str(&name));
	}
}

static size_t widest(const json_t *processes)
{
	size_t width = NAME_WIDTH;

	for (size_t i = 0; i < json_array_size(processes); i++) {
		_cleanup_(buf_done) struct buf name = BUF_INIT;

		if (name_put(json_array_get(processes, i), &name) == 0 &&
		    name_width(buf_str(&name)) > width)
			width = name_width(buf_str(&name));
	}
	return width;
}

static void say_process(struct ctl *c, const json_t *p, size_t width)
{
	_cleanup_(buf_done) struct buf name = BUF_INIT, line = BUF_INIT;

	if (name_put(p, &name) == 0 && name_pad(buf_str(&name), width + NAME_GAP, &line) == 0 &&
	    name_pad(member_text(p, "statename"), STATE_WIDTH, &line) == 0)
		ctl_say(c, "%s%s", buf_str(&line), member_text(p, "description"));
	if (is_down(json_integer_value(json_object_get(p, "state"))))
		c->status = EXIT_STATUS_DOWN;
}

static void on_status(struct ctl *c, const json_t *parameters, void *data)
{
	const json_t *missing = json_object_get(parameters, "missing");
	const json_t *processes = json_object_get(parameters, "processes");
	const size_t width = widest(processes);

	(void)data;
	for (size_t i = 0; i < json_array_size(missing); i++)
		say_missing(c, json_array_get(missing, i));
	for (size_t i = 0; i < json_array_size(processes); i++)
		say_process(c, json_array_get(processes, i), width);
}

static bool has_all(size_t n, char *const *words)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(words[i], "all"))
			return true;
	return n == 0;
}

void run_status(struct ctl *c, size_t n, char *const *words)
{
	json_t *p = has_all(n, words) ? json_object() : words_param("names", n, words);

	(void)ask(c, CMD_STATUS, p, on_status, NULL);
	print_json(c, json_object_get(c->gathered, "processes"));
}

/* --- pid --------------------------------------------------------------------------------- */

static void on_daemon_pid(struct ctl *c, const json_t *parameters, void *data)
{
	const json_int_t pid = json_integer_value(json_object_get(parameters, "pid"));
	json_t *value = json_pack("{s:I}", "pid", pid);

	(void)data;
	ctl_say(c, "%lld", (long long)pid);
	print_json(c, value);
	json_decref(value);
}

static void gather_pid(json_t *list, const json_t *p, json_int_t pid)
{
	(void)json_array_append_new(list,
				    json_pack("{s:s,s:s,s:I}", "name", member_text(p, "name"),
					      "group", member_text(p, "group"), "pid", pid));
}

/* @data: the list of pids for JSON. */
static void on_pids(struct ctl *c, const json_t *parameters, void *data)
{
	const json_t *processes = json_object_get(parameters, "processes");

	for (size_t i = 0; i < json_array_size(processes); i++) {
		const json_t *p = json_array_get(processes, i);
		const json_int_t pid = json_integer_value(json_object_get(p, "pid"));

		ctl_say(c, "%lld", (long long)pid);
		gather_pid(data, p, pid);
	}
}

struct named {
	const char *name;
	json_t *list;
};

static void on_pid(struct ctl *c, const json_t *parameters, void *data)
{
	const struct named *n = data;
	const json_t *processes = json_object_get(parameters, "processes");
	json_int_t pid;

	if (json_array_size(processes) != 1 || name_is_group(n->name)) {
		complain(c, EXIT_GENERIC, "No such process %s", n->name);
		return;
	}
	on_pids(c, parameters, n->list);
	pid = json_integer_value(json_object_get(json_array_get(processes, 0), "pid"));
	if (pid == 0)
		c->status = EXIT_DOWN;
}

static bool ask_pids(struct ctl *c, size_t n, char *const *words, json_t *list)
{
	if (has_all(n, words))
		return ask(c, CMD_STATUS, json_object(), on_pids, list);
	for (size_t i = 0; i < n; i++)
		if (!ask(c, CMD_STATUS, words_param("names", 1, &words[i]), on_pid,
			 &(struct named){ words[i], list }))
			return false;
	return true;
}

void run_pid(struct ctl *c, size_t n, char *const *words)
{
	json_t *list;

	if (n == 0) {
		(void)ask(c, CMD_INFO, json_object(), on_daemon_pid, NULL);
		return;
	}
	list = json_array();
	if (ask_pids(c, n, words, list))
		print_json(c, list);
	json_decref(list);
}

/* --- avail and version ------------------------------------------------------------------- */

static void say_config(struct ctl *c, const json_t *o)
{
	const bool inuse = json_is_true(json_object_get(o, "inuse"));
	const bool autostart = json_is_true(json_object_get(o, "autostart"));
	const json_int_t group = json_integer_value(json_object_get(o, "group_prio"));
	const json_int_t process = json_integer_value(json_object_get(o, "process_prio"));
	_cleanup_(buf_done) struct buf name = BUF_INIT, line = BUF_INIT;

	if (name_put(o, &name) == 0 && name_pad(buf_str(&name), AVAIL_NAME, &line) == 0)
		ctl_say(c, "%s %-*s %-*s %lld:%lld", buf_str(&line), AVAIL_COLUMN,
			inuse ? "in use" : "avail", AVAIL_COLUMN, autostart ? "auto" : "manual",
			(long long)group, (long long)process);
}

static void on_avail(struct ctl *c, const json_t *parameters, void *data)
{
	const json_t *configs = json_object_get(parameters, "configs");

	(void)data;
	for (size_t i = 0; i < json_array_size(configs); i++)
		say_config(c, json_array_get(configs, i));
}

void run_avail(struct ctl *c, size_t n, char *const *words)
{
	(void)n, (void)words;
	(void)ask(c, CMD_AVAIL, json_object(), on_avail, NULL);
	print_json(c, json_object_get(c->gathered, "configs"));
}

static void on_info(struct ctl *c, const json_t *parameters, void *data)
{
	(void)data;
	ctl_say(c, "%s", member_text(parameters, "version"));
}

void run_info(struct ctl *c, size_t n, char *const *words)
{
	(void)n, (void)words;
	(void)ask(c, CMD_INFO, json_object(), on_info, NULL);
	print_json(c, c->gathered);
}
