/* SPDX-License-Identifier: MIT */
/* enter.c - the part of guest.h that runs before there are tests, where nothing may be
 * asserted.
 */
#include <err.h>
#include <stdarg.h>

#include "tests/systemd/guest.h"

#define BOOT "tests/systemd/boot"

const char *guest_lacks(void)
{
	return getenv("REEVE_NO_GUEST");
}

/* malloc'ed, for the rest of this process. */
__attribute__((format(printf, 1, 2))) static char *text_of(const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		err(EXIT_FAILURE, "text");
	va_end(ap);
	return text;
}

/* @name is a file of ours; in the guest it is /own/@as, which comes out as that file. */
static void hand_out(const char *name, const char *as, const char **argv, size_t *n)
{
	const char *file = getenv(name);

	if (!file)
		return;
	argv[(*n)++] = "-o";
	argv[(*n)++] = text_of("%s=%s", as, file);
	setenv(name, text_of("/own/%s", as), 1);
}

/* "boot" with @first, which ends with NULL, and what every test needs. */
static _Noreturn void boot(const char *program, const char *const *first)
{
	const char *build = getenv("REEVE_BUILD"), *argv[24];
	const size_t len = build ? strlen(build) : 0;
	size_t n = 0;

	if (!build || strncmp(program, build, len) != 0)
		errx(EXIT_FAILURE, "REEVE_BUILD names the folder that %s is in", program);
	argv[n++] = BOOT;
	while (*first)
		argv[n++] = *first++;
	argv[n++] = "-i";
	argv[n++] = text_of("build=%s", build);
	hand_out("CK_TAP_LOG_FILE_NAME", "tap", argv, &n);
	hand_out("REEVE_SKIPS", "skips", argv, &n);
	setenv("REEVE_BUILD", "/own/build", 1);
	argv[n++] = "--";
	argv[n++] = text_of("/own/build%s", program + len);
	argv[n] = NULL;
	execv(BOOT, (char *const *)(uintptr_t)argv);
	err(EXIT_FAILURE, BOOT);
}

/* What "boot --why" says, NULL if nothing is missing. */
static char *what_is_missing(const char *root)
{
	_cleanup_(freep) char *command = text_of(BOOT " -r %s --why", root);
	FILE *f = popen(command, "re");
	char *line = NULL;
	size_t room = 0;

	if (!f)
		err(EXIT_FAILURE, BOOT);
	if (getline(&line, &room, f) > 0)
		line[strcspn(line, "\n")] = '\0';
	return pclose(f) == 0 ? NULL : line;
}

/* Become a guest over @root; returns in it, and if there can be none. */
static void enter(const char *program, const char *root, const char *folder)
{
	_cleanup_(freep) char *whole = realpath(program, NULL), *missing = NULL;

	if (getenv("REEVE_GUEST"))
		return;
	missing = whole ? what_is_missing(root) : text_of("there is no %s", program);
	if (!missing)
		boot(whole, (const char *const[]){ "-r", root, "-i", folder, NULL });
	setenv("REEVE_NO_GUEST", missing, 1);
}

void guest_enter(const char *program)
{
	_cleanup_(freep) char *tree = text_of("tree=%s/root", getenv("REEVE_BUILD"));

	enter(program, "/", tree);
	if (!guest_lacks() &&
	    system("cp -a /own/tree/. / && systemd-sysusers && systemctl daemon-reload"))
		errx(EXIT_FAILURE, "cannot install what is to be tested");
}

void guest_enter_bare(const char *program)
{
	const char *root = getenv("REEVE_BARE"), *packages = getenv("REEVE_DEB");
	_cleanup_(freep) char *folder = text_of("deb=%s", packages ? packages : "");

	if (!root || !packages)
		errx(EXIT_FAILURE, "REEVE_BARE and REEVE_DEB name a root and a folder");
	enter(program, root, folder);
}
