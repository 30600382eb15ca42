/* SPDX-License-Identifier: MIT */
/*
 * Proves: the knobs of /sys answer a program's write() as Linux's do: what is in a knob's range is
 * taken whole and reads back, with or without a newline; for anything else write() says -1 and
 * why, and nothing changes; and whatever the server, a descriptor that was not opened for it is
 * EBADF.  See user/README.md.
 *
 * cpus: 1
 * suite: check
 */
#include <fcntl.h>
#include <limits.h>

#include "test.h"

#define KSM  "/sys/kernel/mm/ksm/"
#define PKSM "/sys/kernel/mm/pksm/"

/* Texts that a file takes, the last one its default; and that it refuses, with the errno. */
static const struct knob_file {
	const char *path;
	const char *good[3];
	struct refusal {
		const char *text;
		int error;
	} bad[7];
} files[] = {
	{ KSM "run",
	  { "1", "1\n", "0" },
	  { { "3", EINVAL },
	    { "on", EINVAL },
	    { "-1", EINVAL },
	    { "1 ", EINVAL },
	    { "\n", EINVAL },
	    { "4294967296", EINVAL },
	    { "0x1", EINVAL } } },
	{ KSM "pages_to_scan",
	  { "0", "4294967295", "100\n" },
	  { { "abc", EINVAL }, { "4294967296", EINVAL }, { "-1", EINVAL }, { "1.5", EINVAL } } },
	{ KSM "sleep_millisecs",
	  { "+1", "4294967295\n", "20" },
	  { { "", 0 }, { "99999999999999999999", EINVAL }, { "1\n\n", EINVAL } } },
	{ KSM "stable_node_chains_prune_millisecs",
	  { "0", "1", "2000" },
	  { { "x", EINVAL }, { "4294967296", EINVAL } } },
	{ KSM "use_zero_pages",
	  { "1", "Y", "off" },
	  { { "2", EINVAL }, { "maybe", EINVAL }, { "-", EINVAL } } },
	{ KSM "smart_scan", { "0", "n\n", "on" }, { { "2", EINVAL }, { "\n", EINVAL } } },
	{ KSM "checksum_first", { "1", "y\n", "off" }, { { "2", EINVAL }, { "maybe", EINVAL } } },
	{ KSM "max_page_sharing",
	  { "2", "2147483647", "256" },
	  { { "1", EINVAL }, { "two", EINVAL }, { "2147483648", ERANGE } } },
	{ KSM "merge_across_nodes", { "1", "1\n", "1" }, { { "0", EINVAL }, { "2", EINVAL } } },
	{ KSM "advisor_mode",
	  { "none", "none\n", "none" },
	  { { "scan-time", EINVAL }, { "non", EINVAL }, { "0", EINVAL } } },
	{ PKSM "run", { "1", "1\n", "0" }, { { "3", EINVAL }, { "two", EINVAL } } },
	{ PKSM "pages_to_scan",
	  { "1", "1048576", "100" },
	  { { "0", EINVAL }, { "1048577", EINVAL }, { "1e3", EINVAL } } },
	{ PKSM "max_cpu_percent", { "1", "100", "50" }, { { "0", EINVAL }, { "101", EINVAL } } },
};

static const char *text_of(const char *path)
{
	static char text[100];
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	CHECK(fd >= 0 && n > 0, "read %s: %s", path, strerror(errno));
	text[n > 0 ? n : 0] = '\0';
	close(fd);
	return text;
}

static ssize_t write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	ssize_t n;
	int error;

	CHECK(fd >= 0, "open %s to write: %s", path, strerror(errno));
	errno = 0;
	n = write(fd, text, strlen(text));
	error = errno;
	close(fd);
	errno = error;
	return n;
}

/* What a file shows after the text was written. */
static bool shows(const char *seen, const char *text)
{
	static const char yes[] = "1yYtT", no[] = "0nNfF";
	bool is_word = text[0] == 'o' || strchr("yYtTnNfF", text[0]);
	char number[16];

	if (!strncmp(text, "none", 4))
		return !strncmp(seen, "[none]", 6);
	if (is_word)
		snprintf(number, sizeof(number), "%d\n",
			 text[0] == 'o' ? text[1] == 'n' :
					  strchr(yes, text[0]) && !strchr(no, text[0]));
	else
		snprintf(number, sizeof(number), "%lu\n", strtoul(text, NULL, 10));
	return !strcmp(seen, number);
}

static void try_file(const struct knob_file *f)
{
	char before[100];

	for (int i = 0; i < 3; i++) {
		CHECK_EQ(write_text(f->path, f->good[i]), strlen(f->good[i]), "%s <- \"%s\": %s",
			 f->path, f->good[i], strerror(errno));
		CHECK(shows(text_of(f->path), f->good[i]), "%s after \"%s\": %s", f->path,
		      f->good[i], text_of(f->path));
	}
	strcpy(before, text_of(f->path));
	for (int i = 0; i < 7 && f->bad[i].text; i++) {
		const struct refusal *bad = &f->bad[i];

		CHECK_EQ(write_text(f->path, bad->text), bad->error ? -1 : 0, "%s <- \"%s\"",
			 f->path, bad->text);
		CHECK_EQ(errno, bad->error, "errno of %s <- \"%s\"", f->path, bad->text);
		CHECK(!strcmp(text_of(f->path), before), "%s has changed to %s", f->path,
		      text_of(f->path));
	}
}

static void test_ways_of_opening(void)
{
	char byte;
	int fd;

	TEST_BEGIN("descriptors not opened for it are EBADF, whatever the server");
	fd = open(KSM "run", O_RDONLY);
	CHECK_ERRNO(write(fd, "1", 1), EBADF);
	close(fd);
	fd = open(KSM "run", O_WRONLY);
	CHECK_ERRNO(read(fd, &byte, 1), EBADF);
	CHECK_ERRNO(pwrite(fd, "3", 1, 0), EINVAL);
	CHECK_ERRNO(pwrite(fd, "1", 1, -1), EINVAL);
	CHECK_EQ(pwrite(fd, "0", 1, 0), 1, "pwrite");
	close(fd);
	CHECK_ERRNO(write(fd, "1", 1), EBADF);
	CHECK_ERRNO(read(fd, &byte, 1), EBADF);
}

int main(void)
{
	TEST_BEGIN("each file takes its range, and refuses the rest");
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		try_file(&files[i]);
	test_ways_of_opening();
	return TEST_END();
}
