// Attachments. The content is stored after this row, so the receiver reads it later.
(function executeRule(current, previous /* null on insert, and always in async rules */) {
    // Written by an integration and rewritten by it: edits are lost. Blank the URL property to switch it off.
    var CFG = null;

    //= values

    //= target

    function observe() {
        return {
            "rule": CFG.rule,
            "op": str(current.operation()),
            "table": 'sys_attachment',
            "sysId": str(current.getUniqueValue()),
            "mod": col(current, 'sys_mod_count'),
            "at": col(current, 'sys_created_on'),
            "by": col(current, 'sys_created_by'),
            "actor": str(gs.getUserName()),
            "parentTable": col(current, 'table_name'),
            "parentId": col(current, 'table_sys_id'),
            "fileName": col(current, 'file_name')
        };
    }

    //= delivery attachment

    //= run
})(current, previous);
