/* SPDX-License-Identifier: MIT */
/*
 * Proves, file by file, who may what in /sys and /proc: knobs are set by KCAP_CTL; a process's
 * inside is its own, its parent's and KCAP_QUERY's; a frame number is shown to KCAP_QUERY; the rest
 * is everybody's.  The sender's authorities decide, not those of the server, nor those of
 * whoever opened the file; and a server that has refused serves on.  See user/README.md, "Who may
 * what in /sys and /proc".
 *
 * cpus: 2
 * timeout: 120
 */
#include <dirent.h>
#include <fcntl.h>
#include <mg/ipc.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "test.h"

#define PFN_MASK ((1ul << 55) - 1)
#define PRESENT	 (1ul << 63)

static char secret[PAGE] __attribute__((aligned(PAGE)));

/* ---- the machine's files ---- */

#define FILES_MAX 100

static struct file {
	char path[96];
	bool knob;
	bool frames; /* of frame numbers: no text, and not for everybody */
	int fd;	     /* opened with authority; a knob's to write */
} files[FILES_MAX];
static int nr_files, nr_knobs;

static void add_file(const char *path, mode_t mode)
{
	struct file *f = &files[nr_files++];

	REQUIRE(nr_files < FILES_MAX, "more files than expected");
	snprintf(f->path, sizeof(f->path), "%s", path);
	f->frames = !(mode & 0044);
	f->knob = mode & 0222;
	nr_knobs += f->knob;
	f->fd = open(path, f->knob ? O_RDWR : O_RDONLY);
	CHECK(f->fd >= 0, "open %s with authority: %s", path, strerror(errno));
}

/* All files below a directory, but those of processes. */
static void find_files(const char *directory)
{
	DIR *d = opendir(directory);
	struct dirent *e;
	char path[300];
	struct stat st;

	REQUIRE(d, "opendir %s: %s", directory, strerror(errno));
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.' || !strcmp(e->d_name, "self") || atoi(e->d_name))
			continue;
		snprintf(path, sizeof(path), "%s/%s", directory, e->d_name);
		CHECK(!stat(path, &st), "stat %s: %s", path, strerror(errno));
		if (S_ISDIR(st.st_mode))
			find_files(path);
		else
			add_file(path, st.st_mode);
	}
	closedir(d);
}

static ssize_t read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, text, size - 1);

	CHECK(fd >= 0 && n > 0, "read %s: %s", path, strerror(errno));
	text[n > 0 ? n : 0] = '\0';
	close(fd);
	return n;
}

/* What shows all frames; `may`: KCAP_QUERY and KCAP_CTL, which writing needs both. */
static void try_frames(const struct file *f, bool may_read, bool may_write)
{
	uint64_t word = 0;

	if (may_read) {
		CHECK_EQ(pread(f->fd, &word, 8, 0), 8, "read %s: %s", f->path, strerror(errno));
		CHECK_ERRNO(pread(f->fd, &word, 7, 0), EINVAL);
		CHECK_ERRNO(pread(f->fd, &word, 8, 4), EINVAL);
		CHECK_EQ(pread(f->fd, &word, 8, 1l << 40), 0, "read %s beyond the end", f->path);
	} else {
		CHECK_ERRNO(open(f->path, O_RDONLY), EACCES);
		CHECK_ERRNO(access(f->path, R_OK), EACCES);
		CHECK_ERRNO(pread(f->fd, &word, 8, 0), EACCES);
	}
	if (f->knob && may_read && may_write) {
		CHECK_EQ(pwrite(f->fd, &word, 8, 0), 8, "write %s: %s", f->path, strerror(errno));
		CHECK_ERRNO(pwrite(f->fd, &word, 4, 0), EINVAL);
		CHECK_ERRNO(pwrite(f->fd, &word, 8, 1l << 40), ENXIO);
	} else {
		CHECK_ERRNO(access(f->path, W_OK), EACCES);
		CHECK_ERRNO(open(f->path, O_RDWR), EACCES);
	}
}

