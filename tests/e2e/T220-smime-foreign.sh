#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# S/MIME messages made by openssl and gpgsm (and, for Ed25519 and X25519, by the
# bare primitives), read by Letterlock.
. "$(dirname "$0")/lib.sh"
. "$HERE/gpgsm.sh"
gpgsm_home
S=$FIX/smime
printf 'Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nMade elsewhere: sch=C3=B6n.\r\n' >content
signed () { $MIME wrap signed "$1@example.org" bob@example.org content "$2" -- application/pkcs7-signature "${3:-sha-256}"; }
smime () { $MIME wrap smime "$1@example.org" "$2@example.org" "$3" -- "$4"; }
# sign_openssl WHO [OPTION...]: DER on stdout
sign_openssl () { local who=$1; shift; openssl cms -sign -binary -signer "$S/$who.crt" -inkey "$S/$who.key" -outform DER -in content "$@"; }

# check DESCRIPTION WHO DETACHED-DER OPAQUE-DER
# shellcheck disable=SC2046
check ()
{
  signed "$2" "$3" >d.eml
  smime "$2" bob "$4" signed-data >o.eml
  judged "$1: detached" 0 "summary=signed signature.status=valid signature.signers.0.address=$2@example.org" $(sm bob) d.eml
  $MIME lf d.eml >lf.eml
  judged "$1: detached, stored with LF" 0 "signature.status=valid" $(sm bob) lf.eml
  judged "$1: opaque" 0 "summary=signed signature.status=valid" $(sm bob) o.eml
  opens "$1: opaque opens" 0 "signature.status=valid" $(sm bob) o.eml
  like "… its text" 'sch=C3=B6n' "$OUT"
  sed 's/Made elsewhere: s/Made elsewhere: S/' d.eml >bad.eml
  judged "refuses: $1: detached, text changed" 1 "summary=none signature.status=bad" $(sm bob) bad.eml
  sed 's/Made elsewhere/Made elsewhere/' "$4" | python3 -c 'import sys; d=sys.stdin.buffer.read(); assert b"Made elsewhere" in d; sys.stdout.buffer.write(d.replace(b"Made elsewhere", b"Made somewhere"))' >bad.der 2>/dev/null
  if [ -s bad.der ]; then
    smime "$2" bob bad.der signed-data >bad.eml
    judged "refuses: $1: opaque, text changed" 1 "summary=none signature.status=bad" $(sm bob) bad.eml
  fi
}
for who in alice p256 p384 p521; do
  for md in sha256 sha384 sha512; do
    sign_openssl $who -md $md >d; sign_openssl $who -md $md -nodetach >o
    check "openssl, $who, $md" $who d o
  done
done
pss="-keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:-1"
# shellcheck disable=SC2086
for md in sha256 sha512; do
  sign_openssl alice -md $md $pss >d; sign_openssl alice -md $md $pss -nodetach >o
  check "openssl, PSS, $md" alice d o
done
sign_openssl alice -keyid >d; sign_openssl alice -keyid -nodetach >o
check "openssl, subject key identifier" alice d o
sign_openssl alice -nodetach -stream -indef >o; sign_openssl alice >d
check "openssl, streamed BER" alice d o
sign_openssl alice -noattr >d; sign_openssl alice -noattr -nodetach >o
check "openssl, without signed attributes" alice d o
sign_openssl alice -cades >d; sign_openssl alice -cades -nodetach >o
check "openssl, CAdES" alice d o
gpgsm_ -u alice@example.org --detach-sign -o d content 2>/dev/null; gpgsm_ -u alice@example.org --sign -o o content 2>/dev/null
check "gpgsm, RSA" alice d o
$CMS ed25519-sign content "$S/ed25519.crt" "$S/ed25519.key" detached >d
$CMS ed25519-sign content "$S/ed25519.crt" "$S/ed25519.key" opaque >o
check "bare primitives, Ed25519" ed25519 d o

# Encrypted.
# opened DESCRIPTION WHO STATUS DER TYPE
# shellcheck disable=SC2046
opened ()
{
  smime alice "$2" "$4" "$5" >e.eml
  opens "$1" 0 "summary=encrypted encryption.status=$3 encryption.protocol=smime signature.status=none" $(sm "$2") e.eml
  like "… its text" 'sch=C3=B6n' "$OUT"
  refuses "$1, by somebody else" 5 'key' "$LL" decrypt $(sm mallory) e.eml
}
for cipher in aes128 aes192 aes256 aes-128-gcm aes-192-gcm aes-256-gcm; do
  case $cipher in *gcm) want=ok type=authEnveloped-data ;; *) want=ok-unauthenticated type=enveloped-data ;; esac
  openssl cms -encrypt -binary -$cipher -outform DER -in content -out e "$S/bob.crt"
  opened "openssl, $cipher, PKCS#1" bob $want e $type
  for md in sha1 sha256 sha512; do
    openssl cms -encrypt -binary -$cipher -outform DER -in content -out e -recip "$S/bob.crt" -keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:$md
    opened "openssl, $cipher, OAEP $md" bob $want e $type
  done
  for who in p256 p384 p521; do
    openssl cms -encrypt -binary -$cipher -outform DER -in content -out e -recip "$S/$who.crt" -keyopt ecdh_kdf_md:sha256
    opened "openssl, $cipher, ECDH $who" $who $want e $type
  done
