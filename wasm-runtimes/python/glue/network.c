/* Built-in module `_network.host`: the host's network calls (host.h) with Python's buffers. What is
 * made of them, `_socket`, `select` and `_ssl`, is Python (pylib).
 *
 * A function returns what the host does: a number, negative for an error, or the bytes that came.
 * Nothing is raised but for arguments of a wrong type, and nothing waits but `wait` and `poll`. */
#include "guest.h"
#include "host.h"

#include <arpa/inet.h>
#include <limits.h>

enum { ADDRESS_SIZE = 128, REASON_SIZE = 2048, INFO_SIZE = 16 * 1024 };

/* One of the host's entries to `net_poll`. */
struct poll_entry {
    uint32_t handle;
    uint16_t wanted;
    uint16_t happened;
};

static int32_t
clamped(Py_ssize_t length)
{
    return length > INT32_MAX ? INT32_MAX : (int32_t)length;
}

static PyObject *
lookup(PyObject *module, PyObject *host)
{
    Py_ssize_t length;
    const char *text = PyUnicode_AsUTF8AndSize(host, &length);
    return text == NULL ? NULL : PyLong_FromLong(host_net_lookup(text, clamped(length)));
}

static PyObject *
connect_to(PyObject *module, PyObject *arguments)
{
    const char *text;
    Py_ssize_t length;
    int port;
    if (!PyArg_ParseTuple(arguments, "s#i", &text, &length, &port)) {
        return NULL;
    }
    return PyLong_FromLong(host_net_connect(text, clamped(length), port));
}

typedef int32_t (*handle_call)(int32_t handle);

static PyObject *
call_with_handle(handle_call call, PyObject *argument)
{
    int handle = PyLong_AsInt(argument);
    if (handle == -1 && PyErr_Occurred()) {
        return NULL;
    }
    return PyLong_FromLong(call(handle));
}

#define WITH_HANDLE(name, call)                                                                    \
    static PyObject *name(PyObject *module, PyObject *handle)                                      \
    {                                                                                              \
        return call_with_handle(call, handle);                                                     \
    }

WITH_HANDLE(status, host_net_status)
WITH_HANDLE(shutdown_sending, host_net_shutdown)
WITH_HANDLE(close_handle, host_net_close)
WITH_HANDLE(tls_status, host_tls_status)
WITH_HANDLE(tls_shutdown, host_tls_shutdown)
WITH_HANDLE(tls_close, host_tls_close)

typedef int32_t (*outgoing_call)(int32_t handle, const void *ptr, int32_t len);
typedef int32_t (*incoming_call)(int32_t handle, void *ptr, int32_t len);

/* (handle, bytes-like) -> how much of it was taken */
static PyObject *
call_with_data(outgoing_call call, PyObject *arguments)
{
    int handle;
    Py_buffer data;
    if (!PyArg_ParseTuple(arguments, "iy*", &handle, &data)) {
        return NULL;
    }
    int32_t result = call(handle, data.buf, clamped(data.len));
    PyBuffer_Release(&data);
    return PyLong_FromLong(result);
}

/* (handle, writable buffer) -> how much was put into it */
static PyObject *
call_with_buffer(incoming_call call, PyObject *arguments)
{
    int handle;
    Py_buffer space;
    if (!PyArg_ParseTuple(arguments, "iw*", &handle, &space)) {
        return NULL;
    }
    int32_t result = call(handle, space.buf, clamped(space.len));
    PyBuffer_Release(&space);
    return PyLong_FromLong(result);
}

/* (handle, at most so many) -> bytes, or an error's number */
static PyObject *
call_for_bytes(incoming_call call, PyObject *arguments)
{
    int handle;
    int size;
    if (!PyArg_ParseTuple(arguments, "ii", &handle, &size)) {
        return NULL;
    }
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, size);
    if (bytes == NULL) {
        return NULL;
    }
    int32_t result = call(handle, PyBytes_AS_STRING(bytes), size);
    if (result < 0) {
        Py_DECREF(bytes);
        return PyLong_FromLong(result);
    }
    if (result != size) {
        _PyBytes_Resize(&bytes, result);
    }
    return bytes;
}

