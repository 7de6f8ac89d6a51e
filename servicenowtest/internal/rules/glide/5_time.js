// GlideDateTime and GlideDuration.

function GlideDateTime(v) {
    hide(this, '$ms', $.now());
    hide(this, '$valid', true);
    if (v instanceof GlideDateTime) {
        this.$ms = v.$ms;
    } else if (v !== undefined && v !== null) {
        this.setValue(v);
    }
}

function moved(years, months, days, local) {
    return function (n) {
        this.$ms = $.addDate(this.$ms, years * Number(n), months * Number(n), days * Number(n), local);
    };
}

function utc(part, plus) {
    return function () { return new Date(this.$ms)[part]() + plus; };
}

// local reads a part of the time in the user's zone.
function local(from, to) {
    return function () { return Number($.localTime(this.$ms).substring(from, to)); };
}

function setPart(part, minus) {
    return function (n) {
        var d = new Date(this.$ms);
        d[part](Number(n) - minus);
        this.$ms = d.getTime();
    };
}

function daysInMonth(format) {
    return function () {
        var s = $[format](this.$ms);
        return new Date(Date.UTC(Number(s.substring(0, 4)), Number(s.substring(5, 7)), 0)).getUTCDate();
    };
}

methods(GlideDateTime.prototype, {
    getValue: function () { return jstr(this.$valid ? $.formatTime(this.$ms) : ''); },
    toString: function () { return this.$valid ? $.formatTime(this.$ms) : ''; },
    getDisplayValue: function () { return jstr($.localTime(this.$ms)); },
    getDisplayValueInternal: function () { return jstr($.localTime(this.$ms)); },
    getInternalFormattedLocalTime: function () { return jstr($.localTime(this.$ms)); },
    getNumericValue: function () { return this.$ms; },
    setNumericValue: function (ms) { this.$ms = Number(ms); this.$valid = true; },
    setValue: function (v) {
        if (v instanceof GlideDateTime) {
            this.$ms = v.$ms;
            return;
        }
        var ms = typeof v === 'number' ? v : $.parseTime(text(v), false);
        this.$valid = ms !== null;
        this.$ms = ms === null ? this.$ms : ms;
    },
    setDisplayValue: function (v) {
        var ms = $.parseTime(text(v), true);
        this.$valid = ms !== null;
        this.$ms = ms === null ? this.$ms : ms;
    },
    isValid: function () { return this.$valid; },
    add: function (v) { this.$ms += v instanceof GlideDuration ? v.getNumericValue() : Number(v); },
    subtract: function (v) { this.$ms -= v instanceof GlideDuration ? v.getNumericValue() : Number(v); },
    addSeconds: function (n) { this.$ms += Number(n) * 1000; },
    addDays: moved(0, 0, 1, false), addDaysUTC: moved(0, 0, 1, false), addDaysLocalTime: moved(0, 0, 1, true),
    addWeeks: moved(0, 0, 7, false), addWeeksUTC: moved(0, 0, 7, false), addWeeksLocalTime: moved(0, 0, 7, true),
    addMonths: moved(0, 1, 0, false), addMonthsUTC: moved(0, 1, 0, false), addMonthsLocalTime: moved(0, 1, 0, true),
    addYears: moved(1, 0, 0, false), addYearsUTC: moved(1, 0, 0, false), addYearsLocalTime: moved(1, 0, 0, true),
    compareTo: function (o) { return this.$ms < o.$ms ? -1 : this.$ms > o.$ms ? 1 : 0; },
    equals: function (o) { return $.formatTime(this.$ms) === $.formatTime(new GlideDateTime(o).$ms); },
    before: function (o) { return this.$ms < o.$ms; },
    after: function (o) { return this.$ms > o.$ms; },
    onOrBefore: function (o) { return this.$ms <= o.$ms; },
    onOrAfter: function (o) { return this.$ms >= o.$ms; },
    hasDate: function () { return this.$valid; },
    getDate: function () { return new GlideDate($.formatTime(this.$ms)); },
    getLocalDate: function () { return new GlideDate($.localTime(this.$ms)); },
    getUserTimeZone: function () { return jstr($.timeZone()); },
    getUserFormattedLocalTime: function () { return jstr($.localTime(this.$ms)); },
    setValueUTC: function (v) { this.setValue(v); },
    setDisplayValueInternal: function (v) { this.setDisplayValue(v); },
    setGlideDateTime: function (o) { this.$ms = o.$ms; this.$valid = o.$valid; },
    getErrorMsg: function () { return this.$valid ? null : jstr('Could not parse the date'); },
    getUTCMidnight: function () { return new GlideDateTime($.formatTime(this.$ms).substring(0, 10)); },
    isDST: function () { return this.getDSTOffset() !== 0; },
    getDSTOffset: function () { return $.dstOffset(this.$ms); },
    getDaysInMonth: daysInMonth('formatTime'), getDaysInMonthUTC: daysInMonth('formatTime'),
    getDaysInMonthLocalTime: daysInMonth('localTime'),
    getYearLocalTime: local(0, 4), getMonthLocalTime: local(5, 7), getDayOfMonthLocalTime: local(8, 10),
    getDayOfWeekLocalTime: function () { return new Date($.parseTime($.localTime(this.$ms), false)).getUTCDay() || 7; },
    getWeekOfYearUTC: function () { return $.weekOfYear(this.$ms, false); },
    getWeekOfYearLocalTime: function () { return $.weekOfYear(this.$ms, true); },
    setYearUTC: setPart('setUTCFullYear', 0), setYear: setPart('setUTCFullYear', 0),
    setMonthUTC: setPart('setUTCMonth', 1), setMonth: setPart('setUTCMonth', 1),
    setDayOfMonthUTC: setPart('setUTCDate', 0), setDayOfMonth: setPart('setUTCDate', 0),
    getTZOffset: function () { return $.zoneOffset(this.$ms); },
    getYearUTC: utc('getUTCFullYear', 0), getYear: utc('getUTCFullYear', 0),
    getMonthUTC: utc('getUTCMonth', 1), getMonth: utc('getUTCMonth', 1),
    getDayOfMonthUTC: utc('getUTCDate', 0), getDayOfMonth: utc('getUTCDate', 0),
    // belief: Monday is 1 and Sunday is 7, as the documentation of getDayOfWeek says.
    getDayOfWeekUTC: function () { return new Date(this.$ms).getUTCDay() || 7; },
    getDayOfWeek: function () { return new Date(this.$ms).getUTCDay() || 7; }
});
hide(GlideDateTime, 'subtract', function (start, end) { return new GlideDuration(end.$ms - start.$ms); });
refuse(GlideDateTime.prototype, 'GlideDateTime');

