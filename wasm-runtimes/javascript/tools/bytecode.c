/* Runs on the building machine: compiles the prelude to bytecode without its source.
 *
 *   bytecode IN.js OUT FILE_NAME
 */
#include <stdio.h>
#include <stdlib.h>

#include "quickjs.h"

/* Fuel is counted in the guest only. */
void belljar_charge(uint32_t units)
{
    (void)units;
}

/* The building machine's stack is deep enough. */
int32_t belljar_stack_left(void)
{
    return INT32_MAX;
}

void belljar_give_up_reserve(void)
{
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: bytecode IN.js OUT FILE_NAME\n");
        return 2;
    }
    FILE *in = fopen(argv[1], "rb");
    if (in == NULL) {
        perror(argv[1]);
        return 1;
    }
    fseek(in, 0, SEEK_END);
    size_t size = ftell(in);
    rewind(in);
    char *source = calloc(1, size + 1);
    if (fread(source, 1, size, in) != size) {
        perror(argv[1]);
        return 1;
    }
    JSRuntime *runtime = JS_NewRuntime();
    JSContext *ctx = JS_NewContext(runtime);
    JSValue function = JS_Eval(ctx, source, size, argv[3], JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY);
    if (JS_IsException(function)) {
        JSValue error = JS_GetException(ctx);
        fprintf(stderr, "%s: %s\n", argv[1], JS_ToCString(ctx, error));
        return 1;
    }
    int flags = JS_WRITE_OBJ_BYTECODE | JS_WRITE_OBJ_STRIP_SOURCE;
    size_t length;
    uint8_t *bytes = JS_WriteObject(ctx, &length, function, flags);
    FILE *out = fopen(argv[2], "wb");
    if (bytes == NULL || out == NULL || fwrite(bytes, 1, length, out) != length || fclose(out)) {
        perror(argv[2]);
        return 1;
    }
    return 0;
}
