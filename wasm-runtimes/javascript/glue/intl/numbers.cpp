/* Numbers: formats, ranges, plural rules, relative times. */
#include <memory>

#include <unicode/decimfmt.h>
#include <unicode/formattedvalue.h>
#include <unicode/measunit.h>
#include <unicode/numberformatter.h>
#include <unicode/numberrangeformatter.h>
#include <unicode/numfmt.h>
#include <unicode/numsys.h>
#include <unicode/plurrule.h>
#include <unicode/reldatefmt.h>
#include <unicode/ucurr.h>

#include "intl.h"

using namespace icu::number;

namespace {

struct NumberFormat : Handle {
    UnlocalizedNumberFormatter settings;
    LocalizedNumberFormatter formatter;
    icu::Locale locale;
    std::unique_ptr<LocalizedNumberRangeFormatter> range;
};

struct PluralRules : Handle {
    std::unique_ptr<icu::PluralRules> rules;
};

struct RelativeFormat : Handle {
    std::unique_ptr<icu::RelativeDateTimeFormatter> formatter;
};

enum Rounding { FRACTION, SIGNIFICANT, MORE_PRECISION, LESS_PRECISION };

} // namespace

/* Numbers come as numbers, or as decimal strings where a double would not do. */
static icu::Formattable formattable(JSContext *ctx, JSValueConst value, UErrorCode &status)
{
    if (JS_IsString(value)) {
        return icu::Formattable(icu::StringPiece(ascii(ctx, value)), status);
    }
    double number = 0;
    JS_ToFloat64(ctx, &number, value);
    return icu::Formattable(number);
}

static FormattedNumber formatted(JSContext *ctx, const LocalizedNumberFormatter &formatter, JSValueConst value,
                                 UErrorCode &status)
{
    if (JS_IsString(value)) {
        return formatter.formatDecimal(ascii(ctx, value), status);
    }
    double number = 0;
    JS_ToFloat64(ctx, &number, value);
    return formatter.formatDouble(number, status);
}

/* numberFormat(tag, skeleton, digits) with digits = [least integer digits, least and most fraction
 * digits, least and most significant digits, rounding, increment, strip zeros of whole numbers] */
INTL(number_format)
{
    enum { INTEGER, LEAST_FRACTION, MOST_FRACTION, LEAST_SIGNIFICANT, MOST_SIGNIFICANT, ROUNDING, INCREMENT, STRIP, COUNT };
    int32_t digits[COUNT];
    for (int i = 0; i < COUNT; i++) {
        JSValue each = JS_GetPropertyUint32(ctx, argv[2], i);
        digits[i] = integer(ctx, each);
        JS_FreeValue(ctx, each);
    }
    Precision precision = Precision::unlimited();
    auto fraction = Precision::minMaxFraction(digits[LEAST_FRACTION], digits[MOST_FRACTION]);
    if (digits[INCREMENT] > 1) {
        precision = Precision::incrementExact(digits[INCREMENT], -digits[MOST_FRACTION]).withMinFraction(digits[LEAST_FRACTION]);
    } else if (digits[ROUNDING] == FRACTION) {
        precision = fraction;
    } else if (digits[ROUNDING] == SIGNIFICANT) {
        precision = Precision::minMaxSignificantDigits(digits[LEAST_SIGNIFICANT], digits[MOST_SIGNIFICANT]);
    } else {
        precision = fraction.withSignificantDigits(
            digits[LEAST_SIGNIFICANT], digits[MOST_SIGNIFICANT],
            digits[ROUNDING] == MORE_PRECISION ? UNUM_ROUNDING_PRIORITY_RELAXED : UNUM_ROUNDING_PRIORITY_STRICT);
    }
    if (digits[STRIP]) {
        precision = precision.trailingZeroDisplay(UNUM_TRAILING_ZERO_HIDE_IF_WHOLE);
    }
    UErrorCode status = U_ZERO_ERROR;
    auto made = std::make_unique<NumberFormat>();
    made->settings = NumberFormatter::forSkeleton(Text(ctx, argv[1]).string(), status)
                         .precision(precision)
                         .integerWidth(IntegerWidth::zeroFillTo(digits[INTEGER]));
    made->locale = locale_of(ctx, argv[0]);
    made->formatter = made->settings.locale(made->locale);
    if (U_FAILURE(status) || made->formatter.copyErrorTo(status)) {
        return failure(ctx, status);
    }
    return new_handle(ctx, made.release());
}

/* formatNumber(format, value) -> text */
INTL(format_number)
{
    UErrorCode status = U_ZERO_ERROR;
    FormattedNumber result = formatted(ctx, handle<NumberFormat>(argv[0])->formatter, argv[1], status);
    icu::UnicodeString text = result.toString(status);
    return U_FAILURE(status) ? failure(ctx, status) : to_js(ctx, text);
}

/* numberParts(format, value) -> text and fields */
INTL(number_parts)
{
    UErrorCode status = U_ZERO_ERROR;
    FormattedNumber result = formatted(ctx, handle<NumberFormat>(argv[0])->formatter, argv[1], status);
    return U_FAILURE(status) ? failure(ctx, status) : to_js(ctx, result);
}

static FormattedNumberRange range_of(JSContext *ctx, NumberFormat *format, JSValueConst *ends, UErrorCode &status)
{
    if (!format->range) {
        format->range = std::make_unique<LocalizedNumberRangeFormatter>(
            NumberRangeFormatter::withLocale(format->locale).numberFormatterBoth(format->settings));
    }
    return format->range->formatFormattableRange(formattable(ctx, ends[0], status), formattable(ctx, ends[1], status), status);
}

