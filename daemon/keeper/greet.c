/* SPDX-License-Identifier: MIT */
#include "daemon/keeper/greet.h"

#include "daemon/keeper/cgroups.h"
#include "daemon/keeper/deposits.h"
#include "daemon/keeper/notices.h"
#include "daemon/keeper/pipes.h"
#include "daemon/keeper/requests.h"
#include "daemon/keeper/say.h"
#include "daemon/keeper/slots.h"

static struct link_msg hello(const struct keeper *k)
{
	return (struct link_msg){ .type = LINK_HELLO,
				  .hello = { .version = LINK_VERSION,
					     .keeper_pid = getpid(),
					     .first = k->phase < PHASE_RUN,
					     .nofile = k->nofile_max,
					     .cgroups = k->cgroups != NULL,
					     .controllers = cgroups_controllers(k),
					     .logfile = k->settings.logfile } };
}

void greet_manager(struct keeper *k)
{
	const struct link_msg m = hello(k);

	say(&k->manager, &m);
	deposits_tell(k, &k->manager);
	slots_tell(k);
	notices_tell(k);
	say_type(&k->manager, LINK_BEGIN);
	requests_unsent(k);
	requests_send(k);
}

/* BEGIN follows when the last pipe has been sent, which may take some turns. */
void greet_logger(struct keeper *k)
{
	const struct link_msg m = hello(k);

	say(&k->logger, &m);
	deposits_tell(k, &k->logger);
	pipes_untold(k);
	say_kept_lines(k);
}