static void try_all_frames(bool may_read, bool may_write)
{
	for (struct file *f = files; f < files + nr_files; f++)
		if (f->frames)
			try_frames(f, may_read, may_write);
}

/* Everybody reads all the others; and who may writes back what stands there. */
static void try_files(bool may_write)
{
	char text[8192];

	for (struct file *f = files; f < files + nr_files; f++) {
		ssize_t n;

		if (f->frames)
			continue;
		n = read_text(f->path, text, sizeof(text));
		if (!f->knob || !may_write) {
			CHECK_ERRNO(open(f->path, O_WRONLY), EACCES);
			CHECK_ERRNO(open(f->path, O_RDWR), EACCES);
			CHECK_ERRNO(access(f->path, W_OK), EACCES);
		}
		if (f->knob && !may_write) {
			CHECK_ERRNO(write(f->fd, "0", 1), EACCES);
			CHECK_ERRNO(pwrite(f->fd, "1", 1, 0), EACCES);
		}
		if (f->knob && may_write) {
			CHECK(!access(f->path, W_OK), "access %s: %s", f->path, strerror(errno));
			if (text[0] >= '0' && text[0] <= '9')
				CHECK_EQ(write(f->fd, text, (size_t)n), n, "write to %s: %s",
					 f->path, strerror(errno));
		}
		CHECK(!access(f->path, R_OK), "access %s: %s", f->path, strerror(errno));
	}
}

/* ---- the files of a process ---- */

static const struct proc_file {
	const char *name;
	bool inside; /* not for everybody */
} proc_files[] = {
	{ "comm", false },   { "status", false }, { "stat", false },
	{ "maps", true },    { "smaps", true },	  { "ksm_stat", true },
	{ "pagemap", true }, { "mem", true },	  { "ksm_merging_pages", true },
};
#define NR_PROC_FILES (sizeof(proc_files) / sizeof(proc_files[0]))

static const struct proc_file *proc_file_of(const char *name)
{
	for (size_t i = 0; i < NR_PROC_FILES; i++)
		if (!strcmp(proc_files[i].name, name))
			return &proc_files[i];
	return NULL;
}

static const char *path_of(pid_t pid, const char *name)
{
	static char path[64];

	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	else
		snprintf(path, sizeof(path), "/proc/self/%s", name);
	return path;
}

/* Reads something of an open file, where there is something. */
static ssize_t read_some(const char *name, int fd)
{
	uint64_t place = (uintptr_t)secret;
	char buf[256];

	if (!strcmp(name, "pagemap"))
		return pread(fd, buf, 8, (off_t)(place / PAGE * 8));
	if (!strcmp(name, "mem"))
		return pread(fd, buf, 9, (off_t)place);
	return pread(fd, buf, sizeof(buf), 0);
}

/* Whether each file of a process (0: self) can be read as expected by who runs this. */
static void try_process(pid_t pid, bool inside)
{
	for (const struct proc_file *f = proc_files; f < proc_files + NR_PROC_FILES; f++) {
		const char *path = path_of(pid, f->name);
		int fd = open(path, O_RDONLY);

		if (f->inside && !inside) {
			CHECK(fd < 0 && errno == EACCES, "open %s: %d, %s", path, fd,
			      strerror(errno));
			CHECK_ERRNO(access(path, R_OK), EACCES);
			continue;
		}
		CHECK(fd >= 0, "open %s: %s", path, strerror(errno));
		CHECK(read_some(f->name, fd) > 0, "read %s: %s", path, strerror(errno));
		CHECK_ERRNO(open(path, strcmp(f->name, "mem") ? O_RDWR : O_EXCL | O_CREAT),
			    strcmp(f->name, "mem") ? EACCES : EEXIST);
		close(fd);
	}
}

/* The entry of `secret` in the pagemap of a process (0: self). */
static uint64_t pagemap_entry(pid_t pid)
{
	int fd = open(path_of(pid, "pagemap"), O_RDONLY);
	uint64_t entry = 0;

	CHECK_EQ(pread(fd, &entry, 8, (off_t)((uintptr_t)secret / PAGE * 8)), 8, "pagemap: %s",
		 strerror(errno));
	close(fd);
	return entry;
}

