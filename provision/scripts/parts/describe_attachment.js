DESCRIBE["attachment"] = function (m, record, rule) {
    return {
        "table": m.table,
        "sys_id": m.sysId,
        "operation": m.op,
        "file_name": m.fileName,
        "content_type": record === null ? '' : col(record, 'content_type'),
        "size_bytes": record === null ? '' : col(record, 'size_bytes'),
        "created_on": iso(m.at),
        "created_by": m.by,
        "actor": m.actor,
        "parent": { "table": m.parentTable, "sys_id": m.parentId }
    };
};
