#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# CMS structures no honest program makes, or that other programs let pass
# (security.md F9, E-*, F-*).
. "$(dirname "$0")/lib.sh"
S=$FIX/smime
printf 'Content-Type: text/plain; charset=utf-8\r\n\r\nsecret words of more than one block, so that something can be changed in the middle of it.\r\n' >content
signed () { $MIME wrap signed "${3:-alice@example.org}" bob@example.org content "$1" -- application/pkcs7-signature "${2:-sha-256}"; }
smime () { $MIME wrap smime alice@example.org bob@example.org "$1" -- "$2"; }
sign_openssl () { local who=$1; shift; openssl cms -sign -binary -signer "$S/$who.crt" -inkey "$S/$who.key" -outform DER -in content "$@"; }
# shellcheck disable=SC2046
refused ()
{
  smime "$4" "$5" >m.eml
  refuses "$1" "$2" "$3" "$LL" decrypt $(sm bob) m.eml
  refuses "$1: verify" "$2" "$3" "$LL" verify $(sm bob) m.eml
  refuses "$1: raw" "$2" "$3" "$LL" decrypt --raw $(sm bob) "$4"
  run "$LL" show $(sm bob) m.eml
  unlike "$1: show shows nothing of it" 'secret words|something can be' "$OUT"
  rm -f m.eml
}
openssl cms -encrypt -binary -aes-256-gcm -outform DER -in content -out gcm "$S/bob.crt"
openssl cms -encrypt -binary -aes256 -outform DER -in content -out cbc "$S/bob.crt"
$CMS der gcm >f; smime f authEnveloped-data >m.eml
# shellcheck disable=SC2046
opens "control: taken apart and put together" 0 "encryption.status=ok" $(sm bob) m.eml
rm m.eml

# E-6: parameters of the authenticated cipher.
for n in 0 1 4 8 12 13 15; do $CMS tag $n gcm >f; refused "tag of $n octets" '6|8' 'tag|AEAD|parameter|unsupported|not supported' f authEnveloped-data; done
for n in 0 1 8 11 13 16 64; do $CMS nonce $n gcm >f; refused "nonce of $n octets" '6|8' 'nonce|AEAD|parameter|unsupported|not supported' f authEnveloped-data; done
$CMS swap 2.16.840.1.101.3.4.1.46 2.16.840.1.101.3.4.1.42 gcm >f; refused "AuthEnvelopedData with CBC" '6|8' '' f authEnveloped-data
$CMS swap 2.16.840.1.101.3.4.1.46 2.16.840.1.101.3.4.1.43 gcm >f; refused "AuthEnvelopedData with OFB" '6|8' '' f authEnveloped-data
$CMS swap 2.16.840.1.101.3.4.1.42 2.16.840.1.101.3.4.1.46 cbc >f; refused "EnvelopedData with GCM" '6|8' '' f enveloped-data
$CMS swap 1.2.840.113549.1.9.16.1.23 1.2.840.113549.1.7.3 gcm >f; refused "AuthEnvelopedData called EnvelopedData" '6|8' '' f enveloped-data
$CMS flip gcm >f; refused "GCM, one octet changed" 1 'integrity|altered|decrypt' f authEnveloped-data

# E-2, E-3: every failure of key, padding and content has the same words.
# shellcheck disable=SC2046
{
  $CMS fliplast cbc >f; smime f enveloped-data >m.eml
  run "$LL" decrypt $(sm bob) m.eml
  if [ "$status" = 0 ]; then
    pass "CBC, last block changed, padding happens to fit"
  else
    is "CBC, last block changed: nothing on stdout" 0 "$(stat -c %s "$OUT")"
    like "CBC, last block changed: one line" 'decrypt' "$ERR"
  fi
  # E-4: nobody vouches for CBC, and it says so.
  $CMS flip cbc >f; smime f enveloped-data >m.eml
  run "$LL" decrypt --report "$REPORT" $(sm bob) m.eml
  [ "$status" != 0 ] || is "CBC changed in the middle: not called intact" ok-unauthenticated "$($MIME json "$REPORT" encryption.status)"
  # E-5: content that is no MIME entity any more.
  { printf '\1\2\3\0Content-Type: text/plain\r\n\r\nwords\r\n'; } >broken
  openssl cms -encrypt -binary -aes256 -outform DER -in broken -out f "$S/bob.crt"; smime f enveloped-data >m.eml
  refuses "decrypted content that is no entity (E-5)" 1 'altered|tampered|entity|header|NUL' "$LL" decrypt $(sm bob) m.eml
  rm m.eml
}

