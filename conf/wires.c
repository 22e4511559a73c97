/* SPDX-License-Identifier: MIT */
/*
 * stdin=program:NAME: which process that is, and whether it can be: it has one reader at most,
 * is one process itself, and reads from none that reads from it. What a process prints that
 * another reads goes to no file.
 *
 * Processes are found by name in a sorted list, twice in it if the program is called otherwise.
 * A group whose names had to be looked up is packed again with what they stand for.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "conf/groups.h"
#include "conf/pack.h"

enum { NOBODY = -1 };

/* One process. */
struct node {
	struct group_spec *group;
	struct process_spec *p;
	ptrdiff_t source, reader; /* other nodes, or NOBODY */
	ptrdiff_t seen; /* who came by when looking for circles */
	char *text; /* "group:name" of the source, if it has to be written anew */
};

struct known {
	const char *name;
	size_t node;
	bool by_program; /* it is the program's name, and not that of the process */
};

struct wires {
	struct load *load;
	struct node *nodes; /* in the order of the groups */
	size_t n;
	struct known *known; /* by name */
	size_t n_known;
	struct tree_section **sections; /* of programs, by place */
	size_t n_sections;
};

static void wires_done(struct wires *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->nodes[i].text);
	free(w->nodes);
	free(w->known);
	free(w->sections);
}

/* --- what there is ----------------------------------------------------------------------- */

static int by_known_name(const void *a, const void *b)
{
	const struct known *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	return c ? c : (x->node > y->node) - (x->node < y->node);
}

static int by_origin(const struct origin *a, const struct origin *b)
{
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return strcmp(a->file ? a->file : "", b->file ? b->file : "");
}

static int by_place(const void *a, const void *b)
{
	return by_origin(&(*(struct tree_section *const *)a)->at,
			 &(*(struct tree_section *const *)b)->at);
}

static bool is_needed(const struct config *c)
{
	for (size_t i = 0; i < c->n_groups; i++)
		for (size_t k = 0; k < c->groups[i]->n; k++)
			if (c->groups[i]->v[k].in.kind == STDIN_PROGRAM ||
			    c->groups[i]->v[k].stdout_wired)
				return true;
	return false;
}

static int collect_sections(struct wires *w)
{
	size_t n = 0;

	for (struct tree_section *s = tree_sections(w->load->tree); s; s = s->next)
		n++;
	w->sections = calloc(n + 1, sizeof(struct tree_section *));
	if (!w->sections)
		return -ENOMEM;
	for (struct tree_section *s = tree_sections(w->load->tree); s; s = s->next)
		if (strncmp(s->name, "program:", 8) == 0)
			w->sections[w->n_sections++] = s;
	if (w->n_sections)
		qsort(w->sections, w->n_sections, sizeof(struct tree_section *), by_place);
	return 0;
}

static void know(struct wires *w, const char *name, size_t node, bool by_program)
{
	w->known[w->n_known++] = (struct known){ name, node, by_program };
}

static int collect(struct wires *w)
{
	const struct config *c = w->load->config;
	size_t n = 0;

	for (size_t i = 0; i < c->n_groups; i++)
		n += c->groups[i]->n;
	w->nodes = calloc(n + 1, sizeof *w->nodes);
	w->known = calloc(2 * n + 1, sizeof *w->known);
	if (!w->nodes || !w->known)
		return -ENOMEM;
	for (size_t i = 0; i < c->n_groups; i++) {
		for (size_t k = 0; k < c->groups[i]->n; k++) {
			struct process_spec *p = &c->groups[i]->v[k];

			w->nodes[w->n] = (struct node){ .group = c->groups[i],
							.p = p,
							.source = NOBODY,
							.reader = NOBODY,
							.seen = NOBODY };
			know(w, p->name, w->n, false);
			if (strcmp(p->name, p->program) != 0)
				know(w, p->program, w->n, true);
			w->n++;
		}
	}
	qsort(w->known, w->n_known, sizeof *w->known, by_known_name);
	return collect_sections(w);
}

/* --- where to complain ------------------------------------------------------------------- */

/* The section that node @i is of. */
static struct tree_section *section_of(const struct wires *w, size_t i)
{
	const struct origin *at = &w->nodes[i].p->origin;
	size_t low = 0, high = w->n_sections;

