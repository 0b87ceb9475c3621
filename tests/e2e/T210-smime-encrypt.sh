#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# S/MIME, encrypting (RFC 8551 3.3, 3.4): openssl and gpgsm open what Letterlock
# makes; X25519, which neither can, is opened with the bare primitives (RFC 8418).
. "$(dirname "$0")/lib.sh"
. "$HERE/gpgsm.sh"
CA=$FIX/smime/ca.crt
gpgsm_home
for c in aes256-cbc aes128-cbc aes256-gcm aes128-gcm; do printf '[smime]\ncontent-cipher = %s\n' $c >$c.conf; done
printf '[smime]\nrsa-encryption = oaep\n' >oaep.conf
printf '[smime]\nrsa-encryption = oaep\ncontent-cipher = aes256-gcm\nrsa-signature = pss\n' >modern.conf
openssl_open () { openssl cms -decrypt -inform DER -in "$1" -recip "$FIX/smime/$2.crt" -inkey "$FIX/smime/$2.key" -out "$T/clear"; }

# shellcheck disable=SC2046
for m in $ALL_MESSAGES; do
  f=$MESSAGES/$m.eml
  KEEP=$T/enc writes "$m: signs and encrypts" "$LL" encrypt -p smime $(sm alice) $(certs bob) "$f" || continue
  is "$m: smime-type" enveloped-data "$($MIME param smime-type "$T/enc")"
  is "$m: Subject hidden outside" '[...]' "$($MIME header Subject "$T/enc")"
  is "$m: line ends as they came" "$($MIME eol "$f" | sed 's/mixed/LF/')" "$($MIME eol "$T/enc")"
  $MIME payload "$T/enc" >"$T/p7m"
  is "$m: two recipients, her and him" 2 "$($CMS recipients "$T/p7m")"
  ok "$m: openssl opens it" openssl_open "$T/p7m" bob
  # Inside: a signed message whose octets openssl accepts.
  if grep -q '^Content-Type: multipart/signed' "$T/clear"; then
    $MIME part 0 "$T/clear" >"$T/part"
    $MIME part 1 "$T/clear" | $MIME payload - >"$T/sig"
    ok "$m: openssl finds the signature inside" openssl cms -verify -binary -inform DER -in "$T/sig" -content "$T/part" -CAfile "$CA" -out /dev/null
  else
    $MIME payload "$T/clear" >"$T/sig"
    ok "$m: openssl finds the signature inside" openssl cms -verify -binary -inform DER -in "$T/sig" -CAfile "$CA" -out "$T/part"
  fi
  ok "$m: CRLF all through inside" grep -q CRLF <($MIME eol "$T/part")
  opens "$m: the recipient opens it" 0 "summary=signed-and-encrypted encryption.status=ok-unauthenticated encryption.protocol=smime
    signature.status=valid signature.signers.0.address=alice@example.org" $(sm bob) "$T/enc"
  ok "$m: same content as before" $MIME same "$f" "$OUT"
done

# Every cipher and key transport.
# shellcheck disable=SC2046
for how in $SMIME_WAYS; do
  for who in bob p256 p384 p521 x25519; do
    letter attachments alice@example.org "$who@example.org" >m.eml
    KEEP=$T/enc writes "$how to $who" "$LL" --config $how.conf encrypt -p smime $(sm alice) $(certs "$who") m.eml || continue
    case $how in
      *gcm | modern) want=ok type=authEnveloped-data ;;
      *) want=ok-unauthenticated type=enveloped-data ;;
    esac
    is "$how to $who: smime-type" $type "$($MIME param smime-type "$T/enc" | sed 's/authenveloped/authEnveloped/')"
    opens "$how to $who: opens" 0 "summary=signed-and-encrypted encryption.status=$want signature.status=valid" $(sm "$who") "$T/enc"
    ok "$how to $who: same content" $MIME same m.eml "$OUT"
    opens "$how to $who: the sender opens her copy" 0 "encryption.status=$want" $(sm alice) "$T/enc"
    $MIME payload "$T/enc" >"$T/p7m"
    case $who in
      x25519)
        if [ "$type" = enveloped-data ] && [ $how != aes128-cbc ]; then
          ok "$how to $who: the bare primitives open it" $CMS x25519-decrypt "$T/p7m" "$FIX/smime/x25519.crt" "$FIX/smime/x25519.key"
          like "$how to $who: there is the signed message" 'signed' "$T/o/ok"
        fi ;;
      *)
        ok "$how to $who: openssl opens it" openssl_open "$T/p7m" "$who" ;;
    esac
    case $who in
      bob)
        case $how in
          oaep | modern) like "$how to $who: really OAEP" '1\.2\.840\.113549\.1\.1\.7( |$)' <($CMS oids "$T/p7m") ;;
          *) unlike "$how to $who: not OAEP" '1\.2\.840\.113549\.1\.1\.7( |$)' <($CMS oids "$T/p7m") ;;
        esac
        case $how in
          aes*-cbc) ok "$how to $who: gpgsm opens it" gpgsm_ -o "$T/clear" -d "$T/p7m" ;;
          *) skip "$how to $who: gpgsm opens it" "gpgsm 2.2 has neither GCM nor OAEP" ;;
        esac ;;
      p*) like "$how to $who: KDF is SHA-2 (G-4)" '1\.3\.132\.1\.11\.[0-3]' <($CMS oids "$T/p7m")
          unlike "$how to $who: KDF is not SHA-1 (G-4)" '1\.3\.133\.16\.840\.63\.0\.2' <($CMS oids "$T/p7m") ;;
    esac
    refuses "$how to $who: somebody else cannot" 5 'key' "$LL" decrypt $(sm mallory) "$T/enc"
    $MIME flipbody "$T/enc" >bad.eml
    run "$LL" decrypt $(sm "$who") bad.eml
    if [ "$type" = authEnveloped-data ]; then
      is "$how to $who: changed: nothing on stdout" 0 "$(stat -c %s "$OUT")"
      is "$how to $who: changed: refused" 1 "$([ "$status" = 0 ] && echo 0 || echo 1)"
    else
      # Nobody vouches for CBC; the signature inside does.
      is "$how to $who: changed: not taken for good" 1 "$([ "$status" = 0 ] && echo 0 || echo 1)"
    fi
  done
