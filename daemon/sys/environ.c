/* SPDX-License-Identifier: MIT */
#include "daemon/sys/environ.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

/* What systemd says to its services' main processes; a name ending in '_' stands for all. */
static const char *const private[] = {
	"NOTIFY_SOCKET", "LISTEN_", "WATCHDOG_", "MAINPID", "FDSTORE",
};

static size_t name_len(const char *entry)
{
	return strcspn(entry, "=");
}

static bool is_private(const char *entry)
{
	const size_t len = name_len(entry);

	for (size_t i = 0; i < ARRAY_SIZE(private); i++) {
		const size_t n = strlen(private[i]);

		if (strncmp(entry, private[i], n) == 0 &&
		    (len == n || private[i][n - 1] == '_'))
			return true;
	}
	return false;
}

static size_t count(char *const *v)
{
	size_t n = 0;

	while (v[n])
		n++;
	return n;
}

int environ_for_programs(char *const *from, char ***ret)
{
	char **v = calloc(count(from) + 1, sizeof *v);
	size_t n = 0;

	if (!v)
		return -ENOMEM;
	for (; *from; from++)
		if (!is_private(*from))
			v[n++] = *from;
	*ret = v;
	return 0;
}

/* Where the variable of @entry is among the first @n of @v, or @n. */
static size_t place(char *const *v, size_t n, const char *entry)
{
	const size_t len = name_len(entry);

	for (size_t i = 0; i < n; i++)
		if (strncmp(v[i], entry, len) == 0 && (v[i][len] == '=' || v[i][len] == '\0'))
			return i;
	return n;
}

/* execve() does not write to them. */
static char *unconst(const char *s)
{
	return (char *)(uintptr_t)s;
}

int environ_join(char *const *base, const struct link_strs *more, char ***ret)
{
	size_t n = count(base);
	char **v = calloc(n + more->n + 1, sizeof *v);
	const char *s = more->first;

	if (!v)
		return -ENOMEM;
	memcpy(v, base, n * sizeof *v);
	for (uint32_t i = 0; i < more->n; i++, s = link_strs_next(s)) {
		const size_t at = place(v, n, s);

		v[at] = unconst(s);
		n += at == n;
	}
	*ret = v;
	return 0;
}

int environ_put(char ***v, const char *entry)
{
	const size_t n = count(*v), at = place(*v, n, entry);
	char **more = reallocarray(*v, n + 2, sizeof *more);

	if (!more)
		return -ENOMEM;
	*v = more;
	more[at] = unconst(entry);
	if (at == n)
		more[n + 1] = NULL;
	return 0;
}

int environ_args(const struct link_strs *list, char ***ret)
{
	char **v = calloc((size_t)list->n + 1, sizeof *v);
	const char *s = list->first;

	if (!v)
		return -ENOMEM;
	for (uint32_t i = 0; i < list->n; i++, s = link_strs_next(s))
		v[i] = unconst(s);
	*ret = v;
	return 0;
}
