/* Text: collation, segments, lists, case, names of things. */
#include <memory>
#include <vector>

#include <unicode/brkiter.h>
#include <unicode/coll.h>
#include <unicode/listformatter.h>
#include <unicode/locdspnm.h>
#include <unicode/ubrk.h>

#include "intl.h"

namespace {

struct Collator : Handle {
    std::unique_ptr<icu::Collator> collator;
};

struct Segmenter : Handle {
    std::unique_ptr<icu::BreakIterator> breaks;
};

/* An iterator over one text, which it keeps. */
struct Segments : Handle {
    icu::UnicodeString text;
    std::unique_ptr<icu::BreakIterator> breaks;
};

struct ListFormat : Handle {
    std::unique_ptr<icu::ListFormatter> formatter;
};

struct DisplayNames : Handle {
    std::unique_ptr<icu::LocaleDisplayNames> names;
};

} // namespace

/* collator(tag, sensitivity, ignore punctuation, numeric, case first): each an attribute's value or
 * undefined for the locale's own; sensitivity 0 base, 1 accent, 2 case, 3 variant */
INTL(collator)
{
    UErrorCode status = U_ZERO_ERROR;
    icu::Locale locale = locale_of(ctx, argv[0]);
    auto made = std::make_unique<Collator>();
    made->collator.reset(icu::Collator::createInstance(locale, status));
    if (U_FAILURE(status)) {
        status = U_ZERO_ERROR;
        made->collator.reset(icu::Collator::createInstance(icu::Locale(locale.getBaseName()), status));
    }
    if (U_FAILURE(status)) {
        return failure(ctx, status);
    }
    if (!JS_IsUndefined(argv[1])) {
        static const UCollationStrength strengths[] = {UCOL_PRIMARY, UCOL_SECONDARY, UCOL_PRIMARY, UCOL_TERTIARY};
        int32_t sensitivity = integer(ctx, argv[1]);
        made->collator->setStrength(static_cast<icu::Collator::ECollationStrength>(strengths[sensitivity]));
        if (sensitivity == 2) {
            made->collator->setAttribute(UCOL_CASE_LEVEL, UCOL_ON, status);
        }
    }
    const UColAttribute attributes[] = {UCOL_ALTERNATE_HANDLING, UCOL_NUMERIC_COLLATION, UCOL_CASE_FIRST};
    for (int i = 0; i < 3; i++) {
        if (!JS_IsUndefined(argv[2 + i])) {
            made->collator->setAttribute(attributes[i], static_cast<UColAttributeValue>(integer(ctx, argv[2 + i])), status);
        }
    }
    made->collator->setAttribute(UCOL_NORMALIZATION_MODE, UCOL_ON, status);
    return U_FAILURE(status) ? failure(ctx, status) : new_handle(ctx, made.release());
}

/* collatorInfo(collator) -> [strength, case level, alternate handling, numeric, case first] */
INTL(collator_info)
{
    const UColAttribute attributes[] = {UCOL_STRENGTH, UCOL_CASE_LEVEL, UCOL_ALTERNATE_HANDLING, UCOL_NUMERIC_COLLATION,
                                        UCOL_CASE_FIRST};
    JSValue array = JS_NewArray(ctx);
    uint32_t count = 0;
    for (UColAttribute each : attributes) {
        UErrorCode status = U_ZERO_ERROR;
        append(ctx, array, &count, handle<Collator>(argv[0])->collator->getAttribute(each, status));
    }
    return array;
}

/* compare(collator, string, string) -> -1, 0 or 1 */
INTL(compare)
{
    UErrorCode status = U_ZERO_ERROR;
    Text left(ctx, argv[1]), right(ctx, argv[2]);
    return JS_NewInt32(ctx, handle<Collator>(argv[0])->collator->compare(left.data(), left.length(), right.data(),
                                                                         right.length(), status));
}

/* segmenter(tag, granularity): 0 grapheme, 1 word, 2 sentence */
INTL(segmenter)
{
    UErrorCode status = U_ZERO_ERROR;
    icu::Locale locale = locale_of(ctx, argv[0]);
    int32_t granularity = integer(ctx, argv[1]);
    auto made = std::make_unique<Segmenter>();
    made->breaks.reset(granularity == 0   ? icu::BreakIterator::createCharacterInstance(locale, status)
                       : granularity == 1 ? icu::BreakIterator::createWordInstance(locale, status)
                                          : icu::BreakIterator::createSentenceInstance(locale, status));
    return U_FAILURE(status) ? failure(ctx, status) : new_handle(ctx, made.release());
}

/* segments(segmenter, string): what segmentAt() looks at */
INTL(segments)
{
    auto made = std::make_unique<Segments>();
    made->text = Text(ctx, argv[1]).string();
    made->breaks.reset(handle<Segmenter>(argv[0])->breaks->clone());
    if (!made->breaks) {
        return JS_ThrowOutOfMemory(ctx);
    }
    made->breaks->setText(made->text);
    return new_handle(ctx, made.release());
}

