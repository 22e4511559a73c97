/* SPDX-License-Identifier: MIT */
/*
 * stdin=: where the standard input of a program comes from. Which process a name stands for is
 * found out when all are known: wires.c.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "conf/blank.h"
#include "conf/load.h"
#include "conf/paths.h"
#include "conf/quote.h"
#include "conf/value.h"

/* @text without blanks around it; malloc'ed or NULL. */
static char *trimmed(const char *text)
{
	size_t n;

	while (is_blank(*text))
		text++;
	n = strlen(text);
	while (n && is_blank(text[n - 1]))
		n--;
	return strndup(text, n);
}

static int bad(struct buf *why, const char *text)
{
	int r = buf_puts(why, "not a source of standard input: ");

	if (r == 0)
		r = quote_repr(why, text);
	if (r == 0)
		r = buf_puts(why, "; write null, file:PATH, data:TEXT or program:NAME");
	return r < 0 ? r : VALUE_BAD;
}

/*
 * Relative to where the daemon was started, as every path of the file. Nothing but a directory
 * is refused: the program that makes the file may not have run yet.
 */
static int read_file(const struct spot *at, const char *text, char **ret, struct buf *why)
{
	const struct config_world *w = at->load->world;
	_cleanup_(freep) char *name = trimmed(text), *home = NULL, *path = NULL;
	int r = 0;

	home = name ? path_home(name, w, at->load->users) : NULL;
	path = home ? path_join(w->cwd, home) : NULL;
	if (!path)
		return -ENOMEM;
	if (!*name)
		r = buf_puts(why, "file: without a path; write one such as file:/path");
	else if (!w->trusted && path_is_dir(path))
		r = buf_printf(why, "%.400s is a directory; name a file", name);
	if (r < 0 || why->len)
		return r < 0 ? r : VALUE_BAD;
	if (!w->trusted && !path_exists(path))
		mistake(at, DIAG_WARNING,
			"%.400s does not exist yet; it has to be there when the program starts",
			name);
	*ret = TAKE_PTR(path);
	return VALUE_OK;
}

static int read_data(const char *text, char **ret, struct buf *why)
{
	size_t n = strlen(text);

	if (n > STDIN_DATA_MAX) {
		int r = buf_printf(why,
				   "data of %zu bytes; write at most %d, or file: and the path "
				   "of a file that has them",
				   n, STDIN_DATA_MAX);

		return r < 0 ? r : VALUE_BAD;
	}
	*ret = strdup(text);
	return *ret ? VALUE_OK : -ENOMEM;
}

/* NAME or GROUP:NAME. */
static int read_program(const char *text, char **ret, struct buf *why)
{
	const char *colon = strchr(text, ':');
	_cleanup_(freep) char *group = NULL, *name = NULL, *before = NULL;
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	int r = VALUE_OK;

	if (colon) {
		before = strndup(text, (size_t)(colon - text));
		r = before ? value_name(before, &group, why) : -ENOMEM;
	}
	if (r == VALUE_OK)
		r = value_name(colon ? colon + 1 : text, &name, why);
	if (r != VALUE_OK)
		return r;
	if (buf_printf(&b, "%s%s%s", group ? group : "", group ? ":" : "", name) < 0)
		return -ENOMEM;
	*ret = buf_steal(&b);
	return *ret ? VALUE_OK : -ENOMEM;
}

/* What stands behind @prefix in @text, or NULL. */
static const char *behind(const char *text, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(text, prefix, n) == 0 ? text + n : NULL;
}

int load_stdin(const struct spot *at, const char *text, struct stdin_spec *field,
	       struct buf *why)
{
	struct stdin_spec s = { STDIN_NULL, NULL };
	const char *rest;
	int r = VALUE_OK;

	if ((rest = behind(text, "file:"))) {
		s.kind = STDIN_FILE;
		r = read_file(at, rest, &s.text, why);
	} else if ((rest = behind(text, "data:"))) {
		s.kind = STDIN_DATA;
		r = read_data(rest, &s.text, why);
	} else if ((rest = behind(text, "program:"))) {
		s.kind = STDIN_PROGRAM;
		r = read_program(rest, &s.text, why);
	} else if (strcasecmp(text, "null") != 0) {
		r = bad(why, text);
	}
	if (r != VALUE_OK)
		return r;
	free(field->text);
	*field = s;
	return VALUE_OK;
}
