// Runs in Mozilla Rhino. Runs each script of a manifest as the platform would, with stand-ins for what it calls, and
// prints "BAD script: why" for each that misbehaves and "REQ {json}" for each request that one sent.
//
//   rhino standins.js MANIFEST       MANIFEST: one line a script, "kind delivery FILE [FILE of the rule that queues]"

var GLOBAL = this;
var SECRET = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';
var OLD = 'whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=';
var gs, current, previous, event, sn_ws, GlideCertificateEncryption, CertificateEncryption, GlideScriptRecordUtil, GlideDateTime;
var world; // what happened in the scenario that runs

function utf8(s) { return new java.lang.String(s).getBytes('UTF-8'); }
function base64(bytes) { return '' + java.util.Base64.getEncoder().encodeToString(bytes); }

function Mac() {}
Mac.prototype.generateMac = function (key, algorithm, data) {
    if (algorithm !== 'HmacSHA256') { throw new Error('algorithm ' + algorithm); }
    var m = javax.crypto.Mac.getInstance('HmacSHA256');
    m.init(new javax.crypto.spec.SecretKeySpec(java.util.Base64.getDecoder().decode(key), 'HmacSHA256'));
    return value(base64(m.doFinal(utf8(data))));
};

// What getters return: text, or as some releases have it a Java string or an object that only converts to text.
function value(s) {
    return world.getters === 'Java' ? new java.lang.String(s) : world.getters === 'objects' ? { toString: function () { return s; } } : s;
}

function Message() { this.headers = {}; }
Message.prototype.setHttpMethod = function (m) { if (m !== 'POST') { throw new Error('method ' + m); } };
Message.prototype.setEndpoint = function (u) { this.url = '' + u; };
Message.prototype.setHttpTimeout = function (ms) { if (typeof ms !== 'number') { throw new Error('timeout ' + ms); } };
Message.prototype.setRequestHeader = function (n, v) { this.headers[n] = '' + v; };
Message.prototype.setRequestBody = function (b) { this.body = '' + b; };
Message.prototype.send = function () {
    // As unkind as the documentation allows: variables are substituted, and the body leaves as Latin-1.
    var sent = this.body.replace(/\$\{[^}]*\}/g, '').replace(/\$/g, '');
    var bytes = new java.lang.String(sent).getBytes('ISO-8859-1');
    world.sent.push({ script: world.script, 'case': world.name, secrets: world.secrets, headers: this.headers, body: base64(bytes) });
    world.body = this.body;
    if (world.status === 'throws') { throw new Error('Read timed out'); }
};
Message.prototype.executeAsync = function () { world.async++; this.send(); };
Message.prototype.execute = function () {
    world.waited++;
    this.send();
    return { getStatusCode: function () { return world.status; } };
};

function Rec(columns) { this.columns = columns; }
Rec.prototype.getValue = function (n) { return this.columns[n] === undefined ? null : value(this.columns[n]); };
Rec.prototype.isValidField = function (n) { return this.columns[n] !== undefined; };
Rec.prototype.isValidRecord = function () { return true; };
Rec.prototype.getUniqueValue = function () { return value(this.columns.sys_id); };
Rec.prototype.getRecordClassName = function () { return value(this.columns.sys_class_name || ''); };
Rec.prototype.operation = function () { return value(world.op); };

function recordOf(kind, op) {
    var c = { sys_id: '9d385017c611228701d22104cc95c371', sys_created_on: '2026-01-02 03:04:05', sys_created_by: 'abel.tuter' };
    if (kind === 'comment') {
        c.element = 'comments'; c.name = 'sn_customerservice_case'; c.element_id = '46d44a23a9fe19810012d100cca80666';
        c.value = 'H\u00e4llo \u20ac ${gs.log(1)} $5 \ud83d\ude00 "q" \\ \u2028';
    } else if (kind === 'attachment') {
        c.table_name = 'sn_customerservice_case'; c.table_sys_id = '46d44a23a9fe19810012d100cca80666';
        c.file_name = 'r\u00e9sum\u00e9 ${x}.pdf'; c.content_type = 'application/pdf'; c.size_bytes = '12';
    } else {
        c.number = 'INC0010001'; c.sys_mod_count = op === 'insert' ? '0' : '7'; c.sys_updated_on = '2026-01-02 03:04:05';
        c.sys_updated_by = 'ab\u00e9l'; c.sys_class_name = kind === 'case' ? 'sn_customerservice_case' : 'incident';
        c.state = '2'; c.priority = '\u00c9 ${1}'; c.sys_domain = 'global';
    }
    var r = new Rec(c);
    r.state = r.priority = { changes: function () { return true; } };
    return r;
}

