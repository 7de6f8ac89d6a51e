// Journal entries: the comments of a record, and its work notes when the rule's condition lets them through.
(function executeRule(current, previous /* null on insert, and always in async rules */) {
    // Written by an integration and rewritten by it: edits are lost. Blank the URL property to switch it off.
    var CFG = null;

    //= values

    //= target

    function observe() {
        return {
            "rule": CFG.rule,
            "op": str(current.operation()),
            "table": 'sys_journal_field',
            "sysId": str(current.getUniqueValue()),
            "mod": col(current, 'sys_mod_count'), // not every release has it here
            "at": col(current, 'sys_created_on'),
            "by": col(current, 'sys_created_by'),
            "actor": str(gs.getUserName()),
            "element": col(current, 'element'),
            "parentTable": col(current, 'name'),
            "parentId": col(current, 'element_id')
        };
    }

    //= delivery comment

    //= run
})(current, previous);
