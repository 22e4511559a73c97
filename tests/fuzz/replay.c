/* SPDX-License-Identifier: MIT */
/*
 * replay.c - feeds a fuzz target the inputs of its corpus: a test that needs no clang.
 *
 *	fuzz_x FILE|DIRECTORY...
 *
 * A target that dies is recognised by the last name on standard output.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/cleanup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The whole of @path, followed by nothing: a target that reads past the end is caught. */
static int read_all(const char *path, uint8_t **ret, size_t *ret_len)
{
	_cleanup_(fclosep) FILE *f = fopen(path, "re");
	_cleanup_(freep) uint8_t *data = NULL;
	struct stat st;

	if (!f || fstat(fileno(f), &st) < 0)
		return -errno;
	data = malloc((size_t)st.st_size ? (size_t)st.st_size : 1);
	if (!data)
		return -ENOMEM;
	*ret_len = fread(data, 1, (size_t)st.st_size, f);
	if (ferror(f))
		return -EIO;
	*ret = TAKE_PTR(data);
	return 0;
}

static int replay_file(const char *path)
{
	_cleanup_(freep) uint8_t *data = NULL;
	size_t len;
	int r = read_all(path, &data, &len);

	if (r < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(-r));
		return r;
	}
	printf("%s\n", path);
	fflush(stdout);
	(void)LLVMFuzzerTestOneInput(data, len);
	return 1;
}

/* How many inputs @path was, or -errno. */
static int replay(const char *path)
{
	_cleanup_(closedirp) DIR *dir = opendir(path);
	struct dirent *entry;
	int n = 0;

	if (!dir)
		return errno == ENOTDIR ? replay_file(path) : -errno;
	while ((entry = readdir(dir))) {
		_cleanup_(buf_done) struct buf file = BUF_INIT;
		int r;

		if (entry->d_name[0] == '.')
			continue;
		r = buf_printf(&file, "%s/%s", path, entry->d_name);
		if (r == 0)
			r = replay_file(buf_str(&file));
		if (r < 0)
			return r;
		n += r;
	}
	return n;
}

int main(int argc, char **argv)
{
	static const uint8_t nothing[1];
	int n = 0;

	(void)LLVMFuzzerTestOneInput(nothing, 0);
	for (int i = 1; i < argc; i++) {
		int r = replay(argv[i]);

		if (r <= 0) {
			fprintf(stderr, "%s: %s\n", argv[i], r ? strerror(-r) : "no inputs");
			return EXIT_FAILURE;
		}
		n += r;
	}
	printf("%d inputs\n", n);
	return EXIT_SUCCESS;
}
