/* SPDX-License-Identifier: MIT */
/* Groups of users: there is one, root. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct group {
	char *gr_name, *gr_passwd;
	gid_t gr_gid;
	char **gr_mem;
};

struct group *getgrnam(const char *name);
struct group *getgrgid(gid_t gid);
int getgrnam_r(const char *restrict name, struct group *restrict group, char *restrict buf,
	       size_t size, struct group **restrict found);
int getgrgid_r(gid_t gid, struct group *restrict group, char *restrict buf, size_t size,
	       struct group **restrict found);
struct group *getgrent(void);
void setgrent(void);
void endgrent(void);
int getgrouplist(const char *user, gid_t group, gid_t *groups, int *n);
int initgroups(const char *user, gid_t group);
int setgroups(size_t n, const gid_t *groups);
