/* SPDX-License-Identifier: MIT */
/*
 * The text of the configuration has no NUL. After one come strings, each with its own: the path
 * of the main file, and for each process its group, its name, the line and the file.
 */
#include "daemon/manager/kept.h"

#include <errno.h>
#include <string.h>

#include "daemon/manager/world.h"
#include "daemon/sys/memfd.h"

enum { KEPT_MAX = 1 << 28 };

/* --- writing --------------------------------------------------------------------------------
 */

static int put(struct buf *out, const char *s)
{
	return buf_append(out, s, strlen(s) + 1);
}

static int put_place(struct buf *out, const struct group_spec *g, const struct process_spec *p)
{
	int r = p->origin.file ? put(out, g->name) : 0;

	if (!p->origin.file)
		return 0;
	if (r == 0)
		r = put(out, p->name);
	if (r == 0)
		r = buf_printf(out, "%u", p->origin.line);
	if (r == 0)
		r = buf_putc(out, '\0');
	return r < 0 ? r : put(out, p->origin.file);
}

static int put_places(struct buf *out, const struct config *c, struct group_spec *const *groups,
		      size_t n)
{
	int r = buf_putc(out, '\0');

	if (r == 0)
		r = put(out, c->path);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; r == 0 && k < groups[i]->n; k++)
			r = put_place(out, groups[i], &groups[i]->v[k]);
	return r;
}

static int deposit(struct manager *m, const char *name, const struct config *c,
		   struct group_spec *const *groups, size_t n)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	_cleanup_(closep) int fd = -1;
	int r = config_print_running(c, groups, n, &text);

	if (r == 0)
		r = put_places(&text, c, groups, n);
	if (r == 0)
		r = memfd_sealed("reeve-config", text.data, text.len, &fd);
	if (r == 0)
		manager_deposit(m, name, fd);
	return r;
}

int kept_put_running(struct manager *m)
{
	return deposit(m, "config", m->config, m->groups, m->n_groups);
}

int kept_put_read(struct manager *m)
{
	if (m->read)
		return deposit(m, "read", m->read, m->read->groups, m->read->n_groups);
	manager_deposit(m, "read", -1);
	return 0;
}

/* --- reading --------------------------------------------------------------------------------
 */

/* What is left of the strings. */
struct strings {
	const char *at, *end;
};

/* NULL: there are no more. */
static const char *take(struct strings *s)
{
	const char *it = s->at;
	const char *nul = it < s->end ? memchr(it, '\0', (size_t)(s->end - it)) : NULL;

	if (!nul)
		return NULL;
	s->at = nul + 1;
	return it;
}

/* A string that lives as long as the manager, for specs only borrow. NULL without memory. */
static const char *intern(struct manager *m, const char *s)
{
	char **v;

	for (size_t i = 0; i < m->n_places; i++)
		if (strcmp(m->places[i], s) == 0)
			return m->places[i];
	v = reallocarray(m->places, m->n_places + 1, sizeof *v);
	if (!v)
		return NULL;
	m->places = v;
	v[m->n_places] = strdup(s);
	return v[m->n_places] ? v[m->n_places++] : NULL;
}

static struct process_spec *spec_of(const struct config *c, const char *group, const char *name)
{
	struct group_spec *g = config_group(c, group);

	for (size_t i = 0; g && i < g->n; i++)
		if (strcmp(g->v[i].name, name) == 0)
			return &g->v[i];
	return NULL;
}

static int set_places(struct manager *m, struct config *c, struct strings s)
{
	const char *path = take(&s), *group;
	char *copy = path ? strdup(path) : NULL;

	if (!copy)
		return path ? -ENOMEM : -EBADMSG;
	free(c->path);
	c->path = copy;
	while ((group = take(&s))) {
		const char *name = take(&s), *line = take(&s), *file = take(&s);
		struct process_spec *p = file ? spec_of(c, group, name) : NULL;

		if (!file)
			return -EBADMSG;
		if (p)
			p->origin = (struct origin){ intern(m, file),
						     (unsigned)strtoul(line, NULL, 10) };
	}
	return 0;
}

static void print_diags(struct diags *d)
{
	diags_sort(d);
	for (size_t i = 0; i < d->n; i++) {
		_cleanup_(buf_done) struct buf text = BUF_INIT;

		if (diag_format(&d->v[i], &text) == 0)
			fprintf(stderr, "%s\n", buf_str(&text));
	}
}

static int load_text(const char *text, size_t len, struct config **ret)
{
	_cleanup_(diags_done) struct diags d = DIAGS_INIT;
	_cleanup_(world_done) struct world w;
	int r = world_look(&w);

	w.config.trusted = true;
	if (r == 0)
		r = config_load_text(text, len, "reeve.conf", &w.config, &d, ret);
	if (r != CONFIG_OK)
		print_diags(&d);
	return r == CONFIG_OK ? 0 : r < 0 ? r : -EBADMSG;
}

static int load(struct manager *m, int fd, struct config **ret)
{
	_cleanup_(buf_done) struct buf all = BUF_INIT;
	int r = memfd_read(fd, KEPT_MAX, &all);
	size_t len;

	if (r < 0)
		return r;
	len = strlen(buf_str(&all));
	if (len >= all.len)
		return -EBADMSG;
	r = load_text(all.data, len, ret);
	if (r == 0)
		r = set_places(m, *ret,
			       (struct strings){ all.data + len + 1, all.data + all.len });
	return r;
}

int kept_load(struct manager *m)
{
	int r = load(m, m->greeting.config, &m->config);

	if (r == 0 && m->greeting.read >= 0)
		r = load(m, m->greeting.read, &m->read);
	return r;
}
