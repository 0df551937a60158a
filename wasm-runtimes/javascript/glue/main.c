/* The module's entries: `wizer-initialize` brings the engine, the prelude and the installed packages
 * up for the snapshot, `run` executes one program in what the snapshot holds, and `probe` loads one
 * package and prints what that took. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wasi/api.h>

#include "guest.h"
#include "host.h"

/* Of the 4 MiB of stack (build.sh), so that the engine's check comes before the trap. */
enum { STACK_LIMIT = 3584 << 10 };
/* What a program may allocate before the first garbage collection: one touches all of the
 * snapshot, which until then is shared with every other instance. */
enum { GC_AFTER = 16 << 20 };

static JSContext *ctx;
/* (source, preload or undefined, file name) -> exit code */
static JSValue main_function = JS_UNDEFINED;
/* (package, `require` or `import`) -> report as JSON */
static JSValue probe_function = JS_UNDEFINED;

static const uint8_t prelude[] = {
#embed "prelude.bytecode"
};

static void say(const char *text)
{
    host_output(2, text, strlen(text));
}

_Noreturn static void fatal(const char *what)
{
    JSValue error = JS_GetException(ctx);
    JSValue stack = JS_GetPropertyStr(ctx, error, "stack");
    const char *text = JS_ToCString(ctx, JS_IsUndefined(stack) ? error : stack);
    say(what);
    say(": ");
    say(text ? text : "?");
    say("\n");
    abort();
}

/* Nothing is shared with another thread; the engine only wants all of a buffer's memory at once. */
static void *allocate_shared(void *context, size_t size)
{
    return js_malloc(context, size);
}

static void free_shared(void *context, void *block)
{
    js_free(context, block);
}

__attribute__((export_name("wizer-initialize"))) void initialise(void)
{
    JSRuntime *runtime = JS_NewRuntime2(&guest_memory, NULL);
    JS_SetMaxStackSize(runtime, STACK_LIMIT);
    JS_SetGCThreshold(runtime, (size_t)-1);
    ctx = JS_NewContext(runtime);
    modules_install(runtime);
    JS_SetCanBlock(runtime, true);
    JS_SetSharedArrayBufferFunctions(runtime, &(JSSharedArrayBufferFunctions){
        .sab_alloc = allocate_shared, .sab_free = free_shared, .sab_opaque = ctx});
    JSValue global = JS_GetGlobalObject(ctx);
    JSValue native = natives_object(ctx);
    JS_SetPropertyStr(ctx, global, "__native", JS_DupValue(ctx, native));
    JSValue function = JS_ReadObject(ctx, prelude, sizeof(prelude), JS_READ_OBJ_BYTECODE);
    if (JS_IsException(function)) {
        fatal("cannot load the prelude");
    }
    JSValue result = JS_EvalFunction(ctx, function);
    if (JS_IsException(result)) {
        fatal("the prelude failed");
    }
    JS_FreeValue(ctx, result);
    main_function = JS_GetPropertyStr(ctx, native, "main");
    if (!JS_IsFunction(ctx, main_function)) {
        fatal("the prelude set no main function");
    }
    probe_function = JS_GetPropertyStr(ctx, native, "probe");
    JSValue prepare = JS_GetPropertyStr(ctx, native, "prepare");
    JSValue prepared = JS_Call(ctx, prepare, JS_UNDEFINED, 0, NULL);
    if (JS_IsException(prepared)) {
        fatal("cannot load the packages");
    }
    JS_FreeValue(ctx, prepared);
    JS_FreeValue(ctx, prepare);
    JS_FreeValue(ctx, native);
    JS_FreeValue(ctx, global);
    JS_RunGC(runtime);
    memory_end_of_initialisation();
}

static JSValue input(enum host_input which)
{
    int32_t size = host_input_size(which);
    if (size < 0) {
        return JS_UNDEFINED;
    }
    char *text = malloc(size + 1);
    if (text == NULL) {
        return JS_ThrowOutOfMemory(ctx);
    }
    host_input_read(which, text, size);
    JSValue value = JS_NewStringLen(ctx, text, size);
    free(text);
    return value;
}

/* What node exits with when its own code fails. */
enum { EXIT_INTERNAL = 7 };

/* Makes an instance of the snapshot one of its own kind. */
static void awake(void)
{
    uint64_t seed;
    (void)!__wasi_random_get((uint8_t *)&seed, sizeof(seed));
    engine_seed_random(ctx, seed);
    JSRuntime *runtime = JS_GetRuntime(ctx);
    JS_UpdateStackTop(runtime);
    JS_SetGCThreshold(runtime, engine_memory_used(ctx) + GC_AFTER);
}

static int32_t died(void)
{
    JSValue error = JS_GetException(ctx);
    const char *text = JS_ToCString(ctx, error);
    say("Uncaught ");
    say(text ? text : "RangeError: out of memory");
    say("\n");
    return EXIT_INTERNAL;
}

__attribute__((export_name("run"))) int32_t run(void)
{
    awake();
    JSValue arguments[] = {input(INPUT_PROGRAM), input(INPUT_PRELOAD), input(INPUT_FILE_NAME)};
    JSValue code = JS_EXCEPTION;
    if (!JS_HasException(ctx)) {
        code = JS_Call(ctx, main_function, JS_UNDEFINED, 3, (JSValueConst *)arguments);
    }
    int32_t number;
    if (JS_IsException(code) || JS_ToInt32(ctx, &number, code)) {
        return died();
    }
    return number & 0xff;
}

__attribute__((export_name("probe"))) int32_t probe(void)
{
    awake();
    JSValue arguments[] = {input(INPUT_PROGRAM), input(INPUT_FILE_NAME)};
    JSValue report = JS_Call(ctx, probe_function, JS_UNDEFINED, 2, (JSValueConst *)arguments);
    size_t size;
    const char *text = JS_IsException(report) ? NULL : JS_ToCStringLen(ctx, &size, report);
    if (text == NULL) {
        return died();
    }
    host_output(1, text, size);
    return 0;
}
