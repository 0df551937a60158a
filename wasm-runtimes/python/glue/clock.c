/* The process's CPU time, replacing the C library's emulation: that one counts from the start of
 * the process, which for us was the making of the snapshot, on another machine's clock. Ours
 * counts real time from the start of the run, WASI offering nothing closer. */
#include "guest.h"

#include <time.h>
#include <wasi/api.h>

static __wasi_timestamp_t run_started;

static __wasi_timestamp_t
monotonic_nanoseconds(void)
{
    __wasi_timestamp_t now = 0;
    (void)__wasi_clock_time_get(__WASI_CLOCKID_MONOTONIC, 0, &now);
    return now;
}

void
start_process_clock(void)
{
    run_started = monotonic_nanoseconds();
}

/* Called by the C library's getrusage(2) and times(2), too. */
clock_t
__clock(void)
{
    _Static_assert(CLOCKS_PER_SEC == 1000000000, "clock(3) counts nanoseconds");
    return (clock_t)(monotonic_nanoseconds() - run_started);
}

clock_t
clock(void)
{
    return __clock();
}
