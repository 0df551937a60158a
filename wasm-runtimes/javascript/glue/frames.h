/* Stack traces as V8 writes them. Included by quickjs.c (see patches/30-frames.patch), before
 * build_backtrace().
 *
 * Frames of files whose name begins with "node:" (the prelude) are not shown: a program sees its
 * own frames only. */

/* Room for a file or function name; longer ones are cut. */
enum { FRAME_TEXT_SIZE = 512 };

/* Where the last `throw` statement stood, and what it threw: what node points its caret at. */
static struct {
    JSAtom file;
    int line, column;
    void *object;
} frame_thrown;

/* Where the last syntax error was found. */
static struct {
    int line, column;
    char file[256];
} frame_syntax_error;

static void frame_set_throw(JSContext *ctx, JSFunctionBytecode *b, uint8_t *pc, JSValueConst value)
{
    void *object = JS_IsObject(value) ? JS_VALUE_GET_PTR(value) : NULL;
    uint32_t at = pc - b->byte_code_buf - 1;
    if (b->filename == JS_ATOM_NULL) {
        return;
    }
    frame_thrown.line = find_line_num(ctx, b, at, &frame_thrown.column);
    if (frame_thrown.file != b->filename) { /* which may be freed with its function */
        JS_FreeAtom(ctx, frame_thrown.file);
        frame_thrown.file = JS_DupAtom(ctx, b->filename);
    }
    frame_thrown.object = object;
}

static void frame_set_syntax_error(JSContext *ctx, const char *file, int line, int column)
{
    (void)ctx;
    frame_syntax_error.line = line;
    frame_syntax_error.column = column;
    snprintf(frame_syntax_error.file, sizeof(frame_syntax_error.file), "%s", file);
}

static int JS_AutoInitProperty(JSContext *ctx, JSObject *p, JSAtom prop, JSProperty *pr, JSShapeProperty *prs);
static int JS_DefineAutoInitProperty(JSContext *ctx, JSValueConst this_obj, JSAtom prop, JSAutoInitIDEnum id, void *opaque, int flags);

/* The value of a plain data property of an object or its prototypes; runs no code. Not owned. */
static JSValueConst frame_data_property(JSContext *ctx, JSObject *p, JSAtom name)
{
    for (int depth = 0; p != NULL && depth < 1000; depth++) {
        JSProperty *property;
        JSShapeProperty *shape;
        if (p->class_id == JS_CLASS_PROXY) {
            return JS_UNDEFINED;
        }
        shape = find_own_property(&property, p, name);
        if (shape != NULL) {
            if ((shape->flags & JS_PROP_TMASK) == JS_PROP_AUTOINIT && js_autoinit_get_id(property) == JS_AUTOINIT_ID_PROP &&
                JS_AutoInitProperty(ctx, p, name, property, shape) == 0) {
                shape = find_own_property(&property, p, name); /* the engine's own, such as JSON's tag */
            }
            return (shape->flags & JS_PROP_TMASK) == JS_PROP_NORMAL ? property->u.value : JS_UNDEFINED;
        }
        p = p->shape->proto;
    }
    return JS_UNDEFINED;
}

static bool frame_is_text(JSValueConst value)
{
    int tag = JS_VALUE_GET_TAG(value);
    return tag == JS_TAG_STRING || tag == JS_TAG_STRING_ROPE;
}

/* `Name: message`, as String(error) would be without running anyone's code. */
static void frame_print_header(JSContext *ctx, DynBuf *out, JSValueConst error)
{
    if (JS_VALUE_GET_TAG(error) != JS_TAG_OBJECT) {
        return;
    }
    JSObject *p = JS_VALUE_GET_OBJ(error);
    JSValueConst name = frame_data_property(ctx, p, JS_ATOM_name);
    JSValueConst message = frame_data_property(ctx, p, JS_ATOM_message);
    size_t name_size = 5, message_size = 0;
    const char *name_text = frame_is_text(name) ? JS_ToCStringLen(ctx, &name_size, name) : NULL;
    const char *message_text = frame_is_text(message) ? JS_ToCStringLen(ctx, &message_size, message) : NULL;
    if (name_text == NULL) {
        name_size = 5;
    }
    dbuf_put(out, name_text ? (const uint8_t *)name_text : (const uint8_t *)"Error", name_size);
    if (message_text != NULL && message_size != 0) {
        if (name_size != 0) {
            dbuf_putstr(out, ": ");
        }
        dbuf_put(out, (const uint8_t *)message_text, message_size);
    }
    JS_FreeCString(ctx, name_text);
    JS_FreeCString(ctx, message_text);
}

static bool frame_file_is_hidden(JSContext *ctx, JSAtom file)
{
    char name[FRAME_TEXT_SIZE];
    return file != JS_ATOM_NULL && strncmp(JS_AtomGetStr(ctx, name, sizeof(name), file), "node:", 5) == 0;
}

