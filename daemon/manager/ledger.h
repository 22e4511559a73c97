/* SPDX-License-Identifier: MIT */
/*
 * ledger.h - what must outlive the manager: the state of every process, in shared memory.
 *
 * A memfd of fixed size that the keeper holds (memfd_create(2)). Each record exists twice, with
 * a serial number and a checksum, and a write goes to the older copy: a manager that is killed
 * in the middle of it leaves the other one valid. Never a file, never half-written.
 */
#pragma once

#include "daemon/core/proc.h"

struct ledger;

/* What the instance as a whole was about to do. */
enum ledger_mood { LEDGER_RUNNING, LEDGER_SHUTDOWN, LEDGER_RELOAD };

/* How an incarnation ended that is over. */
struct ended {
	proc_gen gen; /* 0: none has */
	enum proc_cause cause;
	int32_t pid, wait_status, exec_error, exec_stage; /* as in struct proc */
	int64_t at_ms; /* since 1970 */
	msec_t ran; /* from its start to its end */
};

struct ledger_entry {
	struct proc proc; /* its policy pointer means nothing */
	int64_t started_ms, stopped_ms; /* since 1970; 0: never */
	uint64_t cpu_us, maxrss_kb; /* of all incarnations that have ended */
	struct ended last;
	bool leftovers;
};

/* A new one with room for @capacity processes. Seed, mood and ids go on from @from, if there
 * is one; its records do not. 0 or -errno. */
_must_check_ int ledger_new(size_t capacity, const struct ledger *from, struct ledger **ret);

/* Outcomes of opening: LEDGER_FOREIGN was written by another version, or is damaged. */
enum { LEDGER_OK, LEDGER_FOREIGN };

/* Map what the keeper held. Takes over @fd, also on failure. */
_must_check_ int ledger_open(int fd, struct ledger **ret);

struct ledger *ledger_free(struct ledger *l);

/* The descriptor to deposit; borrowed. */
int ledger_fd(const struct ledger *l);
size_t ledger_capacity(const struct ledger *l);

/* How many records are claimed. */
size_t ledger_count(const struct ledger *l);

enum ledger_mood ledger_mood(const struct ledger *l);
void ledger_set_mood(struct ledger *l, enum ledger_mood mood);

/* LEDGER_SHUTDOWN, and what the instance ends with: in one store. Setting another mood ends
 * that; setting LEDGER_SHUTDOWN again does not. */
void ledger_end_with(struct ledger *l, uint8_t exit_status);
uint8_t ledger_exit_status(const struct ledger *l); /* 0: nothing was said of it */

/* The lowest id that was never given to a process. */
proc_id ledger_next_id(const struct ledger *l);
void ledger_set_next_id(struct ledger *l, proc_id id);

/* Tells this instance from every other: fixed when the ledger was made. */
uint64_t ledger_seed(const struct ledger *l);

/*
 * The record of a process by its names: an existing one, else a free one. 0 and *@ret_slot, or
 * -ENOSPC: make a larger ledger.
 */
_must_check_ int ledger_claim(struct ledger *l, const char *group, const char *name,
			      size_t *ret_slot);

/* The record that these names have, if they have one. */
_must_check_ bool ledger_find(const struct ledger *l, const char *group, const char *name,
			      size_t *ret_slot);

/* That of process @id, if there is one. All are looked at. */
_must_check_ bool ledger_find_id(const struct ledger *l, proc_id id, struct ledger_entry *ret);

void ledger_write(struct ledger *l, size_t slot, const struct ledger_entry *e);

/* False if the slot was claimed and never written. */
bool ledger_read(const struct ledger *l, size_t slot, struct ledger_entry *ret);

/* One that is not claimed: nothing happens. */
void ledger_release(struct ledger *l, size_t slot);

static inline void ledger_freep(struct ledger **l)
{
	*l = ledger_free(*l);
}
