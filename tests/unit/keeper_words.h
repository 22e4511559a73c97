/* SPDX-License-Identifier: MIT */
/*
 * keeper_words.h - a keeper that is ready, and the words in which its tests speak to it.
 */
#pragma once

#include <sys/wait.h>

#include "tests/unit/harness.h"
#include "tests/unit/keeper_rig.h"

static struct rig rig;
static struct actor *const manager = &rig.manager, *const logger = &rig.logger;
static const struct link_settings plain = { .umask = -1 };

static inline void setup(void)
{
	rig_init(&rig);
	rig_start_ready(&rig, &plain);
}

static inline void teardown(void)
{
	rig_done(&rig);
}

static inline struct link_proc hear_proc(enum link_type type, uint32_t id, uint32_t gen)
{
	const struct link_proc p = rig_hear(&rig, manager, type).m.proc;

	ck_assert_uint_eq(p.id, id);
	ck_assert_uint_eq(p.gen, gen);
	return p;
}

/* Up to EXEC_OK; its pid. */
static inline pid_t spawn(uint32_t id, uint32_t gen, const char *script)
{
	pid_t pid;

	rig_spawn(&rig, id, gen, script);
	pid = hear_proc(LINK_SPAWNED, id, gen).pid;
	ck_assert_int_gt(pid, 0);
	(void)hear_proc(LINK_EXEC_OK, id, gen);
	return pid;
}

/* How the run ended that began with SPAWNED. */
static inline int exit_code(uint32_t id, uint32_t gen)
{
	const struct link_proc p = hear_proc(LINK_EXITED, id, gen);

	ck_assert(WIFEXITED(p.status));
	return WEXITSTATUS(p.status);
}

static inline struct link_signal signal_with(const struct link_signal *s)
{
	struct link_signal answer;

	rig_say(manager, &(struct link_msg){ .type = LINK_SIGNAL, .signal = *s }, -1);
	answer = rig_hear(&rig, manager, LINK_SIGNALLED).m.signal;
	ck_assert_uint_eq(answer.token, s->token);
	return answer;
}

static inline void send_proc(enum link_type type, uint32_t id, uint32_t gen)
{
	rig_say(manager, &(struct link_msg){ .type = type, .proc = { .id = id, .gen = gen } },
		-1);
}

/* The manager dies; what the next one is told of @id. */
static inline struct link_slot slot_after_crash(uint32_t id)
{
	struct link_slot s;

	rig_replace(&rig, manager);
	ck_assert(!rig_hear_next(&rig, manager, LINK_HELLO).m.hello.first);
	s = rig_hear_next(&rig, manager, LINK_SLOT).m.slot;
	ck_assert_uint_eq(s.id, id);
	(void)rig_hear_next(&rig, manager, LINK_BEGIN);
	return s;
}

/* The read end of stream @which as the logger gets it. */
static inline int hear_pipe(uint32_t id, uint32_t which)
{
	for (;;) {
		struct heard h = rig_hear(&rig, logger, LINK_PIPE);

		ck_assert_uint_eq(h.m.proc.id, id);
		ck_assert_int_ge(h.fd, 0);
		if (h.m.proc.which == which)
			return h.fd;
		fd_close(h.fd);
	}
}
