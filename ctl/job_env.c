/* SPDX-License-Identifier: MIT */
/*
 * A value that is read from a file is never part of a message of ours: it may be a secret.
 */
#include "ctl/job_env.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"

enum { SECRET_MAX = 64 << 10 };

#define PATH_ALONE "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* Where variables are gathered: an object of whole "NAME=value" by name. */
struct gathering {
	json_t *all;
	struct buf *why;
};

__attribute__((format(printf, 2, 3))) static int wrong(struct gathering *g, const char *fmt,
						       ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = buf_vprintf(g->why, fmt, ap);
	va_end(ap);
	return r < 0 ? r : JOB_ENV_BAD;
}

/* "NAME=value" with a name; @ret_len of the name. */
static bool has_name(const char *variable, size_t *ret_len)
{
	*ret_len = strcspn(variable, "=");
	return *ret_len > 0 && variable[*ret_len] == '=';
}

/* 0, -ENOMEM, -EILSEQ: it is no UTF-8. */
static int put(struct gathering *g, const char *variable, size_t name_len)
{
	_cleanup_(freep) char *name = strndup(variable, name_len);
	json_t *text = json_string(variable);

	if (!name || !text) {
		json_decref(text);
		return name ? -EILSEQ : -ENOMEM;
	}
	return json_object_set_new(g->all, name, text) < 0 ? -EILSEQ : 0;
}

/* --- where they come from ---------------------------------------------------------------- */

static const char *find(char *const *from, const char *name, size_t len)
{
	for (; *from; from++)
		if (!strncmp(*from, name, len) && (*from)[len] == '=')
			return *from;
	return NULL;
}

static int put_own(struct gathering *g, char *const *from, struct buf *lost)
{
	size_t len;
	int r = 0;

	for (; *from && r == 0; from++) {
		if (!has_name(*from, &len))
			continue;
		r = put(g, *from, len);
		if (r == -EILSEQ)
			r = buf_printf(lost, "%.*s\n", (int)len, *from);
	}
	return r;
}

static int put_path(struct gathering *g, char *const *from)
{
	const char *path = find(from, "PATH", 4);

	return put(g, path ? path : PATH_ALONE, 4);
}

static int put_option(struct gathering *g, const char *text, char *const *from)
{
	size_t len;
	int r;

	if (!*text || *text == '=')
		return wrong(g, "option -E: not NAME=VALUE: '%.200s'", text);
	if (!has_name(text, &len)) {
		text = find(from, text, len);
		if (!text)
			return JOB_ENV_OK;
	}
	r = put(g, text, len);
	return r == -EILSEQ ? wrong(g, "option -E: %.*s is not UTF-8", (int)len, text) : r;
}

/* --- files ------------------------------------------------------------------------------- */

static int put_line(struct gathering *g, const char *file, unsigned n, char *line)
{
	size_t len = strlen(line);
	int r;

	if (len && line[len - 1] == '\n')
		line[--len] = '\0';
	line += strspn(line, " \t");
	if (!*line || *line == '#')
		return JOB_ENV_OK;
	if (!has_name(line, &len))
		return wrong(g, "%s:%u: not NAME=VALUE", file, n);
	r = put(g, line, len);
	return r == -EILSEQ ? wrong(g, "%s:%u: not UTF-8", file, n) : r;
}

static int put_file(struct gathering *g, const char *file)
{
	_cleanup_(fclosep) FILE *f = fopen(file, "re");
	_cleanup_(freep) char *line = NULL;
	size_t size = 0;
	unsigned n = 0;
	ssize_t len;
	int r = JOB_ENV_OK;

	if (!f)
		return wrong(g, "%s: %s", file, strerror(errno));
	while (r == JOB_ENV_OK && (len = getline(&line, &size, f)) >= 0) {
		n++;
		r = memchr(line, '\0', (size_t)len) ? wrong(g, "%s:%u: a NUL byte", file, n)
						    : put_line(g, file, n, line);
	}
	if (r == JOB_ENV_OK && ferror(f))
		r = wrong(g, "%s: %s", file, strerror(errno));
	return r;
}

/* All of a file but a newline at its end, behind what is in @out. */
static int read_secret(struct gathering *g, const char *file, struct buf *out)
{
	_cleanup_(fclosep) FILE *f = fopen(file, "re");
	const size_t before = out->len;
	size_t n;

	if (!f)
		return wrong(g, "option --secret: %s: %s", file, strerror(errno));
	if (buf_reserve(out, SECRET_MAX + 1) < 0)
		return -ENOMEM;
	n = fread(out->data + before, 1, SECRET_MAX + 1, f);
	if (ferror(f))
		return wrong(g, "option --secret: %s: %s", file, strerror(errno));
	if (n > SECRET_MAX)
		return wrong(g, "option --secret: %s: more than 64 KiB", file);
	if (memchr(out->data + before, '\0', n))
		return wrong(g, "option --secret: %s: a NUL byte", file);
	out->len += n;
	if (n && out->data[out->len - 1] == '\n')
		out->len--;
	out->data[out->len] = '\0';
	return JOB_ENV_OK;
}

static int put_secret(struct gathering *g, const char *text)
{
	_cleanup_(buf_done) struct buf variable = BUF_INIT;
	size_t len;
	int r;

	if (!has_name(text, &len) || !text[len + 1])
		return wrong(g, "option --secret: not NAME=FILE: '%.200s'", text);
	r = buf_append(&variable, text, len + 1);
	if (r == 0)
		r = read_secret(g, text + len + 1, &variable);
	if (r == JOB_ENV_OK)
		r = put(g, buf_str(&variable), len);
	if (variable.data)
		explicit_bzero(variable.data, variable.len);
	return r == -EILSEQ ? wrong(g, "option --secret: %s: not UTF-8", text + len + 1) : r;
}

/* --- all of it --------------------------------------------------------------------------- */

static int gather(struct gathering *g, const struct job_options *o, char *const *from,
		  struct buf *lost)
{
	int r = o->clean_env ? put_path(g, from) : put_own(g, from, lost);

	for (size_t i = 0; i < o->env_files.n && r == JOB_ENV_OK; i++)
		r = put_file(g, o->env_files.v[i]);
	for (size_t i = 0; i < o->env.n && r == JOB_ENV_OK; i++)
		r = put_option(g, o->env.v[i], from);
	for (size_t i = 0; i < o->secrets.n && r == JOB_ENV_OK; i++)
		r = put_secret(g, o->secrets.v[i]);
	return r;
}

int job_env(const struct job_options *o, char *const *from, json_t **ret, struct buf *lost,
	    struct buf *why)
{
	struct gathering g = { json_object(), why };
	json_t *list = json_array();
	int r = g.all && list ? gather(&g, o, from, lost) : -ENOMEM;

	for (void *i = json_object_iter(g.all); i && r == JOB_ENV_OK;
	     i = json_object_iter_next(g.all, i))
		if (json_array_append(list, json_object_iter_value(i)) < 0)
			r = -ENOMEM;
	json_decref(g.all);
	if (r != JOB_ENV_OK) {
		json_decref(list);
		return r;
	}
	*ret = list;
	return JOB_ENV_OK;
}
