/* SPDX-License-Identifier: MIT */
#include "ctl/signals.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>

#include "ctl/clock.h"

static bool is_ignored(int signal)
{
	struct sigaction a;

	return sigaction(signal, NULL, &a) == 0 && a.sa_handler == SIG_IGN;
}

int signals_take(struct signals *s)
{
	static const int taken[] = { SIGHUP,  SIGINT,  SIGQUIT, SIGTERM,
				     SIGTSTP, SIGCONT, SIGWINCH };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(taken); i++)
		if (!is_ignored(taken[i]))
			sigaddset(&set, taken[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	s->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->fd < 0 ? -errno : 0;
}

static void count(struct signals *s)
{
	const mono_t now = clock_mono();

	if (s->times && mono_span(s->last, now) > SIGNALS_REACH)
		s->times = 0;
	s->times++;
	s->last = now;
}

int signals_read(struct signals *s)
{
	struct signalfd_siginfo info;
	int signal;

	if (read(s->fd, &info, sizeof info) != sizeof info)
		return 0;
	signal = (int)info.ssi_signo;
	if (signal == SIGHUP || signal == SIGINT || signal == SIGQUIT || signal == SIGTERM)
		count(s);
	return signal;
}

void signals_done(struct signals *s)
{
	s->fd = fd_close(s->fd);
}