	while (low < high) {
		const size_t mid = (low + high) / 2;
		const int c = by_origin(&w->sections[mid]->at, at);

		if (c == 0)
			return w->sections[mid];
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static struct spot spot_of(const struct wires *w, size_t i, const char *key)
{
	struct tree_section *s = section_of(w, i);
	struct spot at = { .load = w->load, .section = s, .key = key };

	assert(s); /* every process is of one */
	if (tree_get(w->load->tree, s, key, &at.found) < 0)
		at.found = NULL;
	return at;
}

/* --- which process a name stands for ----------------------------------------------------- */

/* What a round of the search goes by. */
struct look {
	const char *group; /* of @len bytes; NULL: any */
	size_t len;
	bool by_program;
};

static bool fits(const struct wires *w, const struct known *k, const struct look *look)
{
	const char *group = w->nodes[k->node].group->name;

	if (k->by_program != look->by_program)
		return false;
	return !look->group ||
	       (strncmp(group, look->group, look->len) == 0 && !group[look->len]);
}

/* How many are called @name, and two of them. */
static size_t count(const struct wires *w, const char *name, const struct look *look,
		    size_t ret[2])
{
	size_t low = 0, high = w->n_known, n = 0;

	while (low < high) {
		const size_t mid = (low + high) / 2;

		if (strcmp(w->known[mid].name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < w->n_known && strcmp(w->known[low].name, name) == 0; low++)
		if (fits(w, &w->known[low], look))
			ret[n++ ? 1 : 0] = w->known[low].node;
	return n;
}

/* The first round that has any decides: of the own group, then of all; called so as a process,
 * then as a program. */
static size_t find(const struct wires *w, size_t reader, size_t ret[2])
{
	const char *name = w->nodes[reader].p->in.text, *colon = strchr(name, ':');
	const char *own = w->nodes[reader].group->name;
	const struct look given[] = { { name, colon ? (size_t)(colon - name) : 0, false },
				      { name, colon ? (size_t)(colon - name) : 0, true } };
	const struct look any[] = { { own, strlen(own), false },
				    { own, strlen(own), true },
				    { NULL, 0, false },
				    { NULL, 0, true } };
	const struct look *look = colon ? given : any;
	const size_t rounds = colon ? ARRAY_SIZE(given) : ARRAY_SIZE(any);
	size_t n = 0;

	for (size_t i = 0; n == 0 && i < rounds; i++)
		n = count(w, colon ? colon + 1 : name, &look[i], ret);
	return n;
}

static bool is_many(const struct wires *w, size_t i)
{
	const struct tree_section *s = section_of(w, i);

	return s && s->many;
}

static void tell_many(const struct spot *at, const char *program)
{
	mistake(at, DIAG_ERROR,
		"%.200s has a numprocs of its own; who reads and who is read are one process "
		"each, so leave it out",
		program);
}

/* Nobody is called so; which is no wonder if it or its pipeline has a mistake. */
static int tell_missing(struct wires *w, const struct spot *at, const char *name)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	const char *colon = strchr(name, ':');
	const struct tree_section *s;

	if (buf_printf(&b, "program:%s", colon ? colon + 1 : name) < 0)
		return -ENOMEM;
	s = tree_section(w->load->tree, buf_str(&b));
	if (s && s->many)
		tell_many(at, strchr(s->name, ':') + 1);
	else if (!s || !(s->failed || (s->user && s->user->failed)))
		load_no_such_program(at, "program", name);
	return LOAD_BAD;
}

/* The one process that reader @i can read. LOAD_SET or LOAD_BAD. */
static int choose(struct wires *w, size_t i, const struct spot *at, size_t *ret)
{
	const char *name = w->nodes[i].p->in.text;
	size_t v[2] = { 0, 0 };
	const size_t n = find(w, i, v);
	const struct node *a = &w->nodes[v[0]], *b = &w->nodes[v[1]];

	if (n == 0)
		return tell_missing(w, at, name);
	*ret = v[0];
	if (is_many(w, i) || is_many(w, v[0]))
		tell_many(at, w->nodes[is_many(w, i) ? i : v[0]].p->program);
	else if (n > 1)
		mistake(at, DIAG_ERROR,
			"%.200s may be %.200s:%.200s or %.200s:%.200s; write which", name,
			a->group->name, a->p->name, b->group->name, b->p->name);
	else
		return LOAD_SET;
	return LOAD_BAD;
}

/* Write the source's name out in full, if it is not. */
static int name_source(struct wires *w, size_t i)
{
	struct node *x = &w->nodes[i];
	const struct node *from = &w->nodes[x->source];
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	if (buf_printf(&b, "%s:%s", from->group->name, from->p->name) < 0)
		return -ENOMEM;
	if (strcmp(buf_str(&b), x->p->in.text) == 0)
		return 0;
	x->text = buf_steal(&b);
	return x->text ? 0 : -ENOMEM;
}

/* One of several of a program: what is to be said, the first of them has said. */
static bool is_fellow(const struct wires *w, size_t i)
{
	return i && is_many(w, i) && section_of(w, i - 1) == section_of(w, i);
}

static int connect_node(struct wires *w, size_t i)
{
	struct node *x = &w->nodes[i];
	struct spot at = spot_of(w, i, "stdin");
	size_t from;
	int r;

	if (x->p->in.kind != STDIN_PROGRAM || is_fellow(w, i))
		return 0;
	r = choose(w, i, &at, &from);
	if (r != LOAD_SET)
		return r < 0 ? r : 0;
	if (w->nodes[from].reader != NOBODY) {
		const struct node *other = &w->nodes[w->nodes[from].reader];

		mistake(&at, DIAG_ERROR,
			"%.200s is read by %.200s:%.200s; a program has one reader",
			w->nodes[from].p->program, other->group->name, other->p->name);
		return 0;
	}
	x->source = (ptrdiff_t)from;
	w->nodes[from].reader = (ptrdiff_t)i;
	return name_source(w, i);
}

/* --- circles ----------------------------------------------------------------------------- */

static int tell_circle(struct wires *w, size_t first)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	struct spot at = spot_of(w, first, "stdin");
	ptrdiff_t i = w->nodes[first].source;
	int r = buf_printf(&b, "%s:%s", w->nodes[first].group->name, w->nodes[first].p->name);

	for (;;) {
		const struct node *x = &w->nodes[i];

		if (r == 0)
			r = buf_printf(&b, " reads %s:%s", x->group->name, x->p->name);
		if (i == (ptrdiff_t)first)
			break;
		if (r == 0)
			r = buf_puts(&b, ", which");
		i = x->source;
	}
	if (r < 0)
		return r;
	mistake(&at, DIAG_ERROR, "a circle: %.400s; let one of them read something else",
		buf_str(&b));
	return 0;
}

/* Who has one reader at most is in one circle at most. */
static int find_circles(struct wires *w)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < w->n; i++) {
		ptrdiff_t k = (ptrdiff_t)i;

		while (k != NOBODY && w->nodes[k].seen == NOBODY) {
			w->nodes[k].seen = (ptrdiff_t)i;
			k = w->nodes[k].source;
		}
		if (k != NOBODY && w->nodes[k].seen == (ptrdiff_t)i)
			r = tell_circle(w, (size_t)k);
	}
	return r;
}

