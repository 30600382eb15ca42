/* SPDX-License-Identifier: MIT */
/*
 * The guest of the GDB tests: a parent and its forked child with a known page of
 * every kind, at known addresses.  It says where it is by calling getppid(),
 * on which the debugger stops:
 *
 *	first call:   the pages stand, the child sleeps, the scanner rests
 *	second call:  the three twins are one frame, the cleared page is the zero page,
 *	              the scanner rests again
 *
 * So no other CPU is in the middle of anything when the debugger looks.
 */
#include <merganser.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096ul
#define AREA ((char *)0x10000000)

/* Pages of AREA, in order. */
enum { TWIN_A, TWIN_B, TWIN_C, SHARED, PARTED, READ_ZERO, CLEARED, UNTOUCHED, NR_PAGES };

static char *page(int i)
{
	return AREA + (unsigned long)i * PAGE;
}

static void write_twins(void)
{
	for (int i = TWIN_A; i <= TWIN_C; i++)
		memset(page(i), 'T', PAGE);
}

static void fill(void)
{
	write_twins();
	memset(page(SHARED), 'S', PAGE);
	memset(page(PARTED), 'P', PAGE);
	memset(page(CLEARED), 0, PAGE);
	if (*(volatile char *)page(READ_ZERO))
		_exit(1);
}

/* Forgets its twins, writes one page, which parts it, and waits for the end. */
static void child(void)
{
	munmap(page(TWIN_A), 3 * PAGE);
	memset(page(PARTED), 'Q', PAGE);
	for (;;)
		pause();
}

/* Whether the child has come to its pause(), where it stays. */
static int sleeps(pid_t pid)
{
	struct kstat_proc procs[8];
	ssize_t got = mg_kstat(KSTAT_PROCS, procs, sizeof(procs));

	for (size_t i = 0; got > 0 && i < (size_t)got / sizeof(procs[0]); i++)
		if (procs[i].pid == pid)
			return procs[i].state == 1; /* T_SLEEPING */
	return 0;
}

static int merged(void)
{
	struct kstat_pksm st;

	mg_kstat(KSTAT_PKSM, &st, sizeof(st));
	return st.pages_sharing >= 2 && st.zero_pages;
}

static void quicken(void)
{
	mg_kctl(KCTL_SET_KNOB, KNOB_PKSM_SLEEP_MILLISECS, 1);
	mg_kctl(KCTL_SET_KNOB, KNOB_PKSM_N, 1);
	mg_kctl(KCTL_SET_KNOB, KNOB_PKSM_RUN, 1);
}

int main(void)
{
	pid_t pid;

	mg_kctl(KCTL_SET_KNOB, KNOB_PKSM_RUN, 0);
	if (mmap(AREA, NR_PAGES * PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != AREA)
		return 1;
	fill();
	pid = fork();
	if (!pid)
		child();
	/* The child has parted its page once the parent's has one mapping left. */
	for (struct vm_page_info info = { .mapcount = 2 }; info.mapcount != 1 || !sleeps(pid);
	     sched_yield())
		mg_vm_query(0, page(PARTED), &info, 1);
	write_twins(); /* nobody else maps them any more: in place, exclusive again */
	getppid();
	quicken();
	while (!merged())
		sched_yield();
	mg_kctl(KCTL_SET_KNOB, KNOB_PKSM_RUN, 0);
	getppid();
	kill(pid, SIGKILL);
	wait(NULL);
	return 0;
}