static bool frame_is_hidden(JSContext *ctx, JSObject *function)
{
    if (js_class_has_bytecode(function->class_id)) {
        JSFunctionBytecode *b = function->u.func.function_bytecode;
        return b->filename == JS_ATOM_NULL || frame_file_is_hidden(ctx, b->filename);
    }
    if (function->class_id != JS_CLASS_C_FUNCTION) {
        return true;
    }
    /* V8 calls on without a frame of their own. */
    if (function->u.cfunc.c_function.generic == js_function_call ||
        function->u.cfunc.c_function.generic_magic == js_function_apply) {
        return true;
    }
    const char *name = get_func_name(ctx, JS_MKPTR(JS_TAG_OBJECT, function));
    bool hidden = name != NULL && name[0] == '[';
    JS_FreeCString(ctx, name);
    return hidden;
}

/* The class of a receiver as V8 names it; NULL if it is none to be shown. */
static const char *frame_type_name(JSContext *ctx, JSStackFrame *frame)
{
    JSValueConst receiver = frame->this_obj;
    switch (JS_VALUE_GET_NORM_TAG(receiver)) {
    case JS_TAG_STRING:
    case JS_TAG_STRING_ROPE:
        return "String";
    case JS_TAG_INT:
    case JS_TAG_FLOAT64:
        return "Number";
    case JS_TAG_BOOL:
        return "Boolean";
    case JS_TAG_SYMBOL:
        return "Symbol";
    case JS_TAG_OBJECT:
        break;
    default:
        return NULL;
    }
    JSObject *p = JS_VALUE_GET_OBJ(receiver);
    if (js_same_value(ctx, receiver, ctx->global_obj)) {
        return NULL;
    }
    if (p->class_id == JS_CLASS_C_FUNCTION) {
        return "Function";
    }
    if (JS_IsFunction(ctx, receiver)) {
        const char *name = get_func_name(ctx, receiver);
        return name != NULL && name[0] != 0 ? name : "Function";
    }
    JSValueConst tag = frame_data_property(ctx, p, JS_ATOM_Symbol_toStringTag);
    if (frame_is_text(tag)) {
        return JS_ToCString(ctx, tag);
    }
    JSValueConst constructor = frame_data_property(ctx, p, JS_ATOM_constructor);
    const char *name = NULL;
    if (JS_IsObject(constructor)) {
        name = get_func_name(ctx, constructor);
    }
    return name != NULL && name[0] != 0 ? name : "Object";
}

/* The name of the property under which a receiver holds the function, if it is not its own name. */
static JSAtom frame_method_name(JSStackFrame *frame)
{
    enum { MOST_PROPERTIES = 200, MOST_PROTOTYPES = 4 };
    if (JS_VALUE_GET_TAG(frame->this_obj) != JS_TAG_OBJECT) {
        return JS_ATOM_NULL;
    }
    JSObject *p = JS_VALUE_GET_OBJ(frame->this_obj);
    void *function = JS_VALUE_GET_PTR(frame->cur_func);
    for (int depth = 0; p != NULL && depth < MOST_PROTOTYPES; depth++) {
        JSShapeProperty *shape = get_shape_prop(p->shape);
        int count = min_int(p->shape->prop_count, MOST_PROPERTIES);
        for (int i = 0; i < count; i++) {
            if (shape[i].atom == JS_ATOM_NULL || (shape[i].flags & JS_PROP_TMASK) != JS_PROP_NORMAL) {
                continue;
            }
            JSValueConst value = p->prop[i].u.value;
            if (JS_VALUE_GET_TAG(value) == JS_TAG_OBJECT && JS_VALUE_GET_PTR(value) == function) {
                return shape[i].atom;
            }
        }
        p = p->shape->proto;
    }
    return JS_ATOM_NULL;
}

static void frame_print_name(JSContext *ctx, DynBuf *out, JSStackFrame *frame, const char *name)
{
    const char *type = frame_type_name(ctx, frame);
    if (type == NULL) {
        dbuf_putstr(out, name);
        return;
    }
    char buffer[FRAME_TEXT_SIZE];
    JSAtom method = frame_method_name(frame);
    const char *method_name = NULL;
    if (method != JS_ATOM_NULL) {
        method_name = JS_AtomGetStr(ctx, buffer, sizeof(buffer), method);
    }
    if (name[0] == 0) {
        dbuf_printf(out, "%s.%s", type, method_name ? method_name : "<anonymous>");
        return;
    }
    if (strncmp(name, "get ", 4) == 0 || strncmp(name, "set ", 4) == 0) {
        dbuf_printf(out, "%s [as %s]", name, name + 4);
        return;
    }
    if (strncmp(name, type, strlen(type)) != 0) {
        dbuf_printf(out, "%s.", type);
    }
    dbuf_putstr(out, name);
    size_t name_size = strlen(name), method_size = method_name ? strlen(method_name) : 0;
    if (method_size != 0 &&
        (method_size > name_size || strcmp(name + name_size - method_size, method_name) != 0)) {
        dbuf_printf(out, " [as %s]", method_name);
    }
}

