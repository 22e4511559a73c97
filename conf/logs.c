/* SPDX-License-Identifier: MIT */
#include "conf/logs.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "conf/blank.h"
#include "conf/load.h"
#include "conf/paths.h"
#include "conf/quote.h"
#include "conf/value.h"

enum word { NO_WORD, WORD_NONE, WORD_AUTO, WORD_SYSLOG, WORD_JOURNAL };

static enum word word_of(const char *s, size_t n)
{
	static const struct {
		const char *text;
		enum word word;
	} words[] = { { "none", WORD_NONE },
		      { "off", WORD_NONE },
		      { "auto", WORD_AUTO },
		      { "syslog", WORD_SYSLOG },
		      { "journal", WORD_JOURNAL } };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strlen(words[i].text) == n && strncasecmp(words[i].text, s, n) == 0)
			return words[i].word;
	return NO_WORD;
}

/* --- one target after the other ---------------------------------------------------------- */

/* Does a target begin at @s, which is behind a comma? */
static bool begins_target(const char *s)
{
	size_t n = strcspn(s, ",");

	s = trim(s, &n);
	if (!n)
		return false;
	if (strchr("/~\"", *s))
		return true;
	return strncmp(s, "./", 2) == 0 || strncmp(s, "../", 3) == 0 ||
	       word_of(s, n) != NO_WORD;
}

/* Up to the comma that ends it, or all. */
static size_t plain_length(const char *s)
{
	size_t n = strcspn(s, ",");

	while (s[n] && !begins_target(s + n + 1))
		n += 1 + strcspn(s + n + 1, ",");
	return n;
}

static const char *skip_blanks(const char *s)
{
	while (is_blank(*s))
		s++;
	return s;
}

/* Behind what stands in quotes at @s; NULL: nothing does, or more than the next comma follows.
 */
static const char *quoted_end(const char *s)
{
	if (*s++ != '"')
		return NULL;
	while (*s && (*s != '"' || s[1] == '"'))
		s += *s == '"' ? 2 : 1;
	if (!*s)
		return NULL;
	s = skip_blanks(s + 1);
	return !*s || *s == ',' ? s : NULL;
}

/* A target by itself. */
struct target {
	char *text; /* malloc'ed */
	enum word word;
};

static void target_done(struct target *t)
{
	free(t->text);
}

/* What stands in the quotes that begin at @s and are closed. */
static int unquote(const char *s, struct target *ret)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	int r = 0;

	for (s++; r == 0 && (*s != '"' || s[1] == '"'); s++) {
		r = buf_putc(&b, *s);
		s += *s == '"';
	}
	if (r < 0)
		return r;
	*ret = (struct target){ buf_steal(&b), NO_WORD };
	return ret->text ? 0 : -ENOMEM;
}

/* Take the first target off *@at, which is NULL behind the last. */
static int next_target(const char **at, struct target *ret)
{
	const char *s = skip_blanks(*at), *end = quoted_end(s);
	size_t n;

	if (end) {
		*at = *end ? end + 1 : NULL;
		return unquote(s, ret);
	}
	n = plain_length(s);
	*at = s[n] ? s + n + 1 : NULL;
	s = trim(s, &n);
	*ret = (struct target){ strndup(s, n), word_of(s, n) };
	return ret->text ? 0 : -ENOMEM;
}

/* --- all of them ------------------------------------------------------------------------- */

static bool has_more(const struct stream_spec *s, enum log_target_kind kind, const char *path)
{
	for (size_t i = 0; i < s->n_more; i++)
		if (s->more[i].kind == kind && (!path || strcmp(s->more[i].path, path) == 0))
			return true;
	return false;
}

/* What has been said of @text makes the value bad. */
static int refuse(struct buf *why, const char *text, const char *wrong)
{
	int r = quote_repr(why, text);

	if (r == 0)
		r = buf_puts(why, wrong);
	return r < 0 ? r : VALUE_BAD;
}

static int twice(struct buf *why, const char *text)
{
	return refuse(why, text, " comes twice; leave one out");
}

/* Takes over @path. */
static int add_more(struct stream_spec *s, enum log_target_kind kind, char *path,
		    struct buf *why)
{
	const bool room = s->n_more + 1 + s->syslog < LOG_TARGETS_MAX;
	struct log_target *v = NULL;

	if (room)
		v = reallocarray(s->more, s->n_more + 1, sizeof *v);
	if (!v)
		free(path);
	if (!v && room)
		return -ENOMEM;
	if (!v)
		return buf_printf(why, "too many targets; write at most %d", LOG_TARGETS_MAX) <
				       0
			       ? -ENOMEM
			       : VALUE_BAD;
	v[s->n_more++] = (struct log_target){ kind, path };
	s->more = v;
	return VALUE_OK;
}

/* It has the first place, and a file that has it makes room. */
static int add_auto(struct stream_spec *s, const char *text, struct buf *why)
{
	const bool has_file = s->kind == LOG_FILE;

	if (s->kind == LOG_AUTO)
		return twice(why, text);
	s->kind = LOG_AUTO;
	return has_file ? add_more(s, LOG_TARGET_FILE, TAKE_PTR(s->path), why) : VALUE_OK;
}

static int add_path(const struct spot *at, struct stream_spec *s, const char *text,
		    struct buf *why)
{
	_cleanup_(freep) char *path = NULL;
	int r = path_find(text, false, at->load->world, at->load->users, &path, why);

	if (r != VALUE_OK)
		return r;
	if ((s->path && strcmp(s->path, path) == 0) || has_more(s, LOG_TARGET_FILE, path))
		return twice(why, text);
	if (s->kind != LOG_NONE)
		return add_more(s, LOG_TARGET_FILE, TAKE_PTR(path), why);
	s->kind = LOG_FILE;
	s->path = TAKE_PTR(path);
	return VALUE_OK;
}

