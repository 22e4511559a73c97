/* SPDX-License-Identifier: MIT */
#include "daemon/keeper/frames.h"

#include <errno.h>

#include "daemon/keeper/begin.h"
#include "daemon/keeper/cgroups.h"
#include "daemon/keeper/deposits.h"
#include "daemon/keeper/finish.h"
#include "daemon/keeper/launch.h"
#include "daemon/keeper/peers.h"
#include "daemon/keeper/pipes.h"
#include "daemon/keeper/say.h"
#include "daemon/keeper/slots.h"
#include "daemon/keeper/wires.h"
#include "daemon/sys/pidfd.h"

static int signal_slot(const struct slot *s, int signo, bool group)
{
	return s->adopted ? stranger_signal(s->pidfd, s->pid, signo, group)
			  : pidfd_signal(s->pidfd, s->pid, signo, group);
}

/* Only what lives and is the incarnation that was meant gets a signal. */
static int send_signal(struct keeper *k, struct slot *s, const struct link_signal *m)
{
	int r;

	if (!s || s->gen != m->gen || !s->pid)
		return -ESRCH;
	if (m->signo < 0 || m->signo >= NSIG)
		return -EINVAL;
	s->asked = true;
	if (m->group && m->signo == SIGKILL)
		cgroups_kill(k, s);
	r = signal_slot(s, m->signo, m->group);
	if (r < 0 || !m->cont)
		return r;
	/* Of its own process we know whether it is stopped; of others in its group we do not.
	 */
	if (m->group)
		return signal_slot(s, SIGCONT, true);
	slot_wake(s);
	return 0;
}

static void on_signal(struct keeper *k, const struct link_signal *m)
{
	struct link_msg answer = { .type = LINK_SIGNALLED, .signal = *m };

	answer.signal.error = -send_signal(k, slot_of(k, m->id), m);
	if (m->token)
		say(&k->manager, &answer);
}

static void clear_record(struct keeper *k, struct slot *s)
{
	slot_clear_record(s);
	slot_record(k, s);
}

static void on_settled(struct keeper *k, const struct link_proc *m)
{
	struct slot *s = slot_of(k, m->id);

	if (!s || s->gen != m->gen || s->pid)
		return;
	pipes_settle(s);
	clear_record(k, s);
}

static void on_forget(struct keeper *k, uint32_t id)
{
	struct slot *s = slot_of(k, id);

	wire_close(k, id, true, true);
	if (s)
		pipes_forget(k, s);
}

static void take(struct keeper *k, const struct link_msg *m, int *fds)
{
	switch ((int)m->type) {
	case LINK_SPAWN:
		launch(k, &m->spawn, fds);
		break;
	case LINK_WIRE:
		wire_close(k, m->wire.id, m->wire.close_read, m->wire.close_write);
		break;
	case LINK_SIGNAL:
		on_signal(k, &m->signal);
		break;
	case LINK_SETTLED:
		on_settled(k, &m->proc);
		break;
	case LINK_FORGET:
		on_forget(k, m->proc.id);
		break;
	case LINK_DEPOSIT:
		deposits_put(k, &k->manager, m->name.name, &fds[0]);
		break;
	case LINK_SETTINGS:
		begin_settings(k, &m->settings);
		break;
	case LINK_READY:
		begin_ready(k);
		break;
	case LINK_FINISH:
		finish_at_rest(k, (int)(m->number.value & 0xff));
		break;
	case LINK_PONG:
		peer_answered(k, &k->manager, m->number.value);
		break;
	default: /* not for us */
		k->manager.link_lost = true;
	}
}

void frames_of_manager(struct channel *c, void *keeper, const struct link_msg *m, int *fds)
{
	struct keeper *k = keeper;

	(void)c;
	if (m && !k->manager.link_lost)
		take(k, m, fds);
	else
		k->manager.link_lost = true;
}

void frames_of_logger(struct channel *c, void *keeper, const struct link_msg *m, int *fds)
{
	struct keeper *k = keeper;

	(void)c;
	if (m && m->type == LINK_PONG)
		peer_answered(k, &k->logger, m->number.value);
	else if (m && m->type == LINK_DEPOSIT)
		deposits_put(k, &k->logger, m->name.name, &fds[0]);
	else
		k->logger.link_lost = true;
}
