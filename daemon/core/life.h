/* SPDX-License-Identifier: MIT */
/*
 * life.h - the ways from one state to the next, for the table in proc.c and for nobody else.
 *
 * Each function makes one move, whole: the state, what is forgotten with it, its effects.
 */
#pragma once

#include "daemon/core/proc.h"

void life_effect(struct effects *fx, struct effect e);

/* EFFECT_STATE; @before is what was seen until now. */
void life_announce(const struct proc *p, enum proc_seen before, struct effects *fx);

/* Be in @s from now on. */
void life_enter(struct proc *p, enum proc_state s, enum proc_cause cause, mono_t now,
		struct effects *fx);

/* Come to rest in DOWN, with nothing planned. */
void life_rest(struct proc *p, enum proc_cause cause, mono_t now, struct effects *fx);

/* Come to rest in FAILED. */
void life_give_up(struct proc *p, mono_t now, struct effects *fx);

/* A new incarnation: asked for by somebody, or by itself. proc_step() adds the EFFECT_SPAWN
 * when it sees the new generation. */
void life_begin_asked(struct proc *p, mono_t now, struct effects *fx);
void life_begin_again(struct proc *p, mono_t now, struct effects *fx);

/* Up for longer than startsecs. */
void life_ready(struct proc *p, mono_t now, struct effects *fx);

/* It did not come up, but not through its own fault. */
void life_no_room(struct proc *p, enum proc_cause cause, mono_t now, struct effects *fx);

/* The incarnation is over, because of @cause if nobody asked for it. Nothing if it was over
 * before. */
void life_gone(struct proc *p, enum proc_cause cause, mono_t now, struct effects *fx);

/* The stop signal; SIGKILL, and then @next. */
void life_stop_term(struct proc *p, mono_t now, struct effects *fx);
void life_kill(struct proc *p, enum proc_state next, mono_t now, struct effects *fx);

/* Whether all the attempts of startretries, or of retries, have been made. */
bool life_budget_spent(const struct proc *p);

/* Whether autorestart, or a retry that is left of a oneshot, wants it back after an end that
 * nobody asked for, because of @cause. */
bool life_comes_again(const struct proc *p, enum proc_cause cause);

/* Whether in state @s there is an incarnation; and whether it is on its way out. */
bool proc_alive_in(enum proc_state s);
bool proc_stopping_in(enum proc_state s);
