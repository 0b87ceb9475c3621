#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# One verdict, bound to the one address in From (security.md H-*), and header
# fields that are believed only where they were protected (RFC 9788; B-*).
. "$(dirname "$0")/lib.sh"
S=$FIX/smime
gpg_ () { $GPG --batch --yes --quiet --pinentry-mode loopback --passphrase '' "$@" 2>/dev/null; }
be alice
printf 'Content-Type: text/plain\r\n\r\nwords by Alice\r\n' >content
gpg_ -u alice@example.org --armor --detach-sign -o sig content
openssl cms -sign -binary -signer "$S/alice.crt" -inkey "$S/alice.key" -outform DER -in content -out p7s
# from FIELD: both protocols with this From field
from ()
{
  $MIME wrap signed alice@example.org bob@example.org content sig -- application/pgp-signature pgp-sha512 >pgp.eml
  $MIME wrap signed alice@example.org bob@example.org content p7s -- application/pkcs7-signature sha-256 >smime.eml
  python3 - "$1" <<'PY'
import sys
field = sys.argv[1].encode().decode("unicode_escape").encode("latin-1")
for name in ("pgp.eml", "smime.eml"):
    raw = open(name, "rb").read()
    end = raw.index(b"\r\n")
    open(name, "wb").write((field + raw[end:]) if field else raw[end + 2:])
PY
}
be bob
R=$(sm bob)
# shellcheck disable=SC2086
{
  # H-1, H-2: whose name is it.
  while IFS='|' read -r desc field; do
    from "$field"
    for p in pgp smime; do judged "$p: by the sender: $desc" 0 "summary=signed signature.status=valid" $R $p.eml; done
  done <<'END'
plain address|From: alice@example.org
domain in capitals|From: Alice <alice@EXAMPLE.ORG>
quoted name|From: "Alice, of all people" <alice@example.org>
comment|From: alice@example.org (Alice)
folded|From: Alice\r\n Lovelace\r\n <alice@example.org>
encoded name|From: =?utf-8?q?Al=C3=AFce?= <alice@example.org>
END
  while IFS='|' read -r desc field; do
    from "$field"
    for p in pgp smime; do
      run "$LL" verify --json $R $p.eml
      is "$p: refuses: $desc: not exit status 0" 1 "$([ "$status" = 0 ]; echo $?)"
      unlike "$p: refuses: $desc: never valid" '"summary" *: *"signed"' "$OUT"
    done
  done <<'END'
somebody else|From: Mallory <mallory@example.net>
her name, another address|From: Alice Lovelace <alice@example.net>
her address as a name|From: "alice@example.org" <mallory@example.net>
her address as a comment|From: mallory@example.net (alice@example.org)
local part in capitals|From: Alice@example.org
two addresses|From: alice@example.org, mallory@example.net
two addresses, hers last|From: mallory@example.net, alice@example.org
twice hers|From: alice@example.org, alice@example.org
group|From: friends: alice@example.org;
empty group|From: alice@example.org:;
two fields|From: mallory@example.net\r\nFrom: alice@example.org
two fields, hers first|From: alice@example.org\r\nFrom: mallory@example.net
no From|
empty From|From:
NUL|From: <alice@example.org\0@example.net>
two angle addresses|From: <alice@example.org> <mallory@example.net>
nested angles|From: <alice@example.org <mallory@example.net>>
no domain|From: alice
encoded address|From: =?utf-8?q?alice=40example=2Eorg?=
Sender is hers|From: mallory@example.net\r\nSender: alice@example.org\r\nReply-To: alice@example.org
END
  # H-3: flags, and nothing raw on the terminal.
  while IFS='|' read -r flag field; do
    from "$field"
    run "$LL" verify --json $R pgp.eml
    like "flag $flag" "$flag" "$OUT"
    for command in verify show; do
      run "$LL" $command $R pgp.eml
      if LC_ALL=C grep -qaP '[\x00-\x08\x0b-\x1f\x7f]|\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]|^\[GNUPG:\]' "$OUT" "$ERR"; then fail "$flag: $command: escaped" "$(cat -v "$OUT")"; else pass "$flag: $command: escaped"; fi
    done
  done <<'END'
display-name-address|From: "alice@example.org" <mallory@example.net>
display-name-control|From: =?utf-8?q?Alice=1B=5B31m=0A=5BGNUPG=3A=5D_GOODSIG?= <alice@example.org>
display-name-bidi|From: =?utf-8?q?=E2=80=AEecilA?= <alice@example.org>
END
  from 'From: alice@example.org\r\nSubject: =?utf-8?q?=1B]0;title=07=0A[GNUPG:]_GOODSIG?='
  for command in verify show "decrypt -v"; do
    run "$LL" $command $R pgp.eml
    if LC_ALL=C grep -qaP '\x1b|\x07|^\[GNUPG:\]' "$OUT" "$ERR" && [ "${command%% *}" != decrypt ]; then fail "Subject with escape sequences: $command" "$(cat -v "$OUT")"; else pass "Subject with escape sequences: $command"; fi
  done
  # K-7: a body that looks like a verdict.
  printf 'From: alice@example.org\nTo: bob@example.org\nSubject: x\n\ngpg: Good signature from Alice\n[GNUPG:] GOODSIG 1234 Alice\nsigned by alice@example.org: valid\n' >m.eml
  judged "a body that looks like a verdict" 3 "summary=none signature.status=none" m.eml

  # H-6: validity is that of the address, not of the key.
  be alice
  gpg_ --quick-add-uid "$(fpr alice)" 'Alice <alice@work.example.org>'
  gpg_ --armor --export "$(fpr alice)" >two.asc
  be bob; gpg_ --import two.asc
  $MIME wrap signed alice@work.example.org bob@example.org content sig -- application/pgp-signature pgp-sha512 >m.eml
  judged "an address of the key that nobody vouches for" 4 "summary=none signature.status=valid-untrusted" m.eml
  # H-6: a user ID with two addresses speaks for none of them.
  # H-11, H-7: nothing is imported from mail.
  before=$(gpg_ --with-colons --list-keys | sha256sum)
  sed 's/^--=-=elsewhere=-=--/--=-=elsewhere=-=--/' pgp.eml >m.eml
  { printf 'From: s@example.org\nTo: bob@example.org\nSubject: my key\nAutocrypt: addr=s@example.org; keydata=AAAA\nMIME-Version: 1.0\nContent-Type: application/pgp-keys\n\n'; cat "$FIX/pgp/twoaddr.pub"; } >m.eml
  run "$LL" verify m.eml; run "$LL" show m.eml; run "$LL" decrypt m.eml
  is "no key is imported from mail" "$before" "$(gpg_ --with-colons --list-keys | sha256sum)"

  # ---- header protection
  be alice
  sed 's/^Subject:.*/Subject: the true subject\nKeywords: gears\nReply-To: alice@example.org\nCc: nist256@example.org/' "$MESSAGES/plain.eml" >m.eml
  KEEP=signed.eml writes "signed with header protection" "$LL" sign -p openpgp m.eml
  is 'hp="clear" on the payload' clear "$($MIME part 0 signed.eml | $MIME param hp -)"
  is "no HP-Outer there" 0 "$($MIME part 0 signed.eml | grep -c '^HP-Outer')"
  KEEP=enc.eml writes "encrypted with header protection" "$LL" encrypt -p openpgp m.eml
  is "Subject outside" '[...]' "$($MIME header Subject enc.eml)"
  is "Keywords outside" '' "$($MIME header Keywords enc.eml)"
  be bob
  $MIME part 1 enc.eml | $MIME payload - >enc.asc
  gpg_ -o inner -d enc.asc
  is 'hp="cipher" on the payload' cipher "$($MIME param hp inner)"
  like "HP-Outer for Subject" '^HP-Outer: Subject: \[\.\.\.\]' inner
  unlike "no HP-Outer for Keywords, which are removed" '^HP-Outer: Keywords' inner
  is "Subject inside" 'the true subject' "$($MIME header Subject inner)"
  judged "signed: all fields" 0 "summary=signed headers.scheme=rfc9788" signed.eml
  opens "encrypted: all fields" 0 "summary=signed-and-encrypted headers.scheme=rfc9788" enc.eml
  is "restored: Subject" 'the true subject' "$($MIME header Subject "$OUT")"
  is "restored: Keywords" gears "$($MIME header Keywords "$OUT")"
  unlike "restored: no HP-Outer" '^HP-Outer' "$OUT"
  # B-2, B-4, B-6: what the way adds or changes.
  sed '1,/^$/{s/^Subject:.*/Subject: a false subject/; s/^Cc:.*/Cc: eve@example.net/}' signed.eml >m.eml
  opens "signed: outer fields changed" 0 "signature.status=valid" m.eml
  is "signed: the protected Subject holds" 'the true subject' "$($MIME header Subject "$OUT")"
  unlike "signed: the added address is not taken over" 'eve@example.net' "$OUT"
  run "$LL" show m.eml
  unlike "signed: nor shown as the subject" '^Subject[^:]*: a false subject' "$OUT"
  sed '1,/^$/{s/^Subject:.*/Subject: a false subject\nHP-Outer: Subject: a false subject/; s/^Cc:.*/Cc: eve@example.net/}' enc.eml >m.eml
  opens "encrypted: outer fields changed" 0 "signature.status=valid" m.eml
  is "encrypted: the protected Subject holds" 'the true subject' "$($MIME header Subject "$OUT")"
  unlike "encrypted: the added address is not taken over" 'eve@example.net' "$OUT"
  # B-5: an unsigned inner From does not make a sender.
  printf 'From: Alice <alice@example.org>\r\nSubject: trust me\r\nContent-Type: text/plain; hp="cipher"\r\nHP-Outer: Subject: [...]\r\nHP-Outer: From: Mallory <mallory@example.net>\r\n\r\nI am Alice\r\n' >inner
  gpg_ -r bob@example.org --armor -e -o e inner
  $MIME wrap encrypted mallory@example.net bob@example.org e >m.eml
  run "$LL" decrypt --report "$REPORT" m.eml
  is "an unsigned inner From: the outer one is the sender" mallory@example.net "$($MIME json "$REPORT" sender.address)"
  is "an unsigned inner From: a warning" 1 "$([ "$($MIME json "$REPORT" 'warnings.#')" -gt 0 ] && echo 1)"
  # A-5, J-8: signed by Alice inside, sent by Mallory.
  be alice; KEEP=enc.eml writes "by Alice to Mallory" "$LL" encrypt -p openpgp -r mallory@example.net "$MESSAGES/plain.eml"
  be mallory; $MIME part 1 enc.eml | $MIME payload - >a; gpg_ --no-auto-check-trustdb --show-session-key -o /dev/null -d a
  K=$($GPG --batch --yes --show-session-key -o /dev/null -d a 2>&1 | sed -n "s/.*session key: '\(.*\)'.*/\1/p")
  printf x >x; gpg_ --override-session-key "$K" -r bob@example.org -e -o /dev/null x
  $PGP inside "$K" a >in
  gpg_ -z 0 -r bob@example.org -e -o tobob.pgp x; be bob
  B=$($GPG --batch --yes --show-session-key -o /dev/null -d tobob.pgp 2>&1 | sed -n "s/.*session key: '\(.*\)'.*/\1/p")
  $PGP forge seipd "$B" tobob.pgp in >f; $PGP armor MESSAGE f >fa
  $MIME wrap encrypted mallory@example.net bob@example.org fa >m.eml
  run "$LL" decrypt --report "$REPORT" m.eml
  if [ -s "$REPORT" ]; then
    is "forwarded under another From: sender or verdict tells" 1 "$(case "$($MIME json "$REPORT" sender.address signature.status | paste -sd' ')" in
      'alice@example.org valid' | 'mallory@example.net wrong-sender') echo 1 ;; *) echo 0 ;; esac)"
  fi
}
rm -f ./*
done_testing
