/* Dates: patterns, formats, intervals, time zones. Which pattern belongs to which options is
 * decided in the same steps as in V8, whose results are the measure. */
#include <map>
#include <memory>

#include <unicode/calendar.h>
#include <unicode/dtitvfmt.h>
#include <unicode/dtptngen.h>
#include <unicode/fpositer.h>
#include <unicode/gregocal.h>
#include <unicode/smpdtfmt.h>
#include <unicode/timezone.h>

#include "intl.h"

namespace {

struct DateFormat : Handle {
    icu::Locale locale;
    std::unique_ptr<icu::SimpleDateFormat> formatter;
    std::unique_ptr<icu::DateIntervalFormat> interval;
};

} // namespace

/* Generators are slow to make and never change. */
static icu::DateTimePatternGenerator *generator(const icu::Locale &locale)
{
    enum { MOST = 8 };
    static auto *made = new std::map<std::string, std::unique_ptr<icu::DateTimePatternGenerator>>;
    auto &slot = (*made)[locale.getName()];
    if (!slot) {
        UErrorCode status = U_ZERO_ERROR;
        std::unique_ptr<icu::DateTimePatternGenerator> fresh(icu::DateTimePatternGenerator::createInstance(locale, status));
        if (U_FAILURE(status)) {
            status = U_ZERO_ERROR;
            fresh.reset(icu::DateTimePatternGenerator::createInstance("root", status));
        }
        if (made->size() > MOST) {
            made->clear();
        }
        auto &place = (*made)[locale.getName()];
        place = std::move(fresh);
        return place.get();
    }
    return slot.get();
}

/* hourCycle(tag): as UDateFormatHourCycle, 0 for h11 to 3 for h24 */
INTL(hour_cycle)
{
    UErrorCode status = U_ZERO_ERROR;
    auto *patterns = generator(locale_of(ctx, argv[0]));
    return JS_NewInt32(ctx, patterns ? patterns->getDefaultHourCycle(status) : UDAT_HOUR_CYCLE_23);
}

static const char16_t hour_letters[] = u"KhHk";

static bool is_hour(char16_t letter)
{
    return letter == u'h' || letter == u'H' || letter == u'K' || letter == u'k';
}

/* The letter of the pattern's hours, or 0. */
static char16_t hour_of(const icu::UnicodeString &pattern)
{
    bool quoted = false;
    for (int32_t i = 0; i < pattern.length(); i++) {
        quoted ^= pattern[i] == u'\'';
        if (!quoted && is_hour(pattern[i])) {
            return pattern[i];
        }
    }
    return 0;
}

static icu::UnicodeString with_hour(const icu::UnicodeString &pattern, char16_t hour)
{
    icu::UnicodeString result;
    bool quoted = false;
    char16_t last = 0;
    for (int32_t i = 0; i < pattern.length(); i++) {
        char16_t letter = pattern[i];
        quoted ^= letter == u'\'';
        if (is_hour(letter)) {
            if (!quoted && last == u'd') {
                result.append(u' ');
            }
            result.append(quoted ? letter : hour);
        } else {
            result.append(letter);
        }
        last = letter;
    }
    return result;
}

static std::unique_ptr<icu::SimpleDateFormat> for_skeleton(const icu::Locale &locale, const icu::UnicodeString &skeleton,
                                                           char16_t hour, UErrorCode &status)
{
    auto *patterns = generator(locale);
    if (patterns == nullptr) {
        status = U_MEMORY_ALLOCATION_ERROR;
        return nullptr;
    }
    icu::UnicodeString pattern = patterns->getBestPattern(skeleton, UDATPG_MATCH_HOUR_FIELD_LENGTH, status);
    return std::make_unique<icu::SimpleDateFormat>(hour ? with_hour(pattern, hour) : pattern, locale, status);
}

static std::unique_ptr<icu::SimpleDateFormat> for_styles(const icu::Locale &locale, icu::DateFormat::EStyle date,
                                                         icu::DateFormat::EStyle time, char16_t hour, UErrorCode &status)
{
    icu::DateFormat *made = time == icu::DateFormat::kNone   ? icu::DateFormat::createDateInstance(date, locale)
                            : date == icu::DateFormat::kNone ? icu::DateFormat::createTimeInstance(time, locale)
                                                             : icu::DateFormat::createDateTimeInstance(date, time, locale);
    std::unique_ptr<icu::SimpleDateFormat> result(static_cast<icu::SimpleDateFormat *>(made));
    if (!result) {
        status = U_MEMORY_ALLOCATION_ERROR;
        return nullptr;
    }
    icu::UnicodeString pattern;
    result->toPattern(pattern);
    if (time == icu::DateFormat::kNone || hour_of(pattern) == hour) {
        return result;
    }
    icu::UnicodeString skeleton = icu::DateTimePatternGenerator::staticGetSkeleton(pattern, status), changed;
    for (int32_t i = 0; i < skeleton.length(); i++) {
        char16_t letter = skeleton[i];
        if (letter != u'a' && letter != u'b' && letter != u'B') {
            changed.append(is_hour(letter) ? hour : letter);
        }
    }
    return for_skeleton(locale, changed, hour, status);
}

