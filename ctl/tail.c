/* SPDX-License-Identifier: MIT */
/*
 * tail.c - the end of a log of a program, or of the daemon's own, and what comes.
 */
#include <errno.h>
#include <string.h>

#include "ctl/names.h"
#include "ctl/run.h"
#include "ctl/stream.h"
#include "proto/faults.h"

enum { LAST_BYTES = 1600, LAST_BYTES_FOLLOW = 1024 };

struct tail {
	struct ctl *ctl;
	const char *name, *channel;
	int64_t bytes; /* 0: all */
	bool follow;
};

/* --- words ------------------------------------------------------------------------------- */

/* "-f" or "-BYTES". */
static bool parse_modifier(struct tail *t, const char *word)
{
	char *end;
	long long n;

	if (!strcmp(word, "-f")) {
		t->follow = true;
		t->bytes = LAST_BYTES_FOLLOW;
		return true;
	}
	errno = 0;
	n = strtoll(word + 1, &end, 10);
	if (!word[1] || *end || errno || n < 0)
		return false;
	t->bytes = n;
	return true;
}

static void lower(const char *from, char *to, size_t size)
{
	size_t i = 0;

	for (; from[i] && i + 1 < size; i++)
		to[i] = (char)(from[i] >= 'A' && from[i] <= 'Z' ? from[i] - 'A' + 'a'
								: from[i]);
	to[i] = '\0';
}

static bool parse_channel(struct tail *t, const char *word)
{
	char name[64];

	lower(word, name, sizeof name);
	if (!strcmp(name, "stdout"))
		t->channel = "stdout";
	else if (!strcmp(name, "stderr"))
		t->channel = "stderr";
	else
		complain(t->ctl, EXIT_GENERIC, "Error: bad channel '%s'", name);
	return t->channel;
}

static bool parse(struct tail *t, size_t n, char *const *words)
{
	const char *modifier = words[0][0] == '-' ? words[0] : NULL;
	const size_t first = modifier ? 1 : 0;

	t->bytes = LAST_BYTES;
	if (n == first) {
		complain(t->ctl, EXIT_GENERIC, "Error: tail requires process name");
		return false;
	}
	t->name = words[first];
	if (!parse_channel(t, n - first > 1 ? words[n - 1] : "stdout"))
		return false;
	if (modifier && !parse_modifier(t, modifier)) {
		complain(t->ctl, EXIT_GENERIC, "Error: bad argument %s", modifier);
		return false;
	}
	if (t->follow && t->ctl->json) {
		complain(t->ctl, EXIT_USAGE, "Error: tail -f does not go with --json");
		return false;
	}
	return true;
}

/* --- what goes wrong --------------------------------------------------------------------- */

/* supervisorctl follows a log through a server of the web, and leaves it at that server's
 * words. */
static bool say_fault(const struct tail *t, int fault)
{
	if (t->follow)
		remark(t->ctl, "%s/logtail/%s/%s Cannot read, status code 404", t->ctl->url,
		       t->name, t->channel);
	else
		complain(t->ctl, EXIT_GENERIC, "%s: ERROR (%s)", t->name,
			 fault_words(CMD_TAIL, fault));
	return true;
}

static bool on_refused(struct ctl *c, const struct varlink_reply *reply, const void *data)
{
	(void)c;
	if (!strcmp(reply->error, CONTROL_INTERFACE ".BadName"))
		return say_fault(data, FAULT_BAD_NAME);
	if (!strcmp(reply->error, CONTROL_INTERFACE ".NoSuchLog"))
		return say_fault(data, FAULT_NO_FILE);
	return false;
}

/* --- the call ---------------------------------------------------------------------------- */

static void print_text(const struct tail *t, struct buf *text)
{
	json_t *o;

	if (!t->ctl->json)
		return;
	o = json_pack("{s:o,s:s,s:o}", "name", varlink_string(t->name), "channel", t->channel,
		      "text", stream_text(text));
	print_json(t->ctl, o);
	json_decref(o);
}

void run_tail(struct ctl *c, size_t n, char *const *words)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	struct tail t = { .ctl = c };
	struct stream_plan plan = { .id = CMD_TAIL, .refused = on_refused, .data = &t };

	if (!parse(&t, n, words))
		return;
	plan.follow = t.follow;
	/* Only once there is somebody to follow, as supervisorctl. */
	plan.announce = t.follow ? "==> Press Ctrl-C to exit <==" : NULL;
	plan.parameters =
		json_pack("{s:o,s:s,s:I,s:b}", "name", varlink_string(t.name), "channel",
			  t.channel, "bytes", (json_int_t)t.bytes, "follow", t.follow);
	if (!stream_show(c, &plan, &text))
		return;
	if (t.follow)
		remark(c, "%s: the log has ended", t.name);
	else
		ctl_say(c, "%s", "");
	print_text(&t, &text);
}

/* --- the daemon's own log ---------------------------------------------------------------- */

static bool on_main_refused(struct ctl *c, const struct varlink_reply *reply, const void *data)
{
	const struct tail *t = data;

	if (strcmp(reply->error, CONTROL_INTERFACE ".NoSuchLog") != 0)
		return false;
	if (t->follow)
		remark(c, "%s/mainlogtail Cannot read, status code 404", c->url);
	else
		complain(c, EXIT_GENERIC, "supervisord: ERROR (%s)",
			 fault_words(CMD_TAIL, FAULT_NO_FILE));
	return true;
}

static void print_main(const struct tail *t, struct buf *text)
{
	json_t *o = json_pack("{s:o}", "text", stream_text(text));

	print_json(t->ctl, o);
	json_decref(o);
}

void run_maintail(struct ctl *c, size_t n, char *const *words)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	struct tail t = { .ctl = c, .name = "supervisord", .bytes = LAST_BYTES };
	struct stream_plan plan = { .id = CMD_MAINTAIL,
				    .refused = on_main_refused,
				    .data = &t };

	if (n && (words[0][0] != '-' || !parse_modifier(&t, words[0]))) {
		complain(c, EXIT_GENERIC, "Error: bad argument %s", words[0]);
		return;
	}
	if (t.follow && c->json) {
		complain(c, EXIT_USAGE, "Error: maintail -f does not go with --json");
		return;
	}
	plan.follow = t.follow;
	plan.announce = t.follow ? "==> Press Ctrl-C to exit <==" : NULL;
	plan.parameters =
		json_pack("{s:I,s:b}", "bytes", (json_int_t)t.bytes, "follow", t.follow);
	if (!stream_show(c, &plan, &text))
		return;
	if (t.follow)
		remark(c, "%s: the log has ended", t.name);
	else
		ctl_say(c, "%s", "");
	if (c->json)
		print_main(&t, &text);
}
