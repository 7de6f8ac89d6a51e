// Where to send, or '' for nowhere: the property is blank (switched off), or this instance is a clone that took the
// rule, the URL and the secret along.
function target() {
    var url = prop(CFG.urlProperty);
    if (url.indexOf('https://') !== 0 || CFG.instance !== prop('instance_name')) {
        return '';
    }
    return url;
}