# E-7: ciphers.
for cipher in rc2-40 rc2-128 des; do
  openssl cms -encrypt -binary -provider legacy -provider default -$cipher -outform DER -in content -out f "$S/bob.crt" 2>/dev/null &&
    refused "content cipher $cipher" 8 'weak|not supported|unsupported|RC2|DES|cipher' f enveloped-data
done
# E-9, E-10, and what is cut.
for base in gcm cbc; do
  case $base in gcm) type=authEnveloped-data ;; *) type=enveloped-data ;; esac
  { cat $base; printf 'trailing junk'; } >f; refused "$base with junk behind" 6 'behind|trailing|malformed|ASN|structure' f $type
  { cat $base; printf '\0'; } >f; refused "$base with one NUL behind" 6 'behind|trailing|malformed|ASN|structure' f $type
  for n in 1 2 20; do head -c -$n $base >f; refused "$base cut by $n" 6 'cut|ends|short|truncated|incomplete' f $type; done
  head -c $(($(stat -c %s $base) / 2)) $base >f; refused "$base cut in half" 6 'cut|ends|short|truncated|incomplete' f $type
done
: >f; refused "nothing at all" 6 'empty|cut|ends|nothing' f enveloped-data
printf '\060\204\177\377\377\377' >f; refused "a length of 2 GiB" 6 '' f enveloped-data
printf '\060\210\377\377\377\377\377\377\377\377' >f; refused "a length of 2^64" 6 '' f enveloped-data
$CMS deep 100000 >f; LIMIT=10 refused "100,000 levels" 6 '' f enveloped-data
head -c 3000 /dev/zero >f; refused "zeros" 6 '' f enveloped-data
echo 'plain words' >f; refused "words" 6 '' f enveloped-data
# M-7: what is to come has a name.
$CMS kem cbc >f; refused "KEMRecipientInfo with ML-KEM-768" 8 'ML-KEM-768|post-quantum' f enveloped-data
openssl cms -data_create -in content -outform DER -out f; refused "plain data called enveloped" '6|8' '' f enveloped-data
openssl cms -digest_create -in content -outform DER -out f; refused "digested data" '6|8' '' f enveloped-data

