/* What Atomics wants of an operating system, for the one thread there is. Included by quickjs.c
 * (see patches/40-atomics.patch). Locks have nobody to keep out, and nobody can wake who waits:
 * that ends with its time, or with the program's. */
#ifndef BELLJAR_THREADS_H
#define BELLJAR_THREADS_H

#include <time.h>

typedef bool js_once_t;
typedef char js_mutex_t;
typedef char js_cond_t;
#define JS_ONCE_INIT false

static inline void js_once(js_once_t *done, void (*callback)(void))
{
    if (!*done) {
        *done = true;
        callback();
    }
}

static inline void js_mutex_init(js_mutex_t *mutex) {}
static inline void js_mutex_lock(js_mutex_t *mutex) {}
static inline void js_mutex_unlock(js_mutex_t *mutex) {}
static inline void js_cond_init(js_cond_t *condition) {}
static inline void js_cond_destroy(js_cond_t *condition) {}
static inline void js_cond_signal(js_cond_t *condition) {}

/* As pthread's, with a time in nanoseconds; -1 when it is over. */
static inline int js_cond_timedwait(js_cond_t *condition, js_mutex_t *mutex, uint64_t timeout)
{
    enum { SECOND = 1000000000 };
    struct timespec time = {.tv_sec = timeout / SECOND, .tv_nsec = timeout % SECOND};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
    return -1;
}

static inline void js_cond_wait(js_cond_t *condition, js_mutex_t *mutex)
{
    enum { HOUR = 3600 };
    struct timespec time = {.tv_sec = HOUR};
    for (;;) {
        clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
    }
}

#endif
