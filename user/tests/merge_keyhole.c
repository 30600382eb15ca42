/* SPDX-License-Identifier: MIT */
/*
 * Proves: a search that meets nodes whose pages have gone removes them, starts
 * again, and finds the equal page that stands below them.  The hash is cut to
 * two values, so that a search passes many nodes; pksmd is held between the
 * hashing of a page and the search for it, and meanwhile all merged pages but
 * one are unmapped.  And that a frame which is freed and lives on as something
 * else between the two looks through the keyhole is left alone.  See
 * mm/merge/engine/stable.c, "Keyhole".
 *
 * cpus: 1 2 4
 * suite: test
 */
#include "merge.h"

#define NODES  12
#define TAG    70
#define ROUNDS NODES
#define FRAMES 256

static void unmap_others(char *a, char *b, size_t kept)
{
	for (size_t i = 0; i < NODES; i++) {
		if (i == kept)
			continue;
		unmap_pages(a + i * PAGE, 1);
		unmap_pages(b + i * PAGE, 1);
	}
}

/* All nodes but one go stale while a page equal to that one is on its way through the tree. */
static void search_past_stale(size_t kept)
{
	char *a = map_offered(NODES, TAG), *b = map_offered(NODES, TAG), *late;

	wait_merged(a, NODES);
	wait_merged(b, NODES);
	settle();
	late = map_filled(1, TAG + kept);
	hold(EV_checksum, 0);
	offer(late, 1);
	wait_held_asleep(EV_checksum);
	unmap_others(a, b, kept);
	release(EV_checksum);
	settle();
	CHECK(is_merged_of(0, late), "page %zu was found behind stale nodes", kept);
	CHECK_EQ(vmq(late).pfn, vmq(a + kept * PAGE).pfn, "frame of page %zu", kept);
	check_merged_of(0, late, 3);
	check_holds(late, 1, TAG + kept);
	unmap_pages(late, 1);
	unmap_pages(a + kept * PAGE, 1);
	unmap_pages(b + kept * PAGE, 1);
}

/*
 * A page of our own in the frame that was freed just now: enough others are freed
 * after it to push it out of quarantine, and enough taken to meet it.
 */
static char *map_frame(uint64_t pfn)
{
	unmap_pages(map_filled(FRAMES, TAG), FRAMES);
	for (int tries = 0; tries < 16; tries++) {
		char *p = map_pages(FRAMES);

		for (size_t i = 0; i < FRAMES; i++) {
			page_fill(p + i * PAGE, TAG); /* bytes that would merge */
			if (vmq(p + i * PAGE).pfn == pfn)
				return p + i * PAGE;
		}
	}
	CHECK(false, "frame %lu did not come back", pfn);
	return NULL;
}

/* pksmd has looked at a merged page, and before it holds it the frame is somebody else's. */
static void frame_lives_on(void)
{
	char *a = map_offered(1, TAG), *b = map_offered(1, TAG), *late, *other;
	uint64_t pfn;

	wait_merged(a, 1);
	wait_merged(b, 1);
	settle();
	pfn = vmq(a).pfn;
	late = map_filled(1, TAG);
	hold(EV_checksum, 0);
	offer(late, 1);
	wait_held_asleep(EV_checksum);
	hold(EV_keyhole, 0); /* the next look is the search's */
	release(EV_checksum);
	wait_held_asleep(EV_keyhole);
	unmap_pages(a, 1);
	unmap_pages(b, 1);
	other = map_frame(pfn);
	release(EV_keyhole);
	settle();
	check_private(late);
	if (other) {
		check_private(other);
		check_holds(other, 1, TAG);
	}
	check_holds(late, 1, TAG);
	unmap_pages(late, 1);
}

int main(void)
{
	long stale;

	set_knob(KNOB_HASH_MASK_BITS, 1);
	merge_begin();
	stale = event_count(EV_stable_stale);
	TEST_BEGIN("an equal page below stale nodes is found");
	for (size_t kept = 0; kept < ROUNDS; kept++)
		search_past_stale(kept);
	CHECK(event_count(EV_stable_stale) - stale >= ROUNDS, "%ld nodes went stale",
	      event_count(EV_stable_stale) - stale);
	check_mm();
	TEST_BEGIN("a frame that lives on as something else between the two looks");
	frame_lives_on();
	check_mm();
	merge_end();
	set_knob(KNOB_HASH_MASK_BITS, 64);
	return TEST_END();
}
