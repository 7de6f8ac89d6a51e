#!/usr/bin/env bash
# Judges every script that provision renders by what the project did not write: an ES3 and ES5 parser, the TypeScript compiler
# with ServiceNow's typings and an ES3 library, Mozilla Rhino, and the Standard Webhooks library. Then it breaks them on
# purpose and wants each broken one rejected.
#
# Needs node, npm, and Rhino 1.7.14 or later: the command rhino, or java and RHINO_JAR.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap '[ -n "${KEEP:-}" ] || rm -rf "$work"' EXIT

js() {
	if command -v rhino >/dev/null; then
		rhino -opt -1 "$@"
	else
		java -jar "${RHINO_JAR:-/usr/share/java/js.jar}" -opt -1 "$@"
	fi
}

echo "== render"
(cd "$root" && go build -o "$work/rules" ./examples/rules && cd "$here/verify" && go build -o "$work/verify" .)
mkdir -p "$work/judge/scripts/good" "$work/judge/scripts/mutants"
good=$work/judge/scripts/good
render() { name=$1; shift; "$work/rules" -out "$good/$name" "$@" >/dev/null; }
for delivery in direct queued; do
	render $delivery -delivery $delivery
	render $delivery-all -delivery $delivery -text -work-notes -deletes -domain -columns state,priority -watch state,priority \
		-skip-user acme.bot -canary 0123456789abcdef0123456789abcdef -order 100 -timeout 5s
	render $delivery-names -delivery $delivery -label 'A & B <c> "d" */ é' -vendor acme2 -url 'https://hooks.example.com/é?a=<b>&c="' \
		-classes incident
done
render text -text
# The stand-ins know one vendor; the renders of another prefix are judged by parser and compiler only.
: >"$work/manifest"
for dir in "$good"/*; do
	case $dir in *-names) continue ;; esac
	for file in "$dir"/*.js; do
		kind=$(basename "$file" .js)
		case $dir:$kind in
		*:delivery_of_comment)
			for of in comment case attachment; do echo "$of action $file $dir/$of.js" >>"$work/manifest"; done ;;
		*:delivery_of_task) echo "task action $file $dir/task.js" >>"$work/manifest" ;;
		*/queued*) echo "$kind queued $file" >>"$work/manifest" ;;
		*) echo "$kind direct $file" >>"$work/manifest" ;;
		esac
	done
done
find "$good" -name '*.js' | wc -l

echo "== tools"
cp "$here/package.json" "$here/tsconfig.json" "$here"/*.d.ts "$work/judge"
(cd "$work/judge" && npm install --no-package-lock --no-audit --no-fund --silent)
node "$here/mutate.js" "$good" "$work/judge/scripts/mutants"

echo "== parser"
find "$work/judge/scripts" -name '*.js' | sort | xargs node "$here/parse.js" "$work/judge/node_modules/acorn" >"$work/unparsed"

echo "== compiler"
# The compiler keeps silent about types as long as one file does not parse.
mkdir "$work/judge/broken"
grep '/mutants/' "$work/unparsed" | while read -r file; do mv "$file" "$work/judge/broken"; done
(cd "$work/judge" && node node_modules/typescript/bin/tsc -p . --pretty false) >"$work/tsc" || true
grep -oE '^scripts/[^(]*' "$work/tsc" | sort -u | sed "s|^|$work/judge/|" >"$work/uncompiled" || true
if grep -vE '^(scripts/| )' "$work/tsc"; then
	echo "the typings themselves do not compile"
	exit 1
fi

echo "== Rhino and Standard Webhooks"
js "$here/standins.js" "$work/manifest" >"$work/good.out"
grep -q '^RAN' "$work/good.out"
sed -n 's/^REQ //p' "$work/good.out" >"$work/good.requests"
failed=0
grep '^BAD' "$work/good.out" && failed=1
"$work/verify" <"$work/good.requests" || failed=1
grep "^$good/" "$work/unparsed" && failed=1
grep '^scripts/good' "$work/tsc" && failed=1
[ $failed -eq 0 ] || { echo "a rendered script was rejected"; exit 1; }

echo "== mutants"
# What does not parse is not run: Rhino takes some of what came after ES5.
grep -vFf <(grep "/mutants/" "$work/unparsed" || echo none) "$work/judge/scripts/mutants/manifest" >"$work/mutants"
js "$here/standins.js" "$work/mutants" >"$work/mutants.out"
sed -n 's/^REQ //p' "$work/mutants.out" | "$work/verify" >"$work/mutants.verified" || true
survivors=0
while read -r _ _ file _; do
	by=""
	grep -qxF "$file" "$work/unparsed" && by="$by parser"
	grep -qF "$file" "$work/uncompiled" && by="$by compiler"
	grep -qF "BAD $file:" "$work/mutants.out" && by="$by Rhino"
	grep -qF "REFUSED $file " "$work/mutants.verified" && by="$by library"
	echo "$(basename "$file" .js): ${by:-SURVIVED}"
	[ -n "$by" ] || survivors=1
done <"$work/judge/scripts/mutants/manifest"
[ $survivors -eq 0 ] || { echo "a mutant was not rejected"; exit 1; }
