#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# OpenPGP messages made by gpg and sqop, read by Letterlock: detached, encrypted
# in one pass and in two, opaque, cleartext-signed and inline.
. "$(dirname "$0")/lib.sh"
gpg_ () { $GPG --batch --yes --quiet --pinentry-mode loopback --passphrase '' "$@" 2>/dev/null; }

printf 'Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nMade elsewhere: sch=C3=B6n.\r\n' >content
wrap_signed () { $MIME wrap signed "$1" bob@example.org content "$2" -- application/pgp-signature "${3:-pgp-sha512}"; }

for who in $PGP_KEYS; do
  case $who in alice | bob) be "$who" ;; *) be nist ;; esac
  a=$who@example.org
  gpg_ -u "$a" --armor --detach-sign -o sig content
  wrap_signed "$a" sig >gpg.eml
  gpg_ -u "$a" --armor --textmode --detach-sign -o sig content
  wrap_signed "$a" sig >text.eml
  sqop sign --as binary "$FIX/pgp/$who.sec" <content >sig
  wrap_signed "$a" sig >sqop.eml
  for by in gpg text sqop; do
    be mallory
    judged "signed by $by with $who" 0 "summary=signed signature.status=valid signature.signers.0.fingerprint=$(fpr "$who")" $by.eml
    $MIME lf $by.eml >lf.eml
    judged "signed by $by with $who, stored with LF" 0 "signature.status=valid" lf.eml
    sed 's/schön/schon/; s/sch=C3=B6n/schon/' $by.eml >bad.eml
    judged "refuses: signed by $by with $who, changed" 1 "summary=none signature.status=bad" bad.eml
  done
  # gpg in one pass; sqop in one pass; signed by one and encrypted by the other in two (RFC 3156 6.1).
  case $who in alice | bob) be "$who" ;; *) be nist ;; esac
  gpg_ -u "$a" -r mallory@example.net --armor --sign --encrypt -o enc content
  $MIME wrap encrypted "$a" mallory@example.net enc >gpg.eml
  gpg_ -r mallory@example.net --armor --encrypt -o enc text.eml 2>/dev/null || :
  sqop encrypt --sign-with "$FIX/pgp/$who.sec" "$FIX/pgp/mallory.pub" <content >enc
  $MIME wrap encrypted "$a" mallory@example.net enc >sqop.eml
  { printf 'Content-Type: multipart/signed; boundary=two; protocol="application/pgp-signature"; micalg=pgp-sha512\r\n\r\n--two\r\n'
    cat content; printf '\r\n--two\r\nContent-Type: application/pgp-signature\r\n\r\n'
    gpg_ -u "$a" --armor --detach-sign -o - content | sed 's/$/\r/'; printf '\r\n--two--\r\n'; } >two
  sqop encrypt "$FIX/pgp/mallory.pub" <two >enc
  $MIME wrap encrypted "$a" mallory@example.net enc >two.eml
  be mallory
  for by in gpg sqop two; do
    opens "encrypted and signed by $by with $who" 0 "summary=signed-and-encrypted encryption.status=ok
      signature.status=valid signature.signers.0.fingerprint=$(fpr "$who")" $by.eml
    like "… its text" 'sch=C3=B6n' "$OUT"
  done
  # To every kind of key.
  gpg_ -r "$a" --armor --encrypt -o enc content
  $MIME wrap encrypted mallory@example.net "$a" enc >gpg.eml
  sqop encrypt "$FIX/pgp/$who.pub" <content >enc
  $MIME wrap encrypted mallory@example.net "$a" enc >sqop.eml
  case $who in alice | bob) be "$who" ;; *) be nist ;; esac
  for by in gpg sqop; do
    opens "encrypted by $by to $who" 0 "summary=encrypted encryption.status=ok signature.status=none" $by.eml
    like "… its text" 'sch=C3=B6n' "$OUT"
  done
done

be alice
# Ciphers and compression as others choose them.
for cipher in AES128 AES192 AES256 TWOFISH CAMELLIA256; do
  gpg_ --cipher-algo $cipher -z 6 -u alice@example.org -r alice@example.org --armor -se -o enc content
  $MIME wrap encrypted alice@example.org alice@example.org enc >m.eml
  opens "cipher $cipher, compressed" 0 "summary=signed-and-encrypted encryption.cipher=$cipher*" m.eml
