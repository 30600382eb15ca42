/* SPDX-License-Identifier: MIT */
/* The first chapter: one page's way through fault, fork, scan, merge, write, part. */
#include <abi/event_ids.h>
#include <stdio.h>
#include <stdlib.h>

#include "demo.h"

#define PATIENCE_NS 60000000000ul

/* Who maps the story's page: P, its two children, and one stranger. */
static const enum role players[] = { P, C1, C2, S1 };
#define NR_PLAYERS (sizeof(players) / sizeof(players[0]))

static long address[NR_ACTORS];

static struct vm_page_info look(enum role role)
{
	struct vm_page_info v = { 0 };

	if (mg_vm_query(cast[role], (void *)address[role], &v, 1) != 1) {
		perror("demo: vm_query");
		exit(1);
	}
	return v;
}

static char mark(const struct vm_page_info *v, uint32_t flag, char c)
{
	return v->flags & flag ? c : '-';
}

static void show(enum role role)
{
	struct vm_page_info v = look(role);

	if (!(v.flags & VMQ_PRESENT)) {
		say("      %-3s %012lx  %16lx  not present", role_name[role], address[role], v.pte);
		return;
	}
	say("      %-3s %012lx  %016lx  %6lx   %c%c%c%c%c%c   %4d %4d", role_name[role],
	    address[role], v.pte, v.pfn, mark(&v, VMQ_WRITABLE, 'w'), mark(&v, VMQ_DIRTY, 'd'),
	    mark(&v, VMQ_ACCESSED, 'a'), mark(&v, VMQ_EXCLUSIVE, 'x'), mark(&v, VMQ_MERGED, 'm'),
	    mark(&v, VMQ_ZERO, 'z'), v.mapcount, v.refcount);
}

static void show_all(void)
{
	for (size_t i = 0; i < NR_PLAYERS; i++)
		if (address[players[i]])
			show(players[i]);
}

static void show_legend(void)
{
	say("    Each line below is one page-table entry (PTE) as the kernel sees it.  Letters:");
	say("    w writable, d dirty, a accessed, x exclusive (its one owner may write in place),");
	say("    m merged, z zero page.  maps: PTEs that show the frame; refs: references to it, one");
	say("    for each PTE, and one of pksmd's while it has the page in hand.");
	say("      who address       PTE                frame   flags    maps refs");
}

/* ---- birth ---- */

static void tell_fault(void)
{
	long used = (long)mem_now().user_frames;
	struct vm_page_info v;

	say("\n  1. A fault.  P maps a page; that is a promise only.");
	address[P] = cast_order(P, ORDER_STORY_MAP, 0);
	show(P);
	say("    P reads a byte.  do_anonymous_page maps the zero page, which all share:");
	claim(!cast_order(P, ORDER_STORY_READ, 0), "the byte read is 0");
	show(P);
	v = look(P);
	claim((v.flags & (VMQ_ZERO | VMQ_WRITABLE)) == VMQ_ZERO &&
		      (long)mem_now().user_frames == used,
	      "it is the zero page, read-only; no frame used");
	say("    P writes.  Now the fault gives it a zeroed frame of its own:");
	cast_order(P, ORDER_STORY_FILL, 0);
	show(P);
	v = look(P);
	claim(!(v.flags & VMQ_ZERO) && v.flags & VMQ_WRITABLE && v.flags & VMQ_EXCLUSIVE &&
		      v.mapcount == 1 && v.rmap_count == 1,
	      "frame %lx is writable, exclusive, mapped once; the reverse map finds that one PTE",
	      v.pfn);
}

static void tell_fork(void)
{
	uint64_t frame = look(P).pfn;
	struct vm_page_info p, c1, c2;

	say("\n  2. Fork.  P makes its two children.  Nothing is copied but page tables:");
	cast[C1] = (pid_t)cast_order(P, ORDER_FORK, 0);
	cast[C2] = (pid_t)cast_answer(P, 1);
	address[C1] = address[C2] = address[P];
	show_all();
	p = look(P), c1 = look(C1), c2 = look(C2);
	claim(p.pfn == frame && c1.pfn == frame && c2.pfn == frame, "all three map frame %lx",
	      frame);
	claim(p.mapcount == 3 && p.rmap_count == 3 &&
		      !((p.flags | c1.flags | c2.flags) & (VMQ_WRITABLE | VMQ_EXCLUSIVE)),
	      "nobody may write it in place any more: writable => exclusive => mapped once");
}

