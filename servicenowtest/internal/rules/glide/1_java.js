// What Rhino shows of Java: strings, exceptions and lists; and how the prelude builds its classes.

function hide(o, name, value) {
    Object.defineProperty(o, name, { value: value, writable: true, enumerable: false, configurable: true });
}

function methods(proto, table) {
    for (var name in table) {
        hide(proto, name, table[name]);
    }
}

// Methods the platform documents and this engine does not emulate: a rule that calls one must not seem to work.
function refuse(proto, api) {
    var names = $.documented(api);
    for (var i = 0; i < names.length; i++) {
        if (!(names[i] in proto) || proto[names[i]] === Object.prototype[names[i]]) {
            hide(proto, names[i], refusal(api, names[i]));
        }
    }
}

function refusal(api, name) {
    return function () {
        throw new JavaException(api + '.' + name + ' is not emulated by servicenowtest');
    };
}

// Java strings: what getters hand out. Whether Rhino shows them as primitives depends on the release.
function jstr(v) {
    if (v === null || v === undefined) {
        return null;
    }
    return javaStrings ? new String(v) : String(v);
}

function text(v) {
    return v === null || v === undefined ? '' : String(v);
}

function JavaException(message) {
    hide(this, 'message', message);
}
JavaException.prototype = Object.create(Error.prototype);
methods(JavaException.prototype, {
    constructor: JavaException,
    name: 'JavaException',
    getMessage: function () { return this.message; },
    toString: function () { return this.message; }
});
$.onThrow(function (message) { return new JavaException(message); });

function JavaList(items) {
    hide(this, '$items', items);
}
methods(JavaList.prototype, {
    size: function () { return this.$items.length; },
    isEmpty: function () { return this.$items.length === 0; },
    contains: function (v) { return this.indexOf(v) >= 0; },
    get: function (i) {
        if (i < 0 || i >= this.$items.length) {
            throw new JavaException('Index ' + i + ' out of bounds for length ' + this.$items.length);
        }
        return jstr(this.$items[i]);
    },
    indexOf: function (v) {
        for (var i = 0; i < this.$items.length; i++) {
            if (this.$items[i] === String(v)) {
                return i;
            }
        }
        return -1;
    },
    toString: function () { return '[' + this.$items.join(', ') + ']'; }
});
