/* The host's network calls as functions of the object `native`: what they are is said in
 * ../network-calls.md. A negative number is an error of WASI's, as the host gave it. */
#include <string.h>

#include "guest.h"
#include "host.h"

/* As much as one call takes from the host. */
enum { PIECE = 64 << 10 };
static uint8_t piece[PIECE];

/* First argument a handle, what else is read by the function itself. */
static bool handle_of(JSContext *ctx, JSValueConst value, int32_t *handle)
{
    return JS_ToInt32(ctx, handle, value) == 0;
}

/* call(handle) -> number */
static JSValue plain(JSContext *ctx, JSValueConst *argv, int32_t (*call)(int32_t))
{
    int32_t handle;
    return handle_of(ctx, argv[0], &handle) ? JS_NewInt32(ctx, call(handle)) : JS_EXCEPTION;
}

/* call(handle, Uint8Array) -> number */
static JSValue put(JSContext *ctx, JSValueConst *argv, int32_t (*call)(int32_t, const void *, int32_t))
{
    int32_t handle;
    size_t size;
    if (!handle_of(ctx, argv[0], &handle)) {
        return JS_EXCEPTION;
    }
    const uint8_t *bytes = JS_GetUint8Array(ctx, &size, argv[1]);
    if (bytes == NULL) {
        if (JS_HasException(ctx)) {
            return JS_EXCEPTION;
        }
        size = 0;
    }
    return JS_NewInt32(ctx, call(handle, bytes, size < INT32_MAX ? size : INT32_MAX));
}

/* call(handle) -> Uint8Array, or an error number */
static JSValue get(JSContext *ctx, JSValueConst *argv, int32_t (*call)(int32_t, void *, int32_t))
{
    int32_t handle;
    if (!handle_of(ctx, argv[0], &handle)) {
        return JS_EXCEPTION;
    }
    int32_t length = call(handle, piece, PIECE);
    if (length < 0) {
        return JS_NewInt32(ctx, length);
    }
    return JS_NewUint8ArrayCopy(ctx, piece, length);
}

static NATIVE(native_net_lookup)
{
    size_t size;
    const char *host = JS_ToCStringLen(ctx, &size, argv[0]);
    if (host == NULL) {
        return JS_EXCEPTION;
    }
    int32_t handle = host_net_lookup(host, size);
    JS_FreeCString(ctx, host);
    return JS_NewInt32(ctx, handle);
}

static NATIVE(native_net_connect)
{
    size_t size;
    int32_t port;
    if (JS_ToInt32(ctx, &port, argv[1])) {
        return JS_EXCEPTION;
    }
    const char *host = JS_ToCStringLen(ctx, &size, argv[0]);
    if (host == NULL) {
        return JS_EXCEPTION;
    }
    int32_t handle = host_net_connect(host, size, port);
    JS_FreeCString(ctx, host);
    return JS_NewInt32(ctx, handle);
}

static NATIVE(native_net_status) { return plain(ctx, argv, host_net_status); }
static NATIVE(native_net_shutdown) { return plain(ctx, argv, host_net_shutdown); }
static NATIVE(native_net_close) { return plain(ctx, argv, host_net_close); }
static NATIVE(native_net_send) { return put(ctx, argv, host_net_send); }
static NATIVE(native_net_receive) { return get(ctx, argv, host_net_receive); }

/* netAddress(handle, which) -> "ADDRESS PORT", or undefined */
static NATIVE(native_net_address)
{
    int32_t handle, which;
    if (!handle_of(ctx, argv[0], &handle) || JS_ToInt32(ctx, &which, argv[1])) {
        return JS_EXCEPTION;
    }
    char text[128];
    int32_t length = host_net_address(handle, which, text, sizeof(text));
    if (length < 0 || length > (int32_t)sizeof(text)) {
        return JS_UNDEFINED;
    }
    return JS_NewStringLen(ctx, text, length);
}

/* netReason() -> text, empty when there is none */
static NATIVE(native_net_reason)
{
    char text[1024];
    int32_t length = host_net_reason(text, sizeof(text));
    if (length < 0) {
        length = 0;
    }
    return JS_NewStringLen(ctx, text, length < (int32_t)sizeof(text) ? length : (int32_t)sizeof(text));
}

