/* SPDX-License-Identifier: MIT */
/*
 * loop.c - libev, behind our own words.
 *
 * Some things about libev 4.33 shape this file. ev_default_loop() reaps every child by itself;
 * hence ev_loop_new(). LIBEV_FLAGS in the environment picks backends that lose events; hence
 * EVFLAG_NOENV. A handler that wakes the loop through a pipe takes four system calls where a
 * signalfd takes one; hence EVFLAG_SIGNALFD. ev_now() is wall-clock time; hence a clock of our
 * own, read by an ev_check, which runs after the wait and, having the highest priority, before
 * all other callbacks.
 *
 * ev_io_stop() also clears a callback that is already due, so a watch may be freed at any time.
 */
#include "daemon/sys/loop.h"

#include <errno.h>
#include <ev.h>

#include "daemon/sys/clock.h"

struct loop {
	struct ev_loop *ev;
	ev_check check;
	ev_timer timer;
	mono_t now;
	mono_t wake; /* what was asked for */
	mono_t armed; /* what the timer is set to; MONO_NEVER: it is not running */
};

struct watch {
	struct loop *loop;
	ev_io io;
	watch_fn *fn;
	void *owner;
};

struct signal_watch {
	struct loop *loop;
	ev_signal signal;
	signal_fn *fn;
	void *owner;
};

static void on_wake(struct ev_loop *ev, ev_check *c, int revents)
{
	struct loop *l = c->data;

	(void)ev, (void)revents;
	l->now = mono_now();
}

static void on_timer(struct ev_loop *ev, ev_timer *t, int revents)
{
	struct loop *l = t->data;

	(void)ev, (void)revents;
	l->armed = MONO_NEVER;
}

static void on_io(struct ev_loop *ev, ev_io *io, int revents)
{
	struct watch *w = io->data;
	int events = 0;

	(void)ev;
	if (revents & EV_READ)
		events |= WATCH_READ;
	if (revents & EV_WRITE)
		events |= WATCH_WRITE;
	w->fn(w, w->owner, events);
}

static void on_signal(struct ev_loop *ev, ev_signal *e, int revents)
{
	struct signal_watch *s = e->data;

	(void)ev, (void)revents;
	s->fn(e->signum, s->owner);
}

int loop_new(struct loop **ret)
{
	struct loop *l = calloc(1, sizeof *l);

	if (!l)
		return -ENOMEM;
	l->ev = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV | EVFLAG_SIGNALFD);
	if (!l->ev) {
		free(l);
		return -ENOMEM;
	}
	l->now = mono_now();
	l->wake = l->armed = MONO_NEVER;

	ev_check_init(&l->check, on_wake);
	ev_set_priority(&l->check, EV_MAXPRI);
	l->check.data = l;
	ev_check_start(l->ev, &l->check);

	ev_timer_init(&l->timer, on_timer, 0., 0.);
	l->timer.data = l;

	*ret = l;
	return 0;
}

struct loop *loop_free(struct loop *l)
{
	if (l) {
		ev_loop_destroy(l->ev);
		free(l);
	}
	return NULL;
}

static int to_ev(int events)
{
	return (events & WATCH_READ ? EV_READ : 0) | (events & WATCH_WRITE ? EV_WRITE : 0);
}

int loop_watch(struct loop *l, int fd, int events, watch_fn *fn, void *owner,
	       struct watch **ret)
{
	struct watch *w = malloc(sizeof *w);

	if (!w)
		return -ENOMEM;
	*w = (struct watch){ .loop = l, .fn = fn, .owner = owner };
	ev_io_init(&w->io, on_io, fd, to_ev(events));
	w->io.data = w;
	if (events)
		ev_io_start(l->ev, &w->io);
	*ret = w;
	return 0;
}

void watch_set(struct watch *w, int events)
{
	/* Nothing would change: spare the kernel an epoll_ctl. */
	if (ev_is_active(&w->io) ? (w->io.events & (EV_READ | EV_WRITE)) == to_ev(events)
				 : events == 0)
		return;
	ev_io_stop(w->loop->ev, &w->io);
	ev_io_set(&w->io, w->io.fd, to_ev(events));
	if (events)
		ev_io_start(w->loop->ev, &w->io);
}

int watch_fd(const struct watch *w)
{
	return w->io.fd;
}

struct watch *watch_drop(struct watch *w)
{
	if (w) {
		ev_io_stop(w->loop->ev, &w->io);
		free(w);
	}
	return NULL;
}

int loop_signal(struct loop *l, int signo, signal_fn *fn, void *owner,
		struct signal_watch **ret)
{
	struct signal_watch *s = malloc(sizeof *s);

	if (!s)
		return -ENOMEM;
	*s = (struct signal_watch){ .loop = l, .fn = fn, .owner = owner };
	ev_signal_init(&s->signal, on_signal, signo);
	s->signal.data = s;
	ev_signal_start(l->ev, &s->signal);
	*ret = s;
	return 0;
}

struct signal_watch *signal_watch_drop(struct signal_watch *s)
{
	if (s) {
		ev_signal_stop(s->loop->ev, &s->signal);
		free(s);
	}
	return NULL;
}

void loop_wake_at(struct loop *l, mono_t t)
{
	l->wake = t;
}

/* The timer counts from libev's own idea of now, which is that of the last wake-up. */
static void arm(struct loop *l)
{
	double after;

	if (l->wake.ms == l->armed.ms)
		return;
	ev_timer_stop(l->ev, &l->timer);
	l->armed = l->wake;
	if (mono_is_never(l->wake))
		return;
	ev_now_update(l->ev);
	after = (double)l->wake.ms / 1e3 - (double)mono_now_ns() / 1e9;
	ev_timer_set(&l->timer, after > 0. ? after : 0., 0.);
	ev_timer_start(l->ev, &l->timer);
}

void loop_turn(struct loop *l)
{
	arm(l);
	(void)ev_run(l->ev, EVRUN_ONCE);
}

void loop_forked(struct loop *l)
{
	ev_loop_fork(l->ev);
}

mono_t loop_now(const struct loop *l)
{
	return l->now;
}
