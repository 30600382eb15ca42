/* SPDX-License-Identifier: MIT */
/*
 * Proves: each system call of <abi/syscall.tbl>, given bad handles, pointers of
 * every bad kind and the wrong values listed below, answers with the documented
 * errno; random arguments to those calls that neither end, block nor act on
 * others bring out no other answer and no harm.  See kernel/README.md, "System calls".
 *
 * cpus: 1 2 4
 * timeout: 120
 */
#include <abi/usage.h>
#include <limits.h>
#include <mg/ipc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "test.h"

#define NO_HANDLE  77
#define NO_PID	   30000
#define KERNEL	   0xffffffff80100000
#define DIRECT_MAP 0xffff888000100000
#define NON_CANON  0x0000800000000000
#define USER_TOP   0x7ffffffff000
#define UNMAPPED   0x300000000000

/* ---- the table of calls ---- */

enum arg_type {
	T_NONE,
	T_INT,
	T_SIZE,
	T_ADDR,
	T_IN,
	T_OUT,
	T_INZ,
	T_OUTZ,
	T_STRV,
	T_OUTI,
	T_FLAGS,
	T_HANDLE,
	T_PID
};

#define TYPES_0(a)		  T_NONE
#define TYPES_1(a)		  T_##a
#define TYPES_2(a, b)		  T_##a, T_##b
#define TYPES_3(a, b, c)	  T_##a, T_##b, T_##c
#define TYPES_4(a, b, c, d)	  T_##a, T_##b, T_##c, T_##d
#define TYPES_5(a, b, c, d, e)	  T_##a, T_##b, T_##c, T_##d, T_##e
#define TYPES_6(a, b, c, d, e, f) T_##a, T_##b, T_##c, T_##d, T_##e, T_##f

static const struct call {
	long nr;
	const char *name;
	size_t argc;
	enum arg_type type[6];
} calls[] = {
#define SYSCALL(nr, name, argc, ...) { nr, #name, argc, { TYPES_##argc(__VA_ARGS__) } },
#include <abi/syscall.tbl>
#undef SYSCALL
};
#define NR_CALLS (sizeof(calls) / sizeof(calls[0]))

static char buf[PAGE * 2] __attribute__((aligned(4096)));
static char *const argv_good[] = { "x", NULL };
static int vmo; /* of one page; handle 5, the first free one */
#define VMO 6

/* An endpoint, a connection to it, and a client that waits there for a reply. */
#define IRQ	   9
#define BOUND_LINE 3 /* of COM2, which has nothing to say */
#define SPARE_LINE 5 /* of nobody */
#define ENDPOINT   7
#define CONNECTION 8
static struct ipc_message msg, received;
#define TOKEN 1 /* the first call of this boot */

/*
 * Arguments with which each call would succeed or at least read its pointers;
 * a call that is missing here, and has arguments, fails the test.
 */
static const struct good {
	long nr;
	long arg[6];
} goods[] = {
	{ SYS_exec, { VMO, (long)argv_good, (long)argv_good } },
	{ SYS_wait4, { -1, 0, WNOHANG } },
	{ SYS_kill, { 1, 0 } },
	{ SYS_nanosleep, { 0 } },
	{ SYS_clock_gettime, { 1, (long)buf } },
	{ SYS_setaffinity, { 0, -1 } },
	{ SYS_usage, { USAGE_SELF, (long)buf } },
	{ SYS_prlimit, { RLIMIT_AS, 0, (long)buf } },
	{ SYS_mmap, { 0, PAGE, PROT_READ, MAP_PRIVATE, VMO, 0 } },
	{ SYS_munmap, { UNMAPPED, PAGE } },
	{ SYS_mprotect, { (long)buf, PAGE, PROT_READ | PROT_WRITE } },
	{ SYS_madvise, { (long)buf, PAGE, MADV_NORMAL } },
	{ SYS_mremap, { (long)buf, PAGE, PAGE, 0, 0 } },
	{ SYS_msync, { (long)buf, PAGE, MS_SYNC } },
	{ SYS_mincore, { (long)buf, PAGE, (long)buf } },
	{ SYS_mlock2, { (long)buf, PAGE, 0 } },
	{ SYS_munlock, { (long)buf, PAGE } },
	{ SYS_mlockall, { MCL_CURRENT | MCL_ONFAULT } },
	{ SYS_prctl, { PR_GET_MEMORY_MERGE, 0 } },
	{ SYS_vm_copy, { (long)buf, (long)buf + PAGE, 8 } },
	{ SYS_vm_copy_string, { (long)buf, (long)buf + PAGE, 8 } },
	{ SYS_sigtimedwait, { 0, 0, 0 } },
	{ SYS_handle_close, { VMO } },
	{ SYS_handle_dup, { VMO, VMO } },
	{ SYS_handle_cloexec, { VMO, 0 } },
	{ SYS_vmo_create, { PAGE } },
	{ SYS_vmo_create_paged, { HANDLE_STDERR, ENDPOINT, 0, PAGE } },
	{ SYS_vmo_supply, { ENDPOINT, TOKEN, (long)buf, PAGE } },
	{ SYS_vmo_resize, { VMO, PAGE } },
	{ SYS_vmo_punch, { VMO, 0, PAGE } },
	{ SYS_vmo_reserve, { VMO, 0, PAGE } },
	{ SYS_vmo_size, { VMO } },
	{ SYS_vmo_read, { VMO, (long)buf, PAGE, 0 } },
	{ SYS_vmo_write, { VMO, (long)buf, PAGE, 0 } },
	{ SYS_klog, { HANDLE_STDERR, KLOG_LOG, (long)buf, PAGE } },
	{ SYS_kctl, { HANDLE_STDERR, KCTL_DRAIN, 0, 0 } },
	{ SYS_kstat, { HANDLE_STDERR, KSTAT_MEM, (long)buf, PAGE } },
	{ SYS_poweroff, { HANDLE_STDERR, 0 } },
	{ SYS_vm_query, { HANDLE_STDERR, 0, (long)buf, (long)buf, sizeof(struct vm_page_info) } },
	{ SYS_vm_entries, { HANDLE_STDERR, 0, (long)buf, (long)buf, sizeof(struct vm_page_info) } },
	{ SYS_vm_peek, { HANDLE_STDERR, 0, (long)buf, (long)buf + PAGE, 8 } },
	{ SYS_vm_poke, { HANDLE_STDERR, 0, (long)buf, (long)buf + PAGE, 8 } },
	{ SYS_vm_areas, { HANDLE_STDERR, 0, (long)buf, (long)buf, sizeof(struct vm_area_info) } },
	{ SYS_kcap_reduce, { HANDLE_STDERR, KCAP_LOG } },
	{ SYS_kcap_drop_bound, { 0 } },
	{ SYS_irq_bind, { HANDLE_STDERR, SPARE_LINE, ENDPOINT, 1 } },
	{ SYS_irq_ack, { IRQ } },
	{ SYS_ioport_allow, { HANDLE_STDERR, 0, 0 } },
	{ SYS_endpoint_create, { 0 } },
	{ SYS_connect, { ENDPOINT, 0, RIGHT_CALL } },
	{ SYS_ipc_call, { CONNECTION, (long)&msg } },
	{ SYS_ipc_recv, { ENDPOINT, (long)&msg, 0 } },
	{ SYS_ipc_reply, { ENDPOINT, (long)&msg } },
	{ SYS_ipc_reply_recv, { ENDPOINT, (long)&msg, 0 } },
	{ SYS_ipc_notify, { CONNECTION, 0 } },
	{ SYS_ipc_copy, { ENDPOINT, TOKEN, 0, (long)buf, PAGE } },
	{ SYS_ipc_vmo_copy, { ENDPOINT, TOKEN, 0, VMO, 0, PAGE } },
	{ SYS_sigaction, { SIGUSR1, 0, (long)buf } },
	{ SYS_sigprocmask, { SIG_BLOCK, 0 } },
	{ SYS_sigsuspend, { 0 } },
	{ SYS_sigaltstack, { 0, (long)buf } },
	{ SYS_alarm, { -1, 0 } },
	{ SYS_setpgid, { 0, 0 } },
	{ SYS_getpgid, { 0, 0 } },
	{ SYS_thread_create, { -1, 0, 0, 0 } },
	{ SYS_tkill, { 0, 0 } },
	{ SYS_set_tls, { -1 } },
	{ SYS_futex_wait, { (long)buf, 1, 0 } },
	{ SYS_futex_wake, { (long)buf, 1 } },
};

