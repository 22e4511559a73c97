/* SPDX-License-Identifier: MIT */
/*
 * why.c - why: what happened to a process. The daemon has the words.
 */
#include <string.h>

#include "ctl/names.h"
#include "ctl/run.h"

static void on_why(struct ctl *c, const json_t *parameters, void *data)
{
	const json_t *text = json_object_get(parameters, "text");

	(void)data;
	for (size_t i = 0; i < json_array_size(text); i++)
		ctl_say(c, "%s", json_string_value(json_array_get(text, i)));
}

void run_why(struct ctl *c, size_t n, char *const *words)
{
	(void)n;
	(void)ask(c, CMD_WHY, json_pack("{s:o}", "name", varlink_string(words[0])), on_why,
		  NULL);
	print_json(c, c->gathered);
}
