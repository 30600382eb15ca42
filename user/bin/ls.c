/* SPDX-License-Identifier: MIT */
/* ls [DIRECTORY]: what is in it. */
#include <dirent.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : ".";
	DIR *dir = opendir(path);
	struct dirent *d;

	if (!dir) {
		perror(path);
		return 1;
	}
	while ((d = readdir(dir)))
		puts(d->d_name);
	closedir(dir);
	return 0;
}
