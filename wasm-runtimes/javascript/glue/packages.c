/* What the loader of installed packages needs: files below /node_modules, ES modules by name, and
 * counts that tell what loading a package asked for. */
#include <stdlib.h>
#include <string.h>
#include <wasi/api.h>

#include "guest.h"

struct asked asked;

/* The preopened root folder. */
enum { ROOT = 3 };
enum { KIND_NONE, KIND_FILE, KIND_FOLDER };

/* The path seen from the root folder; NULL for what is not below /node_modules. */
static const char *path_from_root(const char *path)
{
    static const char base[] = "/node_modules";
    size_t length = sizeof(base) - 1;
    if (path == NULL || strncmp(path, base, length) != 0 || (path[length] != '/' && path[length] != '\0') ||
        strstr(path, "/../") != NULL) {
        return NULL;
    }
    size_t size = strlen(path);
    return size >= 3 && strcmp(path + size - 3, "/..") == 0 ? NULL : path + 1;
}

/* fileKind(path) -> 0 nothing, 1 file, 2 folder */
NATIVE(native_file_kind)
{
    const char *path = JS_ToCString(ctx, argv[0]);
    const char *inside = path_from_root(path);
    int kind = KIND_NONE;
    __wasi_filestat_t stat;
    if (inside != NULL && __wasi_path_filestat_get(ROOT, 0, inside, &stat) == 0) {
        kind = stat.filetype == __WASI_FILETYPE_REGULAR_FILE ? KIND_FILE
               : stat.filetype == __WASI_FILETYPE_DIRECTORY  ? KIND_FOLDER
                                                             : KIND_NONE;
    }
    JS_FreeCString(ctx, path);
    return path == NULL ? JS_EXCEPTION : JS_NewInt32(ctx, kind);
}

/* All bytes of a file, or NULL. */
static uint8_t *read_all(__wasi_fd_t fd, size_t *size)
{
    __wasi_filestat_t stat;
    if (__wasi_fd_filestat_get(fd, &stat) != 0) {
        return NULL;
    }
    uint8_t *bytes = malloc(stat.size + 1);
    size_t done = 0;
    while (bytes != NULL && done < stat.size) {
        __wasi_iovec_t part = {bytes + done, stat.size - done};
        __wasi_size_t count;
        if (__wasi_fd_read(fd, &part, 1, &count) != 0 || count == 0) {
            free(bytes);
            return NULL;
        }
        done += count;
    }
    *size = done;
    return bytes;
}

/* readFile(path) -> text, or undefined */
NATIVE(native_read_file)
{
    const char *path = JS_ToCString(ctx, argv[0]);
    const char *inside = path_from_root(path);
    __wasi_fd_t fd;
    JSValue text = JS_UNDEFINED;
    if (inside != NULL && __wasi_path_open(ROOT, 0, inside, 0, __WASI_RIGHTS_FD_READ, 0, 0, &fd) == 0) {
        size_t size;
        uint8_t *bytes = read_all(fd, &size);
        if (bytes != NULL) {
            bool marked = size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0;
            text = JS_NewStringLen(ctx, (char *)bytes + (marked ? 3 : 0), size - (marked ? 3 : 0));
            free(bytes);
        }
        (void)!__wasi_fd_close(fd);
    }
    JS_FreeCString(ctx, path);
    return path == NULL ? JS_EXCEPTION : text;
}

/* compileModule(source, file): it is found when it is imported */
NATIVE(native_compile_module)
{
    size_t size;
    const char *source = JS_ToCStringLen(ctx, &size, argv[0]);
    const char *file = JS_ToCString(ctx, argv[1]);
    JSValue module = JS_EXCEPTION;
    if (source != NULL && file != NULL) {
        module = modules_compile(ctx, source, size, file);
    }
    JS_FreeCString(ctx, source);
    JS_FreeCString(ctx, file);
    if (JS_IsException(module)) {
        return module;
    }
    JS_FreeValue(ctx, module);
    return JS_UNDEFINED;
}

/* loadModule(file) -> [promise of its evaluation, namespace, whether it or what it imports awaits];
 * undefined in a cycle */
NATIVE(native_load_module)
{
    const char *file = JS_ToCString(ctx, argv[0]);
    if (file == NULL) {
        return JS_EXCEPTION;
    }
    JSValue namespace = JS_UNDEFINED;
    bool asynchronous;
    JSValue promise = engine_load_module(ctx, file, &namespace, &asynchronous);
    JS_FreeCString(ctx, file);
    if (!JS_IsObject(promise)) {
        return promise;
    }
    JSValue array = JS_NewArray(ctx);
    JS_DefinePropertyValueUint32(ctx, array, 0, promise, JS_PROP_C_W_E);
    JS_DefinePropertyValueUint32(ctx, array, 1, namespace, JS_PROP_C_W_E);
    JS_DefinePropertyValueUint32(ctx, array, 2, JS_NewBool(ctx, asynchronous), JS_PROP_C_W_E);
    return array;
}

/* asked() -> [randomness, time, output]: numbers that change when one of them is asked for */
NATIVE(native_asked)
{
    double random = (double)(engine_random_state(ctx) >> 11) + asked.random;
    double numbers[] = {random, (double)asked.time + engine_time_asked(), asked.output};
    JSValue array = JS_NewArray(ctx);
    for (int i = 0; i < 3; i++) {
        JS_DefinePropertyValueUint32(ctx, array, i, JS_NewFloat64(ctx, numbers[i]), JS_PROP_C_W_E);
    }
    return array;
}
