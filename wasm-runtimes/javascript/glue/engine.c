/* QuickJS-NG as one unit with what has to see its insides: compiling a program as node wraps it,
 * and the views that util.inspect has through V8's API. */
#include "cutils.h"

/* How often the engine itself asked for the time. */
static uint32_t time_asked;

static inline int64_t counted_gettimeofday_us(void)
{
    time_asked++;
    return js__gettimeofday_us();
}

static inline uint64_t counted_hrtime_ns(void)
{
    time_asked++;
    return js__hrtime_ns();
}

#define js__gettimeofday_us counted_gettimeofday_us
#define js__hrtime_ns counted_hrtime_ns
#include "quickjs.c"

#include "engine.h"

/* As __JS_EvalInternal(), for the body of a function with the given parameters. The engine's own
 * way would be to put `(function (…) {` around the source, which moves columns, lets a stray
 * brace close it, and words the errors of an unfinished program differently. */
JSValue engine_compile_function(JSContext *ctx, const char *source, size_t size, const char *file,
                                const char *const *parameters, int parameter_count)
{
    JSParseState state, *s = &state;
    js_parse_init(ctx, s, source, size, file, 1);
    skip_shebang(&s->buf_ptr, s->buf_end);

    JSFunctionDef *fd = js_new_function_def(ctx, NULL, false, false, file, 1, 1);
    if (fd == NULL) {
        return JS_EXCEPTION;
    }
    s->cur_func = fd;
    fd->func_type = JS_PARSE_FUNC_EXPR;
    fd->func_kind = JS_FUNC_NORMAL;
    fd->func_name = JS_ATOM_NULL;
    fd->has_arguments_binding = true;
    fd->has_this_binding = true;
    fd->new_target_allowed = true;
    fd->arguments_allowed = true;
    fd->has_simple_parameter_list = true;
    s->allow_html_comments = true;
    for (int i = 0; i < parameter_count; i++) {
        JSAtom name = JS_NewAtom(ctx, parameters[i]);
        int index = name == JS_ATOM_NULL ? -1 : add_arg(ctx, fd, name);
        JS_FreeAtom(ctx, name);
        if (index < 0) {
            goto fail;
        }
    }
    fd->defined_arg_count = parameter_count;
    fd->in_function_body = true;
    push_scope(s);
    fd->body_scope = fd->scope_level;
    if (next_token(s) || js_parse_directives(s)) {
        goto fail;
    }
    while (s->token.val != TOK_EOF) {
        if (js_parse_source_element(s)) {
            goto fail;
        }
    }
    if (js_is_live_code(s)) {
        emit_return(s, false);
    }
    JSValue function = js_create_function(ctx, fd);
    if (JS_IsException(function)) {
        return function;
    }
    return js_closure(ctx, function, NULL, NULL);

fail:
    free_token(s, &s->token);
    js_free_function_def(ctx, fd);
    return JS_EXCEPTION;
}

void engine_set_explainer(JSContext *ctx, JSValueConst function)
{
    explainer.function = JS_DupValue(ctx, function);
}

JSValue engine_async_context(JSContext *ctx)
{
    return JS_DupValue(ctx, async_context);
}

void engine_set_async_context(JSContext *ctx, JSValueConst value)
{
    JS_FreeValue(ctx, async_context_swap(JS_DupValue(ctx, value)));
}

struct engine_place engine_throw_place(JSContext *ctx, JSValueConst error)
{
    struct engine_place place = {0};
    void *object = JS_IsObject(error) ? JS_VALUE_GET_PTR(error) : NULL;
    if (frame_thrown.file != JS_ATOM_NULL && frame_thrown.object == object) {
        JS_AtomGetStr(ctx, place.file, sizeof(place.file), frame_thrown.file);
        place.line = frame_thrown.line;
        place.column = frame_thrown.column;
    }
    return place;
}

struct engine_place engine_syntax_error_place(void)
{
    struct engine_place place = {.line = frame_syntax_error.line, .column = frame_syntax_error.column};
    memcpy(place.file, frame_syntax_error.file, sizeof(frame_syntax_error.file));
    return place;
}

void engine_forget_syntax_error(void)
{
    frame_syntax_error.line = 0;
}

