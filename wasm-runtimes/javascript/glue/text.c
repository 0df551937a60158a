/* Text encodings between JavaScript strings and bytes, for Buffer, TextEncoder and output. */
#include <stdlib.h>
#include <string.h>

#include "guest.h"

enum encoding { UTF8, UTF16LE, LATIN1, ASCII, HEX, BASE64, BASE64URL };

/* A growing array of UTF-16 code units. */
struct units {
    uint16_t *data;
    size_t size, capacity;
};

static inline size_t utf8_of_unit(uint8_t *out, const uint16_t *units, size_t count, size_t *at)
{
    uint32_t c = units[(*at)++];
    if ((c & 0xfc00) == 0xd800 && *at < count && (units[*at] & 0xfc00) == 0xdc00) {
        c = 0x10000 + ((c & 0x3ff) << 10) + (units[(*at)++] & 0x3ff);
    } else if ((c & 0xf800) == 0xd800) {
        c = 0xfffd; /* half a pair */
    }
    if (c < 0x80) {
        out[0] = c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = 0xc0 | c >> 6;
        out[1] = 0x80 | (c & 0x3f);
        return 2;
    }
    if (c < 0x10000) {
        out[0] = 0xe0 | c >> 12;
        out[1] = 0x80 | (c >> 6 & 0x3f);
        out[2] = 0x80 | (c & 0x3f);
        return 3;
    }
    out[0] = 0xf0 | c >> 18;
    out[1] = 0x80 | (c >> 12 & 0x3f);
    out[2] = 0x80 | (c >> 6 & 0x3f);
    out[3] = 0x80 | (c & 0x3f);
    return 4;
}

/* The string in UTF-8, halves of surrogate pairs replaced. To be freed with js_free(). */
uint8_t *text_utf8(JSContext *ctx, JSValueConst value, size_t *size)
{
    size_t count;
    const uint16_t *units = JS_ToCStringLenUTF16(ctx, &count, value);
    if (units == NULL) {
        return NULL;
    }
    uint8_t *out = js_malloc(ctx, count * 3 + 4);
    size_t length = 0;
    if (out != NULL) {
        for (size_t i = 0; i < count;) {
            length += utf8_of_unit(out + length, units, count, &i);
        }
        out[length] = 0;
    }
    JS_FreeCStringUTF16(ctx, units);
    *size = length;
    return out;
}

static int hex_digit(uint32_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? (int)(c - 'a' + 10) : -1;
}

