/* SPDX-License-Identifier: MIT */
#include "conf/tree.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"

static const char here_mark[] = "%(here)s";

struct tree {
	struct tree_section *first, **last;
	struct tree_section *defaults; /* not in the list */
	struct tree_section **by_id;
	size_t n_sections;
	struct tree_section **section_buckets;
	size_t section_size; /* of the buckets, a power of two */
	char **files;
	size_t n_files;
	char *here; /* NULL: "%(here)s" is left alone */
};

static uint64_t hash(const char *s)
{
	uint64_t h = hash_bytes(HASH_INIT, s, strlen(s));

	return h ^ h >> 32;
}

static size_t section_slot(const struct tree *t, const char *name)
{
	return (size_t)hash(name) & (t->section_size - 1);
}

int tree_new(struct tree **ret)
{
	_cleanup_(tree_freep) struct tree *t = calloc(1, sizeof *t);
	int r;

	if (!t)
		return -ENOMEM;
	t->last = &t->first;
	t->section_size = 64;
	t->section_buckets = calloc(t->section_size, sizeof *t->section_buckets);
	if (!t->section_buckets)
		return -ENOMEM;
	r = tree_add_section(t, "DEFAULT", (struct origin){ NULL, 0 }, &t->defaults);
	if (r < 0)
		return r;
	t->first = NULL;
	t->last = &t->first;
	*ret = TAKE_PTR(t);
	return 0;
}

static void section_free(struct tree_section *s)
{
	struct tree_key *next;

	for (struct tree_key *k = s->first; k; k = next) {
		next = k->next;
		free(k->value);
		free(k);
	}
	free(s->buckets);
	free(s->here);
	free(s);
}

struct tree *tree_free(struct tree *t)
{
	if (!t)
		return NULL;
	for (size_t i = 0; i < t->n_sections; i++)
		section_free(t->by_id[i]);
	for (size_t i = 0; i < t->n_files; i++)
		free(t->files[i]);
	free(t->files);
	free(t->by_id);
	free(t->section_buckets);
	free(t->here);
	free(t);
	return NULL;
}

const char *tree_file(struct tree *t, const char *path)
{
	char **v = reallocarray(t->files, t->n_files + 1, sizeof *v);

	if (!v)
		return NULL;
	t->files = v;
	v[t->n_files] = strdup(path);
	return v[t->n_files] ? v[t->n_files++] : NULL;
}

/* --- "%(here)s" as plain text ------------------------------------------------------------ */

/* A copy of @value; a '%' of the directory is doubled, for the expansion that comes later. */
static char *with_here(const char *value, const char *here)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	const char *hit;

	for (; (hit = strstr(value, here_mark)); value = hit + strlen(here_mark)) {
		if (buf_append(&b, value, (size_t)(hit - value)) < 0)
			return NULL;
		for (const char *s = here; *s; s++)
			if ((*s == '%' && buf_putc(&b, '%') < 0) || buf_putc(&b, *s) < 0)
				return NULL;
	}
	if (buf_puts(&b, value) < 0)
		return NULL;
	return buf_steal(&b);
}

static int replace_here(struct tree_key *k, const char *here)
{
	char *value;

	if (!here || !strstr(k->value, here_mark))
		return 0;
	value = with_here(k->value, here);
	if (!value)
		return -ENOMEM;
	free(k->value);
	k->value = value;
	return 0;
}

int tree_here(struct tree *t, const char *dir)
{
	bool first = !t->here;
	char *copy = strdup(dir);

	if (!copy)
		return -ENOMEM;
	free(t->here);
	t->here = copy;
	for (struct tree_section *s = first ? t->first : NULL; s; s = s->next) {
		s->here = strdup(dir);
		if (!s->here)
			return -ENOMEM;
		for (struct tree_key *k = s->first; k; k = k->next)
			if (replace_here(k, dir) < 0)
				return -ENOMEM;
	}
	return 0;
}

/* --- sections and keys ------------------------------------------------------------------- */

struct tree_section *tree_section(const struct tree *t, const char *name)
{
	struct tree_section *s = t->section_buckets[section_slot(t, name)];

	while (s && strcmp(s->name, name) != 0)
		s = s->bucket;
	return s;
}

static int grow_sections(struct tree *t)
{
	size_t size = t->section_size * 2;
	struct tree_section **v;

	if (t->n_sections < t->section_size)
		return 0;
	v = calloc(size, sizeof *v);
	if (!v)
		return -ENOMEM;
	free(t->section_buckets);
	t->section_buckets = v;
	t->section_size = size;
	for (size_t i = 0; i < t->n_sections; i++) {
		struct tree_section *s = t->by_id[i];
		struct tree_section **slot = &v[section_slot(t, s->name)];

		s->bucket = *slot;
		*slot = s;
	}
	return 0;
}

/* Each section has buckets of its own: its keys are looked up one after the other, and so
 * stay in the processor's cache. */