// GlideDate is a day.
function GlideDate(v) {
    GlideDateTime.call(this, text(v) === '' ? undefined : text(v).substring(0, 10));
}
GlideDate.prototype = Object.create(GlideDateTime.prototype);
methods(GlideDate.prototype, {
    constructor: GlideDate,
    getValue: function () { return jstr($.formatTime(this.$ms).substring(0, 10)); },
    getDisplayValue: function () { return this.getValue(); },
    toString: function () { return $.formatTime(this.$ms).substring(0, 10); }
});

function GlideDuration(v) {
    hide(this, '$ms', typeof v === 'number' ? v : $.parseDuration(text(v)));
}
methods(GlideDuration.prototype, {
    getNumericValue: function () { return this.$ms; },
    setValue: function (v) { this.$ms = $.parseTime(text(v), false) || 0; },
    setDisplayValue: function (v) { this.$ms = $.parseDuration(text(v)); },
    add: function (o) { return new GlideDuration(this.$ms + o.$ms); },
    subtract: function (o) { return new GlideDuration(this.$ms - o.$ms); },
    getDayPart: function () { return Math.floor(this.$ms / 86400000); },
    getRoundedDayPart: function () { return Math.round(this.$ms / 86400000); },
    getDisplayValue: function () { return jstr($.durationText(this.$ms)); },
    getValue: function () { return jstr($.formatTime(this.$ms)); },
    getDurationValue: function () { return jstr($.durationValue(this.$ms)); },
    toString: function () { return $.formatTime(this.$ms); }
});
refuse(GlideDuration.prototype, 'GlideDuration');
