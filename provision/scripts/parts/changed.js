// The columns that this update changed: of those watched, or all that the platform can tell.
function changedColumns(op) {
    var out = [];
    var i;
    var element;
    var list;
    if (op !== 'update') {
        return out;
    }
    for (i = 0; i < CFG.watch.length; i++) {
        element = current[CFG.watch[i]];
        if (element !== undefined && element !== null && element.changes()) {
            out[out.length] = CFG.watch[i];
        }
    }
    if (CFG.watch.length === 0) {
        try {
            list = GlideScriptRecordUtil.get(current).getChangedFieldNames();
            for (i = 0; i < list.size(); i++) {
                out[out.length] = str(list.get(i));
            }
        } catch (e) {
            return out; // in no typings though documented, and absent in some scopes: the event goes out without
        }
    }
    return out;
}
