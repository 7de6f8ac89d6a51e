// No values but those asked for: rules ignore access controls, so the receiver reads the rest with its own rights.
DESCRIBE["task"] = DESCRIBE["case"] = function (m, record, rule) {
    var i;
    var data = {
        "table": m.table,
        "sys_id": m.sysId,
        "number": m.number,
        "operation": m.op,
        "mod_count": m.mod,
        "updated_on": iso(m.at),
        "updated_by": m.by,
        "actor": m.actor,
        "changed": m.changed === '' ? [] : m.changed.split(',')
    };
    if (rule.columns.length > 0) {
        data["columns"] = {};
        for (i = 0; i < rule.columns.length && record !== null; i++) {
            data["columns"][rule.columns[i]] = col(record, rule.columns[i]);
        }
    }
    if (rule.domain && record !== null) {
        data["domain"] = col(record, 'sys_domain');
    }
    return data;
};
