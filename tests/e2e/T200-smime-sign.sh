#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# S/MIME, signing (RFC 8551 3.5): openssl and gpgsm judge what Letterlock makes;
# Ed25519, which neither can, is checked over the bare structure.
. "$(dirname "$0")/lib.sh"
. "$HERE/gpgsm.sh"
CA=$FIX/smime/ca.crt
# openssl_verify SIGNED: detached or opaque message, as raw octets
openssl_verify ()
{
  case $($MIME type "$1") in
    multipart/signed*)
      $MIME part 0 "$1" | $MIME crlf - >"$T/part"
      $MIME part 1 "$1" | $MIME payload - >"$T/sig"
      openssl cms -verify -binary -inform DER -in "$T/sig" -content "$T/part" -CAfile "$CA" -purpose smimesign -signer "$T/who.pem" -out /dev/null ;;
    *)
      $MIME payload "$1" >"$T/sig"
      openssl cms -verify -binary -inform DER -in "$T/sig" -CAfile "$CA" -purpose smimesign -signer "$T/who.pem" -out "$T/part" ;;
  esac
}
# shellcheck disable=SC2046 # options
for m in $ALL_MESSAGES; do
  f=$MESSAGES/$m.eml
  KEEP=$T/signed writes "$m: signs" "$LL" sign -p smime $(sm alice) "$f" || continue
  is "$m: two parts" 2 "$($MIME count "$T/signed")"
  is "$m: protocol" application/pkcs7-signature "$($MIME param protocol "$T/signed")"
  is "$m: micalg" sha-256 "$($MIME param micalg "$T/signed")"
  is "$m: line ends as they came" "$($MIME eol "$f" | sed 's/mixed/LF/')" "$($MIME eol "$T/signed")"
  ok "$m: openssl agrees" openssl_verify "$T/signed"
  ok "$m: what is signed is 7-bit safe" $MIME safe "$T/part"
  judged "$m: Letterlock agrees" 0 "summary=signed signature.status=valid signature.signers.0.protocol=smime
    signature.signers.0.address=alice@example.org sender.address=alice@example.org" $(sm bob) "$T/signed"
  opens "$m: opens" 0 "signature.status=valid" $(sm bob) "$T/signed"
  ok "$m: same content as before" $MIME same "$f" "$OUT"
  KEEP=$T/opaque writes "$m: signs, opaque" "$LL" sign --opaque -p smime $(sm alice) "$f" || continue
  is "$m: opaque: smime-type" signed-data "$($MIME param smime-type "$T/opaque")"
  ok "$m: opaque: openssl agrees" openssl_verify "$T/opaque"
  judged "$m: opaque: Letterlock agrees" 0 "summary=signed signature.status=valid" $(sm bob) "$T/opaque"
  opens "$m: opaque: opens" 0 "signature.status=valid" $(sm bob) "$T/opaque"
  ok "$m: opaque: same content as before" $MIME same "$f" "$OUT"
  $MIME crlf "$T/signed" >crlf.eml
  judged "$m: stored with CRLF" 0 "signature.status=valid" $(sm bob) crlf.eml
done
rm -f crlf.eml

printf '[smime]\nrsa-signature = pss\n' >pss.conf
gpgsm_home
# shellcheck disable=SC2046
for who in alice alice-pss p256 p384 p521 ed25519; do
  key=${who%-pss} conf=
  [ "$key" = "$who" ] || conf="--config pss.conf"
  letter attachments "$key@example.org" bob@example.org >m.eml
  for form in "" --opaque; do
    n="$who${form:+ }$form"
    # shellcheck disable=SC2086
    KEEP=$T/signed writes "$n: signs" "$LL" $conf sign -p smime $form $(sm "$key") m.eml || continue
    judged "$n: Letterlock agrees" 0 "summary=signed signature.status=valid signature.signers.0.address=$key@example.org" $(sm bob) "$T/signed"
    opens "$n: opens" 0 "signature.status=valid" $(sm bob) "$T/signed"
    ok "$n: same content" $MIME same m.eml "$OUT"
    case $who in
      ed25519)
        if [ -z "$form" ]; then
          $MIME part 0 "$T/signed" | $MIME crlf - >"$T/part"
          $MIME part 1 "$T/signed" | $MIME payload - >"$T/sig"
          ok "$n: the structure alone agrees (RFC 8419)" $CMS ed25519-verify "$T/sig" "$FIX/smime/ed25519.crt" "$T/part"
        else
          $MIME payload "$T/signed" >"$T/sig"
          ok "$n: the structure alone agrees (RFC 8419)" $CMS ed25519-verify "$T/sig" "$FIX/smime/ed25519.crt"
        fi ;;
      *)
        ok "$n: openssl agrees" openssl_verify "$T/signed"
        is "$n: the right signer" "$(openssl x509 -in "$FIX/smime/$key.crt" -noout -serial)" "$(openssl x509 -in "$T/who.pem" -noout -serial)"
        # gpgsm 2.2 cannot check P-521 ("DSA requires the hash length…").
        if [ "$who" = p521 ]; then skip "$n: gpgsm agrees" "gpgsm 2.2 has no P-521"
        elif [ -n "$form" ]; then ok "$n: gpgsm agrees" gpgsm_ --verify "$T/sig"
        else ok "$n: gpgsm agrees" gpgsm_ --verify "$T/sig" "$T/part"; fi ;;
    esac
    [ "$who" != alice-pss ] || like "$n: really PSS" 1.2.840.113549.1.1.10 <($CMS oids "$T/sig")
    [ "$who" = alice-pss ] || unlike "$n: not PSS" '1\.2\.840\.113549\.1\.1\.10( |$)' <($CMS oids "$T/sig")
    unlike "$n: RC2 and DES are not offered (G-5)" '1.2.840.113549.3.2|1.3.14.3.2.7|1.2.840.113549.3.7' <($CMS oids "$T/sig")
    if [ -z "$form" ]; then $MIME flip "$T/signed" 'Two files, one of the' >bad.eml; else $MIME flipbody "$T/signed" >bad.eml; fi
    run "$LL" verify --json $(sm bob) bad.eml
    is "$n: refuses: one octet changed" 1 "$([ "$status" = 1 ] || [ "$status" = 6 ] && echo 1 || echo "exit $status")"
    unlike "$n: refuses: never valid" '"status" *: *"valid"' "$OUT"
  done