static const struct good *good_for(const struct call *call)
{
	for (size_t i = 0; i < sizeof(goods) / sizeof(goods[0]); i++)
		if (goods[i].nr == call->nr)
			return &goods[i];
	return NULL;
}

static void expect(const struct call *call, const long a[6], int want)
{
	long ret = syscall(call->nr, a[0], a[1], a[2], a[3], a[4], a[5]);

	CHECK(ret == -1 && errno == want, "%s(%#lx, %#lx, %#lx, %#lx, %#lx, %#lx): %ld %s, want %s",
	      call->name, a[0], a[1], a[2], a[3], a[4], a[5], ret, ret == -1 ? strerror(errno) : "",
	      strerror(want));
}

/* ---- what each type of argument can be wrong in ---- */

static void try_values(const struct call *call, const struct good *good, size_t i,
		       const long *value, size_t n, int want)
{
	long a[6];

	for (size_t k = 0; k < n; k++) {
		memcpy(a, good->arg, sizeof(a));
		a[i] = value[k];
		expect(call, a, want);
	}
}

#define TRY(values, want) \
	try_values(call, good, i, values, sizeof(values) / sizeof(values[0]), want)

static void try_handle(const struct call *call, const struct good *good, size_t i)
{
	static const long none[] = { NO_HANDLE, 255, 256, 1 << 20, 0x7fffffff, -2 };
	static const long negative[] = { -1 };
	bool is_kcap = good->arg[0] == HANDLE_STDERR;
	const long other[] = { is_kcap ? VMO : HANDLE_STDERR };

	if (call->nr == SYS_handle_dup && i == 1) { /* any free slot will do; -1 asks for one */
		static const long outside[] = { 256, 1 << 20, 0x7fffffff, -2 };

		TRY(outside, EBADF);
		return;
	}
	TRY(none, EBADF);
	TRY(negative, EBADF);
	if (call->nr == SYS_mmap)
		TRY(other, ENODEV);
	else if (call->nr != SYS_handle_close && call->nr != SYS_handle_dup &&
		 call->nr != SYS_handle_cloexec)
		TRY(other, EINVAL);
}

static const char read_only[PAGE] __attribute__((aligned(4096))) = "text";

static void try_pointer(const struct call *call, const struct good *good, size_t i, bool out,
			bool optional)
{
	const long wild[] = { 0x10,	    UNMAPPED, USER_TOP - 1, USER_TOP, (long)NON_CANON,
			      (long)KERNEL, -1,	      -8,	    -4096,    (long)UNMAPPED - 1 };
	const long constant[] = { (long)read_only };
	const long null[] = { 0 };

	if (call->nr == SYS_ipc_reply_recv) /* without a token it writes nothing */
		out = false;
	if (call->nr == SYS_vmo_supply) /* needs a page fault that waits: user/tests/pager.c */
		return;
	TRY(wild, EFAULT);
	if (!optional)
		TRY(null, EFAULT);
	if (out)
		TRY(constant, EFAULT);
}

