/* SPDX-License-Identifier: MIT */
/* test_package.c - the Debian package in a Debian that has only what it depends on. */
#include <signal.h>

#include "tests/systemd/guest.h"

#define UNIT	"reeve.service"
#define PUPPET	"/own/build/tests/puppet/puppet"
#define INSTALL "dpkg -i /own/deb/reeve_*.deb"

static struct instance in;

static void setup(void)
{
	if (guest_lacks())
		return;
	DO(0, "sh", "-c", "dpkg --purge reeve reeve-static && rm -rf /etc/reeve /tmp/next*");
	instance_init(&in);
}

static void teardown(void)
{
	if (guest_lacks())
		return;
	in.pidfd = fd_close(in.pidfd);
	in.pid = 0;
	instance_done(&in);
}

static void shell(const char *command)
{
	DO(0, "sh", "-c", command);
}

/* The package, and a program that it runs; its pid. */
static pid_t install_with_a_program(void)
{
	char text[500];

	shell(INSTALL);
	snprintf(text, sizeof text,
		 "[program:one]\ncommand=" PUPPET " on 15 0 wait\nstartsecs=0\n"
		 "environment=PUPPET_DIR=\"%s\"\n",
		 in.dir);
	service_programs(text);
	service_start(&in);
	DO(0, "systemctl", "reload", UNIT);
	return instance_hear(&in, "one", "ready");
}

/* The same with a higher version. */
static void upgrade(void)
{
	shell("dpkg-deb -R /own/deb/reeve_*.deb /tmp/next &&"
	      "sed -i 's/^Version: .*/&+next/' /tmp/next/DEBIAN/control &&"
	      "dpkg-deb -b /tmp/next /tmp/next.deb && dpkg -i /tmp/next.deb");
}

START_TEST(an_installation_is_all_it_takes)
{
	SKIP_UNLESS_GUEST();
	shell(INSTALL);
	unit_expect(UNIT, "ActiveState", "active");
	unit_expect(UNIT, "UnitFileState", "enabled");
	DO(0, "reevectl", "version");
	DO(0, "getent", "group", "reeve");
}
END_TEST

START_TEST(an_upgrade_replaces_the_manager_and_no_program_notices)
{
	pid_t one, manager, logger, keeper;
	char exe[64];

	SKIP_UNLESS_GUEST();
	one = install_with_a_program();
	keeper = in.pid;
	manager = instance_part(&in, "reeve-manager");
	logger = instance_part(&in, "reeve-logger");
	upgrade();
	/* The socket is never closed: whoever comes next answers. */
	ck_assert_int_eq(instance_number(&in, "one", "pid"), one);
	ck_assert(pid_alive(one));
	ck_assert(pid_alive(keeper));
	manager = instance_part_after(&in, "reeve-manager", manager);
	logger = instance_part_after(&in, "reeve-logger", logger);
	snprintf(exe, sizeof exe, "/proc/%d/exe", (int)manager);
	DO(0, "test", exe, "-ef", "/usr/libexec/reeve/reeve-manager");
	snprintf(exe, sizeof exe, "/proc/%d/exe", (int)logger);
	DO(0, "test", exe, "-ef", "/usr/libexec/reeve/reeve-logger");
	unit_expect(UNIT, "ActiveState", "active");
	unit_expect(UNIT, "NRestarts", "0");
}
END_TEST

START_TEST(an_upgrade_keeps_what_was_configured)
{
	SKIP_UNLESS_GUEST();
	shell(INSTALL);
	shell("echo '; ours' >>/etc/reeve/reeve.conf");
	upgrade();
	DO(0, "grep", "-q", "^; ours$", "/etc/reeve/reeve.conf");
}
END_TEST

START_TEST(a_removal_ends_everything_and_leaves_the_configuration)
{
	pid_t one;

	SKIP_UNLESS_GUEST();
	one = install_with_a_program();
	shell("dpkg -r reeve");
	ck_assert(!pid_alive(one));
	ck_assert(!pid_alive(in.pid));
	DO(0, "test", "-e", "/etc/reeve/reeve.conf");
	DO(1, "test", "-e", "/usr/sbin/reeved");
}
END_TEST

START_TEST(a_removal_ends_instances_too)
{
	SKIP_UNLESS_GUEST();
	shell(INSTALL);
	shell("sed 's/reeve\\.sock/x.sock/; s/reeved\\./x./' /etc/reeve/reeve.conf "
	      ">/etc/reeve/x.conf");
	DO(0, "systemctl", "start", "reeve@x.service");
	shell("dpkg -r reeve");
	unit_expect("reeve@x.service", "ActiveState", "inactive");
}
END_TEST

START_TEST(a_purge_leaves_nothing)
{
	_cleanup_(outcome_done) struct outcome o = { 0 };

	SKIP_UNLESS_GUEST();
	(void)install_with_a_program();
	shell("rm /etc/reeve/conf.d/test.conf && dpkg --purge reeve");
	guest_run(&o, 0,
		  (const char *const[]){ "sh", "-c",
					 "find / /run /var/log /etc/systemd/system -xdev "
					 "-name '*reeve*' ! -name '*reeve-test*'",
					 NULL });
	ck_assert_str_eq(buf_str(&o.out), "");
	DO(2, "getent", "group", "reeve");
}
END_TEST

START_TEST(the_static_programs_run)
{
	SKIP_UNLESS_GUEST();
	shell("dpkg -i /own/deb/reeve-static_*.deb");
	DO(0, "/usr/lib/reeve-static/reeved", "--version");
	DO(0, "/usr/lib/reeve-static/reevectl", "--version");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("package");
	TCase *tc = harness_case(s, "package");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, an_installation_is_all_it_takes);
	tcase_add_test(tc, an_upgrade_replaces_the_manager_and_no_program_notices);
	tcase_add_test(tc, an_upgrade_keeps_what_was_configured);
	tcase_add_test(tc, a_removal_ends_everything_and_leaves_the_configuration);
	tcase_add_test(tc, a_removal_ends_instances_too);
	tcase_add_test(tc, a_purge_leaves_nothing);
	tcase_add_test(tc, the_static_programs_run);
	return s;
}

int main(int argc, char **argv)
{
	(void)argc;
	guest_enter_bare(argv[0]);
	return harness_run(suite());
}
