/* SPDX-License-Identifier: MIT */
/* Numbers of the events of kernel/core/event.tbl: EV_fault, EV_anon_new, … */
#pragma once

enum event_id {
#define EVENT_DEF(name, place, f0, f1, f2, text) EV_##name,
#include <core/event.tbl>
#undef EVENT_DEF
	NR_EVENTS
};
