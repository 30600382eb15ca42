/* SPDX-License-Identifier: MIT */
/*
 * Proves: the arithmetic of max_page_sharing m with N equal pages.  Each node takes m
 * sites; of a rest of two or more one more node is made; a rest of one finds no
 * partner.  Two or more equal nodes are one chain of as many duplicates.  A chain
 * gets shorter when a duplicate's page goes; max_page_sharing gives EBUSY while
 * pages are shared.  See mm/README.md, "KSM", and mm/merge/engine/stable.c.
 *
 * cpus: 1 2 4
 */
#include "ksm.h"

#define MOST 24

static void check_chain(size_t nodes)
{
	struct kstat_ksm st = ksm_stat();

	CHECK_EQ(st.stable_node_chains, nodes > 1, "stable_node_chains");
	CHECK_EQ(st.stable_node_dups, nodes > 1 ? nodes : 0, "stable_node_dups");
}

static size_t nodes_of(size_t n, size_t m)
{
	return n / m + (n % m >= 2);
}

static void check_arithmetic(const char *when, size_t n, size_t m)
{
	size_t nodes = nodes_of(n, m), alone = n % m == 1;

	check_counts(when, (long)nodes, (long)(n - alone - nodes), (long)alone);
	check_chain(nodes);
}

static void check_mappings(const char *p, size_t n, size_t m)
{
	for (size_t i = 0; i < n; i++) {
		struct vm_page_info v = vmq(p + i * PAGE);

		CHECK(v.mapcount >= 1 && (size_t)v.mapcount <= m, "page %zu: mapcount %d", i,
		      v.mapcount);
		CHECK_EQ(v.rmap_count, v.mapcount, "page %zu: rmap", i);
	}
}

static void check_busy(size_t m)
{
	CHECK_ERRNO(mg_kctl(KCTL_SET_KNOB, KNOB_KSM_MAX_PAGE_SHARING, m + 1), EBUSY);
	CHECK_EQ(mg_kctl(KCTL_GET_KNOB, KNOB_KSM_MAX_PAGE_SHARING, 0), m, "max_page_sharing");
	set_knob(KNOB_KSM_MAX_PAGE_SHARING, m); /* no change: no objection */
}

/* All pages that map the frame of page i are dropped: its node goes, and n gets smaller. */
static size_t drop_frame_of(char *p, size_t n, size_t i)
{
	uint64_t pfn = vmq(p + i * PAGE).pfn;
	size_t dropped = 0;

	for (size_t j = 0; j < n; j++) {
		if (vmq(p + j * PAGE).pfn != pfn)
			continue;
		CHECK(!madvise(p + j * PAGE, PAGE, MADV_DONTNEED), "DONTNEED: %s", strerror(errno));
		dropped++;
	}
	return dropped;
}

static void one_size(size_t n, size_t m)
{
	size_t nodes = nodes_of(n, m);
	char *p;

	set_knob(KNOB_KSM_MAX_PAGE_SHARING, m);
	set_knob(KNOB_KSM_RUN, 1);
	p = map_same(n, 'x');
	check_arithmetic("all", n, m);
	check_mappings(p, n, m);
	check_busy(m);
	if (nodes > 1 && n % m == 0) { /* the first node goes, then the last but one, ... */
		size_t left = n;

		for (size_t i = 0; i < n && left > m; i++)
			if (vmq(p + i * PAGE).flags & VMQ_PRESENT) {
				left -= drop_frame_of(p, n, i);
				check_arithmetic("a node less", left, m);
			}
		memset(p, 'x', n * PAGE);
		check_arithmetic("all again", n, m);
	}
	CHECK(all_bytes(p, n, 'x'), "contents, n %zu, m %zu", n, m);
	ksm_end();
	check_chain(0);
	unmap_pages(p, n);
}

static void one_order(const char *name, unsigned long order)
{
	static const size_t m[] = { 2, 3, 10 };

	TEST_BEGIN(name);
	set_knob(KNOB_KSM_ORDER, order);
	ksm_begin();
	for (size_t i = 0; i < sizeof(m) / sizeof(m[0]); i++) {
		one_size(m[i], m[i]);
		one_size(m[i] + 1, m[i]);
		one_size(2 * m[i], m[i]);
		one_size(MOST - 1, m[i]);
	}
	one_size(MOST, 3);
}

int main(void)
{
	one_order("order=bytes", 1);
	one_order("order=hash", 0);
	set_knob(KNOB_KSM_MAX_PAGE_SHARING, 256);
	return TEST_END();
}
