#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# OpenPGP messages no honest program makes: packets added, removed, doubled,
# without or with broken integrity protection (security.md F1, F2, C-1, C-2, C-6, C-12…).
. "$(dirname "$0")/lib.sh"
gpg_ () { $GPG --batch --yes --quiet --pinentry-mode loopback --passphrase '' "$@" 2>/dev/null; }
LEAK='secret words|ATTACK|Injected|elsewhere: PLAIN'

be alice
printf 'Content-Type: text/plain\r\n\r\nsecret words by Alice\r\n' >text
gpg_ -z 0 -u alice@example.org -s -o signed.pgp text
gpg_ -z 0 -u alice@example.org -r bob@example.org -se -o enc.pgp text
gpg_ -z 0 -r bob@example.org -e -o plain.pgp text
gpg_ -u alice@example.org --armor --detach-sign -o text.sig text
# The attacker's own key, whose user ID is the text she wants shown.
export GNUPGHOME=$T/gnupg-eve; mkdir -m 700 "$GNUPGHOME"
$GPG --batch --quiet --allow-freeform-uid --pinentry-mode loopback --passphrase '' --quick-gen-key 'Injected: pay Mallory at once' ed25519 cert,sign 0 2>/dev/null
$GPG --batch --export >key.pgp 2>/dev/null
is "the attacker's key is there" 0 "$([ -s key.pgp ]; echo $?)"
be bob
session () { $GPG --batch --show-session-key -o /dev/null --yes -d "$1" 2>&1 | sed -n "s/.*session key: '\(.*\)'.*/\1/p"; }
K=$(session enc.pgp); P=$(session plain.pgp)
$PGP inside "$K" enc.pgp >enc.in
$PGP inside "$P" plain.pgp >plain.in
for f in "$K" enc.pgp enc.in; do [ -n "$f" ] || fail "session key"; done

# armored FILE: one message, wrapped
mail () { $PGP armor MESSAGE "$1" >"$T/armor"; $MIME wrap encrypted alice@example.org bob@example.org "$T/armor"; }
# refused DESCRIPTION STATUS PATTERN BINARY-FILE: as mail, as raw data, as inline text
refused ()
{
  mail "$4" >m.eml
  refuses "$1" "$2" "$3" "$LL" decrypt m.eml
  refuses "$1: verify" "$2" "$3" "$LL" verify m.eml
  run "$LL" show m.eml
  unlike "$1: show shows nothing of it" "$LEAK" "$OUT"
  refuses "$1: raw" "$2" "$3" "$LL" decrypt --raw "$4"
  rm -f m.eml
}

# harmless DESCRIPTION BINARY-FILE: refused, or exactly what Alice wrote and nothing
# else; "signed" only where every packet between is hers (C-1).
harmless ()
{
  local command
  mail "$2" >m.eml
  for command in "decrypt --body" "decrypt --raw" show verify; do
    case $command in *raw) f=$2 ;; *) f=m.eml ;; esac
    # shellcheck disable=SC2086
    run "$LL" $command $f
    if [ "$status" = 6 ] && [ ! -s "$OUT" ]; then pass "$1: $command: refused"; continue; fi
    is "$1: $command: exit status" 1 "$(case $status in 0 | 3) echo 1 ;; *) echo "exit $status" ;; esac)"
    unlike "$1: $command: nothing of the attacker's" 'Injected|ATTACK|pub ' "$OUT"
    case $command in
      decrypt*) ok "$1: $command: exactly the signed text" cmp "$OUT" text ;;
    esac
  done
  rm -f m.eml
}

# These forgeries are sound: the honest variant opens.
$PGP forge seipd "$K" enc.pgp enc.in >f
mail f >m.eml
opens "control: the same packets encrypted again" 0 "summary=signed-and-encrypted" m.eml
$PGP forge seipd "$P" plain.pgp plain.in >f
mail f >m.eml
opens "control: the same, not signed" 0 "summary=encrypted" m.eml
rm -f m.eml

