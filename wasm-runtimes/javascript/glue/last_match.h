/* RegExp.$1, RegExp.lastMatch and their kin: what V8 keeps of the last match. Included by quickjs.c
 * (see patches/50-last-match.patch). Matches that the prelude makes for itself do not count. */
#ifndef BELLJAR_LAST_MATCH_H
#define BELLJAR_LAST_MATCH_H

enum { LAST_MATCH_GROUPS = 10 };
/* What the accessors ask for, besides the groups from 1 on. */
enum { LAST_MATCH_WHOLE = 0, LAST_MATCH_LAST_GROUP = -1, LAST_MATCH_BEFORE = -2, LAST_MATCH_AFTER = -3, LAST_MATCH_INPUT = -4 };

static struct {
    JSValue subject; /* what was searched; owned */
    JSValue input;   /* the same, or what a program assigned to RegExp.input; owned */
    struct {
        uint32_t start, end;
    } groups[LAST_MATCH_GROUPS], last_group;
} last_match = {.subject = JS_UNDEFINED, .input = JS_UNDEFINED};

/* Whether the innermost function that is not the engine's own is one of the prelude's. */
static bool last_match_is_hidden(JSContext *ctx)
{
    static JSAtom known = JS_ATOM_NULL;
    static bool known_hidden;
    for (JSStackFrame *frame = ctx->rt->current_stack_frame; frame != NULL; frame = frame->prev_frame) {
        JSObject *function = JS_VALUE_GET_OBJ(frame->cur_func);
        if (!js_class_has_bytecode(function->class_id)) {
            continue;
        }
        JSAtom file = function->u.func.function_bytecode->filename;
        if (file == JS_ATOM_NULL || file != known) {
            JS_FreeAtom(ctx, known);
            known = JS_DupAtom(ctx, file);
            known_hidden = file == JS_ATOM_NULL || frame_file_is_hidden(ctx, file);
        }
        return known_hidden;
    }
    return true;
}

static void last_match_set(JSContext *ctx, JSString *subject, uint8_t **captures, int count, int shift)
{
    if (last_match_is_hidden(ctx)) {
        return;
    }
    JSValue value = JS_MKPTR(JS_TAG_STRING, subject);
    JS_FreeValue(ctx, last_match.subject);
    JS_FreeValue(ctx, last_match.input);
    last_match.subject = js_dup(value);
    last_match.input = js_dup(value);
    memset(last_match.groups, 0, sizeof(last_match.groups));
    memset(&last_match.last_group, 0, sizeof(last_match.last_group));
    for (int i = 0; i < count; i++) {
        uint8_t *start = captures[2 * i], *end = captures[2 * i + 1];
        bool matched = start != NULL && end != NULL;
        uint32_t first = matched ? (start - str8(subject)) >> shift : 0;
        uint32_t last = matched ? (end - str8(subject)) >> shift : 0;
        if (i < LAST_MATCH_GROUPS) {
            last_match.groups[i].start = first;
            last_match.groups[i].end = last;
        }
        if (i > 0) {
            last_match.last_group.start = first;
            last_match.last_group.end = last;
        }
    }
}

static JSValue js_regexp_get_last_match(JSContext *ctx, JSValueConst this_val, int which)
{
    if (JS_IsUndefined(last_match.input)) {
        return JS_AtomToString(ctx, JS_ATOM_empty_string);
    }
    if (which == LAST_MATCH_INPUT) {
        return js_dup(last_match.input);
    }
    if (JS_IsUndefined(last_match.subject)) {
        return JS_AtomToString(ctx, JS_ATOM_empty_string);
    }
    JSString *subject = JS_VALUE_GET_STRING(last_match.subject);
    switch (which) {
    case LAST_MATCH_LAST_GROUP:
        return js_sub_string(ctx, subject, last_match.last_group.start, last_match.last_group.end);
    case LAST_MATCH_BEFORE:
        return js_sub_string(ctx, subject, 0, last_match.groups[0].start);
    case LAST_MATCH_AFTER:
        return js_sub_string(ctx, subject, last_match.groups[0].end, subject->len);
    default:
        return js_sub_string(ctx, subject, last_match.groups[which].start, last_match.groups[which].end);
    }
}

/* Only RegExp.input can be set; assignments to the others have no effect. */
static JSValue js_regexp_set_last_match(JSContext *ctx, JSValueConst this_val, JSValueConst value, int which)
{
    if (which == LAST_MATCH_INPUT) {
        JSValue text = JS_ToString(ctx, value);
        if (JS_IsException(text)) {
            return text;
        }
        JS_FreeValue(ctx, last_match.input);
        last_match.input = text;
    }
    return JS_UNDEFINED;
}

#define LAST_MATCH_DEF(name, which) \
    JS_CGETSET_MAGIC_DEF(name, js_regexp_get_last_match, js_regexp_set_last_match, which)

#endif
