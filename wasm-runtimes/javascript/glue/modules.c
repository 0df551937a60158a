/* ES modules. A program is one file, so that what it imports is one of node's modules or of an
 * installed package: another ES module, or an object whose properties become the exports. */
#include <string.h>

#include "guest.h"

struct hooks hooks = {JS_UNDEFINED, JS_UNDEFINED, JS_UNDEFINED, JS_UNDEFINED};

static char *normalise(JSContext *ctx, const char *base, const char *name, void *opaque)
{
    JSValue arguments[] = {JS_NewString(ctx, base), JS_NewString(ctx, name)};
    JSValue result = JS_Call(ctx, hooks.normalise, JS_UNDEFINED, 2, (JSValueConst *)arguments);
    JS_FreeValue(ctx, arguments[0]);
    JS_FreeValue(ctx, arguments[1]);
    if (JS_IsException(result)) {
        return NULL;
    }
    const char *text = JS_ToCString(ctx, result);
    char *copy = text ? js_strdup(ctx, text) : NULL;
    JS_FreeCString(ctx, text);
    JS_FreeValue(ctx, result);
    return copy;
}

static int for_each_export(JSContext *ctx, JSModuleDef *module, JSValueConst exports,
                           int (*each)(JSContext *, JSModuleDef *, JSValueConst, JSAtom))
{
    JSPropertyEnum *names;
    uint32_t count;
    if (!JS_IsObject(exports)) {
        return 0;
    }
    if (JS_GetOwnPropertyNames(ctx, &names, &count, exports, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY)) {
        return -1;
    }
    int failed = 0;
    for (uint32_t i = 0; i < count && !failed; i++) {
        failed = each(ctx, module, exports, names[i].atom);
    }
    JS_FreePropertyEnum(ctx, names, count);
    return failed;
}

static int declare(JSContext *ctx, JSModuleDef *module, JSValueConst exports, JSAtom name)
{
    const char *text = JS_AtomToCString(ctx, name);
    int failed = text == NULL;
    if (!failed && strcmp(text, "default") != 0) {
        failed = JS_AddModuleExport(ctx, module, text);
    }
    JS_FreeCString(ctx, text);
    return failed;
}

static int define(JSContext *ctx, JSModuleDef *module, JSValueConst exports, JSAtom name)
{
    const char *text = JS_AtomToCString(ctx, name);
    int failed = text == NULL;
    if (!failed && strcmp(text, "default") != 0) {
        failed = JS_SetModuleExport(ctx, module, text, JS_GetProperty(ctx, exports, name));
    }
    JS_FreeCString(ctx, text);
    return failed;
}

static int evaluate(JSContext *ctx, JSModuleDef *module)
{
    JSValue exports = JS_GetModulePrivateValue(ctx, module);
    int failed = for_each_export(ctx, module, exports, define);
    if (!failed) {
        failed = JS_SetModuleExport(ctx, module, "default", JS_DupValue(ctx, exports));
    }
    JS_FreeValue(ctx, exports);
    return failed;
}

/* A module whose exports are the properties of an object. */
static JSModuleDef *wrap(JSContext *ctx, const char *name, JSValue exports)
{
    JSModuleDef *module = JS_NewCModule(ctx, name, evaluate);
    if (module == NULL || for_each_export(ctx, module, exports, declare) ||
        JS_AddModuleExport(ctx, module, "default")) {
        JS_FreeValue(ctx, exports);
        return NULL;
    }
    JS_SetModulePrivateValue(ctx, module, exports);
    return module;
}

JSValue modules_compile(JSContext *ctx, const char *source, size_t size, const char *file)
{
    JSValue module = JS_Eval(ctx, source, size, file, JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
    if (JS_IsException(module)) {
        return module;
    }
    JSValue meta = JS_GetImportMeta(ctx, JS_VALUE_GET_PTR(module));
    JSValue name = JS_NewString(ctx, file);
    JSValueConst arguments[] = {meta, name};
    JSValue ignored = JS_Call(ctx, hooks.import_meta, JS_UNDEFINED, 2, arguments);
    JS_FreeValue(ctx, name);
    JS_FreeValue(ctx, meta);
    if (JS_IsException(ignored)) {
        JS_FreeValue(ctx, module);
        return JS_EXCEPTION;
    }
    JS_FreeValue(ctx, ignored);
    return module;
}

static JSModuleDef *load(JSContext *ctx, const char *name, void *opaque)
{
    JSValue argument = JS_NewString(ctx, name);
    JSValue loaded = JS_Call(ctx, hooks.load, JS_UNDEFINED, 1, (JSValueConst *)&argument);
    JS_FreeValue(ctx, argument);
    if (JS_IsException(loaded)) {
        return NULL;
    }
    JSModuleDef *definition = NULL;
    if (JS_IsString(loaded)) {
        size_t size;
        const char *source = JS_ToCStringLen(ctx, &size, loaded);
        if (source != NULL) {
            JSValue module = modules_compile(ctx, source, size, name);
            if (!JS_IsException(module)) {
                definition = JS_VALUE_GET_PTR(module);
                /* The context's list of modules keeps it. */
                JS_FreeValue(ctx, module);
            }
        }
        JS_FreeCString(ctx, source);
    } else {
        JSValue exports = JS_GetPropertyUint32(ctx, loaded, 0);
        definition = JS_IsException(exports) ? NULL : wrap(ctx, name, exports);
    }
    JS_FreeValue(ctx, loaded);
    return definition;
}

void modules_install(JSRuntime *runtime)
{
    JS_SetModuleLoaderFunc(runtime, normalise, load, NULL);
}
