/* SPDX-License-Identifier: MIT */
/*
 * Proves: when memory is exhausted many small processes that come from one count as one, also when
 * that has ended: an innocent that is larger than each of them lives beside them.
 * See mm/reclaim/oom.c.
 *
 * cpus: 2
 * mem: 64M
 * timeout: 180
 * suite: test
 */
#include "innocent.h"

#define SMALL  250 /* pages of each of a swarm */
#define SWARM  100 /* more than there is memory for */
#define KILLED 3   /* of a swarm, before it is ended */

/* Founds a family of small processes, which are heard of by the events of their kills only. */
static void found(void *orphans)
{
	for (int i = 0; i < SWARM; i++) {
		pid_t pid = fork();

		if (!pid) {
			touch(map_pages(SMALL), SMALL);
			stay();
		}
	}
	if (orphans)
		_exit(0);
	step_page.at = 1;
	stay();
}

/* Kills all of a group, which may go on forking; whether there was nobody left. */
static bool kill_group(pid_t group)
{
	waitpid(group, NULL, WNOHANG);
	return kill(-group, SIGKILL) && errno == ESRCH;
}

static void end_group(pid_t group)
{
	wait_asleep(kill_group(group), "group %d has members", group);
}

static long frames_before;

static void check_frames(void)
{
	wait_asleep(free_frames() >= frames_before - 40, "%ld frames are free of %ld",
		    free_frames(), frames_before);
}

static void test_swarm(bool orphans)
{
	long killed = event_count(EV_process_killed);
	pid_t innocent = start_innocent(), founder = fork();

	if (!founder) {
		setpgid(0, 0);
		found((void *)orphans);
	}
	setpgid(founder, founder);
	if (orphans)
		CHECK_EQ(waitpid(founder, NULL, 0), founder, "the founder ends");
	wait_asleep(event_count(EV_process_killed) >= killed + KILLED, "some are killed");
	check_alive(innocent);
	end_group(founder);
	check_alive(innocent);
	end(innocent);
	check_frames();
}

int main(void)
{
	end(start_innocent()); /* once before it counts: caches have what they keep */
	frames_before = free_frames();
	TEST_BEGIN("many small processes of one family count as one");
	test_swarm(false);
	TEST_BEGIN("also when their parent has ended");
	test_swarm(true);
	check_mm();
	return TEST_END();
}
