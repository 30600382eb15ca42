/* SPDX-License-Identifier: MIT */
/* Semaphores: a value, and how many wait for it, so a post without them is no system call. */
#include <errno.h>
#include <semaphore.h>

#include "sys.h"
#include "thread/thread.h"

int sem_init(sem_t *sem, int shared, unsigned int value)
{
	(void)shared;
	if (value > SEM_VALUE_MAX)
		return (int)sys_ret(-EINVAL);
	*sem = (sem_t){ .value = (int)value };
	return 0;
}

int sem_destroy(sem_t *sem)
{
	(void)sem;
	return 0;
}

int sem_trywait(sem_t *sem)
{
	int value = __atomic_load_n(&sem->value, __ATOMIC_RELAXED);

	while (value > 0)
		if (__atomic_compare_exchange_n(&sem->value, &value, value - 1, true,
						__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return 0;
	return (int)sys_ret(-EAGAIN);
}

int sem_timedwait(sem_t *sem, const struct timespec *end)
{
	int ret = 0;

	while (sem_trywait(sem)) {
		if (ret)
			return (int)sys_ret(-ret);
		__atomic_fetch_add(&sem->waiting, 1, __ATOMIC_SEQ_CST);
		ret = __wait(&sem->value, 0, end);
		__atomic_fetch_sub(&sem->waiting, 1, __ATOMIC_RELAXED);
	}
	return 0;
}

int sem_wait(sem_t *sem)
{
	return sem_timedwait(sem, NULL);
}

int sem_post(sem_t *sem)
{
	if (__atomic_load_n(&sem->value, __ATOMIC_RELAXED) == SEM_VALUE_MAX)
		return (int)sys_ret(-EOVERFLOW);
	__atomic_fetch_add(&sem->value, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&sem->waiting, __ATOMIC_SEQ_CST))
		__wake(&sem->value, 1);
	return 0;
}

int sem_getvalue(sem_t *sem, int *value)
{
	*value = __atomic_load_n(&sem->value, __ATOMIC_RELAXED);
	return 0;
}