/* numberRange(format, start, end) -> text and fields */
INTL(number_range)
{
    UErrorCode status = U_ZERO_ERROR;
    FormattedNumberRange result = range_of(ctx, handle<NumberFormat>(argv[0]), argv + 1, status);
    return U_FAILURE(status) ? failure(ctx, status) : to_js(ctx, result);
}

/* currencyDigits(code) */
INTL(currency_digits)
{
    UErrorCode status = U_ZERO_ERROR;
    int32_t digits = ucurr_getDefaultFractionDigits(Text(ctx, argv[0]).string().getTerminatedBuffer(), &status);
    return JS_NewInt32(ctx, U_FAILURE(status) ? 2 : digits);
}

/* numberingSystem(tag): the one that the locale uses */
INTL(numbering_system)
{
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<icu::NumberingSystem> system(icu::NumberingSystem::createInstance(locale_of(ctx, argv[0]), status));
    return JS_NewString(ctx, U_SUCCESS(status) && !system->isAlgorithmic() ? system->getName() : "latn");
}

/* pluralRules(tag, whether ordinal) */
INTL(plural_rules)
{
    UErrorCode status = U_ZERO_ERROR;
    auto made = std::make_unique<PluralRules>();
    UPluralType type = JS_ToBool(ctx, argv[1]) ? UPLURAL_TYPE_ORDINAL : UPLURAL_TYPE_CARDINAL;
    made->rules.reset(icu::PluralRules::forLocale(locale_of(ctx, argv[0]), type, status));
    return U_FAILURE(status) ? failure(ctx, status) : new_handle(ctx, made.release());
}

/* plural(rules, number format, value) */
INTL(plural)
{
    UErrorCode status = U_ZERO_ERROR;
    FormattedNumber number = formatted(ctx, handle<NumberFormat>(argv[1])->formatter, argv[2], status);
    icu::UnicodeString category = handle<PluralRules>(argv[0])->rules->select(number, status);
    return U_FAILURE(status) ? failure(ctx, status) : to_js(ctx, category);
}

/* pluralRange(rules, number format, start, end) */
INTL(plural_range)
{
    UErrorCode status = U_ZERO_ERROR;
    FormattedNumberRange range = range_of(ctx, handle<NumberFormat>(argv[1]), argv + 2, status);
    icu::UnicodeString category = handle<PluralRules>(argv[0])->rules->select(range, status);
    return U_FAILURE(status) ? failure(ctx, status) : to_js(ctx, category);
}

/* pluralCategories(rules) */
INTL(plural_categories)
{
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<icu::StringEnumeration> names(handle<PluralRules>(argv[0])->rules->getKeywords(status));
    return U_FAILURE(status) ? failure(ctx, status) : to_js(ctx, names.get(), nullptr);
}

/* relativeFormat(tag, style) with styles as UDateRelativeDateTimeFormatterStyle */
INTL(relative_format)
{
    UErrorCode status = U_ZERO_ERROR;
    icu::Locale locale = locale_of(ctx, argv[0]);
    auto made = std::make_unique<RelativeFormat>();
    auto *numbers = icu::NumberFormat::createInstance(locale, UNUM_DECIMAL, status);
    /* As the locale says: four digits stand together in Spanish. */
    if (auto *decimal = dynamic_cast<icu::DecimalFormat *>(numbers)) {
        decimal->setMinimumGroupingDigits(UNUM_MINIMUM_GROUPING_DIGITS_AUTO);
    }
    made->formatter = std::make_unique<icu::RelativeDateTimeFormatter>(
        locale, numbers, static_cast<UDateRelativeDateTimeFormatterStyle>(integer(ctx, argv[1])),
        UDISPCTX_CAPITALIZATION_NONE, status);
    return U_FAILURE(status) ? failure(ctx, status) : new_handle(ctx, made.release());
}

/* formatRelative(format, value, unit as URelativeDateTimeUnit, whether always as a number) -> text and fields */
INTL(format_relative)
{
    UErrorCode status = U_ZERO_ERROR;
    auto *formatter = handle<RelativeFormat>(argv[0])->formatter.get();
    double value = 0;
    JS_ToFloat64(ctx, &value, argv[1]);
    auto unit = static_cast<URelativeDateTimeUnit>(integer(ctx, argv[2]));
    icu::FormattedRelativeDateTime result = JS_ToBool(ctx, argv[3])
                                                ? formatter->formatNumericToValue(value, unit, status)
                                                : formatter->formatToValue(value, unit, status);
    return U_FAILURE(status) ? failure(ctx, status) : to_js(ctx, result);
}

static const JSCFunctionListEntry list[] = {
    JS_CFUNC_DEF("numberFormat", 3, number_format),
    JS_CFUNC_DEF("formatNumber", 2, format_number),
    JS_CFUNC_DEF("numberParts", 2, number_parts),
    JS_CFUNC_DEF("numberRange", 3, number_range),
    JS_CFUNC_DEF("currencyDigits", 1, currency_digits),
    JS_CFUNC_DEF("numberingSystem", 1, numbering_system),
    JS_CFUNC_DEF("pluralRules", 2, plural_rules),
    JS_CFUNC_DEF("plural", 3, plural),
    JS_CFUNC_DEF("pluralRange", 4, plural_range),
    JS_CFUNC_DEF("pluralCategories", 1, plural_categories),
    JS_CFUNC_DEF("relativeFormat", 2, relative_format),
    JS_CFUNC_DEF("formatRelative", 4, format_relative),
};
INTL_FUNCTIONS(number_functions, list);
