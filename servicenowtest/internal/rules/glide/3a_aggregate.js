// GlideAggregate: a GlideRecord whose next() goes from group to group.

function GlideAggregate(table) {
    var a = new GlideRecord(table);
    var groups = [];
    var place = -1;
    var wanted = { groupBy: [], having: [], byAggregate: null, grouped: true };

    function numbers(rows, field) {
        var out = [];
        for (var i = 0; i < rows.length; i++) {
            $.seek(a.$h, rows[i]);
            if ($.get(a.$h, field) !== '') {
                out.push($.get(a.$h, field));
            }
        }
        return out;
    }

    // compute gives one aggregate of the rows of a group, null where there are no values.
    function compute(fn, field, rows) {
        if (fn === 'COUNT') {
            return String(rows.length);
        }
        var values = numbers(rows, field);
        if (fn === 'COUNT(DISTINCT') {
            return String(values.filter(function (v, i) { return values.indexOf(v) === i; }).length);
        }
        if (values.length === 0) {
            return null;
        }
        var sum = values.reduce(function (s, v) { return s + Number(v); }, 0);
        switch (fn) {
        case 'SUM': return String(sum);
        case 'AVG': return String(sum / values.length);
        case 'MIN': return values.reduce(function (x, y) { return less(y, x) ? y : x; });
        case 'MAX': return values.reduce(function (x, y) { return less(x, y) ? y : x; });
        }
        throw new JavaException('GlideAggregate: ' + fn + ' is not emulated by servicenowtest');
    }

    function less(x, y) {
        return isNaN(x) || isNaN(y) ? x < y : Number(x) < Number(y);
    }

    function compares(x, op, y) {
        switch (op) {
        case '=': return x === y;
        case '!=': return x !== y;
        case '>': return x > y;
        case '>=': return x >= y;
        case '<': return x < y;
        case '<=': return x <= y;
        }
        throw new JavaException('GlideAggregate.addHaving: operator ' + op + ' is not emulated by servicenowtest');
    }

    function kept(rows) {
        return wanted.having.every(function (h) {
            return compares(Number(compute(h.fn, h.field, rows)), h.op, h.value);
        });
    }

    function collect() {
        var byKey = {};
        groups = wanted.groupBy.length === 0 ? [[]] : [];
        for (var i = 0; i < $.rowCount(a.$h); i++) {
            $.seek(a.$h, i);
            var key = wanted.groupBy.map(function (f) { return $.get(a.$h, f); }).join('\u0000');
            if (wanted.groupBy.length > 0 && !Object.prototype.hasOwnProperty.call(byKey, key)) {
                byKey[key] = [];
                groups.push(byKey[key]);
            }
            (wanted.groupBy.length === 0 ? groups[0] : byKey[key]).push(i);
        }
        groups = groups.filter(kept);
    }

    var calls = {
        addAggregate: function (fn, field) {
            if (text(fn) === 'COUNT' && field !== undefined && wanted.grouped) {
                calls.groupBy(field); // a count of a column is one count for each of its values
            }
        },
        groupBy: function (field) {
            if (wanted.groupBy.indexOf(text(field)) < 0) {
                wanted.groupBy.push(text(field));
                a.orderBy(field);
            }
        },
        setGroup: function (on) { wanted.grouped = !!on; },
        addHaving: function (fn, field, op, value) {
            wanted.having.push({ fn: text(fn), field: text(field), op: text(op), value: Number(value) });
        },
        orderByAggregate: function (fn, field) { wanted.byAggregate = { fn: text(fn), field: text(field) }; },
        query: function () {
            $.query(a.$h);
            collect();
            place = -1;
            var by = wanted.byAggregate;
            if (by) {
                groups.sort(function (x, y) { return compute(by.fn, by.field, y) - compute(by.fn, by.field, x); });
            }
        },
        hasNext: function () { return place + 1 < groups.length; },
        next: function () {
            if (place + 1 >= groups.length) {
                return false;
            }
            place++;
            if (groups[place].length > 0) {
                $.seek(a.$h, groups[place][0]);
            }
            return true;
        },
        getRowCount: function () { return groups.length; },
        getAggregate: function (fn, field) {
            var rows = groups[place];
            var out = compute(text(fn), text(field), rows);
            if (rows.length > 0) {
                $.seek(a.$h, rows[0]);
            }
            return jstr(out);
        }
    };
    methods(a, calls);
    refuse(a, 'GlideAggregate');
    return a;
}
