/* SPDX-License-Identifier: MIT */
/* Counting semaphores without names, of threads or, in shared memory, of processes. */
#pragma once

#include <time.h>

#define SEM_VALUE_MAX 0x7fffffff

typedef struct {
	int value;
	int waiting;
} sem_t;

int sem_init(sem_t *sem, int shared, unsigned int value);
int sem_destroy(sem_t *sem);
int sem_wait(sem_t *sem);
int sem_trywait(sem_t *sem);
int sem_timedwait(sem_t *sem, const struct timespec *end);
int sem_post(sem_t *sem);
int sem_getvalue(sem_t *sem, int *value);
