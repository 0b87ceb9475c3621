#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Messages that are empty, broken or out of all proportion (security.md N): one
# line that says what is wrong, within seconds, in every command.
. "$(dirname "$0")/lib.sh"
be alice
M=$MESSAGES/plain.eml
LIMIT=20

# every DESCRIPTION STATUS PATTERN FILE
every ()
{
  local command
  for command in "sign -p openpgp" "encrypt -p openpgp -r bob@example.org" decrypt verify show; do
    # shellcheck disable=SC2086
    refuses "$1: ${command%% *}" "$2" "$3" "$LL" $command "$4"
  done
}
make () { python3 -c "import sys; o = sys.stdout.buffer; w = o.write
h = b'From: alice@example.org\r\nTo: bob@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\n'
$1" >m.eml; }

: >m.eml; every "an empty message" 6 'empty' m.eml
printf '\n' >m.eml; every "an empty line" 6 '' m.eml
make 'w(b"From: alice@example.org\0@example.net\r\nTo: bob@example.org\r\n\r\nx\r\n")'; every "NUL in From (10)" 6 'NUL' m.eml
make 'w(h + b"X-\0: y\r\n\r\nx\r\n")'; every "NUL in a field name" 6 'NUL' m.eml
make 'w(h + b"X-Odd: a\rBcc: eve@example.net\r\n\r\nx\r\n")'; every "a lone CR in the header" 6 'CR|carriage|line end' m.eml
make 'w(h + b"".join(b"X-%d: y\r\n" % i for i in range(2500)) + b"\r\nx\r\n")'; every "2,500 header fields (6)" 6 'limit.*2000|2000.*fields' m.eml
make 'w(h + b"X-Long: " + b"y" * 70000 + b"\r\n\r\nx\r\n")'; every "a field of 70 KB (7)" 6 'limit.*(64|65536)|longer than' m.eml
make 'w(h + b"X-Fold: y" + b"\r\n y" * 5000000 + b"\r\n\r\nx\r\n")'; every "five million folded lines" 6 'limit|longer' m.eml
make 'w(h + b"To: " + b"a:" * 200000 + b"\r\n\r\nx\r\n")'; refuses "200,000 nested groups (9): encrypt" 6 '' "$LL" encrypt -p openpgp m.eml
make 'w(h.replace(b"bob@", b"a:" * 12 + b"bob@") + b"\r\nx\r\n")'; refuses "twelve nested groups in To (9)" 6 'nest|group|To' "$LL" encrypt -p openpgp m.eml
make 'w(h.replace(b"bob@", b"(" * 5000 + b")" * 5000 + b"bob@") + b"\r\nx\r\n")'; refuses "5,000 nested comments in To" 6 'nest|comment|To' "$LL" encrypt -p openpgp m.eml
make 'w(h.replace(b"From: alice@", b"From: " + b"a:" * 30000 + b"alice@") + b"\r\nx\r\n")'; refuses "nested groups in From: sign" 6 'From|nest|limit' "$LL" sign -p openpgp m.eml
run "$LL" verify --json m.eml; is "nested groups in From: verify survives" 1 "$([ "$status" -lt 9 ] && echo 1)"
make 'w(h + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(1000)))'
every "multiparts a thousand deep (4)" 6 'limit|nest|deep' m.eml
make 'w(h + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(100000)))'
every "multiparts 100,000 deep (4)" 6 'limit|nest|deep' m.eml
make 'w(h + b"Content-Type: message/rfc822\r\n\r\n" * 100000)'; every "message/rfc822 100,000 deep (5)" 6 'limit|nest|deep' m.eml
make 'w(h + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 100000 + b"--b--\r\n")'; every "100,000 parts (24)" 6 'limit|parts' m.eml
make 'w(h + b"Content-Type: text/plain" + b"".join(b";\r\n p%d=x" % i for i in range(3000)) + b"\r\n\r\nx\r\n")'; every "3,000 parameters (24)" 6 'limit|param' m.eml
make 'w(h.replace(b"To: ", b"To: " + b"".join(b"a%d@example.org,\r\n " % i for i in range(2500))) + b"\r\nx\r\n")'
run "$LL" encrypt -p openpgp m.eml; is "2,500 recipients without keys: refused" 1 "$([ "$status" = 5 ] || [ "$status" = 6 ] && echo 1)"
is "2,500 recipients: nothing on stdout" 0 "$(stat -c %s "$OUT")"
make 'w(h + b"\r\n" + b"x" * 20000000 + b"\r\n")'
KEEP=$T/signed writes "one line of 20 MB (8): signed all the same" "$LL" sign -p openpgp m.eml
judged "one line of 20 MB: verifies" 0 "signature.status=valid" "$T/signed"
make 'w(b"To: bob@example.org\r\n\r\nno author\r\n")'; refuses "no From: sign" 6 'From' "$LL" sign -p openpgp m.eml
make 'w(b"no header at all\r\n")'; refuses "no header: sign" 6 '' "$LL" sign -p openpgp m.eml
make 'w(h.replace(b"bob@example.org", b"bob@"))'; refuses "To without domain" '6|2|5' 'To|address' "$LL" encrypt -p openpgp m.eml
make 'w(h.replace(b"bob@example.org", b"-oQ/tmp/x@example.org") + b"\r\nx\r\n")'; refuses "To that looks like an option (12)" '2|5|6' '' "$LL" encrypt -p openpgp m.eml
make 'w(h.replace(b"bob@", b"b" * 300 + b"@") + b"\r\nx\r\n")'; refuses "a local part of 300 octets (12)" '2|5|6' '' "$LL" encrypt -p openpgp m.eml
make 'w(h + b"Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n")'
run "$LL" sign -p openpgp m.eml
if [ "$status" = 0 ]; then
  cp "$OUT" s; judged "multipart without boundary: what is signed verifies" 0 "signature.status=valid" s
else is "multipart without boundary: refused" 6 "$status"; is "… with nothing written" 0 "$(stat -c %s "$OUT")"; fi
head -c 3000000 /dev/urandom >m.eml
for command in "sign -p openpgp" "encrypt -p openpgp" decrypt verify show; do
  # shellcheck disable=SC2086
  run "$LL" $command m.eml
  is "three million random octets: ${command%% *}: an orderly end" 1 "$([ "$status" -lt 9 ] && echo 1)"
done
# A message that is protected already keeps what it has: no signature is broken on the way.
be alice
KEEP=signed.eml writes "signed once" "$LL" sign -p openpgp "$MESSAGES/attachments.eml"
run "$LL" encrypt -p openpgp --no-sign signed.eml
if [ "$status" = 0 ]; then
  cp "$OUT" enc.eml; be bob
  opens "signed, then encrypted as it was" 0 "encryption.status=ok" enc.eml
else
  is "signed once, encrypting refused: nothing on stdout" 0 "$(stat -c %s "$OUT")"
fi
# Key files out of proportion (25).
head -c 10000000 /dev/zero >big.key
refuses "a key file of 10 MB (25)" '2|6|8' 'big\.key' "$LL" sign -p smime --cert "$FIX/smime/alice.crt" --key big.key --ca "$FIX/smime/ca.crt" "$M"
rm -f ./*
done_testing
