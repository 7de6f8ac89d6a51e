// The Glide API as scripts see it. It is ES5, compiled once, and run in every fresh engine with the bridge `$`, whose
// functions are written in Go. Values cross the bridge as strings, numbers, booleans and record handles.
(function ($, javaStrings) {
    var root = this;

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

    // ---- GlideElement: an object, never a string --------------------------------------------------------------

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
        canRead: function () { return true; },
        canWrite: function () { return true; },
        canCreate: function () { return true; }
    });
    refuse(GlideElement.prototype, 'GlideElement');

    var elementProtos = {};

    function elementProto(table) {
        if (!elementProtos[table]) {
            elementProtos[table] = columnsOnto(Object.create(GlideElement.prototype), table, function (name) {
                return function () { return element(this.$h, this.$p + '.' + name); };
            });
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

    // ---- GlideRecord ------------------------------------------------------------------------------------------

    function GlideRecord(table) {
        return record($.newRecord(text(table)));
    }

    var recordProtos = {};

    function recordProto(table) {
        if (!recordProtos[table]) {
            recordProtos[table] = columnsOnto(Object.create(GlideRecord.prototype), table, function (name) {
                return function () { return element(this.$h, name); };
            });
        }
        return recordProtos[table];
    }

    function record(h) {
        if (h === null || h === undefined || h < 0) {
            return null;
        }
        var r = Object.create(recordProto($.tableName(h)));
        hide(r, '$h', h);
        return r;
    }

    // Conditions can be extended: addQuery('a', 1).addOrCondition('b', 2).
    function QueryCondition(h, i) {
        hide(this, '$h', h);
        hide(this, '$i', i);
    }
    methods(QueryCondition.prototype, {
        addOrCondition: function (name, op, v) {
            $.addOr(this.$h, this.$i, clause(name, op, v, arguments.length));
            return this;
        },
        addCondition: function (name, op, v) {
            return new QueryCondition(this.$h, $.addQuery(this.$h, clause(name, op, v, arguments.length)));
        }
    });

    var operators = {
        '=': '=', '!=': '!=', '>': '>', '>=': '>=', '<': '<', '<=': '<=', 'IN': 'IN', 'NOT IN': 'NOT IN',
        'STARTSWITH': 'STARTSWITH', 'ENDSWITH': 'ENDSWITH', 'CONTAINS': 'LIKE', 'DOES NOT CONTAIN': 'NOT LIKE',
        'LIKE': 'LIKE', 'NOT LIKE': 'NOT LIKE', 'INSTANCEOF': 'INSTANCEOF', 'SAMEAS': 'SAMEAS', 'NSAMEAS': 'NSAMEAS'
    };

    function clause(name, op, v, count) {
        if (count < 3) {
            return text(name) + '=' + text(op);
        }
        var known = operators[text(op).toUpperCase()];
        if (!known) {
            throw new JavaException('GlideRecord.addQuery: operator ' + op + ' is not emulated by servicenowtest');
        }
        return text(name) + known + (Array.isArray(v) ? v.join(',') : text(v));
    }

    methods(GlideRecord.prototype, {
        addQuery: function (name, op, v) {
            if (arguments.length === 1) {
                return new QueryCondition(this.$h, $.addQuery(this.$h, text(name)));
            }
            return new QueryCondition(this.$h, $.addQuery(this.$h, clause(name, op, v, arguments.length)));
        },
        addEncodedQuery: function (q) { $.addQuery(this.$h, text(q)); },
        addNullQuery: function (name) {
            return new QueryCondition(this.$h, $.addQuery(this.$h, text(name) + 'ISEMPTY'));
        },
        addNotNullQuery: function (name) {
            return new QueryCondition(this.$h, $.addQuery(this.$h, text(name) + 'ISNOTEMPTY'));
        },
        addActiveQuery: function () { return new QueryCondition(this.$h, $.addQuery(this.$h, 'active=true')); },
        orderBy: function (name) { $.order(this.$h, 'ORDERBY' + text(name)); },
        orderByDesc: function (name) { $.order(this.$h, 'ORDERBYDESC' + text(name)); },
        setLimit: function (n) { $.window(this.$h, 0, Number(n)); },
        chooseWindow: function (first, last) { $.window(this.$h, Number(first), Number(last) - Number(first)); },
        getEncodedQuery: function () { return jstr($.encodedQuery(this.$h)); },
        query: function (name, v) {
            if (arguments.length === 2) {
                $.addQuery(this.$h, clause(name, v, null, 2));
            }
            $.query(this.$h);
        },
        next: function () { return $.next(this.$h); },
        hasNext: function () { return $.hasNext(this.$h); },
        getRowCount: function () { return $.rowCount(this.$h); },
        get: function (name, v) {
            return arguments.length > 1 ? $.fetch(this.$h, text(name), text(v)) : $.fetch(this.$h, 'sys_id', text(name));
        },
        initialize: function () { $.initialize(this.$h); },
        newRecord: function () { $.initialize(this.$h); },
        insert: function () { return jstr($.insert(this.$h)); },
        update: function () { return jstr($.update(this.$h)); },
        updateMultiple: function () { $.updateMultiple(this.$h); },
        deleteRecord: function () { return $.deleteRecord(this.$h); },
        deleteMultiple: function () { $.deleteMultiple(this.$h); },
        setWorkflow: function (on) { $.workflow(this.$h, !!on); },
        autoSysFields: function (on) { $.autoSys(this.$h, !!on); },
        setNewGuidValue: function (id) { $.newGuid(this.$h, text(id)); },
        setAbortAction: function (on) { $.abort(this.$h, !!on); },
        isActionAborted: function () { return $.aborted(this.$h); },
        getValue: function (name) { return jstr($.value(this.$h, text(name))); },
        setValue: function (name, v) { $.set(this.$h, text(name), text(v)); },
        setDisplayValue: function (name, v) { $.setDisplay(this.$h, text(name), text(v)); },
        getDisplayValue: function (name) {
            return jstr(name === undefined ? $.recordDisplay(this.$h) : $.display(this.$h, text(name)));
        },
        getElement: function (name) {
            return $.validPath(this.$h, text(name)) ? element(this.$h, text(name)) : null;
        },
        getElements: function () {
            var names = $.columns($.tableName(this.$h));
            var out = [];
            for (var i = 0; i < names.length; i++) {
                out.push(element(this.$h, names[i]));
            }
            return out;
        },
        getUniqueValue: function () { return jstr($.uniqueValue(this.$h)); },
        getRecordClassName: function () { return jstr($.className(this.$h)); },
        getTableName: function () { return jstr($.tableName(this.$h)); },
        getClassDisplayValue: function () { return jstr($.tableLabel(this.$h)); },
        getLabel: function () { return jstr($.tableLabel(this.$h)); },
        operation: function () { return jstr($.operation(this.$h)); },
        isNewRecord: function () { return $.isNew(this.$h); },
        isValid: function () { return $.validTable(this.$h); },
        isValidRecord: function () { return $.validRecord(this.$h); },
        isValidField: function (name) { return $.validPath(this.$h, text(name)); },
        isView: function () { return false; },
        canRead: function () { return true; },
        canWrite: function () { return true; },
        canCreate: function () { return true; },
        canDelete: function () { return true; },
        changes: function () { return $.changedFields(this.$h).length > 0; },
        getLastErrorMessage: function () { return jstr($.lastError(this.$h)); },
        getLink: function () { return jstr($.link(this.$h)); },
        toString: function () { return 'GlideRecord(' + $.tableName(this.$h) + ')'; }
    });
    hide(GlideRecord.prototype, '_query', GlideRecord.prototype.query);
    hide(GlideRecord.prototype, '_next', GlideRecord.prototype.next);
    refuse(GlideRecord.prototype, 'GlideRecord');

    // ---- GlideScriptRecordUtil --------------------------------------------------------------------------------

    function ScriptRecordUtil(h) {
        hide(this, '$h', h);
    }
    methods(ScriptRecordUtil.prototype, {
        getChangedFieldNames: function () { return new JavaList($.changedFields(this.$h)); },
        getChangedFields: function () {
            var names = $.changedFields(this.$h);
            var list = new JavaList(names);
            var h = this.$h;
            hide(list, 'get', function (i) { return element(h, names[i]); });
            return list;
        }
    });
    var GlideScriptRecordUtil = {};
    methods(GlideScriptRecordUtil, { get: function (gr) { return new ScriptRecordUtil(gr.$h); } });

    // ---- GlideSystem ------------------------------------------------------------------------------------------

    function log(level) {
        return function (message) {
            var out = text(message);
            for (var i = 1; i < arguments.length; i++) {
                out = out.split('{' + (i - 1) + '}').join(text(arguments[i]));
            }
            $.log(level, out);
        };
    }

    function plain(level) {
        return function (message, source) { $.log(level, text(message), text(source)); };
    }

    function ago(unit) {
        return function (n) { return jstr($.formatTime($.now() - Number(n) * unit)); };
    }

    function quiet() { }

    function instanceOf(gr) {
        return gr !== null && typeof gr === 'object' && gr.$h !== undefined ? gr.$h : -1;
    }

    function queueEvent(name, gr, parm1, parm2, queue, due) {
        $.eventQueue(text(name), instanceOf(gr), instanceOf(gr) < 0 ? text(gr) : '',
            text(parm1), text(parm2), text(queue), due);
    }

    var gs = Object.create({});
    var gsProto = Object.getPrototypeOf(gs);
    methods(gsProto, {
        info: log('info'), warn: log('warn'), error: log('error'), debug: log('debug'),
        log: plain('info'), print: plain('info'), logWarning: plain('warn'), logError: plain('error'),
        addInfoMessage: quiet, addErrorMessage: quiet,
        getProperty: function (name, alt) {
            var v = $.property(text(name));
            return v === null ? (alt === undefined ? null : alt) : jstr(v);
        },
        setProperty: function (name, v, description) { $.setProperty(text(name), text(v), text(description)); },
        getUserName: function () { return jstr($.userName()); },
        getUserID: function () { return jstr($.userID()); },
        getUserDisplayName: function () { return jstr($.userDisplayName()); },
        getUser: function () { return new GlideUser(); },
        hasRole: function (role) { return $.hasRole(text(role)); },
        isLoggedIn: function () { return $.userName() !== 'system'; },
        isInteractive: function () { return false; },
        isDebugging: function () { return false; },
        nil: function (v) {
            if (v === null || v === undefined || v === '') {
                return true;
            }
            return typeof v === 'object' && v.$h !== undefined && v.$p !== undefined && v.nil();
        },
        nowDateTime: function () { return jstr($.localTime($.now())); },
        now: function () { return jstr($.localTime($.now()).substring(0, 10)); },
        nowNoTZ: function () { return jstr($.formatTime($.now())); },
        daysAgo: ago(86400000), hoursAgo: ago(3600000), minutesAgo: ago(60000),
        generateGUID: function () { return jstr($.newGUID()); },
        tableExists: function (name) { return $.tableExists(text(name)); },
        eventQueue: function (name, gr, parm1, parm2, queue) { queueEvent(name, gr, parm1, parm2, queue, null); },
        eventQueueScheduled: function (name, gr, parm1, parm2, at) {
            var due = at instanceof GlideDateTime ? at : new GlideDateTime(text(at));
            queueEvent(name, gr, parm1, parm2, '', due.getNumericValue());
        },
        base64Encode: function (s) { return jstr($.base64Encode(text(s))); },
        base64Decode: function (s) { return jstr($.base64Decode(text(s))); },
        urlEncode: function (s) { return jstr(encodeURIComponent(text(s)).replace(/%20/g, '+')); },
        urlDecode: function (s) { return jstr(decodeURIComponent(text(s).replace(/\+/g, ' '))); },
        getMessage: function (id) { return jstr(id); },
        getTimeZoneName: function () { return jstr($.timeZone()); },
        getCallerScopeName: function () { return null; }
    });
    refuse(gsProto, 'GlideSystem');

    function GlideUser() { }
    methods(GlideUser.prototype, {
        getID: function () { return jstr($.userID()); },
        getName: function () { return jstr($.userName()); },
        getDisplayName: function () { return jstr($.userDisplayName()); },
        getFullName: function () { return jstr($.userDisplayName()); },
        hasRole: function (role) { return $.hasRole(text(role)); }
    });
    refuse(GlideUser.prototype, 'GlideUser');

    // ---- cryptography and strings -----------------------------------------------------------------------------

    function GlideCertificateEncryption() { }
    methods(GlideCertificateEncryption.prototype, {
        generateMac: function (key, algorithm, data) {
            return jstr($.generateMac(text(key), text(algorithm), text(data)));
        }
    });
    refuse(GlideCertificateEncryption.prototype, 'GlideCertificateEncryption');

    function GlideDigest() { }
    methods(GlideDigest.prototype, {
        getSHA256Hex: function (s) { return jstr($.digest('sha256', text(s), 'hex')); },
        getSHA256Base64: function (s) { return jstr($.digest('sha256', text(s), 'base64')); },
        getSHA1Hex: function (s) { return jstr($.digest('sha1', text(s), 'hex')); },
        getSHA1Base64: function (s) { return jstr($.digest('sha1', text(s), 'base64')); },
        getMD5Hex: function (s) { return jstr($.digest('md5', text(s), 'hex')); },
        getMD5Base64: function (s) { return jstr($.digest('md5', text(s), 'base64')); }
    });
    refuse(GlideDigest.prototype, 'GlideDigest');

    var GlideStringUtil = {};
    methods(GlideStringUtil, {
        base64Encode: function (s) { return jstr($.base64Encode(text(s))); },
        base64Decode: function (s) { return jstr($.base64Decode(text(s))); },
        escapeHTML: function (s) {
            return jstr(text(s).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
                .replace(/"/g, '&quot;').replace(/'/g, '&#39;'));
        },
        isEligibleSysID: function (s) { return /^[0-9a-fA-F]{32}$/.test(text(s)); },
        isBase64: function (s) { return /^[A-Za-z0-9+\/]+={0,2}$/.test(text(s)) && text(s).length % 4 === 0; }
    });
    refuse(GlideStringUtil, 'GlideStringUtil');

    // ---- GlideDateTime and GlideDuration ----------------------------------------------------------------------

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

    // ---- sn_ws ------------------------------------------------------------------------------------------------

    function RESTMessageV2(name) {
        if (name !== undefined) {
            throw new JavaException('RESTMessageV2(name, method): REST message records are not emulated by servicenowtest');
        }
        hide(this, '$m', $.newMessage());
    }
    methods(RESTMessageV2.prototype, {
        setEndpoint: function (v) { $.message(this.$m, 'endpoint', text(v), ''); },
        getEndpoint: function () { return jstr($.messagePart(this.$m, 'endpoint', '')); },
        setHttpMethod: function (v) { $.message(this.$m, 'method', text(v), ''); },
        setHttpTimeout: function (ms) { $.message(this.$m, 'timeout', text(ms), ''); },
        setRequestHeader: function (k, v) { $.message(this.$m, 'header', text(k), text(v)); },
        getRequestHeader: function (k) { return jstr($.messagePart(this.$m, 'header', text(k))); },
        getRequestHeaders: function () { return $.messageHeaders(this.$m); },
        setQueryParameter: function (k, v) { $.message(this.$m, 'query', text(k), text(v)); },
        setRequestBody: function (v) { $.message(this.$m, 'body', text(v), ''); },
        getRequestBody: function () { return jstr($.messagePart(this.$m, 'body', '')); },
        setStringParameter: function (k, v) { $.message(this.$m, 'parameter', text(k), text(v)); },
        setStringParameterNoEscape: function (k, v) { $.message(this.$m, 'parameter', text(k), text(v)); },
        setBasicAuth: function (u, p) { $.message(this.$m, 'basic', text(u), text(p)); },
        setLogLevel: function (v) { $.message(this.$m, 'log', text(v), ''); },
        setEccCorrelator: quiet, setEccParameter: quiet,
        disableForcedVariableSubstitution: function () { $.message(this.$m, 'verbatim', '', ''); },
        execute: function () { return new RESTResponseV2($.execute(this.$m)); },
        executeAsync: function () { return new RESTResponseV2($.executeAsync(this.$m)); }
    });
    refuse(RESTMessageV2.prototype, 'RESTMessageV2');

    function RESTResponseV2(r) {
        hide(this, '$r', r);
    }
    methods(RESTResponseV2.prototype, {
        getStatusCode: function () { return $.response(this.$r, 'status', ''); },
        getBody: function () { return jstr($.response(this.$r, 'body', '')); },
        getHeader: function (k) { return jstr($.response(this.$r, 'header', text(k))); },
        haveError: function () { return $.response(this.$r, 'failed', ''); },
        getErrorMessage: function () { return jstr($.response(this.$r, 'error', '')); },
        getErrorCode: function () { return $.response(this.$r, 'code', ''); },
        waitForResponse: function (seconds) { $.await(this.$r, Number(seconds)); }
    });
    refuse(RESTResponseV2.prototype, 'RESTResponseV2');

    // ---- globals ----------------------------------------------------------------------------------------------

    function publish(names) {
        for (var name in names) {
            hide(root, name, names[name]);
        }
    }
    publish({
        GlideRecord: GlideRecord, GlideElement: GlideElement, GlideScriptRecordUtil: GlideScriptRecordUtil, gs: gs,
        GlideDateTime: GlideDateTime, GlideDuration: GlideDuration, GlideStringUtil: GlideStringUtil,
        GlideDigest: GlideDigest, sn_ws: { RESTMessageV2: RESTMessageV2 }
    });

    // enter sets what differs between scopes: each of the two names of one class is known in one of them only.
    function enter(scope) {
        delete root.GlideCertificateEncryption;
        delete root.CertificateEncryption;
        publish(scope === 'global' ? { GlideCertificateEncryption: GlideCertificateEncryption }
            : { CertificateEncryption: GlideCertificateEncryption });
        hide(gsProto, 'getCurrentScopeName', function () { return jstr(scope === 'global' ? 'rhino.global' : scope); });
    }
    return { record: record, enter: enter };
})