static void try_call(const struct call *call, const struct good *good)
{
	for (size_t i = 0; i < call->argc; i++) {
		switch (call->type[i]) {
		case T_HANDLE:
			try_handle(call, good, i);
			break;
		case T_IN:
			try_pointer(call, good, i, false, false);
			break;
		case T_INZ:
		case T_STRV:
			try_pointer(call, good, i, false, true);
			break;
		case T_OUT:
		case T_OUTZ:
			try_pointer(call, good, i, true, call->type[i] == T_OUTZ);
			break;
		default: /* depends on the call: the rows below */
			break;
		}
	}
}

static void test_types(void)
{
	TEST_BEGIN("bad handles and bad pointers to every call");
	for (size_t i = 0; i < NR_CALLS; i++) {
		const struct good *good = good_for(&calls[i]);

		if (good)
			try_call(&calls[i], good);
		else
			CHECK(!calls[i].argc || calls[i].nr == SYS_exit ||
				      calls[i].nr == SYS_thread_exit,
			      "%s is not tested", calls[i].name);
	}
}

/* ---- what depends on the call ---- */

static const stack_t small_stack = { buf, 0, MINSIGSTKSZ - 1 };
static const stack_t odd_stack = { buf, 4, MINSIGSTKSZ };

static const struct row {
	long nr, arg[6];
	int want;
} rows[] = {
	{ SYS_exec, { VMO, (long)argv_good, (long)argv_good }, ENOEXEC },
	{ SYS_exec, { HANDLE_INITRD, (long)argv_good, 0 }, EACCES },
	{ SYS_wait4, { -1, 0, 0x40 }, EINVAL },
	{ SYS_usage, { 2, (long)buf }, EINVAL },
	{ SYS_prlimit, { RLIM_NLIMITS, 0, (long)buf }, EINVAL },
	{ SYS_prlimit, { -1, 0, (long)buf }, EINVAL },
	{ SYS_prlimit, { RLIMIT_AS, UNMAPPED, (long)buf }, EFAULT },
	{ SYS_prlimit, { RLIMIT_AS, 0, UNMAPPED }, EFAULT },
	{ SYS_wait4, { 0, 0, WNOHANG }, ECHILD },
	{ SYS_wait4, { -2, 0, WNOHANG }, ECHILD },
	{ SYS_wait4, { INT_MIN, 0, WNOHANG }, ECHILD },
	{ SYS_wait4, { -1, 0, 0 }, ECHILD },
	{ SYS_wait4, { NO_PID, 0, 0 }, ECHILD },
	{ SYS_wait4, { 1, 0, 0 }, ECHILD },
	{ SYS_kill, { 1, -1 }, EINVAL },
	{ SYS_kill, { 1, NSIG }, EINVAL },
	{ SYS_kill, { 0, -1 }, EINVAL },
	{ SYS_kill, { -1, NSIG }, EINVAL },
	{ SYS_kill, { NO_PID, SIGKILL }, ESRCH },
	{ SYS_kill, { -NO_PID, SIGKILL }, ESRCH },
	{ SYS_kill, { INT_MIN, SIGKILL }, ESRCH },
	{ SYS_kill, { 1, SIGSTOP }, EPERM },
	{ SYS_kill, { 1, SIGKILL }, EPERM },
	{ SYS_kill, { 1, SIGTERM }, EPERM },
	{ SYS_thread_create, { USER_TOP, 0, 0, 0 }, EINVAL },
	{ SYS_thread_create, { 0, 0, 0, USER_TOP }, EINVAL },
	{ SYS_tkill, { 0, 0 }, ESRCH },
	{ SYS_tkill, { NO_PID, SIGKILL }, ESRCH },
	{ SYS_tkill, { 0, -1 }, EINVAL },
	{ SYS_tkill, { 0, NSIG }, EINVAL },
	{ SYS_set_tls, { USER_TOP }, EINVAL },
	{ SYS_set_tls, { (long)NON_CANON }, EINVAL },
	{ SYS_futex_wait, { (long)buf, 2, 0 }, EAGAIN },
	{ SYS_futex_wait, { (long)buf, 1, 0 }, ETIMEDOUT },
	{ SYS_futex_wait, { (long)buf + 1, 0, 0 }, EINVAL },
	{ SYS_futex_wake, { (long)buf + 2, 1 }, EINVAL },
	{ SYS_clock_gettime, { 77, (long)buf }, EINVAL },
	{ SYS_clock_gettime, { -1, (long)buf }, EINVAL },
	{ SYS_setaffinity, { 0, 0 }, EINVAL },
	{ SYS_setaffinity, { 0, 1l << 60 }, EINVAL },
	{ SYS_setaffinity, { NO_PID, 1 }, ESRCH },
	{ SYS_setaffinity, { 1, 1 }, EPERM },
	{ SYS_mmap, { 0, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 }, EINVAL },
	{ SYS_mmap, { 0, -1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 }, ENOMEM },
	{ SYS_mmap, { 0, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0 }, EINVAL },
	{ SYS_mmap, { 0, PAGE, PROT_READ, 0, VMO, 0 }, EINVAL },
	{ SYS_mmap, { 0, PAGE, PROT_READ, MAP_SHARED | MAP_PRIVATE, VMO, 0 }, EINVAL },
	{ SYS_mmap, { 0, 0, PROT_READ, MAP_SHARED, VMO, 0 }, EINVAL },
	{ SYS_mmap, { 0, PAGE, PROT_READ, MAP_SHARED, VMO, 1 }, EINVAL },
	{ SYS_mmap, { 0, -1, PROT_READ, MAP_SHARED, VMO, 0 }, ENOMEM },
	{ SYS_mmap, { 0, -1, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0 }, ENOMEM },
	{ SYS_mmap, { 0, PAGE, PROT_WRITE, MAP_SHARED, HANDLE_INITRD, 0 }, EACCES },
	{ SYS_mmap, { 0, PAGE, PROT_EXEC, MAP_PRIVATE, HANDLE_INITRD, 0 }, EACCES },
	{ SYS_mmap, { 0, PAGE, PROT_WRITE | PROT_EXEC, MAP_PRIVATE, VMO, 0 }, EACCES },
	{ SYS_mmap, { 0, PAGE, PROT_READ, MAP_SHARED, ENDPOINT, 0 }, ENODEV },
	{ SYS_munmap, { 1, PAGE }, EINVAL },
	{ SYS_munmap, { (long)KERNEL, PAGE }, EINVAL },
	{ SYS_munmap, { UNMAPPED, 0 }, EINVAL },
	{ SYS_munmap, { UNMAPPED, -1 }, EINVAL },
	{ SYS_mprotect, { (long)buf + 1, PAGE, PROT_READ }, EINVAL },
	{ SYS_mprotect, { (long)buf, PAGE, 0x1000 }, EINVAL },
	{ SYS_mprotect, { (long)buf, PAGE, -1 }, EINVAL },
	{ SYS_mprotect, { (long)buf, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC }, EACCES },
	{ SYS_mprotect, { UNMAPPED, PAGE, PROT_READ }, ENOMEM },
	{ SYS_mprotect, { (long)(KERNEL & ~0xffful), PAGE, PROT_READ }, ENOMEM },
	{ SYS_madvise, { (long)buf + 1, PAGE, MADV_NORMAL }, EINVAL },
	{ SYS_madvise, { (long)buf, PAGE, 999 }, EINVAL },
	{ SYS_madvise, { (long)buf, PAGE, -1 }, EINVAL },
	{ SYS_madvise, { (long)buf, -1, MADV_DONTNEED }, EINVAL },
	{ SYS_madvise, { UNMAPPED, PAGE, MADV_DONTNEED }, ENOMEM },
	{ SYS_mremap, { (long)buf + 1, PAGE, PAGE, MREMAP_MAYMOVE, 0 }, EINVAL },
	{ SYS_mremap, { (long)buf, PAGE, 0, MREMAP_MAYMOVE, 0 }, EINVAL },
	{ SYS_mremap, { (long)buf, PAGE, -1, MREMAP_MAYMOVE, 0 }, EINVAL },
	{ SYS_mremap, { (long)buf, PAGE, PAGE, -1, 0 }, EINVAL },
	{ SYS_mremap, { (long)buf, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, -1 }, EINVAL },
	{ SYS_mremap, { (long)buf, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, 0 }, EPERM },
	{ SYS_mremap, { (long)buf, -PAGE, PAGE, MREMAP_MAYMOVE, 0 }, EINVAL },
	{ SYS_mremap, { UNMAPPED, PAGE, PAGE, MREMAP_MAYMOVE, 0 }, EFAULT },
	{ SYS_mremap, { (long)KERNEL, PAGE, PAGE, MREMAP_MAYMOVE, 0 }, EFAULT },
	{ SYS_msync, { (long)buf + 1, PAGE, MS_SYNC }, EINVAL },
	{ SYS_msync, { (long)buf, PAGE, -1 }, EINVAL },
	{ SYS_msync, { (long)buf, -1, MS_SYNC }, ENOMEM },
	{ SYS_msync, { UNMAPPED, PAGE, MS_SYNC }, ENOMEM },
	{ SYS_mincore, { (long)buf + 1, PAGE, (long)buf }, EINVAL },
	{ SYS_mincore, { (long)buf, -1, (long)buf }, ENOMEM },
	{ SYS_mincore, { UNMAPPED, PAGE, (long)buf }, ENOMEM },
	{ SYS_mincore, { (long)buf, PAGE, UNMAPPED }, EFAULT },
	{ SYS_mincore, { (long)buf, PAGE, (long)KERNEL }, EFAULT },
	{ SYS_mlock2, { (long)buf, PAGE, 2 }, EINVAL },
	{ SYS_mlock2, { (long)buf, -1, 0 }, EINVAL },
	{ SYS_mlock2, { UNMAPPED, PAGE, 0 }, ENOMEM },
	{ SYS_mlock2, { (long)KERNEL, PAGE, 0 }, ENOMEM },
	{ SYS_munlock, { UNMAPPED, PAGE }, ENOMEM },
	{ SYS_munlock, { (long)buf, -1 }, EINVAL },
	{ SYS_mlockall, { 0 }, EINVAL },
	{ SYS_mlockall, { MCL_ONFAULT }, EINVAL },
	{ SYS_mlockall, { -1 }, EINVAL },
	{ SYS_prctl, { 1, 0 }, EINVAL },
	{ SYS_prctl, { -1, 0 }, EINVAL },
	{ SYS_prctl, { PR_GET_MEMORY_MERGE, 1 }, EINVAL },
	{ SYS_handle_cloexec, { VMO, 2 }, EINVAL },
	{ SYS_handle_cloexec, { VMO, -2 }, EINVAL },
	{ SYS_vmo_create, { 1l << 40 }, EFBIG },
	{ SYS_vmo_create, { -1 }, EFBIG },
	{ SYS_vmo_create_paged, { HANDLE_STDERR, ENDPOINT, 0, 1l << 40 }, EFBIG },
	{ SYS_vmo_create_paged, { HANDLE_STDERR, ENDPOINT, 0, -1 }, EFBIG },
	{ SYS_vmo_supply, { ENDPOINT, TOKEN, (long)buf, PAGE }, ESRCH },
	{ SYS_vmo_supply, { ENDPOINT, -1, (long)buf, PAGE }, ESRCH },
	{ SYS_vmo_resize, { VMO, -1 }, EFBIG },
	{ SYS_vmo_resize, { HANDLE_INITRD, 1 << 29 }, EACCES },
	{ SYS_vmo_punch, { VMO, PAGE, -1 }, EINVAL },
	{ SYS_vmo_punch, { HANDLE_INITRD, 0, PAGE }, EACCES },
	{ SYS_vmo_reserve, { VMO, 0, PAGE + 1 }, EINVAL },
	{ SYS_vmo_reserve, { VMO, -1, 1 }, EINVAL },
	{ SYS_vmo_reserve, { HANDLE_INITRD, 0, PAGE }, EACCES },
	{ SYS_vmo_write, { VMO, (long)buf, 1, PAGE }, EFBIG },
	{ SYS_vmo_write, { VMO, (long)buf, 1, -1 }, EFBIG },
	{ SYS_vmo_write, { HANDLE_INITRD, (long)buf, 1, 0 }, EACCES },
	{ SYS_klog, { HANDLE_STDERR, 0, (long)buf, 1 }, EINVAL },
	{ SYS_klog, { HANDLE_STDERR, 7, (long)buf, 1 }, EINVAL },
	{ SYS_klog, { HANDLE_STDERR, -1, (long)buf, 1 }, EINVAL },
	{ SYS_kcap_reduce, { HANDLE_STDERR, KCAP_ALL + 1 }, EINVAL },
	{ SYS_kcap_drop_bound, { KCAP_ALL + 1 }, EINVAL },
	{ SYS_kcap_drop_bound, { -1 }, EINVAL },
	{ SYS_irq_bind, { HANDLE_STDERR, 99, ENDPOINT, 1 }, EINVAL },
	{ SYS_irq_bind, { HANDLE_STDERR, -1, ENDPOINT, 1 }, EINVAL },
	{ SYS_irq_bind, { HANDLE_STDERR, BOUND_LINE, ENDPOINT, 1 }, EBUSY },
	{ SYS_ioport_allow, { HANDLE_STDERR, 65535, 1 }, EINVAL },
	{ SYS_ioport_allow, { HANDLE_STDERR, -1, 1 }, EINVAL },
	{ SYS_ioport_allow, { HANDLE_STDERR, 0, -1 }, EINVAL },
	{ SYS_kctl, { HANDLE_STDERR, NR_KCTL_OPS, 0, 0 }, EINVAL },
	{ SYS_kctl, { HANDLE_STDERR, -1, 0, 0 }, EINVAL },
	{ SYS_kctl, { HANDLE_STDERR, KCTL_SET_KNOB, NR_KNOBS, 0 }, EINVAL },
	{ SYS_kctl, { HANDLE_STDERR, KCTL_GET_KNOB, -1, 0 }, EINVAL },
	{ SYS_kctl, { HANDLE_STDERR, KCTL_SET_KNOB, KNOB_PKSM_RUN, 3 }, EINVAL },
	{ SYS_kctl, { HANDLE_STDERR, KCTL_EVENT_COUNT, NR_EVENTS, 0 }, EINVAL },
	{ SYS_kctl, { HANDLE_STDERR, KCTL_EVENT_HOLD, NR_EVENTS, 0 }, EINVAL },
	{ SYS_kctl, { HANDLE_STDERR, KCTL_EVENT_HOLD, EV_fault, 1l << 40 }, EINVAL },
	{ SYS_kctl, { HANDLE_STDERR, KCTL_EVENT_RELEASE, -1, 0 }, EINVAL },
	{ SYS_kctl, { HANDLE_STDERR, KCTL_EVENT_TRACE, EV_fault, 2 }, EINVAL },
	{ SYS_kctl, { HANDLE_STDERR, KCTL_FAIL_EVENT, NR_EVENTS, 1 }, EINVAL },
	{ SYS_kctl, { HANDLE_STDERR, KCTL_FAIL_EVENT, -1, 1 }, EINVAL },
	{ SYS_kctl, { HANDLE_STDERR, KCTL_EVENT_DELAY, NR_EVENTS, 1 }, EINVAL },
	{ SYS_kctl, { HANDLE_STDERR, KCTL_EVENT_DELAY, EV_fault, EVENT_DELAY_MAX + 1 }, EINVAL },
	{ SYS_kctl, { HANDLE_STDERR, KCTL_EVENT_DELAY, EV_fault, -1 }, EINVAL },
	{ SYS_kctl, { HANDLE_STDERR, KCTL_RMAP_WALK, (long)buf, 0 }, EINVAL },
	{ SYS_kctl, { HANDLE_STDERR, KCTL_RMAP_WALK, (long)buf, 1001 }, EINVAL },
	{ SYS_kctl, { HANDLE_STDERR, KCTL_RMAP_WALK, (long)buf, -1 }, EINVAL },
	{ SYS_kctl, { HANDLE_STDERR, KCTL_RMAP_WALK, 0, 1 }, EFAULT },
	{ SYS_kctl, { HANDLE_STDERR, KCTL_RMAP_WALK, UNMAPPED, 1 }, EFAULT },
	{ SYS_kctl, { HANDLE_STDERR, KCTL_RMAP_WALK, USER_TOP, 1 }, EFAULT },
	{ SYS_kctl, { HANDLE_STDERR, KCTL_RMAP_WALK, (long)NON_CANON, 1 }, EFAULT },
	{ SYS_kctl, { HANDLE_STDERR, KCTL_RMAP_WALK, (long)DIRECT_MAP, 1 }, EFAULT },
	{ SYS_kctl, { HANDLE_STDERR, KCTL_RMAP_WALK, (long)KERNEL, 1 }, EFAULT },
	{ SYS_kctl, { HANDLE_STDERR, KCTL_RMAP_WALK, -1, 1 }, EFAULT },
	{ SYS_kctl, { HANDLE_STDERR, KCTL_FRAME_COUNT, -1, 0 }, EFAULT },
	{ SYS_kctl, { HANDLE_STDERR, KCTL_FRAME_FLAGS, -1, 0 }, EFAULT },
	{ SYS_kctl, { HANDLE_STDERR, KCTL_FRAME_IDLE, -1, 0 }, EFAULT },
	{ SYS_kctl, { HANDLE_STDERR, KCTL_FRAME_REFERENCED, -1, 0 }, EFAULT },
	{ SYS_kctl, { HANDLE_STDERR, KCTL_FRAME_MKCLEAN, -1, 0 }, EFAULT },
	{ SYS_kctl, { HANDLE_STDERR, KCTL_FRAME_COUNT, 1, 1 }, EINVAL },
	{ SYS_kctl, { HANDLE_STDERR, KCTL_FRAME_IDLE, 1, 2 }, EINVAL },
	{ SYS_kctl, { HANDLE_STDERR, KCTL_FRAME_MKCLEAN, 1, 1 }, EINVAL },
	{ SYS_kstat, { HANDLE_STDERR, NR_KSTATS, (long)buf, PAGE }, EINVAL },
	{ SYS_kstat, { HANDLE_STDERR, -1, (long)buf, PAGE }, EINVAL },
	{ SYS_kstat, { HANDLE_STDERR, KSTAT_MEM, (long)buf, 7 }, EINVAL },
	{ SYS_kstat, { HANDLE_STDERR, KSTAT_FRAMES, (long)buf, 63 }, EINVAL },
	{ SYS_kstat, { HANDLE_STDERR, KSTAT_FRAMES, UNMAPPED, 64 }, EFAULT },
	{ SYS_poweroff, { HANDLE_STDERR, 0 }, EINVAL },
	{ SYS_poweroff, { HANDLE_STDERR, 0x12 }, EINVAL },
	{ SYS_vm_query, { HANDLE_STDERR, NO_PID, (long)buf, (long)buf, 64 }, ESRCH },
	{ SYS_vm_query, { HANDLE_STDERR, -1, (long)buf, (long)buf, 64 }, ESRCH },
	{ SYS_vm_query, { HANDLE_STDERR, 0, (long)buf + 8, (long)buf, 64 }, EINVAL },
	{ SYS_vm_query, { HANDLE_STDERR, 0, (long)(KERNEL & ~0xffful), (long)buf, 64 }, EINVAL },
	{ SYS_vm_query, { HANDLE_STDERR, 0, (long)buf, (long)buf, 1 }, EINVAL },
	{ SYS_vm_query, { HANDLE_STDERR, 0, (long)buf, (long)buf, -1 }, EINVAL },
	{ SYS_vm_entries, { HANDLE_STDERR, NO_PID, (long)buf, (long)buf, 64 }, ESRCH },
	{ SYS_vm_entries, { HANDLE_STDERR, 0, (long)buf + 8, (long)buf, 64 }, EINVAL },
	{ SYS_vm_entries, { HANDLE_STDERR, 0, (long)buf, (long)buf, 1 }, EINVAL },
	{ SYS_vm_peek, { HANDLE_STDERR, NO_PID, (long)buf, (long)buf, 8 }, ESRCH },
	{ SYS_vm_peek, { HANDLE_STDERR, 0, UNMAPPED, (long)buf, 8 }, EFAULT },
	{ SYS_vm_peek, { HANDLE_STDERR, 0, (long)KERNEL, (long)buf, 8 }, EFAULT },
	{ SYS_vm_peek, { HANDLE_STDERR, 0, (long)buf, (long)buf, -1 }, EFAULT },
	{ SYS_vm_poke, { HANDLE_STDERR, NO_PID, (long)buf, (long)buf, 8 }, ESRCH },
	{ SYS_vm_poke, { HANDLE_STDERR, 0, UNMAPPED, (long)buf, 8 }, EFAULT },
	{ SYS_vm_poke, { HANDLE_STDERR, 0, (long)KERNEL, (long)buf, 8 }, EFAULT },
	{ SYS_vm_areas, { HANDLE_STDERR, NO_PID, 0, (long)buf, PAGE }, ESRCH },
	{ SYS_vm_areas, { HANDLE_STDERR, -1, 0, (long)buf, PAGE }, ESRCH },
	{ SYS_vm_areas,
	  { HANDLE_STDERR, 0, 0, (long)buf, sizeof(struct vm_area_info) - 1 },
	  EINVAL },
	{ SYS_vm_areas, { HANDLE_STDERR, 0, 0, (long)buf, 0 }, EINVAL },
	{ SYS_endpoint_create, { RIGHT_READ }, EINVAL },
	{ SYS_endpoint_create, { -1 }, EINVAL },
	{ SYS_connect, { ENDPOINT, 0, 0 }, EINVAL },
	{ SYS_connect, { ENDPOINT, 0, RIGHT_APART }, EINVAL },
	{ SYS_connect, { ENDPOINT, 0, RIGHT_READ }, EINVAL },
	{ SYS_connect, { ENDPOINT, 0, -1 }, EINVAL },
	{ SYS_ipc_call, { CONNECTION, (long)&msg }, EDEADLK },
	{ SYS_ipc_call, { CONNECTION, USER_TOP - 127 }, EFAULT },
	{ SYS_ipc_recv, { ENDPOINT, (long)&msg, 0 }, ETIMEDOUT },
	{ SYS_ipc_recv, { ENDPOINT, (long)&msg, 1 }, ETIMEDOUT },
	{ SYS_ipc_reply, { ENDPOINT, (long)&msg }, ESRCH },
	{ SYS_ipc_reply_recv, { ENDPOINT, (long)&msg, 0 }, ESRCH },
	{ SYS_ipc_copy, { ENDPOINT, 0, 0, (long)buf, 1 }, ESRCH },
	{ SYS_ipc_copy, { ENDPOINT, -1, 0, (long)buf, 1 }, ESRCH },
	{ SYS_ipc_copy, { ENDPOINT, TOKEN, 0, (long)buf, PAGE + 1 }, EINVAL },
	{ SYS_ipc_copy, { ENDPOINT, TOKEN, 0, (long)buf, -1 }, EINVAL },
	{ SYS_ipc_copy, { ENDPOINT, TOKEN, PAGE + 1, (long)buf, 0 }, EINVAL },
	{ SYS_ipc_copy, { ENDPOINT, TOKEN, 0xffffffff, (long)buf, 1 }, EINVAL },
	{ SYS_ipc_copy, { ENDPOINT, TOKEN, 2l << 32, (long)buf, 0 }, EINVAL },
	{ SYS_ipc_copy, { ENDPOINT, TOKEN, -1, (long)buf, 1 }, EINVAL },
	{ SYS_ipc_copy, { ENDPOINT, TOKEN, 1l << 32, (long)buf, 1 }, EFAULT },
	{ SYS_ipc_copy, { ENDPOINT, TOKEN, 0, UNMAPPED, 1 }, EFAULT },
	{ SYS_ipc_copy, { ENDPOINT, TOKEN, 0, (long)KERNEL, 1 }, EFAULT },
	{ SYS_ipc_copy, { ENDPOINT, TOKEN, 0, -1, 1 }, EFAULT },
	{ SYS_ipc_copy, { ENDPOINT, TOKEN, 0, (long)read_only, 1 }, EFAULT },
	{ SYS_ipc_vmo_copy, { ENDPOINT, TOKEN, 0, VMO, 1, PAGE }, EINVAL },
	{ SYS_ipc_vmo_copy, { ENDPOINT, TOKEN, 0, VMO, -1, 1 }, EINVAL },
	{ SYS_ipc_vmo_copy, { ENDPOINT, TOKEN, 0, HANDLE_INITRD, 0, 1 }, EACCES },
	{ SYS_ipc_vmo_copy, { ENDPOINT, TOKEN, 1l << 32, VMO, 0, 1 }, EFAULT },
	{ SYS_sigaction, { 0, 0, 0 }, EINVAL },
	{ SYS_sigaction, { -1, 0, 0 }, EINVAL },
	{ SYS_sigaction, { NSIG, 0, (long)buf }, EINVAL },
	{ SYS_sigaction, { SIGKILL, (long)buf, 0 }, EINVAL },
	{ SYS_sigaction, { SIGSTOP, (long)buf, 0 }, EINVAL },
	{ SYS_sigaction, { SIGKILL, UNMAPPED, 0 }, EINVAL },
	{ SYS_sigprocmask, { 3, 0 }, EINVAL },
	{ SYS_sigprocmask, { -1, 0 }, EINVAL },
	{ SYS_sigaltstack, { (long)&small_stack, 0 }, ENOMEM },
	{ SYS_sigaltstack, { (long)&odd_stack, 0 }, EINVAL },
	{ SYS_setpgid, { 0, -1 }, EINVAL },
	{ SYS_setpgid, { NO_PID, 0 }, ESRCH },
	{ SYS_setpgid, { -1, 0 }, ESRCH },
	{ SYS_setpgid, { 1, 0 }, ESRCH },
	{ SYS_setpgid, { 0, NO_PID }, EPERM },
	{ SYS_getpgid, { NO_PID }, ESRCH },
	{ SYS_getpgid, { -1 }, ESRCH },
	{ SYS_getpgid, { NO_PID, 1 }, ESRCH },
};