# ---- signatures
# shellcheck disable=SC2046
{
  sign_openssl alice >d; sign_openssl alice -nodetach >o
  # F-1: content where none may be.
  signed o >m.eml
  run "$LL" verify --json $(sm bob) m.eml
  like "content inside a detached signature: refused" '^(1|4|6)$' <(echo "$status")
  unlike "… never valid" '"status" *: *"valid"' "$OUT"
  # F-2, F-3.
  sign_openssl alice -nodetach -econtent_type 1.2.840.113549.1.9.16.1.4 >f; smime f signed-data >m.eml
  run "$LL" verify --json $(sm bob) m.eml
  unlike "opaque content of another type: never valid" '"status" *: *"valid"' "$OUT"
  $CMS nosigners o >f; smime f signed-data >m.eml
  judged "no signer at all" 3 "summary=none signature.status=none" $(sm bob) m.eml
  openssl crl2pkcs7 -nocrl -certfile "$S/alice.crt" -outform DER -out f; smime f certs-only >m.eml
  run "$LL" verify --json $(sm bob) m.eml
  unlike "only certificates: never valid" '"status" *: *"valid"' "$OUT"
  is "only certificates: not exit status 0" 1 "$([ "$status" = 0 ]; echo $?)"
  # F-4: several signers.
  sign_openssl alice -signer "$S/mallory.crt" -inkey "$S/mallory.key" >f; signed f >m.eml
  judged "two signers, one of them the sender" 0 "summary=signed signature.status=valid signature.signers.#=2" $(sm bob) m.eml
  signed f sha-256 eve@example.net >m.eml
  judged "two signers, none of them the sender" 1 "summary=none signature.status=wrong-sender" $(sm bob) m.eml
  # F-5: who vouches for whom, and for what.
  for who in tls enconly; do
    sign_openssl $who >f; signed f sha-256 $who@example.org >m.eml
    run "$LL" verify --json $(sm bob) m.eml
    unlike "signed with a certificate for $who: never valid" '"summary" *: *"signed"' "$OUT"
    is "signed with a certificate for $who: not exit status 0" 1 "$([ "$status" = 0 ]; echo $?)"
  done
  sign_openssl untrusted >f; signed f >m.eml
  judged "an authority nobody trusts" 4 "summary=none signature.status=valid-untrusted" $(sm bob) m.eml
  sign_openssl alice >f; signed f >m.eml
  judged "no authority at all" 4 "summary=none signature.status=valid-untrusted" m.eml
  sign_openssl alice -nocerts >f; signed f >m.eml
  judged "the certificate did not come along" 4 "summary=none signature.status=no-key" $(sm bob) m.eml
  judged "… but is known" 0 "signature.status=valid" $(sm bob) $(certs alice) m.eml
  sign_openssl mallory >f; signed f >m.eml
  judged "signed by somebody else" 1 "summary=none signature.status=wrong-sender" $(sm bob) m.eml
  # F-6: times.
  sign_openssl wasvalid >f; signed f sha-256 wasvalid@example.org >m.eml
  judged "a certificate that has expired" 4 "summary=none signature.status=key-expired" $(sm bob) m.eml
  judged "… judged when it was valid" 0 "summary=signed signature.status=valid" --as-of 2024-06-01T00:00:00Z $(sm bob) m.eml
  judged "… judged before it was" 4 "summary=none" --as-of 2022-06-01T00:00:00Z $(sm bob) m.eml
  sed 's/^Date:.*/Date: Sat, 01 Jun 2024 00:00:00 +0000\r/' m.eml >dated.eml
  judged "… judged at the message's date" 0 "signature.status=valid" --as-of message $(sm bob) dated.eml
  like "… the verdict says so" 'as-of|judged' "$OUT"
  rm dated.eml
  # F-8: weak algorithms.
  for md in sha1 md5; do
    sign_openssl alice -md $md >f; signed f $md >m.eml
    judged "digest $md" 4 "summary=none signature.status=weak" $(sm bob) m.eml
  done
  sign_openssl short >f; signed f sha-256 short@example.org >m.eml
  judged "RSA with 1024 bits" 4 "summary=none signature.status=weak" $(sm bob) m.eml
  # F-10.
  sign_openssl alice -md sha256 -keyopt rsa_padding_mode:pss -keyopt rsa_mgf1_md:sha1 >f; signed f >m.eml
  run "$LL" verify --json $(sm bob) m.eml
  unlike "PSS with another hash for its mask: never valid" '"summary" *: *"signed"' "$OUT"
  # F-13: octets are octets.
  signed d | sed 's/secret words of/secret words  of/' >m.eml
  judged "a blank more" 1 "signature.status=bad" $(sm bob) m.eml
    signed d | sed 's/middle of it\.\r$/middle of it. \r/' >m.eml
  judged "a blank at a line end" 1 "signature.status=bad" $(sm bob) m.eml
  # F-14 and damage to the signature itself.
  for n in 1 50; do
    head -c -$n d >f; signed f >m.eml
    run "$LL" verify --json $(sm bob) m.eml
    unlike "signature cut by $n: never valid" '"status" *: *"valid"' "$OUT"
    is "signature cut by $n: not exit status 0" 1 "$([ "$status" = 0 ]; echo $?)"
  done
  { cat d; echo junk; } >f; signed f >m.eml
  run "$LL" verify --json $(sm bob) m.eml
  unlike "signature with junk behind: never valid" '"status" *: *"valid"' "$OUT"
  # H-4, H-5 in a certificate are tested where certificates are judged.
}
rm -f ./*
done_testing
