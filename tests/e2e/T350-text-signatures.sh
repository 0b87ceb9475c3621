#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Signatures over text (class 0x01): gpg leaves CRs at line ends and the end of very long
# lines out of the hash, so that an altered message still verifies for it.
. "$(dirname "$0")/lib.sh"
be alice

# sealed SIGNER_OPTION...: reads the entity (CRLF) and makes a multipart/signed of it
sealed ()
{
  cat >entity
  "$GPG" --batch --quiet --armor --digest-algo SHA256 -u alice@example.org "$@" --detach-sign -o entity.asc --yes entity
  {
    printf 'From: Alice <alice@example.org>\r\nTo: bob@example.org\r\nMIME-Version: 1.0\r\n'
    printf 'Content-Type: multipart/signed; micalg=pgp-sha256; protocol="application/pgp-signature"; boundary=out\r\n\r\n--out\r\n'
    cat entity
    printf '\r\n--out\r\nContent-Type: application/pgp-signature\r\n\r\n'
    sed 's/$/\r/' entity.asc
    printf -- '--out--\r\n'
  }
}

two_parts ()
{
  printf 'Content-Type: multipart/mixed; boundary=in\r\n\r\n--in\r\nContent-Type: text/plain\r\n\r\nI do NOT agree to this:\r\n'
  printf -- '--in\r\nContent-Type: text/plain\r\n\r\nI pay.\r\n--in--\r\n'
}

for class in text binary; do
  option=()
  [ $class = binary ] || option=(--textmode)
  two_parts | sealed "${option[@]}" >good.eml
  judged "$class: as it was signed" 0 "signature.status=valid summary=signed" good.eml
  sed 's/\r$//' good.eml >lf.eml
  judged "$class: stored with LF" 0 "signature.status=valid" lf.eml
  # One CR, and what was a boundary for the signer is text for the reader.
  sed '0,/^--in\r$/s//--in\r\r/' good.eml >hidden.eml
  not_ok "$class: the copy differs" cmp -s good.eml hidden.eml
  judged "$class: a part hidden by a CR" 1 "signature.status=bad summary=none" hidden.eml
  sed 's/^I pay\.\r$/I pay.\r\r/' good.eml >cr.eml
  judged "$class: a CR added in the text" 1 "signature.status=bad summary=none" cr.eml
  sed 's/^I pay\.\r$/I pay./' good.eml >mixed.eml
  judged "$class: one line end changed" 1 "signature.status=bad summary=none" mixed.eml
done

long=$(printf '%20100s' '' | tr ' ' x)
printf 'Content-Type: text/plain\r\n\r\n%sI pay 10\r\n' "$long" | sealed --textmode 2>/dev/null >long.eml
sed 's/I pay 10/I pay 99999/' long.eml >longer.eml
judged "text: the end of a long line" 4 "signature.status=unsupported summary=none" long.eml
judged "text: the end of a long line, changed" 4 "signature.status=unsupported summary=none" longer.eml
printf 'Content-Type: text/plain\r\n\r\n%sI pay 10\r\n' "$long" | sealed >long.eml
sed 's/I pay 10/I pay 99999/' long.eml >longer.eml
judged "binary: a long line" 0 "signature.status=valid" long.eml
judged "binary: a long line, changed" 1 "signature.status=bad" longer.eml

# The mode of a literal packet is not signed: as text, gpg drops its CRs.
printf 'one\r\ntwo\n\r' >data
"$GPG" --batch --quiet --compress-algo none -u alice@example.org --sign -o data.gpg data
python3 - data.gpg flipped.gpg <<'END'
import sys
raw = bytearray(open(sys.argv[1], "rb").read())
at = raw.index(b"b\x04data")
raw[at:at + 1] = b"t"
open(sys.argv[2], "wb").write(raw)
END
judged "raw: as it was signed" 0 "signature.status=valid" --raw data.gpg
run "$LL" verify --json --raw flipped.gpg
unlike "raw: made text afterwards is not valid" '"status":"valid"' "$OUT"
done_testing
