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
    getDate: function () { return new GlideDateTime(this); },
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

function GlideDuration(v) {
    hide(this, '$ms', typeof v === 'number' ? v : $.parseDuration(text(v)));
}
methods(GlideDuration.prototype, {
    getNumericValue: function () { return this.$ms; },
    getValue: function () { return jstr($.formatTime(this.$ms)); },
    getDurationValue: function () { return jstr($.durationValue(this.$ms)); },
    toString: function () { return $.formatTime(this.$ms); }
});
refuse(GlideDuration.prototype, 'GlideDuration');
