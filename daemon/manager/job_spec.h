/* SPDX-License-Identifier: MIT */
/*
 * job_spec.h - what a job is to run, as its caller has said it: JSON becomes plain data. Pure.
 *
 * The object is a JobSpec of proto/io.reeve.control.varlink. What it does not say is taken from
 * a base (the template of a session) by reference, so that a thousand jobs with one environment
 * have it once.
 */
#pragma once

#include <jansson.h>

#include "base/mono.h"
#include "proto/link.h"

enum job_stream {
	JOB_NULL,
	JOB_FD, /* a descriptor of the caller */
	JOB_LOG, /* a file of the daemon; not of stdin */
	JOB_STDOUT, /* of stderr: where stdout goes */
};

enum { JOB_STAGES_MAX = 64 };

/* The environment: "NAME=value" strings. */
struct job_env {
	unsigned refs;
	const char *path; /* PATH in it, or NULL */
	struct link_strs list; /* points to text */
	char text[];
};

/* Strings are never NULL unless said; they live as long as the spec. */
struct job_spec {
	unsigned refs;
	struct job_spec *base; /* kept for what is borrowed from it; NULL: nothing */
	size_t bytes; /* of memory, without what is borrowed */
	size_t n; /* stages; 0 only in a template */
	const struct link_strs *argv; /* of each */
	struct job_env *env; /* NULL: empty, or no longer needed */
	bool clean_env; /* nothing but env */
	const char *directory; /* "" the daemon's */
	int umask; /* -1 inherit */
	enum job_stream in, out, err;
	msec_t timeout; /* 0: none */
	msec_t kill_after;
	int signal;
	const char *pool; /* NULL: none */
	int priority;
	const uint64_t *after; /* ids of jobs */
	size_t n_after;
	const char *label; /* "" none */
};

/* What @o is: */
enum job_spec_use {
	JOB_SPEC_TEMPLATE, /* may lack stages */
	JOB_SPEC_SESSION, /* streams that are not named are null */
	JOB_SPEC_ALONE, /* stdout and stderr are logs if not named */
};

/* Outcomes: JOB_SPEC_WRONG, and the name of the field in *@ret_wrong, borrowed from @o. */
enum { JOB_SPEC_OK, JOB_SPEC_WRONG };

/* @base may be NULL; it gets one more reference if it is needed. -ENOMEM. */
_must_check_ int job_spec_parse(const json_t *o, struct job_spec *base, enum job_spec_use use,
				const char **ret_wrong, struct job_spec **ret);

struct job_spec *job_spec_ref(struct job_spec *s);

/* NULL is fine. Returns NULL. */
struct job_spec *job_spec_unref(struct job_spec *s);
static inline void job_spec_unrefp(struct job_spec **s)
{
	*s = job_spec_unref(*s);
}

/* It has run: what only a start needs is given back. How many bytes that were. */
size_t job_spec_has_run(struct job_spec *s);

/* How many descriptors of the caller it needs. */
unsigned job_spec_fds(const struct job_spec *s);
