#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Wrong use, where things are read from and written to, and what is left when it fails.
. "$(dirname "$0")/lib.sh"
be alice
M=$MESSAGES/plain.eml

writes "--version says the name and a number" "$LL" --version
like "… in one line" '^letterlock [0-9]+\.[0-9]+' "$OUT"
writes "--help" "$LL" --help
like "… names every command" 'decrypt' "$OUT"
for command in sign encrypt decrypt verify show; do
  writes "$command --help" "$LL" "$command" --help
done

run "$LL"
is "no command: exit status" 2 "$status"
is "no command: nothing on stdout" 0 "$(stat -c %s "$OUT")"
like "no command: says what there is" 'decrypt' "$ERR"
refuses "an unknown command" 2 'frobnicate' "$LL" frobnicate
refuses "an unknown option" 2 'no-such-option' "$LL" verify --no-such-option "$M"
refuses "an unknown protocol" 2 'protocol' "$LL" sign -p pem "$M"
refuses "an unknown header policy" 2 'headers' "$LL" encrypt --headers secret "$M"
refuses "two files" 2 'one FILE|more than one|too many' "$LL" verify "$M" "$M"
refuses "a time that is none" 2 'time' "$LL" verify --as-of yesterday-ish "$M"
refuses "a recipient that is no address" 2 'address' "$LL" encrypt -p openpgp -r 'bob example.org' "$M"
refuses "a recipient that looks like an option" '2|5' '-oQ' "$LL" encrypt -p openpgp -r '-oQ/tmp/x@example.org' "$M"
refuses "a recipient with a line break" 2 'address|line break' "$LL" encrypt -p openpgp -r $'bob@example.org\nBcc: eve@example.net' "$M"
refuses "--detached without --raw" 2 'raw' "$LL" sign --detached "$M"
refuses "a file that is not there" 8 'missing\.eml.*[Nn]o such file' "$LL" verify missing.eml
refuses "a folder" 8 'directory' "$LL" verify .
refuses "a configuration that is not there" 2 'nowhere\.conf' "$LL" --config nowhere.conf verify "$M"
printf 'this is no key file\n' >broken.conf
refuses "a configuration that cannot be read" 2 'broken\.conf' "$LL" --config broken.conf verify "$M"
rm broken.conf
printf '[smime]\ncontent-cipher=rot13\n' >odd.conf
refuses "a configuration value that means nothing" 2 'content-cipher|rot13' "$LL" --config odd.conf verify "$M"
rm odd.conf

# ---- input and output
KEEP=$T/signed writes "FILE" "$LL" sign -p openpgp "$M"
IN=$M writes "standard input, no FILE" "$LL" sign -p openpgp
IN=$M writes "standard input as -" "$LL" sign -p openpgp -
run "$LL" sign -p openpgp -o made.eml "$M"
is "-o: exit status" 0 "$status"
is "-o: nothing on stdout" 0 "$(stat -c %s "$OUT")"
ok "-o: the message is there" grep -q '^Content-Type: multipart/signed' made.eml
is "-o: only the file asked for" "made.eml" "$(ls -A)"
judged "-o: and it verifies" 0 "signature.status=valid" made.eml
printf 'precious' >made.eml
refuses "a broken message, and the file of -o stays as it was" 5 'nobody@example.org' \
  "$LL" encrypt -p openpgp -r nobody@example.org -o made.eml "$M"
is "… as it was" precious "$(cat made.eml)"
rm made.eml
refuses "-o into a folder that is not there" 8 'nowhere' "$LL" sign -p openpgp -o nowhere/made.eml "$M"

is "the report is not on stdout of decrypt" 0 "$("$LL" decrypt "$T/signed" 2>/dev/null | grep -c '"version"')"
run "$LL" decrypt --report verdict.json "$T/signed"
is "--report: exit status" 0 "$status"
is "--report: the file holds the verdict" signed "$($MIME json verdict.json summary)"
rm -f verdict.json
run "$LL" decrypt --report nowhere/verdict.json "$T/signed"
is "a report that cannot be written: exit status" 8 "$status"
is "a report that cannot be written: nothing on stdout" 0 "$(stat -c %s "$OUT")"

run "$LL" -q decrypt "$T/signed"
is "--quiet: nothing on stderr" 0 "$(stat -c %s "$ERR")"
writes "verify: a report for people on stdout" "$LL" verify "$T/signed"
like "… names the signer" 'alice@example\.org' "$OUT"
writes "show: headers, text and report" "$LL" show "$T/signed"
like "… the text" 'the engine turns' "$OUT"
like "… the subject" 'Plain words' "$OUT"
writes "show --json" "$LL" show --json "$T/signed"

# ---- the other end of stdout
for action in "sign -p openpgp $M" "decrypt $T/signed" "verify $T/signed" "show $T/signed"; do
  # shellcheck disable=SC2086
  "$LL" $action 2>"$ERR" >/dev/full
  is "disk full: ${action%% *}: exit status" 8 $?
  like "disk full: ${action%% *}: says so in one line" '[Nn]o space left' "$ERR"
  is "disk full: ${action%% *}: one line" 1 "$(grep -c '[Nn]o space' "$ERR")"
  # shellcheck disable=SC2086
  "$LL" $action 2>"$ERR" >&-
  is "stdout closed: ${action%% *}: exit status" 8 $?
  is "stdout closed: ${action%% *}: told" 1 "$(grep -c '^letterlock: ' "$ERR")"
done
# A reader that goes away: no signal death, no leftover.
$MIME big alice@example.org bob@example.org 2 >big.eml
( set -o pipefail; "$LL" sign -p openpgp big.eml 2>"$ERR" | head -c 10 >/dev/null; exit "${PIPESTATUS[0]}" )
is "a reader that goes away: exit status" 8 $?
rm big.eml
is "nothing left in the work folder" "" "$(ls -A)"
is "nothing left in TMPDIR" "" "$(ls -A "$TMPDIR")"

# ---- verify of what is not protected
refused_none ()
{
  run "$LL" verify --json "$1"
  is "not signed: exit status 3 ($(basename "$1"))" 3 "$status"
  is "not signed: summary none ($(basename "$1"))" "none none none" \
    "$($MIME json "$OUT" summary signature.status encryption.status | tr '\n' ' ' | sed 's/ $//')"
}
for m in $ALL_MESSAGES; do refused_none "$MESSAGES/$m.eml"; done
EXPECT=0 writes "decrypt of an unprotected message passes it" "$LL" decrypt "$M"
ok "… octet by octet" cmp "$OUT" "$M"
writes "decrypt of an unprotected CRLF message" "$LL" decrypt "$MESSAGES/crlf.eml"
ok "… octet by octet" cmp "$OUT" "$MESSAGES/crlf.eml"
done_testing