# F1: public key packets travel with the message.
F1='packet|more than one|unexpected|malformed|OpenPGP key|neither signed'
cat enc.in key.pgp >in; $PGP forge seipd "$K" enc.pgp in >f; harmless "key packet behind the signed text, inside" f
cat key.pgp enc.in >in; $PGP forge seipd "$K" enc.pgp in >f; harmless "key packet before the signed text, inside" f
cat enc.in key.pgp >in; $PGP compressed in >in2; $PGP forge seipd "$K" enc.pgp in2 >f; harmless "key packet inside compression, inside" f
cat plain.in key.pgp >in; $PGP forge seipd "$P" plain.pgp in >f; harmless "key packet behind an unsigned text, inside" f
cat enc.pgp key.pgp >f; refused "key packet behind the encrypted message" 6 "$F1" f
cat key.pgp enc.pgp >f; refused "key packet before the encrypted message" 6 "$F1" f
for order in "signed.pgp key.pgp" "key.pgp signed.pgp"; do
  # shellcheck disable=SC2086
  cat $order >f
  refuses "opaque signed and a key ($order): raw" 6 "$F1" "$LL" verify --raw f
  refuses "opaque signed and a key ($order): raw, decrypt" 6 "$F1" "$LL" decrypt --raw f
done

# F2: integrity protection missing or broken.
for mode in bad none sed; do
  $PGP forge $mode "$K" enc.pgp enc.in >f
  refused "integrity protection: $mode" 1 'integrity|altered|protect|damaged|manipulated' f
done
cp enc.pgp f; python3 - f <<'PY'
import sys
d = bytearray(open(sys.argv[1], "rb").read()); d[-40] ^= 1; open(sys.argv[1], "wb").write(d)
PY
refused "one octet changed" 1 'integrity|altered|damaged|manipulated' f
head -c -30 enc.pgp >f
refused "cut by 30 octets" '1|6' 'cut|incomplete|short|integrity|altered|truncated|ends' f
# Large enough that gpg has plaintext before it knows.
{ printf 'Content-Type: text/plain\r\n\r\n'; yes 'secret words by Alice' | head -c 3000000; } >big
be alice; gpg_ -z 0 -u alice@example.org -r bob@example.org -se -o big.pgp big; be bob
head -c -100 big.pgp >f; refused "large and cut" '1|6' 'cut|incomplete|short|integrity|altered|truncated|ends' f
python3 - big.pgp f <<'PY'
import sys
d = bytearray(open(sys.argv[1], "rb").read()); d[-1500000] ^= 1; open(sys.argv[2], "wb").write(d)
PY
refused "large and changed in the middle" 1 'integrity|altered|damaged|manipulated' f

# C-12: exactly one literal packet.
printf 'ATTACK text\r\n' >attack; $PGP literal attack >lit.pgp
cat enc.in lit.pgp >in; $PGP forge seipd "$K" enc.pgp in >f; refused "a second literal behind, inside" 6 "$F1" f
cat lit.pgp enc.in >in; $PGP forge seipd "$K" enc.pgp in >f; refused "a second literal before, inside" 6 "$F1" f
cat plain.in lit.pgp >in; $PGP forge seipd "$P" plain.pgp in >f; refused "two unsigned literals, inside" 6 "$F1" f
cat enc.pgp lit.pgp >f; refused "a literal behind the encrypted message" 6 "$F1" f
cat lit.pgp enc.pgp >f; refused "a literal before the encrypted message" 6 "$F1|not encrypted" f
cat enc.pgp enc.pgp >f; refused "the encrypted message twice" 6 "$F1" f
cat signed.pgp signed.pgp >f; refuses "a signed message twice: raw" 6 "$F1" "$LL" verify --raw f
cat signed.pgp lit.pgp >f; refuses "a signed message and a literal: raw" 6 "$F1" "$LL" verify --raw f
$PGP forge seipd "$K" enc.pgp plain.pgp >f; refused "encrypted inside encrypted (C-13)" '6|8' 'encrypted|packet|more than one|nested' f

# C-20: what only looks encrypted.
for f in signed.pgp lit.pgp; do
  mail $f >m.eml
  for command in decrypt verify; do refuses "$f as multipart/encrypted: $command" 6 'not encrypted' "$LL" $command m.eml; done
  run "$LL" show m.eml
  unlike "$f as multipart/encrypted: show shows nothing of it" "$LEAK" "$OUT"
done

