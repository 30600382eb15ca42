/* SPDX-License-Identifier: MIT */
/* qsort by heapsort (n log n whatever the order, no memory, no recursion) and bsearch. */
#include <stdlib.h>
#include <string.h>

typedef int compare_fn(const void *, const void *);

static void swap(char *a, char *b, size_t size)
{
	char buf[64];

	while (size) {
		size_t n = size < sizeof(buf) ? size : sizeof(buf);

		memcpy(buf, a, n);
		memcpy(a, b, n);
		memcpy(b, buf, n);
		a += n, b += n, size -= n;
	}
}

/* Lets element i sink until both its children in base[0..n) are smaller. */
static void sift_down(char *base, size_t i, size_t n, size_t size, compare_fn *cmp)
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= n)
			return;
		if (child + 1 < n && cmp(base + child * size, base + (child + 1) * size) < 0)
			child++;
		if (cmp(base + i * size, base + child * size) >= 0)
			return;
		swap(base + i * size, base + child * size, size);
		i = child;
	}
}

void qsort(void *base, size_t n, size_t size, compare_fn *cmp)
{
	char *a = base;

	if (!size)
		return;
	for (size_t i = n / 2; i-- > 0;)
		sift_down(a, i, n, size, cmp);
	while (n-- > 1) {
		swap(a, a + n * size, size);
		sift_down(a, 0, n, size, cmp);
	}
}

void *bsearch(const void *key, const void *base, size_t n, size_t size, compare_fn *cmp)
{
	const char *a = base;

	while (n) {
		const char *mid = a + n / 2 * size;
		int order = cmp(key, mid);

		if (!order)
			return (void *)mid;
		if (order > 0) {
			a = mid + size;
			n--;
		}
		n /= 2;
	}
	return NULL;
}
