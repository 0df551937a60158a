/* Error texts that name the source, as V8's do ("users.map is not a function"): the prelude is
 * asked for them when such an error is made (node/explain.js). Included by quickjs.c (see
 * patches/70-error-texts.patch), after frames.h.
 *
 * The engine's own wording stays whenever the prelude has no answer, fails, or is already
 * answering. */

/* What is asked for; node/explain.js knows them by these numbers. */
enum explain_kind {
    EXPLAIN_CALL,        /* value that is not a function */
    EXPLAIN_CONSTRUCT,   /* value that is not a constructor */
    EXPLAIN_ITERATE,     /* value that is not iterable */
    EXPLAIN_DESTRUCTURE, /* undefined or null */
    EXPLAIN_JSON,        /* text that is not JSON */
    EXPLAIN_CIRCULAR,    /* array of the objects around the value, and the value */
    EXPLAIN_PATTERN,     /* source of a regular expression, its flags, the engine's text */
    EXPLAIN_SYNTAX,      /* source, what it is to be (0 script, 1 module, 2 function), the engine's text */
    EXPLAIN_VALUE,       /* value: as it is called in messages */
    EXPLAIN_TRAP,        /* name of a proxy's trap and the key */
};

static struct {
    JSValue function;
    bool answering;
} explainer = {JS_UNDEFINED, false};

/* The text for an error of this kind, NULL if there is none. To be freed with JS_FreeCString(). */
static const char *explain(JSContext *ctx, enum explain_kind kind, int count, JSValueConst *values)
{
    enum { FIXED = 4, MOST = 3 };
    JSRuntime *rt = ctx->rt;
    if (explainer.answering || JS_IsUndefined(explainer.function)) {
        return NULL;
    }
    JSStackFrame *frame = rt->current_stack_frame;
    JSValue arguments[FIXED + MOST] = {js_int32(kind), JS_UNDEFINED, js_int32(0), js_int32(0)};
    if (frame != NULL && JS_IsObject(frame->cur_func)) {
        JSObject *p = JS_VALUE_GET_OBJ(frame->cur_func);
        if (js_class_has_bytecode(p->class_id)) {
            JSFunctionBytecode *b = p->u.func.function_bytecode;
            if (frame_is_hidden(ctx, p)) {
                return NULL;
            }
            if (frame->cur_pc != NULL) {
                int line, column;
                line = find_line_num(ctx, b, frame->cur_pc - b->byte_code_buf - 1, &column);
                arguments[1] = JS_AtomToString(ctx, b->filename);
                arguments[2] = js_int32(line);
                arguments[3] = js_int32(column);
            }
        }
    }
    for (int i = 0; i < count && i < MOST; i++) {
        arguments[FIXED + i] = unsafe_unconst(values[i]);
    }
    explainer.answering = true;
    JSValue pending = rt->current_exception;
    rt->current_exception = JS_UNINITIALIZED;
    JSValue text = JS_Call(ctx, explainer.function, JS_UNDEFINED, FIXED + min_int(count, MOST), (JSValueConst *)arguments);
    const char *answer = NULL;
    if (frame_is_text(text)) {
        answer = JS_ToCString(ctx, text);
    }
    JS_FreeValue(ctx, text);
    if (JS_HasException(ctx)) {
        JS_FreeValue(ctx, JS_GetException(ctx));
    }
    rt->current_exception = pending;
    JS_FreeValue(ctx, arguments[1]);
    explainer.answering = false;
    return answer;
}

/* Throws a TypeError with the text for `value`, or with the engine's own. */
static JSValue explain_type_error(JSContext *ctx, enum explain_kind kind, JSValueConst value, const char *otherwise)
{
    const char *text = explain(ctx, kind, 1, &value);
    JS_ThrowTypeError(ctx, "%s", text ? text : otherwise);
    JS_FreeCString(ctx, text);
    return JS_EXCEPTION;
}

/* As a value is called in messages, for JS_ThrowTypeError() and the like; to be freed. */
static const char *explain_value(JSContext *ctx, JSValueConst value)
{
    return explain(ctx, EXPLAIN_VALUE, 1, &value);
}

/* Rewords the SyntaxError that is pending. */
static void explain_syntax_error(JSContext *ctx, enum explain_kind kind, int count, JSValueConst *values)
{
    JSValue error = JS_GetException(ctx);
    if (JS_IsObject(error)) {
        JSValueConst message = frame_data_property(ctx, JS_VALUE_GET_OBJ(error), JS_ATOM_message);
        JSValueConst all[3] = {JS_UNDEFINED, JS_UNDEFINED, message};
        for (int i = 0; i < count; i++) {
            all[i] = values[i];
        }
        const char *text = explain(ctx, kind, 3, all);
        if (text != NULL) {
            JS_DefinePropertyValue(ctx, error, JS_ATOM_message, JS_NewString(ctx, text),
                                   JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
            JS_FreeCString(ctx, text);
        }
    }
    JS_Throw(ctx, error);
}

/* Throws a TypeError about a property: `format` has a place for its name and, unless `value` is
 * undefined, one for the object, which is called `otherwise` when the prelude has no answer. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void explain_property_error(JSContext *ctx, const char *format, const char *otherwise, JSAtom name, JSValueConst value)
{
    char buffer[FRAME_TEXT_SIZE];
    const char *object = JS_IsUndefined(value) ? NULL : explain_value(ctx, value);
    const char *key = JS_AtomGetStr(ctx, buffer, sizeof(buffer), name);
    char symbol[FRAME_TEXT_SIZE + 16];
    if (JS_AtomGetKind(ctx, name) == JS_ATOM_KIND_SYMBOL) {
        snprintf(symbol, sizeof(symbol), "Symbol(%s)", key);
        key = symbol;
    }
    JS_ThrowTypeError(ctx, format, key, object ? object : otherwise);
    JS_FreeCString(ctx, object);
}
#pragma GCC diagnostic pop

/* Throws what an iterator's result that is no object comes to. */
static void explain_iterator_result(JSContext *ctx, JSValueConst result)
{
    const char *name = explain_value(ctx, result);
    JS_ThrowTypeError(ctx, "Iterator result %s is not an object", name ? name : "given");
    JS_FreeCString(ctx, name);
}
