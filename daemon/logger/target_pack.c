/* SPDX-License-Identifier: MIT */
/*
 * A target has one backup packed at a time, and holds on to itself meanwhile. All of them share
 * one lane: packing takes processor time, and there is no hurry.
 */
#include "daemon/logger/target_set.h"

static void on_work(struct iojob *j)
{
	struct packer *p = container_of(j, struct packer, job);

	packing_do(&p->packing, &p->rule);
}

static void packer_free(struct packer *p)
{
	lane_unref(p->lane);
	free(p);
}

/* Packed: it takes the place of what it was when the log comes to it. */
static void on_done(struct iojob *j, mono_t now)
{
	struct packer *p = container_of(j, struct packer, job);
	struct target *t = p->target;

	if (p->packing.result == 0) {
		t->commit = true;
		target_kick(t, now);
		return;
	}
	packer_free(TAKE_PTR(t->packer));
	target_unref(t, now);
}

void target_pack(struct target *t, mono_t now)
{
	struct packer *p;

	if (t->packer || t->rule.pack == LOG_PACK_NONE || t->rule.backups <= 0 || !t->refs)
		return;
	p = calloc(1, sizeof *p);
	if (!p || iopool_lane(t->set->pool, "(packing)", &p->lane) < 0) {
		free(p); /* after the next rotation, perhaps */
		return;
	}
	p->job.work = on_work;
	p->job.done = on_done;
	p->rule = t->rule;
	p->target = target_ref(t);
	t->packer = p;
	iopool_submit(t->set->pool, p->lane, &p->job, now);
}

void target_packed(struct target *t, mono_t now)
{
	packer_free(TAKE_PTR(t->packer));
	target_pack(t, now); /* there may be more of them */
	target_unref(t, now);
}
