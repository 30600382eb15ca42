/* SPDX-License-Identifier: MIT */
/*
 * Who may what (user/README.md, "Who may what in /sys and /proc").  This server may ask the
 * kernel for everything, most of its clients may not: so it decides by what the kernel says of
 * the sender (badge, pid, authorities of the message) and never by what it could do itself, or
 * it would be the deputy whom anybody sends.
 *
 *	what                              the process itself  its parent    anybody else
 *	/sys counters, /proc/meminfo …    reads               reads         reads
 *	/sys knobs                        reads; writes with KCAP_CTL
 *	/proc/PID comm status stat        reads               reads         reads
 *	/proc/PID maps smaps ksm_stat
 *	  ksm_merging_pages pagemap mem   all                 all           with KCAP_QUERY
 *	frame numbers in pagemap          with KCAP_QUERY, else 0
 *	/proc/kpagecount kpageflags
 *	  and page_idle/bitmap            reads with KCAP_QUERY; writes with KCAP_CTL too
 *
 * This is Linux's table, where KCAP_CTL is to be root, KCAP_QUERY is CAP_SYS_PTRACE and
 * CAP_SYS_ADMIN, and who may trace a process is its parent: there all of one user may.  A
 * parent that has dropped authorities is none to a child that still has them, or it could
 * take them back by writing into the child.
 *
 * It is asked with open() and again with each read() and write().  An open file outlives who
 * opened it, by fork and exec, and what it is about: when the process has ended, the number
 * may be another's.  So unlike on Linux an open file gives nobody what open() would refuse.
 */
#include <errno.h>
#include <unistd.h>

#include "user/lib/files.h"
#include "user/servers/sysfs/sysfs.h"

/* Whether the client is the parent, and has not dropped what the process still has. */
static bool rules(pid_t client, const struct kstat_proc *p)
{
	uint32_t has = p->bounding_set;
	bool is_parent = p->ppid == client;

	p = find_proc(client); /* where *p was there is another one now */
	return is_parent && p && !(has & ~p->bounding_set);
}

/* Whether the client may look into a process.  0, -EACCES; -ESRCH: it has gone. */
static int may_look(const struct ipc_message *m, pid_t pid)
{
	const struct kstat_proc *p;

	if (m->pid == pid || m->authorities & KCAP_QUERY)
		return 0;
	p = find_proc(pid);
	if (!p)
		return -ESRCH;
	return rules(m->pid, p) ? 0 : -EACCES;
}

int node_access(const struct ipc_message *m, const struct node *n, pid_t pid, uint64_t want)
{
	int err = file_check_mode(n->mode, want);

	if (err)
		return err;
	if ((n->store || n->frames) && want & W_OK && !(m->authorities & KCAP_CTL))
		return -EACCES;
	if (n->frames && !(m->authorities & KCAP_QUERY))
		return -EACCES;
	return n->inside ? may_look(m, pid) : 0;
}
