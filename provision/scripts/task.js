// Tasks of any class, and customer service cases: created, updated and, when asked, deleted.
(function executeRule(current, previous /* null on insert, and always in async rules */) {
    // Written by an integration and rewritten by it: edits are lost. Blank the URL property to switch it off.
    var CFG = null;

    //= values

    //= target

    //= changed

    function observe() {
        var op = str(current.operation());
        var actor = str(gs.getUserName());
        var changed = changedColumns(op);
        if (CFG.skipActor !== '' && CFG.skipActor === actor) {
            return null;
        }
        if (op === 'update' && CFG.watch.length > 0 && changed.length === 0) {
            return null;
        }
        return {
            "rule": CFG.rule,
            "op": op,
            "table": str(current.getRecordClassName()),
            "sysId": str(current.getUniqueValue()),
            "number": col(current, 'number'),
            "mod": col(current, 'sys_mod_count'),
            "at": col(current, 'sys_updated_on'),
            "by": col(current, 'sys_updated_by'),
            "actor": actor,
            "changed": changed.join(',')
        };
    }

    //= delivery task

    //= run
})(current, previous);