done
openssl cms -encrypt -binary -aes256 -outform DER -in content -out e -recip "$S/p384.crt" -keyopt ecdh_kdf_md:sha384
opened "openssl, ECDH with SHA-384" p384 ok-unauthenticated e enveloped-data
openssl cms -encrypt -binary -aes256 -outform DER -in content -out e -recip "$S/p256.crt"
opened "openssl, ECDH with its default KDF" p256 ok-unauthenticated e enveloped-data
openssl cms -encrypt -binary -aes256 -keyid -outform DER -in content -out e "$S/bob.crt"
opened "openssl, subject key identifier" bob ok-unauthenticated e enveloped-data
openssl cms -encrypt -binary -aes256 -stream -indef -outform DER -in content -out e "$S/bob.crt"
opened "openssl, streamed BER" bob ok-unauthenticated e enveloped-data
openssl cms -encrypt -binary -des3 -outform DER -in content -out e "$S/bob.crt"
opened "openssl, triple DES is still read" bob ok-unauthenticated e enveloped-data
gpgsm_ -r bob@example.org --encrypt -o e content 2>/dev/null
opened "gpgsm, RSA" bob ok-unauthenticated e enveloped-data
$CMS x25519-encrypt content "$S/x25519.crt" >e
opened "bare primitives, X25519" x25519 ok-unauthenticated e enveloped-data
openssl cms -encrypt -binary -aes256 -outform DER -in content -out e "$S/mallory.crt" "$S/p256.crt" "$S/bob.crt"
smime alice bob e enveloped-data >e.eml
# shellcheck disable=SC2046
for who in mallory p256 bob; do opens "one of three: $who" 0 "encryption.status=ok-unauthenticated" $(sm $who) e.eml; done

# Signed inside encrypted, encrypted inside signed.
# shellcheck disable=SC2046
{
  for inner in detached opaque; do
    if [ $inner = detached ]; then sign_openssl alice >d; signed alice d | sed '1,/^MIME-Version/d' >inner
    else sign_openssl alice -nodetach >o; smime alice bob o signed-data | sed '1,/^MIME-Version/d' >inner; fi
    for cipher in aes256 aes-256-gcm; do
      openssl cms -encrypt -binary -$cipher -outform DER -in inner -out e "$S/bob.crt"
      case $cipher in *gcm) smime alice bob e authEnveloped-data >e.eml ;; *) smime alice bob e enveloped-data >e.eml ;; esac
      opens "$inner inside $cipher" 0 "summary=signed-and-encrypted signature.status=valid layers.#=2" $(sm bob) e.eml
      like "… its text" 'sch=C3=B6n' "$OUT"
    done
  done
  # A signature around ciphertext says nothing of who wrote the text (A-5).
  openssl cms -encrypt -binary -aes256 -outform DER -in content -out e "$S/bob.crt"
  smime alice bob e enveloped-data | sed '1,/^MIME-Version/d' >inner
  openssl cms -sign -binary -signer "$S/alice.crt" -inkey "$S/alice.key" -outform DER -in inner -out d
  $MIME wrap signed alice@example.org bob@example.org inner d -- application/pkcs7-signature sha-256 >m.eml
  run "$LL" decrypt --report "$REPORT" $(sm bob) m.eml
  like "signed around encrypted: told apart" 'outer|outside|around' "$REPORT"
  # Names for the same thing.
  sign_openssl alice >d
  signed alice d | sed 's/pkcs7-signature/x-pkcs7-signature/g' >m.eml
  judged "application/x-pkcs7-signature" 0 "signature.status=valid" $(sm bob) m.eml
  smime alice bob e enveloped-data | sed 's/pkcs7-mime/x-pkcs7-mime/; s/smime-type=enveloped-data/smime-type=signed-data/' >m.eml
  opens "application/x-pkcs7-mime with a wrong smime-type (F-14)" 0 "encryption.status=ok-unauthenticated" $(sm bob) m.eml
  # Key material in other forms opens it too.
  smime alice bob e enveloped-data >e.eml
  opens "DER key and certificate" 0 "encryption.status=ok-unauthenticated" --cert "$S/bob.der" --key "$S/bob-key.der" --ca "$S/ca.crt" e.eml
}
rm -f ./*
done_testing