static const struct call *call_by_number(long nr)
{
	for (size_t i = 0; i < NR_CALLS; i++)
		if (calls[i].nr == nr)
			return &calls[i];
	return NULL;
}

static void test_rows(void)
{
	TEST_BEGIN("wrong values, call by call");
	buf[0] = 1; /* a page of its own, whose reverse map could be walked */
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect(call_by_number(rows[i].nr), rows[i].arg, rows[i].want);
}

/* What sounds wrong and is not: done at once, and to the full. */
static void test_harmless(void)
{
	static const long masks[] = { 1 | 1l << 63, 1 | 1l << 8, -1 };

	TEST_BEGIN("odd values that are right");
	for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++)
		CHECK_EQ(syscall(SYS_setaffinity, 0l, masks[i]), 0, "affinity %#lx", masks[i]);
	for (long ns = 0; ns <= 1; ns++)
		CHECK_EQ(syscall(SYS_nanosleep, ns), 0, "a sleep of %ld ns", ns);
	CHECK_EQ(mg_kctl(KCTL_RMAP_WALK, (unsigned long)buf, 1000), 1,
		 "PTEs of a page, 1000 times");
	CHECK(mg_kctl(KCTL_SCAN_NOW, 0, 0) >= 0, "scan now: %s", strerror(errno));
	CHECK_EQ(mg_kctl(KCTL_FAIL_NTH, -1ul, 0), 0, "nothing was to fail");
	CHECK(mg_kctl(KCTL_FAIL_NTH, 0, 0) != 0, "the last failure of all is not met");
	CHECK_EQ(mg_kctl(KCTL_FAIL_EVENT, EV_fault, -1ul), 0, "failures of an event that has none");
	CHECK_EQ(mg_kctl(KCTL_FAIL_EVENT, EV_fault, 0), 0, "failures off again");
}

