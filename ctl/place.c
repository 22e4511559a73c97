/* SPDX-License-Identifier: MIT */
/*
 * Mostly a glance settles it: the section [reeve] by itself, without a look at the programs, of
 * which there may be thousands. Where there may be more to it (other files, odd headers), the
 * configuration is read as the daemon reads it. If it has mistakes then, [reeve] may still say
 * where the socket is: the daemon runs on while its file is being edited. Where that leaves a
 * doubt we stop: a guess might be the socket of another daemon.
 */
#include "ctl/place.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "conf/config.h"

enum { FILE_MAX = 16 << 20 };

struct world {
	struct config_world seen;
	char host[HOST_NAME_MAX + 1];
	char cwd[PATH_MAX];
};

static void world_see(struct world *w)
{
	if (gethostname(w->host, sizeof w->host) < 0)
		w->host[0] = '\0';
	w->host[sizeof w->host - 1] = '\0';
	if (!getcwd(w->cwd, sizeof w->cwd))
		strcpy(w->cwd, "/");
	w->seen = (struct config_world){
		.environ = environ,
		.host = w->host,
		.cwd = w->cwd,
		.root = geteuid() == 0,
		.runtime_dir = getenv("XDG_RUNTIME_DIR"),
		.home = getenv("HOME"),
	};
}

static int read_file(const char *path, struct buf *ret)
{
	_cleanup_(fclosep) FILE *f = fopen(path, "re");
	char piece[4096];
	size_t n;
	int r = 0;

	if (!f)
		return -errno;
	while (r == 0 && (n = fread(piece, 1, sizeof piece, f)) > 0)
		r = ret->len > FILE_MAX ? -EFBIG : buf_append(ret, piece, n);
	return r < 0 ? r : ferror(f) ? -EIO : 0;
}

static bool is_header(const char *line, size_t len, const char *header)
{
	return len >= strlen(header) && !memcmp(line, header, strlen(header));
}

/* A line that may begin [reeve] or [include] in a way that only the reader of files knows. */
static bool is_odd(const char *line, size_t len)
{
	return memchr(line, '[', len) &&
	       (memmem(line, len, "reeve", 5) || memmem(line, len, "include", 7));
}

/* The lines of [reeve], as a whole configuration; whether there are other files, or may be more
 * than meets the eye. */
static int extract(const struct buf *file, struct buf *ret, bool *ret_includes, bool *ret_odd)
{
	const char *at = buf_str(file), *const end = at + file->len;
	int r = buf_puts(ret, "[supervisord]\n");
	bool within = false;

	*ret_includes = *ret_odd = false;
	while (at < end && r == 0) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const size_t len = (size_t)(newline ? newline + 1 - at : end - at);

		if (*at == '[')
			within = is_header(at, len, "[reeve]");
		*ret_includes |= is_header(at, len, "[include]");
		*ret_odd |= !within && is_odd(at, len);
		if (within)
			r = buf_append(ret, at, len);
		at += len;
	}
	return r;
}

static int take_socket(int outcome, const struct config *c, struct buf *ret)
{
	if (outcome != CONFIG_OK)
		return outcome < 0 ? outcome : PLACE_BAD;
	return buf_puts(ret, c->reeve.socket);
}

static int from_text(const struct buf *text, const char *name, const struct world *w,
		     struct buf *ret)
{
	_cleanup_(config_freep) struct config *c = NULL;
	_cleanup_(diags_done) struct diags d = DIAGS_INIT;
	const int r = config_load_text(buf_str(text), text->len, name, &w->seen, &d, &c);

	return take_socket(r, c, ret);
}

static int by_default(const struct world *w, struct buf *ret)
{
	_cleanup_(buf_done) struct buf nothing = BUF_INIT;
	int r = buf_puts(&nothing, "[supervisord]\n");

	return r < 0 ? r : from_text(&nothing, "(defaults)", w, ret);
}