done

# Who may not sign, and why.
# shellcheck disable=SC2046
sign_as () { letter plain "$2" bob@example.org >m.eml; shift 2; refuses "$@"; }
for bad in expired future tls enconly short; do
  case $bad in expired) why=expired ;; future) why='not.*yet|not valid before' ;; tls) why='mail|purpose|usage' ;; enconly) why='sign|usage' ;; *) why='1024|short|weak' ;; esac
  # shellcheck disable=SC2046
  sign_as x $bad@example.org "sign with $bad certificate" 5 "$bad@example\.org.*($why)|($why).*$bad@example\.org" "$LL" sign -p smime $(sm $bad) m.eml
done
# shellcheck disable=SC2046
{
  sign_as x mallory@example.net "the certificate is for another address" 5 'mallory@example\.net' "$LL" sign -p smime $(sm alice) m.eml
  sign_as x alice@example.org "a certificate without its key" 5 'alice@example\.org' "$LL" sign -p smime $(certs alice) --ca "$CA" m.eml
  sign_as x alice@example.org "a key without certificate" 5 'certificate' "$LL" sign -p smime --key "$FIX/smime/alice.key" --ca "$CA" m.eml
  sign_as x twin@example.org "two certificates for one address" 5 'twin@example\.org' "$LL" sign -p smime $(sm twin1 twin2) m.eml
  sign_as x alice@example.org "a key file that is none" 6 'alice\.crt' "$LL" sign -p smime --cert "$FIX/smime/alice.crt" --key "$FIX/smime/alice.crt" --ca "$CA" m.eml
  sign_as x alice@example.org "a key file others may read (G-9)" 2 'alice-readable\.key.*(read|permission|0600|chmod)' \
    "$LL" sign -p smime --cert "$FIX/smime/alice.crt" --key "$FIX/smime/alice-readable.key" --ca "$CA" m.eml
  sign_as x alice@example.org "no such key file" 8 'nothere\.key' "$LL" sign -p smime --cert "$FIX/smime/alice.crt" --key nothere.key --ca "$CA" m.eml
  sign_as x alice@example.org "no such authority file" 8 'nothere\.crt' "$LL" sign -p smime $(sm alice) --ca nothere.crt m.eml
}
rm -f ./*

# Key material in every form; passwords only by prompt.
M=$MESSAGES/plain.eml
writes "PKCS#12 without password" "$LL" sign -p smime --key "$FIX/smime/alice-empty.p12" --ca "$CA" "$M"
refuses "PKCS#12 with a password, nobody to ask" 7 'pass(phrase|word)' "$LL" --batch sign -p smime --key "$FIX/smime/alice.p12" --ca "$CA" "$M"
refuses "an encrypted key, nobody to ask" 7 'pass(phrase|word)' "$LL" --batch sign -p smime --cert "$FIX/smime/alice.crt" --key "$FIX/smime/alice-locked.key" --ca "$CA" "$M"
letter plain bob@example.org alice@example.org >m.eml
writes "DER key and certificate" "$LL" sign -p smime --cert "$FIX/smime/bob.der" --key "$FIX/smime/bob-key.der" --ca "$CA" m.eml
rm -f m.eml
done_testing
