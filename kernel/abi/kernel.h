/* SPDX-License-Identifier: MIT */
/*
 * The kernel's own interface for programs that hold the KCAP handle: log,
 * knobs, counters, and the view of another process's memory.
 */
#pragma once

#include <stdint.h>

/*
 * Authorities: the rights of a KCAP handle; init holds all and delegates subsets.  Those of the
 * handle HANDLE_KCAP go with each message of a process, so that its server can decide by them;
 * kcap_drop_bound() takes some from a process for good.
 */
#define KCAP_LOG   0x01 /* klog, but for standard output and error */
#define KCAP_CTL   0x02 /* kctl */
#define KCAP_STAT  0x04 /* kstat */
#define KCAP_QUERY 0x08 /* vm_query, vm_entries, vm_areas, vm_peek, vm_poke */
#define KCAP_POWER 0x10 /* poweroff */
#define KCAP_IO	   0x20 /* irq_bind, ioport_allow */
#define KCAP_PAGER 0x40 /* vmo_create_paged: others wait for us in their page faults */
#define KCAP_ALL   0x7f

/*
 * The handles init starts with.  Those from HANDLE_OWN on are the library's own: nothing is put
 * there unasked, and no descriptor has such a number.
 */
#define HANDLE_STDIN  0
#define HANDLE_STDOUT 1
#define HANDLE_STDERR 2
#define HANDLE_OWN    0x10000
#define HANDLE_ARGS   (HANDLE_OWN + 0)
#define HANDLE_INITRD (HANDLE_OWN + 1)
#define HANDLE_KCAP   (HANDLE_OWN + 2) /* of programs: the authorities that init has left to them */
#define HANDLE_LOCKS \
	(HANDLE_OWN + 16) /* of programs: IO_OWNER; nothing is ever put there unasked */

/* klog(kcap, stream, buf, len) → bytes written: where the bytes go. */
#define KLOG_OUT    1 /* COM1, byte for byte; any KCAP will do, KCAP_LOG or not */
#define KLOG_ERR    2 /* COM3; likewise */
#define KLOG_LOG    3 /* COM2, the kernel log, one record a line */
#define KLOG_TEST   4 /* COM4, test results (KTAP) */
#define KLOG_SCREEN 5 /* a PC's screen in text mode, see kernel/x86/vga.h; else -ENODEV */
#define KLOG_OWN    6 /* ERR for the handle that init started with as 2 and its copies, else OUT */

/* poweroff(kcap, verdict) */
#define POWEROFF_PASS 0x10
#define POWEROFF_FAIL 0x11

/*
 * kctl(kcap, op, a, b) → result or -errno.  A knob is set with KCTL_SET_KNOB
 * (a = enum knob, b = value) and read with KCTL_GET_KNOB.
 */
enum kctl_op {
	KCTL_MM_CHECK,	 /* → number of violations, each printed to the log */
	KCTL_SET_KNOB,	 /* a = enum knob, b = value */
	KCTL_GET_KNOB,	 /* a = enum knob → value */
	KCTL_DRAIN,	 /* per-CPU lists, del list, stale nodes, slab magazines: nothing pending */
	KCTL_EVENT_HOLD, /* a = event, b = pid or 0 (any): the next thread there stops */
	KCTL_EVENT_HELD, /* a = event → 1 while a thread is held there */
	KCTL_EVENT_RELEASE, /* a = event: lets it go on and disarms */
	KCTL_EVENT_TRACE,   /* a = event, b = 0/1: log a line each time */
	KCTL_FAIL_NTH,	  /* a = n (0 off): the n-th allocation fails, of this thread or (b = 1) of
				 the scanners; → rest of the last n */
	KCTL_FAIL_EVENT,  /* a = event, b = n: the n-th failable step there fails */
	KCTL_SCAN_NOW,	  /* wakes the scanner now; → scans so far */
	KCTL_EVENT_COUNT, /* a = event → count */
	KCTL_KSTACK_OVERFLOW, /* overflows this thread's kernel stack (test builds) */
	KCTL_RMAP_WALK, /* a = own address, b = times: walks its page's reverse map; → PTEs found */
	KCTL_EVENT_DELAY, /* a = event, b = pauses (0 off): each that passes spins so long */
	KCTL_SPARE, /* marks the caller a server, through exec too: kill(-1) and OOM spare it, and
		       it may have as many handles as its clients want of it */
	KCTL_FAIL_NTH_OF, /* a = n, b = pid: as KCTL_FAIL_NTH, of that process's first thread */
	/* of frame a, b = 0 unless said otherwise; → -EFAULT beyond the last: */
	KCTL_FRAME_COUNT,      /* → entries that map it */
	KCTL_FRAME_FLAGS,      /* → bits 1 << enum kpf */
	KCTL_FRAME_IDLE,       /* b = 1: marks it idle; → 1 if it is and was not used since */
	KCTL_FRAME_REFERENCED, /* → entries that were used since it was asked last */
	KCTL_FRAME_MKCLEAN,    /* makes its entries read-only and clean; → how many were not */
	NR_KCTL_OPS
};

