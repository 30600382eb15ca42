/* SPDX-License-Identifier: MIT */
/* Tests of interrupt lines. */
#include "kernel/core/ktest.h"
#include "kernel/ipc/irq.h"
#include "kernel/x86/acpi.h"

#define LINE 5 /* of no device that the machine has a driver for */

/* The line is given, and back at once. */
static bool line_is_free(struct endpoint *ep)
{
	struct object *irq = irq_create(ep, LINE, 1);

	if (!irq || IS_ERR(irq))
		return false;
	object_put(irq);
	return true;
}

KTEST(irq_line_has_one_driver)
{
	struct handle_table table;
	struct object *ep, *irq;

	if (handle_table_init(&table))
		return;
	ep = endpoint_create(&table);
	irq = irq_create(to_endpoint(ep), LINE, 1);
	KT_CHECK(irq && !IS_ERR(irq), "line %d is not given: %ld", LINE, (s64)irq);
	KT_CHECK(irq_create(to_endpoint(ep), LINE, 2) == ERR_PTR(-EBUSY), "it is given twice");
	KT_CHECK(irq_create(to_endpoint(ep), NR_ISA_IRQS, 1) == ERR_PTR(-EINVAL), "line %d",
		 NR_ISA_IRQS);
	object_put(irq);
	KT_CHECK(line_is_free(to_endpoint(ep)), "a line that came back is not given");
	object_put(ep);
	handle_table_destroy(&table);
}
