/* SPDX-License-Identifier: MIT */
#include "daemon/sys/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

static const struct {
	unsigned bit;
	const char *name;
} controllers[] = {
	{ CGROUP_CPU, "cpu" },
	{ CGROUP_IO, "io" },
	{ CGROUP_MEMORY, "memory" },
	{ CGROUP_PIDS, "pids" },
};

/* --- texts ------------------------------------------------------------------------------- */

static const char *next_line(const char *at)
{
	const char *end = strchr(at, '\n');

	return end && end[1] ? end + 1 : NULL;
}

bool cgroup_named(const char *text, char *ret, size_t size)
{
	for (; text; text = next_line(text)) {
		const size_t len = strcspn(text, "\n");

		if (strncmp(text, "0::/", 4) != 0 || len - 3 >= size)
			continue;
		memcpy(ret, text + 3, len - 3);
		ret[len - 3] = '\0';
		return true;
	}
	return false;
}

/* "36 35 98:0 /root /where opts … - cgroup2 source opts" */
bool cgroup_mounted(const char *text, char *ret_where, char *ret_root, size_t size)
{
	char line[2 * PATH_MAX + 512], root[PATH_MAX], where[PATH_MAX];

	for (; text; text = next_line(text)) {
		const size_t len = strcspn(text, "\n");
		const char *type;

		if (len >= sizeof line)
			continue;
		memcpy(line, text, len);
		line[len] = '\0';
		type = strstr(line, " - ");
		if (!type || strncmp(type, " - cgroup2 ", 11) != 0 ||
		    sscanf(line, "%*s %*s %*s %4095s %4095s", root, where) != 2 ||
		    strlen(root) >= size || strlen(where) >= size)
			continue;
		memcpy(ret_root, root, strlen(root) + 1);
		memcpy(ret_where, where, strlen(where) + 1);
		return true;
	}
	return false;
}

static bool has_word(const char *list, const char *word)
{
	const size_t len = strlen(word);

	for (list += strspn(list, " \n"); *list; list += strspn(list, " \n")) {
		const size_t n = strcspn(list, " \n");

		if (n == len && memcmp(list, word, n) == 0)
			return true;
		list += n;
	}
	return false;
}

unsigned cgroup_controllers(const char *list)
{
	unsigned found = 0;

	for (size_t i = 0; i < ARRAY_SIZE(controllers); i++)
		if (has_word(list, controllers[i].name))
			found |= controllers[i].bit;
	return found;
}

const char *cgroup_controller_name(unsigned controller)
{
	for (size_t i = 0; i < ARRAY_SIZE(controllers); i++)
		if (controllers[i].bit == controller)
			return controllers[i].name;
	return "?";
}

unsigned cgroup_controller_of(const char *file)
{
	const size_t len = strcspn(file, ".");

	for (size_t i = 0; i < ARRAY_SIZE(controllers); i++)
		if (strlen(controllers[i].name) == len &&
		    memcmp(controllers[i].name, file, len) == 0)
			return controllers[i].bit;
	return 0;
}

uint64_t cgroup_value(const char *text, const char *key)
{
	const size_t len = strlen(key);

	for (; text; text = next_line(text))
		if (strncmp(text, key, len) == 0 && text[len] == ' ')
			return strtoull(text + len + 1, NULL, 10);
	return 0;
}

/* --- the tree ---------------------------------------------------------------------------- */

int cgroup_read(int dir, const char *file, char *ret, size_t size)
{
	_cleanup_(closep) int fd = openat(dir, file, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t more = 1;

	if (fd < 0)
		return -errno;
	while (n + 1 < size && (more = read(fd, ret + n, size - 1 - n)) > 0)
		n += (size_t)more;
	if (more < 0)
		return -errno;
	ret[n] = '\0';
	return 0;
}

int cgroup_write(int dir, const char *file, const char *text)
{
	_cleanup_(closep) int fd = openat(dir, file, O_WRONLY | O_CLOEXEC);
	const ssize_t len = (ssize_t)strlen(text);

	if (fd < 0)
		return -errno;
	if (write(fd, text, (size_t)len) != len)
		return errno ? -errno : -EIO;
	return 0;
}

/* What is left of @group below the @root of the mount; NULL: it is not there. */
static const char *below(const char *group, const char *root)
{
	const size_t len = strcmp(root, "/") == 0 ? 0 : strlen(root);

	if (strncmp(group, root, len) != 0 || (group[len] && group[len] != '/'))
		return NULL;
	return group + len;
}

int cgroup_own(int *ret_dir)
{
	_cleanup_(freep) char *text = malloc(1 << 18);
	char group[PATH_MAX], where[PATH_MAX], root[PATH_MAX], path[2 * PATH_MAX];
	const char *rest;
	int r;

	if (!text)
		return -ENOMEM;
	r = cgroup_read(AT_FDCWD, "/proc/self/cgroup", text, 1 << 18);
	if (r < 0)
		return r;
	if (!cgroup_named(text, group, sizeof group))
		return -ENOENT;
	r = cgroup_read(AT_FDCWD, "/proc/self/mountinfo", text, 1 << 18);
	if (r < 0)
		return r;
	if (!cgroup_mounted(text, where, root, sizeof where))
		return -ENOENT;
	rest = below(group, root);
	if (!rest)
		return -ENOENT;
	(void)snprintf(path, sizeof path, "%s%s", where, rest);
	r = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r < 0)
		return -errno;
	*ret_dir = r;
	return 0;
}

static bool is_marked(int dir, const char *attribute)
{
	char value[4] = "";

	return fgetxattr(dir, attribute, value, sizeof value - 1) == 1 && *value == '1';
}

bool cgroup_is_ours(int dir)
{
	if (faccessat(dir, "cgroup.procs", W_OK, AT_EACCESS) < 0)
		return false;
	/* The machine's own root, which has no events, is nobody's to leave. */
	if (getpid() == 1 && faccessat(dir, "cgroup.events", F_OK, 0) == 0)
		return true;
	return is_marked(dir, "trusted.delegate") || is_marked(dir, "user.delegate");
}
