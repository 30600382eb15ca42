/* SPDX-License-Identifier: MIT */
/*
 * The part "args" of the boot bundle: any bytes.  What init makes of them are strings inside.
 *
 * sources: user/init/args.c tools/fuzz/pretend.c
 * defines: close=pretend_close
 */
#include "tools/fuzz/fuzz.h"
#include "user/init/init.h"

int server_main(void)
{
	return 0;
}

static void check_strings(char **list, const char *text, size_t size)
{
	for (; *list; list++)
		FUZZ_CHECK(*list >= text && *list + strlen(*list) < text + size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	char *text = take_bytes(&in, &size);
	struct job job = job_parse(text, size);

	if (!job.error) {
		FUZZ_CHECK(job.argv[0]);
		check_strings(job.argv, text, size);
		check_strings(job.envp, text, size);
		free(job.argv);
		free(job.envp);
	}
	free(text);
	return 0;
}
