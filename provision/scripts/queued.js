// The script action of queued delivery. It runs in the event processor, so it may wait for the receiver's answer, and
// puts the event back into the queue for later when there was none.
(function deliverEvent(event, record) {
    // Written by an integration and rewritten by it: edits are lost. Blank the URL property to switch it off.
    var CFG = null;

    //= values

    //= target

    //= parm

    //= envelope

    //= describe_task

    //= describe_comment

    //= describe_attachment

    //= wire

    //= sign

    //= post

    function send(url, m, rule, attempt) {
        var rm = message(url, envelope(m, record, rule, attempt));
        try {
            return rm === null ? 0 : rm.execute().getStatusCode();
        } catch (e) {
            return 0; // no answer: refused, timed out, or not resolved
        }
    }

    function later(parm1, sysId, attempt) {
        if (attempt > CFG.backoffSeconds.length) {
            complain('gave up on ' + parm1);
            return;
        }
        var at = new GlideDateTime();
        at.addSeconds(CFG.backoffSeconds[attempt - 1]);
        gs.eventQueueScheduled(CFG.event, record === null ? sysId : record, parm1, '' + (attempt + 1), at);
    }

    function run() {
        var parm1 = str(event.parm1);
        var attempt = parseInt(str(event.parm2), 10) || 1;
        var m = unpack(parm1);
        var rule = CFG.rules[m.rule];
        var url = target();
        var status;
        if (url === '' || !rule) {
            return;
        }
        if (record !== null && !record.isValidRecord()) {
            record = null; // deleted meanwhile: what the rule saw is in parm1
        }
        status = send(url, m, rule, attempt);
        // 410 is the receiver's word that nobody wants this any more.
        if ((status < 200 || status > 299) && status !== 410) {
            later(parm1, m.sysId, attempt);
        }
    }

    try {
        run();
    } catch (e) {
        complain(e);
    }
})(event, typeof current === 'undefined' || current === null ? null : current);
