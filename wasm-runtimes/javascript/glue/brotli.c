/* Brotli, which unlike DEFLATE is computed here: only the original encoder gives what node's gives,
 * letter for letter, and here its fuel and memory are the program's own. */
#include <brotli/decode.h>
#include <brotli/encode.h>
#include <string.h>

#include "guest.h"

static void *allocate(void *opaque, size_t size)
{
    return js_malloc(opaque, size);
}

static void release(void *opaque, void *pointer)
{
    js_free(opaque, pointer);
}

struct output {
    uint8_t *data;
    size_t size, capacity;
};

static bool append(JSContext *ctx, struct output *output, const uint8_t *data, size_t size)
{
    if (size > output->capacity - output->size) {
        size_t capacity = output->capacity * 2 > output->size + size ? output->capacity * 2 : output->size + size;
        uint8_t *larger = js_realloc(ctx, output->data, capacity);
        if (larger == NULL) {
            return false;
        }
        output->data = larger;
        output->capacity = capacity;
    }
    memcpy(output->data + output->size, data, size);
    output->size += size;
    return true;
}

/* brotliCompress(bytes, [parameter, value, ...], end) -> Uint8Array; false for a wrong parameter */
JSValue native_brotli_compress(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    size_t size;
    int64_t count = 0;
    const uint8_t *in = JS_GetUint8Array(ctx, &size, argv[0]);
    if (JS_HasException(ctx) || JS_GetLength(ctx, argv[1], &count)) {
        return JS_EXCEPTION;
    }
    BrotliEncoderState *encoder = BrotliEncoderCreateInstance(allocate, release, ctx);
    if (encoder == NULL) {
        return JS_EXCEPTION;
    }
    for (int64_t i = 0; i + 1 < count; i += 2) {
        uint32_t pair[2] = {0, 0};
        for (int j = 0; j < 2; j++) {
            JSValue value = JS_GetPropertyInt64(ctx, argv[1], i + j);
            JS_ToUint32(ctx, &pair[j], value);
            JS_FreeValue(ctx, value);
        }
        if (!BrotliEncoderSetParameter(encoder, pair[0], pair[1])) {
            BrotliEncoderDestroyInstance(encoder);
            return JS_FALSE;
        }
    }
    BrotliEncoderOperation operation = JS_ToBool(ctx, argv[2]) ? BROTLI_OPERATION_FINISH : BROTLI_OPERATION_FLUSH;
    struct output output = {0};
    bool good = true;
    do {
        size_t room = 0;
        good = BrotliEncoderCompressStream(encoder, operation, &size, &in, &room, NULL, NULL);
        while (good && BrotliEncoderHasMoreOutput(encoder)) {
            size_t made = 0;
            const uint8_t *part = BrotliEncoderTakeOutput(encoder, &made);
            good = append(ctx, &output, part, made);
        }
    } while (good && (size > 0 || (operation == BROTLI_OPERATION_FINISH && !BrotliEncoderIsFinished(encoder))));
    BrotliEncoderDestroyInstance(encoder);
    if (!good) {
        js_free(ctx, output.data);
        return JS_HasException(ctx) ? JS_EXCEPTION : JS_ThrowOutOfMemory(ctx);
    }
    return bytes_value(ctx, output.data, output.size);
}

/* brotliDecompress(bytes, most, lenient) -> Uint8Array; the name of what is wrong with the data, "" if
 * it ends too early; false if the result is larger than `most` */
JSValue native_brotli_decompress(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    size_t size;
    double most;
    const uint8_t *in = JS_GetUint8Array(ctx, &size, argv[0]);
    if (JS_HasException(ctx) || JS_ToFloat64(ctx, &most, argv[1])) {
        return JS_EXCEPTION;
    }
    BrotliDecoderState *decoder = BrotliDecoderCreateInstance(allocate, release, ctx);
    if (decoder == NULL) {
        return JS_EXCEPTION;
    }
    struct output output = {0};
    BrotliDecoderResult result;
    JSValue wrong = JS_UNDEFINED;
    do {
        size_t room = 0;
        result = BrotliDecoderDecompressStream(decoder, &size, &in, &room, NULL, NULL);
        while (BrotliDecoderHasMoreOutput(decoder) && JS_IsUndefined(wrong)) {
            size_t made = 0;
            const uint8_t *part = BrotliDecoderTakeOutput(decoder, &made);
            if (output.size + (double)made > most) {
                wrong = JS_FALSE;
            } else if (!append(ctx, &output, part, made)) {
                wrong = JS_EXCEPTION;
            }
        }
    } while (result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT && JS_IsUndefined(wrong));
    if (JS_IsUndefined(wrong) && result == BROTLI_DECODER_RESULT_ERROR) {
        BrotliDecoderErrorCode code = BrotliDecoderGetErrorCode(decoder);
        wrong = JS_HasException(ctx) ? JS_EXCEPTION : JS_NewString(ctx, BrotliDecoderErrorString(code));
    } else if (JS_IsUndefined(wrong) && result == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT && !JS_ToBool(ctx, argv[2])) {
        wrong = JS_NewString(ctx, "");
    }
    BrotliDecoderDestroyInstance(decoder);
    if (!JS_IsUndefined(wrong)) {
        js_free(ctx, output.data);
        return wrong;
    }
    return bytes_value(ctx, output.data, output.size);
}