static void tell_stranger(void)
{
	struct vm_page_info p, s;

	say("\n  3. A stranger.  S1, no relative, writes the same %lu bytes by itself:", PAGE);
	address[S1] = cast_order(S1, ORDER_STORY_MAP, 0);
	cast_order(S1, ORDER_STORY_FILL, 0);
	show_all();
	p = look(P), s = look(S1);
	claim(p.pfn != s.pfn && cast_order(S1, ORDER_STORY_CHECK, 0) &&
		      cast_order(P, ORDER_STORY_CHECK, 0),
	      "two frames, %lx and %lx, hold the same bytes: one is wasted", p.pfn, s.pfn);
}

/* ---- the merge, step by step ---- */

/* pksmd will stop when it next comes to the event. */
static void arm(enum event_id event)
{
	if (mg_kctl(KCTL_EVENT_HOLD, event, 0)) {
		perror("demo: hold");
		exit(1);
	}
}

static void wait_held(enum event_id event)
{
	uint64_t start = mem_now().now_ns;

	while (mg_kctl(KCTL_EVENT_HELD, event, 0) != 1) {
		if (mem_now().now_ns - start > PATIENCE_NS) {
			fprintf(stderr, "demo: pksmd does not come to event %d\n", event);
			exit(1);
		}
		breathe();
	}
}

/* Lets pksmd go on from the event where it stands to the next one. */
static void walk(enum event_id from, enum event_id to)
{
	arm(to);
	mg_kctl(KCTL_EVENT_RELEASE, from, 0);
	wait_held(to);
}

static uint64_t story_key; /* under which the page stands in the trees */

static void tell_scan(void)
{
	struct vm_page_info p, s;

	say("\n  4. The scan.  Both frames are offered to pksmd, which we stop at each step.");
	say("    A page is tried only after it has stayed unchanged between two visits: at the first");
	say("    the dirty bits are cleared, at the next they must still be clear.");
	arm(EV_unstable_insert);
	for (size_t i = 0; i < NR_PLAYERS; i++)
		cast_order(players[i], ORDER_STORY_OFFER, 0);
	wait_held(EV_unstable_insert);
	p = look(P), s = look(S1);
	say("    It hashes a page and finds no equal one: the page becomes a candidate.");
	story_key = p.hash ? p.hash : s.hash;
	claim(!p.hash != !s.hash, "the unstable tree holds frame %lx under key %016lx",
	      p.hash ? p.pfn : s.pfn, story_key);
	walk(EV_unstable_insert, EV_unstable_hit);
	say("    It hashes the other and meets that key.  Equal keys are a hint, no proof.");
}

static void tell_merge_steps(void)
{
	struct vm_page_info p, s;

	walk(EV_unstable_hit, EV_promote);
	say("    Promote: one of the two is write-protected and becomes the merged page, with a");
	say("    node of its own.  Were the other to fail now, it would simply be demoted again.");
	show_all();
	p = look(P), s = look(S1);
	claim(!(p.flags & VMQ_MERGED) != !(s.flags & VMQ_MERGED), "frame %lx is the merged page",
	      p.flags & VMQ_MERGED ? p.pfn : s.pfn);

	walk(EV_promote, EV_merge_protected);
	say("    Protect: the other frame, too, is read-only in every page table, and every CPU");
	say("    has forgotten the old entries.  A writer now would fault, and get a copy.");
	show_all();
	p = look(P), s = look(S1);
	claim(!((p.flags | s.flags) & VMQ_WRITABLE), "no PTE of either frame is writable");

	walk(EV_merge_protected, EV_compare);
	say("    Compare: only now all %lu bytes, since nobody can change them meanwhile.", PAGE);

	walk(EV_compare, EV_append);
	say("    Append: the merged page's node notes where the other page lived, before any PTE");
	say("    moves: at no moment does a PTE exist that the reverse map would not find.");
	claim(look(P).pfn != look(S1).pfn, "both frames are still there, %lx and %lx", look(P).pfn,
	      look(S1).pfn);
}

