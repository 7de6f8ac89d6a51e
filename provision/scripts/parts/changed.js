// The columns that this update changed: of those watched, or all that the platform can tell.
function changedColumns(op) {
    var out = [];
    var i;
    var list;
    if (op !== 'update') {
        return out;
    }
    for (i = 0; i < CFG.watch.length; i++) {
        if (current.isValidField(CFG.watch[i]) && current[CFG.watch[i]].changes()) {
            out[out.length] = CFG.watch[i];
        }
    }
    // In no typings, though documented, and absent in some scopes: without it the event goes out with none.
    if (CFG.watch.length === 0 && typeof GlideScriptRecordUtil !== 'undefined') {
        list = GlideScriptRecordUtil.get(current).getChangedFieldNames();
        for (i = 0; i < list.size(); i++) {
            out[out.length] = str(list.get(i));
        }
    }
    return out;
}
