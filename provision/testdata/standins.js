// What a script finds on the platform, for an engine that knows ES5 only. The host gives hostMac(key, text) and
// hostSent(json); world says how things are.

// Takes an argument too many or too few for what a script's author did not mean.
function exactly(n, f) {
    return function () {
        if (arguments.length !== n) { throw new Error(arguments.length + ' arguments, not ' + n); }
        return f.apply(this, arguments);
    };
}
var gs = {
    getProperty: function (n, otherwise) { return world.properties[n] === undefined ? otherwise : world.value(world.properties[n]); },
    getUserName: function () { return world.value('abel.tuter'); },
    error: function (m) { if (world.noLog) { throw new Error('too many lines'); } world.logs.push('' + m); },
    eventQueue: function (n, r, p1, p2) { world.queued.push(['' + p1, '' + p2]); },
    eventQueueScheduled: function (n, r, p1, p2, at) { world.later.push(['' + p2, at.seconds]); }
};
function GlideCertificateEncryption() {}
GlideCertificateEncryption.prototype.generateMac = function (key, algorithm, data) { return world.value(hostMac('' + key, algorithm, '' + data)); };
function GlideDateTime() { this.seconds = 0; }
GlideDateTime.prototype.addSeconds = function (n) { this.seconds += n; };
function Message() { this.headers = {}; }
Message.prototype = {
    setHttpMethod: exactly(1, function (m) { this.method = m; }),
    setEndpoint: exactly(1, function (u) { this.url = '' + u; }),
    setHttpTimeout: exactly(1, function (ms) { if (typeof ms !== 'number') { throw new Error('timeout'); } }),
    setRequestHeader: exactly(2, function (n, v) { this.headers[n] = '' + v; }),
    setRequestBody: exactly(1, function (b) { this.body = '' + b; }),
    send: function () { hostSent(JSON.stringify({ url: this.url, headers: this.headers, body: this.body.replace(/\$\{[^}]*\}/g, '') })); },
    executeAsync: function () { world.async++; this.send(); if (world.sendThrows) { throw new Error('timed out'); } },
    execute: function () { world.waited++; this.send(); return { getStatusCode: function () { return world.status; } }; }
};
var sn_ws = { RESTMessageV2: Message };
function Rec(columns) { this.columns = columns; this.state = { changes: function () { return true; } }; }
Rec.prototype = {
    getValue: function (n) { return this.columns[n] === undefined ? null : world.value(this.columns[n]); },
    isValidField: function (n) { return this.columns[n] !== undefined; },
    isValidRecord: function () { return true; },
    getUniqueValue: function () { return world.value(this.columns.sys_id); },
    getRecordClassName: function () { return world.value(this.columns.sys_class_name); },
    operation: function () { return world.value(world.op); }
};
var current = new Rec({
    sys_id: '9d385017c611228701d22104cc95c371', sys_class_name: 'incident', number: 'INC0010001', sys_mod_count: '7',
    sys_updated_on: '2026-01-02 03:04:05', sys_updated_by: 'abel.tuter', sys_created_on: '2026-01-02 03:04:05', sys_created_by: 'abel.tuter',
    element: 'comments', name: 'sn_customerservice_case', element_id: '46d44a23a9fe19810012d100cca80666', value: 'H\u00e4llo ${x} \u20ac',
    table_name: 'sn_customerservice_case', table_sys_id: '46d44a23a9fe19810012d100cca80666', file_name: 'a ${b}.png', content_type: 'image/png',
    size_bytes: '12', state: '2', priority: '1'
});
var previous = null;
if (world.globalLog) {
    gs.logError = gs.error;
    delete gs.error;
}
if (world.oddUtil) { this.GlideScriptRecordUtil = {}; }

// What came after ECMAScript 3 is not there in the platform's compatibility mode. JSON is.
function without(of, names) { for (var i = 0; i < names.length; i++) { delete of[names[i]]; } }
function onlyES3() {
    without(String.prototype, ['trim']);
    without(Array.prototype, ['forEach', 'map', 'filter', 'some', 'every', 'reduce', 'reduceRight', 'indexOf', 'lastIndexOf']);
    without(Array, ['isArray']);
    without(Function.prototype, ['bind']);
    without(Date, ['now']);
    without(Date.prototype, ['toISOString', 'toJSON']);
    without(Object, ['create', 'defineProperty', 'defineProperties', 'keys', 'freeze', 'seal', 'getPrototypeOf', 'getOwnPropertyNames',
        'getOwnPropertyDescriptor', 'isFrozen', 'isSealed', 'isExtensible', 'preventExtensions']);
}
function globals() { var n = 0; for (var k in this) { n++; } return n; }
