/* What the prelude can do that JavaScript alone cannot: the functions of the object `native`. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wasi/api.h>

#include "guest.h"
#include "host.h"

/* write(fd, string | Uint8Array) */
static NATIVE(native_write)
{
    int32_t fd;
    asked.output++;
    if (JS_ToInt32(ctx, &fd, argv[0])) {
        return JS_EXCEPTION;
    }
    size_t size;
    if (JS_IsString(argv[1])) {
        uint8_t *text = text_utf8(ctx, argv[1], &size);
        if (text == NULL) {
            return JS_EXCEPTION;
        }
        host_output(fd, text, size);
        js_free(ctx, text);
    } else {
        uint8_t *bytes = JS_GetUint8Array(ctx, &size, argv[1]);
        if (bytes == NULL) {
            return JS_EXCEPTION;
        }
        host_output(fd, bytes, size);
    }
    return JS_UNDEFINED;
}

static JSValue clock_value(JSContext *ctx, clockid_t clock)
{
    struct timespec now;
    asked.time++;
    clock_gettime(clock, &now);
    return JS_NewNumber(ctx, now.tv_sec * 1e9 + now.tv_nsec);
}

/* monotonic() -> nanoseconds */
static NATIVE(native_monotonic)
{
    return clock_value(ctx, CLOCK_MONOTONIC);
}

/* realtime() -> nanoseconds since 1970 */
static NATIVE(native_realtime)
{
    return clock_value(ctx, CLOCK_REALTIME);
}

/* sleep(milliseconds) */
static NATIVE(native_sleep)
{
    double ms;
    if (JS_ToFloat64(ctx, &ms, argv[0])) {
        return JS_EXCEPTION;
    }
    if (ms > 0) {
        struct timespec time = {.tv_sec = ms / 1e3, .tv_nsec = fmod(ms, 1e3) * 1e6};
        clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
    }
    return JS_UNDEFINED;
}

/* random(Uint8Array): fills it */
static NATIVE(native_random)
{
    size_t size;
    asked.random++;
    uint8_t *bytes = JS_GetUint8Array(ctx, &size, argv[0]);
    if (bytes == NULL) {
        return JS_EXCEPTION;
    }
    while (size > 0) {
        size_t part = size < 65536 ? size : 65536;
        if (__wasi_random_get(bytes, part) != 0) {
            return JS_ThrowInternalError(ctx, "no randomness");
        }
        bytes += part;
        size -= part;
    }
    return JS_UNDEFINED;
}

/* exit(code) */
static NATIVE(native_exit)
{
    int32_t code;
    if (JS_ToInt32(ctx, &code, argv[0])) {
        return JS_EXCEPTION;
    }
    __wasi_proc_exit(code & 0xff);
}

static NATIVE(native_abort)
{
    abort();
}

static void *resize_bytes(JSRuntime *runtime, void *opaque, void *bytes, size_t size)
{
    return js_realloc_rt(runtime, bytes, size);
}

JSValue bytes_value(JSContext *ctx, uint8_t *bytes, size_t size)
{
    if (size == 0) {
        js_free(ctx, bytes);
        return JS_NewUint8ArrayCopy(ctx, NULL, 0);
    }
    return JS_NewUint8Array(ctx, bytes, size, resize_bytes, NULL, false);
}

/* hostCall(operation, Uint8Array) -> Uint8Array, or a negative error number */
static NATIVE(native_host_call)
{
    int32_t operation;
    size_t size;
    if (JS_ToInt32(ctx, &operation, argv[0])) {
        return JS_EXCEPTION;
    }
    uint8_t *request = JS_GetUint8Array(ctx, &size, argv[1]);
    if (request == NULL) {
        if (JS_HasException(ctx)) {
            return JS_EXCEPTION;
        }
        size = 0;
    }
    int32_t length = host_call(operation, request, size);
    if (length < 0) {
        return JS_NewInt32(ctx, length);
    }
    uint8_t *reply = js_malloc(ctx, length + 1);
    if (reply == NULL) {
        host_reply(NULL, 0);
        return JS_EXCEPTION;
    }
    host_reply(reply, length);
    return bytes_value(ctx, reply, length);
}

