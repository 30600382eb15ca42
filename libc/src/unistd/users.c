/* SPDX-License-Identifier: MIT */
/*
 * Users and groups.  There is one of each, root, with the number 0: who asks for it finds it, who
 * wants to become it is it, and any other number is one that this system does not support (EINVAL).
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "alias.h"
#include "sys.h"

static char name[] = "root", none[] = "", home[] = "/", shell[] = "/bin/sh";
static char *members[] = { NULL };
static struct passwd root = { name, none, 0, 0, name, home, shell };
static struct group roots = { name, none, 0, members };
static int users_read, groups_read;

struct passwd *getpwnam(const char *user)
{
	return strcmp(user, name) ? NULL : &root;
}

struct passwd *getpwuid(uid_t uid)
{
	return uid ? NULL : &root;
}

struct group *getgrnam(const char *group)
{
	return strcmp(group, name) ? NULL : &roots;
}

struct group *getgrgid(gid_t gid)
{
	return gid ? NULL : &roots;
}

/* The texts are constant, so nothing goes to buf. */
static int give_user(const struct passwd *is, struct passwd *user, struct passwd **found)
{
	if (is)
		*user = *is;
	*found = is ? user : NULL;
	return 0;
}

static int give_group(const struct group *is, struct group *group, struct group **found)
{
	if (is)
		*group = *is;
	*found = is ? group : NULL;
	return 0;
}

int getpwnam_r(const char *restrict user_name, struct passwd *restrict user, char *restrict buf,
	       size_t size, struct passwd **restrict found)
{
	(void)buf;
	(void)size;
	return give_user(getpwnam(user_name), user, found);
}

int getpwuid_r(uid_t uid, struct passwd *restrict user, char *restrict buf, size_t size,
	       struct passwd **restrict found)
{
	(void)buf;
	(void)size;
	return give_user(getpwuid(uid), user, found);
}

int getgrnam_r(const char *restrict group_name, struct group *restrict group, char *restrict buf,
	       size_t size, struct group **restrict found)
{
	(void)buf;
	(void)size;
	return give_group(getgrnam(group_name), group, found);
}

int getgrgid_r(gid_t gid, struct group *restrict group, char *restrict buf, size_t size,
	       struct group **restrict found)
{
	(void)buf;
	(void)size;
	return give_group(getgrgid(gid), group, found);
}

struct passwd *getpwent(void)
{
	return users_read++ ? NULL : &root;
}

void setpwent(void)
{
	users_read = 0;
}

void endpwent(void) ALIAS(setpwent);

struct group *getgrent(void)
{
	return groups_read++ ? NULL : &roots;
}

void setgrent(void)
{
	groups_read = 0;
}

void endgrent(void) ALIAS(setgrent);

/* ---- becoming somebody: -1 leaves a number as it is ---- */

static int become(unsigned int id)
{
	return (int)sys_ret(id ? -EINVAL : 0);
}

static int become_each(const unsigned int *ids, int n)
{
	for (int i = 0; i < n; i++)
		if (ids[i] && ids[i] != ~0u)
			return (int)sys_ret(-EINVAL);
	return 0;
}

int setuid(uid_t uid)
{
	return become(uid);
}

int seteuid(uid_t uid) ALIAS(setuid);
int setgid(gid_t gid) ALIAS(setuid);
int setegid(gid_t gid) ALIAS(setuid);

int setreuid(uid_t real, uid_t effective)
{
	return become_each((unsigned int[]){ real, effective }, 2);
}

int setregid(gid_t real, gid_t effective) ALIAS(setreuid);

int setresuid(uid_t real, uid_t effective, uid_t saved)
{
	return become_each((unsigned int[]){ real, effective, saved }, 3);
}

int setresgid(gid_t real, gid_t effective, gid_t saved) ALIAS(setresuid);

int getresuid(uid_t *real, uid_t *effective, uid_t *saved)
{
	static const uid_t root;

	if (sys_vm_copy(real, &root, sizeof(root)) < 0 ||
	    sys_vm_copy(effective, &root, sizeof(root)) < 0 ||
	    sys_vm_copy(saved, &root, sizeof(root)) < 0)
		return (int)sys_ret(-EFAULT);
	return 0;
}

int getresgid(gid_t *real, gid_t *effective, gid_t *saved) ALIAS(getresuid);

/* Root is in no other group than its own. */
int getgroups(int n, gid_t *groups)
{
	static const gid_t root;

	if (n < 0)
		return (int)sys_ret(-EINVAL);
	if (n && sys_vm_copy(groups, &root, sizeof(root)) < 0)
		return (int)sys_ret(-EFAULT);
	return 1;
}

int setgroups(size_t n, const gid_t *groups)
{
	return become_each(groups, n > 1 ? 1 : (int)n);
}

int getgrouplist(const char *user, gid_t group, gid_t *groups, int *n)
{
	int room = *n;

	(void)user;
	*n = 1;
	if (room < 1)
		return -1;
	*groups = group;
	return 1;
}

int initgroups(const char *user, gid_t group)
{
	(void)user;
	return become(group);
}
