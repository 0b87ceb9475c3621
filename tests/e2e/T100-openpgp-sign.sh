#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# OpenPGP, signing (RFC 3156 5): every kind of message and key; gpg and sqop
# judge what Letterlock makes, over octets cut by another splitter.
. "$(dirname "$0")/lib.sh"

# check_signed NAME FILE SIGNER
check_signed ()
{
  local name=$1 file=$2 who=$3
  # The message keeps its line ends; what is signed has CRLF.
  $MIME part 0 "$file" | $MIME crlf - >"$T/part"
  $MIME part 1 "$file" >"$T/sigpart"
  $MIME payload "$T/sigpart" >"$T/sig"
  is "$name: exactly two parts" 2 "$($MIME count "$file")"
  is "$name: protocol" application/pgp-signature "$($MIME param protocol "$file")"
  like "$name: micalg" '^pgp-sha(256|384|512)$' <($MIME param micalg "$file")
  is "$name: type of the second part" application/pgp-signature "$($MIME type "$T/sigpart" | sed 's/;.*//')"
  ok "$name: what is signed is 7-bit safe" $MIME safe "$T/part"
  ok "$name: gpg agrees" $GPG --batch --status-fd 1 --verify "$T/sig" "$T/part"
  like "$name: gpg names the signer" "VALIDSIG .*$(fpr "$who")" "$T/o/ok"
  sqop verify "$T/sig" "$FIX/pgp/$who.pub" <"$T/part" >"$T/o/sqop" 2>&1
  like "$name: sqop names the signer" "$(fpr "$who")" "$T/o/sqop"
}

be alice
for m in $ALL_MESSAGES; do
  f=$MESSAGES/$m.eml
  KEEP=$T/signed writes "$m: signs" "$LL" sign -p openpgp "$f" || continue
  is "$m: line ends as they came" "$($MIME eol "$f" | sed 's/mixed/LF/')" "$($MIME eol "$T/signed")"
  $MIME part 0 "$T/signed" | $MIME crlf - >"$T/part"
  ok "$m: what is signed is 7-bit safe" $MIME safe "$T/part"
  $MIME part 1 "$T/signed" >"$T/sigpart"
  $MIME payload "$T/sigpart" >"$T/sig"
  ok "$m: gpg agrees" $GPG --batch --verify "$T/sig" "$T/part"
  judged "$m: Letterlock agrees" 0 "summary=signed signature.status=valid encryption.status=none sender.address=alice@example.org
    signature.signers.0.fingerprint=$(fpr alice) signature.signers.0.address=alice@example.org" "$T/signed"
  opens "$m: opens" 0 "signature.status=valid" "$T/signed"
  ok "$m: same content as before" $MIME same "$f" "$OUT"
  unlike "$m: the protection is gone" 'multipart/signed|BEGIN PGP' "$OUT"
  # The same message with the other line ends, stored by another mailbox.
  $MIME crlf "$T/signed" >"$T/crlf"
  judged "$m: stored with CRLF" 0 "signature.status=valid" "$T/crlf"
  $MIME lf "$T/signed" >"$T/lf"
  judged "$m: stored with LF" 0 "signature.status=valid" "$T/lf"
done
# What was safe already is not encoded anew: the body comes back octet by octet.
for m in empty nonewline mbox; do
  is "$m: same octets as before" "$($MIME body "$MESSAGES/$m.eml" | sha256sum)" \
    "$("$LL" sign -p openpgp "$MESSAGES/$m.eml" | "$LL" decrypt 2>/dev/null | $MIME body - | sha256sum)"
done

# CRLF input gives CRLF output.
$MIME crlf "$MESSAGES/utf8.eml" >crlf.eml
KEEP=$T/signed writes "CRLF input" "$LL" sign -p openpgp crlf.eml
is "CRLF input: CRLF output" CRLF "$($MIME eol "$T/signed")"
opens "CRLF input: opens" 0 "signature.status=valid" "$T/signed"
is "CRLF input: CRLF when opened" CRLF "$($MIME eol "$OUT")"
rm crlf.eml

# Every kind of key.
for who in $PGP_KEYS; do
  case $who in alice | bob) be "$who" ;; *) be nist ;; esac
  letter attachments "$who@example.org" alice@example.org >m.eml
  KEEP=$T/signed writes "$who: signs" "$LL" sign -p openpgp m.eml || continue
  check_signed "$who" "$T/signed" "$who"
  judged "$who: Letterlock agrees" 0 "signature.status=valid signature.signers.0.fingerprint=$(fpr "$who")" "$T/signed"
  be mallory
  judged "$who: another reader agrees" 0 "signature.status=valid signature.signers.0.trust=full" "$T/signed"
  # One octet changed is noticed, wherever it is.
  $MIME flip "$T/signed" 'Two files, one of the' >bad.eml
  judged "$who: refuses: text changed" 1 "summary=none signature.status=bad" bad.eml
  $MIME flip "$T/signed" 'filename="engine.bi' >bad.eml
  judged "$who: refuses: header of a part changed" 1 "summary=none signature.status=bad" bad.eml
  rm -f bad.eml m.eml
done

# Not by the sender, or not to be judged.
be alice
letter plain mallory@example.net bob@example.org >m.eml
refuses "sign: no key for the address in From" 5 'mallory@example\.net' "$LL" sign -p openpgp m.eml
letter plain nobody@example.org bob@example.org >m.eml
refuses "sign: no key at all for From" 5 'nobody@example\.org' "$LL" sign -p openpgp m.eml
letter plain signonly@example.org bob@example.org >m.eml
refuses "sign: a public key is not enough" 5 'signonly@example\.org' "$LL" sign -p openpgp m.eml
refuses "sign: -u with somebody else's address" 5 'bob@example\.org' "$LL" sign -p openpgp -u bob@example.org "$MESSAGES/plain.eml"
refuses "sign: -u with a key that does not speak for From" 5 'mallory@example\.net|does not' \
  "$LL" sign -p openpgp -u "$(fpr mallory)" "$MESSAGES/plain.eml"
refuses "sign: -u with a short key id" 2 'fingerprint|key id|address' "$LL" sign -p openpgp -u "$(fpr alice | tail -c 9)" "$MESSAGES/plain.eml"
writes "sign: -u with her own fingerprint" "$LL" sign -p openpgp -u "$(fpr alice)" "$MESSAGES/plain.eml"
writes "sign: -u with her own address" "$LL" sign -p openpgp -u alice@example.org "$MESSAGES/plain.eml"
be twins
letter plain twin@example.org bob@example.org >m.eml
refuses "sign: two keys for From" 5 "$(fpr twin1).*$(fpr twin2)|$(fpr twin2).*$(fpr twin1)" "$LL" sign -p openpgp m.eml
writes "sign: two keys, one of them named" "$LL" sign -p openpgp -u "$(fpr twin2)" m.eml
be expired
letter plain expired@example.org bob@example.org >m.eml
refuses "sign: with an expired key" 5 'expired@example\.org.*expired' "$LL" sign -p openpgp m.eml
be revoked
letter plain revoked@example.org bob@example.org >m.eml
refuses "sign: with a revoked key" 5 'revoked@example\.org.*revoked' "$LL" sign -p openpgp m.eml
rm -f m.eml
done_testing