static int grow_keys(struct tree_section *s)
{
	size_t size = s->n_buckets ? s->n_buckets * 2 : 16;
	struct tree_key **v;

	if (s->n_keys < s->n_buckets)
		return 0;
	v = calloc(size, sizeof *v);
	if (!v)
		return -ENOMEM;
	free(s->buckets);
	s->buckets = v;
	s->n_buckets = size;
	for (struct tree_key *k = s->first; k; k = k->next) {
		struct tree_key **slot = &v[k->hash & (size - 1)];

		k->bucket = *slot;
		*slot = k;
	}
	return 0;
}

/* Room for one more in by_id; a power of two at a time. */
static int grow_ids(struct tree *t)
{
	struct tree_section **v;

	if (t->n_sections & (t->n_sections - 1))
		return 0;
	v = reallocarray(t->by_id, t->n_sections ? t->n_sections * 2 : 1, sizeof *v);
	if (!v)
		return -ENOMEM;
	t->by_id = v;
	return 0;
}

static struct tree_section *section_make(const struct tree *t, const char *name,
					 struct origin at)
{
	struct tree_section *s = calloc(1, sizeof *s + strlen(name) + 1);

	if (!s)
		return NULL;
	if (t->here && !(s->here = strdup(t->here))) {
		free(s);
		return NULL;
	}
	memcpy(s->name, name, strlen(name) + 1);
	s->last = &s->first;
	s->at = at;
	s->id = (unsigned)t->n_sections;
	return s;
}

int tree_add_section(struct tree *t, const char *name, struct origin at,
		     struct tree_section **ret)
{
	struct tree_section *s = tree_section(t, name), **slot;

	if (s) {
		*ret = s;
		return 0;
	}
	if (grow_ids(t) < 0 || grow_sections(t) < 0)
		return -ENOMEM;
	s = section_make(t, name, at);
	if (!s)
		return -ENOMEM;
	t->by_id[t->n_sections++] = s;
	slot = &t->section_buckets[section_slot(t, name)];
	s->bucket = *slot;
	*slot = s;
	*t->last = s;
	t->last = &s->next;
	*ret = s;
	return 0;
}

/* A bit for @name. Most keys that are asked for are not there: no need to look. */
static uint64_t tag(const char *name)
{
	size_t n = strlen(name);

	return UINT64_C(1) << ((n * 5 + (n ? (unsigned char)name[n / 2] : 0)) & 63);
}

static struct tree_key *find_key(const struct tree_section *s, const char *name, uint64_t h)
{
	struct tree_key *k = s->n_buckets ? s->buckets[h & (s->n_buckets - 1)] : NULL;

	while (k && (k->hash != h || strcmp(k->name, name) != 0))
		k = k->bucket;
	return k;
}

/* A new key of @s without a value yet, linked everywhere. */
static struct tree_key *add_key(struct tree_section *s, const char *name, uint64_t h)
{
	size_t len = strlen(name);
	struct tree_key *k, **slot;

	if (grow_keys(s) < 0)
		return NULL;
	k = calloc(1, sizeof *k + len + 1);
	if (!k)
		return NULL;
	memcpy(k->name, name, len + 1);
	k->section = s;
	k->hash = h;
	slot = &s->buckets[h & (s->n_buckets - 1)];
	k->bucket = *slot;
	*slot = k;
	*s->last = k;
	s->last = &k->next;
	s->tags |= tag(name);
	s->n_keys++;
	return k;
}

int tree_set(struct tree *t, struct tree_section *s, const char *key, const char *value,
	     struct origin at)
{
	_cleanup_(freep) char *copy = strdup(value);
	uint64_t h = hash(key);
	struct tree_key *k = find_key(s, key, h);

	if (!copy)
		return -ENOMEM;
	if (!k)
		k = add_key(s, key, h);
	if (!k)
		return -ENOMEM;
	free(k->value);
	k->value = TAKE_PTR(copy);
	k->at = at;
	return s == t->defaults ? 0 : replace_here(k, t->here);
}

struct tree_section *tree_sections(const struct tree *t)
{
	return t->first;
}

struct tree_section *tree_section_by_id(const struct tree *t, unsigned id)
{
	return id < t->n_sections ? t->by_id[id] : NULL;
}

struct tree_section *tree_default(const struct tree *t)
{
	return t->defaults;
}

int tree_get(struct tree *t, struct tree_section *s, const char *key,
	     const struct tree_key **ret)
{
	const struct tree_key *k;
	uint64_t h;

	*ret = NULL;
	if (!((s->tags | t->defaults->tags) & tag(key)))
		return 0;
	h = hash(key);
	k = find_key(s, key, h);
	if (!k && s != t->defaults)
		k = find_key(t->defaults, key, h);
	/* An inherited "%(here)s" means the place of the heir: give it a value of its own. */
	if (k && k->section != s && s->here && strstr(k->value, here_mark)) {
		struct tree_key *own = add_key(s, key, h);

		if (!own)
			return -ENOMEM;
		own->at = k->at;
		own->value = with_here(k->value, s->here);
		if (!own->value)
			return -ENOMEM;
		k = own;
	}
	*ret = k;
	return 0;
}
