// sn_ws, and the globals that scripts see.

function RESTMessageV2(name) {
    if (name !== undefined) {
        throw new JavaException('RESTMessageV2(name, method): REST message records are not emulated by servicenowtest');
    }
    hide(this, '$m', $.newMessage());
}
methods(RESTMessageV2.prototype, {
    setEndpoint: function (v) { $.message(this.$m, 'endpoint', text(v), ''); },
    getEndpoint: function () { return jstr($.messagePart(this.$m, 'endpoint', '')); },
    setHttpMethod: function (v) { $.message(this.$m, 'method', text(v), ''); },
    setHttpTimeout: function (ms) { $.message(this.$m, 'timeout', text(ms), ''); },
    setRequestHeader: function (k, v) { $.message(this.$m, 'header', text(k), text(v)); },
    getRequestHeader: function (k) { return jstr($.messagePart(this.$m, 'header', text(k))); },
    getRequestHeaders: function () { return $.messageHeaders(this.$m); },
    setQueryParameter: function (k, v) { $.message(this.$m, 'query', text(k), text(v)); },
    setRequestBody: function (v) { $.message(this.$m, 'body', text(v), ''); },
    getRequestBody: function () { return jstr($.messagePart(this.$m, 'body', '')); },
    setStringParameter: function (k, v) { $.message(this.$m, 'parameter', text(k), text(v)); },
    setStringParameterNoEscape: function (k, v) { $.message(this.$m, 'parameter', text(k), text(v)); },
    setBasicAuth: function (u, p) { $.message(this.$m, 'basic', text(u), text(p)); },
    setLogLevel: function (v) { $.message(this.$m, 'log', text(v), ''); },
    setEccCorrelator: quiet, setEccParameter: quiet,
    disableForcedVariableSubstitution: function () { $.message(this.$m, 'verbatim', '', ''); },
    execute: function () { return new RESTResponseV2($.execute(this.$m)); },
    executeAsync: function () { return new RESTResponseV2($.executeAsync(this.$m)); }
});
refuse(RESTMessageV2.prototype, 'RESTMessageV2');

function RESTResponseV2(r) {
    hide(this, '$r', r);
}
methods(RESTResponseV2.prototype, {
    getStatusCode: function () { return $.response(this.$r, 'status', ''); },
    getBody: function () { return jstr($.response(this.$r, 'body', '')); },
    getHeader: function (k) { return jstr($.response(this.$r, 'header', text(k))); },
    haveError: function () { return $.response(this.$r, 'failed', ''); },
    getErrorMessage: function () { return jstr($.response(this.$r, 'error', '')); },
    getErrorCode: function () { return $.response(this.$r, 'code', ''); },
    waitForResponse: function (seconds) { $.await(this.$r, Number(seconds)); }
});
refuse(RESTResponseV2.prototype, 'RESTResponseV2');

function publish(names) {
    for (var name in names) {
        hide(root, name, names[name]);
    }
}
publish({
    GlideRecord: GlideRecord, GlideElement: GlideElement, GlideScriptRecordUtil: GlideScriptRecordUtil, gs: gs,
    GlideAggregate: GlideAggregate, GlideDate: GlideDate, GlideDateTime: GlideDateTime, GlideDuration: GlideDuration, GlideStringUtil: GlideStringUtil,
    GlideDigest: GlideDigest, sn_ws: { RESTMessageV2: RESTMessageV2 }
});

// enter sets what differs between scopes: each of the two names of one class is known in one of them only.
function enter(scope) {
    delete root.GlideCertificateEncryption;
    delete root.CertificateEncryption;
    publish(scope === 'global' ? { GlideCertificateEncryption: GlideCertificateEncryption }
        : { CertificateEncryption: GlideCertificateEncryption });
    hide(gsProto, 'getCurrentScopeName', function () { return jstr(scope === 'global' ? 'rhino.global' : scope); });
}

// baseline is what every transaction finds. clean puts it back and reports whether that worked: a variable that a
// script declared outside of any function cannot be deleted.
var baseline = {};

function remember() {
    var names = Object.getOwnPropertyNames(root);
    for (var i = 0; i < names.length; i++) {
        baseline[names[i]] = root[names[i]];
    }
}

function clean() {
    var names = Object.getOwnPropertyNames(root);
    for (var i = 0; i < names.length; i++) {
        if (!Object.prototype.hasOwnProperty.call(baseline, names[i])) {
            if (!delete root[names[i]]) {
                return false;
            }
        } else if (root[names[i]] !== baseline[names[i]] && root[names[i]] === root[names[i]]) {
            root[names[i]] = baseline[names[i]];
        }
    }
    return true;
}
