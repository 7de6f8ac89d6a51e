// The script action of the same integration sends it, and tries again when the receiver is down.
function deliver(url, m) {
    gs.eventQueue(CFG.event, current, pack(m), '1');
}
