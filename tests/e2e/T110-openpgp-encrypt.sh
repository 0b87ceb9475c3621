#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# OpenPGP, signing and encrypting (RFC 3156 4, 6.2): gpg and sqop open what
# Letterlock makes; exactly the people meant can.
. "$(dirname "$0")/lib.sh"

subkey () { $GPG --batch --with-colons --list-keys "$(fpr "$1")" | awk -F: '$1 == "sub" && $12 ~ /e/ { print $5; exit }'; }
armored () { $MIME part 1 "$1" >"$T/second"; $MIME payload "$T/second"; }

be alice
for m in $ALL_MESSAGES; do
  f=$MESSAGES/$m.eml
  be alice
  KEEP=$T/enc writes "$m: signs and encrypts" "$LL" encrypt -p openpgp "$f" || continue
  is "$m: two parts" 2 "$($MIME count "$T/enc")"
  is "$m: protocol" application/pgp-encrypted "$($MIME param protocol "$T/enc")"
  is "$m: Version: 1" "Version: 1" "$($MIME part 0 "$T/enc" | $MIME payload - | tr -d '\r')"
  is "$m: line ends as they came" "$($MIME eol "$f" | sed 's/mixed/LF/')" "$($MIME eol "$T/enc")"
  unlike "$m: nothing readable outside" 'engine|Zürich|Umlauten|paragraph|café|floors|Brief' "$T/enc"
  is "$m: Subject hidden outside" '[...]' "$($MIME header Subject "$T/enc")"
  be bob
  opens "$m: the recipient opens it" 0 "summary=signed-and-encrypted encryption.status=ok encryption.protocol=openpgp
    signature.status=valid signature.signers.0.address=alice@example.org sender.address=alice@example.org" "$T/enc"
  ok "$m: same content as before" $MIME same "$f" "$OUT"
done

be alice
KEEP=$T/enc writes "to one" "$LL" encrypt -p openpgp "$MESSAGES/attachments.eml"
armored "$T/enc" >"$T/pgp"
is "readable by sender and recipient alone" "$(printf '%s\n' "$(subkey alice)" "$(subkey bob)" | sort | paste -sd' ')" "$($PGP recipients "$T/pgp")"
unlike "nothing compressed (D-8)" COMPRESSED <($PGP list "$T/pgp")
be bob
ok "gpg opens it and finds the signature" $GPG --batch --status-fd 1 -o "$T/clear" -d "$T/pgp"
like "gpg names the signer" "VALIDSIG .*$(fpr alice)" "$T/o/ok"
like "gpg sees the integrity protection" GOODMDC "$T/o/ok"
like "the signature covers a MIME entity with its header" '^Content-Type: multipart/mixed' "$T/clear"
sqop decrypt --verify-with "$FIX/pgp/alice.pub" --verifications-out "$T/ver" "$FIX/pgp/bob.sec" <"$T/pgp" >"$T/clear2" 2>"$T/o/ok"
ok "sqop opens it: the same octets" cmp "$T/clear" "$T/clear2"
like "sqop names the signer" "$(fpr alice)" "$T/ver"
be alice
opens "the sender opens her copy" 0 "summary=signed-and-encrypted" "$T/enc"
be mallory
refuses "somebody else cannot" 5 'key' "$LL" decrypt "$T/enc"
refuses "… nor verify" 5 'key' "$LL" verify "$T/enc"

# Every kind of key, as sender and as recipient.
for who in $PGP_KEYS; do
  case $who in alice | bob) be "$who" ;; *) be nist ;; esac
  letter utf8 "$who@example.org" mallory@example.net >m.eml
  KEEP=$T/enc writes "from $who" "$LL" encrypt -p openpgp m.eml || continue
  be mallory
  opens "from $who: opens" 0 "summary=signed-and-encrypted signature.signers.0.fingerprint=$(fpr "$who")" "$T/enc"
  letter utf8 mallory@example.net "$who@example.org" >m.eml
  KEEP=$T/enc writes "to $who" "$LL" encrypt -p openpgp m.eml || continue
  armored "$T/enc" >"$T/pgp"
  rm -f "$T/ver"
  sqop decrypt --verify-with "$FIX/pgp/mallory.pub" --verifications-out "$T/ver" "$FIX/pgp/$who.sec" <"$T/pgp" >"$T/clear" 2>"$T/o/ok"
  ok "to $who: sqop opens it" $MIME same m.eml "$T/clear"
  like "to $who: sqop names the signer" "$(fpr mallory)" "$T/ver"
  case $who in alice | bob) be "$who" ;; *) be nist ;; esac
  opens "to $who: opens" 0 "summary=signed-and-encrypted signature.signers.0.address=mallory@example.net" "$T/enc"
  ok "to $who: same content" $MIME same m.eml "$OUT"
