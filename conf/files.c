/* SPDX-License-Identifier: MIT */
/*
 * The main file and those that its [include] names, all into one tree.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <string.h>
#include <sys/stat.h>

#include "conf/load.h"
#include "conf/paths.h"
#include "conf/reader.h"

/* --- one file ---------------------------------------------------------------------------- */

/* Everything @fd has, at most READER_FILE_MAX. 0, -EFBIG, or errno of read(2). */
static int read_all(int fd, struct buf *out)
{
	for (;;) {
		ssize_t n;

		if (buf_reserve(out, 1 << 16) < 0)
			return -ENOMEM;
		n = read(fd, out->data + out->len, 1 << 16);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		out->len += (size_t)n;
		if (out->len > READER_FILE_MAX)
			return -EFBIG;
	}
	out->data[out->len] = '\0';
	return 0;
}

/*
 * Open without waiting for anybody: a pattern may match a FIFO. Only the main file may be
 * something else than a regular file, a pipe from a shell for example.
 */
static int open_file(const char *path, bool main_file, int *ret)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode)) {
		if (!main_file)
			return -EINVAL;
		if (fcntl(fd, F_SETFL, 0) < 0)
			return -errno;
	}
	*ret = TAKE_FD(fd);
	return 0;
}

static int load_file(const char *path, bool main_file, struct buf *out)
{
	_cleanup_(closep) int fd = -1;
	int r = open_file(path, main_file, &fd);

	return r < 0 ? r : read_all(fd, out);
}

static int too_big(struct load *l, const char *path)
{
	diags_add(l->diags, DIAG_ERROR, path, 0,
		  "larger than %d MiB; is this a configuration file?", READER_FILE_MAX >> 20);
	return 0;
}

static int read_text(struct load *l, const char *path, char *text, size_t len)
{
	const char *file = tree_file(l->tree, path);

	if (!file)
		return -ENOMEM;
	if (len > READER_FILE_MAX)
		return too_big(l, path);
	return reader_run(l->tree, file, text, len, l->diags);
}

/* --- [include] --------------------------------------------------------------------------- */

/* supervisord passes over what it cannot read; that is worth a word. */
static int include_file(struct load *l, const struct spot *at, const char *path)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	_cleanup_(freep) char *dir = path_parent(path);
	int r;

	if (!dir)
		return -ENOMEM;
	mistake(at, DIAG_NOTE, "Included extra file \"%s\" during parsing", path);
	r = load_file(path, false, &text);
	if (r == -ENOMEM)
		return r;
	if (r == -EFBIG)
		return too_big(l, path);
	if (r < 0) {
		mistake(at, DIAG_WARNING, "%s cannot be read and is passed over: %s", path,
			r == -EINVAL ? "not a regular file" : strerror(-r));
		return 0;
	}
	r = tree_here(l->tree, dir);
	if (r < 0 || buf_reserve(&text, 0) < 0)
		return -ENOMEM;
	return read_text(l, path, text.data, text.len);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Python's glob: sorted by bytes, no escapes, nothing hidden. */
static int include_pattern(struct load *l, const struct spot *at, const char *pattern)
{
	_cleanup_(freep) char *full = path_join(l->here, pattern);
	glob_t g;
	int r = 0;

	if (!full)
		return -ENOMEM;
	switch (glob(full, GLOB_NOSORT | GLOB_NOESCAPE, NULL, &g)) {
	case 0:
		break;
	case GLOB_NOSPACE:
		return -ENOMEM;
	default:
		mistake(at, DIAG_WARNING, "No file matches via include \"%s\"", full);
		return 0;
	}
	qsort(g.gl_pathv, g.gl_pathc, sizeof *g.gl_pathv, by_bytes);
	for (size_t i = 0; r == 0 && i < g.gl_pathc; i++)
		r = include_file(l, at, g.gl_pathv[i]);
	globfree(&g);
	return r;
}

static int include_all(struct load *l, const struct spot *at, char *patterns)
{
	char *save, *p = strtok_r(patterns, " \t\n\r\v\f", &save);
	int r = 0;

	for (; r == 0 && p; p = strtok_r(NULL, " \t\n\r\v\f", &save))
		r = include_pattern(l, at, p);
	return r;
}

static int load_includes(struct load *l)
{
	struct tree_section *s = tree_section(l->tree, "include");
	const struct name names[] = { { "here", strlen("here"), l->here, 0 },
				      { "host_node_name", strlen("host_node_name"),
					l->world->host, 0 } };
	const struct scope scope = { &l->env, "", names, ARRAY_SIZE(names) };
	_cleanup_(buf_done) struct buf files = BUF_INIT;
	struct spot at = { .load = l, .section = s, .key = "files" };
	int r;

	if (!s)
		return 0;
	if (tree_here(l->tree, l->here) < 0 || tree_get(l->tree, s, "files", &at.found) < 0)
		return -ENOMEM;
	if (!at.found) {
		mistake(&at, DIAG_ERROR,
			".ini file has [include] section, but no files setting; add files=");
		return 0;
	}
	r = load_text(l, s, "files", &scope, "include.files", &files);
	if (r != LOAD_SET || buf_reserve(&files, 0) < 0)
		return r == LOAD_BAD ? 0 : -ENOMEM;
	return include_all(l, &at, files.data);
}

/* --- all of it --------------------------------------------------------------------------- */

static int load_main(struct load *l)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	int r = load_file(l->path, true, &text);

	if (r == -ENOMEM)
		return r;
	if (r == -EFBIG)
		return too_big(l, l->path);
	if (r < 0) {
		diags_add(l->diags, DIAG_ERROR, NULL, 0, "could not %s config file %s: %s",
			  r == -ENOENT ? "find" : "read", l->path, strerror(-r));
		return 0;
	}
	return buf_reserve(&text, 0) < 0 ? -ENOMEM : read_text(l, l->path, text.data, text.len);
}

int load_files(struct load *l, const char *text, size_t len, bool from_memory)
{
	_cleanup_(freep) char *copy = NULL;
	size_t before = l->diags->errors;
	int r;

	if (from_memory) {
		copy = malloc(len + 1);
		if (!copy)
			return -ENOMEM;
		if (len)
			memcpy(copy, text, len);
		copy[len] = '\0';
		r = read_text(l, l->path, copy, len);
	} else {
		r = load_main(l);
		if (r == 0 && l->diags->errors != before && !tree_sections(l->tree))
			return 0; /* there was no file: nothing else is worth saying */
	}
	return r < 0 ? r : load_includes(l);
}
