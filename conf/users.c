/* SPDX-License-Identifier: MIT */
#include "conf/users.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <string.h>

struct entry {
	char *name, *home; /* home NULL for groups */
	uint32_t id;
};

/* One of the two files, sorted by name. */
struct register_file {
	struct entry *v;
	size_t n;
	bool read;
	bool complete; /* there are no other sources */
};

struct users {
	const char *etc;
	struct register_file users, groups;
};

int users_new(const char *etc, struct users **ret)
{
	struct users *u = calloc(1, sizeof *u);

	if (!u)
		return -ENOMEM;
	u->etc = etc;
	*ret = u;
	return 0;
}

static void forget(struct register_file *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->v[i].name);
		free(f->v[i].home);
	}
	free(f->v);
}

struct users *users_free(struct users *u)
{
	if (!u)
		return NULL;
	forget(&u->users);
	forget(&u->groups);
	free(u);
	return NULL;
}

static int add(struct register_file *f, const char *name, const char *home, uint32_t id)
{
	_cleanup_(freep) char *n = strdup(name), *h = home ? strdup(home) : NULL;
	struct entry *v = reallocarray(f->v, f->n + 1, sizeof *v);

	if (v)
		f->v = v;
	if (!v || !n || (home && !h))
		return -ENOMEM;
	v[f->n++] = (struct entry){ TAKE_PTR(n), TAKE_PTR(h), id };
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static FILE *open_file(const char *etc, const char *name)
{
	_cleanup_(buf_done) struct buf path = BUF_INIT;

	return buf_printf(&path, "%s/%s", etc, name) < 0 ? NULL : fopen(buf_str(&path), "re");
}

/* True if the line of nsswitch.conf for @database names the local file and nothing beyond. */
static bool only_files(const char *etc, const char *database)
{
	static const char *const local[] = { "files", "compat", "systemd" };
	_cleanup_(fclosep) FILE *f = open_file(etc, "nsswitch.conf");
	_cleanup_(freep) char *line = NULL;
	size_t cap = 0, len = strlen(database);
	bool only = true;

	while (f && getline(&line, &cap, f) > 0) {
		char *save, *word;

		if (strncmp(line, database, len) != 0 || line[len] != ':')
			continue;
		line[strcspn(line, "#")] = '\0';
		word = strtok_r(line + len + 1, " \t\n", &save);
		for (; word; word = strtok_r(NULL, " \t\n", &save)) {
			bool known = *word == '[';

			for (size_t i = 0; i < ARRAY_SIZE(local); i++)
				known |= strcmp(word, local[i]) == 0;
			only &= known;
		}
	}
	return only;
}

static int read_users(const char *etc, struct register_file *f)
{
	_cleanup_(fclosep) FILE *in = open_file(etc, "passwd");
	struct passwd *p;

	if (!in && errno == ENOMEM)
		return -ENOMEM;
	f->read = true;
	f->complete = only_files(etc, "passwd");
	while (in && (p = fgetpwent(in)))
		if (add(f, p->pw_name, p->pw_dir, p->pw_uid) < 0)
			return -ENOMEM;
	if (f->n)
		qsort(f->v, f->n, sizeof *f->v, by_name);
	return 0;
}

static int read_groups(const char *etc, struct register_file *f)
{
	_cleanup_(fclosep) FILE *in = open_file(etc, "group");
	struct group *g;

	if (!in && errno == ENOMEM)
		return -ENOMEM;
	f->read = true;
	f->complete = only_files(etc, "group");
	while (in && (g = fgetgrent(in)))
		if (add(f, g->gr_name, NULL, g->gr_gid) < 0)
			return -ENOMEM;
	if (f->n)
		qsort(f->v, f->n, sizeof *f->v, by_name);
	return 0;
}

static const struct entry *find(const struct register_file *f, const char *name)
{
	size_t low = 0, high = f->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(f->v[mid].name, name);

		if (c == 0)
			return &f->v[mid];
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

/* Digits only, and an id that can be: the highest means "no change" to the kernel. */
static int parse_id(const char *s, uint32_t *ret)
{
	uint64_t id = 0;

	if (!*s || strlen(s) > 10 || s[strspn(s, "0123456789")])
		return -EINVAL;
	for (; *s; s++)
		id = id * 10 + (uint64_t)(*s - '0');
	if (id >= UINT32_MAX)
		return -EINVAL;
	*ret = (uint32_t)id;
	return 0;
}

static int look_up(const struct register_file *f, const char *name)
{
	uint32_t id;

	if (find(f, name))
		return USERS_KNOWN;
	if (parse_id(name, &id) == 0)
		for (size_t i = 0; i < f->n; i++)
			if (f->v[i].id == id)
				return USERS_KNOWN;
	/* What looks like a number names nobody, wherever one looks. */
	return f->complete || strspn(name, "+-0123456789") ? USERS_UNKNOWN : USERS_UNSURE;
}

int users_user(struct users *u, const char *name)
{
	if (!u->users.read && read_users(u->etc, &u->users) < 0)
		return -ENOMEM;
	return look_up(&u->users, name);
}

int users_group(struct users *u, const char *name)
{
	if (!u->groups.read && read_groups(u->etc, &u->groups) < 0)
		return -ENOMEM;
	return look_up(&u->groups, name);
}

const char *users_home(struct users *u, const char *name)
{
	const struct entry *e;

	if (!u->users.read && read_users(u->etc, &u->users) < 0)
		return NULL;
	e = find(&u->users, name);
	return e ? e->home : NULL;
}
