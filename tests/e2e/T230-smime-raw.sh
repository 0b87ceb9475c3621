#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# S/MIME on plain data (--raw), against openssl.
. "$(dirname "$0")/lib.sh"
S=$FIX/smime
{ printf 'any octets \0\1\2\r\n\n\377'; head -c 5000 /dev/urandom; } >data
: >nothing
# pem FILE: whatever form it has, as DER
der () { if grep -q BEGIN "$1"; then openssl asn1parse -inform PEM -in "$1" -noout -out "$T/der"; cat "$T/der"; else cat "$1"; fi; }
# shellcheck disable=SC2046
{
  for d in data nothing; do
    KEEP=$T/sig writes "detached signature of $d" "$LL" sign --raw --detached -p smime --from alice@example.org $(sm alice) $d
    der "$T/sig" >"$T/sig.der"
    ok "… openssl agrees" openssl cms -verify -binary -inform DER -in "$T/sig.der" -content $d -CAfile "$S/ca.crt" -out /dev/null
    judged "… Letterlock agrees" 0 "signature.status=valid*" --raw --signature "$T/sig" $(sm bob) $d
    KEEP=$T/sig writes "opaque signature of $d" "$LL" sign --raw -p smime --from alice@example.org $(sm alice) $d
    der "$T/sig" >"$T/sig.der"
    ok "… openssl agrees" openssl cms -verify -binary -inform DER -in "$T/sig.der" -CAfile "$S/ca.crt" -out "$T/clear"
    ok "… the same octets" cmp $d "$T/clear"
    run "$LL" decrypt --raw $(sm bob) "$T/sig"
    ok "… Letterlock gets the same octets" cmp $d "$OUT"
  done
  KEEP=$T/enc writes "encrypt" "$LL" encrypt --raw --no-sign -p smime --from alice@example.org -r bob@example.org $(sm alice) $(certs bob) data
  der "$T/enc" >"$T/enc.der"
  ok "… openssl opens it" openssl cms -decrypt -binary -inform DER -in "$T/enc.der" -recip "$S/bob.crt" -inkey "$S/bob.key" -out "$T/clear"
  ok "… the same octets" cmp data "$T/clear"
  run "$LL" decrypt --raw $(sm bob) "$T/enc"
  ok "… Letterlock gets the same octets" cmp data "$OUT"
  for form in DER PEM; do
    openssl cms -sign -binary -nodetach -signer "$S/alice.crt" -inkey "$S/alice.key" -outform $form -in data -out sig
    run "$LL" decrypt --raw $(sm bob) sig
    ok "opaque by openssl, $form" cmp data "$OUT"
    openssl cms -sign -binary -signer "$S/alice.crt" -inkey "$S/alice.key" -outform $form -in data -out sig
    judged "detached by openssl, $form" 0 "signature.status=valid*" --raw --signature sig $(sm bob) data
    openssl cms -encrypt -binary -aes-256-gcm -outform $form -in data -out enc "$S/bob.crt"
    run "$LL" decrypt --raw $(sm bob) enc
    ok "encrypted by openssl, $form" cmp data "$OUT"
    refuses "encrypted by openssl, $form, by somebody else" 5 'key' "$LL" decrypt --raw $(sm mallory) enc
  done
  cp data other; printf x >>other
  judged "refuses: other data" 1 "summary=none signature.status=bad" --raw --signature sig $(sm bob) other
  head -c 300 enc >short
  refuses "CMS cut short" 6 'cut|short|truncated|ends' "$LL" decrypt --raw $(sm bob) short
  refuses "encrypt to nobody" '2|5' 'recipient|nobody' "$LL" encrypt --raw --no-sign -p smime --from alice@example.org $(sm alice) data
  refuses "no key for --from" 5 'carol@example\.org' "$LL" sign --raw -p smime --from carol@example.org $(sm alice) data
}
rm -f ./*
done_testing
