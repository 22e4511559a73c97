/* SPDX-License-Identifier: MIT */
#include "conf/signals.h"

#include <signal.h>

#include "base/cleanup.h"

/* The ends of the real-time range as programs see it: glibc keeps 32 and 33 to itself, and
 * its SIGRTMIN is a function call. */
enum { RT_FIRST = 34, RT_LAST = 64 };

#define NAME(word)                                                                             \
	{                                                                                      \
#word, SIG##word                                                               \
	}

/* clang-format off */
const struct signal_name signal_names[] = {
	NAME(HUP), NAME(INT), NAME(QUIT), NAME(ILL), NAME(TRAP), NAME(ABRT), NAME(BUS),
	NAME(FPE), NAME(KILL), NAME(USR1), NAME(SEGV), NAME(USR2), NAME(PIPE), NAME(ALRM),
	NAME(TERM), NAME(CHLD), NAME(CONT), NAME(STOP), NAME(TSTP), NAME(TTIN), NAME(TTOU),
	NAME(URG), NAME(XCPU), NAME(XFSZ), NAME(VTALRM), NAME(PROF), NAME(WINCH), NAME(IO),
	NAME(PWR), NAME(SYS),
#ifdef SIGSTKFLT
	NAME(STKFLT),
#endif
	{ "RTMIN", RT_FIRST }, { "RTMAX", RT_LAST },
	{ "CLD", SIGCHLD }, { "POLL", SIGIO }, { "IOT", SIGABRT },
};
/* clang-format on */

const size_t signal_names_n = ARRAY_SIZE(signal_names);
