/* SPDX-License-Identifier: MIT */
/*
 * tree.h - sections and their keys as the files have them, all files together.
 *
 * A key that comes again replaces the one before, a section that comes again goes on. What
 * [DEFAULT] has is seen in every section. The tree lives while a configuration is loaded.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "conf/spec.h"

struct tree_key {
	struct tree_key *next; /* in its section, as first seen */
	struct tree_key *bucket;
	struct tree_section *section;
	uint64_t hash;
	char *value;
	struct origin at;
	char name[];
};

struct tree_section {
	struct tree_section *next; /* as first seen */
	struct tree_section *bucket;
	struct tree_key *first, **last;
	struct tree_key **buckets; /* of its keys: a power of two */
	size_t n_keys, n_buckets;
	uint64_t tags; /* of its keys: what is not in here, it does not have */
	struct origin at;
	char *here; /* what %(here)s is replaced with, or NULL */
	unsigned id;
	/* For whoever walks. */
	bool visited, failed;
	bool many; /* its numprocs is another than 1 */
	const struct tree_section *user; /* the group or pipeline that has it */
	char name[];
};

struct tree;

/* 0 or -ENOMEM. */
_must_check_ int tree_new(struct tree **ret);
struct tree *tree_free(struct tree *t);
static inline void tree_freep(struct tree **t)
{
	*t = tree_free(*t);
}

/* Keep @path for the origins that follow; returns the copy, or NULL without memory. */
const char *tree_file(struct tree *t, const char *path);

/*
 * From now on replace the plain text "%(here)s" in values with @dir, and in those that are
 * there already: what supervisord does once it has seen [include]. 0 or -ENOMEM.
 */
_must_check_ int tree_here(struct tree *t, const char *dir);

/* The section called @name, made if need be. [DEFAULT] is not among tree_sections(). */
_must_check_ int tree_add_section(struct tree *t, const char *name, struct origin at,
				  struct tree_section **ret);
_must_check_ int tree_set(struct tree *t, struct tree_section *s, const char *key,
			  const char *value, struct origin at);

/* Borrowed; NULL if there is none. */
struct tree_section *tree_sections(const struct tree *t);
struct tree_section *tree_section(const struct tree *t, const char *name);
struct tree_section *tree_section_by_id(const struct tree *t, unsigned id);
struct tree_section *tree_default(const struct tree *t);

/* The key of @s, or of [DEFAULT]. 0 and *@ret, NULL if there is none; or -ENOMEM. */
_must_check_ int tree_get(struct tree *t, struct tree_section *s, const char *key,
			  const struct tree_key **ret);
