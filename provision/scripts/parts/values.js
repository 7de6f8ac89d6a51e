// Getters may return Java strings or GlideElements, which JSON cannot write: concatenation makes them text.
function str(v) {
    return v === null || v === undefined ? '' : '' + v;
}

function prop(name) {
    return str(gs.getProperty(name, ''));
}

// A column that this table or release does not have is empty, not an exception.
function col(record, name) {
    return record.isValidField(name) ? str(record.getValue(name)) : '';
}