static int base64_digit(uint32_t c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

static size_t encode_units(uint8_t *out, const uint16_t *units, size_t count, enum encoding encoding)
{
    size_t length = 0;
    switch (encoding) {
    case UTF16LE:
        memcpy(out, units, count * 2);
        return count * 2;
    case LATIN1:
    case ASCII:
        for (size_t i = 0; i < count; i++) {
            out[i] = units[i];
        }
        return count;
    case HEX:
        for (size_t i = 0; i + 1 < count; i += 2) {
            int high = hex_digit(units[i]), low = hex_digit(units[i + 1]);
            if (high < 0 || low < 0) {
                break;
            }
            out[length++] = high << 4 | low;
        }
        return length;
    default: {
        uint32_t bits = 0;
        int have = 0;
        for (size_t i = 0; i < count && units[i] != '='; i++) {
            int digit = base64_digit(units[i]);
            if (digit < 0) {
                continue;
            }
            bits = bits << 6 | (uint32_t)digit;
            have += 6;
            if (have >= 8) {
                have -= 8;
                out[length++] = bits >> have;
            }
        }
        return length;
    }
    }
}

/* UTF-8 from the engine, which keeps halves of surrogate pairs: replaced here. */
static JSValue encode_utf8(JSContext *ctx, JSValueConst value)
{
    size_t size;
    const char *text = JS_ToCStringLen(ctx, &size, value);
    if (text == NULL) {
        return JS_EXCEPTION;
    }
    JSValue result = JS_NewUint8ArrayCopy(ctx, (const uint8_t *)text, size);
    JS_FreeCString(ctx, text);
    uint8_t *bytes = JS_GetUint8Array(ctx, &size, result);
    for (uint8_t *at = bytes; at != NULL && (at = memchr(at, 0xed, bytes + size - at)) != NULL; at++) {
        if (bytes + size - at >= 3 && at[1] >= 0xa0) {
            memcpy(at, "\xef\xbf\xbd", 3);
        }
    }
    return result;
}

/* encode(string, encoding) -> Uint8Array */
JSValue native_encode(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    int32_t encoding;
    size_t count;
    if (JS_ToInt32(ctx, &encoding, argv[1])) {
        return JS_EXCEPTION;
    }
    if (encoding == UTF8) {
        return encode_utf8(ctx, argv[0]);
    }
    const uint16_t *units = JS_ToCStringLenUTF16(ctx, &count, argv[0]);
    if (units == NULL) {
        return JS_EXCEPTION;
    }
    size_t most = encoding == UTF16LE ? count * 2 : count;
    uint8_t *bytes = js_malloc(ctx, most + 1);
    JSValue result = JS_EXCEPTION;
    if (bytes != NULL) {
        size_t length = encode_units(bytes, units, count, encoding);
        result = JS_NewUint8ArrayCopy(ctx, bytes, length);
        js_free(ctx, bytes);
    }
    JS_FreeCStringUTF16(ctx, units);
    return result;
}

/* utf8Length(string) -> number */
JSValue native_utf8_length(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    size_t count, length = 0;
    uint8_t scratch[4];
    const uint16_t *units = JS_ToCStringLenUTF16(ctx, &count, argv[0]);
    if (units == NULL) {
        return JS_EXCEPTION;
    }
    for (size_t i = 0; i < count;) {
        length += utf8_of_unit(scratch, units, count, &i);
    }
    JS_FreeCStringUTF16(ctx, units);
    return JS_NewNumber(ctx, length);
}

/* Decodes one character as the Encoding Standard does: of an ill-formed sequence the longest part
 * that could have begun a character is replaced. Returns 0xfffd and sets `*bad`. */
static uint32_t utf8_character(const uint8_t *in, size_t size, size_t *at, bool *bad)
{
    uint8_t first = in[(*at)++];
    if (first < 0x80) {
        return first;
    }
    int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (first < 0xc2 || first > 0xf4) {
        *bad = true;
        return 0xfffd;
    }
    uint8_t low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    uint8_t high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    uint32_t c = first & (0x3f >> more);
    for (; more > 0; more--) {
        if (*at >= size || in[*at] < low || in[*at] > high) {
            *bad = true;
            return 0xfffd;
        }
        c = c << 6 | (in[(*at)++] & 0x3f);
        low = 0x80;
        high = 0xbf;
    }
    return c;
}

static JSValue decode_utf8(JSContext *ctx, const uint8_t *in, size_t size, bool fatal)
{
    size_t ascii = 0;
    while (ascii < size && in[ascii] < 0x80) {
        ascii++;
    }
    if (ascii == size) {
        return JS_NewStringLen(ctx, (const char *)in, size);
    }
    uint16_t *units = js_malloc(ctx, size * 2);
    if (units == NULL) {
        return JS_EXCEPTION;
    }
    size_t length = 0;
    bool bad = false;
    for (size_t at = 0; at < size;) {
        uint32_t c = utf8_character(in, size, &at, &bad);
        if (c >= 0x10000) {
            units[length++] = 0xd800 + ((c - 0x10000) >> 10);
            units[length++] = 0xdc00 + (c & 0x3ff);
        } else {
            units[length++] = c;
        }
    }
    JSValue result = fatal && bad ? JS_NULL : JS_NewStringUTF16(ctx, units, length);
    js_free(ctx, units);
    return result;
}

static JSValue decode_narrow(JSContext *ctx, const uint8_t *in, size_t size, uint8_t mask)
{
    uint16_t *units = js_malloc(ctx, size * 2 + 2);
    if (units == NULL) {
        return JS_EXCEPTION;
    }
    for (size_t i = 0; i < size; i++) {
        units[i] = in[i] & mask;
    }
    JSValue result = JS_NewStringUTF16(ctx, units, size);
    js_free(ctx, units);
    return result;
}

static JSValue decode_digits(JSContext *ctx, const uint8_t *in, size_t size, enum encoding encoding)
{
    static const char hex[] = "0123456789abcdef";
    static const char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const char url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const char *digits = encoding == BASE64URL ? url : standard;
    char *out = js_malloc(ctx, encoding == HEX ? size * 2 + 1 : size / 3 * 4 + 5);
    if (out == NULL) {
        return JS_EXCEPTION;
    }
    size_t length = 0;
    if (encoding == HEX) {
        for (size_t i = 0; i < size; i++) {
            out[length++] = hex[in[i] >> 4];
            out[length++] = hex[in[i] & 15];
        }
    } else {
        for (size_t i = 0; i < size; i += 3) {
            size_t left = size - i;
            uint32_t bits = (uint32_t)in[i] << 16 | (left > 1 ? in[i + 1] << 8 : 0) | (left > 2 ? in[i + 2] : 0);
            out[length++] = digits[bits >> 18];
            out[length++] = digits[bits >> 12 & 63];
            if (left > 1) {
                out[length++] = digits[bits >> 6 & 63];
            } else if (encoding == BASE64) {
                out[length++] = '=';
            }
            if (left > 2) {
                out[length++] = digits[bits & 63];
            } else if (encoding == BASE64) {
                out[length++] = '=';
            }
        }
    }
    JSValue result = JS_NewStringLen(ctx, out, length);
    js_free(ctx, out);
    return result;
}

/* decode(bytes, encoding, start, end, fatal) -> string; null for ill-formed UTF-8 when fatal. */
JSValue native_decode(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    int32_t encoding;
    int64_t start, end;
    size_t size;
    uint8_t *bytes = JS_GetUint8Array(ctx, &size, argv[0]);
    if (bytes == NULL || JS_ToInt32(ctx, &encoding, argv[1]) || JS_ToInt64(ctx, &start, argv[2]) ||
        JS_ToInt64(ctx, &end, argv[3])) {
        return JS_HasException(ctx) ? JS_EXCEPTION : JS_NewString(ctx, "");
    }
    end = end > (int64_t)size ? (int64_t)size : end;
    start = start < 0 ? 0 : start;
    if (start >= end) {
        return JS_NewString(ctx, "");
    }
    const uint8_t *in = bytes + start;
    size = end - start;
    switch (encoding) {
    case UTF8:
        return decode_utf8(ctx, in, size, JS_ToBool(ctx, argv[4]));
    case UTF16LE: {
        uint16_t *units = js_malloc(ctx, size + 2);
        if (units == NULL) {
            return JS_EXCEPTION;
        }
        memcpy(units, in, size & ~(size_t)1);
        JSValue result = JS_NewStringUTF16(ctx, units, size / 2);
        js_free(ctx, units);
        return result;
    }
    case LATIN1:
        return decode_narrow(ctx, in, size, 0xff);
    case ASCII:
        return decode_narrow(ctx, in, size, 0x7f);
    default:
        return decode_digits(ctx, in, size, encoding);
    }
}