/* dateFormat(tag, time zone, skeleton or undefined, date style, time style, hour cycle): styles as
 * EStyle, hour cycle as UDateFormatHourCycle or -1 */
INTL(date_format)
{
    UErrorCode status = U_ZERO_ERROR;
    auto made = std::make_unique<DateFormat>();
    made->locale = locale_of(ctx, argv[0]);
    int32_t cycle = integer(ctx, argv[5]);
    char16_t hour = cycle < 0 ? 0 : hour_letters[cycle];
    if (JS_IsUndefined(argv[2])) {
        made->formatter = for_styles(made->locale, static_cast<icu::DateFormat::EStyle>(integer(ctx, argv[3])),
                                     static_cast<icu::DateFormat::EStyle>(integer(ctx, argv[4])), hour, status);
    } else {
        made->formatter = for_skeleton(made->locale, Text(ctx, argv[2]).string(), hour, status);
    }
    if (U_FAILURE(status)) {
        return failure(ctx, status);
    }
    auto *zone = icu::TimeZone::createTimeZone(Text(ctx, argv[1]).string());
    std::unique_ptr<icu::Calendar> calendar(icu::Calendar::createInstance(zone, made->locale, status));
    if (U_FAILURE(status)) {
        return failure(ctx, status);
    }
    if (auto *gregorian = dynamic_cast<icu::GregorianCalendar *>(calendar.get());
        gregorian && (gregorian->getDynamicClassID() == icu::GregorianCalendar::getStaticClassID() ||
                      std::string("iso8601") == gregorian->getType())) {
        const double start_of_time = -9007199254740992.0;
        gregorian->setGregorianChange(start_of_time, status);
    }
    made->formatter->adoptCalendar(calendar.release());
    if (cycle >= 0) {
        static const char *const names[] = {"h11", "h12", "h23", "h24"};
        made->locale.setUnicodeKeywordValue("hc", names[cycle], status);
    }
    return new_handle(ctx, made.release());
}

/* datePattern(format) -> pattern, in ASCII where it matters */
INTL(date_pattern)
{
    icu::UnicodeString pattern;
    return to_js(ctx, handle<DateFormat>(argv[0])->formatter->toPattern(pattern));
}

/* dateCalendar(format) -> BCP 47 name */
INTL(date_calendar)
{
    const char *type = handle<DateFormat>(argv[0])->formatter->getCalendar()->getType();
    const char *name = uloc_toUnicodeLocaleType("ca", type);
    return JS_NewString(ctx, name ? name : type);
}

/* formatDate(format, milliseconds) -> text, without ICU's narrow space before AM and PM: V8 takes
 * that back, here and nowhere else */
INTL(format_date)
{
    double time = 0;
    JS_ToFloat64(ctx, &time, argv[1]);
    icu::UnicodeString text;
    handle<DateFormat>(argv[0])->formatter->format(time, text);
    return to_js(ctx, text.findAndReplace(icu::UnicodeString(u'\u202f'), icu::UnicodeString(u' ')));
}

/* dateParts(format, milliseconds) -> text and fields */
INTL(date_parts)
{
    double time = 0;
    JS_ToFloat64(ctx, &time, argv[1]);
    UErrorCode status = U_ZERO_ERROR;
    icu::UnicodeString text;
    icu::FieldPositionIterator positions;
    handle<DateFormat>(argv[0])->formatter->format(time, text, &positions, status);
    if (U_FAILURE(status)) {
        return failure(ctx, status);
    }
    JSValue array = JS_NewArray(ctx);
    uint32_t count = 0;
    JS_DefinePropertyValueUint32(ctx, array, count++, to_js(ctx, text), JS_PROP_C_W_E);
    icu::FieldPosition position;
    while (positions.next(position)) {
        append(ctx, array, &count, UFIELD_CATEGORY_DATE);
        append(ctx, array, &count, position.getField());
        append(ctx, array, &count, position.getBeginIndex());
        append(ctx, array, &count, position.getEndIndex());
    }
    return array;
}

