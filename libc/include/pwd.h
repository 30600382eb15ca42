/* SPDX-License-Identifier: MIT */
/* Users: there is one, root. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct passwd {
	char *pw_name, *pw_passwd;
	uid_t pw_uid;
	gid_t pw_gid;
	char *pw_gecos, *pw_dir, *pw_shell;
};

/* NULL, with errno as it was: nobody has that name or number. */
struct passwd *getpwnam(const char *name);
struct passwd *getpwuid(uid_t uid);
int getpwnam_r(const char *restrict name, struct passwd *restrict user, char *restrict buf,
	       size_t size, struct passwd **restrict found);
int getpwuid_r(uid_t uid, struct passwd *restrict user, char *restrict buf, size_t size,
	       struct passwd **restrict found);
struct passwd *getpwent(void);
void setpwent(void);
void endpwent(void);