static JSValue pair(JSContext *ctx, JSValue first, JSValue second)
{
    JSValue array = JS_NewArray(ctx);
    JS_DefinePropertyValueUint32(ctx, array, 0, first, JS_PROP_C_W_E);
    JS_DefinePropertyValueUint32(ctx, array, 1, second, JS_PROP_C_W_E);
    return array;
}

/* promiseDetails(promise) -> [0 pending | 1 fulfilled | 2 rejected, result] */
static NATIVE(native_promise_details)
{
    if (!JS_IsPromise(argv[0])) {
        return JS_UNDEFINED;
    }
    JSPromiseStateEnum state = JS_PromiseState(ctx, argv[0]);
    int number = state == JS_PROMISE_PENDING ? 0 : state == JS_PROMISE_FULFILLED ? 1 : 2;
    return pair(ctx, JS_NewInt32(ctx, number), number ? JS_PromiseResult(ctx, argv[0]) : JS_UNDEFINED);
}

/* proxyDetails(value) -> [target, handler], or undefined for what is no proxy */
static NATIVE(native_proxy_details)
{
    if (!JS_IsProxy(argv[0])) {
        return JS_UNDEFINED;
    }
    JSValue target = JS_GetProxyTarget(ctx, argv[0]);
    JSValue handler = JS_GetProxyHandler(ctx, argv[0]);
    if (JS_IsException(target) || JS_IsException(handler)) { /* revoked */
        JS_FreeValue(ctx, JS_GetException(ctx));
        return pair(ctx, JS_NULL, JS_NULL);
    }
    return pair(ctx, target, handler);
}

/* className(value) -> its internal class */
static NATIVE(native_class_name)
{
    return JS_NewString(ctx, engine_class_name(ctx, argv[0]));
}

/* previewEntries(value) -> [entries, whether keys and values alternate], or undefined */
static NATIVE(native_preview_entries)
{
    bool keyed;
    JSValue entries = engine_preview_entries(ctx, argv[0], &keyed);
    if (JS_IsUndefined(entries) || JS_IsException(entries)) {
        return entries;
    }
    return pair(ctx, entries, JS_NewBool(ctx, keyed));
}

/* namedKeys(object, onlyEnumerable) -> its own keys that are no indices, or undefined for a proxy */
static NATIVE(native_named_keys)
{
    return engine_named_keys(ctx, argv[0], JS_ToBool(ctx, argv[1]));
}

/* compileFunction(source, file, parameters) -> function */
static NATIVE(native_compile_function)
{
    enum { MOST_PARAMETERS = 16 };
    const char *parameters[MOST_PARAMETERS];
    int64_t count = 0;
    size_t size;
    if (JS_GetLength(ctx, argv[2], &count) || count > MOST_PARAMETERS) {
        return JS_EXCEPTION;
    }
    const char *source = JS_ToCStringLen(ctx, &size, argv[0]);
    const char *file = JS_ToCString(ctx, argv[1]);
    for (int i = 0; i < count; i++) {
        JSValue name = JS_GetPropertyUint32(ctx, argv[2], i);
        parameters[i] = JS_ToCString(ctx, name);
        JS_FreeValue(ctx, name);
    }
    JSValue result = JS_EXCEPTION;
    engine_forget_syntax_error();
    if (source != NULL && file != NULL) {
        result = engine_compile_function(ctx, source, size, file, parameters, count);
    }
    for (int i = 0; i < count; i++) {
        JS_FreeCString(ctx, parameters[i]);
    }
    JS_FreeCString(ctx, source);
    JS_FreeCString(ctx, file);
    return result;
}

