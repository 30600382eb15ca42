/* SPDX-License-Identifier: MIT */
/* The 48-bit linear congruential generator that POSIX describes: x = a * x + c modulo 2^48. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MASK ((1ull << 48) - 1)
#define A    0x5deece66dull
#define C    0xbull

static uint64_t a = A, c = C;
static unsigned short state[3];

static uint64_t step(unsigned short x[3])
{
	uint64_t value = (uint64_t)x[2] << 32 | (uint64_t)x[1] << 16 | x[0];

	value = (value * a + c) & MASK;
	x[0] = (unsigned short)value;
	x[1] = (unsigned short)(value >> 16);
	x[2] = (unsigned short)(value >> 32);
	return value;
}

double erand48(unsigned short x[3])
{
	return (double)step(x) / (double)(1ull << 48);
}

long nrand48(unsigned short x[3])
{
	return (long)(step(x) >> 17);
}

long jrand48(unsigned short x[3])
{
	return (int32_t)(step(x) >> 16);
}

double drand48(void)
{
	return erand48(state);
}

long lrand48(void)
{
	return nrand48(state);
}

long mrand48(void)
{
	return jrand48(state);
}

void srand48(long seed)
{
	unsigned short first[3] = { 0x330e, (unsigned short)seed, (unsigned short)(seed >> 16) };

	memcpy(state, first, sizeof(state));
	a = A;
	c = C;
}

unsigned short *seed48(unsigned short seed[3])
{
	static unsigned short old[3];

	memcpy(old, state, sizeof(old));
	memcpy(state, seed, sizeof(state));
	a = A;
	c = C;
	return old;
}

void lcong48(unsigned short p[7])
{
	memcpy(state, p, sizeof(state));
	a = (uint64_t)p[5] << 32 | (uint64_t)p[4] << 16 | p[3];
	c = p[6];
}
