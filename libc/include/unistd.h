/* SPDX-License-Identifier: MIT */
/* Processes, handles as file descriptors, and waiting. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define _POSIX_VERSION		 200809L
#define _POSIX2_VERSION		 200809L
#define _XOPEN_VERSION		 700
#define _POSIX_THREADS		 200809L
#define _POSIX_SEMAPHORES	 200809L
#define _POSIX_MAPPED_FILES	 200809L
#define _POSIX_MEMORY_PROTECTION 200809L
#define _POSIX_FSYNC		 200809L
#define _POSIX_MONOTONIC_CLOCK	 200809L
#define _POSIX_NO_TRUNC		 1
#define _POSIX_VDISABLE		 0

#define STDIN_FILENO  0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2

#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2

#define F_ULOCK 0 /* lockf() */
#define F_LOCK	1
#define F_TLOCK 2
#define F_TEST	3

#define F_OK 0
#define X_OK 1
#define W_OK 2
#define R_OK 4

#define _SC_CLK_TCK	     2
#define _SC_OPEN_MAX	     4
#define _SC_PAGESIZE	     30
#define _SC_PAGE_SIZE	     _SC_PAGESIZE
#define _SC_NPROCESSORS_CONF 83
#define _SC_NPROCESSORS_ONLN 84
#define _SC_PHYS_PAGES	     85
#define _SC_AVPHYS_PAGES     86

extern char **environ;

ssize_t read(int fd, void *buf, size_t n);
ssize_t write(int fd, const void *buf, size_t n);
ssize_t pread(int fd, void *buf, size_t n, off_t offset);
ssize_t pwrite(int fd, const void *buf, size_t n, off_t offset);
off_t lseek(int fd, off_t offset, int whence);
int close(int fd);
int dup(int fd);
int dup2(int fd, int to);
int dup3(int fd, int to, int flags);
int lockf(int fd, int command, off_t len);
int access(const char *path, int mode);
int isatty(int fd);

int pipe(int fd[2]);
int pipe2(int fd[2], int flags);
int ftruncate(int fd, off_t size);
int truncate(const char *path, off_t size);
/* Files are in memory alone: there is nothing that would have to be written to be kept. */
int fsync(int fd);
int fdatasync(int fd);
void sync(void);
/* One user has all files: an owner can be set and is told, and decides nothing. */
int chown(const char *path, uid_t uid, gid_t gid);
int lchown(const char *path, uid_t uid, gid_t gid);
int fchown(int fd, uid_t uid, gid_t gid);
ssize_t readlink(const char *restrict path, char *restrict text, size_t size);
ssize_t readlinkat(int dir, const char *restrict path, char *restrict text, size_t size);
int symlink(const char *text, const char *path);
int symlinkat(const char *text, int dir, const char *path);
int link(const char *from, const char *to);
int linkat(int from_dir, const char *from, int dir, const char *to, int flags);
int unlink(const char *path);
int unlinkat(int dir, const char *path, int flags);
int faccessat(int dir, const char *path, int mode, int flags);
int fchownat(int dir, const char *path, uid_t uid, gid_t gid, int flags);
int fchdir(int fd);
int rmdir(const char *path);
int chdir(const char *path);
char *getcwd(char *buf, size_t size);

pid_t fork(void);
int execve(const char *path, char *const argv[], char *const envp[]);
int execv(const char *path, char *const argv[]);
int execvp(const char *file, char *const argv[]);
int execl(const char *path, const char *arg, ...);
int execlp(const char *file, const char *arg, ...);
int execle(const char *path, const char *arg, ...);
pid_t vfork(void);
int brk(void *to);
void *sbrk(intptr_t more);
_Noreturn void _exit(int status);
gid_t getgid(void);
gid_t getegid(void);
pid_t getpid(void);
pid_t getppid(void);
uid_t getuid(void);
uid_t geteuid(void);
int setuid(uid_t uid);
int seteuid(uid_t uid);
int setgid(gid_t gid);
int setegid(gid_t gid);
int setreuid(uid_t real, uid_t effective);
int setregid(gid_t real, gid_t effective);
int setresuid(uid_t real, uid_t effective, uid_t saved);
int setresgid(gid_t real, gid_t effective, gid_t saved);
int getresuid(uid_t *real, uid_t *effective, uid_t *saved);
int getresgid(gid_t *real, gid_t *effective, gid_t *saved);
int getgroups(int n, gid_t *groups);
int setpgid(pid_t pid, pid_t group);
pid_t getpgid(pid_t pid);
pid_t getpgrp(void);
int setpgrp(void);
pid_t getsid(pid_t pid);
pid_t setsid(void);
pid_t tcgetpgrp(int fd);
int tcsetpgrp(int fd, pid_t group);

unsigned int sleep(unsigned int seconds);
int usleep(useconds_t us);
unsigned int alarm(unsigned int seconds);
useconds_t ualarm(useconds_t us, useconds_t interval);
int pause(void);
long sysconf(int name);
int getpagesize(void);
int getdtablesize(void);
int gethostname(char *name, size_t size);
#ifdef _GNU_SOURCE
pid_t gettid(void);
#endif
long syscall(long nr, ...);

extern char *optarg;
extern int optind, opterr, optopt;
int getopt(int argc, char *const argv[], const char *options);