/* ---- who asks ---- */

static pid_t victim;
static int victim_fd[NR_PROC_FILES];

/* A process with a secret, which sleeps; it ends when its parent kills it. */
static pid_t start_victim(void)
{
	pid_t pid = fork();

	if (!pid) {
		strcpy(secret, "my secret");
		for (;;)
			pause();
	}
	CHECK(pid > 0, "fork: %s", strerror(errno));
	return pid;
}

static void end_victim(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static pid_t server_pid(void)
{
	static struct kstat_proc proc[64];
	ssize_t got = mg_kstat(KSTAT_PROCS, proc, sizeof(proc));

	for (ssize_t i = 0; i < got / (ssize_t)sizeof(proc[0]); i++)
		if (!strcmp(proc[i].name, "sysfs"))
			return proc[i].pid;
	return 0;
}

static void write_victim(bool may)
{
	int fd = may ? open(path_of(victim, "mem"), O_RDWR) : victim_fd[NR_PROC_FILES - 2];
	ssize_t n = pwrite(fd, "MY", 2, (off_t)(uintptr_t)secret);
	int error = errno;

	CHECK_EQ(n, may ? 2 : -1, "pwrite into the victim: %s", strerror(error));
	CHECK(may || error == EACCES, "why not: %s", strerror(error));
}

/* Everything that nobody without authority may. */
static void try_all_without(pid_t server)
{
	try_files(false);
	try_all_frames(false, false);
	try_process(victim, false);
	try_process(getppid(), false);
	try_process(1, false);
	try_process(server, false);
	write_victim(false);
	for (size_t i = 0; i < NR_PROC_FILES; i++) {
		ssize_t n = read_some(proc_files[i].name, victim_fd[i]);

		if (proc_files[i].inside)
			CHECK(n == -1 && errno == EACCES, "read an open %s: %zd, %s",
			      proc_files[i].name, n, strerror(errno));
		else
			CHECK(n > 0, "read an open %s: %s", proc_files[i].name, strerror(errno));
	}
}

/* Nor may those be ended whom everybody needs. */
static void try_servers(pid_t server)
{
	CHECK_ERRNO(kill(server, SIGKILL), EPERM);
	CHECK_ERRNO(kill(server, SIGSTOP), EPERM);
	CHECK_ERRNO(kill(-server, SIGTERM), EPERM);
	CHECK_ERRNO(kill(1, SIGKILL), EPERM);
	CHECK_ERRNO(kill(1, SIGCHLD), EPERM);
	CHECK(!kill(victim, 0), "kill of another program: %s", strerror(errno));
}

/* Nor what others run: what came with the machine stays as it is. */
static void try_installed(void)
{
	int fd;

	CHECK_ERRNO(open("/bin/ls", O_WRONLY), EACCES);
	CHECK_ERRNO(open("/bin/ls", O_RDONLY | O_TRUNC), EACCES);
	CHECK_ERRNO(open("/bin/ls", O_RDWR | O_CREAT, 0755), EACCES);
	CHECK_ERRNO(access("/bin/ls", W_OK), EACCES);
	CHECK_ERRNO(unlink("/bin/ls"), EPERM);
	CHECK_ERRNO(rename("/bin/ls", "/tmp/ls"), EPERM);
	CHECK_ERRNO(rename("/bin", "/tmp/bin"), EPERM);
	CHECK_ERRNO(chmod("/bin/ls", 0), EPERM);
	CHECK_ERRNO(rmdir("/tmp"), EPERM);
	CHECK(!access("/bin/ls", R_OK | X_OK), "access to /bin/ls: %s", strerror(errno));
	fd = open("/tmp/own", O_RDWR | O_CREAT | O_TRUNC, 0644);
	CHECK(fd >= 0 && write(fd, "x", 1) == 1, "a file of one's own: %s", strerror(errno));
	CHECK_ERRNO(rename("/tmp/own", "/bin/ls"), EPERM);
	CHECK(!chmod("/tmp/own", 0755), "chmod: %s", strerror(errno));
	CHECK(!rename("/tmp/own", "/tmp/other"), "rename: %s", strerror(errno));
	CHECK(!unlink("/tmp/other"), "unlink: %s", strerror(errno));
	close(fd);
}

static void drop(unsigned int authorities)
{
	CHECK(!mg_cap_drop_bound(authorities), "drop: %s", strerror(errno));
}

static void stranger_without(void *arg)
{
	pid_t server = *(pid_t *)arg;

	drop(KCAP_ALL);
	try_all_without(server);
	try_servers(server);
	try_installed();
}

static void stranger_with(void *arg)
{
	(void)arg;
	try_files(true);
	try_all_frames(true, true);
	try_process(victim, true);
	try_process(0, true);
	try_process(getppid(), true);
	write_victim(true);
	CHECK(!rename("/bin/ls", "/bin/LS") && !rename("/bin/LS", "/bin/ls"), "rename: %s",
	      strerror(errno));
}

/* Not dropped for good, but not there: no handle, or a smaller one. */
static void stranger_closed(void *arg)
{
	pid_t server = *(pid_t *)arg;

	CHECK(!syscall(SYS_handle_close, HANDLE_KCAP), "handle_close: %s", strerror(errno));
	try_all_without(server);
}

static void stranger_reduced(void *arg)
{
	int rest = (int)syscall(SYS_kcap_reduce, HANDLE_KCAP, KCAP_LOG | KCAP_STAT);
	pid_t server = *(pid_t *)arg;

	CHECK_EQ(mg_handle_dup(rest, HANDLE_KCAP), HANDLE_KCAP, "handle_dup");
	try_all_without(server);
}

/* The server of KCAP_QUERY sets no knob, that of KCAP_CTL sees no other process. */
static void query_only(void *arg)
{
	(void)arg;
	drop(KCAP_ALL & ~KCAP_QUERY);
	try_files(false);
	try_all_frames(true, false);
	try_process(victim, true);
	CHECK((pagemap_entry(victim) & PFN_MASK) != 0, "frame number with KCAP_QUERY");
}

static void ctl_only(void *arg)
{
	(void)arg;
	drop(KCAP_ALL & ~KCAP_CTL);
	try_files(true);
	try_all_frames(false, true);
	try_process(victim, false);
}

static void self_without(void *arg)
{
	int fd;

	(void)arg;
	strcpy(secret, "of my own");
	drop(KCAP_ALL);
	try_process(0, true);
	try_process(getpid(), true);
	fd = open(path_of(0, "mem"), O_RDWR);
	CHECK_EQ(pwrite(fd, "ON", 2, (off_t)(uintptr_t)secret), 2, "write to oneself: %s",
		 strerror(errno));
	CHECK(!strcmp(secret, "ON my own"), "one's own memory: %s", secret);
	CHECK_EQ(pagemap_entry(0) & PFN_MASK, 0, "frame number");
	CHECK(pagemap_entry(0) & PRESENT, "the rest of the entry");
}

/* Who inherits another's open file has not become it. */
static void self_inherited(void *arg)
{
	int mem, map;
	pid_t pid;

	(void)arg;
	strcpy(secret, "of my own");
	drop(KCAP_ALL);
	mem = open(path_of(0, "mem"), O_RDWR);
	map = open(path_of(0, "maps"), O_RDONLY);
	CHECK(read_some("maps", map) > 0, "read maps: %s", strerror(errno));
	pid = fork();
	if (!pid) {
		CHECK_ERRNO(read_some("mem", mem), EACCES);
		CHECK_ERRNO(pwrite(mem, "x", 1, (off_t)(uintptr_t)secret), EACCES);
		CHECK_ERRNO(read_some("maps", map), EACCES);
		CHECK_ERRNO(pread(map, &pid, 4, 4), EACCES);
		_exit(test.failed);
	}
	child_join(pid);
	CHECK(!strcmp(secret, "of my own"), "memory: %s", secret);
}

static void parent_without(void *arg)
{
	pid_t child;
	int fd;

	(void)arg;
	drop(KCAP_ALL);
	child = start_victim();
	try_process(child, true);
	CHECK_EQ(pagemap_entry(child) & PFN_MASK, 0, "frame number of a child");
	fd = open(path_of(child, "mem"), O_RDWR);
	CHECK_EQ(pwrite(fd, "x", 1, (off_t)(uintptr_t)secret), 1, "write into a child: %s",
		 strerror(errno));
	end_victim(child);
	CHECK_ERRNO(pread(fd, &child, 1, (off_t)(uintptr_t)secret), ESRCH);
}

static void parent_of_the_mighty(void *arg)
{
	pid_t child = start_victim();

	(void)arg;
	try_process(child, true);
	drop(KCAP_LOG);
	try_process(child, true); /* by KCAP_QUERY */
	drop(KCAP_QUERY);
	try_process(child, false);
	end_victim(child);
}

/* ---- */

static void test_frames(void)
{
	TEST_BEGIN("frame numbers with authority: the kernel's own");
	secret[0] = 'm';
	CHECK_EQ(pagemap_entry(0) & PFN_MASK, vmq(secret).pfn, "of one's own page");
	CHECK_EQ(pagemap_entry(victim) & PFN_MASK, vmq_of(victim, secret).pfn, "of another's");
}

static void test_listing(void)
{
	DIR *d = opendir("/proc/self");
	struct dirent *e;
	size_t n = 0;

	TEST_BEGIN("all files of a process are known here");
	REQUIRE(d, "opendir: %s", strerror(errno));
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		CHECK(proc_file_of(e->d_name), "no rule for /proc/PID/%s", e->d_name);
		n++;
	}
	CHECK_EQ(n, NR_PROC_FILES, "files of a process");
	closedir(d);
}

