// gs, cryptography and strings.

function log(level) {
    return function (message) {
        var out = text(message);
        for (var i = 1; i < arguments.length; i++) {
            out = out.split('{' + (i - 1) + '}').join(text(arguments[i]));
        }
        $.log(level, out);
    };
}

function plain(level) {
    return function (message, source) { $.log(level, text(message), text(source)); };
}

function ago(unit) {
    return function (n) { return jstr($.formatTime($.now() - Number(n) * unit)); };
}

function quiet() { }

function instanceOf(gr) {
    return gr !== null && typeof gr === 'object' && gr.$h !== undefined ? gr.$h : -1;
}

function queueEvent(name, gr, parm1, parm2, queue, due) {
    $.eventQueue(text(name), instanceOf(gr), instanceOf(gr) < 0 ? text(gr) : '',
        text(parm1), text(parm2), text(queue), due);
}

// The functions that name a point in time; queries may call them too, after javascript:.
function moments(o, names) {
    for (var i = 0; i < names.length; i++) {
        hide(o, names[i], moment(names[i]));
    }
}

function moment(name) {
    return function () {
        var args = [];
        for (var i = 0; i < arguments.length; i++) {
            args.push("'" + text(arguments[i]) + "'");
        }
        return jstr($.evaluate('gs.' + name + '(' + args.join(',') + ')'));
    };
}

