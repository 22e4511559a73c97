/* SPDX-License-Identifier: MIT */
#include "ctl/job_exit.h"

#include <string.h>

#include "ctl/names.h"

static const json_t *stages_of(const json_t *job)
{
	return json_object_get(job, "stages");
}

/* False: it has none. */
static bool status_of(const json_t *o, int *ret)
{
	const json_t *status = json_object_get(o, "status");

	*ret = (int)json_integer_value(status);
	return json_is_integer(status);
}

bool job_status(const json_t *job, bool pipefail, int *ret)
{
	const json_t *stages = stages_of(job);

	for (size_t i = 0; pipefail && i < json_array_size(stages); i++) {
		int status;

		if (status_of(json_array_get(stages, i), &status) && status != 0) {
			*ret = status;
			return true;
		}
	}
	return status_of(job, ret);
}

int job_exit(const json_t *job, bool pipefail)
{
	int status;

	if (json_is_true(json_object_get(job, "timed_out")))
		return EXIT_TIMED_OUT;
	if (!job_status(job, pipefail, &status))
		return EXIT_NOT_RUN;
	return status < 0 ? EXIT_SIGNAL - status : status;
}

/* The words of a stage that did not become its program, or whose end nobody saw. */
static int stage_trouble(const json_t *stage, struct buf *out)
{
	const char *cause = member_text(stage, "cause");

	if (strcmp(cause, "exec") != 0 && strcmp(cause, "no-fork") != 0 &&
	    strcmp(cause, "lost") != 0)
		return 0;
	return buf_printf(out, "%s\n", member_text(stage, "description"));
}

int job_trouble(const json_t *job, struct buf *out)
{
	const json_t *stages = stages_of(job);
	int r = 0;

	if (!strcmp(member_text(job, "state"), "skipped"))
		return buf_puts(out,
				"not run: it was stopped while it waited, or a job that it "
				"was to come after has failed\n");
	for (size_t i = 0; i < json_array_size(stages) && r == 0; i++)
		r = stage_trouble(json_array_get(stages, i), out);
	return r;
}