const char *engine_class_name(JSContext *ctx, JSValueConst value)
{
    static char name[64];
    if (JS_VALUE_GET_TAG(value) != JS_TAG_OBJECT) {
        return "";
    }
    JSObject *p = JS_VALUE_GET_OBJ(value);
    if (js_class_has_bytecode(p->class_id)) {
        switch (p->u.func.function_bytecode->func_kind) {
        case JS_FUNC_ASYNC:
            return "AsyncFunction";
        case JS_FUNC_GENERATOR:
            return "GeneratorFunction";
        case JS_FUNC_ASYNC_GENERATOR:
            return "AsyncGeneratorFunction";
        default:
            return "Function";
        }
    }
    if (p->class_id == JS_CLASS_MODULE_NS) {
        return "Module";
    }
    return JS_AtomGetStr(ctx, name, sizeof(name), ctx->rt->class_array[p->class_id].class_name);
}

static int append(JSContext *ctx, JSValueConst array, uint32_t *count, JSValueConst value)
{
    return JS_DefinePropertyValueUint32(ctx, array, (*count)++, js_dup(value), JS_PROP_C_W_E);
}

/* What is left of an iterator over a Map or Set, or all of a WeakMap or WeakSet, flat. Nothing of
 * it is used up. `*keyed` says whether keys and values alternate. */
JSValue engine_preview_entries(JSContext *ctx, JSValueConst value, bool *keyed)
{
    *keyed = false;
    if (JS_VALUE_GET_TAG(value) != JS_TAG_OBJECT) {
        return JS_UNDEFINED;
    }
    JSObject *p = JS_VALUE_GET_OBJ(value);
    JSMapState *map = NULL;
    struct list_head *element = NULL;
    JSIteratorKindEnum kind = JS_ITERATOR_KIND_KEY;
    if (p->class_id == JS_CLASS_MAP_ITERATOR || p->class_id == JS_CLASS_SET_ITERATOR) {
        JSMapIteratorData *it = p->u.map_iterator_data;
        if (it == NULL || JS_IsUndefined(it->obj)) {
            return JS_NewArray(ctx);
        }
        map = JS_VALUE_GET_OBJ(it->obj)->u.map_state;
        kind = it->kind;
        element = it->cur_record ? it->cur_record->link.next : map->records.next;
    } else if (p->class_id == JS_CLASS_WEAKMAP || p->class_id == JS_CLASS_WEAKSET) {
        map = p->u.map_state;
        kind = p->class_id == JS_CLASS_WEAKMAP ? JS_ITERATOR_KIND_KEY_AND_VALUE : JS_ITERATOR_KIND_KEY;
        element = map->records.next;
    } else {
        return JS_UNDEFINED;
    }
    bool set = p->class_id == JS_CLASS_SET_ITERATOR || p->class_id == JS_CLASS_WEAKSET;
    *keyed = kind == JS_ITERATOR_KIND_KEY_AND_VALUE;
    JSValue array = JS_NewArray(ctx);
    uint32_t count = 0;
    for (; !JS_IsException(array) && element != &map->records; element = element->next) {
        JSMapRecord *record = list_entry(element, JSMapRecord, link);
        if (record->empty) {
            continue;
        }
        if (kind != JS_ITERATOR_KIND_VALUE || set) {
            append(ctx, array, &count, record->key);
        }
        if (kind == JS_ITERATOR_KIND_KEY_AND_VALUE) {
            append(ctx, array, &count, set ? record->key : record->value);
        } else if (kind == JS_ITERATOR_KIND_VALUE && !set) {
            append(ctx, array, &count, record->value);
        }
    }
    return array;
}

static bool is_array_index(JSContext *ctx, JSAtom name)
{
    uint32_t index;
    return JS_AtomIsArrayIndex(ctx, &index, name);
}

JSValue engine_named_keys(JSContext *ctx, JSValueConst value, bool only_enumerable)
{
    JSObject *p = JS_VALUE_GET_OBJ(value);
    JSPropertyEnum *names;
    uint32_t count, kept = 0;
    if (p->class_id == JS_CLASS_PROXY) {
        return JS_UNDEFINED;
    }
    JSValue array = JS_NewArray(ctx);
    if (p->fast_array) {
        /* Its elements are not among the properties: there may be millions. */
        JSShapeProperty *property = get_shape_prop(p->shape);
        for (int pass = 0; pass < 2; pass++) { /* strings before symbols */
            for (int i = 0; i < p->shape->prop_count; i++) {
                JSAtom name = property[i].atom;
                JSAtomKindEnum kind = pass == 0 ? JS_ATOM_KIND_STRING : JS_ATOM_KIND_SYMBOL;
                if (name != JS_ATOM_NULL && JS_AtomGetKind(ctx, name) == kind &&
                    (!only_enumerable || (property[i].flags & JS_PROP_ENUMERABLE))) {
                    JS_DefinePropertyValueUint32(ctx, array, kept++, JS_AtomToValue(ctx, name), JS_PROP_C_W_E);
                }
            }
        }
        return array;
    }
    int flags = JS_GPN_STRING_MASK | JS_GPN_SYMBOL_MASK | (only_enumerable ? JS_GPN_ENUM_ONLY : 0);
    if (JS_GetOwnPropertyNames(ctx, &names, &count, value, flags)) {
        JS_FreeValue(ctx, array);
        return JS_EXCEPTION;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!is_array_index(ctx, names[i].atom)) {
            JS_DefinePropertyValueUint32(ctx, array, kept++, JS_AtomToValue(ctx, names[i].atom), JS_PROP_C_W_E);
        }
    }
    JS_FreePropertyEnum(ctx, names, count);
    return array;
}