#define WITH(kind, name, call)                                                                     \
    static PyObject *name(PyObject *module, PyObject *arguments)                                   \
    {                                                                                              \
        return call_##kind(call, arguments);                                                       \
    }

WITH(with_data, send_bytes, host_net_send)
WITH(with_buffer, receive_into, host_net_receive)
WITH(for_bytes, receive, host_net_receive)
WITH(with_data, tls_feed, host_tls_feed)
WITH(for_bytes, tls_take, host_tls_take)
WITH(with_data, tls_write, host_tls_write)
WITH(with_buffer, tls_read_into, host_tls_read)
WITH(for_bytes, tls_read, host_tls_read)

/* (handle, 0: own, 1: the other's) -> "ADDRESS PORT" or an error's number */
static PyObject *
address(PyObject *module, PyObject *arguments)
{
    int handle;
    int which;
    if (!PyArg_ParseTuple(arguments, "ii", &handle, &which)) {
        return NULL;
    }
    char text[ADDRESS_SIZE];
    int32_t length = host_net_address(handle, which, text, sizeof text);
    if (length < 0 || length > (int32_t)sizeof text) {
        return PyLong_FromLong(length);
    }
    return PyUnicode_DecodeUTF8(text, length, "replace");
}

/* () -> why the last call that failed did; empty when nobody knows */
static PyObject *
reason(PyObject *module, PyObject *nothing)
{
    char text[REASON_SIZE];
    int32_t length = host_net_reason(text, sizeof text);
    if (length > (int32_t)sizeof text) {
        length = sizeof text;
    }
    return PyUnicode_DecodeUTF8(text, length > 0 ? length : 0, "replace");
}

/* (handle, events, nanoseconds) -> the events that happened, 0 after that time */
static PyObject *
wait_for(PyObject *module, PyObject *arguments)
{
    int handle;
    int wanted;
    long long nanoseconds;
    if (!PyArg_ParseTuple(arguments, "iiL", &handle, &wanted, &nanoseconds)) {
        return NULL;
    }
    struct poll_entry entry = {.handle = (uint32_t)handle, .wanted = (uint16_t)wanted};
    int32_t ready = host_net_poll(&entry, 1, nanoseconds);
    return PyLong_FromLong(ready < 0 ? ready : entry.happened);
}

/* (writable buffer of entries, nanoseconds) -> how many are ready; what happened is in the buffer */
static PyObject *
poll_all(PyObject *module, PyObject *arguments)
{
    Py_buffer entries;
    long long nanoseconds;
    if (!PyArg_ParseTuple(arguments, "w*L", &entries, &nanoseconds)) {
        return NULL;
    }
    int32_t count = clamped(entries.len) / (int32_t)sizeof(struct poll_entry);
    int32_t ready = host_net_poll(entries.buf, count, nanoseconds);
    PyBuffer_Release(&entries);
    return PyLong_FromLong(ready);
}

static PyObject *
tls_open(PyObject *module, PyObject *settings)
{
    Py_ssize_t length;
    const char *text = PyUnicode_AsUTF8AndSize(settings, &length);
    return text == NULL ? NULL : PyLong_FromLong(host_tls_open(text, clamped(length)));
}

/* (handle) -> JSON, or an error's number */
static PyObject *
tls_info(PyObject *module, PyObject *argument)
{
    int handle = PyLong_AsInt(argument);
    if (handle == -1 && PyErr_Occurred()) {
        return NULL;
    }
    /* A long chain of certificates may need more than the first attempt has. */
    int32_t size = INFO_SIZE;
    for (;;) {
        char *text = PyMem_Malloc(size);
        if (text == NULL) {
            return PyErr_NoMemory();
        }
        int32_t length = host_tls_info(handle, text, size);
        if (length <= size) {
            PyObject *result = length < 0 ? PyLong_FromLong(length)
                                          : PyUnicode_DecodeUTF8(text, length, "replace");
            PyMem_Free(text);
            return result;
        }
        PyMem_Free(text);
        size = length;
    }
}

