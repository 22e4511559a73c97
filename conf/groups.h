/* SPDX-License-Identifier: MIT */
/*
 * groups.h - what programs, groups, pipelines and pools share while they are read; of no
 * interest outside this folder.
 */
#pragma once

#include "conf/load.h"

/* What a [program:x] without keys says, into an empty *@ret; nothing in it has to be freed. 0
 * or -ENOMEM. */
_must_check_ int program_defaults(const struct config *c, struct program_draft *ret);

/* In this order; each tells its mistakes. 0 or -ENOMEM. */
_must_check_ int load_groups(struct load *l); /* [group:x] */
_must_check_ int load_pipelines(struct load *l); /* [pipeline:x] */
_must_check_ int load_lone(struct load *l); /* the programs that are left */

/* Put the groups in order, all there; those that share a name with one before them go. */
_must_check_ int load_sort_groups(struct load *l);

_must_check_ int load_wires(struct load *l); /* who reads whom */
_must_check_ int load_essential(struct load *l); /* exit_on= */
_must_check_ int load_pools(struct load *l); /* [pool:x] */

/* Processes of one [program:x] that belong to @group, added to the list. */
struct process_list {
	struct process_spec *v;
	size_t n, cap;
};
_must_check_ int load_program(struct load *l, struct tree_section *s, const char *group,
			      struct process_list *list);

void pool_done(struct pool_spec *p);
void process_done(struct process_spec *p);
void process_list_done(struct process_list *list);

/* Add a group made of @list, which it copies, to the configuration; @head as pack_group(). */
_must_check_ int load_add_group(struct load *l, const struct group_spec *head,
				const struct process_list *list);
