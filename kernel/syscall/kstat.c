/* SPDX-License-Identifier: MIT */
/* Counters and views that programs with KCAP_STAT or KCAP_QUERY may read. */
#include "kernel/core/event.h"
#include "kernel/core/time.h"
#include "kernel/lib/string.h"
#include "kernel/syscall/handle.h"
#include "kernel/syscall/syscall.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/smp.h"
#include "kernel/x86/uaccess.h"
#include "mm/frame/stat.h"
#include "mm/merge/merge.h"

/* The n-th record of a list; false if there are not so many.  *pos is the reader's own, 0 first. */
typedef bool (*record_fn)(void *record, int *pos);

static bool proc_record(void *record, int *pid)
{
	struct kstat_proc *st = record;
	struct process *p = process_next(*pid);
	struct mm_struct *mm;

	if (!p)
		return false;
	*pid = p->pid;
	*st = (struct kstat_proc){ .pid = p->pid, .ppid = p->ppid };
	st->bounding_set = READ_ONCE(p->handles.bounding_set);
	strlcpy(st->name, p->name, sizeof(st->name));
	st->state = process_thread_state(p);
	mm = process_get_mm(p);
	if (mm) {
		st->nr_vmas = READ_ONCE(mm->nr_vmas);
		st->nr_ptes = atomic64_read(&mm->nr_ptes);
		st->nr_tables = atomic64_read(&mm->nr_tables);
		merge_stat_mm(mm, st);
		mmput(mm);
	}
	process_put(p);
	return true;
}

static bool slab_record(void *record, int *n)
{
	return slab_stat((*n)++, record);
}

static bool frames_record(void *record, int *n)
{
	u64 first = (u64)*n * KSTAT_FRAMES_RECORD;

	cond_resched(); /* there may be a million frames */
	(*n)++;
	return frame_states(first, record);
}

static s64 copy_records(record_fn next, size_t record_size, void *ubuf, u64 size)
{
	u8 record[96];
	u64 done = 0;
	int pos = 0;

	_Static_assert(sizeof(struct kstat_proc) <= sizeof(record), "record buffer");
	_Static_assert(sizeof(struct kstat_slab) <= sizeof(record), "record buffer");
	if (size < record_size)
		return -EINVAL;
	while (size - done >= record_size) {
		if (!next(record, &pos))
			break;
		if (copy_to_user(ubuf + done, record, record_size))
			return -EFAULT;
		done += record_size;
	}
	return done;
}

static void mem_stat(struct kstat_mem *st)
{
	*st = (struct kstat_mem){
		.nr_cpus = READ_ONCE(nr_cpus),
		.tsc_hz = tsc_hz,
		.now_ns = now_ns(),
	};
	frame_stat(st);
}

static void event_stat(u64 *counts)
{
	for (u32 id = 0; id < NR_EVENTS; id++)
		counts[id] = event_count(id);
}

/* Those that are one structure: made in st and copied. */
static s64 read_struct(int what, void *ubuf, u64 size)
{
	static const u16 sizes[] = { sizeof(struct kstat_mem), sizeof(struct kstat_pksm),
				     sizeof(struct kstat_ksm), NR_EVENTS * sizeof(u64) };
	union {
		struct kstat_mem mem;
		struct kstat_pksm pksm;
		struct kstat_ksm ksm;
		u64 events[NR_EVENTS];
	} st;

	if (size < sizes[what])
		return -EINVAL;
	if (what == KSTAT_MEM)
		mem_stat(&st.mem);
	else if (what == KSTAT_PKSM)
		merge_stat(&st.pksm);
	else if (what == KSTAT_KSM)
		merge_stat_ksm(&st.ksm);
	else
		event_stat(st.events);
	if (copy_to_user(ubuf, &st, sizes[what]))
		return -EFAULT;
	return sizes[what];
}

/*
 * Copies the figures to ubuf and returns their size in bytes.  PROCS, SLABS and
 * FRAMES give as many records as fit.  After the KCAP: -EINVAL no such figures, or a buffer
 * smaller than (one of) them; -EFAULT.
 */
s64 sys_kstat(int kcap, int what, void *ubuf, u64 size)
{
	int ret = check_authority(kcap, KCAP_STAT);

	if (ret)
		return ret;
	if (what < 0 || what >= NR_KSTATS)
		return -EINVAL;
	if (what == KSTAT_PROCS)
		return copy_records(proc_record, sizeof(struct kstat_proc), ubuf, size);
	if (what == KSTAT_SLABS)
		return copy_records(slab_record, sizeof(struct kstat_slab), ubuf, size);
	if (what == KSTAT_FRAMES)
		return copy_records(frames_record, KSTAT_FRAMES_RECORD, ubuf, size);
	return read_struct(what, ubuf, size);
}
