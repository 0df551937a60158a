/* Built-in module `_belljar_stdio`: the binary end of stdout and stderr, without the layers of
 * `io.BufferedWriter`, `io.FileIO` and libc in between. Whatever is written is with the host at
 * once, so nothing is lost when the program is killed right after. */
#include "guest.h"
#include "host.h"


/* `self` is the descriptor. */
static PyObject *
stream_write(PyObject *self, PyObject *data)
{
    Py_buffer view;
    if (PyObject_GetBuffer(data, &view, PyBUF_SIMPLE) < 0) {
        return NULL;
    }
    if (view.len > 0) {
        host_output(PyLong_AsInt(self), view.buf, view.len);
    }
    Py_ssize_t length = view.len;
    PyBuffer_Release(&view);
    return PyLong_FromSsize_t(length);
}

static PyObject *
stream_flush(PyObject *self, PyObject *nothing)
{
    Py_RETURN_NONE;
}

static PyMethodDef write_method = {"write", stream_write, METH_O, NULL};
static PyMethodDef flush_method = {"flush", stream_flush, METH_NOARGS, NULL};

/* stream(fd) -> (write, flush) */
static PyObject *
stream(PyObject *module, PyObject *descriptor)
{
    return Py_BuildValue("NN", PyCFunction_New(&write_method, descriptor),
                         PyCFunction_New(&flush_method, descriptor));
}

static PyMethodDef methods[] = {
    {"stream", stream, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "_belljar_stdio",
    .m_methods = methods,
};

PyMODINIT_FUNC
PyInit__belljar_stdio(void)
{
    return PyModuleDef_Init(&definition);
}
