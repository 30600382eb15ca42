/* SPDX-License-Identifier: MIT */
/* The first chapter: one page's way through fault, fork, scan, merge, write, part. */
#include <stdio.h>
#include <stdlib.h>

#include "demo.h"

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

static void show_page(enum role role, struct vm_page_info v)
{
	if (!(v.flags & VMQ_PRESENT)) {
		say("      %-3s %012lx  %16lx  not present", role_name[role], address[role], v.pte);
		return;
	}
	say("      %-3s %012lx  %016lx  %6lx   %c%c%c%c%c%c   %4d %4d", role_name[role],
	    address[role], v.pte, v.pfn, mark(&v, VMQ_WRITABLE, 'w'), mark(&v, VMQ_DIRTY, 'd'),
	    mark(&v, VMQ_ACCESSED, 'a'), mark(&v, VMQ_EXCLUSIVE, 'x'), mark(&v, VMQ_MERGED, 'm'),
	    mark(&v, VMQ_ZERO, 'z'), v.mapcount, v.refcount);
}

static void show(enum role role)
{
	show_page(role, look(role));
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
	struct vm_page_info v;

	say("\n  1. A fault.  P maps a page; that is a promise only.");
	address[P] = cast_order(P, ORDER_STORY_MAP, 0);
	show(P);
	say("    P reads a byte.  do_anonymous_page maps the zero page, which all share:");
	claim(!cast_order(P, ORDER_STORY_READ, 0), "the byte read is 0");
	show(P);
	v = look(P);
	claim((v.flags & (VMQ_ZERO | VMQ_WRITABLE)) == VMQ_ZERO,
	      "it is the zero page, read-only; no frame of its own");
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

/* The steps of a merge, and how the pages looked at each. */
enum step { HIT, PROMOTED, PROTECTED, COMPARED, APPENDED, IN_TREE, NR_STEPS };

static const enum event_id step_event[NR_STEPS] = {
	[HIT] = EV_unstable_hit, [PROMOTED] = EV_promote, [PROTECTED] = EV_merge_protected,
	[COMPARED] = EV_compare, [APPENDED] = EV_append,  [IN_TREE] = EV_stable_insert,
};

static struct vm_page_info seen[NR_STEPS][NR_ACTORS];

static uint64_t story_key; /* under which the page stands in the trees */

static void look_at_all(struct vm_page_info v[NR_ACTORS])
{
	for (size_t i = 0; i < NR_PLAYERS; i++)
		v[players[i]] = look(players[i]);
}

static void show_step(enum step step)
{
	for (size_t i = 0; i < NR_PLAYERS; i++)
		show_page(players[i], seen[step][players[i]]);
}

static bool one_is_merged(const struct vm_page_info v[NR_ACTORS])
{
	return !(v[P].flags & VMQ_MERGED) != !(v[S1].flags & VMQ_MERGED);
}

/*
 * From the step HIT on, as far as the page comes that pksmd has in hand.  `at` is where
 * pksmd stands then; IN_TREE if that was the story's page, and went all the way.
 */
static bool merge_in_steps(enum event_id *at)
{
	enum event_id away;

	for (enum step step = HIT;; step++) {
		look_at_all(seen[step]);
		*at = step_event[step];
		away = step == APPENDED ? EV_merge_fail : EV_checksum; /* the node's key follows */
		if (step == PROMOTED && !one_is_merged(seen[step]))
			return false;
		if (step == IN_TREE)
			return true;
		if (!scanner_step(step_event[step], step_event[step + 1], away)) {
			*at = away;
			return false;
		}
	}
}

/*
 * The pages of others come to the same events, and a look at one of ours in the midst of its
 * merge makes pksmd put it off: until it goes through, again.
 */
static void watch_merge(void)
{
	enum event_id at = EV_unstable_insert;

	do
		scanner_skip(at, EV_unstable_hit);
	while (!merge_in_steps(&at));
}

static void tell_scan(void)
{
	struct vm_page_info p, s;

	say("\n  4. The scan.  Both frames are offered to pksmd, which we stop at each step.");
	say("    A page is tried only after it has stayed unchanged between two visits: at the first");
	say("    the dirty bits are cleared, at the next they must still be clear.");
	scanner_arm(EV_unstable_insert);
	for (size_t i = 0; i < NR_PLAYERS; i++)
		cast_order(players[i], ORDER_STORY_OFFER, 0);
	scanner_wait(EV_unstable_insert);
	for (p = look(P), s = look(S1); !p.hash && !s.hash; p = look(P), s = look(S1))
		scanner_skip(EV_unstable_insert, EV_unstable_insert);
	say("    It hashes a page and finds no equal one: the page becomes a candidate.");
	story_key = p.hash ? p.hash : s.hash;
	claim(!p.hash != !s.hash, "the unstable tree holds frame %lx under key %016lx",
	      p.hash ? p.pfn : s.pfn, story_key);
	watch_merge();
	say("    It hashes the other and meets that key.  Equal keys are a hint, no proof.");
}

static void tell_merge_steps(void)
{
	const struct vm_page_info *v = seen[PROMOTED];

	say("    Promote: one of the two is write-protected and becomes the merged page, with a");
	say("    node of its own.  Were the other to fail now, it would simply be demoted again.");
	show_step(PROMOTED);
	claim(one_is_merged(v), "frame %lx is the merged page",
	      v[P].flags & VMQ_MERGED ? v[P].pfn : v[S1].pfn);

	v = seen[PROTECTED];
	say("    Protect: the other frame, too, is read-only in every page table, and every CPU");
	say("    has forgotten the old entries.  A writer now would fault, and get a copy.");
	show_step(PROTECTED);
	claim(!((v[P].flags | v[S1].flags) & VMQ_WRITABLE), "no PTE of either frame is writable");

	say("    Compare: only now all %lu bytes, since nobody can change them meanwhile.", PAGE);

	v = seen[APPENDED];
	say("    Append: the merged page's node notes where the other page lived, before any PTE");
	say("    moves: at no moment does a PTE exist that the reverse map would not find.");
	claim(v[P].pfn != v[S1].pfn, "both frames are still there, %lx and %lx", v[P].pfn,
	      v[S1].pfn);
}

static void tell_merge(void)
{
	struct vm_page_info v[NR_ACTORS];
	uint64_t was[2], other;
	bool same = true;

	was[0] = look(P).pfn;
	was[1] = look(S1).pfn;
	tell_scan();
	tell_merge_steps();
	say("    Replace: PTE by PTE, clear, flush, set.  The node enters the stable tree:");
	scanner_release(EV_stable_insert);
	set_knob(KNOB_PKSM_RUN, 0);
	look_at_all(v);
	for (size_t i = 0; i < NR_PLAYERS; i++) {
		show_page(players[i], v[players[i]]);
		same &= v[players[i]].pfn == v[P].pfn && v[players[i]].flags & VMQ_MERGED &&
			!(v[players[i]].flags & VMQ_WRITABLE);
	}
	claim(same && v[P].mapcount == 4 && v[P].rmap_count == 4,
	      "four processes map frame %lx, read-only; the reverse map finds all four", v[P].pfn);
	claim(v[P].hash == story_key && v[S1].hash == story_key,
	      "its node stands in the stable tree under key %016lx, with two records: where P's "
	      "and S1's pages lived",
	      story_key);
	other = v[P].pfn == was[0] ? was[1] : was[0];
	claim(v[P].pfn == was[0] || v[P].pfn == was[1],
	      "it is one of the two from before; the other, %lx, was given back", other);
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
	struct vm_page_info s;

	say("\n  5. A write.  S1 changes one byte.  do_wp_page never writes a merged page in "
	    "place:");
	cast_order(S1, ORDER_STORY_WRITE, '!');
	show_all();
	s = look(S1);
	claim(s.pfn != merged && s.flags & VMQ_EXCLUSIVE && s.mapcount == 1,
	      "break_cow gave S1 a copy, frame %lx", s.pfn);
	claim(look(P).pfn == merged && look(P).mapcount == 3, "the other three keep frame %lx",
	      merged);
	claim(bytes_are(0, 0, 0, '!'), "each of the four reads its own bytes");
}

static bool nobody_maps(uint64_t pfn)
{
	bool found = false;

	for (size_t i = 0; i < NR_PLAYERS; i++)
		found |= look(players[i]).pfn == pfn;
	return !found;
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
	claim(nobody_maps(merged),
	      "none of the four maps frame %lx any more: its node goes with it", merged);
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
