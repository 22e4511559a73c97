/* SPDX-License-Identifier: MIT */
#include "ctl/job_options.h"

void job_options_done(struct job_options *o)
{
	texts_done(&o->env);
	texts_done(&o->env_files);
	texts_done(&o->secrets);
}
