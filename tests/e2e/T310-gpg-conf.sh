#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Whatever stands in gpg.conf, the result is the same (security.md F3, C-3, C-4, D-4).
. "$(dirname "$0")/lib.sh"
gpg_ () { $GPG --no-options --batch --yes --quiet --pinentry-mode loopback --passphrase '' "$@" 2>/dev/null; }
subkey () { $GPG --no-options --batch --with-colons --list-keys "$(fpr "$1")" | awk -F: '$1 == "sub" && $12 ~ /e/ { print $5; exit }'; }
be alice
M=$MESSAGES/plain.eml
printf 'Content-Type: text/plain\r\n\r\nsecret words by Alice, more than ten of them\r\n' >text
gpg_ -z 0 -r bob@example.org -e -o plain.pgp text
gpg_ -u alice@example.org -r bob@example.org -se -o enc.pgp text
be bob
P=$($GPG --batch --show-session-key -o /dev/null -d plain.pgp 2>&1 | sed -n "s/.*session key: '\(.*\)'.*/\1/p")
$PGP inside "$P" plain.pgp >in
mail () { $PGP armor MESSAGE "$1" >"$T/armor"; $MIME wrap encrypted alice@example.org bob@example.org "$T/armor"; }
mail enc.pgp >good.eml
for mode in bad none sed; do $PGP forge $mode "$P" plain.pgp in >f; mail f >$mode.eml; done
wanted=$(be alice; printf '%s\n' "$(subkey alice)" "$(subkey bob)" | sort | paste -sd' ')
be alice
KEEP=good-sig.eml writes "a signed message" "$LL" sign -p openpgp "$M"

conf ()
{
  for home in alice bob; do be $home; printf '%b\n' "$1" >"$GNUPGHOME/gpg.conf"; done
}
# Each of the dangerous ones alone, the others in company.
for line in 'ignore-mdc-error' 'max-output 10' "group $(fpr bob)=$(fpr mallory)\ngroup bob@example.org=mallory@example.net" \
  "encrypt-to $(fpr mallory)\nhidden-encrypt-to $(fpr mallory)\ndefault-recipient $(fpr mallory)" \
  "default-key $(fpr signonly)\nlocal-user mallory@example.net" 'output /dev/null\nstatus-file /dev/null\nlogger-file /dev/null' \
  'skip-verify\ntrust-model always\nallow-multiple-messages' 'list-only' 'dry-run' 'no-literal' 'rfc2440\ncipher-algo 3DES\ndigest-algo SHA1' \
  'verbose\nshow-session-key\nbatch\nno-tty\narmor\ntextmode' 'throw-keyids\nset-filename evil\nfor-your-eyes-only\ncomment injected\ncompress-level 9' \
  'auto-key-retrieve\nauto-key-locate wkd\nfaked-system-time 20400101T000000' 'this-option-does-not-exist'; do
  conf "$line"
  n="gpg.conf: ${line//\\n/, }"
  be bob
  for mode in bad none sed; do
    refuses "$n: integrity protection $mode" 1 'integrity|altered|protect|damaged|manipulated' "$LL" decrypt $mode.eml
  done
  opens "$n: opens" 0 "summary=signed-and-encrypted" good.eml
  like "$n: the whole text" 'more than ten of them' "$OUT"
  unlike "$n: the session key is not told" "$P" "$ERR"
  judged "$n: verifies" 0 "signature.status=valid" good-sig.eml
  be alice
  KEEP=$T/enc writes "$n: encrypts" "$LL" encrypt -p openpgp "$M" || continue
  $MIME part 1 "$T/enc" | $MIME payload - >"$T/pgp"
  is "$n: for exactly these" "$wanted" "$($PGP recipients "$T/pgp")"
  unlike "$n: no comment, no compression" 'Comment:' "$T/enc"
  be bob
  opens "$n: what was encrypted opens" 0 "summary=signed-and-encrypted signature.signers.0.fingerprint=$(fpr alice)" "$T/enc"
  be alice
  KEEP=$T/signed writes "$n: signs" "$LL" sign -p openpgp "$M" || continue
  be bob
  judged "$n: what was signed verifies" 0 "signature.status=valid signature.signers.0.fingerprint=$(fpr alice)" "$T/signed"
done
# trust-model always must not turn a stranger into somebody who is vouched for.
conf 'trust-model always'
be stranger; gpg_ -u stranger@example.org --armor --detach-sign -o sig text
$MIME wrap signed stranger@example.org bob@example.org text sig -- application/pgp-signature pgp-sha512 >m.eml
be bob
judged "gpg.conf: trust-model always: a stranger stays one" 4 "summary=none signature.status=valid-untrusted" m.eml
be alice
refuses "gpg.conf: trust-model always: no encrypting to a stranger" 5 'stranger@example\.org' "$LL" encrypt -p openpgp -r stranger@example.org "$M"
# A program called gpg earlier in PATH is not used (K-9).
mkdir bin; printf '#!/bin/sh\ntouch %s/used\nexec /usr/bin/gpg "$@"\n' "$T" >bin/gpg; chmod +x bin/gpg
PATH=$PWD/bin:$PATH judged "another gpg in PATH: not used" 0 "signature.status=valid" good-sig.eml
is "… indeed" "" "$(ls "$T/used" 2>/dev/null)"
rm -rf ./*
done_testing
