#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# OpenPGP on plain data (--raw), against gpg and sqop.
. "$(dirname "$0")/lib.sh"
be alice
{ printf 'any octets \0\1\2\r\n\n\377'; head -c 5000 /dev/urandom; } >data
: >nothing

for d in data nothing; do
  KEEP=$T/sig writes "detached signature of $d" "$LL" sign --raw --detached -p openpgp --from alice@example.org $d
  like "… armored" 'BEGIN PGP SIGNATURE' "$T/sig"
  ok "… gpg agrees" $GPG --batch --verify "$T/sig" $d
  sqop verify "$T/sig" "$FIX/pgp/alice.pub" <$d >"$T/o/ok" 2>&1
  like "… sqop agrees" "$(fpr alice)" "$T/o/ok"
  judged "… Letterlock agrees" 0 "signature.status=valid* signature.signers.0.fingerprint=$(fpr alice)" --raw --signature "$T/sig" $d
  KEEP=$T/sig writes "opaque signature of $d" "$LL" sign --raw -p openpgp --from alice@example.org $d
  ok "… gpg agrees" $GPG --batch --yes -o "$T/clear" -d "$T/sig"
  ok "… gpg gets the same octets" cmp $d "$T/clear"
  sqop inline-verify "$FIX/pgp/alice.pub" <"$T/sig" >"$T/clear" 2>/dev/null
  ok "… sqop gets the same octets" cmp $d "$T/clear"
  run "$LL" decrypt --raw --report "$REPORT" "$T/sig"
  ok "… Letterlock gets the same octets" cmp $d "$OUT"
done
KEEP=$T/enc writes "encrypt, signed" "$LL" encrypt --raw -p openpgp --from alice@example.org -r bob@example.org data
be bob
ok "… gpg opens it" $GPG --batch --yes --status-fd 1 -o "$T/clear" -d "$T/enc"
like "… signed" "VALIDSIG .*$(fpr alice)" "$T/o/ok"
ok "… the same octets" cmp data "$T/clear"
run "$LL" decrypt --raw --report "$REPORT" "$T/enc"
ok "… Letterlock: the same octets" cmp data "$OUT"
is "… Letterlock: encrypted" ok "$($MIME json "$REPORT" encryption.status)"
is "… Letterlock: the signer" "$(fpr alice)" "$($MIME json "$REPORT" signature.signers.0.fingerprint)"
be alice
KEEP=$T/enc writes "encrypt, --no-sign" "$LL" encrypt --raw --no-sign -p openpgp --from alice@example.org -r bob@example.org data
sqop decrypt "$FIX/pgp/bob.sec" <"$T/enc" >"$T/clear" 2>/dev/null
ok "… sqop: the same octets" cmp data "$T/clear"

# What others make.
$GPG --batch -q -u alice@example.org --detach-sign -o bin.sig data
judged "binary detached signature by gpg" 0 "signature.signers.0.status=valid*" --raw --signature bin.sig data
$GPG --batch -q -u alice@example.org --clearsign -o clear.asc "$MESSAGES/plain.eml"
judged "cleartext signature by gpg" 0 "signature.signers.0.fingerprint=$(fpr alice)" --raw clear.asc
$GPG --batch -q -u alice@example.org -r bob@example.org -se -o bin.pgp data
be bob
run "$LL" decrypt --raw bin.pgp
ok "binary encrypted data by gpg" cmp data "$OUT"

# Refusals.
printf 'x' >>data
judged "refuses: other data" 1 "summary=none signature.status=bad" --raw --signature bin.sig data
refuses "a signature that is none" 6 '' "$LL" verify --raw --signature data bin.sig
refuses "decrypt of random octets" 6 '' "$LL" decrypt --raw data
refuses "decrypt of nothing" 6 'empty' "$LL" decrypt --raw nothing
refuses "encrypt to nobody" '2|5' 'recipient|nobody' "$LL" encrypt --raw -p openpgp --from bob@example.org data
be alice
refuses "sign for nobody: no --from, no -u" 2 'from|sign-as' "$LL" sign --raw -p openpgp data
refuses "no key for --from" 5 'carol@example\.org' "$LL" sign --raw -p openpgp --from carol@example.org data
refuses "no key for one of two" 5 'carol@example\.org' "$LL" encrypt --raw -p openpgp --from alice@example.org -r bob@example.org -r carol@example.org data
rm -f ./*
done_testing