/* (text) -> the four bytes of an IPv4 address in any of inet_aton's notations, or None */
static PyObject *
aton(PyObject *module, PyObject *text)
{
    const char *characters = PyUnicode_AsUTF8(text);
    if (characters == NULL) {
        return NULL;
    }
    struct in_addr found;
    if (!inet_aton(characters, &found)) {
        Py_RETURN_NONE;
    }
    return PyBytes_FromStringAndSize((const char *)&found, sizeof found);
}

/* (is it IPv6?, text) -> the bytes of the address, or None */
static PyObject *
pton(PyObject *module, PyObject *arguments)
{
    int is_v6;
    const char *text;
    if (!PyArg_ParseTuple(arguments, "ps", &is_v6, &text)) {
        return NULL;
    }
    struct in6_addr found; /* has room for both */
    if (inet_pton(is_v6 ? AF_INET6 : AF_INET, text, &found) != 1) {
        Py_RETURN_NONE;
    }
    return PyBytes_FromStringAndSize((const char *)&found, is_v6 ? 16 : 4);
}

/* (4 or 16 bytes) -> text, or None */
static PyObject *
ntop(PyObject *module, PyObject *argument)
{
    Py_buffer packed;
    if (PyObject_GetBuffer(argument, &packed, PyBUF_SIMPLE) < 0) {
        return NULL;
    }
    char text[INET6_ADDRSTRLEN];
    const char *found = NULL;
    if (packed.len == 4 || packed.len == 16) {
        found = inet_ntop(packed.len == 16 ? AF_INET6 : AF_INET, packed.buf, text, sizeof text);
    }
    PyBuffer_Release(&packed);
    if (found == NULL) {
        Py_RETURN_NONE;
    }
    return PyUnicode_FromString(text);
}

static PyMethodDef methods[] = {
    {"lookup", lookup, METH_O, NULL},
    {"connect", connect_to, METH_VARARGS, NULL},
    {"status", status, METH_O, NULL},
    {"send", send_bytes, METH_VARARGS, NULL},
    {"receive", receive, METH_VARARGS, NULL},
    {"receive_into", receive_into, METH_VARARGS, NULL},
    {"shutdown", shutdown_sending, METH_O, NULL},
    {"close", close_handle, METH_O, NULL},
    {"address", address, METH_VARARGS, NULL},
    {"reason", reason, METH_NOARGS, NULL},
    {"wait", wait_for, METH_VARARGS, NULL},
    {"poll", poll_all, METH_VARARGS, NULL},
    {"tls_open", tls_open, METH_O, NULL},
    {"tls_feed", tls_feed, METH_VARARGS, NULL},
    {"tls_take", tls_take, METH_VARARGS, NULL},
    {"tls_write", tls_write, METH_VARARGS, NULL},
    {"tls_read", tls_read, METH_VARARGS, NULL},
    {"tls_read_into", tls_read_into, METH_VARARGS, NULL},
    {"tls_status", tls_status, METH_O, NULL},
    {"tls_shutdown", tls_shutdown, METH_O, NULL},
    {"tls_info", tls_info, METH_O, NULL},
    {"tls_close", tls_close, METH_O, NULL},
    {"aton", aton, METH_O, NULL},
    {"pton", pton, METH_VARARGS, NULL},
    {"ntop", ntop, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "_network.host",
    .m_methods = methods,
};

PyMODINIT_FUNC
PyInit__network_host(void)
{
    return PyModuleDef_Init(&definition);
}