done

# Options.
be alice
KEEP=$T/enc writes "--no-sign" "$LL" encrypt -p openpgp --no-sign "$MESSAGES/plain.eml"
be bob
opens "--no-sign: opens, not signed" 0 "summary=encrypted encryption.status=ok signature.status=none" "$T/enc"
run "$LL" verify --json "$T/enc"
is "--no-sign: verify says not signed" 3 "$status"
be alice
KEEP=$T/enc writes "--no-self" "$LL" encrypt -p openpgp --no-self "$MESSAGES/plain.eml"
armored "$T/enc" >"$T/pgp"
is "--no-self: the recipient alone" "$(subkey bob)" "$($PGP recipients "$T/pgp")"
refuses "--no-self: the sender cannot read it" 5 'key' "$LL" decrypt "$T/enc"
KEEP=$T/enc writes "-r instead of the header" "$LL" encrypt -p openpgp -r nist384@example.org -r mallory@example.net "$MESSAGES/plain.eml"
armored "$T/enc" >"$T/pgp"
is "-r: exactly these and the sender" "$(printf '%s\n' "$(subkey alice)" "$(subkey nist384)" "$(subkey mallory)" | sort | paste -sd' ')" "$($PGP recipients "$T/pgp")"
sed 's/^To: .*/To: bob@example.org, Nist <nist256@example.org>\nCc: team: rsa3072@example.org, nist384@example.org;/' "$MESSAGES/plain.eml" >m.eml
KEEP=$T/enc writes "To, Cc and a group" "$LL" encrypt -p openpgp m.eml
armored "$T/enc" >"$T/pgp"
is "To, Cc and a group: everybody" "$(for w in alice bob nist256 nist384 rsa3072; do subkey $w; done | sort | paste -sd' ')" "$($PGP recipients "$T/pgp")"
for policy in baseline shy none; do
  KEEP=$T/enc writes "--headers $policy" "$LL" encrypt -p openpgp --headers $policy "$MESSAGES/plain.eml"
  case $policy in none) want='Plain words' ;; *) want='[...]' ;; esac
  is "--headers $policy: Subject outside" "$want" "$($MIME header Subject "$T/enc")"
  case $policy in shy) want='bob@example.org' ;; *) want='Bob Babbage <bob@example.org>' ;; esac
  is "--headers $policy: To outside" "$want" "$($MIME header To "$T/enc" | tr -d '\r')"
  be bob
  opens "--headers $policy: opens" 0 "summary=signed-and-encrypted headers.scheme=rfc9788" "$T/enc"
  is "--headers $policy: Subject restored" 'Plain words' "$($MIME header Subject "$OUT")"
  is "--headers $policy: To restored" 'Bob Babbage <bob@example.org>' "$($MIME header To "$OUT")"
  be alice
done

# A Bcc recipient is not shown to the others (D-5): not by a PKESK, not in a header.
sed 's/^Subject:/Bcc: mallory@example.net\nSubject:/' "$MESSAGES/plain.eml" >m.eml
run "$LL" encrypt -p openpgp m.eml
if [ "$status" = 0 ]; then
  cp "$OUT" "$T/enc"
  unlike "Bcc: no header" '[Bb]cc:|mallory' "$T/enc"
  armored "$T/enc" >"$T/pgp"
  unlike "Bcc: no key id" "$(subkey mallory)" <($PGP recipients "$T/pgp")
  be bob
  opens "Bcc: the others open it" 0 "summary=signed-and-encrypted" "$T/enc"
  unlike "Bcc: nothing inside either" '[Bb]cc:|mallory' "$OUT"
  be mallory
  opens "Bcc: she opens it" 0 "encryption.status=ok" "$T/enc"