static int add_word(struct stream_spec *s, const struct target *t, struct buf *why)
{
	const enum log_target_kind kind =
		t->word == WORD_SYSLOG ? LOG_TARGET_SYSLOG : LOG_TARGET_JOURNAL;

	if (t->word == WORD_AUTO)
		return add_auto(s, t->text, why);
	if (t->word == WORD_NONE)
		return refuse(why, t->text, " stands by itself; leave it out, or the others");
	if (has_more(s, kind, NULL))
		return twice(why, t->text);
	/* stdout_syslog=true has said so. */
	if (kind == LOG_TARGET_SYSLOG && s->syslog)
		return VALUE_OK;
	return add_more(s, kind, NULL, why);
}

static int read_list(const struct spot *at, const char *text, struct stream_spec *s,
		     struct buf *why)
{
	int r = VALUE_OK;

	while (r == VALUE_OK && text) {
		_cleanup_(target_done) struct target t = { NULL, NO_WORD };

		r = next_target(&text, &t);
		if (r == 0)
			r = t.word == NO_WORD ? add_path(at, s, t.text, why)
					      : add_word(s, &t, why);
	}
	return r;
}

/* As supervisord has it, and "journal". */
static int read_one(const struct spot *at, const char *text, struct stream_spec *s,
		    struct buf *why)
{
	switch (*text ? word_of(text, strlen(text)) : WORD_NONE) {
	case NO_WORD:
		return add_path(at, s, text, why);
	case WORD_NONE:
		break;
	case WORD_AUTO:
		s->kind = LOG_AUTO;
		break;
	case WORD_SYSLOG:
		/* %s: stdout or stderr, whose name is as long. */
		mistake(at, DIAG_WARNING,
			"For [%s], %s=syslog but this is deprecated and will be removed.  Use "
			"%.6s_syslog=true to enable syslog instead.",
			at->section->name, at->key, at->key);
		s->syslog = true;
		break;
	case WORD_JOURNAL:
		return add_more(s, LOG_TARGET_JOURNAL, NULL, why);
	}
	return VALUE_OK;
}

void logs_release(struct stream_spec *stream)
{
	for (size_t i = 0; i < stream->n_more; i++)
		free(stream->more[i].path);
	free(stream->more);
	free(stream->path);
	stream->more = NULL;
	stream->n_more = 0;
	stream->path = NULL;
}

int load_logfile(const struct spot *at, const char *text, struct stream_spec *stream,
		 struct buf *why)
{
	_cleanup_(logs_release) struct stream_spec s = { .syslog = stream->syslog };
	int r = strchr(text, ',') ? read_list(at, text, &s, why) : read_one(at, text, &s, why);

	if (r != VALUE_OK)
		return r;
	logs_release(stream);
	stream->kind = s.kind;
	stream->syslog = s.syslog;
	stream->path = TAKE_PTR(s.path);
	stream->more = TAKE_PTR(s.more);
	stream->n_more = TAKE(s.n_more, 0);
	return VALUE_OK;
}

bool logs_same(const struct stream_spec *a, const struct stream_spec *b)
{
	if (a->n_more != b->n_more)
		return false;
	for (size_t i = 0; i < a->n_more; i++)
		if (a->more[i].kind != b->more[i].kind ||
		    (a->more[i].path && strcmp(a->more[i].path, b->more[i].path) != 0))
			return false;
	if (a->kind == LOG_AUTO || b->kind == LOG_AUTO)
		return true;
	return a->kind == b->kind && (!a->path || strcmp(a->path, b->path) == 0);
}

/* --- as text ----------------------------------------------------------------------------- */

/* Would @path, with others around it or not, be taken for something else? */
static bool needs_quotes(const char *path, bool others)
{
	size_t n = strlen(path), len = n;

	if (others)
		return strpbrk(path, ",\"") || trim(path, &len) != path || len != n;
	return strchr(path, ',') &&
	       (plain_length(path) != n || trim(path, &len) != path || len != n);
}

static int print_path(const char *path, bool others, struct buf *out)
{
	int r;

	if (!needs_quotes(path, others))
		return buf_puts(out, path);
	r = buf_putc(out, '"');
	for (; r == 0 && *path; path++) {
		r = buf_putc(out, *path);
		if (r == 0 && *path == '"')
			r = buf_putc(out, '"');
	}
	return r < 0 ? r : buf_putc(out, '"');
}

static int print_more(const struct log_target *t, bool others, struct buf *out)
{
	switch (t->kind) {
	case LOG_TARGET_SYSLOG:
		return buf_puts(out, "syslog");
	case LOG_TARGET_JOURNAL:
		return buf_puts(out, "journal");
	case LOG_TARGET_FILE:
		break;
	}
	return print_path(t->path, others, out);
}

static int print_first(const struct stream_spec *s, struct buf *out)
{
	switch (s->kind) {
	case LOG_NONE:
		return s->n_more ? 0 : buf_puts(out, "NONE");
	case LOG_AUTO:
		return buf_puts(out, "AUTO");
	case LOG_FILE:
		break;
	}
	return print_path(s->path, s->n_more, out);
}

int logs_print(const struct stream_spec *s, struct buf *out)
{
	int r = print_first(s, out);

	for (size_t i = 0; r == 0 && i < s->n_more; i++) {
		if (i || s->kind != LOG_NONE)
			r = buf_puts(out, ", ");
		if (r == 0)
			r = print_more(&s->more[i], true, out);
	}
	return r;
}