/* A bad place for status or usage leaves the child to be waited for. */
static void test_wait_pointer(void)
{
	static const long wild[] = { 0x10, UNMAPPED, USER_TOP, (long)KERNEL, (long)read_only };
	pid_t pid;

	TEST_BEGIN("wait4 with a bad pointer");
	pid = fork();
	if (!pid)
		_exit(3);
	for (size_t i = 0; i < sizeof(wild) / sizeof(wild[0]); i++) {
		CHECK_ERRNO(syscall(SYS_wait4, (long)pid, wild[i], 0l, 0l), EFAULT);
		CHECK_ERRNO(syscall(SYS_wait4, (long)pid, 0l, 0l, wild[i]), EFAULT);
	}
	CHECK_EQ(waitpid(pid, NULL, 0), pid, "wait for the child at last");
}

/* A bad vector inside a good one. */
static void test_exec_vectors(void)
{
	static char *const bad[] = { "x", (char *)UNMAPPED, NULL };
	static char *const bad_kernel[] = { (char *)KERNEL, NULL };

	TEST_BEGIN("exec with a bad string in a vector");
	CHECK_ERRNO(mg_exec(vmo, bad, argv_good), EFAULT);
	CHECK_ERRNO(mg_exec(vmo, argv_good, bad_kernel), EFAULT);
}