else
  is "Bcc: refused with nothing written" 0 "$(stat -c %s "$OUT")"
  like "Bcc: says why" '[Bb]cc|hidden' "$ERR"
fi
be alice

# Nobody to encrypt to, or somebody without a key: nothing is written, everybody is named.
sed '/^To:/d' "$MESSAGES/plain.eml" >m.eml
refuses "nobody to encrypt to" '2|5' 'recipient|nobody' "$LL" encrypt -p openpgp m.eml
for args in 'nobody1@example.org' 'bob@example.org -r nobody1@example.org' 'nobody1@example.org -r nobody2@example.org -r bob@example.org'; do
  # shellcheck disable=SC2086
  refuses "no key for one of: ${args//-r /}" 5 'nobody1@example\.org' "$LL" encrypt -p openpgp -r $args "$MESSAGES/plain.eml"
done
like "every one who lacks a key is named" 'nobody1@example\.org.*nobody2@example\.org|nobody2@example\.org.*nobody1@example\.org' "$ERR"
refuses "an expired key" 5 'expired@example\.org.*expired' "$LL" encrypt -p openpgp -r expired@example.org -r bob@example.org "$MESSAGES/plain.eml"
refuses "a revoked key" 5 'revoked@example\.org.*revoked' "$LL" encrypt -p openpgp -r revoked@example.org -r bob@example.org "$MESSAGES/plain.eml"
refuses "a key that only signs" 5 'signonly@example\.org.*(encrypt|sign)' "$LL" encrypt -p openpgp -r signonly@example.org "$MESSAGES/plain.eml"
refuses "two keys for one address" 5 "(twin@example\.org.*)?($(fpr twin1).*$(fpr twin2)|$(fpr twin2).*$(fpr twin1))" \
  "$LL" encrypt -p openpgp -r twin@example.org "$MESSAGES/plain.eml"
refuses "a key nobody vouches for" 5 'stranger@example\.org.*(trust|valid|certif|vouch|belongs)' "$LL" encrypt -p openpgp -r stranger@example.org "$MESSAGES/plain.eml"
refuses "a key whose user ID holds two addresses" 5 'two@example\.org' "$LL" encrypt -p openpgp -r two@example.org "$MESSAGES/plain.eml"
refuses "all of these at once" 5 'expired@example\.org.*|nobody1@example\.org' "$LL" encrypt -p openpgp -r expired@example.org -r nobody1@example.org \
  -r signonly@example.org -r bob@example.org "$MESSAGES/plain.eml"
for who in expired nobody1 signonly; do like "… names $who" "$who@example\.org" "$ERR"; done
unlike "… and not Bob, who has a key" 'bob@example' "$ERR"
letter plain 'alice@example.org, bob@example.org' nist256@example.org >m.eml
refuses "From with two addresses" 6 'From' "$LL" encrypt -p openpgp m.eml
refuses "From with two addresses, signing" 6 'From' "$LL" sign -p openpgp m.eml
sed '/^From:/d' "$MESSAGES/plain.eml" >m.eml
refuses "no From" 6 'From' "$LL" sign -p openpgp m.eml
sed 's/^From: .*/From: a@example.org\nFrom: alice@example.org/' "$MESSAGES/plain.eml" >m.eml
refuses "two From fields" 6 'From' "$LL" sign -p openpgp m.eml
sed 's/^From: .*/From: friends: alice@example.org;/' "$MESSAGES/plain.eml" >m.eml
refuses "a group in From" 6 'From' "$LL" sign -p openpgp m.eml
# A message that is already protected is not protected once more by accident.
rm -f m.eml

# -v gives a reason for every key that was looked at.
run "$LL" -v encrypt -p openpgp -r bob@example.org "$MESSAGES/plain.eml"
is "-v: exit status" 0 "$status"
like "-v: the key chosen" "$(fpr bob)" "$ERR"
run "$LL" -v encrypt -p openpgp -r twin@example.org -r expired@example.org -r revoked@example.org -r signonly@example.org -r stranger@example.org "$MESSAGES/plain.eml"
for who in twin1 twin2 expired revoked signonly stranger; do
  like "-v: says why not: $who" "$(fpr $who).+[a-z]{4,}" "$ERR"
done
is "-v: still nothing on stdout" 0 "$(stat -c %s "$OUT")"
done_testing
