/* Handles, and values on their way between JavaScript and ICU. */
#include <unicode/uclean.h>
#include <unicode/uloc.h>

#include "intl.h"

extern "C" {
#include "engine.h"
#include "guest.h"
}

/* ICU reads it in place, so that what nobody asks for is never touched. */
extern "C" const uint8_t U_ICUDATA_ENTRY_POINT[] __attribute__((aligned(16))) = {
#embed "icudt.dat"
};

static JSClassID handle_class;

/* ICU's memory is not the engine's: what a format holds, some 10 to 60 KiB, does not hasten the
 * collection of the cycle that it is part of (a format and its `format` function). So collections
 * come with the number of handles, too. */
static constexpr int COLLECT_AFTER = 512;
static int alive;
static int collect_at = COLLECT_AFTER;

static void finalise(JSRuntime *runtime, JSValueConst value)
{
    alive--;
    delete static_cast<Handle *>(JS_GetOpaque(value, handle_class));
}

JSValue new_handle(JSContext *ctx, Handle *handle)
{
    if (alive >= collect_at) {
        JS_RunGC(JS_GetRuntime(ctx));
        collect_at = alive + COLLECT_AFTER;
    }
    JSValue object = JS_NewObjectClass(ctx, handle_class);
    if (JS_IsException(object)) {
        delete handle;
        return object;
    }
    JS_SetOpaque(object, handle);
    alive++;
    return object;
}

Handle *get_handle(JSValueConst value)
{
    return static_cast<Handle *>(JS_GetOpaque(value, handle_class));
}

Text::Text(JSContext *ctx, JSValueConst value) : ctx(ctx)
{
    struct engine_string string = engine_string(value);
    size = string.length;
    if (string.wide != nullptr) {
        units = reinterpret_cast<const char16_t *>(string.wide);
    } else if (string.narrow != nullptr && string.length <= SMALL) {
        for (size_t i = 0; i < string.length; i++) {
            narrow[i] = string.narrow[i];
        }
        units = narrow;
    } else {
        size_t length = 0;
        held = JS_ToCStringLenUTF16(ctx, &length, value);
        units = held ? reinterpret_cast<const char16_t *>(held) : narrow;
        size = held ? length : 0;
    }
}

Text::~Text()
{
    if (held != nullptr) {
        JS_FreeCStringUTF16(ctx, held);
    }
}

std::string ascii(JSContext *ctx, JSValueConst value)
{
    if (JS_IsUndefined(value)) {
        return {};
    }
    size_t length;
    const char *text = JS_ToCStringLen(ctx, &length, value);
    std::string result(text ? text : "", text ? length : 0);
    JS_FreeCString(ctx, text);
    return result;
}

int32_t integer(JSContext *ctx, JSValueConst value)
{
    int32_t number = 0;
    JS_ToInt32(ctx, &number, value);
    return number;
}

icu::Locale locale_of(JSContext *ctx, JSValueConst tag)
{
    UErrorCode status = U_ZERO_ERROR;
    return icu::Locale::forLanguageTag(ascii(ctx, tag), status);
}

JSValue to_js(JSContext *ctx, const icu::UnicodeString &text)
{
    if (text.isBogus()) {
        return JS_UNDEFINED;
    }
    return JS_NewStringUTF16(ctx, reinterpret_cast<const uint16_t *>(text.getBuffer()), text.length());
}

JSValue to_js(JSContext *ctx, const std::string &text)
{
    return JS_NewStringLen(ctx, text.data(), text.size());
}

JSValue to_js(JSContext *ctx, icu::StringEnumeration *strings, const char *key)
{
    JSValue array = JS_NewArray(ctx);
    UErrorCode status = U_ZERO_ERROR;
    uint32_t count = 0;
    while (const char *each = strings ? strings->next(nullptr, status) : nullptr) {
        const char *value = key ? uloc_toUnicodeLocaleType(key, each) : each;
        JS_DefinePropertyValueUint32(ctx, array, count++, JS_NewString(ctx, value ? value : each), JS_PROP_C_W_E);
    }
    return array;
}

void append(JSContext *ctx, JSValue array, uint32_t *count, int32_t number)
{
    JS_DefinePropertyValueUint32(ctx, array, (*count)++, JS_NewInt32(ctx, number), JS_PROP_C_W_E);
}

JSValue to_js(JSContext *ctx, const icu::FormattedValue &value)
{
    UErrorCode status = U_ZERO_ERROR;
    JSValue array = JS_NewArray(ctx);
    uint32_t count = 0;
    JS_DefinePropertyValueUint32(ctx, array, count++, to_js(ctx, value.toString(status)), JS_PROP_C_W_E);
    icu::ConstrainedFieldPosition position;
    while (value.nextPosition(position, status)) {
        append(ctx, array, &count, position.getCategory());
        append(ctx, array, &count, position.getField());
        append(ctx, array, &count, position.getStart());
        append(ctx, array, &count, position.getLimit());
    }
    if (U_FAILURE(status)) {
        JS_FreeValue(ctx, array);
        return failure(ctx, status);
    }
    return array;
}

JSValue failure(JSContext *ctx, UErrorCode status)
{
    if (status == U_MEMORY_ALLOCATION_ERROR) {
        return JS_ThrowOutOfMemory(ctx);
    }
    return JS_ThrowRangeError(ctx, "Internal error. Icu error.");
}

static void *allocate(const void *, size_t size) { return guest_memory.js_malloc(nullptr, size); }
static void *reallocate(const void *, void *block, size_t size) { return guest_memory.js_realloc(nullptr, block, size); }
static void release(const void *, void *block) { guest_memory.js_free(nullptr, block); }

extern "C" JSValue intl_object(JSContext *ctx)
{
    UErrorCode status = U_ZERO_ERROR;
    u_setMemoryFunctions(nullptr, allocate, reallocate, release, &status);
    icu::Locale english("en", "US");
    icu::Locale::setDefault(english, status);
    if (U_FAILURE(status)) {
        return JS_ThrowInternalError(ctx, "cannot set ICU up: %s", u_errorName(status));
    }
    JSRuntime *runtime = JS_GetRuntime(ctx);
    JS_NewClassID(runtime, &handle_class);
    JSClassDef definition = {};
    definition.class_name = "IntlHandle";
    definition.finalizer = finalise;
    JS_NewClass(runtime, handle_class, &definition);
    JSValue object = JS_NewObject(ctx);
    for (auto each : {&locale_functions, &number_functions, &date_functions, &text_functions}) {
        JS_SetPropertyFunctionList(ctx, object, each->list, each->count);
    }
    return object;
}