static void test_numbers(void)
{
	static const long numbers[] = { -1, 14, 15, 999, 1l << 31, 1l << 32, 1l << 63 };

	TEST_BEGIN("numbers that are no system call");
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		CHECK_ERRNO(syscall(numbers[i]), ENOSYS);
}

/* ---- random arguments ---- */

#define CHILDREN 60
#define CALLS	 300

/* clang-format off */
static const long pool[] = {
	0, 1, 2, 3, 4, VMO, 8, 16, 63, 255, 256, PAGE - 1, PAGE, PAGE + 1, 1 << 20, -1, -2, -PAGE,
	0x7fffffff, 0x80000000, 0xffffffff, (long)buf, (long)buf + 1, (long)buf + PAGE,
	(long)read_only, (long)argv_good, 0x10000, 0x400000, UNMAPPED, USER_TOP - PAGE,
	USER_TOP - 1, USER_TOP, (long)NON_CANON, (long)KERNEL, (long)(1ul << 63),
};
/* clang-format on */

/* Calls that end, block, print, or act on other processes have no place in a random test. */
static bool is_tame(const struct call *call, long a[6])
{
	switch (call->nr) {
	case SYS_exit:
	case SYS_fork:
	case SYS_kill:
	case SYS_tkill:
	case SYS_thread_create: /* one that goes anywhere */
	case SYS_thread_exit:
	case SYS_set_tls: /* libc is lost without */
	case SYS_futex_wait:
	case SYS_nanosleep:
	case SYS_klog:
	case SYS_kctl:
	case SYS_poweroff:
	case SYS_ipc_recv: /* it might wait for ever */
	case SYS_ipc_reply_recv:
	case SYS_ipc_call:
	case SYS_sigsuspend:
	case SYS_sigtimedwait:
	case SYS_sigreturn: /* would go anywhere: tests/signal_abuse */
	case SYS_alarm:
		return false;
	case SYS_vm_copy: /* nowhere but into what is there for it */
	case SYS_vm_copy_string:
		a[0] = a[0] & 1 ? UNMAPPED : (long)buf;
		a[2] %= PAGE;
		return true;
	case SYS_vm_poke:
		a[1] = 0;
		return true;
	case SYS_mmap:
		a[3] &= ~(MAP_POPULATE | MAP_LOCKED); /* a huge one would take all memory */
		return true;
	case SYS_mlock2:
		a[2] |= MLOCK_ONFAULT; /* so here */
		return true;
	case SYS_mlockall:
		a[0] |= MCL_ONFAULT;
		return true;
	default:
		return true;
	}
}

