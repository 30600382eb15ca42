/* SPDX-License-Identifier: MIT */
/* libnuma as Linux's ksm_tests asks it, on a machine that has one memory node. */
#pragma once

#include <stddef.h>

static inline int numa_available(void)
{
	return -1;
}

static inline int numa_max_node(void)
{
	return 0;
}

static inline int numa_num_configured_nodes(void)
{
	return 1;
}

static inline long long numa_node_size(int node, long long *free)
{
	(void)node;
	(void)free;
	return 0;
}

static inline void *numa_alloc_onnode(size_t size, int node)
{
	(void)size;
	(void)node;
	return NULL;
}

static inline void numa_free(void *p, size_t size)
{
	(void)p;
	(void)size;
}
