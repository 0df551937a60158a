/* `run`: execute one program in the interpreter that the snapshot holds. The instance is thrown
 * away afterwards, so the end does what a program can observe (atexit, destructors of its
 * objects, flushing) and none of the freeing. */
#include "guest.h"
#include "host.h"

/* What the process exits with. 255 for an uncaught exception is what the reference server shows. */
enum { EXIT_UNCAUGHT = 255, EXIT_INTERRUPTED = 130 };

/* pylifecycle/pythonrun internals: turns a pending SystemExit into an exit code, as python does. */
extern int _Py_HandleSystemExit(int *exit_code);
extern void _PyModule_Clear(PyObject *module);

static PyObject *
read_input(enum host_input which)
{
    int32_t size = host_input_size(which);
    if (size < 0) {
        Py_RETURN_NONE;
    }
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, size);
    if (bytes != NULL) {
        host_input_read(which, PyBytes_AS_STRING(bytes), size);
    }
    return bytes;
}

static PyObject *
read_file_name(void)
{
    PyObject *bytes = read_input(INPUT_FILE_NAME);
    if (bytes == NULL || bytes == Py_None) {
        Py_XDECREF(bytes);
        return PyUnicode_FromString("main.py");
    }
    PyObject *name = PyUnicode_DecodeUTF8(PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes), "replace");
    Py_DECREF(bytes);
    return name;
}

/* Reports the pending exception as python would on its way out; returns the exit code. */
static int
report_exception(void)
{
    int code;
    if (_Py_HandleSystemExit(&code)) {
        return code & 0xff;
    }
    int interrupted = PyErr_ExceptionMatches(PyExc_KeyboardInterrupt);
    PyErr_Print();
    return interrupted ? EXIT_INTERRUPTED : EXIT_UNCAUGHT;
}

/* A program is text, as for exec(): a coding line says nothing. A byte order mark is not part of
 * it. */
static PyObject *
decode_source(PyObject *bytes)
{
    const char *text = PyBytes_AS_STRING(bytes);
    Py_ssize_t size = PyBytes_GET_SIZE(bytes);
    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        size -= 3;
    }
    return PyUnicode_DecodeUTF8(text, size, "strict");
}

/* Runs `source` in `globals`. No Python frame of ours is below the program's first one, so its
 * tracebacks and stack inspections show nothing but itself. */
static int
execute(PyObject *source, PyObject *name, PyObject *globals)
{
    PyObject *text = decode_source(source);
    if (text == NULL) {
        return report_exception();
    }
    PyObject *code = PyObject_CallFunction(boot.compile, "OOsiO", text, name, "exec", 0, Py_True);
    Py_DECREF(text);
    if (code == NULL) {
        return report_exception();
    }
    PyObject *result = PyEval_EvalCode(code, globals, globals);
    Py_DECREF(code);
    if (result == NULL) {
        return report_exception();
    }
    Py_DECREF(result);
    return 0;
}

static void
call_quietly(PyObject *function)
{
    PyObject *result = PyObject_CallNoArgs(function);
    if (result == NULL) {
        PyErr_Clear();
    }
    Py_XDECREF(result);
}

/* Destroys the program's objects so that their destructors run, in the order of Py_Finalize: let
 * go of the module, collect cycles (finalisers then still see the globals), and only then empty
 * the namespace of a module that something still holds. */
static void
destroy_main_module(void)
{
    PyObject *modules = PyImport_GetModuleDict();
    PyObject *module = PyDict_GetItemString(modules, "__main__");
    PyObject *reference = module ? PyWeakref_NewRef(module, NULL) : NULL;
    PyDict_SetItemString(modules, "__main__", Py_None);
    call_quietly(boot.collect);
    if (reference != NULL && PyWeakref_GetRef(reference, &module) > 0) {
        _PyModule_Clear(module);
        Py_DECREF(module);
        call_quietly(boot.collect);
    }
    PyErr_Clear();
}

/* What Py_Finalize does that the program can see. */
static void
finish(void)
{
    call_quietly(boot.end_run);
    destroy_main_module();
    call_quietly(boot.flush);
}

__attribute__((export_name("run"))) int32_t
run(void)
{
    start_process_clock();
    __wasilibc_reset_preopens();
    PyObject *program = read_input(INPUT_PROGRAM);
    PyObject *preload = read_input(INPUT_PRELOAD);
    PyObject *name = read_file_name();
    PyObject *module = NULL;
    if (program != NULL && preload != NULL && name != NULL) {
        module = PyObject_CallFunctionObjArgs(boot.begin_run, program, preload, name, NULL);
    }
    if (module == NULL) {
        return report_exception();
    }
    PyObject *globals = PyModule_GetDict(module);

    int code = 0;
    if (preload != Py_None) {
        PyObject *preload_name = PyUnicode_FromString("<preload>");
        code = execute(preload, preload_name, globals);
        Py_DECREF(preload_name);
    }
    if (code == 0) {
        code = execute(program, name, globals);
    }
    Py_DECREF(module);
    finish();
    return code;
}
