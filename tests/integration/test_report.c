/* SPDX-License-Identifier: MIT */
/* test_report.c - whoever has started the daemon hears how it fares (sd_notify(3)). */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/integration/capture.h"
#include "tests/integration/instance.h"

static struct instance in;

static void setup(void)
{
	instance_init(&in);
}

static void teardown(void)
{
	instance_done(&in);
}

/* Wait until it says what begins with @text; what it says before that is forgotten. */
static void says(const char *text)
{
	const mono_t end = patience_ends();
	struct pollfd from = { in.notify, POLLIN, 0 };
	char said[1024];
	ssize_t n;

	do {
		ck_assert_int_ge(poll(&from, 1, patience_left(end, text)), 0);
		n = recv(in.notify, said, sizeof said - 1, 0);
		said[n > 0 ? n : 0] = '\0';
	} while (strncmp(said, text, strlen(text)) != 0);
}

#define ONE "[program:one]\ncommand=puppet on 15 0 wait\nstartsecs=0\nautorestart=false\n"
#define TWO "[program:two]\ncommand=puppet on 15 0 wait\nstartsecs=0\n"

START_TEST(the_status_follows_what_runs)
{
	instance_run(&in, ONE TWO);
	says("STATUS=2 of 2 processes running");
	instance_hear(&in, "one", "ready");
	instance_order(&in, "one", "exit 1");
	says("STATUS=1 of 2 processes running");
	EXPECT_CTL(&in, 0, "one: started\n", "start", "one");
	says("STATUS=2 of 2 processes running");
}
END_TEST

START_TEST(the_status_counts_what_is_fatal)
{
	instance_run(&in, TWO "[program:one]\ncommand=there-is-no-such-program\n"
			      "startretries=0\n");
	says("STATUS=1 of 2 processes running, 1 FATAL");
}
END_TEST

START_TEST(an_update_is_a_reload_that_ends)
{
	instance_run(&in, ONE);
	instance_configure(&in, ONE TWO);
	EXPECT_CTL(&in, 0, "two: added process group\n", "update");
	says("RELOADING=1");
	says("READY=1");
	says("STATUS=2 of 2 processes running");
}
END_TEST

START_TEST(a_hangup_is_one_too)
{
	instance_run(&in, ONE);
	instance_hear(&in, "one", "ready");
	instance_signal(&in, SIGHUP);
	says("RELOADING=1");
	says("READY=1");
	instance_hear(&in, "one", "ready");
}
END_TEST

START_TEST(nobody_waits_for_who_does_not_listen)
{
	instance_run(&in, ONE);
	for (int i = 0; i < 20; i++)
		EXPECT_CTL(&in, 0, "", "update");
	instance_reaches(&in, "one", "RUNNING");
	says("RELOADING=1");
	says("STATUS=1 of 1 processes running");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("report");
	TCase *tc = harness_case(s, "report");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_status_follows_what_runs);
	tcase_add_test(tc, the_status_counts_what_is_fatal);
	tcase_add_test(tc, an_update_is_a_reload_that_ends);
	tcase_add_test(tc, a_hangup_is_one_too);
	tcase_add_test(tc, nobody_waits_for_who_does_not_listen);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
