// An exception must not reach the save of the user in whose transaction this runs.
try {
    (function () {
        var url = target();
        var m = url === '' ? null : observe();
        if (m !== null) {
            deliver(url, m);
        }
    })();
} catch (e) {
    complain(e);
}