/* dateRange(format, start, end) -> text and fields */
INTL(date_range)
{
    auto *format = handle<DateFormat>(argv[0]);
    UErrorCode status = U_ZERO_ERROR;
    double start = 0, end = 0;
    JS_ToFloat64(ctx, &start, argv[1]);
    JS_ToFloat64(ctx, &end, argv[2]);
    if (!format->interval) {
        icu::UnicodeString pattern;
        format->formatter->toPattern(pattern);
        icu::UnicodeString skeleton = icu::DateTimePatternGenerator::staticGetSkeleton(pattern, status);
        format->interval.reset(icu::DateIntervalFormat::createInstance(skeleton, format->locale, status));
        if (U_FAILURE(status)) {
            format->interval.reset();
            return failure(ctx, status);
        }
        format->interval->setTimeZone(format->formatter->getTimeZone());
    }
    std::unique_ptr<icu::Calendar> from(format->formatter->getCalendar()->clone());
    std::unique_ptr<icu::Calendar> to(format->formatter->getCalendar()->clone());
    from->setTime(start, status);
    to->setTime(end, status);
    icu::FormattedDateInterval result = format->interval->formatToValue(*from, *to, status);
    return U_FAILURE(status) ? failure(ctx, status) : to_js(ctx, result);
}

/* timeZone(name) -> canonical name as ICU has it, or undefined for what is none */
INTL(time_zone)
{
    UErrorCode status = U_ZERO_ERROR;
    icu::UnicodeString canonical;
    UBool system = false;
    icu::TimeZone::getCanonicalID(Text(ctx, argv[0]).string(), canonical, system, status);
    return U_FAILURE(status) || !system ? JS_UNDEFINED : to_js(ctx, canonical);
}

/* timeZones(type as USystemTimeZoneType, region or undefined) -> names */
INTL(time_zones)
{
    UErrorCode status = U_ZERO_ERROR;
    std::string region = ascii(ctx, argv[1]);
    std::unique_ptr<icu::StringEnumeration> names(icu::TimeZone::createTimeZoneIDEnumeration(
        static_cast<USystemTimeZoneType>(integer(ctx, argv[0])), region.empty() ? nullptr : region.c_str(), nullptr, status));
    return U_FAILURE(status) ? failure(ctx, status) : to_js(ctx, names.get(), nullptr);
}

/* dateField(tag, field as UDateTimePatternField, width as UDateTimePGDisplayWidth) -> its name */
INTL(date_field)
{
    auto *patterns = generator(locale_of(ctx, argv[0]));
    if (patterns == nullptr) {
        return failure(ctx, U_MEMORY_ALLOCATION_ERROR);
    }
    return to_js(ctx, patterns->getFieldDisplayName(static_cast<UDateTimePatternField>(integer(ctx, argv[1])),
                                                    static_cast<UDateTimePGDisplayWidth>(integer(ctx, argv[2]))));
}

/* weekInfo(tag) -> [first day, weekend day, weekend day, least days of the first week], Monday is 1 */
INTL(week_info)
{
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<icu::Calendar> calendar(icu::Calendar::createInstance(locale_of(ctx, argv[0]), status));
    if (U_FAILURE(status)) {
        return failure(ctx, status);
    }
    auto number = [](int day) { return day == UCAL_SUNDAY ? 7 : day - 1; };
    JSValue array = JS_NewArray(ctx);
    uint32_t count = 0;
    append(ctx, array, &count, number(calendar->getFirstDayOfWeek(status)));
    append(ctx, array, &count, calendar->getMinimalDaysInFirstWeek());
    for (int day = 1; day <= 7; day++) {
        auto each = static_cast<UCalendarDaysOfWeek>(day == 7 ? UCAL_SUNDAY : day + 1);
        if (calendar->getDayOfWeekType(each, status) != UCAL_WEEKDAY) {
            append(ctx, array, &count, day);
        }
    }
    return array;
}

static const JSCFunctionListEntry list[] = {
    JS_CFUNC_DEF("hourCycle", 1, hour_cycle),
    JS_CFUNC_DEF("dateFormat", 6, date_format),
    JS_CFUNC_DEF("datePattern", 1, date_pattern),
    JS_CFUNC_DEF("dateCalendar", 1, date_calendar),
    JS_CFUNC_DEF("formatDate", 2, format_date),
    JS_CFUNC_DEF("dateParts", 2, date_parts),
    JS_CFUNC_DEF("dateRange", 3, date_range),
    JS_CFUNC_DEF("timeZone", 1, time_zone),
    JS_CFUNC_DEF("timeZones", 2, time_zones),
    JS_CFUNC_DEF("dateField", 3, date_field),
    JS_CFUNC_DEF("weekInfo", 1, week_info),
};
INTL_FUNCTIONS(date_functions, list);
