/* Makes every object of the snapshot immortal, so that using one does not write to it.
 *
 * A run works on a copy-on-write image of the snapshot: each page written to for the first time
 * costs a fault and a copy, and ordinary reference counting writes to whatever it merely looks
 * at. None of these objects would ever be freed anyway, since the instance is thrown away. */
#include "guest.h"

#include <stdlib.h>
#include <string.h>

/* Objects whose referents are still to be visited. Grows by doubling; given back at the end. */
static struct {
    PyObject **items;
    size_t length, capacity;
} pending;

static int
make_immortal(PyObject *object, void *nothing)
{
    if (object == NULL || object->ob_refcnt == _Py_IMMORTAL_REFCNT) {
        return 0;
    }
    object->ob_refcnt = _Py_IMMORTAL_REFCNT;
    if (pending.length == pending.capacity) {
        pending.capacity = pending.capacity ? 2 * pending.capacity : 1 << 16;
        pending.items = realloc(pending.items, pending.capacity * sizeof *pending.items);
        if (pending.items == NULL) {
            fatal("out of memory");
        }
    }
    pending.items[pending.length++] = object;
    return 0;
}

/* Code objects take no part in garbage collection, so they do not tell what they refer to. */
static void
visit_code(PyCodeObject *code)
{
    PyObject *parts[] = {
        code->co_consts, code->co_names, code->co_exceptiontable, code->co_localsplusnames,
        code->co_localspluskinds, code->co_filename, code->co_name, code->co_qualname,
        code->co_linetable,
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        make_immortal(parts[i], NULL);
    }
}

static void
visit_referents(PyObject *object)
{
    make_immortal((PyObject *)Py_TYPE(object), NULL);
    if (PyCode_Check(object)) {
        visit_code((PyCodeObject *)object);
    }
    else if (Py_TYPE(object)->tp_traverse != NULL && PyObject_IS_GC(object)) {
        Py_TYPE(object)->tp_traverse(object, make_immortal, NULL);
    }
}

/* `tracked`: what `gc.get_objects()` returns. Everything else hangs on one of these. */
void
immortalize(PyObject *tracked)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(tracked); i++) {
        make_immortal(PyList_GET_ITEM(tracked, i), NULL);
    }
    while (pending.length > 0) {
        visit_referents(pending.items[--pending.length]);
    }
    /* What is zero takes no room in the snapshot. */
    explicit_bzero(pending.items, pending.capacity * sizeof *pending.items);
    free(pending.items);
}