/* One line of a stack trace, with the line break before it. */
static void frame_print(JSContext *ctx, DynBuf *out, JSStackFrame *frame, JSFunctionBytecode *b)
{
    const char *own_name = get_func_name(ctx, frame->cur_func);
    const char *name = own_name ? own_name : "";
    if (name[0] == '<') { /* the engine's own, as `<eval>` for a module */
        name = "";
    }
    char place[FRAME_TEXT_SIZE + 32] = "<anonymous>";
    if (b != NULL && frame->cur_pc != NULL) {
        char file[FRAME_TEXT_SIZE];
        int line, column;
        line = find_line_num(ctx, b, frame->cur_pc - b->byte_code_buf - 1, &column);
        snprintf(place, sizeof(place), "%s:%d:%d", JS_AtomGetStr(ctx, file, sizeof(file), b->filename), line, column);
    } else if (b != NULL) {
        char file[FRAME_TEXT_SIZE];
        snprintf(place, sizeof(place), "%s:%d:%d", JS_AtomGetStr(ctx, file, sizeof(file), b->filename), b->line_num, b->col_num);
    }
    dbuf_putstr(out, "\n    at ");
    if (frame->is_constructor) {
        dbuf_printf(out, "new %s (%s)", name[0] ? name : "<anonymous>", place);
    } else {
        size_t before = out->size;
        frame_print_name(ctx, out, frame, name);
        if (out->size == before) {
            dbuf_putstr(out, place);
        } else {
            dbuf_printf(out, " (%s)", place);
        }
    }
    JS_FreeCString(ctx, own_name);
}

/* Whether the prelude, not a program, called this function of the engine. */
static bool frame_is_called_by_prelude(JSContext *ctx, JSStackFrame *frame)
{
    if (js_class_has_bytecode(JS_VALUE_GET_OBJ(frame->cur_func)->class_id)) {
        return false;
    }
    for (JSStackFrame *caller = frame->prev_frame; caller != NULL; caller = caller->prev_frame) {
        JSObject *p = JS_VALUE_GET_OBJ(caller->cur_func);
        if (js_class_has_bytecode(p->class_id)) {
            return frame_is_hidden(ctx, p);
        }
    }
    return true;
}

/* Where the stack of an error begins: V8 leaves out the constructors of the error's own classes,
 * up to the one that `new` was said of. */
static JSStackFrame *frame_after_constructors(JSStackFrame *top, int flags, JSValueConst new_target)
{
    if (flags & JS_BACKTRACE_FLAG_FILTER_FUNC || !JS_IsObject(new_target) || top == NULL) {
        return top;
    }
    for (JSStackFrame *frame = top->prev_frame; frame != NULL && frame->is_constructor; frame = frame->prev_frame) {
        if (JS_VALUE_GET_PTR(frame->cur_func) == JS_VALUE_GET_PTR(new_target)) {
            return frame; /* the caller leaves out the first one */
        }
    }
    return top;
}

/* The `stack` of an error is made when it is first looked at, as in node: from its name and message
 * of that time, and the frames of its making, which are kept in the error. */
static void frame_define_stack(JSContext *ctx, JSValueConst error)
{
    JS_DefineAutoInitProperty(ctx, error, JS_ATOM_stack, JS_AUTOINIT_ID_STACK, NULL,
                              JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
}

/* Takes `frames`. */
static void frame_store_stack(JSContext *ctx, JSValueConst error, JSValue frames)
{
    JSObject *p = JS_VALUE_GET_OBJ(error);
    JSProperty *property;
    JSShapeProperty *shape = find_own_property(&property, p, JS_ATOM_stack);
    JS_FreeValue(ctx, p->u.object_data);
    p->u.object_data = frames;
    if (shape == NULL) {
        frame_define_stack(ctx, error);
    }
}

static JSValue frame_stack_autoinit(JSContext *ctx, JSObject *p, JSAtom name, void *opaque)
{
    JSValueConst error = JS_MKPTR(JS_TAG_OBJECT, p);
    DynBuf text;
    js_dbuf_init(ctx, &text);
    frame_print_header(ctx, &text, error);
    JSValue header = JS_NewStringLen(ctx, (char *)text.buf, text.size);
    dbuf_free(&text);
    if (!frame_is_text(p->u.object_data)) {
        return header;
    }
    return JS_ConcatString(ctx, header, JS_DupValue(ctx, p->u.object_data));
}

/* Whether an error of this kind is pending. */
static bool frame_pending_is(JSContext *ctx, JSErrorEnum kind)
{
    JSValue error = ctx->rt->current_exception;
    return JS_IsObject(error) && JS_VALUE_GET_OBJ(error)->class_id == JS_CLASS_ERROR &&
        JS_VALUE_GET_OBJ(error)->shape->proto == JS_VALUE_GET_OBJ(ctx->native_error_proto[kind]);
}

/* In frames_async.h. */
static void frame_print_awaiting(JSContext *ctx, DynBuf *out, JSStackFrame *frame, uint32_t count, uint32_t limit);
