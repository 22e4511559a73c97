/* SPDX-License-Identifier: MIT */
#include "ctl/log_show.h"

#include <errno.h>
#include <string.h>

#include "ctl/names.h"

enum { LINE_MAX_BYTES = 1 << 20 };

int log_show_begin(struct log_show *s)
{
	const struct logs_options *o = s->o;

	s->look = (struct log_look){ .times = o->times,
				     .prefix = !o->no_prefix,
				     .colour = logs_options_colour(o, s->ctl->environ,
								   s->ctl->terminal),
				     .terminal = s->ctl->terminal };
	/* The daemon knows of no regular expressions: it gives all, and the last are chosen
	 * here. There is no end to who follows. */
	if (o->has_grep && o->lines > 0 && o->lines < INT32_MAX && !o->follow)
		s->keep = (size_t)o->lines;
	if (s->keep)
		s->kept = calloc(s->keep, sizeof *s->kept);
	return s->keep && !s->kept ? -ENOMEM : 0;
}

void log_show_names(struct log_show *s, json_t *processes, bool again)
{
	json_incref(processes);
	json_decref(s->processes);
	s->processes = processes;
	s->look.width = 0;
	for (size_t i = 0; i < json_array_size(processes); i++) {
		_cleanup_(buf_done) struct buf name = BUF_INIT;

		if (name_put(json_array_get(processes, i), &name) == 0 &&
		    name_width(buf_str(&name)) > s->look.width)
			s->look.width = name_width(buf_str(&name));
	}
	buf_clear(&s->in);
	s->places.again = again;
}

static const json_t *process_of(const struct log_show *s, int64_t id)
{
	const json_t *o;
	size_t i;

	json_array_foreach(s->processes, i, o)
	{
		if (json_integer_value(json_object_get(o, "id")) == id)
			return o;
	}
	return NULL;
}

static void print(struct log_show *s, struct buf *text)
{
	struct buf *to;

	if (!s->keep) {
		(void)fwrite(buf_str(text), 1, text->len, s->ctl->out);
		return;
	}
	to = &s->kept[(s->first + s->n_kept) % s->keep];
	if (s->n_kept == s->keep)
		s->first = (s->first + 1) % s->keep;
	else
		s->n_kept++;
	buf_done(to);
	*to = *text;
	*text = (struct buf)BUF_INIT;
}

static bool matches(const struct logs_options *o, const struct log_line *l)
{
	regmatch_t all = { 0, (regoff_t)l->len };

	return !o->has_grep || regexec(&o->grep, l->text, 1, &all, REG_STARTEND) == 0;
}

/* @done bytes of it were shown before. */
static int show(struct log_show *s, const json_t *process, struct log_line l, size_t done)
{
	_cleanup_(buf_done) struct buf name = BUF_INIT, text = BUF_INIT;
	const bool goes_on = s->open && s->open == l.file;
	int r = name_put(process, &name);

	if (!goes_on && !matches(s->o, &l))
		return 0;
	if (r == 0 && s->o->json)
		r = log_line_put_json(s->ctl->terminal, process, &l, &text);
	if (r < 0 || s->o->json) {
		print(s, &text);
		return r;
	}
	if (s->open && !goes_on)
		r = buf_putc(&text, '\n');
	l.text += done;
	l.len -= done;
	if (r == 0)
		r = log_line_put(&s->look, buf_str(&name), &l, !goes_on, &text);
	s->open = l.whole ? 0 : l.file;
	print(s, &text);
	return r;
}

static int take_line(struct log_show *s, const json_t *o)
{
	const json_t *process;
	struct log_line l;
	size_t done;
	int r;

	if (!log_line_read(o, &l))
		return -EBADMSG;
	process = process_of(s, l.id);
	done = log_places_shown(&s->places, l.file, l.at, l.ms, l.len);
	if (!process || (done && done >= l.len) ||
	    (s->places.again && !done && l.ms < s->not_before))
		return 0;
	r = log_places_note(&s->places, l.file, l.at, l.ms, l.len, l.whole);
	return r < 0 ? r : show(s, process, l, done);
}

int log_show_take(struct log_show *s, const char *data, size_t len)
{
	int r = buf_append(&s->in, data, len);
	size_t at = 0;
	const char *nl;

	while (r == 0 && (nl = memchr(s->in.data + at, '\n', s->in.len - at))) {
		const size_t n = (size_t)(nl - (s->in.data + at));
		json_t *o = json_loadb(s->in.data + at, n, JSON_ALLOW_NUL, NULL);

		r = take_line(s, o);
		json_decref(o);
		at += n + 1;
	}
	buf_drop(&s->in, at);
	(void)fflush(s->ctl->out);
	return r == 0 && s->in.len > LINE_MAX_BYTES ? -EBADMSG : r;
}

void log_show_end(struct log_show *s)
{
	const size_t keep = s->keep;

	s->keep = 0;
	for (size_t i = 0; i < s->n_kept; i++)
		print(s, &s->kept[(s->first + i) % keep]);
	for (size_t i = 0; i < keep && s->kept; i++)
		buf_done(&s->kept[i]);
	free(s->kept);
	if (s->open)
		fputc('\n', s->ctl->out);
	(void)fflush(s->ctl->out);
	buf_done(&s->in);
	log_places_done(&s->places);
	json_decref(s->processes);
}
