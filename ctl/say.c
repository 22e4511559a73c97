/* SPDX-License-Identifier: MIT */
#include "ctl/ctl.h"

#include <stdarg.h>

#include "ctl/text.h"

/* A line, at once: whoever reads our lines waits for each. */
__attribute__((format(printf, 3, 0))) static void put_line(FILE *f, bool escape,
							   const char *fmt, va_list ap)
{
	_cleanup_(buf_done) struct buf line = BUF_INIT, safe = BUF_INIT;
	const struct buf *shown = &line;

	if (buf_vprintf(&line, fmt, ap) < 0)
		return;
	if (escape && text_escape(buf_str(&line), line.len, true, &safe) >= 0)
		shown = &safe;
	fprintf(f, "%s\n", buf_str(shown));
	fflush(f);
}

void ctl_say(struct ctl *c, const char *fmt, ...)
{
	va_list ap;

	if (c->json)
		return;
	va_start(ap, fmt);
	put_line(c->out, c->terminal, fmt, ap);
	va_end(ap);
}

void complain(struct ctl *c, int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (c->apart)
		fputs("reevectl: ", c->err);
	put_line(c->json || c->apart ? c->err : c->out, c->json || c->apart || c->terminal, fmt,
		 ap);
	va_end(ap);
	if (status)
		c->status = status;
}

void remark(struct ctl *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_line(c->err, true, fmt, ap);
	va_end(ap);
}

json_t *words_param(const char *key, size_t n, char *const *words)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		if (json_array_append_new(list, varlink_string(words[i])) < 0) {
			json_decref(list);
			return NULL;
		}
	return json_pack("{s:o}", key, list);
}

void print_json(struct ctl *c, const json_t *value)
{
	if (!c->json || !value)
		return;
	if (json_dumpf(value, c->out, JSON_INDENT(2) | JSON_ENCODE_ANY) < 0)
		remark(c, "error: out of memory");
	fputc('\n', c->out);
	fflush(c->out);
}
