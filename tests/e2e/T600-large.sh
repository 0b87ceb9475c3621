#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Ten megabytes with attachments, there and back, in both protocols.
. "$(dirname "$0")/lib.sh"
LIMIT=180
$MIME big alice@example.org bob@example.org 10 >big.eml
is "it is large" 1 "$([ "$(stat -c %s big.eml)" -gt 10000000 ] && echo 1)"
for eol in lf crlf; do
  $MIME $eol big.eml >m.eml
  be alice
  KEEP=enc.eml writes "OpenPGP, $eol: signs and encrypts" "$LL" encrypt -p openpgp m.eml
  be bob
  judged "OpenPGP, $eol: verifies" 0 "summary=signed-and-encrypted" enc.eml
  opens "OpenPGP, $eol: opens" 0 "summary=signed-and-encrypted" enc.eml
  ok "OpenPGP, $eol: unchanged" $MIME same m.eml "$OUT"
  is "OpenPGP, $eol: line ends" "$($MIME eol m.eml)" "$($MIME eol "$OUT")"
  $MIME flipbody enc.eml >bad.eml
  refuses "OpenPGP, $eol: one character changed" '1|6' '' "$LL" decrypt bad.eml
  for cipher in aes256-cbc aes256-gcm; do
    printf '[smime]\ncontent-cipher = %s\n' $cipher >conf
    # shellcheck disable=SC2046
    {
      KEEP=enc.eml writes "S/MIME $cipher, $eol: signs and encrypts" "$LL" --config conf encrypt -p smime $(sm alice) $(certs bob) m.eml
      judged "S/MIME $cipher, $eol: verifies" 0 "summary=signed-and-encrypted" $(sm bob) enc.eml
      opens "S/MIME $cipher, $eol: opens" 0 "summary=signed-and-encrypted" $(sm bob) enc.eml
      ok "S/MIME $cipher, $eol: unchanged" $MIME same m.eml "$OUT"
      is "S/MIME $cipher, $eol: line ends" "$($MIME eol m.eml)" "$($MIME eol "$OUT")"
      $MIME flipbody enc.eml >bad.eml
      run "$LL" decrypt $(sm bob) bad.eml
      is "S/MIME $cipher, $eol: one character changed: refused" 1 "$([ "$status" = 1 ] && echo 1)"
      [ $cipher = aes256-cbc ] || is "S/MIME $cipher, $eol: one character changed: nothing on stdout" 0 "$(stat -c %s "$OUT")"
    }
  done
  be alice
  KEEP=signed.eml writes "OpenPGP, $eol: signs" "$LL" sign -p openpgp m.eml
  judged "OpenPGP, $eol: signed verifies" 0 "summary=signed" signed.eml
  # shellcheck disable=SC2046
  for form in "" --opaque; do
    KEEP=signed.eml writes "S/MIME ${form}, $eol: signs" "$LL" sign $form -p smime $(sm alice) m.eml
    judged "S/MIME ${form}, $eol: signed verifies" 0 "summary=signed" $(sm bob) signed.eml
    opens "S/MIME ${form}, $eol: signed opens" 0 "summary=signed" $(sm bob) signed.eml
    ok "S/MIME ${form}, $eol: unchanged" $MIME same m.eml "$OUT"
  done
done
rm -f ./*
done_testing