/* What a frame is, by the bit numbers of Linux's /proc/kpageflags. */
enum kpf {
	KPF_LOCKED = 0,
	KPF_REFERENCED = 2, /* idle tracking has taken an accessed bit */
	KPF_UPTODATE = 3,
	KPF_DIRTY = 4, /* of the page; its entries have bits of their own */
	KPF_SLAB = 7,
	KPF_BUDDY = 10, /* free */
	KPF_MMAP = 11,
	KPF_ANON = 12,
	KPF_SWAPBACKED = 14,
	KPF_KSM = 21,
	KPF_ZERO_PAGE = 24,
	KPF_IDLE = 25,
	KPF_PGTABLE = 26,
	KPF_RESERVED = 32,
};

/* The longest KCTL_EVENT_DELAY: the tick goes on meanwhile, but a spinlock may be held. */
#define EVENT_DELAY_MAX (1 << 20)

/* Knobs, named as Linux names the files of /sys/kernel/mm/pksm and /sys/kernel/mm/ksm. */
enum knob {
	KNOB_PKSM_RUN,		    /* 0 stop, 1 merge, 2 part everything */
	KNOB_PKSM_PAGES_TO_SCAN,    /* pages a wake-up */
	KNOB_PKSM_SLEEP_MILLISECS,  /* between wake-ups */
	KNOB_PKSM_PERIOD_SECONDS,   /* unstable pages re-checked within */
	KNOB_PKSM_N,		    /* probation: passes without a change */
	KNOB_PKSM_MAX_CPU_PERCENT,  /* of one CPU */
	KNOB_PKSM_VOLATILE_FILTER,  /* 0 checksum, 1 dirty */
	KNOB_PKSM_ORDER,	    /* key order: 0 hash, 1 bytes */
	KNOB_PKSM_MAX_PAGE_SHARING, /* records a merged page may have */
	KNOB_KSM_RUN,		    /* 0 stop, 1 merge, 2 part everything */
	KNOB_KSM_PAGES_TO_SCAN,	    /* pages a wake-up */
	KNOB_KSM_SLEEP_MILLISECS,   /* between wake-ups */
	KNOB_KSM_USE_ZERO_PAGES,    /* merge pages of zeros with the zero page */
	KNOB_KSM_MAX_PAGE_SHARING, /* sites a merged page may have; -EBUSY while pages are shared */
	KNOB_KSM_SMART_SCAN,	   /* skip by age what failed to merge */
	KNOB_KSM_ORDER,		   /* key order: 0 hash, 1 bytes */
	KNOB_KSM_VOLATILE_FILTER,  /* 0 checksum, 1 dirty */
	KNOB_KSM_CHAINS_PRUNE_MILLISECS, /* how often the records of chains are looked over */
	KNOB_KSM_MERGE_ACROSS_NODES,	 /* 1: there is one memory node */
	KNOB_KSM_ADVISOR_MODE,		 /* 0: none */
	KNOB_HASH_MASK_BITS,		 /* test hook: 64, or 4 to force collisions */
	KNOB_CHECK_EVERY,	 /* debug builds: mm_check() after every n-th fault, 0 off */
	KNOB_KSM_CHECKSUM_FIRST, /* 1: a page that changed is not looked for, as in Linux 6.12 */
	NR_KNOBS
};

/* kstat(kcap, what, buf, size) → bytes written; -EINVAL if size is too small. */
enum kstat_what {
	KSTAT_MEM,    /* struct kstat_mem */
	KSTAT_PKSM,   /* struct kstat_pksm */
	KSTAT_KSM,    /* struct kstat_ksm */
	KSTAT_EVENTS, /* u64 count of each event, in table order */
	KSTAT_PROCS,  /* struct kstat_proc for each process */
	KSTAT_SLABS,  /* struct kstat_slab for each cache */
	KSTAT_FRAMES, /* a byte for each frame from 0 on, KSTAT_FRAMES_RECORD of them at a time */
	NR_KSTATS
};

struct kstat_mem {
	uint64_t total_frames; /* under the allocator's care */
	uint64_t free_frames;
	uint64_t kernel_frames, table_frames, slab_frames, stack_frames, user_frames, vmo_frames;
	uint64_t slab_objects; /* live objects in all caches */
	uint64_t nr_cpus;
	uint64_t tsc_hz;
	uint64_t now_ns;      /* since boot */
	uint64_t frame_bytes; /* kept about each frame, the scanner's record included */
};

struct kstat_pksm {
	uint64_t run;
	uint64_t pages_shared; /* merged frames */
	/* frames saved; records whose last PTE has gone count until they are pruned */
	uint64_t pages_sharing;
	uint64_t ptes_moved;
	uint64_t zero_pages;	  /* PTEs that map the zero page by a merge */
	uint64_t pages_unshared;  /* candidates in the unstable tree */
	uint64_t pages_scanned;	  /* candidates looked at */
	uint64_t pages_rechecked; /* of these, in the unstable tree, to see whether they changed */
	uint64_t full_scans;	  /* passes over everything that was listed */
	uint64_t cow_broken;	  /* merged pages parted */
	uint64_t merges;	  /* pages absorbed */
	uint64_t demotions;	  /* first merges undone */
	uint64_t hash_collisions;
	uint64_t new_len, rescan_len, del_len, stale_nodes;
	uint64_t bytes_hashed, bytes_compared;
	uint64_t meta_bytes; /* nodes and records */
	uint64_t scan_ns;
};

