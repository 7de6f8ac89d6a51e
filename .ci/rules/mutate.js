// Writes the mutants: node mutate.js RENDERS OUT. A mutant whose text is no longer in its script is an error: it would
// be rejected for nothing, or not be one.
var fs = require('fs'), path = require('path');
var renders = process.argv[2], out = process.argv[3], manifest = [], n = 0;
fs.readFileSync(path.join(__dirname, 'mutants.txt'), 'utf8').split('\n').forEach(function (line) {
    if (line === '' || line.charAt(0) === '#') { return; }
    var f = line.split(' ^').map(function (p) { return p.replace(/^ /, '').replace(/\\n/g, '\n'); });
    if (f[0].charAt(0) === '^') { return; }
    var source = fs.readFileSync(path.join(renders, f[1]), 'utf8');
    var mutant = source.split(f[2]).join(f[3] || '');
    if (mutant === source) { console.error('no such text for the mutant "' + f[0] + '" in ' + f[1]); process.exit(1); }
    var kind = path.basename(f[1], '.js'), delivery = f[1].indexOf('queued/') === 0 ? 'queued' : 'direct';
    var file = path.join(out, 'm' + (++n) + '-' + f[0].replace(/[^A-Za-z0-9]/g, '_') + '.js');
    fs.writeFileSync(file, mutant);
    if (kind.indexOf('delivery_of_') === 0) {
        kind = kind.substring(12);
        manifest.push([kind, 'action', file, path.join(renders, 'queued', kind + '.js')].join(' '));
    } else {
        manifest.push([kind, delivery, file].join(' '));
    }
});
fs.writeFileSync(path.join(out, 'manifest'), manifest.join('\n') + '\n');
console.log(n + ' mutants');
