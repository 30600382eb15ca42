/* SPDX-License-Identifier: MIT */
/*
 * What GCC calls when -fsanitize=undefined finds undefined behaviour: one
 * sentence with the place, then panic.  The names and arguments are the
 * compiler's interface; this file itself is compiled without the sanitizer.
 */
#include "kernel/core/log.h"

#if CONFIG_UBSAN

struct source_location {
	const char *file;
	u32 line;
	u32 column;
};

struct type_descriptor {
	u16 kind;
	u16 info; /* integers: bit 0 signed, the rest log2 of the width in bits */
	char name[];
};

/* Each kind of report begins with the place; what follows depends on the kind. */
struct type_data {
	struct source_location loc;
	const struct type_descriptor *type;
};

struct shift_data {
	struct source_location loc;
	const struct type_descriptor *lhs, *rhs;
};

struct bounds_data {
	struct source_location loc;
	const struct type_descriptor *array, *index;
};

struct mismatch_data {
	struct source_location loc;
	const struct type_descriptor *type;
	u8 log_alignment;
	u8 kind;
};

static void __noreturn ubsan_report(const struct source_location *loc, const char *what,
				    const char *type)
{
	panic("undefined behaviour at %s:%u:%u: %s%s%s", loc->file, loc->line, loc->column, what,
	      type ? ", type " : "", type ? type : "");
}

#define ARITHMETIC_HANDLER(op, text) \
	void __ubsan_handle_##op(struct type_data *d, u64 a, u64 b); \
	void __ubsan_handle_##op(struct type_data *d, u64 a, u64 b) \
	{ \
		(void)a; \
		(void)b; \
		ubsan_report(&d->loc, text, d->type->name); \
	}

#define PLACE_HANDLER(op, text) \
	void __ubsan_handle_##op(struct source_location *loc); \
	void __ubsan_handle_##op(struct source_location *loc) \
	{ \
		ubsan_report(loc, text, NULL); \
	}

ARITHMETIC_HANDLER(add_overflow, "signed addition overflows")
ARITHMETIC_HANDLER(sub_overflow, "signed subtraction overflows")
ARITHMETIC_HANDLER(mul_overflow, "signed multiplication overflows")
ARITHMETIC_HANDLER(negate_overflow, "negation overflows")
ARITHMETIC_HANDLER(divrem_overflow, "division by zero, or it overflows")
ARITHMETIC_HANDLER(load_invalid_value, "a value that its type does not have is loaded")
ARITHMETIC_HANDLER(vla_bound_not_positive, "array of no or negative size")

PLACE_HANDLER(builtin_unreachable, "a place marked unreachable is reached")
PLACE_HANDLER(pointer_overflow, "pointer arithmetic overflows")
PLACE_HANDLER(nonnull_arg, "null is passed where the callee excludes it")
PLACE_HANDLER(nonnull_return_v1, "null is returned where the function excludes it")
PLACE_HANDLER(invalid_builtin, "count of leading or trailing zeros of 0")

void __ubsan_handle_shift_out_of_bounds(struct shift_data *d, u64 lhs, u64 rhs);
void __ubsan_handle_shift_out_of_bounds(struct shift_data *d, u64 lhs, u64 rhs)
{
	panic("undefined behaviour at %s:%u:%u: 0x%lx is shifted by %ld, type %s", d->loc.file,
	      d->loc.line, d->loc.column, lhs, (long)rhs, d->lhs->name);
}

void __ubsan_handle_out_of_bounds(struct bounds_data *d, u64 index);
void __ubsan_handle_out_of_bounds(struct bounds_data *d, u64 index)
{
	panic("undefined behaviour at %s:%u:%u: index %ld is outside %s", d->loc.file, d->loc.line,
	      d->loc.column, (long)index, d->array->name);
}

void __ubsan_handle_type_mismatch_v1(struct mismatch_data *d, u64 ptr);
void __ubsan_handle_type_mismatch_v1(struct mismatch_data *d, u64 ptr)
{
	panic("undefined behaviour at %s:%u:%u: %s pointer 0x%lx is used, type %s", d->loc.file,
	      d->loc.line, d->loc.column, ptr ? "a bad" : "a null", ptr, d->type->name);
}

#endif
