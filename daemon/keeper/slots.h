/* SPDX-License-Identifier: MIT */
/*
 * slots.h - the processes, by id and by pid.
 */
#pragma once

#include "daemon/keeper/book.h"
#include "daemon/keeper/keeper.h"

/* NULL if there is none. */
struct slot *slot_of(const struct keeper *k, uint32_t id);
struct slot *slot_of_pid(const struct keeper *k, pid_t pid);

/* The slot of @id, made if there is none. NULL without memory. */
struct slot *slot_make(struct keeper *k, uint32_t id);

/* As it was when another keeper wrote @e at @place in the book, without its process. */
struct slot *slot_remake(struct keeper *k, uint32_t place, const struct book_entry *e);

/* Write down what has changed. */
void slot_record(struct keeper *k, const struct slot *s);

/* Whether there are descriptors for one more process, and enough left for ourselves. */
bool slot_fits(const struct keeper *k);

/* It has a process now; that it will never have two is the caller's to see to. 0 or -ENOMEM. */
_must_check_ int slot_room_for_pid(struct keeper *k);
void slot_set_pid(struct keeper *k, struct slot *s, pid_t pid, int pidfd);

/* The same for a process that is not our child; @pidfd is never -1. */
void slot_adopt(struct keeper *k, struct slot *s, pid_t pid, int pidfd);

/* Its process is reaped. */
void slot_clear_pid(struct keeper *k, struct slot *s);

/* Let its process go on if it is stopped, or if it turns out to be: once. */
void slot_wake(struct slot *s);

/* Its process was stopped, or goes on. */
void slot_set_stopped(struct slot *s, bool stopped);

/* Its report is waited for until @due, and after that, or without that, it is closed. */
void slot_launching(struct keeper *k, struct slot *s, mono_t due);
void slot_launched(struct keeper *k, struct slot *s);

/* How its last incarnation ended is known to whom it may concern. */
void slot_clear_record(struct slot *s);

/* Nobody listens to what it says of itself any more. */
void slot_close_notify(struct keeper *k, struct slot *s);

/* It cannot be found any more; a process it had is an orphan from now on. */
void slot_detach(struct keeper *k, struct slot *s);

/* Close and free what was detached. */
void slot_free(struct keeper *k, struct slot *s);
void slots_done(struct keeper *k);

/* What is known of each, for a new manager. */
void slots_tell(struct keeper *k);
