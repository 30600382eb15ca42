/* SPDX-License-Identifier: MIT */
/* Integer arithmetic and pseudo-random numbers. */
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>

#include "alias.h"

int abs(int n)
{
	return n < 0 ? -n : n;
}

long labs(long n)
{
	return n < 0 ? -n : n;
}

long long llabs(long long n) ALIAS(labs);
intmax_t imaxabs(intmax_t n) ALIAS(labs);

/* The division of one type: quotient and remainder. */
#define DIVISION(result, name, type) \
	result name(type a, type b) \
	{ \
		return (result){ a / b, a % b }; \
	}

DIVISION(div_t, div, int)
DIVISION(ldiv_t, ldiv, long)
DIVISION(lldiv_t, lldiv, long long)

/* SplitMix64 (Steele, Lea, Flood 2014): any seed is good, 0 included. */
static uint64_t splitmix64(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static uint64_t state = 1;

void srand(unsigned int seed)
{
	state = seed;
}

int rand(void)
{
	return (int)(splitmix64(&state) >> 33);
}

int rand_r(unsigned int *seed)
{
	uint64_t wide = *seed;
	uint64_t value = splitmix64(&wide);

	*seed = (unsigned int)value;
	return (int)(value >> 33);
}

void srandom(unsigned int seed) ALIAS(srand);

long random(void)
{
	return rand();
}
