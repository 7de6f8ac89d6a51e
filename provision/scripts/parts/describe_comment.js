DESCRIBE["comment"] = function (m, record, rule) {
    var text;
    var data = {
        "table": m.table,
        "sys_id": m.sysId,
        "operation": m.op,
        "element": m.element,
        "created_on": iso(m.at),
        "created_by": m.by,
        "actor": m.actor,
        "parent": { "table": m.parentTable, "sys_id": m.parentId }
    };
    if (rule.text && record !== null) {
        text = col(record, 'value');
        data["text"] = text.substring(0, 8000);
        data["truncated"] = text.length > 8000 ? 'true' : 'false';
    }
    return data;
};
