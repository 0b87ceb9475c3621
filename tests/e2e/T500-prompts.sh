#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Passphrases: asked for on the terminal or by pinentry, never under --batch,
# never echoed, and nothing is written when they are wrong or refused.
. "$(dirname "$0")/lib.sh"
S=$FIX/smime
M=$MESSAGES/plain.eml

# ---- S/MIME: our own prompt, on the terminal
# typed LOG ANSWERS -- COMMAND...
typed () { run python3 "$HERE/typist.py" "$@"; }
for form in p12 key; do
  case $form in
    p12) K="--key $S/alice.p12" ;;
    key) K="--cert $S/alice.crt --key $S/alice-locked.key" ;;
  esac
  A="sign -p smime $K --ca $S/ca.crt $M"
  # shellcheck disable=SC2086
  {
    typed "$T/tty" sesame -- "$LL" $A
    is "$form: right answer: exit status" 0 "$status"
    cp "$OUT" "$T/signed"
    like "$form: asked on the terminal, saying for what" 'alice' "$T/tty"
    unlike "$form: not echoed" 'sesame' "$T/tty"
    unlike "$form: no prompt on stdout" '[Pp]ass' "$T/signed"
    judged "$form: and signed" 0 "signature.status=valid" $(sm bob) "$T/signed"
    typed "$T/tty" wrong sesame -- "$LL" $A
    case $status in
      0) pass "$form: wrong, then right: asked again" ;;
      *) is "$form: wrong answer: exit status" 7 "$status"; is "$form: wrong answer: nothing on stdout" 0 "$(stat -c %s "$OUT")" ;;
    esac
    typed "$T/tty" wrong wrong wrong wrong wrong -- "$LL" $A
    is "$form: always wrong: exit status" 7 "$status"
    is "$form: always wrong: nothing on stdout" 0 "$(stat -c %s "$OUT")"
    is "$form: always wrong: one line" 1 "$(wc -l <"$ERR")"
    typed "$T/tty" '^C' -- "$LL" $A
    is "$form: interrupted: not success" 1 "$([ "$status" = 0 ]; echo $?)"
    is "$form: interrupted: nothing on stdout" 0 "$(stat -c %s "$OUT")"
    typed "$T/tty" '^D' -- "$LL" $A
    is "$form: end of input: exit status" 7 "$status"
    is "$form: end of input: nothing on stdout" 0 "$(stat -c %s "$OUT")"
    # The message comes by standard input, the answer by the terminal.
    IN=$M typed "$T/tty" sesame -- "$LL" sign -p smime $K --ca "$S/ca.crt"
    is "$form: message on standard input: exit status" 0 "$status"
    typed "$T/tty" sesame -- "$LL" --batch $A
    is "$form: --batch with a terminal: exit status" 7 "$status"
    is "$form: --batch with a terminal: not asked" 0 "$(stat -c %s "$T/tty")"
    refuses "$form: no terminal" 7 'pass(phrase|word)' "$LL" $A
    refuses "$form: --batch" 7 'pass(phrase|word)' "$LL" --batch $A
  }
done
openssl cms -encrypt -binary -aes256 -outform DER -in "$M" -out e "$S/bob.crt"
$MIME wrap smime alice@example.org bob@example.org e -- enveloped-data >e.eml
# shellcheck disable=SC2046
{
  for p12 in bob.p12 bob-legacy.p12; do
    typed "$T/tty" sesame -- "$LL" decrypt --key "$S/$p12" --ca "$S/ca.crt" e.eml
    is "decrypt with $p12: exit status" 0 "$status"
    like "decrypt with $p12: the text" 'the engine turns' "$OUT"
    refuses "decrypt with $p12, --batch" 7 'pass(phrase|word)' "$LL" --batch decrypt --key "$S/$p12" --ca "$S/ca.crt" e.eml
  done
  unlike "the passphrase is nowhere on a command line or in the environment" sesame <(printf '%s\n' "$LL decrypt"; env)
}

# ---- OpenPGP: gpg-agent and pinentry
be locked
cp "$HERE/pinentry.sh" "$GNUPGHOME/pinentry"; chmod 700 "$GNUPGHOME/pinentry"
agent () { gpgconf --kill gpg-agent; rm -f "$GNUPGHOME/fake-log"; printf '%s' "$1" >"$GNUPGHOME/fake-pin"; }
printf 'pinentry-program %s\n' "$GNUPGHOME/pinentry" >"$GNUPGHOME/gpg-agent.conf"
letter plain locked@example.org bob@example.org >m.eml
agent 'open sesame'
KEEP=$T/signed writes "pinentry: right answer" "$LL" sign -p openpgp m.eml
is "… it was asked" asked "$(cat "$GNUPGHOME/fake-log")"
judged "… and signed" 0 "signature.status=valid" "$T/signed"
agent wrong
refuses "pinentry: always wrong" 7 'pass(phrase|word)' "$LL" sign -p openpgp m.eml
agent cancel
refuses "pinentry: cancelled" 7 'cancel' "$LL" sign -p openpgp m.eml
agent 'open sesame'
refuses "--batch" 7 'pass(phrase|word)' "$LL" --batch sign -p openpgp m.eml
is "--batch: pinentry is not started" "" "$(cat "$GNUPGHOME/fake-log" 2>/dev/null)"
be bob
KEEP=enc.eml writes "a message to her" "$LL" encrypt -p openpgp -r locked@example.org "$(letter plain bob@example.org locked@example.org >b.eml; echo b.eml)"
be locked
agent 'open sesame'
refuses "--batch: decrypt" 7 'pass(phrase|word)' "$LL" --batch decrypt enc.eml
is "--batch: decrypt: pinentry is not started" "" "$(cat "$GNUPGHOME/fake-log" 2>/dev/null)"
agent cancel
refuses "decrypt: cancelled" 7 'cancel' "$LL" decrypt enc.eml
agent 'open sesame'
opens "decrypt: right answer" 0 "summary=signed-and-encrypted" enc.eml
# Verifying needs no passphrase.
agent cancel
judged "verify never asks" 0 "signature.status=valid" "$T/signed"
is "… indeed" "" "$(cat "$GNUPGHOME/fake-log" 2>/dev/null)"
# No pinentry at all.
printf 'pinentry-program /bin/false\n' >"$GNUPGHOME/gpg-agent.conf"; gpgconf --kill gpg-agent
LIMIT=10 refuses "no pinentry that works" '7|8' 'pass(phrase|word)|pinentry' "$LL" sign -p openpgp m.eml
rm -f ./*
done_testing
