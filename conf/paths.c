/* SPDX-License-Identifier: MIT */
#include "conf/paths.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "conf/value.h"

char *path_home(const char *path, const struct config_world *w, struct users *u)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	_cleanup_(freep) char *user = NULL;
	size_t n = strcspn(path, "/");
	const char *home = w->home;

	if (*path != '~')
		return strdup(path);
	if (n > 1) {
		user = strndup(path + 1, n - 1);
		if (!user)
			return NULL;
		home = users_home(u, user);
	}
	if (!home)
		return strdup(path);
	if (buf_puts(&b, home) < 0)
		return NULL;
	while (b.len && b.data[b.len - 1] == '/')
		b.data[--b.len] = '\0';
	if (buf_puts(&b, path + n) < 0 || (!b.len && buf_putc(&b, '/') < 0))
		return NULL;
	return buf_steal(&b);
}

char *path_join(const char *dir, const char *path)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	size_t n = strlen(dir);

	if (*path == '/')
		return strdup(path);
	if (buf_printf(&b, "%s%s%s", dir, n && dir[n - 1] == '/' ? "" : "/", path) < 0)
		return NULL;
	return buf_steal(&b);
}

/* Add what stands between two slashes. */
static int add_part(struct buf *b, const char *s, size_t n)
{
	const char *slash;
	int r;

	if (!n || (n == 1 && *s == '.'))
		return 0;
	if (n != 2 || memcmp(s, "..", 2) != 0) {
		r = buf_putc(b, '/');
		return r < 0 ? r : buf_append(b, s, n);
	}
	slash = b->len ? memrchr(b->data, '/', b->len) : NULL;
	b->len = slash ? (size_t)(slash - b->data) : 0;
	return buf_reserve(b, 0);
}

char *path_normal(const char *dir, const char *path)
{
	_cleanup_(freep) char *joined = path_join(dir, path);
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	if (!joined)
		return NULL;
	for (const char *s = joined; *s;) {
		size_t n;

		s += strspn(s, "/");
		n = strcspn(s, "/");
		if (add_part(&b, s, n) < 0)
			return NULL;
		s += n;
	}
	if (!b.len && buf_putc(&b, '/') < 0)
		return NULL;
	b.data[b.len] = '\0';
	return buf_steal(&b);
}

char *path_parent(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

bool path_is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool path_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

int path_find(const char *text, bool normal, const struct config_world *w, struct users *u,
	      char **ret, struct buf *why)
{
	_cleanup_(freep) char *home = path_home(text, w, u), *path = NULL;
	_cleanup_(freep) char *parent = NULL;

	path = home ? path_join(w->cwd, home) : NULL;
	parent = path ? path_parent(path) : NULL;
	if (!parent)
		return -ENOMEM;
	if (!w->trusted && !path_is_dir(parent))
		return buf_printf(why,
				  "The directory named as part of the path %.400s does "
				  "not exist; create it or name another",
				  text) < 0
			       ? -ENOMEM
			       : VALUE_BAD;
	*ret = normal ? path_normal("/", path) : TAKE_PTR(path);
	return *ret ? VALUE_OK : -ENOMEM;
}
