/* What needs to see the insides of promises: the async functions that wait for one that throws, in
 * stack traces, and the context that AsyncLocalStorage carries along. Included by quickjs.c (see
 * patches/70-error-texts.patch), after the types of promises. */

/* The async function that waits for the promise of this one, if it does so first. */
static JSAsyncFunctionData *frame_awaiting(JSAsyncFunctionData *waited)
{
    JSValue resolve = waited->resolving_funcs[0];
    if (!JS_IsObject(resolve) || JS_VALUE_GET_OBJ(resolve)->class_id != JS_CLASS_PROMISE_RESOLVE_FUNCTION) {
        return NULL;
    }
    JSPromiseFunctionData *function = JS_VALUE_GET_OBJ(resolve)->u.promise_function_data;
    JSPromiseData *promise = function ? JS_GetOpaque(function->promise, JS_CLASS_PROMISE) : NULL;
    if (promise == NULL || list_empty(&promise->promise_reactions[0])) {
        return NULL;
    }
    JSPromiseReactionData *first = list_entry(promise->promise_reactions[0].next, JSPromiseReactionData, link);
    if (!JS_IsObject(first->handler) || JS_VALUE_GET_OBJ(first->handler)->class_id != JS_CLASS_ASYNC_FUNCTION_RESOLVE) {
        return NULL;
    }
    JSAsyncFunctionData *waiting = JS_VALUE_GET_OBJ(first->handler)->u.async_function_data;
    return waiting != NULL && waiting->is_active ? waiting : NULL;
}

/* Lines for those that wait for `frame`, the outermost one of a stack, if it is an async
 * function's that has been resumed. */
static void frame_print_awaiting(JSContext *ctx, DynBuf *out, JSStackFrame *frame, uint32_t count, uint32_t limit)
{
    JSObject *p = JS_VALUE_GET_OBJ(frame->cur_func);
    if (!js_class_has_bytecode(p->class_id) || p->u.func.function_bytecode->func_kind != JS_FUNC_ASYNC) {
        return;
    }
    JSAsyncFunctionData *at = container_of(frame, JSAsyncFunctionData, func_state.frame);
    while (count++ < limit && (at = frame_awaiting(at)) != NULL) {
        JSStackFrame *waiting = &at->func_state.frame;
        JSObject *function = JS_VALUE_GET_OBJ(waiting->cur_func);
        if (!js_class_has_bytecode(function->class_id) || frame_is_hidden(ctx, function)) {
            return;
        }
        size_t before = out->size;
        frame_print(ctx, out, waiting, function->u.func.function_bytecode);
        /* `at async name (…)` */
        static const char start[] = "\n    at ", word[] = "async ";
        if (out->size > before + sizeof(start) - 1 && dbuf_put(out, (const uint8_t *)word, sizeof(word) - 1) == 0) {
            uint8_t *text = out->buf + before + sizeof(start) - 1;
            memmove(text + sizeof(word) - 1, text, out->size - before - (sizeof(start) - 1) - (sizeof(word) - 1));
            memcpy(text, word, sizeof(word) - 1);
        }
    }
}

/* What AsyncLocalStorage holds: carried from where a reaction is added to where it runs. */
static JSValue async_context = JS_UNDEFINED;

/* Makes `value` current and returns what was, to be freed or given back. */
static JSValue async_context_swap(JSValue value)
{
    JSValue before = async_context;
    async_context = value;
    return before;
}
