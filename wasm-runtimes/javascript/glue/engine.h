/* What engine.c adds to QuickJS's own API. */
#ifndef BELLJAR_ENGINE_H
#define BELLJAR_ENGINE_H

#include "quickjs.h"

/* A place in a source text; line 0 when there is none. */
struct engine_place {
    int line, column;
    char file[512];
};

/* The function whose body is `source` (NUL-terminated), sloppy unless it says otherwise. */
JSValue engine_compile_function(JSContext *ctx, const char *source, size_t size, const char *file,
                                const char *const *parameters, int parameter_count);

/* Where the last `throw` statement stood, if it threw `error`. */
struct engine_place engine_throw_place(JSContext *ctx, JSValueConst error);

/* Where the last syntax error was found. */
struct engine_place engine_syntax_error_place(void);
void engine_forget_syntax_error(void);

/* What AsyncLocalStorage holds: the engine carries it along with promises. */
JSValue engine_async_context(JSContext *ctx);
void engine_set_async_context(JSContext *ctx, JSValueConst value);

/* Whom to ask for error texts that name the source: see explain.h. */
void engine_set_explainer(JSContext *ctx, JSValueConst function);

/* The internal class of an object, as `Map Iterator`; empty for what is none. Valid until the next
 * call. */
const char *engine_class_name(JSContext *ctx, JSValueConst value);

JSValue engine_preview_entries(JSContext *ctx, JSValueConst value, bool *keyed);

/* The keys of an object's own properties that are no array indices; all of them, or those that are
 * enumerable. Undefined for a proxy. */
JSValue engine_named_keys(JSContext *ctx, JSValueConst value, bool only_enumerable);

void engine_seed_random(JSContext *ctx, uint64_t seed);

/* Changes with every number that Math.random gives. */
uint64_t engine_random_state(JSContext *ctx);

/* How often the engine itself asked for the time, as `Date` does. */
uint32_t engine_time_asked(void);

/* Loads, links and evaluates the ES module `name`: the promise of its evaluation, its namespace, and
 * whether it or what it imports awaits; undefined when it is being loaded or evaluated already. */
JSValue engine_load_module(JSContext *ctx, const char *name, JSValue *module_namespace, bool *asynchronous);

/* Bytes the engine holds. */
size_t engine_memory_used(JSContext *ctx);

/* A string's units where the engine holds them: 8 bits or 16 bits each. Neither for a string that
 * is still in pieces; the length counts all the same. Valid as long as the string. */
struct engine_string {
    const uint8_t *narrow;
    const uint16_t *wide;
    size_t length;
};
struct engine_string engine_string(JSValueConst value);

#endif