/* What [reeve] of this file says, without a look at the rest, which may be long. PLACE_BAD:
 * that does not settle it. */
static int from_glance(const char *path, const struct world *w, struct buf *ret)
{
	_cleanup_(buf_done) struct buf file = BUF_INIT, section = BUF_INIT;
	bool includes, odd;
	int r = read_file(path, &file);

	if (r == 0)
		r = extract(&file, &section, &includes, &odd);
	if (r < 0)
		return r;
	return odd ? PLACE_BAD : from_text(&section, path, w, ret);
}

/* What [reeve] of this file says by itself, if no other file can say otherwise. */
static int from_section(const char *path, const struct world *w, struct buf *ret)
{
	_cleanup_(buf_done) struct buf file = BUF_INIT, section = BUF_INIT;
	_cleanup_(buf_done) struct buf usual = BUF_INIT, said = BUF_INIT;
	bool includes = false, odd;
	int r = read_file(path, &file);

	if (r == 0)
		r = extract(&file, &section, &includes, &odd);
	if (r == 0)
		r = by_default(w, &usual);
	if (r == 0)
		r = from_text(&section, path, w, &said);
	if (r == PLACE_OK && includes && !strcmp(buf_str(&said), buf_str(&usual)))
		return PLACE_BAD;
	return r == PLACE_OK ? buf_puts(ret, buf_str(&said)) : r;
}

/* Why a file says nothing: its mistakes. */
static int say_mistakes(const char *path, struct diags *d, struct buf *why)
{
	int r = buf_printf(why, "could not find the socket in config file %s", path);

	diags_sort(d);
	for (size_t i = 0; i < d->n && r == 0; i++) {
		if (d->v[i].kind != DIAG_ERROR)
			continue;
		r = buf_putc(why, '\n');
		if (r == 0)
			r = diag_format(&d->v[i], why);
	}
	return r < 0 ? r : PLACE_BAD;
}

static int from_file(const char *path, const struct world *w, struct buf *ret, struct buf *why)
{
	_cleanup_(config_freep) struct config *c = NULL;
	_cleanup_(diags_done) struct diags d = DIAGS_INIT;
	int r = from_glance(path, w, ret);

	if (r != PLACE_BAD)
		return r;
	r = config_load(path, &w->seen, NULL, 0, &d, &c);
	r = take_socket(r, c, ret);
	if (r == PLACE_BAD)
		r = from_section(path, w, ret);
	return r == PLACE_BAD ? say_mistakes(path, &d, why) : r;
}

static int from_url(const char *url, struct buf *ret, struct buf *why)
{
	static const char scheme[] = "unix://";
	int r;

	if (!strncmp(url, scheme, sizeof scheme - 1) && url[sizeof scheme - 1] == '/')
		return buf_puts(ret, url + sizeof scheme - 1);
	r = buf_printf(why, "the server's URL must be unix:///PATH, not %s", url);
	return r < 0 ? r : PLACE_BAD;
}

/* A file that was named must be there. */
static int from_option(const char *config, const struct world *w, struct buf *ret,
		       struct buf *why)
{
	int r;

	if (access(config, R_OK) == 0)
		return from_file(config, w, ret, why);
	if (errno == ENOENT || errno == ENOTDIR)
		r = buf_printf(why, "could not find config file %s", config);
	else
		r = buf_printf(why, "could not read config file %s: %s", config,
			       strerror(errno));
	return r < 0 ? r : PLACE_BAD;
}

int place_find(const char *url, const char *config, const char *argv0, struct buf *ret,
	       struct buf *why)
{
	_cleanup_(freep) char *found = NULL;
	struct world w;

	if (url)
		return from_url(url, ret, why);
	world_see(&w);
	if (config)
		return from_option(config, &w, ret, why);
	found = config_find(argv0, w.cwd);
	/* A file that is not for our eyes says nothing about a socket that may be. */
	if (found && access(found, R_OK) == 0)
		return from_file(found, &w, ret, why);
	return by_default(&w, ret);
}
