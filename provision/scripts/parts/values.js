// Getters may return Java strings or GlideElements, which JSON cannot write: concatenation makes them text.
function str(v) {
    return v === null || v === undefined ? '' : '' + v;
}

// People who enter a value by hand leave blanks around it.
function prop(name) {
    return str(gs.getProperty(name, '')).replace(/^\s+|\s+$/g, '');
}

// A column that is empty, or that this table or release does not have, is null.
function col(record, name) {
    return str(record.getValue(name));
}

// One line in the system log. gs.error is documented for application scopes, gs.logError for the global one. Nothing
// that goes wrong here may reach the save of the user in whose transaction this runs.
function complain(why) {
    try {
        why = CFG.source + ': ' + str(why);
        if (typeof gs.error !== 'undefined') {
            gs.error(why);
        } else {
            gs.logError(why, CFG.source);
        }
    } catch (e) {
        return;
    }
}
