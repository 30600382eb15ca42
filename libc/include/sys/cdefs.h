/* SPDX-License-Identifier: MIT */
/* What BSD's and the GNU library's headers wrap their declarations in. */
#pragma once

#define __BEGIN_DECLS
#define __END_DECLS
#define __P(args)      args
#define __CONCAT(a, b) a##b
#define __STRING(x)    #x
#define __THROW
#define __nonnull(list)
