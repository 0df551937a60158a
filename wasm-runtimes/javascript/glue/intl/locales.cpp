/* Locales: tags, what is available, what belongs to a locale. */
#include <memory>

#include <unicode/calendar.h>
#include <unicode/coll.h>
#include <unicode/localebuilder.h>
#include <unicode/numsys.h>
#include <unicode/plurrule.h>
#include <unicode/ucurr.h>
#include <unicode/udata.h>
#include <unicode/uenum.h>
#include <unicode/ures.h>

#include "intl.h"

static JSValue tag_of(JSContext *ctx, const icu::Locale &locale)
{
    UErrorCode status = U_ZERO_ERROR;
    std::string tag = locale.toLanguageTag<std::string>(status);
    return U_FAILURE(status) || locale.isBogus() ? JS_UNDEFINED : to_js(ctx, tag);
}

/* canonicalTag(tag) -> tag, or undefined for what is none */
INTL(canonical_tag)
{
    UErrorCode status = U_ZERO_ERROR;
    icu::Locale locale = icu::LocaleBuilder().setLanguageTag(ascii(ctx, argv[0])).build(status);
    locale.canonicalize(status);
    return U_FAILURE(status) ? JS_UNDEFINED : tag_of(ctx, locale);
}

/* likely(tag, whether to add rather than to remove) -> tag */
INTL(likely)
{
    UErrorCode status = U_ZERO_ERROR;
    icu::Locale locale = locale_of(ctx, argv[0]);
    if (JS_ToBool(ctx, argv[1])) {
        locale.addLikelySubtags(status);
    } else {
        locale.minimizeSubtags(status);
    }
    return U_FAILURE(status) ? JS_DupValue(ctx, argv[0]) : tag_of(ctx, locale);
}

/* withKeyword(tag, key, value or undefined) -> tag */
INTL(with_keyword)
{
    UErrorCode status = U_ZERO_ERROR;
    icu::Locale locale = locale_of(ctx, argv[0]);
    std::string value = ascii(ctx, argv[2]);
    locale.setUnicodeKeywordValue(ascii(ctx, argv[1]), JS_IsUndefined(argv[2]) ? icu::StringPiece(nullptr) : icu::StringPiece(value), status);
    return U_FAILURE(status) ? JS_UNDEFINED : tag_of(ctx, locale);
}

/* keyword(tag, key) -> value, or undefined */
INTL(keyword)
{
    UErrorCode status = U_ZERO_ERROR;
    std::string value = locale_of(ctx, argv[0]).getUnicodeKeywordValue<std::string>(ascii(ctx, argv[1]), status);
    return U_FAILURE(status) ? JS_UNDEFINED : to_js(ctx, value);
}

/* availableLocales(tree or undefined for the one of formats) -> tags. The index names what ICU was
 * released with; only what is in our data counts (tools/icu_data.py). */
INTL(available_locales)
{
    UErrorCode status = U_ZERO_ERROR;
    std::string tree = ascii(ctx, argv[0]);
    std::string path = tree.empty() ? "" : "icudt" U_ICU_VERSION_SHORT "l-" + tree;
    UEnumeration *names = ures_openAvailableLocales(tree.empty() ? nullptr : path.c_str(), &status);
    JSValue array = JS_NewArray(ctx);
    uint32_t count = 0;
    while (const char *name = uenum_next(names, nullptr, &status)) {
        UErrorCode missing = U_ZERO_ERROR;
        udata_close(udata_open(tree.empty() ? nullptr : path.c_str(), "res", name, &missing));
        if (U_SUCCESS(missing)) {
            JSValue tag = tag_of(ctx, icu::Locale(name));
            JS_DefinePropertyValueUint32(ctx, array, count++, tag, JS_PROP_C_W_E);
        }
    }
    uenum_close(names);
    return array;
}

/* pluralLocales() -> tags of those that have rules of their own */
INTL(plural_locales)
{
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<icu::StringEnumeration> names(icu::PluralRules::getAvailableLocales(status));
    JSValue array = JS_NewArray(ctx);
    uint32_t count = 0;
    while (const char *name = U_SUCCESS(status) ? names->next(nullptr, status) : nullptr) {
        JS_DefinePropertyValueUint32(ctx, array, count++, tag_of(ctx, icu::Locale(name)), JS_PROP_C_W_E);
    }
    return array;
}

/* calendars(tag, whether only those in common use) */
INTL(calendars)
{
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<icu::StringEnumeration> names(
        icu::Calendar::getKeywordValuesForLocale("calendar", locale_of(ctx, argv[0]), JS_ToBool(ctx, argv[1]), status));
    return U_FAILURE(status) ? failure(ctx, status) : to_js(ctx, names.get(), "ca");
}

/* collations(tag or undefined for all) */
INTL(collations)
{
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<icu::StringEnumeration> names(
        JS_IsUndefined(argv[0])
            ? icu::Collator::getKeywordValues("collation", status)
            : icu::Collator::getKeywordValuesForLocale("collation", locale_of(ctx, argv[0]), true, status));
    return U_FAILURE(status) ? failure(ctx, status) : to_js(ctx, names.get(), "co");
}

/* numberingSystems() -> all that are digits one for one */
INTL(numbering_systems)
{
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<icu::StringEnumeration> names(icu::NumberingSystem::getAvailableNames(status));
    JSValue array = JS_NewArray(ctx);
    uint32_t count = 0;
    while (const char *name = U_SUCCESS(status) ? names->next(nullptr, status) : nullptr) {
        std::unique_ptr<icu::NumberingSystem> system(icu::NumberingSystem::createInstanceByName(name, status));
        if (U_SUCCESS(status) && !system->isAlgorithmic()) {
            JS_DefinePropertyValueUint32(ctx, array, count++, JS_NewString(ctx, name), JS_PROP_C_W_E);
        }
    }
    return array;
}

/* currencies() -> codes of those in use */
INTL(currencies)
{
    UErrorCode status = U_ZERO_ERROR;
    UEnumeration *names = ucurr_openISOCurrencies(UCURR_COMMON | UCURR_NON_DEPRECATED, &status);
    JSValue array = JS_NewArray(ctx);
    uint32_t count = 0;
    while (const char *name = U_SUCCESS(status) ? uenum_next(names, nullptr, &status) : nullptr) {
        JS_DefinePropertyValueUint32(ctx, array, count++, JS_NewString(ctx, name), JS_PROP_C_W_E);
    }
    uenum_close(names);
    return array;
}

/* rightToLeft(tag) */
INTL(right_to_left)
{
    return JS_NewBool(ctx, locale_of(ctx, argv[0]).isRightToLeft());
}

static const JSCFunctionListEntry list[] = {
    JS_CFUNC_DEF("canonicalTag", 1, canonical_tag),
    JS_CFUNC_DEF("likely", 2, likely),
    JS_CFUNC_DEF("withKeyword", 3, with_keyword),
    JS_CFUNC_DEF("keyword", 2, keyword),
    JS_CFUNC_DEF("availableLocales", 1, available_locales),
    JS_CFUNC_DEF("pluralLocales", 0, plural_locales),
    JS_CFUNC_DEF("calendars", 2, calendars),
    JS_CFUNC_DEF("collations", 1, collations),
    JS_CFUNC_DEF("numberingSystems", 0, numbering_systems),
    JS_CFUNC_DEF("currencies", 0, currencies),
    JS_CFUNC_DEF("rightToLeft", 1, right_to_left),
};
INTL_FUNCTIONS(locale_functions, list);
