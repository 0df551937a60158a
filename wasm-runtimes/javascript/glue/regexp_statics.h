/* RegExp.$1 and its like: what the last match of a program's own found. Included by quickjs.c (see
 * patches/40-error-texts.patch), before regular expressions. */

enum { STATICS_GROUPS = 10 };

static struct {
    JSValue input;
    int count;
    int start[STATICS_GROUPS], end[STATICS_GROUPS]; /* -1: took no part */
    int last_start, last_end; /* the last group */
} statics = {JS_UNDEFINED};

/* Whether a program, not the prelude, is matching. */
static bool statics_are_of_program(JSContext *ctx)
{
    static JSAtom prelude;
    for (JSStackFrame *frame = ctx->rt->current_stack_frame; frame != NULL; frame = frame->prev_frame) {
        JSObject *p = JS_VALUE_GET_OBJ(frame->cur_func);
        if (js_class_has_bytecode(p->class_id)) {
            JSAtom file = p->u.func.function_bytecode->filename;
            if (file == prelude) {
                return false;
            }
            if (prelude == JS_ATOM_NULL && frame_is_hidden(ctx, p)) {
                prelude = JS_DupAtom(ctx, file);
                return false;
            }
            return true;
        }
    }
    return false;
}

static void statics_note(JSContext *ctx, JSValueConst input, uint8_t **capture, int count, const uint8_t *text, int shift)
{
    if (!statics_are_of_program(ctx)) {
        return;
    }
    if (!JS_IsString(statics.input) || JS_VALUE_GET_PTR(statics.input) != JS_VALUE_GET_PTR(input)) {
        JS_FreeValue(ctx, statics.input);
        statics.input = JS_DupValue(ctx, input);
    }
    statics.count = count;
    for (int i = 0; i < count; i++) {
        int start = capture[2 * i] ? (int)((capture[2 * i] - text) >> shift) : -1;
        int end = capture[2 * i + 1] ? (int)((capture[2 * i + 1] - text) >> shift) : -1;
        if (i < STATICS_GROUPS) {
            statics.start[i] = start;
            statics.end[i] = end;
        }
        statics.last_start = start;
        statics.last_end = end;
    }
}

enum { STATICS_INPUT = 100, STATICS_LAST_PAREN, STATICS_LEFT, STATICS_RIGHT };

/* 0: the match, 1 to 9: its groups, or one of the above. */
static JSValue statics_get(JSContext *ctx, JSValueConst this_val, int which)
{
    if (!JS_IsString(statics.input)) {
        return js_empty_string(ctx->rt);
    }
    int start = 0, end = JS_VALUE_GET_STRING(statics.input)->len;
    switch (which) {
    case STATICS_INPUT:
        return JS_DupValue(ctx, statics.input);
    case STATICS_LAST_PAREN:
        start = statics.count > 1 ? statics.last_start : -1;
        end = statics.last_end;
        break;
    case STATICS_LEFT:
        end = statics.start[0];
        break;
    case STATICS_RIGHT:
        start = statics.end[0];
        break;
    default:
        start = which < statics.count ? statics.start[which] : -1;
        end = statics.end[which];
    }
    if (start < 0 || end < start) {
        return js_empty_string(ctx->rt);
    }
    return js_sub_string(ctx, JS_VALUE_GET_STRING(statics.input), start, end);
}

static JSValue statics_set(JSContext *ctx, JSValueConst this_val, JSValueConst value, int which)
{
    return JS_UNDEFINED;
}

#define STATICS_DEF(name, which) JS_CGETSET_MAGIC_DEF(name, statics_get, statics_set, which)
#define STATICS_LIST \
    STATICS_DEF("input", STATICS_INPUT), STATICS_DEF("$_", STATICS_INPUT), \
    STATICS_DEF("lastMatch", 0), STATICS_DEF("$&", 0), \
    STATICS_DEF("lastParen", STATICS_LAST_PAREN), STATICS_DEF("$+", STATICS_LAST_PAREN), \
    STATICS_DEF("leftContext", STATICS_LEFT), STATICS_DEF("$`", STATICS_LEFT), \
    STATICS_DEF("rightContext", STATICS_RIGHT), STATICS_DEF("$'", STATICS_RIGHT), \
    STATICS_DEF("$1", 1), STATICS_DEF("$2", 2), STATICS_DEF("$3", 3), STATICS_DEF("$4", 4), STATICS_DEF("$5", 5), \
    STATICS_DEF("$6", 6), STATICS_DEF("$7", 7), STATICS_DEF("$8", 8), STATICS_DEF("$9", 9)
