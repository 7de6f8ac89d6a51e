// ASCII only, so that every charset yields the bytes that were signed; and no dollar sign, because REST messages
// substitute ${variables} in what they send.
function wire(o) {
    return JSON.stringify(o).replace(/[\u007f-\uffff$]/g, function (c) {
        return '\\u' + ('0000' + c.charCodeAt(0).toString(16)).slice(-4);
    });
}
