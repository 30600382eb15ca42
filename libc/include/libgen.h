/* SPDX-License-Identifier: MIT */
/* The last part of a path and what is before it; both may write into the path. */
#pragma once

char *basename(char *path);
char *dirname(char *path);