static JSValue compile(JSContext *ctx, JSValueConst *argv, int type)
{
    size_t size;
    const char *source = JS_ToCStringLen(ctx, &size, argv[0]);
    const char *file = JS_ToCString(ctx, argv[1]);
    JSValue result = JS_EXCEPTION;
    engine_forget_syntax_error();
    if (source != NULL && file != NULL) {
        result = JS_Eval(ctx, source, size, file, type | JS_EVAL_FLAG_COMPILE_ONLY);
    }
    JS_FreeCString(ctx, source);
    JS_FreeCString(ctx, file);
    return result;
}

static JSValue run_script(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv, int magic, JSValueConst *script)
{
    return JS_EvalFunction(ctx, JS_DupValue(ctx, *script));
}

/* compileScript(source, file) -> function that runs it in the global scope and returns its
 * completion value */
static NATIVE(native_compile_script)
{
    JSValue script = compile(ctx, argv, JS_EVAL_TYPE_GLOBAL);
    if (JS_IsException(script)) {
        return script;
    }
    JSValue function = JS_NewCFunctionData(ctx, run_script, 0, 0, 1, (JSValueConst *)&script);
    JS_FreeValue(ctx, script);
    return function;
}

/* runModule(source, file) -> promise of its end */
static NATIVE(native_run_module)
{
    size_t size;
    const char *source = JS_ToCStringLen(ctx, &size, argv[0]);
    const char *file = JS_ToCString(ctx, argv[1]);
    JSValue module = JS_EXCEPTION;
    engine_forget_syntax_error();
    if (source != NULL && file != NULL) {
        module = modules_compile(ctx, source, size, file);
    }
    JS_FreeCString(ctx, source);
    JS_FreeCString(ctx, file);
    return JS_IsException(module) ? module : JS_EvalFunction(ctx, module);
}

/* runMicrotasks(): until there are none. A job's exception is the job's own promise's business. */
static NATIVE(native_run_microtasks)
{
    JSRuntime *runtime = JS_GetRuntime(ctx);
    JSContext *context;
    for (;;) {
        int ran = JS_ExecutePendingJob(runtime, &context);
        if (ran == 0) {
            return JS_UNDEFINED;
        }
        if (ran < 0) {
            return JS_EXCEPTION;
        }
    }
}

static JSValue place_value(JSContext *ctx, struct engine_place place)
{
    if (place.line == 0) {
        return JS_UNDEFINED;
    }
    JSValue array = JS_NewArray(ctx);
    JS_DefinePropertyValueUint32(ctx, array, 0, JS_NewString(ctx, place.file), JS_PROP_C_W_E);
    JS_DefinePropertyValueUint32(ctx, array, 1, JS_NewInt32(ctx, place.line), JS_PROP_C_W_E);
    JS_DefinePropertyValueUint32(ctx, array, 2, JS_NewInt32(ctx, place.column), JS_PROP_C_W_E);
    return array;
}

/* throwPlace(error) -> [file, line, column in bytes], or undefined */
static NATIVE(native_throw_place)
{
    return place_value(ctx, engine_throw_place(ctx, argv[0]));
}

/* syntaxErrorPlace() -> the same, of the last compilation */
static NATIVE(native_syntax_error_place)
{
    return place_value(ctx, engine_syntax_error_place());
}

static void rejection(JSContext *ctx, JSValueConst promise, JSValueConst reason, bool handled, void *opaque)
{
    JSValueConst arguments[] = {promise, reason, JS_NewBool(ctx, handled)};
    JS_FreeValue(ctx, JS_Call(ctx, hooks.rejection, JS_UNDEFINED, 3, arguments));
}

/* setHooks(rejection, normalise, load, importMeta, explain): see guest.h and explain.h */
static NATIVE(native_set_hooks)
{
    hooks.rejection = JS_DupValue(ctx, argv[0]);
    hooks.normalise = JS_DupValue(ctx, argv[1]);
    hooks.load = JS_DupValue(ctx, argv[2]);
    hooks.import_meta = JS_DupValue(ctx, argv[3]);
    engine_set_explainer(ctx, argv[4]);
    JS_SetHostPromiseRejectionTracker(JS_GetRuntime(ctx), rejection, NULL);
    return JS_UNDEFINED;
}