// A scenario changes the world before a script runs.
var SCENARIOS = {
    'insert': {}, 'update': { op: 'update' }, 'delete': { op: 'delete' },
    'both secrets': { old: true }, 'old secret only': { old: true, noNew: true }, 'Java strings': { getters: 'Java', op: 'update' },
    'objects': { getters: 'objects', op: 'update' },
    'application scope': { scoped: true }, 'no record util': { noUtil: true, op: 'update' },
    'a record util of another kind': { oddUtil: true, op: 'update' }, 'blanks around values': { blanks: true },
    'the log of the global scope': { globalLog: true, noNew: true, sends: 0, logs: true },
    'a log that throws': { noLog: true, status: 'throws' },
    'switched off': { url: '', sends: 0 }, 'not https': { url: 'http://hooks.example.com/', sends: 0 },
    'clone': { instance: 'acmedev', sends: 0 }, 'no secret': { noNew: true, sends: 0, logs: true },
    'no MAC class': { noMac: true, sends: 0, logs: true }, 'properties throw': { propThrows: true, sends: 0, logs: true },
    'sending throws': { status: 'throws', logs: true }
};
var QUEUED = {
    'answered': { status: 200, waits: 1 }, 'redirected': { status: 302, waits: 1, again: '2' },
    'unavailable': { status: 503, waits: 1, again: '2' }, 'no answer': { status: 'throws', waits: 1, again: '2' },
    'zero': { status: 0, waits: 1, again: '2' }, 'gone': { status: 410, waits: 1 },
    'fifth time': { status: 503, attempt: '5', waits: 1, again: '6' },
    'sixth and last time': { status: 503, attempt: '6', waits: 1, logs: true },
    'record deleted': { status: 200, deleted: true, waits: 1 }, 'Java strings': { status: 200, getters: 'Java', waits: 1 },
    'objects': { status: 200, getters: 'objects', waits: 1 },
    'both secrets': { status: 200, old: true, waits: 1 }, 'switched off': { url: '', sends: 0 },
    'clone': { instance: 'acmedev', sends: 0 }, 'no secret': { noNew: true, sends: 0, logs: true, again: '2' }
};

function begin(script, name, s, kind) {
    world = { script: script, name: name, sent: [], logs: 0, async: 0, waited: 0, queued: [], later: [], getters: s.getters,
        op: s.op || 'insert', status: s.status === undefined ? 200 : s.status, secrets: s.noNew ? [OLD] : s.old ? [SECRET, OLD] : [SECRET] };
    var properties = { 'x_acme.callback_url': s.url === undefined ? 'https://hooks.example.com/sn/t-1' : s.url,
        'x_acme.webhook_secret': s.noNew ? '' : SECRET, 'x_acme.webhook_secret_old': s.old ? OLD : '', 'instance_name': s.instance || 'acme' };
    gs = {
        getProperty: function (n, otherwise) {
            if (s.propThrows) { throw new Error('no property'); }
            return properties[n] === undefined ? otherwise : value(s.blanks ? ' ' + properties[n] + '\n' : properties[n]);
        },
        getUserName: function () { return value('abel.tuter'); },
        error: function (m) {
            if (s.noLog) { throw new Error('too many lines'); }
            world.logs++;
            world.log = '' + m;
        },
        eventQueue: function (n, r, p1, p2) { world.queued.push(['' + n, '' + p1, '' + p2]); },
        eventQueueScheduled: function (n, r, p1, p2, at) { world.later.push(['' + p1, '' + p2, at.seconds]); }
    };
    if (s.globalLog) {
        gs.logError = gs.error;
        delete gs.error; // the documentation of the global scope has none
    }
    sn_ws = { RESTMessageV2: Message };
    GlideCertificateEncryption = s.scoped || s.noMac ? undefined : Mac;
    CertificateEncryption = s.scoped ? Mac : undefined;
    GlideScriptRecordUtil = s.noUtil ? undefined : { get: function () {
        return s.oddUtil ? {} : { getChangedFieldNames: function () { return { size: function () { return 1; }, get: function () { return value('state'); } }; } };
    } };
    GlideDateTime = function () { this.seconds = 0; };
    GlideDateTime.prototype.addSeconds = function (n) { if (typeof n !== 'number') { throw new Error('seconds ' + n); } this.seconds += n; };
    current = recordOf(kind, world.op);
    previous = null;
}

function names() { var out = {}; for (var k in GLOBAL) { out[k] = true; } return out; }

