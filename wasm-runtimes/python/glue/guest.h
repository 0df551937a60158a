/* What the glue's C files share. */
#ifndef BELLJAR_GUEST_H
#define BELLJAR_GUEST_H

#include <Python.h>

/* The frozen standard library (frozen.c). */
extern const struct _frozen belljar_frozen_modules[];

/* Functions of boot.py that `run` calls, and the builtin `compile`, all fetched before the
 * snapshot so that a program cannot replace them. */
struct boot_functions {
    PyObject *begin_run;  /* (program, preload or None, file name) -> the new `__main__` */
    PyObject *end_run;    /* () -> None: threads, atexit, flush */
    PyObject *collect;    /* () -> None: collect garbage */
    PyObject *flush;      /* () -> None */
    PyObject *compile;
};
extern struct boot_functions boot;

/* Makes the given list's items, and all they refer to, immortal (immortal.c). */
void immortalize(PyObject *tracked);

/* The process clock begins to count (clock.c). */
void start_process_clock(void);

/* wasi-libc's, exported but not declared: forget which descriptors are preopened directories. */
extern void __wasilibc_reset_preopens(void);

/* Prints the pending exception to stderr and traps: for the snapshot tool. */
_Noreturn void fatal(const char *what);

#endif
