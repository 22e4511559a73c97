/* SPDX-License-Identifier: MIT */
#include "daemon/keeper/requests.h"

#include <string.h>

#include "daemon/keeper/say.h"

static bool is_end(int signo)
{
	return signo == SIGTERM || signo == SIGINT || signo == SIGQUIT;
}

static void drop(struct keeper *k, size_t i)
{
	k->n_requests--;
	memmove(&k->requests[i], &k->requests[i + 1],
		(k->n_requests - i) * sizeof k->requests[0]);
}

/* One that waits to be sent stands for all of its kind, as a pending signal does; so does any
 * if there are too many, for then a manager that does not answer is about to be ended. */
void requests_add(struct keeper *k, int signo)
{
	const bool full = k->n_requests == REQUESTS_MAX;

	for (size_t i = 0; i < k->n_requests; i++) {
		if (k->requests[i].signo != signo)
			continue;
		if (full || k->requests[i].serial == 0)
			return;
		if (is_end(signo)) { /* those are kept: one of each is enough */
			drop(k, i);
			break;
		}
	}
	if (k->n_requests < REQUESTS_MAX)
		k->requests[k->n_requests++] = (struct request){ signo, 0 };
}

static void send(struct keeper *k, struct request *r)
{
	const struct link_msg m = { .type = LINK_REQUEST, .number = { (uint32_t)r->signo } };
	const struct link_msg ping = { .type = LINK_PING, .number = { ++k->serial } };

	say(&k->manager, &m);
	say(&k->manager, &ping);
	r->serial = k->serial;
	if (mono_is_never(k->manager.pong_due))
		k->manager.pong_due = mono_add(loop_now(k->loop), k->pong_within);
}

/* Not before it is ready: until then it would not know what to do about them. */
void requests_send(struct keeper *k)
{
	if (!k->manager.link || k->manager.link_lost || k->phase != PHASE_RUN)
		return;
	for (size_t i = 0; i < k->n_requests; i++)
		if (k->requests[i].serial == 0)
			send(k, &k->requests[i]);
}

void requests_unsent(struct keeper *k)
{
	for (size_t i = 0; i < k->n_requests; i++)
		k->requests[i].serial = 0;
}

void requests_answered(struct keeper *k, uint32_t serial)
{
	for (size_t i = k->n_requests; i-- > 0;) {
		const struct request *r = &k->requests[i];

		if (!is_end(r->signo) && r->serial && (int32_t)(serial - r->serial) >= 0)
			drop(k, i);
	}
}

bool requests_end(const struct keeper *k)
{
	for (size_t i = 0; i < k->n_requests; i++)
		if (is_end(k->requests[i].signo))
			return true;
	return false;
}
