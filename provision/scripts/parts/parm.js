// What an event must carry, because the record is read only when the event is processed, and may be gone then.
var CARRIED = ['rule', 'op', 'table', 'sysId', 'mod', 'at', 'by', 'actor', 'number', 'element', 'parentTable',
    'parentId', 'fileName', 'changed'];

// belief: the columns of events hold 255 characters, as they did; one longer event would settle it. What does not fit
// is cut, the changed columns first.
function pack(m) {
    var out = '';
    var i;
    var v;
    for (i = 0; i < CARRIED.length; i++) {
        v = str(m[CARRIED[i]]).replace(/\|/g, ' ');
        out = out + (i === 0 ? '' : '|') + (CARRIED[i] === 'fileName' ? v.substring(0, 60) : v);
    }
    if (out.length > 255) {
        out = out.substring(0, 255);
        out = out.substring(0, Math.max(out.lastIndexOf(','), out.lastIndexOf('|') + 1));
    }
    return out;
}

function unpack(parm) {
    var m = {};
    var values = parm.split('|');
    var i;
    for (i = 0; i < CARRIED.length; i++) {
        m[CARRIED[i]] = str(values[i]);
    }
    return m;
}