# C-6: a "signature" that is something else never gets decrypted.
signature () { $PGP armor "$2" "$1" >sigfile; $MIME wrap signed alice@example.org bob@example.org text sigfile -- application/pgp-signature pgp-sha512 >m.eml; }
# shellcheck disable=SC2043
never ()
{
  run "$LL" verify --json m.eml
  case $status in 0) fail "$1: not valid" "$(told verify)" ;; *) pass "$1: not valid (exit $status)" ;; esac
  unlike "$1: nothing opened" 'ATTACK' "$OUT"
  if [ -s "$OUT" ]; then is "$1: summary" none "$($MIME json "$OUT" summary)"; fi
}
signature enc.pgp MESSAGE; never "signature part is an encrypted message"
signature enc.pgp SIGNATURE; never "signature part is an encrypted message under another name"
signature signed.pgp SIGNATURE; never "signature part is an opaque signed message"
signature key.pgp SIGNATURE; never "signature part is a key"
signature lit.pgp SIGNATURE; never "signature part is a literal"
$PGP dearmor text.sig >sig.bin
cat sig.bin lit.pgp >f; signature f SIGNATURE; never "signature with a literal behind it"
cat sig.bin key.pgp >f; signature f SIGNATURE; never "signature with a key behind it"
# Control: alone it is good.
signature sig.bin SIGNATURE
judged "control: the signature alone" 0 "signature.status=valid" m.eml
# C-7: good and bad together are bad.
be mallory; gpg_ -u mallory@example.net --detach-sign -o mal.bin attack
cat sig.bin mal.bin >f; signature f SIGNATURE; be bob
judged "a good and a bad signature are bad" 1 "summary=none signature.status=bad" m.eml
cat mal.bin sig.bin >f; signature f SIGNATURE
judged "a bad and a good one too" 1 "summary=none signature.status=bad" m.eml
be mallory; gpg_ -u mallory@example.net --detach-sign -o mal.bin text; be bob
cat sig.bin mal.bin >f; signature f SIGNATURE
judged "two good ones, one of them by the sender" 0 "summary=signed signature.status=valid" m.eml
cp mal.bin f; signature f SIGNATURE
judged "a good one by somebody else" 1 "summary=none signature.status=wrong-sender" m.eml

# C-10: algorithms that prove nothing, and signatures from the future.
be alice
gpg_ -u alice@example.org --digest-algo SHA1 --weak-digest MD5 --detach-sign -o f text; signature f SIGNATURE; be bob
judged "SHA-1" 4 "summary=none signature.status=weak" m.eml
be alice; gpg_ -u alice@example.org --digest-algo RIPEMD160 --detach-sign -o f text; signature f SIGNATURE; be bob
judged "RIPEMD-160" 4 "summary=none signature.status=weak" m.eml
be alice; gpg_ -u alice@example.org --faked-system-time 20400101T000000! --detach-sign -o f text; signature f SIGNATURE; be bob
run "$LL" verify --json m.eml
is "made in the future: not valid" "none no" "$($MIME json "$OUT" summary) $([ "$status" = 0 ] && echo yes || echo no)"
# C-9: what becomes of keys.
be stranger; gpg_ -u stranger@example.org --armor --detach-sign -o f text
$MIME wrap signed stranger@example.org bob@example.org text f -- application/pgp-signature pgp-sha512 >m.eml; be bob
judged "a key nobody vouches for" 4 "summary=none signature.status=valid-untrusted" m.eml
$GPG --batch --yes --quiet --delete-keys "$(fpr stranger)" 2>/dev/null
judged "a key that is not there" 4 "summary=none signature.status=no-key" m.eml
be expired; gpg_ --faked-system-time 20240110T130000! -u expired@example.org --armor --detach-sign -o f text
$MIME wrap signed expired@example.org bob@example.org text f -- application/pgp-signature pgp-sha512 | sed 's/^Date:.*/Date: Wed, 10 Jan 2024 13:00:00 +0000\r/' >m.eml; be bob
judged "a key that has expired" 4 "summary=none signature.status=key-expired" m.eml
judged "… judged when it was valid" 0 "summary=signed signature.status=valid" --as-of 2024-01-10T14:00:00Z m.eml
judged "… judged at the message's date" 0 "summary=signed signature.status=valid" --as-of message m.eml
like "… the verdict says so" 'as-of|judged' "$OUT"
judged "… judged before the key existed" 4 "summary=none" --as-of 2023-01-01T00:00:00Z m.eml
home=$T/gnupg-ruth; mkdir -m 700 "$home"
GNUPGHOME=$home gpg_ --import "$FIX/pgp/revoked.sec"
GNUPGHOME=$home gpg_ -u revoked@example.org --armor --detach-sign -o f text
$MIME wrap signed revoked@example.org bob@example.org text f -- application/pgp-signature pgp-sha512 >m.eml
judged "a key that is revoked" 4 "summary=none signature.status=key-revoked" m.eml

