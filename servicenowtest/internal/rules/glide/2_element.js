// GlideElement: an object, never a string.

function GlideElement() {
    throw new JavaException('GlideElement cannot be constructed');
}
methods(GlideElement.prototype, {
    toString: function () { return $.get(this.$h, this.$p, true); },
    getValue: function () { return jstr($.value(this.$h, this.$p)); },
    getDisplayValue: function (max) {
        var v = $.display(this.$h, this.$p);
        return jstr(typeof max === 'number' ? v.substring(0, max) : v);
    },
    getHTMLValue: function () { return jstr($.get(this.$h, this.$p, true)); },
    getDecryptedValue: function () { return jstr($.get(this.$h, this.$p, true)); },
    getName: function () { return jstr(this.$p.substring(this.$p.lastIndexOf('.') + 1)); },
    getLabel: function () { return jstr($.label(this.$h, this.$p)); },
    getTableName: function () { return jstr($.tableOf(this.$h, this.$p)); },
    getReferenceTable: function () { return jstr($.reference(this.$h, this.$p)); },
    getRefRecord: function () { return record($.refRecord(this.$h, this.$p)); },
    getJournalEntry: function (n) { return jstr($.journal(this.$h, this.$p, Number(n))); },
    getGlideObject: function () { return new GlideDateTime($.get(this.$h, this.$p, true)); },
    dateNumericValue: function () { return new GlideDateTime($.get(this.$h, this.$p, true)).getNumericValue(); },
    setDateNumericValue: function (ms) { $.set(this.$h, this.$p, $.formatTime(Number(ms))); },
    setValue: function (v) { $.set(this.$h, this.$p, text(v)); },
    setDisplayValue: function (v) { $.setDisplay(this.$h, this.$p, text(v)); },
    nil: function () { return $.get(this.$h, this.$p, true) === ''; },
    hasValue: function () { return $.get(this.$h, this.$p, true) !== ''; },
    changes: function () { return $.changes(this.$h, this.$p); },
    changesTo: function (v) { return $.changesTo(this.$h, this.$p, text(v)); },
    changesFrom: function (v) { return $.changesFrom(this.$h, this.$p, text(v)); },
    getChoiceValue: function () { return jstr($.display(this.$h, this.$p)); },
    getChoices: function () { return new JavaList($.choices(this.$h, this.$p)); },
    getTextAreaDisplayValue: function () { return jstr($.display(this.$h, this.$p)); },
    getEscapedValue: function () { return jstr($.get(this.$h, this.$p, true).replace(/(['"\\])/g, '\\$1')); },
    setJournalEntry: function (v) { $.set(this.$h, this.$p, text(v)); },
    setInitialValue: function (v) { $.set(this.$h, this.$p, text(v)); },
    setError: function (message) { hide(this, '$error', text(message)); },
    getError: function () { return jstr(this.$error); },
    hasRightsTo: function () { return true; },
    canRead: function () { return true; },
    canWrite: function () { return true; },
    canCreate: function () { return true; }
});
refuse(GlideElement.prototype, 'GlideElement');

var elementProtos = {};

function elementProto(table) {
    var size = $.columnCount(table); // a column may have been added since
    if (!elementProtos[table] || elementProtos[table].$size !== size) {
        elementProtos[table] = columnsOnto(Object.create(GlideElement.prototype), table, function (name) {
            return function () { return element(this.$h, this.$p + '.' + name); };
        });
        hide(elementProtos[table], '$size', size);
    }
    return elementProtos[table];
}

function element(h, path) {
    var ref = $.reference(h, path);
    var e = Object.create(ref ? elementProto(ref) : GlideElement.prototype);
    hide(e, '$h', h);
    hide(e, '$p', path);
    return e;
}

// columnsOnto gives proto an accessor for every column whose name is no method.
function columnsOnto(proto, table, getter) {
    var names = $.columns(table);
    for (var i = 0; i < names.length; i++) {
        if (!(names[i] in proto)) {
            Object.defineProperty(proto, names[i], {
                enumerable: true, configurable: true, get: getter(names[i]), set: setter(names[i])
            });
        }
    }
    return proto;
}

function setter(name) {
    return function (v) { $.set(this.$h, this.$p ? this.$p + '.' + name : name, text(v)); };
}
