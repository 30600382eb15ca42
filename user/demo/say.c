/* SPDX-License-Identifier: MIT */
/* Narration, claims, and the kernel's counters. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "demo.h"

static int made, failed;

void heading(const char *text)
{
	printf("\n=== %s ===\n", text);
}

void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

void claim(bool ok, const char *fmt, ...)
{
	va_list ap;

	made++;
	failed += !ok;
	printf(ok ? "  [checked] " : "  [FALSE]   ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

int claims_made(void)
{
	return made;
}

int claims_failed(void)
{
	return failed;
}

static void need(ssize_t got, const char *what)
{
	if (got >= 0)
		return;
	perror(what);
	exit(1);
}

struct kstat_mem mem_now(void)
{
	struct kstat_mem mem;

	need(mg_kstat(KSTAT_MEM, &mem, sizeof(mem)), "demo: kstat");
	return mem;
}

struct kstat_pksm pksm_now(void)
{
	struct kstat_pksm pksm;

	need(mg_kstat(KSTAT_PKSM, &pksm, sizeof(pksm)), "demo: kstat");
	return pksm;
}

struct kstat_proc proc_now(pid_t pid)
{
	static struct kstat_proc proc[1024];
	ssize_t got = mg_kstat(KSTAT_PROCS, proc, sizeof(proc));

	need(got, "demo: kstat");
	for (ssize_t i = 0; i < got / (ssize_t)sizeof(proc[0]); i++)
		if (proc[i].pid == pid)
			return proc[i];
	return (struct kstat_proc){ 0 };
}

void set_knob(enum knob knob, unsigned long value)
{
	need(mg_kctl(KCTL_SET_KNOB, knob, value), "demo: knob");
}

double mib(long pages)
{
	return (double)pages / 256;
}

void breathe(void)
{
	usleep(1000);
}

void wait_scans(uint64_t n)
{
	uint64_t target = pksm_now().full_scans + n;

	while (pksm_now().full_scans < target)
		breathe();
}