/* netPoll(Uint8Array of entries, how many, milliseconds; negative: for ever) -> how many are ready */
static NATIVE(native_net_poll)
{
    enum { ENTRY = 8 };
    size_t size;
    int32_t count;
    double ms;
    if (JS_ToInt32(ctx, &count, argv[1]) || JS_ToFloat64(ctx, &ms, argv[2])) {
        return JS_EXCEPTION;
    }
    uint8_t *entries = JS_GetUint8Array(ctx, &size, argv[0]);
    if (entries == NULL) {
        return JS_EXCEPTION;
    }
    if (count < 0 || (size_t)count > size / ENTRY) {
        return JS_ThrowRangeError(ctx, "more entries than there are");
    }
    return JS_NewInt32(ctx, host_net_poll(entries, count, ms < 0 ? -1 : (int64_t)(ms * 1e6)));
}

/* tlsOpen(settings as JSON) -> handle */
static NATIVE(native_tls_open)
{
    size_t size;
    const char *settings = JS_ToCStringLen(ctx, &size, argv[0]);
    if (settings == NULL) {
        return JS_EXCEPTION;
    }
    int32_t handle = host_tls_open(settings, size);
    JS_FreeCString(ctx, settings);
    return JS_NewInt32(ctx, handle);
}

static NATIVE(native_tls_feed) { return put(ctx, argv, host_tls_feed); }
static NATIVE(native_tls_take) { return get(ctx, argv, host_tls_take); }
static NATIVE(native_tls_write) { return put(ctx, argv, host_tls_write); }
static NATIVE(native_tls_read) { return get(ctx, argv, host_tls_read); }
static NATIVE(native_tls_status) { return plain(ctx, argv, host_tls_status); }
static NATIVE(native_tls_shutdown) { return plain(ctx, argv, host_tls_shutdown); }
static NATIVE(native_tls_close) { return plain(ctx, argv, host_tls_close); }

/* tlsInfo(handle) -> JSON, or an error number */
static NATIVE(native_tls_info)
{
    int32_t handle;
    if (!handle_of(ctx, argv[0], &handle)) {
        return JS_EXCEPTION;
    }
    int32_t length = host_tls_info(handle, piece, PIECE);
    if (length <= PIECE) {
        return length < 0 ? JS_NewInt32(ctx, length) : JS_NewStringLen(ctx, (char *)piece, length);
    }
    char *text = js_malloc(ctx, length);
    if (text == NULL) {
        return JS_EXCEPTION;
    }
    length = host_tls_info(handle, text, length);
    JSValue value = length < 0 ? JS_NewInt32(ctx, length) : JS_NewStringLen(ctx, text, length);
    js_free(ctx, text);
    return value;
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("netLookup", 1, native_net_lookup),
    JS_CFUNC_DEF("netConnect", 2, native_net_connect),
    JS_CFUNC_DEF("netStatus", 1, native_net_status),
    JS_CFUNC_DEF("netSend", 2, native_net_send),
    JS_CFUNC_DEF("netReceive", 1, native_net_receive),
    JS_CFUNC_DEF("netShutdown", 1, native_net_shutdown),
    JS_CFUNC_DEF("netClose", 1, native_net_close),
    JS_CFUNC_DEF("netAddress", 2, native_net_address),
    JS_CFUNC_DEF("netReason", 0, native_net_reason),
    JS_CFUNC_DEF("netPoll", 3, native_net_poll),
    JS_CFUNC_DEF("tlsOpen", 1, native_tls_open),
    JS_CFUNC_DEF("tlsFeed", 2, native_tls_feed),
    JS_CFUNC_DEF("tlsTake", 1, native_tls_take),
    JS_CFUNC_DEF("tlsWrite", 2, native_tls_write),
    JS_CFUNC_DEF("tlsRead", 1, native_tls_read),
    JS_CFUNC_DEF("tlsStatus", 1, native_tls_status),
    JS_CFUNC_DEF("tlsShutdown", 1, native_tls_shutdown),
    JS_CFUNC_DEF("tlsInfo", 1, native_tls_info),
    JS_CFUNC_DEF("tlsClose", 1, native_tls_close),
};

void network_add(JSContext *ctx, JSValueConst object)
{
    JS_SetPropertyFunctionList(ctx, object, functions, sizeof(functions) / sizeof(functions[0]));
}
