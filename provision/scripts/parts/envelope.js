var DESCRIBE = {};

// 'yyyy-MM-dd HH:mm:ss' in UTC, as getValue has it. Anything else goes out as it is.
function iso(v) {
    return v.length === 19 ? v.substring(0, 10) + 'T' + v.substring(11) + 'Z' : v;
}

// Equal for equal events, so that the receiver drops repeats. The full stop separates the parts of the signed text.
function eventId(m) {
    var counted = m.table !== 'sys_journal_field' && m.table !== 'sys_attachment' || m.op === 'update';
    var id = m.rule + '_' + m.sysId + '_' + m.op + (counted && m.mod !== '' ? '_' + m.mod : '');
    return id.replace(/[^A-Za-z0-9_]/g, '_');
}

function kind(m, rule) {
    if (rule.canary !== '' && (rule.canary === m.sysId || rule.canary === m.parentId)) {
        return 'ping'; // the record with which the connection is tested
    }
    return rule.type + '.' + (m.op === 'insert' ? 'created' : m.op === 'delete' ? 'deleted' : 'updated');
}

function envelope(m, record, rule, attempt) {
    var source = { "instance": prop('instance_name'), "rule": m.rule, "version": CFG.version };
    if (attempt > 0) {
        source["attempt"] = attempt;
    }
    return {
        "id": eventId(m),
        "type": kind(m, rule),
        "timestamp": iso(m.at),
        "spec": 1,
        "source": source,
        "data": DESCRIBE[rule.type](m, record, rule)
    };
}