static void fuzz(void *arg)
{
	uint64_t state = *(uint64_t *)arg;

	for (int i = 0; i < CALLS; i++) {
		const struct call *call = &calls[next_random(&state) % NR_CALLS];
		long a[6];
		long ret;

		for (size_t k = 0; k < 6; k++)
			a[k] = pool[next_random(&state) % (sizeof(pool) / sizeof(pool[0]))];
		if (!is_tame(call, a))
			continue;
		ret = syscall(call->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
		if (ret == -1)
			CHECK(errno > 0 && errno < 134 && errno != ENOSYS, "%s: errno %d",
			      call->name, errno);
	}
}

/* Free, or of a file: any child may be the first to use some page of this program's. */
static long frames_left(void)
{
	long frames = free_frames();

	return frames + (long)mem_stat().vmo_frames;
}

static void test_random(void)
{
	uint64_t seed = test_seed();
	long frames = 0;

	TEST_BEGIN("random arguments");
	for (uint64_t i = 0; i < 2 * CHILDREN; i++) { /* the second time all caches have grown */
		uint64_t state = seed * 1000 + i % CHILDREN;
		int sig = dies_by(fuzz, &state);

		/* a child may well unmap its own text or stack */
		CHECK(sig == 0 || sig == SIGSEGV, "seed %lu, child %lu ended by signal %d", seed, i,
		      sig);
		if (i == CHILDREN - 1)
			frames = frames_left();
	}
	CHECK_EQ(frames_left(), frames, "free frames, and those of files");
	check_mm();
}

/*
 * A client in a call with a window that is good to read, and one that is not; received
 * with TOKEN.  It is no child of ours, since wait4 is to find none.
 */
static pid_t start_client(void)
{
	pid_t pid;

	REQUIRE(mg_endpoint_create() == ENDPOINT && mg_connect(ENDPOINT, 0, 0x18) == CONNECTION,
		"the endpoint and the connection: %s", strerror(errno));
	pid = fork();
	if (!pid) {
		if (fork())
			_exit(0);
		received = (struct ipc_message){ .window = { (uint64_t)buf, UNMAPPED },
						 .window_len = { PAGE, PAGE } };
		mg_call(CONNECTION, &received);
		_exit(1);
	}
	CHECK_EQ(waitpid(pid, NULL, 0), pid, "wait for the client's parent");
	REQUIRE(mg_recv(ENDPOINT, &received, IPC_FOREVER) == IPC_MSG && received.token == TOKEN,
		"token %lu: %s", received.token, strerror(errno));
	return received.pid;
}

int main(void)
{
	pid_t client;

	while ((vmo = dup(HANDLE_STDIN)) >= 0 && vmo < VMO)
		;
	close(vmo);
	vmo = mg_vmo_create(PAGE);
	REQUIRE(vmo == VMO, "the VMO has handle %d: %s", vmo, strerror(errno));
	client = start_client();
	REQUIRE(syscall(SYS_irq_bind, HANDLE_STDERR, BOUND_LINE, ENDPOINT, 2) == IRQ,
		"irq_bind: %s", strerror(errno));
	test_types();
	test_rows();
	test_harmless();
	test_wait_pointer();
	test_exec_vectors();
	test_numbers();
	test_random();
	CHECK(!kill(client, SIGKILL), "kill: %s", strerror(errno));
	return TEST_END();
}
