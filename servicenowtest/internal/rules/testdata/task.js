(function executeRule(current, previous /* null on insert, and always in async rules */) {
    // managed-by: acme | key: task | version: 1 | rewritten on every provision run, do not edit
    var CFG = {
        "rule": "task",
        "version": 1,
        "type": "task",
        "instance": "acmeprod",
        "urlProperty": "x_acme.callback_url",
        "secretProperty": "x_acme.webhook_secret",
        "oldSecretProperty": "x_acme.webhook_secret_old",
        "watch": [],
        "timeoutMs": 10000
    };
    var SOURCE = 'acme.webhook';

    function str(v) {
        return v === null || v === undefined ? '' : '' + v;
    }

    function prop(name) {
        return str(gs.getProperty(name, ''));
    }

    function iso(v) { // 'yyyy-MM-dd HH:mm:ss' in UTC
        var s = str(v);
        return s.length === 19 ? s.substring(0, 10) + 'T' + s.substring(11) + 'Z' : s;
    }

    function wire(o) {
        return JSON.stringify(o).replace(/[\u007f-\uffff$]/g, function (c) {
            return '\\u' + ('0000' + c.charCodeAt(0).toString(16)).slice(-4);
        });
    }

    function mac(keyBase64, text) {
        if (typeof GlideCertificateEncryption !== 'undefined') {
            return str(new GlideCertificateEncryption().generateMac(keyBase64, 'HmacSHA256', text));
        }
        if (typeof CertificateEncryption !== 'undefined') {
            return str(new CertificateEncryption().generateMac(keyBase64, 'HmacSHA256', text));
        }
        return '';
    }

    function keyOf(secret) {
        return secret.indexOf('whsec_') === 0 ? secret.substring(6) : secret;
    }

    function sign(text) {
        var out = '';
        var names = [CFG.secretProperty, CFG.oldSecretProperty];
        for (var i = 0; i < names.length; i++) {
            var key = keyOf(prop(names[i]));
            var m = key === '' ? '' : mac(key, text);
            if (m !== '') {
                out = out + (out === '' ? '' : ' ') + 'v1,' + m;
            }
        }
        return out;
    }

    function changedFields() {
        var out = [];
        var i;
        if (str(current.operation()) !== 'update') {
            return out;
        }
        for (i = 0; i < CFG.watch.length; i++) {
            if (current.isValidField(CFG.watch[i]) && current[CFG.watch[i]].changes()) {
                out[out.length] = CFG.watch[i];
            }
        }
        if (CFG.watch.length === 0 && typeof GlideScriptRecordUtil !== 'undefined') {
            var list = GlideScriptRecordUtil.get(current).getChangedFieldNames();
            for (i = 0; i < list.size(); i++) {
                out[out.length] = str(list.get(i));
            }
        }
        return out;
    }

    function send() {
        var url = prop(CFG.urlProperty);
        if (url.indexOf('https://') !== 0) {
            return; // blank property = switched off
        }
        if (CFG.instance !== '' && CFG.instance !== prop('instance_name')) {
            return; // this instance is a clone of the provisioned one
        }
        var op = str(current.operation());
        var changed = changedFields();
        if (op === 'update' && CFG.watch.length > 0 && changed.length === 0) {
            return;
        }
        var sysId = str(current.getUniqueValue());
        var mod = str(current.getValue('sys_mod_count'));
        var id = CFG.rule + '_' + sysId + '_' + op + '_' + mod;
        var body = wire({
            "id": id,
            "type": CFG.type + '.' + (op === 'insert' ? 'created' : op === 'delete' ? 'deleted' : 'updated'),
            "timestamp": iso(current.getValue('sys_updated_on')),
            "spec": 1,
            "source": { "instance": prop('instance_name'), "rule": CFG.rule, "version": CFG.version },
            "data": {
                "table": str(current.getRecordClassName()),
                "sys_id": sysId,
                "number": str(current.getValue('number')),
                "operation": op,
                "mod_count": mod,
                "updated_on": iso(current.getValue('sys_updated_on')),
                "updated_by": str(current.getValue('sys_updated_by')),
                "actor": str(gs.getUserName()),
                "changed": changed
            }
        });
        var ts = '' + Math.floor(new Date().getTime() / 1000);
        var signature = sign(id + '.' + ts + '.' + body);
        if (signature === '') {
            gs.error(SOURCE + ': no usable signing key, event ' + id + ' not sent');
            return;
        }
        var rm = new sn_ws.RESTMessageV2();
        rm.setHttpMethod('POST');
        rm.setEndpoint(url);
        rm.setHttpTimeout(CFG.timeoutMs);
        rm.setRequestHeader('Content-Type', 'application/json; charset=utf-8');
        rm.setRequestHeader('webhook-id', id);
        rm.setRequestHeader('webhook-timestamp', ts);
        rm.setRequestHeader('webhook-signature', signature);
        rm.setRequestBody(body);
        rm.executeAsync();
    }

    try {
        send();
    } catch (e) {
        gs.error(SOURCE + ': ' + str(e));
    }
})(current, previous);
