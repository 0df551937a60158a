/* What the glue's C files share. */
#ifndef BELLJAR_GUEST_H
#define BELLJAR_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine.h"

#define NATIVE(name) \
    JSValue name(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)

/* text.c */
NATIVE(native_encode);
NATIVE(native_decode);
NATIVE(native_utf8_length);
uint8_t *text_utf8(JSContext *ctx, JSValueConst value, size_t *size);

/* packages.c */
NATIVE(native_file_kind);
NATIVE(native_read_file);
NATIVE(native_compile_module);
NATIVE(native_load_module);
NATIVE(native_asked);
/* How often the guest asked for randomness and the time, and wrote. */
struct asked {
    uint32_t random, time, output;
};
extern struct asked asked;

/* brotli.c */
NATIVE(native_brotli_compress);
NATIVE(native_brotli_decompress);

/* network.c */
void network_add(JSContext *ctx, JSValueConst object);

/* natives.c: the object that the prelude gets as `native`. */
JSValue natives_object(JSContext *ctx);
/* A Uint8Array that takes over `bytes`, which js_malloc() gave. */
JSValue bytes_value(JSContext *ctx, uint8_t *bytes, size_t size);

/* intl/: ICU, as the object `native.intl`. */
JSValue intl_object(JSContext *ctx);

/* memory.c: the engine's allocator. */
extern const JSMallocFunctions guest_memory;
/* From here on, freed memory is no longer wiped. */
void memory_end_of_initialisation(void);

/* modules.c: ES modules, through the functions that the prelude gave with native.setHooks(). */
void modules_install(JSRuntime *runtime);
/* An ES module, compiled, with what it imports loaded: of tag module. */
JSValue modules_compile(JSContext *ctx, const char *source, size_t size, const char *file);

struct hooks {
    JSValue rejection;   /* (promise, reason, handled) */
    JSValue normalise;   /* (base, name) -> file name; throws when there is none */
    JSValue load;        /* (name) -> source of an ES module, or [exports] of anything else */
    JSValue import_meta; /* (meta, file name) */
};
extern struct hooks hooks;

#endif
