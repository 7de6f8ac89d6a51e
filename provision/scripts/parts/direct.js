// executeAsync, because execute would let the user wait for the receiver.
function deliver(url, m) {
    var rm = message(url, envelope(m, current, CFG, 0));
    if (rm !== null) {
        rm.executeAsync();
    }
}