/* asyncContext() -> what AsyncLocalStorage holds; setAsyncContext(value) */
static NATIVE(native_async_context)
{
    return engine_async_context(ctx);
}

static NATIVE(native_set_async_context)
{
    engine_set_async_context(ctx, argv[0]);
    return JS_UNDEFINED;
}

/* memory() -> [bytes of the engine's heap, bytes of linear memory] */
static NATIVE(native_memory)
{
    return pair(ctx, JS_NewNumber(ctx, engine_memory_used(ctx)),
                JS_NewNumber(ctx, (double)__builtin_wasm_memory_size(0) * 65536));
}

/* gc() */
static NATIVE(native_gc)
{
    JS_RunGC(JS_GetRuntime(ctx));
    return JS_UNDEFINED;
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("write", 2, native_write),
    JS_CFUNC_DEF("monotonic", 0, native_monotonic),
    JS_CFUNC_DEF("realtime", 0, native_realtime),
    JS_CFUNC_DEF("sleep", 1, native_sleep),
    JS_CFUNC_DEF("random", 1, native_random),
    JS_CFUNC_DEF("exit", 1, native_exit),
    JS_CFUNC_DEF("abort", 0, native_abort),
    JS_CFUNC_DEF("hostCall", 2, native_host_call),
    JS_CFUNC_DEF("promiseDetails", 1, native_promise_details),
    JS_CFUNC_DEF("proxyDetails", 1, native_proxy_details),
    JS_CFUNC_DEF("className", 1, native_class_name),
    JS_CFUNC_DEF("previewEntries", 1, native_preview_entries),
    JS_CFUNC_DEF("namedKeys", 2, native_named_keys),
    JS_CFUNC_DEF("compileFunction", 3, native_compile_function),
    JS_CFUNC_DEF("compileScript", 2, native_compile_script),
    JS_CFUNC_DEF("runModule", 2, native_run_module),
    JS_CFUNC_DEF("runMicrotasks", 0, native_run_microtasks),
    JS_CFUNC_DEF("throwPlace", 1, native_throw_place),
    JS_CFUNC_DEF("syntaxErrorPlace", 0, native_syntax_error_place),
    JS_CFUNC_DEF("setHooks", 5, native_set_hooks),
    JS_CFUNC_DEF("asyncContext", 0, native_async_context),
    JS_CFUNC_DEF("setAsyncContext", 1, native_set_async_context),
    JS_CFUNC_DEF("memory", 0, native_memory),
    JS_CFUNC_DEF("gc", 0, native_gc),
    JS_CFUNC_DEF("encode", 2, native_encode),
    JS_CFUNC_DEF("decode", 5, native_decode),
    JS_CFUNC_DEF("utf8Length", 1, native_utf8_length),
    JS_CFUNC_DEF("fileKind", 1, native_file_kind),
    JS_CFUNC_DEF("readFile", 1, native_read_file),
    JS_CFUNC_DEF("compileModule", 2, native_compile_module),
    JS_CFUNC_DEF("loadModule", 1, native_load_module),
    JS_CFUNC_DEF("asked", 0, native_asked),
    JS_CFUNC_DEF("brotliCompress", 3, native_brotli_compress),
    JS_CFUNC_DEF("brotliDecompress", 3, native_brotli_decompress),
};

JSValue natives_object(JSContext *ctx)
{
    JSValue object = JS_NewObject(ctx);
    JS_SetPropertyFunctionList(ctx, object, functions, sizeof(functions) / sizeof(functions[0]));
    network_add(ctx, object);
    JS_SetPropertyStr(ctx, object, "intl", intl_object(ctx));
    return object;
}