struct kstat_ksm {
	uint64_t run;
	uint64_t pages_shared;	 /* merged frames with at least one site */
	uint64_t pages_sharing;	 /* further sites */
	uint64_t pages_unshared; /* candidates in the unstable tree of this scan */
	uint64_t pages_volatile; /* sites that changed too fast */
	uint64_t pages_skipped;	 /* by smart_scan */
	uint64_t pages_scanned;
	uint64_t full_scans;
	uint64_t zero_pages; /* ksm_zero_pages */
	uint64_t stable_node_chains, stable_node_dups;
	uint64_t rmap_items;
	int64_t general_profit; /* bytes saved less rmap_items, as Linux counts */
	uint64_t meta_bytes;	/* items, nodes and records */
	uint64_t merges, demotions, cow_broken, hash_collisions;
	uint64_t bytes_hashed, bytes_compared;
	uint64_t scan_ns;
};

struct kstat_proc {
	int32_t pid, ppid;
	uint32_t state; /* enum thread_state */
	uint32_t nr_vmas;
	uint64_t nr_ptes;	    /* present user PTEs */
	uint64_t nr_tables;	    /* page-table frames */
	uint64_t ksm_merging_pages; /* sites of this process */
	uint64_t ksm_rmap_items;
	uint64_t ksm_zero_pages; /* PTEs that map the zero page by a merge, of either scanner */
	int64_t ksm_profit;	 /* bytes saved less rmap_items, as general_profit */
	uint64_t ksm_merge_any;	 /* 1: prctl(PR_SET_MEMORY_MERGE, 1) */
	char name[16];
	uint32_t bounding_set; /* KCAP_*: authorities that it has not dropped for good */
};

struct kstat_slab {
	char name[24];
	uint32_t size, align;
	uint64_t objects, frames;
};

#define KSTAT_FRAMES_RECORD 64 /* beyond the last frame: FR_RESERVED */

/*
 * What a frame is: not under the allocator's care (the kernel's image, boot modules, no RAM at
 * all); free; the kernel's, slabs and stacks too; a page table; user memory, in it merged pages
 * apart; a memory object's.
 */
enum frame_state { FR_RESERVED, FR_FREE, FR_KERNEL, FR_TABLE, FR_ANON, FR_MERGED, FR_OBJECT };

/*
 * vm_query(kcap, pid, addr, buf, size): one record a page from addr on; pid 0 is the caller.
 * vm_entries(), with the same arguments: without the reverse map and the scanner's key, so at
 * the same cost for each page, however often it is mapped.
 */
#define VMQ_PRESENT	0x01
#define VMQ_WRITABLE	0x02
#define VMQ_DIRTY	0x04
#define VMQ_ACCESSED	0x08
#define VMQ_MERGED	0x10  /* maps a merged page (a stable node exists) */
#define VMQ_ZERO	0x20  /* maps the shared zero page */
#define VMQ_EXCLUSIVE	0x40  /* the page is AnonExclusive */
#define VMQ_ZERO_MERGED 0x80  /* the zero page, put there by a merge */
#define VMQ_PAGE_DIRTY	0x100 /* the page is dirty, whatever the entry says: a merged page always */
#define VMQ_OBJECT	0x200 /* the page is a memory object's */

struct vm_page_info {
	uint64_t pfn;	    /* 0 if not present */
	uint32_t flags;	    /* VMQ_* */
	int32_t mapcount;   /* PTEs that map the frame; 0 for the zero page */
	int32_t refcount;   /* without the query's own */
	int32_t rmap_count; /* PTEs that rmap_walk finds; -1: not asked, or its lock is kept */
	uint64_t pte;	    /* the raw entry */
	uint64_t hash;	    /* key of the scanner's record or node; 0: none, or rmap_count is -1 */
};

/*
 * vm_areas(kcap, pid, addr, buf, size): one record for the area that holds addr, or else
 * for the first above it, and for those that follow; pid 0 is the caller.
 */
#define VMA_PROT	0x07 /* PROT_* */
#define VMA_SHARED	0x08
#define VMA_MERGEABLE	0x10
#define VMA_UNMERGEABLE 0x20
#define VMA_STACK	0x80
#define VMA_LOCKED	0x800
#define VMA_DONTCOPY	0x2000
#define VMA_WIPEONFORK	0x4000
#define VMA_SEQ_READ	0x20000
#define VMA_RAND_READ	0x40000
#define VMA_OBJECT	0x10000 /* shows a memory object, from page pgoff on */

struct vm_area_info {
	uint64_t start, end;
	uint64_t pgoff; /* index of its first page, which stays when the area is moved */
	uint64_t flags; /* VMA_* */
	uint64_t next;	/* the first address from addr on that has a page table, or end */
};
