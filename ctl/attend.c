/* SPDX-License-Identifier: MIT */
#include "ctl/attend.h"

#include <errno.h>
#include <signal.h>

int attend_begin(struct attend *a, const struct visit_plan *plan, const struct visit_ops *ops,
		 void *owner)
{
	const int r = signals_take(&a->signals);

	if (r == 0)
		return visit_new(plan, ops, owner, &a->visit);
	json_decref(plan->spec);
	return r;
}

void attend_done(struct attend *a)
{
	a->visit = visit_free(a->visit);
	signals_done(&a->signals);
}

static void pass_on(struct attend *a, int signal)
{
	a->signal = signal;
	visit_withdraw(a->visit);
	if (a->signals.times == 1) {
		visit_order(a->visit, ORDER_DROP, 0);
		visit_order(a->visit, ORDER_SIGNAL, signal);
	} else if (a->signals.times == 2) {
		visit_order(a->visit, ORDER_STOP, 0);
	} else {
		a->left = true;
	}
}

/* Jobs are in sessions of their own, where no SIGTSTP stops anything: setpgid(2), orphaned. */
static void on_signal(struct attend *a, int signal)
{
	switch (signal) {
	case 0:
		break;
	case SIGTSTP:
		visit_order(a->visit, ORDER_SIGNAL, SIGSTOP);
		a->suspend = true;
		break;
	case SIGCONT:
	case SIGWINCH:
		visit_order(a->visit, ORDER_SIGNAL, signal);
		break;
	default:
		pass_on(a, signal);
		break;
	}
}

static void suspend_when_quiet(struct attend *a)
{
	if (!a->suspend || !visit_quiet(a->visit))
		return;
	a->suspend = false;
	(void)raise(SIGSTOP);
}

/* Of two spans for poll(2), the shorter. */
static int shorter(int a, int b)
{
	return a < 0 ? b : b < 0 || a < b ? a : b;
}

int attend_turn(struct attend *a, struct pollfd *p, unsigned n, int wait)
{
	struct pollfd *const own = p + n;
	unsigned n_visit;
	int r = visit_say(a->visit);

	if (r < 0)
		return r;
	n_visit = visit_poll(a->visit, own);
	own[n_visit] = (struct pollfd){ .fd = a->signals.fd, .events = POLLIN };
	if (poll(p, n + n_visit + 1, shorter(visit_wait(a->visit), wait)) < 0)
		return errno == EINTR ? 0 : -errno;
	r = visit_turn(a->visit, n_visit, own);
	if (r == VISIT_OK && own[n_visit].revents)
		on_signal(a, signals_read(&a->signals));
	suspend_when_quiet(a);
	return r;
}