void engine_seed_random(JSContext *ctx, uint64_t seed)
{
    ctx->random_state = seed ? seed : 1;
}

size_t engine_memory_used(JSContext *ctx)
{
    return ctx->rt->malloc_state.malloc_size;
}

uint64_t engine_random_state(JSContext *ctx)
{
    return ctx->random_state;
}

uint32_t engine_time_asked(void)
{
    return time_asked;
}

/* Whether everything that `module` imports is loaded. It is not while an importer of it is still
 * being resolved, which a CommonJS module that is loaded for it can observe. `seen` has room for
 * all modules of the context. */
static bool is_complete(JSModuleDef *module, JSModuleDef **seen, size_t *count)
{
    if (module->status != JS_MODULE_STATUS_UNLINKED) {
        return module->status >= JS_MODULE_STATUS_LINKED && module->status != JS_MODULE_STATUS_EVALUATING;
    }
    for (size_t i = 0; i < *count; i++) {
        if (seen[i] == module) {
            return true;
        }
    }
    seen[(*count)++] = module;
    for (int i = 0; i < module->req_module_entries_count; i++) {
        JSModuleDef *required = module->req_module_entries[i].module;
        if (required == NULL || !is_complete(required, seen, count)) {
            return false;
        }
    }
    return true;
}

/* Whether `module` or what it imports has an `await` at its top level. */
static bool awaits(JSModuleDef *module, JSModuleDef **seen, size_t *count)
{
    if (module->has_tla) {
        return true;
    }
    for (size_t i = 0; i < *count; i++) {
        if (seen[i] == module) {
            return false;
        }
    }
    seen[(*count)++] = module;
    for (int i = 0; i < module->req_module_entries_count; i++) {
        if (awaits(module->req_module_entries[i].module, seen, count)) {
            return true;
        }
    }
    return false;
}

JSValue engine_load_module(JSContext *ctx, const char *name, JSValue *namespace, bool *asynchronous)
{
    JSModuleDef *module = js_host_resolve_imported_module(ctx, "", name, JS_UNDEFINED);
    if (module == NULL || js_resolve_module(ctx, module) < 0) {
        return JS_EXCEPTION;
    }
    size_t count = 0;
    struct list_head *each;
    list_for_each(each, &ctx->loaded_modules) {
        count++;
    }
    JSModuleDef **seen = js_malloc(ctx, count * sizeof(*seen));
    if (seen == NULL) {
        return JS_EXCEPTION;
    }
    count = 0;
    bool complete = is_complete(module, seen, &count);
    count = 0;
    *asynchronous = complete && awaits(module, seen, &count);
    js_free(ctx, seen);
    if (!complete) {
        return JS_UNDEFINED;
    }
    JSValue promise = JS_EvalFunction(ctx, JS_NewModuleValue(ctx, module));
    if (JS_IsException(promise)) {
        return promise;
    }
    *namespace = JS_GetModuleNamespace(ctx, module);
    if (JS_IsException(*namespace)) {
        JS_FreeValue(ctx, promise);
        return JS_EXCEPTION;
    }
    return promise;
}

struct engine_string engine_string(JSValueConst value)
{
    struct engine_string result = {0};
    if (JS_VALUE_GET_TAG(value) == JS_TAG_STRING_ROPE) {
        result.length = JS_VALUE_GET_STRING_ROPE(value)->len;
    } else if (JS_VALUE_GET_TAG(value) == JS_TAG_STRING) {
        JSString *string = JS_VALUE_GET_STRING(value);
        result.length = string->len;
        if (string->is_wide_char) {
            result.wide = str16(string);
        } else {
            result.narrow = str8(string);
        }
    }
    return result;
}