/* segmentAt(segments, index) -> [start, end, whether like a word] of the segment around it */
INTL(segment_at)
{
    auto *breaks = handle<Segments>(argv[0])->breaks.get();
    int32_t index = integer(ctx, argv[1]);
    int32_t start = breaks->isBoundary(index) ? index : breaks->preceding(index);
    int32_t end = breaks->following(index);
    int32_t status = breaks->getRuleStatus();
    JSValue array = JS_NewArray(ctx);
    uint32_t count = 0;
    append(ctx, array, &count, start);
    append(ctx, array, &count, end);
    append(ctx, array, &count, status < UBRK_WORD_NONE || status >= UBRK_WORD_NONE_LIMIT);
    return array;
}

/* listFormat(tag, type, width) as UListFormatterType and -Width */
INTL(list_format)
{
    UErrorCode status = U_ZERO_ERROR;
    auto made = std::make_unique<ListFormat>();
    made->formatter.reset(icu::ListFormatter::createInstance(locale_of(ctx, argv[0]),
                                                             static_cast<UListFormatterType>(integer(ctx, argv[1])),
                                                             static_cast<UListFormatterWidth>(integer(ctx, argv[2])), status));
    return U_FAILURE(status) ? failure(ctx, status) : new_handle(ctx, made.release());
}

/* formatList(format, strings) -> text and fields */
INTL(format_list)
{
    int64_t length = 0;
    if (JS_GetLength(ctx, argv[1], &length)) {
        return JS_EXCEPTION;
    }
    std::vector<icu::UnicodeString> strings;
    for (int64_t i = 0; i < length; i++) {
        JSValue each = JS_GetPropertyInt64(ctx, argv[1], i);
        strings.push_back(Text(ctx, each).string());
        JS_FreeValue(ctx, each);
    }
    UErrorCode status = U_ZERO_ERROR;
    icu::FormattedList result = handle<ListFormat>(argv[0])->formatter->formatStringsToValue(strings.data(), length, status);
    return U_FAILURE(status) ? failure(ctx, status) : to_js(ctx, result);
}

/* changeCase(tag, string, whether upper) */
INTL(change_case)
{
    icu::Locale locale = locale_of(ctx, argv[0]);
    icu::UnicodeString text = Text(ctx, argv[1]).string();
    return to_js(ctx, JS_ToBool(ctx, argv[2]) ? text.toUpper(locale) : text.toLower(locale));
}

/* displayNames(tag, short, fall back to the code, dialects) */
INTL(display_names)
{
    UDisplayContext contexts[] = {
        JS_ToBool(ctx, argv[1]) ? UDISPCTX_LENGTH_SHORT : UDISPCTX_LENGTH_FULL,
        JS_ToBool(ctx, argv[3]) ? UDISPCTX_DIALECT_NAMES : UDISPCTX_STANDARD_NAMES,
        UDISPCTX_CAPITALIZATION_NONE,
        JS_ToBool(ctx, argv[2]) ? UDISPCTX_SUBSTITUTE : UDISPCTX_NO_SUBSTITUTE,
    };
    auto made = std::make_unique<DisplayNames>();
    made->names.reset(icu::LocaleDisplayNames::createInstance(locale_of(ctx, argv[0]), contexts, 4));
    return made->names ? new_handle(ctx, made.release()) : failure(ctx, U_MEMORY_ALLOCATION_ERROR);
}

/* displayName(names, kind, code) -> name, or undefined; kind as in nameTypes of node/intl/texts.js */
INTL(display_name)
{
    enum { LANGUAGE, REGION, SCRIPT, CURRENCY, CALENDAR };
    auto *names = handle<DisplayNames>(argv[0])->names.get();
    std::string code = ascii(ctx, argv[2]);
    icu::UnicodeString result;
    switch (integer(ctx, argv[1])) {
    case LANGUAGE: {
        UErrorCode status = U_ZERO_ERROR;
        names->localeDisplayName(icu::Locale::forLanguageTag(code, status), result);
        break;
    }
    case REGION:
        names->regionDisplayName(code.c_str(), result);
        break;
    case SCRIPT:
        names->scriptDisplayName(code.c_str(), result);
        break;
    case CURRENCY:
        names->keyValueDisplayName("currency", code.c_str(), result);
        break;
    case CALENDAR:
        names->keyValueDisplayName("calendar", code.c_str(), result);
        break;
    }
    return to_js(ctx, result);
}

static const JSCFunctionListEntry list[] = {
    JS_CFUNC_DEF("collator", 5, collator),
    JS_CFUNC_DEF("collatorInfo", 1, collator_info),
    JS_CFUNC_DEF("compare", 3, compare),
    JS_CFUNC_DEF("segmenter", 2, segmenter),
    JS_CFUNC_DEF("segments", 2, segments),
    JS_CFUNC_DEF("segmentAt", 2, segment_at),
    JS_CFUNC_DEF("listFormat", 3, list_format),
    JS_CFUNC_DEF("formatList", 2, format_list),
    JS_CFUNC_DEF("changeCase", 3, change_case),
    JS_CFUNC_DEF("displayNames", 4, display_names),
    JS_CFUNC_DEF("displayName", 3, display_name),
};
INTL_FUNCTIONS(text_functions, list);
