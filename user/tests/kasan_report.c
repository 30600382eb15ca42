/* SPDX-License-Identifier: MIT */
/*
 * Proves that a report of the address sanitizer stops the machine with a sentence
 * that says what was done, to what, by whom: the kernel is told to write past
 * an object at boot, so this program never runs.
 *
 * config: kasan only
 * cmdline: kasan=overrun
 * expect: panic: out of bounds: write of 1 bytes at
 * suite: test
 */
int main(void)
{
	return 1;
}
