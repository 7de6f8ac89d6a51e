// GlideRecord and GlideScriptRecordUtil.

function GlideRecord(table) {
    return record($.newRecord(text(table)));
}

var recordProtos = {};

function recordProto(table) {
    var size = $.columnCount(table);
    if (!recordProtos[table] || recordProtos[table].$size !== size) {
        recordProtos[table] = columnsOnto(Object.create(GlideRecord.prototype), table, function (name) {
            return function () { return element(this.$h, name); };
        });
        hide(recordProtos[table], '$size', size);
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
    addInactiveQuery: function () { return new QueryCondition(this.$h, $.addQuery(this.$h, 'active=false')); },
    addValue: function (name, n) { $.set(this.$h, text(name), text(Number($.get(this.$h, text(name))) + Number(n))); },
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
    getRowNumber: function () { return $.rowNumber(this.$h); },
    saveLocation: function () { $.saveLocation(this.$h); },
    restoreLocation: function () { $.seek(this.$h, $.savedLocation(this.$h)); },
    getLocation: function () { return $.rowNumber(this.$h) - 1; },
    setLocation: function (i) { $.seek(this.$h, Number(i)); },
    find: function (name, v) {
        for (var i = 0; i < $.rowCount(this.$h); i++) {
            $.seek(this.$h, i);
            if ($.get(this.$h, text(name)) === text(v)) {
                return true;
            }
        }
        return false;
    },
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
    instanceOf: function (table) { return $.isA($.className(this.$h), text(table)); },
    isValidEncodedQuery: function (q) { return $.validQuery(this.$h, text(q)); },
    isEncodedQueryValid: function (q) { return $.validQuery(this.$h, text(q)); },
    hasAttachments: function () { return $.hasAttachments(this.$h); },
    setForceUpdate: function (on) { $.forceUpdate(this.$h, !!on); },
    setUseEngines: quiet, setNoCount: quiet, setQueryReferences: quiet, setCategory: quiet,
    disableSysIdInOptimization: quiet,
    getPlural: function () { return jstr($.tableLabel(this.$h) + 's'); },
    getFields: function () {
        var all = this.getElements();
        var list = new JavaList(all);
        hide(list, 'get', function (i) { return all[i]; });
        return list;
    },
    getEscapedDisplayValue: function (name) { return jstr($.display(this.$h, text(name)).replace(/(['"\\])/g, '\\$1')); },
    canRead: function () { return true; },
    canWrite: function () { return true; },
    canCreate: function () { return true; },
    canDelete: function () { return true; },
    changes: function () { return $.changedFields(this.$h).length > 0; },
    getLastErrorMessage: function () { return jstr($.lastError(this.$h)); },
    getLink: function () { return jstr($.link(this.$h)); },
    toString: function () { return 'GlideRecord(' + $.tableName(this.$h) + ')'; }
});
// Queries that honour the user's rights, or do not: rules run without rights here, so that all are one.
hide(GlideRecord.prototype, 'addSystemQuery', GlideRecord.prototype.addQuery);
hide(GlideRecord.prototype, 'addSystemEncodedQuery', GlideRecord.prototype.addEncodedQuery);
hide(GlideRecord.prototype, 'addSystemOrderBy', GlideRecord.prototype.orderBy);
hide(GlideRecord.prototype, 'addSystemOrderByDesc', GlideRecord.prototype.orderByDesc);
hide(GlideRecord.prototype, 'applyEncodedQuery', function (q) {
    var parts = text(q).split('^');
    for (var i = 0; i < parts.length; i++) {
        var at = parts[i].indexOf('=');
        if (at > 0) {
            $.set(this.$h, parts[i].substring(0, at), parts[i].substring(at + 1));
        }
    }
});
hide(GlideRecord.prototype, 'queryNoDomain', GlideRecord.prototype.query);
hide(GlideRecord.prototype, '_query', GlideRecord.prototype.query);
hide(GlideRecord.prototype, '_next', GlideRecord.prototype.next);
refuse(GlideRecord.prototype, 'GlideRecord');

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
