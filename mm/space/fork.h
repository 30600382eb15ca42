/* SPDX-License-Identifier: MIT */
/* fork: a second address space with the same contents. */
#pragma once

#include "mm/mm_types.h"

/* A copy of mm for fork: pages shared read-only; NULL if memory is short, mm unchanged. */
struct mm_struct *dup_mm(struct mm_struct *mm, int child_pid);
