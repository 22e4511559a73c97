/* SPDX-License-Identifier: MIT */
/*
 * fuzz_varlink.c - whatever a peer sends, in whatever pieces: the same messages come out, none
 * is longer than allowed, and what passes as a call or a reply is one.
 *
 * The first byte says how long the pieces are; the rest is what was sent.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "ctl/text.h"
#include "proto/commands.h"
#include "proto/utf8.h"
#include "proto/varlink.h"

enum { LIMIT = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_call(const char *data, size_t len)
{
	struct varlink_call c, again;
	struct buf b = BUF_INIT, name = BUF_INIT;
	const struct command *cmd;

	if (varlink_parse_call(data, len, &c) != VARLINK_OK) {
		assert(!c.root && !c.name);
		return;
	}
	assert(c.method[0] >= 'A' && c.method[0] <= 'Z' && strchr(c.interface, '.'));
	assert(json_is_object(c.parameters) && !(c.more && c.oneway));
	cmd = command_by_method(c.method);
	if (cmd)
		(void)command_check(cmd, c.parameters);

	/* What we make of it is the same call again. */
	assert(buf_printf(&name, "%s.%s", c.interface, c.method) == 0);
	assert(varlink_put_call(&b, buf_str(&name), json_incref(c.parameters), c.more) == 0);
	assert(strlen(b.data) + 1 == b.len);
	assert(varlink_parse_call(b.data, b.len - 1, &again) == VARLINK_OK);
	assert(json_equal(c.parameters, again.parameters) && c.more == again.more);
	varlink_call_done(&again);
	varlink_call_done(&c);
	buf_done(&b);
	buf_done(&name);
}

static void check_reply(const char *data, size_t len)
{
	struct varlink_reply r;

	if (varlink_parse_reply(data, len, &r) != VARLINK_OK) {
		assert(!r.root);
		return;
	}
	assert(json_is_object(r.parameters) && !(r.error && r.continues));
	varlink_reply_done(&r);
}

/* Take what there is. False: too long. */
static bool drain(struct varlink_stream *s, size_t *ret_n)
{
	const char *data;
	size_t len;
	int r;

	for (;;) {
		const bool whole = varlink_whole(s);

		r = varlink_take(s, LIMIT, &data, &len);
		if (r != VARLINK_OK)
			break;
		assert(whole && len <= LIMIT && strlen(data) == len);
		check_call(data, len);
		check_reply(data, len);
		(*ret_n)++;
	}
	assert(r == VARLINK_TOO_LONG || varlink_waiting(s) <= LIMIT);
	return r == VARLINK_PARTIAL;
}

/* How many messages come out of it in pieces of this length. */
static size_t count(const char *data, size_t size, size_t piece)
{
	struct varlink_stream s = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < size; i += piece) {
		const size_t len = size - i < piece ? size - i : piece;

		assert(buf_append(&s.in, data + i, len) == 0);
		if (!drain(&s, &n))
			break;
	}
	varlink_stream_done(&s);
	return n;
}

/* Any bytes can be told in JSON, and shown on a terminal. */
static void check_text(const char *data, size_t size)
{
	struct buf text = BUF_INIT, shown = BUF_INIT;
	json_t *string;

	assert(buf_append(&text, data, size) == 0);
	string = varlink_string(buf_str(&text));
	assert(json_is_string(string));
	json_decref(string);
	assert(text_escape(data, size, true, &shown) == (ssize_t)size);
	for (size_t i = 0, n; i < shown.len; i += n) {
		n = utf8_length(shown.data + i, shown.len - i);
		assert(n != UTF8_BAD && n != UTF8_PART && shown.data[i] != '\x1b');
	}
	buf_done(&text);
	buf_done(&shown);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data + 1;

	if (!size)
		return 0;
	size--;
	assert(count(bytes, size, data[0] + 1u) == count(bytes, size, size + 1));
	check_text(bytes, size);
	return 0;
}
