/* `wizer-initialize`: bring the interpreter up, import the common modules (boot.py decides which)
 * and stop. The memory as it is then becomes the snapshot every run starts from. */
#include "guest.h"

#include <stdlib.h>
#include <wasi/libc-environ.h>

/* The string hash seed cannot change after start-up, so it is one constant for all runs; a hash
 * flood concerns only the flooding program's own instance and fuel. */
#define HASH_SEED 20250611

#define PREFIX L"/usr/local"
#define STDLIB PREFIX L"/lib/python3.13"

struct boot_functions boot;

extern char *__wasilibc_cwd;

PyMODINIT_FUNC PyInit__speedups(void);  /* markupsafe's */
PyMODINIT_FUNC PyInit__belljar_stdio(void);
PyMODINIT_FUNC PyInit__network_host(void);

_Noreturn void
fatal(const char *what)
{
    PySys_WriteStderr("belljar python: %s\n", what);
    if (PyErr_Occurred()) {
        PyErr_Print();
    }
    abort();
}

static void
check(PyStatus status, const char *what)
{
    if (PyStatus_Exception(status)) {
        PySys_WriteStderr("%s\n", status.err_msg ? status.err_msg : "unknown");
        fatal(what);
    }
}

static void
set_string(PyConfig *config, wchar_t **field, const wchar_t *value)
{
    check(PyConfig_SetString(config, field, value), "PyConfig_SetString");
}

static void
start_interpreter(void)
{
    PyPreConfig preconfig;
    PyPreConfig_InitIsolatedConfig(&preconfig);
    preconfig.utf8_mode = 1;
    check(Py_PreInitialize(&preconfig), "pre-initialisation");

    PyImport_FrozenModules = belljar_frozen_modules;
    PyImport_AppendInittab("markupsafe._speedups", PyInit__speedups);
    PyImport_AppendInittab("_belljar_stdio", PyInit__belljar_stdio);
    PyImport_AppendInittab("_network.host", PyInit__network_host);

    PyConfig config;
    PyConfig_InitIsolatedConfig(&config);
    config.site_import = 0;
    config.write_bytecode = 0;
    config.use_hash_seed = 1;
    config.hash_seed = HASH_SEED;
    /* Every path is given, so that start-up asks the file system nothing. */
    set_string(&config, &config.program_name, L"python3");
    set_string(&config, &config.executable, PREFIX L"/bin/python3");
    set_string(&config, &config.base_executable, PREFIX L"/bin/python3");
    set_string(&config, &config.prefix, PREFIX);
    set_string(&config, &config.exec_prefix, PREFIX);
    set_string(&config, &config.base_prefix, PREFIX);
    set_string(&config, &config.base_exec_prefix, PREFIX);
    set_string(&config, &config.stdlib_dir, STDLIB);
    config.module_search_paths_set = 1;
    check(PyWideStringList_Append(&config.module_search_paths, L"/site-packages"), "sys.path");
    check(Py_InitializeFromConfig(&config), "initialisation");
    PyConfig_Clear(&config);
}

static PyObject *
attribute(PyObject *object, const char *name)
{
    PyObject *value = PyObject_GetAttrString(object, name);
    if (value == NULL) {
        fatal(name);
    }
    return value;
}

static PyObject *
call(PyObject *object, const char *method)
{
    PyObject *result = PyObject_CallMethod(object, method, NULL);
    if (result == NULL) {
        fatal(method);
    }
    return result;
}

__attribute__((export_name("wizer-initialize"))) void
wizer_initialize(void)
{
    __wasilibc_initialize_environ();
    clearenv();
    start_interpreter();

    PyObject *module = PyImport_ImportModule("_belljar_boot");
    if (module == NULL) {
        fatal("import of the boot module");
    }
    boot.begin_run = attribute(module, "begin_run");
    boot.end_run = attribute(module, "end_run");
    boot.collect = attribute(module, "collect");
    boot.flush = attribute(module, "flush");
    PyObject *builtins = PyImport_ImportModule("builtins");
    boot.compile = attribute(builtins, "compile");

    call(module, "prepare_snapshot");
    PyObject *gc = PyImport_ImportModule("gc");
    immortalize(call(gc, "get_objects"));
    /* No collection will look at these objects again. */
    call(gc, "freeze");

    /* A run starts in /tmp. Setting it here spares it the look-ups of chdir(2). */
    __wasilibc_cwd = "/tmp";
    /* Which descriptor stands for which directory is the run's own matter. */
    __wasilibc_reset_preopens();
}
