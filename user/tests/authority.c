/* SPDX-License-Identifier: MIT */
/*
 * Proves: what hangs on an authority is refused without it, call by call: EPERM with a
 * KCAP that has all the others, EBADF without any; a reduced KCAP gives no way back;
 * ports and privileged instructions end the program.  See kernel/README.md, "Processes,
 * handles, authority".
 *
 * cpus: 1 2
 */
#include <mg/ipc.h>
#include <sys/syscall.h>

#include "test.h"

static char buf[PAGE];

/* Each call, with arguments that are right but for the authority. */
static const struct {
	long nr;
	unsigned int needs;
	long arg[4];
} calls[] = {
	{ SYS_klog, KCAP_LOG, { KLOG_LOG, (long)buf, 1 } },
	{ SYS_kctl, KCAP_CTL, { KCTL_SET_KNOB, KNOB_PKSM_N, 3 } },
	{ SYS_kctl, KCAP_CTL, { KCTL_DRAIN } },
	{ SYS_kctl, KCAP_CTL, { KCTL_SPARE } },
	{ SYS_kctl, KCAP_CTL, { KCTL_KSTACK_OVERFLOW } },
	{ SYS_kstat, KCAP_STAT, { KSTAT_MEM, (long)buf, PAGE } },
	{ SYS_vm_query, KCAP_QUERY, { 1, 0x400000, (long)buf, PAGE } },
	{ SYS_vm_entries, KCAP_QUERY, { 1, 0x400000, (long)buf, PAGE } },
	{ SYS_vm_areas, KCAP_QUERY, { 1, 0x400000, (long)buf, PAGE } },
	{ SYS_vm_peek, KCAP_QUERY, { 1, 0x400000, (long)buf, 8 } },
	{ SYS_vm_poke, KCAP_QUERY, { 1, 0x400000, (long)buf, 8 } },
	{ SYS_poweroff, KCAP_POWER, { POWEROFF_PASS } },
	{ SYS_irq_bind, KCAP_IO, { 3, 0 /* an endpoint */, 1 } },
	{ SYS_ioport_allow, KCAP_IO, { 0x3f8, 8 } },
	{ SYS_vmo_create_paged, KCAP_PAGER, { 0 /* an endpoint */, 1, PAGE } },
};
#define NR_CALLS (sizeof(calls) / sizeof(calls[0]))

static int endpoint;

static long make(size_t i, int kcap)
{
	const long *a = calls[i].arg;
	long first = calls[i].nr == SYS_vmo_create_paged ? endpoint : a[0];
	long second = calls[i].nr == SYS_irq_bind ? endpoint : a[1];

	return syscall(calls[i].nr, kcap, first, second, a[2], a[3]);
}

static int reduced(int kcap, unsigned int authorities)
{
	return (int)syscall(SYS_kcap_reduce, kcap, authorities);
}

static void test_each(void)
{
	TEST_BEGIN("without just this authority: EPERM");
	for (size_t i = 0; i < NR_CALLS; i++) {
		int others = reduced(HANDLE_STDERR, KCAP_ALL & ~calls[i].needs);
		int nothing = reduced(HANDLE_STDERR, 0);

		CHECK(others >= 0 && nothing >= 0, "kcap_reduce: %s", strerror(errno));
		CHECK_ERRNO(make(i, others), EPERM);
		CHECK_ERRNO(make(i, nothing), EPERM);
		CHECK_ERRNO(make(i, endpoint), EINVAL);
		CHECK_ERRNO(reduced(others, calls[i].needs), EPERM);
		CHECK_ERRNO(reduced(others, KCAP_ALL), EPERM);
		close(others);
		CHECK_ERRNO(make(i, others), EBADF);
		close(nothing);
	}
}

static void test_given(void)
{
	TEST_BEGIN("what init leaves to programs");
	CHECK(reduced(HANDLE_KCAP, KCAP_LOG | KCAP_CTL | KCAP_STAT | KCAP_QUERY) >= 0, "%s",
	      strerror(errno));
	CHECK_ERRNO(reduced(HANDLE_KCAP, KCAP_IO), EPERM);
	CHECK_ERRNO(reduced(HANDLE_KCAP, KCAP_POWER), EPERM);
	CHECK_ERRNO(reduced(HANDLE_KCAP, KCAP_PAGER), EPERM);
}

static void use_port(void *arg)
{
	(void)arg;
	asm volatile("outb %0, %1" : : "a"((char)0), "Nd"((unsigned short)0x3ff));
}

static void allow_another(void *arg)
{
	CHECK(!syscall(SYS_ioport_allow, HANDLE_STDERR, 0x3f0, 8), "ioport_allow: %s",
	      strerror(errno));
	use_port(arg);
}

static void allow_this(void *arg)
{
	CHECK(!syscall(SYS_ioport_allow, HANDLE_STDERR, 0x3ff, 1), "ioport_allow: %s",
	      strerror(errno));
	use_port(arg);
	CHECK_EQ(dies_by(use_port, NULL), SIGSEGV, "signal of a child");
	use_port(arg);
	CHECK(!syscall(SYS_ioport_allow, HANDLE_STDERR, 0, 0), "ioport_allow: %s", strerror(errno));
	CHECK_EQ(dies_by(use_port, NULL), SIGSEGV, "signal of a child");
}

static void mask_interrupts(void *arg)
{
	(void)arg;
	asm volatile("cli");
}

static void test_ports(void)
{
	TEST_BEGIN("ports, and interrupts of the processor");
	CHECK_EQ(dies_by(use_port, NULL), SIGSEGV, "signal");
	CHECK_EQ(dies_by(allow_another, NULL), SIGSEGV, "signal");
	child_join(child_start(allow_this, NULL));
	CHECK_EQ(dies_by(use_port, NULL), SIGSEGV, "signal");
	CHECK_EQ(dies_by(mask_interrupts, NULL), SIGSEGV, "signal");
}

int main(void)
{
	endpoint = mg_endpoint_create();
	CHECK(endpoint >= 0, "endpoint_create: %s", strerror(errno));
	test_each();
	test_given();
	test_ports();
	return TEST_END();
}
