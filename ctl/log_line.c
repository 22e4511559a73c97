/* SPDX-License-Identifier: MIT */
#include "ctl/log_line.h"

#include <errno.h>
#include <string.h>

#include "base/hash.h"
#include "ctl/names.h"
#include "ctl/text.h"
#include "ctl/when.h"
#include "proto/varlink.h"

bool log_line_read(const json_t *o, struct log_line *ret)
{
	const json_t *text = json_object_get(o, "line"), *t = json_object_get(o, "t");
	const json_t *id = json_object_get(o, "id");

	if (!json_is_string(text) || !json_is_integer(t) || !json_is_integer(id))
		return false;
	*ret = (struct log_line){
		.ms = json_integer_value(t),
		.id = json_integer_value(id),
		.err = !strcmp(member_text(o, "stream"), "stderr"),
		.text = json_string_value(text),
		.len = json_string_length(text),
		.whole = !json_is_false(json_object_get(o, "eol")),
		.file = (uint64_t)json_integer_value(json_object_get(o, "file")),
		.at = json_integer_value(json_object_get(o, "at")),
	};
	return true;
}

/* The same for the same name, whoever else is shown. Not red, which people take for an error,
 * nor black and white, one of which is the background. */
static int colour_of(const char *name)
{
	static const int colours[] = { 36, 33, 32, 35, 34, 96, 93, 92, 95, 94 };

	return colours[hash_bytes(HASH_INIT, name, strlen(name)) % ARRAY_SIZE(colours)];
}

static int put_prefix(const struct log_look *look, const char *name, struct buf *out)
{
	_cleanup_(buf_done) struct buf safe = BUF_INIT;
	int r = look->terminal ? text_escape_line(name, strlen(name), &safe)
			       : buf_puts(&safe, name);

	if (r == 0 && look->colour)
		r = buf_printf(out, "\x1b[%dm", colour_of(name));
	if (r == 0)
		r = name_pad(buf_str(&safe), look->width, out);
	return r == 0 ? buf_puts(out, look->colour ? " |\x1b[0m " : " | ") : r;
}

static int put_before(const struct log_look *look, const char *name, const struct log_line *l,
		      struct buf *out)
{
	int r = 0;

	if (look->times)
		r = when_put(l->ms, out);
	if (r == 0 && look->times)
		r = buf_putc(out, ' ');
	return r == 0 && look->prefix ? put_prefix(look, name, out) : r;
}

int log_line_put(const struct log_look *look, const char *name, const struct log_line *l,
		 bool begins, struct buf *out)
{
	int r = begins ? put_before(look, name, l, out) : 0;

	if (r == 0)
		r = look->terminal ? text_escape_line(l->text, l->len, out)
				   : buf_append(out, l->text, l->len);
	return r == 0 && l->whole ? buf_putc(out, '\n') : r;
}

int log_line_put_json(bool ascii, const json_t *process, const struct log_line *l,
		      struct buf *out)
{
	_cleanup_(buf_done) struct buf time = BUF_INIT;
	_cleanup_(freep) char *text = NULL;
	json_t *o;

	if (when_put(l->ms, &time) < 0)
		return -ENOMEM;
	o = json_pack("{s:s,s:I,s:o,s:o,s:s,s:o,s:b}", "time", buf_str(&time), "time_ms",
		      (json_int_t)l->ms, "name", varlink_string(member_text(process, "name")),
		      "group", varlink_string(member_text(process, "group")), "stream",
		      l->err ? "stderr" : "stdout", "line", json_stringn(l->text, l->len),
		      "eol", l->whole);
	text = json_dumps(o, JSON_COMPACT | (ascii ? JSON_ENSURE_ASCII : 0));
	json_decref(o);
	return text ? buf_printf(out, "%s\n", text) : -ENOMEM;
}
