/* SPDX-License-Identifier: MIT */
#include "conf/config.h"

#include <errno.h>
#include <string.h>

#include "conf/paths.h"

/* @dir/@name if it is there, made absolute against @cwd. */
static char *try_place(const char *cwd, const char *dir, const char *name)
{
	_cleanup_(freep) char *place = path_join(cwd, dir), *path = NULL;

	path = place ? path_join(place, name) : NULL;
	if (!path || access(path, F_OK) < 0)
		return NULL;
	return path_normal("/", path);
}

static char *try_dir(const char *cwd, const char *dir)
{
	char *path = try_place(cwd, dir, "reeve.conf");

	return path ? path : try_place(cwd, dir, "supervisord.conf");
}

/* Beside the program: DIR/../etc and DIR/.. */
static char *try_program(const char *argv0, const char *cwd)
{
	_cleanup_(freep) char *dir = argv0 && strchr(argv0, '/') ? path_parent(argv0) : NULL;
	_cleanup_(freep) char *up = dir ? path_join(dir, "..") : NULL;
	_cleanup_(freep) char *etc = up ? path_join(up, "etc") : NULL;
	char *path = NULL;

	if (etc)
		path = try_dir(cwd, etc);
	return path || !up ? path : try_dir(cwd, up);
}

char *config_find(const char *argv0, const char *cwd)
{
	static const char *const dirs[] = { ".", "etc", "/etc", "/etc/reeve",
					    "/etc/supervisor" };
	char *path = try_program(argv0, cwd);

	for (size_t i = 0; !path && i < ARRAY_SIZE(dirs); i++)
		path = try_dir(cwd, dirs[i]);
	return path;
}
