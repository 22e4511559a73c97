/* SPDX-License-Identifier: MIT */
/*
 * The same walk is made twice: the first counts and remembers every different string, the
 * second, with the block allocated, copies. Order in the block: group, processes, pointers to
 * file names, variables, targets of logs, strings.
 */
#include "conf/pack.h"

#include <errno.h>
#include <string.h>

#include "base/hash.h"

struct pack {
	const char **seen; /* hash set of strings; NULL: free */
	char **copy; /* beside it: where in the block; NULL in the first walk */
	size_t slots; /* a power of two */
	size_t bytes; /* that the strings need */
	size_t n_vars, n_files, n_targets;
	char *at; /* next free byte for a string; NULL in the first walk */
	struct env_var *vars; /* next free one */
	struct log_target *targets; /* likewise */
	char **files;
};

static void pack_done(struct pack *p)
{
	free(p->seen);
	free(p->copy);
}

static size_t slot_of(const struct pack *p, const char *s)
{
	uint64_t h = hash_bytes(HASH_INIT, s, strlen(s));
	size_t i = (size_t)(h ^ (h >> 32)) & (p->slots - 1);

	while (p->seen[i] && strcmp(p->seen[i], s) != 0)
		i = (i + 1) & (p->slots - 1);
	return i;
}

/* First walk: note @s and return NULL. Second walk: its copy. */
static char *put(struct pack *p, const char *s)
{
	size_t i, n;

	if (!s)
		return NULL;
	i = slot_of(p, s);
	n = strlen(s) + 1;
	if (!p->seen[i]) {
		p->seen[i] = s;
		p->bytes += n;
		return NULL;
	}
	if (p->at && !p->copy[i]) {
		memcpy(p->at, s, n);
		p->copy[i] = p->at;
		p->at += n;
	}
	return p->copy[i];
}

static struct env put_env(struct pack *p, const struct env *e)
{
	struct env copy = { p->vars, e->n };

	p->n_vars += e->n;
	for (size_t i = 0; i < e->n; i++) {
		struct env_var x = { put(p, e->v[i].name), put(p, e->v[i].value) };

		if (p->vars)
			*p->vars++ = x;
	}
	return copy;
}

static struct stream_spec put_stream(struct pack *p, const struct stream_spec *s)
{
	struct stream_spec copy = *s;

	copy.path = put(p, s->path);
	copy.prefix = put(p, s->prefix);
	copy.more = p->targets;
	p->n_targets += s->n_more;
	for (size_t i = 0; i < s->n_more; i++) {
		struct log_target t = { s->more[i].kind, put(p, s->more[i].path) };

		if (p->targets)
			*p->targets++ = t;
	}
	return copy;
}

/* @to is NULL in the first walk. */
static void put_process(struct pack *p, const struct process_spec *from,
			struct process_spec *to)
{
	struct process_spec x = *from;

	x.name = put(p, from->name);
	x.program = put(p, from->program);
	x.command = put(p, from->command);
	x.user = put(p, from->user);
	x.directory = put(p, from->directory);
	x.serverurl = put(p, from->serverurl);
	x.in.text = put(p, from->in.text);
	x.cpu_affinity = put(p, from->cpu_affinity);
	x.out = put_stream(p, &from->out);
	x.err = put_stream(p, &from->err);
	x.environment = put_env(p, &from->environment);
	x.origin.file = put(p, from->origin.file);
	if (to)
		*to = x;
}

/* Files are in the order in which processes name them; each once. */
static void put_files(struct pack *p, const struct process_spec *v, size_t n)
{
	const char *last = NULL;

	for (size_t i = 0; i < n; i++) {
		if (!v[i].origin.file || (last && strcmp(last, v[i].origin.file) == 0))
			continue;
		last = v[i].origin.file;
		if (p->files)
			p->files[p->n_files] = put(p, last);
		p->n_files++;
	}
}

static int begin(struct pack *p, const struct process_spec *v, size_t n)
{
	size_t strings = 2 + n * 14;

	for (size_t i = 0; i < n; i++)
		strings += 2 * v[i].environment.n + v[i].out.n_more + v[i].err.n_more;
	for (p->slots = 32; p->slots < 2 * strings;)
		p->slots *= 2;
	p->seen = calloc(p->slots, sizeof *p->seen);
	p->copy = calloc(p->slots, sizeof *p->copy);
	return p->seen && p->copy ? 0 : -ENOMEM;
}

int pack_group(const struct group_spec *head, const struct process_spec *v, size_t n,
	       struct group_spec **ret)
{
	_cleanup_(pack_done) struct pack p = { 0 };
	struct group_spec *g;
	size_t n_vars, n_files, n_targets;

	if (begin(&p, v, n) < 0)
		return -ENOMEM;
	(void)put(&p, head->name);
	for (size_t i = 0; i < n; i++)
		put_process(&p, &v[i], NULL);
	put_files(&p, v, n);
	n_vars = p.n_vars;
	n_files = p.n_files;
	n_targets = p.n_targets;

	g = malloc(sizeof *g + n * sizeof *v + n_files * sizeof(char *) +
		   n_vars * sizeof(struct env_var) + n_targets * sizeof(struct log_target) +
		   p.bytes);
	if (!g)
		return -ENOMEM;
	*g = (struct group_spec){
		.priority = head->priority, .pipeline = head->pipeline, .n = n, .refs = 1
	};
	g->v = (struct process_spec *)(g + 1);
	g->files = (char **)(g->v + n);
	g->n_files = n_files;
	p.files = g->files;
	p.n_files = 0;
	p.vars = (struct env_var *)(g->files + n_files);
	p.targets = (struct log_target *)(p.vars + n_vars);
	p.at = (char *)(p.targets + n_targets);

	g->name = put(&p, head->name);
	for (size_t i = 0; i < n; i++)
		put_process(&p, &v[i], &g->v[i]);
	put_files(&p, v, n);
	*ret = g;
	return 0;
}