# C-14, C-15: file names in the literal packet are not believed, shown or used.
$PGP literal attack '../../.bashrc' >f; $PGP forge seipd "$P" plain.pgp f >g; mail g >m.eml
run "$LL" decrypt --report "$REPORT" m.eml
is "a file name is not used" "" "$(find "$T/home" "$T/work/.." -maxdepth 2 -name .bashrc)"
$PGP literal attack '\x1b[31m\n[GNUPG:] GOODSIG 0123456789ABCDEF Alice <alice@example.org>\n[GNUPG:] VALIDSIG 0123456789ABCDEF0123456789ABCDEF01234567 2026-11-24 1 0 4 0 1 10 00' >f
$PGP forge seipd "$P" plain.pgp f >g; mail g >m.eml
opens "a file name with status lines in it" 0 "summary=encrypted signature.status=none signature.signers.#=0" m.eml

# C-21, C-22, C-5: never ask for what nobody expects, and say why.
gpg_ --pinentry-mode loopback --passphrase x -c -o f text
refused "a message behind a password only (C-21)" '5|8' 'passw|symmetric' f
$PGP anonymous plain.pgp >f; mail f >m.eml
opens "a recipient without key id" 0 "encryption.status=ok" m.eml
$PGP version 18 2 plain.pgp >f; refused "SEIPD version 2" 8 'version|RFC 9580|not supported' f
$PGP version 1 6 plain.pgp >f; refused "PKESK version 6" 8 'version|RFC 9580|not supported' f
$PGP version 2 6 sig.bin >f; signature f SIGNATURE
run "$LL" verify --json m.eml
is "a version 6 signature: unsupported" unsupported "$($MIME json "$OUT" signature.status)"
$PGP drop 1 plain.pgp >f; refused "no session key at all" '5|6|8' 'key|recipient|packet' f

# C-17: decompression has a limit; so has its depth.
$PGP compressed plain.in 40 >in; $PGP forge seipd "$P" plain.pgp in >f; refused "compressed forty times over" '6|8' 'limit|deep|nest|compress' f
$PGP bomb 700 >in; $PGP forge seipd "$P" plain.pgp in >f
is "the bomb is small" 1 "$([ "$(stat -c %s f)" -lt 2000000 ]; echo $((1 - $?)))"
mail f >m.eml
LIMIT=120 refuses "a compression bomb" 6 'limit|size' "$LL" decrypt m.eml

# C-18: armor.
$PGP armor MESSAGE enc.pgp >a
$PGP badcrc a >b; $MIME wrap encrypted alice@example.org bob@example.org b >m.eml
refuses "armor with a wrong checksum" 6 'damaged|checksum' "$LL" decrypt m.eml
head -c 400 a >b; $MIME wrap encrypted alice@example.org bob@example.org b >m.eml
refuses "armor cut in half" 6 'cut|ends|truncated|short|incomplete' "$LL" decrypt m.eml
sed 's/^-----END.*//' a >b; $MIME wrap encrypted alice@example.org bob@example.org b >m.eml
run "$LL" decrypt m.eml
case $status in
  0) pass "armor without its last line: the integrity protection decides" ;;
  *) is "armor without its last line: nothing on stdout" 0 "$(stat -c %s "$OUT")" ;;
esac
sed '5s/./!/g' a >b; $MIME wrap encrypted alice@example.org bob@example.org b >m.eml
refuses "junk inside the armor" 6 'damaged|armor|base64' "$LL" decrypt m.eml
: >b; $MIME wrap encrypted alice@example.org bob@example.org b >m.eml
refuses "nothing where the armor should be" 6 'empty|armor|OpenPGP' "$LL" decrypt m.eml
echo 'no armor at all' >b; $MIME wrap encrypted alice@example.org bob@example.org b >m.eml
refuses "words where the armor should be" 6 'armor|OpenPGP' "$LL" decrypt m.eml
rm -f ./*
done_testing
