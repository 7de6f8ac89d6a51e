// Names each file that is not ECMAScript 3 with its reserved words, or not ECMAScript 5: node parse.js DIR-of-acorn FILES.
// The two differ: ECMAScript 3 takes no trailing commas and no reserved words as property names, 5 no octal escapes in
// strict code. A script must be both, because nobody knows in which mode it will run.
var fs = require('fs'), acorn = require(process.argv[2]);
process.argv.slice(3).forEach(function (file) {
    var source = fs.readFileSync(file, 'utf8');
    try {
        acorn.parse(source, { ecmaVersion: 3, allowReserved: 'never' });
        acorn.parse(source, { ecmaVersion: 5 });
    } catch (e) {
        console.log(file);
    }
});