static void run(const char *name, void (*fn)(void *arg), pid_t *server)
{
	test_begin(name);
	child_join(child_start(fn, server));
}

static void check_secret(const char *want)
{
	char got[10] = "";

	CHECK_EQ(mg_vm_peek(victim, secret, got, 9), 9, "vm_peek: %s", strerror(errno));
	CHECK(!strcmp(got, want), "the victim's secret: \"%s\", expected \"%s\"", got, want);
}

int main(void)
{
	pid_t server;

	TEST_BEGIN("the files of the machine");
	find_files("/sys");
	find_files("/proc");
	CHECK(nr_knobs >= 20 && nr_files >= 40, "%d files, %d of them knobs", nr_files, nr_knobs);
	server = server_pid();
	victim = start_victim();
	test_listing();
	wait_until(vmq_of(victim, secret).flags & VMQ_WRITABLE, "the victim has its secret");
	for (size_t i = 0; i < NR_PROC_FILES; i++)
		victim_fd[i] = open(path_of(victim, proc_files[i].name),
				    strcmp(proc_files[i].name, "mem") ? O_RDONLY : O_RDWR);
	test_frames();
	run("a stranger without authority", stranger_without, &server);
	run("one whose HANDLE_KCAP is closed", stranger_closed, &server);
	run("one whose HANDLE_KCAP is a smaller one", stranger_reduced, &server);
	check_secret("my secret");
	run("KCAP_QUERY alone", query_only, NULL);
	run("KCAP_CTL alone", ctl_only, NULL);
	run("a process and itself", self_without, NULL);
	run("a child and its parent's open files", self_inherited, NULL);
	run("a parent and its child", parent_without, NULL);
	run("a parent that has dropped what its child has", parent_of_the_mighty, NULL);
	check_secret("my secret");
	run("a stranger with authority", stranger_with, NULL);
	check_secret("MY secret");
	TEST_BEGIN("the server has lived through it all");
	CHECK_EQ(server_pid(), server, "pid of the server");
	end_victim(victim);
	return TEST_END();
}