done
# Binary instead of armor, in base64.
gpg_ -u alice@example.org -r alice@example.org -se -o enc content
{ base64 enc; } >b64
$MIME wrap encrypted alice@example.org alice@example.org b64 | sed 's/^Content-Type: application\/octet-stream/&\nContent-Transfer-Encoding: base64/' | $MIME crlf - >m.eml
opens "binary in base64 instead of armor" 0 "summary=signed-and-encrypted" m.eml

# Inline (RFC 9787 discourages, people still send it): only a whole text body, only when asked for.
head='From: Alice Lovelace <alice@example.org>\nTo: bob@example.org\nSubject: inline\nDate: Tue, 24 Nov 2026 06:00:00 +0000\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n'
printf 'An inline text: schön.\n- a dash\nFrom here\n' >text
gpg_ -u alice@example.org --clearsign -o clear text
# shellcheck disable=SC2059
{ printf "$head"; cat clear; } >clear.eml
judged "cleartext-signed, not asked for" 3 "summary=none signature.status=none" clear.eml
judged "cleartext-signed, --inline" 0 "summary=signed signature.status=valid" --inline clear.eml
opens "cleartext-signed, --inline: opens" 0 "signature.status=valid" --inline clear.eml
like "… the text, without dash escapes" '^- a dash' "$OUT"
unlike "… no armor left" 'BEGIN PGP|Hash:' "$OUT"
$MIME crlf clear.eml >crlf.eml
judged "cleartext-signed, CRLF" 0 "signature.status=valid" --inline crlf.eml
sqop inline-sign --as clearsigned "$FIX/pgp/alice.sec" <text >sclear
# shellcheck disable=SC2059
{ printf "$head"; cat sclear; } >sclear.eml
judged "cleartext-signed by sqop" 0 "signature.status=valid" --inline sclear.eml
sed 's/a dash/a bash/' clear.eml >bad.eml
judged "refuses: cleartext changed" 1 "summary=none signature.status=bad" --inline bad.eml
# shellcheck disable=SC2059
{ printf "$head"; echo "Words in front."; cat clear; } >prefix.eml
run "$LL" verify --json --inline prefix.eml
is "text in front: not valid (A-9)" "none" "$($MIME json "$OUT" summary)"
# shellcheck disable=SC2059
{ printf "$head"; cat clear; echo "Words behind."; } >suffix.eml
run "$LL" verify --json --inline suffix.eml
is "text behind: not valid (A-9)" "none" "$($MIME json "$OUT" summary)"
# shellcheck disable=SC2059
{ printf "$head"; cat clear; cat clear; } >twice.eml
run "$LL" verify --json --inline twice.eml
is "two signed blocks: not valid (A-10)" "" "$($MIME json "$OUT" summary 2>/dev/null | grep signed)"
gpg_ -u alice@example.org -r alice@example.org --armor -se -o enc text
# shellcheck disable=SC2059
{ printf "$head"; cat enc; } >inline.eml
opens "inline encrypted, --inline" 0 "summary=signed-and-encrypted" --inline inline.eml
like "… the text" 'An inline text: schön' "$OUT"
refuses "inline encrypted, not asked for" 6 "inline" "$LL" decrypt inline.eml
# shellcheck disable=SC2059
{ printf "$head"; cat enc; cat enc; } >twice.eml
refuses "two encrypted blocks (A-10)" 6 'encrypted|block|more than one' "$LL" decrypt --inline twice.eml
# shellcheck disable=SC2059
{ printf "$head"; echo words; cat enc; } >mixed.eml
run "$LL" decrypt --inline mixed.eml
unlike "encrypted block among words: not opened" 'An inline text' "$OUT"
gpg_ -u alice@example.org --armor --sign -o opaque text
# shellcheck disable=SC2059
{ printf "$head"; cat opaque; } >opaque.eml
judged "opaque signed, --inline" 0 "summary=signed signature.status=valid" --inline opaque.eml
rm -f ./*
done_testing