static void tell_merge(void)
{
	struct vm_page_info v[NR_PLAYERS];
	long used = (long)mem_now().user_frames;
	bool same = true;

	tell_scan();
	tell_merge_steps();
	walk(EV_append, EV_stable_insert);
	say("    Replace: PTE by PTE, clear, flush, set.  The node enters the stable tree:");
	mg_kctl(KCTL_EVENT_RELEASE, EV_stable_insert, 0);
	set_knob(KNOB_PKSM_RUN, 0);
	show_all();
	for (size_t i = 0; i < NR_PLAYERS; i++) {
		v[i] = look(players[i]);
		same &= v[i].pfn == v[0].pfn && v[i].flags & VMQ_MERGED &&
			!(v[i].flags & VMQ_WRITABLE);
	}
	claim(same && v[0].mapcount == 4 && v[0].rmap_count == 4,
	      "four processes map frame %lx, read-only; the reverse map finds all four", v[0].pfn);
	claim(pksm_now().pages_shared == 1 && pksm_now().pages_sharing == 1,
	      "the stable tree has one node, key %016lx, with two records: where P's and S1's "
	      "pages lived",
	      story_key);
	claim((long)mem_now().user_frames == used - 1,
	      "the other frame is back in the allocator: %ld frames of user memory, were %ld",
	      (long)mem_now().user_frames, used);
}

/* ---- parting ---- */

static bool bytes_are(char p, char c1, char c2, char s1)
{
	return cast_order(P, ORDER_STORY_CHECK, p) && cast_order(C1, ORDER_STORY_CHECK, c1) &&
	       cast_order(C2, ORDER_STORY_CHECK, c2) && cast_order(S1, ORDER_STORY_CHECK, s1);
}

static void tell_write(void)
{
	uint64_t merged = look(P).pfn;
	long broken = mg_kctl(KCTL_EVENT_COUNT, EV_break_cow, 0);
	struct vm_page_info s;

	say("\n  5. A write.  S1 changes one byte.  do_wp_page never writes a merged page in "
	    "place:");
	cast_order(S1, ORDER_STORY_WRITE, '!');
	show_all();
	s = look(S1);
	claim(s.pfn != merged && s.flags & VMQ_EXCLUSIVE && s.mapcount == 1 &&
		      mg_kctl(KCTL_EVENT_COUNT, EV_break_cow, 0) == broken + 1,
	      "break_cow gave S1 a copy, frame %lx", s.pfn);
	claim(look(P).pfn == merged && look(P).mapcount == 3, "the other three keep frame %lx",
	      merged);
	claim(bytes_are(0, 0, 0, '!'), "each of the four reads its own bytes");
}

static void tell_part(void)
{
	uint64_t merged = look(P).pfn;
	struct vm_page_info c1, p;

	say("\n  6. Parting.  C1 refuses to share (MADV_UNMERGEABLE); C2, then P write:");
	claim(!cast_order(C1, ORDER_STORY_REFUSE, 0), "MADV_UNMERGEABLE succeeds");
	c1 = look(C1);
	claim(c1.pfn != merged && !(c1.flags & VMQ_MERGED), "C1 has frame %lx, without a write",
	      c1.pfn);
	cast_order(C2, ORDER_STORY_WRITE, '2');
	claim(look(P).mapcount == 1, "frame %lx is left with one mapping, P's", merged);
	cast_order(P, ORDER_STORY_WRITE, '0');
	show_all();
	p = look(P);
	claim(p.pfn != merged,
	      "even so P was given a copy: a node may find a merged page any time");
	claim(bytes_are('0', 0, '2', '!'), "each of the four reads its own bytes");
	claim(!pksm_now().pages_shared, "nobody maps frame %lx any more: it is free, its node gone",
	      merged);
}

void tell_one_page(void)
{
	heading("One page");
	show_legend();
	tell_fault();
	tell_fork();
	tell_stranger();
	set_knob(KNOB_PKSM_RUN, 1);
	wait_scans(3); /* whatever else is listed has had its turn */
	tell_merge();
	tell_write();
	tell_part();
	for (size_t i = 0; i < NR_PLAYERS; i++)
		cast_order(players[i], ORDER_STORY_UNMAP, 0);
}