/* --- what is read goes nowhere else ------------------------------------------------------ */

static void wire_stdout(struct wires *w, size_t i)
{
	struct node *x = &w->nodes[i];
	const char *reader = x->reader == NOBODY ? "" : w->nodes[x->reader].p->name;
	struct spot at = spot_of(w, i, "stdout_logfile");

	if (x->reader == NOBODY && x->p->stdout_wired) {
		at = spot_of(w, i, "stdout_wired");
		mistake(&at, DIAG_WARNING,
			"no program reads it, so it stops when the pipe is full; leave it out");
	}
	if (x->reader == NOBODY && !x->p->stdout_wired)
		return;
	x->p->stdout_wired = true;
	if (x->p->out.kind == LOG_FILE || x->p->out.n_more)
		mistake(&at, DIAG_WARNING,
			"%.200s reads what it prints, the file gets nothing; leave it out",
			*reader ? reader : "another");
	x->p->out.kind = LOG_NONE;
	x->p->out.path = NULL; /* it stays in the group's block, as the others do */
	x->p->out.n_more = 0;
	if (!x->p->redirect_stderr)
		return;
	at = spot_of(w, i, "redirect_stderr");
	mistake(&at, DIAG_WARNING,
		"%.200s reads what it prints, so its standard error goes to a log of its own; "
		"leave it out",
		*reader ? reader : "another");
	x->p->redirect_stderr = false;
	x->p->err.kind = LOG_AUTO;
}

/* --- the groups anew --------------------------------------------------------------------- */

/* Nodes from @first on are of group @slot. */
static int pack_again(struct wires *w, struct group_spec **slot, size_t first)
{
	struct group_spec *g = *slot, *packed;
	_cleanup_(freep) struct process_spec *v = NULL;
	bool changed = false;
	int r;

	for (size_t i = 0; i < g->n; i++)
		changed |= w->nodes[first + i].text != NULL;
	if (!changed)
		return 0;
	v = calloc(g->n, sizeof *v);
	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < g->n; i++) {
		v[i] = g->v[i];
		if (w->nodes[first + i].text)
			v[i].in.text = w->nodes[first + i].text;
	}
	r = pack_group(g, v, g->n, &packed);
	if (r < 0)
		return r;
	group_spec_unref(g);
	*slot = packed;
	return 0;
}

static int pack_all_again(struct wires *w)
{
	struct config *c = w->load->config;
	size_t first = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < c->n_groups; i++) {
		const size_t n = c->groups[i]->n;

		r = pack_again(w, &c->groups[i], first);
		first += n;
	}
	return r;
}

/* In our own text everything is said already, and of what runs some may be older than the rest:
 * whom a process was to read may be gone. */
int load_wires(struct load *l)
{
	_cleanup_(wires_done) struct wires w = { .load = l };
	int r;

	if (l->world->trusted || !is_needed(l->config))
		return 0;
	r = collect(&w);
	for (size_t i = 0; r == 0 && i < w.n; i++)
		r = connect_node(&w, i);
	if (r == 0)
		r = find_circles(&w);
	for (size_t i = 0; r == 0 && i < w.n; i++)
		wire_stdout(&w, i);
	return r == 0 ? pack_all_again(&w) : r;
}
