/* What the files of this folder share: they give the prelude ICU, as thin functions of the object
 * `native.intl`. Reading options, and everything else that ECMA-402 says about JavaScript values,
 * is node/intl's; what ICU knows about languages stays here. */
#ifndef BELLJAR_INTL_H
#define BELLJAR_INTL_H

#include <string>

#include <unicode/formattedvalue.h>
#include <unicode/locid.h>
#include <unicode/strenum.h>
#include <unicode/unistr.h>

#include "quickjs.h"

#define INTL(name) static JSValue name(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
#define INTL_FUNCTIONS(name, list) \
    const struct functions name = {list, sizeof(list) / sizeof(list[0])}

struct functions {
    const JSCFunctionListEntry *list;
    int count;
};
extern const struct functions locale_functions, number_functions, date_functions, text_functions;

/* What ICU made, kept by an object of JavaScript: freed with it. */
struct Handle {
    virtual ~Handle() = default;
};
JSValue new_handle(JSContext *ctx, Handle *handle);
Handle *get_handle(JSValueConst value);
template <class T> T *handle(JSValueConst value)
{
    return static_cast<T *>(get_handle(value));
}

/* A JavaScript string as UTF-16, without a copy where the engine holds it so. */
class Text {
  public:
    Text(JSContext *ctx, JSValueConst value);
    ~Text();
    Text(const Text &) = delete;
    const char16_t *data() const { return units; }
    int32_t length() const { return size; }
    icu::UnicodeString string() const { return icu::UnicodeString(units, size); }

  private:
    static constexpr size_t SMALL = 256;
    JSContext *ctx;
    const uint16_t *held = nullptr;
    const char16_t *units;
    int32_t size;
    char16_t narrow[SMALL];
};

/* An ASCII argument: a tag, a keyword, a number. Empty for undefined. */
std::string ascii(JSContext *ctx, JSValueConst value);
int32_t integer(JSContext *ctx, JSValueConst value);
icu::Locale locale_of(JSContext *ctx, JSValueConst tag);

JSValue to_js(JSContext *ctx, const icu::UnicodeString &text);
JSValue to_js(JSContext *ctx, const std::string &text);
/* The strings that are left, as BCP 47 values of `key` if there is one. */
JSValue to_js(JSContext *ctx, icu::StringEnumeration *strings, const char *key);
/* [text, category, field, start, end, category, …] */
JSValue to_js(JSContext *ctx, const icu::FormattedValue &value);
void append(JSContext *ctx, JSValue array, uint32_t *count, int32_t number);
JSValue failure(JSContext *ctx, UErrorCode status);

#endif