var gs = Object.create({});
var gsProto = Object.getPrototypeOf(gs);
methods(gsProto, {
    info: log('info'), warn: log('warn'), error: log('error'), debug: log('debug'),
    log: plain('info'), print: plain('info'), logWarning: plain('warn'), logError: plain('error'),
    addInfoMessage: quiet, addErrorMessage: quiet,
    getProperty: function (name, alt) {
        var v = $.property(text(name));
        return v === null ? (alt === undefined ? null : alt) : jstr(v);
    },
    setProperty: function (name, v, description) { $.setProperty(text(name), text(v), text(description)); },
    getUserName: function () { return jstr($.userName()); },
    getUserID: function () { return jstr($.userID()); },
    getUserDisplayName: function () { return jstr($.userDisplayName()); },
    getUser: function () { return new GlideUser(); },
    hasRole: function (role) { return $.hasRole(text(role)); },
    isLoggedIn: function () { return $.userName() !== 'system'; },
    isInteractive: function () { return false; },
    isDebugging: function () { return false; },
    nil: function (v) {
        if (v === null || v === undefined || v === '') {
            return true;
        }
        return typeof v === 'object' && v.$h !== undefined && v.$p !== undefined && v.nil();
    },
    nowDateTime: function () { return jstr($.localTime($.now())); },
    now: function () { return jstr($.localTime($.now()).substring(0, 10)); },
    nowNoTZ: function () { return jstr($.formatTime($.now())); },
    nowGlideDateTime: function () { return new GlideDateTime(); },
    yesterday: ago(86400000).bind(null, 1), lastWeek: ago(86400000).bind(null, 7),
    dateDiff: function (start, end, numeric) {
        var d = new GlideDuration($.parseTime(text(end), true) - $.parseTime(text(start), true));
        return numeric ? jstr(d.getNumericValue() / 1000) : d.getDurationValue();
    },
    userID: function () { return jstr($.userID()); },
    getUserNameByUserID: function (id) {
        var u = new GlideRecord('sys_user');
        return u.get(text(id)) ? u.getValue('user_name') : null;
    },
    getDisplayColumn: function (table) { return jstr($.displayColumn(text(table))); },
    getEscapedProperty: function (name, alt) {
        return jstr(text(gs.getProperty(name, alt)).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;'));
    },
    isMobile: function () { return false; },
    addMessage: quiet, addHighMessage: quiet, addLowMessage: quiet, addModerateMessage: quiet, addSuccessMessage: quiet,
    flushMessages: quiet,
    daysAgo: ago(86400000), hoursAgo: ago(3600000), minutesAgo: ago(60000),
    generateGUID: function () { return jstr($.newGUID()); },
    tableExists: function (name) { return $.tableExists(text(name)); },
    eventQueue: function (name, gr, parm1, parm2, queue) { queueEvent(name, gr, parm1, parm2, queue, null); },
    eventQueueScheduled: function (name, gr, parm1, parm2, at) {
        var due = at instanceof GlideDateTime ? at : new GlideDateTime(text(at));
        queueEvent(name, gr, parm1, parm2, '', due.getNumericValue());
    },
    base64Encode: function (s) { return jstr($.base64Encode(text(s))); },
    base64Decode: function (s) { return jstr($.base64Decode(text(s))); },
    urlEncode: function (s) { return jstr(encodeURIComponent(text(s)).replace(/%20/g, '+')); },
    urlDecode: function (s) { return jstr(decodeURIComponent(text(s).replace(/\+/g, ' '))); },
    getMessage: function (id) { return jstr(id); },
    getTimeZoneName: function () { return jstr($.timeZone()); },
    getCallerScopeName: function () { return null; }
});
moments(gsProto, ['dateGenerate', 'daysAgoStart', 'daysAgoEnd', 'hoursAgoStart', 'hoursAgoEnd', 'minutesAgoStart',
    'minutesAgoEnd', 'monthsAgo', 'monthsAgoStart', 'monthsAgoEnd', 'quartersAgo', 'quartersAgoStart', 'quartersAgoEnd',
    'yearsAgo', 'beginningOfToday', 'endOfToday', 'beginningOfYesterday', 'endOfYesterday', 'beginningOfTomorrow',
    'endOfTomorrow', 'beginningOfThisWeek', 'endOfThisWeek', 'beginningOfLastWeek', 'endOfLastWeek',
    'beginningOfNextWeek', 'endOfNextWeek', 'beginningOfThisMonth', 'endOfThisMonth', 'beginningOfLastMonth',
    'endOfLastMonth', 'beginningOfNextMonth', 'endOfNextMonth', 'beginningOfThisQuarter', 'endOfThisQuarter',
    'beginningOfThisYear', 'endOfThisYear', 'endOfLastYear', 'beginningOfNextYear', 'endOfNextYear']);
refuse(gsProto, 'GlideSystem');

function GlideUser() { }
methods(GlideUser.prototype, {
    getID: function () { return jstr($.userID()); },
    getName: function () { return jstr($.userName()); },
    getDisplayName: function () { return jstr($.userDisplayName()); },
    getFullName: function () { return jstr($.userDisplayName()); },
    getFirstName: function () { return jstr($.userColumn('first_name')); },
    getLastName: function () { return jstr($.userColumn('last_name')); },
    getEmail: function () { return jstr($.userColumn('email')); },
    getCompanyID: function () { return jstr($.userColumn('company')); },
    getRoles: function () { return new JavaList($.roles()); },
    getUserRoles: function () { return new JavaList($.roles()); },
    isMemberOf: function (group) { return $.isMemberOf(text(group)); },
    hasRole: function (role) { return $.hasRole(text(role)); }
});
refuse(GlideUser.prototype, 'GlideUser');

function GlideCertificateEncryption() { }
methods(GlideCertificateEncryption.prototype, {
    generateMac: function (key, algorithm, data) {
        return jstr($.generateMac(text(key), text(algorithm), text(data)));
    }
});
refuse(GlideCertificateEncryption.prototype, 'GlideCertificateEncryption');

function GlideDigest() { }
methods(GlideDigest.prototype, {
    getSHA256Hex: function (s) { return jstr($.digest('sha256', text(s), 'hex')); },
    getSHA256Base64: function (s) { return jstr($.digest('sha256', text(s), 'base64')); },
    getSHA1Hex: function (s) { return jstr($.digest('sha1', text(s), 'hex')); },
    getSHA1Base64: function (s) { return jstr($.digest('sha1', text(s), 'base64')); },
    getMD5Hex: function (s) { return jstr($.digest('md5', text(s), 'hex')); },
    getMD5Base64: function (s) { return jstr($.digest('md5', text(s), 'base64')); }
});
refuse(GlideDigest.prototype, 'GlideDigest');

var GlideStringUtil = {};
methods(GlideStringUtil, {
    base64Encode: function (s) { return jstr($.base64Encode(text(s))); },
    base64Decode: function (s) { return jstr($.base64Decode(text(s))); },
    escapeHTML: function (s) {
        return jstr(text(s).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
            .replace(/"/g, '&quot;').replace(/'/g, '&#39;'));
    },
    unEscapeHTML: function (s) {
        return jstr(text(s).replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&#39;/g, "'")
            .replace(/&amp;/g, '&'));
    },
    escapeQueryTermSeparator: function (s) { return jstr(text(s).split('^').join('^^')); },
    newLinesToBreaks: function (s) { return jstr(text(s).replace(/\n/g, '<br/>')); },
    normalizeWhitespace: function (s) { return jstr(text(s).replace(/\s+/g, ' ').replace(/^ | $/g, '')); },
    dotToUnderBar: function (s) { return jstr(text(s).split('.').join('_')); },
    getNumeric: function (s) { return jstr(text(s).replace(/[^0-9]/g, '')); },
    urlEncode: function (s) { return gs.urlEncode(s); },
    isEligibleSysID: function (s) { return /^[0-9a-fA-F]{32}$/.test(text(s)); },
    isBase64: function (s) { return /^[A-Za-z0-9+\/]+={0,2}$/.test(text(s)) && text(s).length % 4 === 0; }
});
refuse(GlideStringUtil, 'GlideStringUtil');
