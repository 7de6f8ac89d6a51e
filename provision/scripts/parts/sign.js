// The first class exists in global scope only, the second in application scopes only.
function mac(keyBase64, text) {
    if (typeof GlideCertificateEncryption !== 'undefined') {
        return str(new GlideCertificateEncryption().generateMac(keyBase64, 'HmacSHA256', text));
    }
    if (typeof CertificateEncryption !== 'undefined') {
        return str(new CertificateEncryption().generateMac(keyBase64, 'HmacSHA256', text));
    }
    return '';
}

// One signature for each secret that is set: two while a secret rotates.
function sign(text) {
    var out = '';
    var names = [CFG.secretProperty, CFG.oldSecretProperty];
    var i;
    var key;
    var m;
    for (i = 0; i < names.length; i++) {
        key = prop(names[i]);
        if (key.indexOf('whsec_') === 0) {
            key = key.substring(6); // what follows is base64, as generateMac wants it
        }
        m = key === '' ? '' : mac(key, text);
        if (m !== '') {
            out = out + (out === '' ? '' : ' ') + 'v1,' + m;
        }
    }
    return out;
}
