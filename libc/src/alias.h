/* SPDX-License-Identifier: MIT */
/* Functions that need no body of their own. */
#pragma once

/* Behind a declaration: it is another name of the function `name`, which the same file defines. */
#define ALIAS(name) __attribute__((alias(#name)))

/* A function that is one expression: its type, its name, the result, its parameters. */
#define FUNCTION(type, name, result, ...) \
	type name(__VA_ARGS__) \
	{ \
		return result; \
	}