function run(source) {
    var before = names();
    try {
        (0, eval)(source);
    } catch (e) {
        return 'throws into the transaction: ' + e;
    }
    for (var k in GLOBAL) {
        if (!before[k]) { delete GLOBAL[k]; return 'leaks the global ' + k; }
    }
    return '';
}

function differs(what, got, want) { return got === want ? '' : what + ' ' + got + ' times, not ' + want; }

function judgeRule(s, delivery) {
    var sends = s.sends === undefined ? 1 : 0;
    if (delivery === 'queued') {
        var needsUrl = s.url === undefined && s.instance === undefined && !s.propThrows;
        return differs('queues', world.queued.length, needsUrl ? 1 : 0) || differs('sends', world.sent.length, 0);
    }
    return differs('sends', world.sent.length, sends) || differs('waits for an answer', world.waited, 0) ||
        (s.logs && world.logs !== 1 ? 'logs ' + world.logs + ' lines' : '') || (!s.logs && world.logs > 0 ? 'logs ' + world.log : '');
}

function judgeAction(s) {
    var again = world.later.length === 0 ? '' : world.later[0][1];
    return differs('sends', world.sent.length, s.sends === undefined ? 1 : 0) || differs('waits', world.waited, s.waits || 0) ||
        (again === (s.again || '') ? '' : 'tries again as "' + again + '"') ||
        (again === '2' && world.later[0][2] !== 30 || again === '6' && world.later[0][2] !== 21600 ? 'waits ' + world.later[0][2] + ' s' : '') ||
        (s.logs && world.logs !== 1 ? 'logs ' + world.logs + ' lines' : '');
}

function judgeBody(kind) {
    if (world.sent.length === 0) { return ''; }
    var e = JSON.parse(world.body);
    var verb = { insert: 'created', update: 'updated', 'delete': 'deleted' }[world.op];
    if (e.type !== kind + '.' + verb || e.spec !== 1 || e.source.instance !== 'acme' || e.data.operation !== world.op ||
        e.data.sys_id !== '9d385017c611228701d22104cc95c371' || !/^[a-z0-9_]+$/.test(e.id) || e.timestamp !== '2026-01-02T03:04:05Z') {
        return 'says ' + world.body;
    }
    for (var k in e.data) {
        if (typeof e.data[k] !== 'string' && k !== 'changed' && k !== 'parent' && k !== 'columns') { return k + ' is no string'; }
    }
    return '';
}

// ids of the same event, sent twice, are equal; of different ones, different.
function judgeIds(source, script, kind) {
    var ids = [];
    for (var i = 0; i < 3; i++) {
        begin(script, 'ids', { op: i < 2 ? 'update' : 'delete' }, kind);
        run(source);
        if (world.sent.length > 0) { ids.push(JSON.parse(world.body).id); }
    }
    return ids.length === 0 || ids[0] === ids[1] && ids[0] !== ids[2] ? '' : 'ids ' + ids;
}

function judge(kind, delivery, file, rule) {
    var source = '' + readFile(file, 'UTF-8');
    var why = '';
    var name;
    var scenarios = delivery === 'action' ? QUEUED : SCENARIOS;
    for (name in scenarios) {
        var s = scenarios[name];
        var parm1 = '';
        if (delivery === 'action') {
            begin(file, name, { op: 'update' }, kind);
            run('' + readFile(rule, 'UTF-8'));
            parm1 = world.queued[0][1];
            if (parm1.length > 255) { return 'queues ' + parm1.length + ' characters'; }
        }
        begin(file, name, s, kind);
        if (delivery === 'action') {
            world.op = 'update';
            event = { parm1: value(parm1), parm2: value(s.attempt || '1') };
            current = s.deleted ? null : current;
        }
        why = run(source) || (delivery === 'action' ? judgeAction(s) : judgeRule(s, delivery)) || judgeBody(kind);
        if (why === '') {
            for (var i = 0; i < world.sent.length; i++) { print('REQ ' + JSON.stringify(world.sent[i])); }
        } else {
            return name + ': ' + why;
        }
    }
    return delivery === 'direct' ? judgeIds(source, file, kind) : '';
}

var count = 0;
var lines = ('' + readFile(arguments[0], 'UTF-8')).split('\n');
for (var l = 0; l < lines.length; l++) {
    if (lines[l] !== '') {
        var words = lines[l].split(' ');
        var verdict;
        try {
            verdict = judge(words[0], words[1], words[2], words[3]);
        } catch (e) {
            verdict = 'stand-ins: ' + e;
        }
        if (verdict !== '') { print('BAD ' + words[2] + ': ' + verdict); }
        count++;
    }
}
print('RAN ' + count);
