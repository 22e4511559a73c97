/* SPDX-License-Identifier: MIT */
/*
 * job_output.c - output: what a job has printed to its logs, and what comes.
 */
#include <errno.h>
#include <string.h>

#include "ctl/job_words.h"
#include "ctl/run.h"
#include "ctl/stream.h"

struct output {
	const char *id, *channel; /* NULL: not named */
	json_int_t number;
	int64_t bytes; /* 0: all */
	bool follow;
};

/* "-BYTES"; false: it is none. */
static bool parse_bytes(const char *word, int64_t *ret)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(word + 1, &end, 10);
	if (word[0] != '-' || !word[1] || *end || errno || n < 0)
		return false;
	*ret = n;
	return true;
}

static bool parse_word(struct output *o, const char *word)
{
	if (!strcmp(word, "-f"))
		o->follow = true;
	else if (!strcmp(word, "stdout") || !strcmp(word, "stderr"))
		o->channel = word;
	else if (*word == '-')
		return parse_bytes(word, &o->bytes);
	else if (!o->id)
		o->id = word;
	else
		return false;
	return true;
}

static bool parse(struct ctl *c, struct output *o, size_t n, char *const *words)
{
	json_t *ids;

	for (size_t i = 0; i < n; i++)
		if (!parse_word(o, words[i])) {
			complain(c, EXIT_USAGE, "Error: bad argument %s", words[i]);
			return false;
		}
	if (!o->id) {
		complain(c, EXIT_USAGE, "Error: output requires the id of a job");
		return false;
	}
	if (o->follow && c->json) {
		complain(c, EXIT_USAGE, "Error: output -f does not go with --json");
		return false;
	}
	if (!job_words(c, NULL, 1, (char *const[]){ (char *)(uintptr_t)o->id }, NULL, &ids))
		return false;
	o->number = json_integer_value(json_array_get(ids, 0));
	json_decref(ids);
	return true;
}

static bool on_refused(struct ctl *c, const struct varlink_reply *reply, const void *data)
{
	const struct output *o = data;

	if (!strcmp(reply->error, CONTROL_INTERFACE ".NoSuchJob"))
		complain(c, EXIT_NO_JOB, "%s: ERROR (no such job)", o->id);
	else if (!strcmp(reply->error, CONTROL_INTERFACE ".NoSuchLog"))
		complain(c, EXIT_GENERIC, "%s: ERROR (no log file)", o->id);
	else
		return false;
	return true;
}

void run_output(struct ctl *c, size_t n, char *const *words)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	struct output o = { 0 };
	struct stream_plan plan = { .id = CMD_OUTPUT, .refused = on_refused, .data = &o };
	json_t *value;

	if (!parse(c, &o, n, words))
		return;
	plan.follow = o.follow;
	plan.parameters = json_pack("{s:I,s:s,s:I,s:b}", "id", o.number, "channel",
				    o.channel ? o.channel : "stdout", "bytes",
				    (json_int_t)o.bytes, "follow", o.follow);
	if (!stream_show(c, &plan, &text) || !c->json)
		return;
	value = json_pack("{s:I,s:s,s:o}", "id", o.number, "channel",
			  o.channel ? o.channel : "stdout", "text", stream_text(&text));
	print_json(c, value);
	json_decref(value);
}