done
rm -f ./bad.eml ./m.eml

# Several recipients of several kinds at once; each opens it, nobody else.
# shellcheck disable=SC2046
{
  sed 's/^To: .*/To: bob@example.org, p256@example.org, p384@example.org\nCc: p521@example.org, x25519@example.org/' "$MESSAGES/attachments.eml" >m.eml
  KEEP=$T/enc writes "to five kinds of key" "$LL" --config aes256-gcm.conf encrypt -p smime $(sm alice) $(certs bob p256 p384 p521 x25519) m.eml
  for who in alice bob p256 p384 p521 x25519; do
    opens "to five kinds of key: $who opens it" 0 "summary=signed-and-encrypted" $(sm $who) "$T/enc"
    ok "to five kinds of key: $who: same content" $MIME same m.eml "$OUT"
  done
  refuses "to five kinds of key: Mallory cannot" 5 'key' "$LL" decrypt $(sm mallory) "$T/enc"
  KEEP=$T/enc writes "--no-sign" "$LL" encrypt --no-sign -p smime $(sm alice) $(certs bob) "$MESSAGES/plain.eml"
  opens "--no-sign: opens" 0 "summary=encrypted signature.status=none" $(sm bob) "$T/enc"
  KEEP=$T/enc writes "--no-self" "$LL" encrypt --no-self -p smime $(sm alice) $(certs bob) "$MESSAGES/plain.eml"
  $MIME payload "$T/enc" >"$T/p7m"
  is "--no-self: one recipient" 1 "$($CMS recipients "$T/p7m")"
  refuses "--no-self: the sender cannot read it" 5 'key' "$LL" decrypt $(sm alice) "$T/enc"

  # Nobody is dropped: everybody without a usable certificate is named.
  enc () { local who=$1; shift; letter plain alice@example.org "$who@example.org" >m.eml; refuses "$@"; }
  enc bob "no certificate for the recipient" 5 'bob@example\.org' "$LL" encrypt -p smime $(sm alice) m.eml
  for bad in expired future tls signonly short; do
    enc $bad "to $bad certificate" 5 "$bad@example\.org" "$LL" encrypt -p smime $(sm alice) $(certs $bad) m.eml
  done
  enc ed25519 "to a certificate that cannot receive" 5 'ed25519@example\.org' "$LL" encrypt -p smime $(sm alice) $(certs ed25519) m.eml
  enc twin "two certificates for one address" 5 'twin@example\.org' "$LL" encrypt -p smime $(sm alice) $(certs twin1 twin2) m.eml
  letter plain bob@example.org alice@example.org >m.eml
  refuses "a certificate of an authority nobody trusts" 5 'alice@example\.org' "$LL" encrypt -p smime $(sm bob) $(certs untrusted) m.eml
  refuses "one of three has none" 5 'nobody@example\.org' "$LL" encrypt -p smime -r p256@example.org -r nobody@example.org -r bob@example.org $(sm alice) $(certs bob p256) "$MESSAGES/plain.eml"
  unlike "… and the others are not blamed" 'p256@|bob@' "$ERR"
  sed 's/^Subject:/Bcc: mallory@example.net\nSubject:/' "$MESSAGES/plain.eml" >m.eml
  run "$LL" encrypt -p smime $(sm alice) $(certs bob mallory) m.eml
  if [ "$status" = 0 ]; then
    $MIME payload "$OUT" >"$T/p7m"
    is "Bcc: not among the recipients everybody sees" 2 "$($CMS recipients "$T/p7m")"
    unlike "Bcc: no header" '[Bb]cc' "$OUT"
  else
    is "Bcc: refused with nothing written" 0 "$(stat -c %s "$OUT")"
    like "Bcc: says why" '[Bb]cc|hid.*mallory@example\.net' "$ERR"
  fi
  run "$LL" -v encrypt -p smime $(sm alice) $(certs expired signonly bob) -r expired@example.org -r signonly@example.org -r bob@example.org "$MESSAGES/plain.eml"
  for who in expired signonly; do
    like "-v: says why not: $who" "$(openssl x509 -in "$FIX/smime/$who.crt" -noout -fingerprint -sha256 | sed 's/.*=//; s/://g' | tr 'A-F' 'a-f').*[a-z]{4,}" "$ERR"
  done
}
rm -f ./*
done_testing
