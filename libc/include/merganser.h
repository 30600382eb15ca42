/* SPDX-License-Identifier: MIT */
/*
 * What Merganser has and POSIX has not: the kernel's counters, knobs, events
 * and views of page tables (<abi/kernel.h>), and memory objects.
 * The wrappers return what the kernel returns, with -1 and errno on failure,
 * and use the KCAP that the program inherited as HANDLE_KCAP.
 */
#pragma once

#include <abi/kernel.h>
#include <sys/types.h>

/* Writes len bytes to one of KLOG_*; returns the number written. */
ssize_t mg_klog(int stream, const void *buf, size_t len);
/* Formats one line for the test stream (COM4), at most 512 bytes. */
void mg_test_log(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

long mg_kctl(enum kctl_op op, unsigned long a, unsigned long b);
/* Returns the bytes written to buf. */
ssize_t mg_kstat(enum kstat_what what, void *buf, size_t size);
/*
 * Lets the kernel finish what is pending (KCTL_DRAIN), then counts the frames
 * that are free, and those that its type-stable slab cache keeps for anon_vmas
 * to come: the figure that must be the same before and after.
 */
long mg_settled_frames(void);
/* Fills n records, one for each page from addr on; pid 0 is the caller.  Returns their number. */
int mg_vm_query(pid_t pid, const void *addr, struct vm_page_info *info, size_t n);
/* The same without the reverse map (rmap_count is -1, hash 0): quick, however much is shared. */
int mg_vm_entries(pid_t pid, const void *addr, struct vm_page_info *info, size_t n);
/*
 * Fills at most n records, one for each area that ends above addr; pid 0 is the caller.
 * Returns their number, 0 after the last.
 */
int mg_vm_areas(pid_t pid, const void *addr, struct vm_area_info *info, size_t n);
/* Copy len bytes out of or into the memory of another process; the copied length. */
ssize_t mg_vm_peek(pid_t pid, const void *addr, void *buf, size_t len);
ssize_t mg_vm_poke(pid_t pid, void *addr, const void *buf, size_t len);
/*
 * Drops authorities (KCAP_*; KCAP_ALL: all) from the bounding set of this process: every KCAP that
 * it holds loses them, one that it is given later too, and so has each program that it becomes or
 * starts.  Nothing gives them back: not fork, not exec, not a message.  Standard output and error
 * stay.  close(HANDLE_KCAP) is this with KCAP_ALL.  Named after libcap's.  0; EINVAL no such one.
 */
int mg_cap_drop_bound(unsigned int authorities);
/*
 * Fault injection: the n-th block that malloc() and its kin are asked for from now on is refused,
 * once (0: none will be).  What was left of the last n; 0 once it has been met.  Not for threads.
 */
unsigned long mg_malloc_fail_nth(unsigned long n);
/* Blocks of malloc() that have not been freed, but for those large enough for their own mapping. */
long mg_malloc_blocks(void);
/* Ends the machine's run with POWEROFF_PASS or POWEROFF_FAIL. */
_Noreturn void mg_poweroff(int verdict);

/*
 * Memory objects: a new one of zeros, or one whose pages come from the process that receives at the
 * endpoint (KCAP_PAGER; see <abi/ipc.h>, IPC_PAGER); its size; a larger one; and copies out of
 * and into it.
 */
int mg_vmo_create(size_t size);
int mg_vmo_create_paged(int kcap, int endpoint, uint64_t badge, size_t size);
int mg_vmo_resize(int vmo, size_t size);
/* Makes zeros of n bytes, and gives back the memory of whole pages. */
int mg_vmo_punch(int vmo, off_t offset, size_t n);
/* Sees to it that n bytes inside have memory. */
int mg_vmo_reserve(int vmo, off_t offset, size_t n);
/* Answers IPC_PAGER, before the reply: n bytes, from the start of the page that is needed on. */
int mg_vmo_supply(int endpoint, uint64_t token, const void *buf, size_t n);
off_t mg_vmo_size(int vmo);
ssize_t mg_vmo_read(int vmo, void *buf, size_t n, off_t offset);
ssize_t mg_vmo_write(int vmo, const void *buf, size_t n, off_t offset);
/* Replaces this process by the ELF image in vmo; returns only on failure. */
int mg_exec(int vmo, char *const argv[], char *const envp[]);
