// A request, signed now over the exact bytes that it sends, or null without a key.
function message(url, event) {
    var body = wire(event);
    var ts = '' + Math.floor(new Date().getTime() / 1000);
    var signature = sign(event.id + '.' + ts + '.' + body);
    if (signature === '') {
        complain('no usable signing key, event ' + event.id + ' not sent');
        return null;
    }
    var rm = new sn_ws.RESTMessageV2();
    rm.setHttpMethod('POST');
    rm.setEndpoint(url);
    rm.setHttpTimeout(CFG.timeoutMs);
    rm.setRequestHeader('Content-Type', 'application/json; charset=utf-8');
    rm.setRequestHeader('webhook-id', event.id);
    rm.setRequestHeader('webhook-timestamp', ts);
    rm.setRequestHeader('webhook-signature', signature);
    rm.setRequestBody(body);
    return rm;
}
