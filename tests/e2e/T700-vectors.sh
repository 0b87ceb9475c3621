#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Messages of other projects, kept outside this one (LETTERLOCK_TEST_DATA; each
# folder's ORIGIN.txt says where they come from). Where our verdict is another
# than theirs, the reason stands beside it.
. "$(dirname "$0")/lib.sh"
p12 () # p12 FILE PASSWORD NAME: as PEM files
{
  local file=$1
  if grep -q '^-----' "$file"; then grep -v '^-----' "$file" | base64 -d >"$3.p12"; file=$3.p12; fi
  openssl pkcs12 -legacy -in "$file" -passin "pass:$2" -nodes -nocerts -out "$3.key" 2>/dev/null
  openssl pkcs12 -legacy -in "$file" -passin "pass:$2" -clcerts -nokeys -out "$3.crt" 2>/dev/null
  chmod 600 "$3.key"
}
owner () # the keys given, trusted as one's own
{
  export GNUPGHOME=$T/gnupg-$1
  mkdir -m 700 "$GNUPGHOME"; shift
  $GPG --batch --quiet --import "$@" 2>/dev/null
  $GPG --batch --with-colons --list-keys 2>/dev/null | awk -F: '$1 == "pub" { p = 1 } $1 == "fpr" && p { print $10 ":6:"; p = 0 }' | $GPG --batch --quiet --import-ownertrust 2>/dev/null
}

# ---- RFC 4134 ----------------------------------------------------------------
D=$SHARED/rfc4134/rfc4134
if [ -d "$D" ]; then
  cp "$D/BobPrivRSAEncrypt.pri" bob.key; chmod 600 bob.key
  R="--cert $D/BobRSASignByCarl.cer --key bob.key --ca $D/CarlRSASelf.cer --ca $D/CarlDSSSelf.cer"
  # shellcheck disable=SC2086
  {
    # SHA-1 and DSA prove nothing today (security.md F-8): never "valid", but the content is read.
    for n in 4.1 4.2 4.4 4.5 4.6 4.7 4.10; do
      judged "RFC 4134 $n: not valid" 4 "summary=none signature.status=[wu]*" --raw $R "$D/$n.bin"
      EXPECT=4 writes "RFC 4134 $n: read all the same" "$LL" decrypt --raw $R "$D/$n.bin"
      ok "RFC 4134 $n: its content" cmp "$OUT" "$D/ExContent.bin"
    done
    judged "RFC 4134 4.2: SHA-1 is named" 4 "signature.status=weak signature.signers.0.reason=*SHA1*" --raw $R "$D/4.2.bin"
    judged "RFC 4134 4.3, detached" 4 "summary=none" --raw --signature "$D/4.3.bin" $R "$D/ExContent.bin"
    for n in 4.8 4.9; do judged "RFC 4134 $n, a message" 4 "summary=none signature.status=[wu]*" $R "$D/$n.eml"; done
    refuses "RFC 4134 4.11, only certificates" '3|6|8' 'certificates|neither signed' "$LL" verify --raw $R "$D/4.11.bin"
    EXPECT=0 writes "RFC 4134 5.1, triple DES" "$LL" decrypt --raw $R "$D/5.1.bin"
    ok "RFC 4134 5.1: its content" cmp "$OUT" "$D/ExContent.bin"
    refuses "RFC 4134 5.2, RC2" 8 'RC2' "$LL" decrypt --raw $R "$D/5.2.bin"
    # 5.3's content is no MIME entity; without authentication that counts as altered (security.md E-5).
    refuses "RFC 4134 5.3, content without a header" 1 'altered' "$LL" decrypt $R "$D/5.3.eml"
    $MIME payload "$D/5.3.eml" >p7m
    EXPECT=0 writes "RFC 4134 5.3, as plain data" "$LL" decrypt --raw $R p7m
    ok "RFC 4134 5.3: its content" cmp "$OUT" "$D/ExContent.bin"
    for n in 3.1 3.2 6.0 7.1 7.2; do refuses "RFC 4134 $n, not our business" '6|8' '' "$LL" decrypt --raw $R "$D/$n.bin"; done
  }
else
  skip "RFC 4134" "no $D"
fi

# ---- S/MIME mails of another client ---------------------------------------------
D=$SHARED/tb-smime/mailnews/test/data/smime
if [ -d "$D" ]; then
  p12 "$D/Bob.p12" nss bob
  R="--cert bob.crt --key bob.key --ca $D/TestCA.pem"
  while IFS=$'\t' read -r file encrypted _ good _; do
    case $file in '#'*) continue ;; esac
    enc=none; case $file in *.env*) enc=ok-unauthenticated ;; esac
    case $file in
      *SHA1*.bad.* | *mismatch-econtent* | *.bad.*) want=1 sig=bad ;;
      # A signature around ciphertext does not cover the text (A-5); theirs says "not signed" too.
      alice.env.sig.* | alice.env.dsig.*) want='[14]' sig='[!v]*' ;;
      *SHA1*) want=4 sig=weak ;;
      # Theirs compares Date and signing time to the hour; ours (C-10) takes the date as informational.
      alice.future.*) want=0 sig=valid ;;
      # Signed twice: the outer signature is the sender's and covers everything, whatever the inner form.
      *.dave.*) want=0 sig=valid ;;
      alice.env.eml) want=3 sig=none ;;
      *) want=0 sig=valid ;;
    esac
    # shellcheck disable=SC2086
    run "$LL" verify --json $R "$D/$file"
    differ=$(set -f; compare "$OUT" "encryption.status=$enc" "signature.status=$sig")
    if [[ $status =~ ^($want)$ ]] && [ -z "$differ" ]; then pass "$file: $sig"; else fail "$file: $sig" "$differ
$(told verify "$file")"; fi
    # What they call bad is never called good here, but for the two classes above.
    case $good:$file in
      false:alice.future.* | false:*.dave.*) ;;
      false:*) unlike "$file: not called signed" '"summary" *: *"signed' "$OUT" ;;
    esac
    if [ "$encrypted" = true ] && [ "$want" = 0 ]; then
      # shellcheck disable=SC2086
      opens "$file: opens" 0 "signature.status=valid" $R "$D/$file"
      like "$file: its text" 'This is a test message from Alice to Bob' "$OUT"
    fi
  done <"$SHARED/tb-smime/expected.tsv"
  B=$SHARED/tb-smime/mail/test/browser/smime/data
  # shellcheck disable=SC2086
  for f in alice.dsig.SHA256.multipart.in.mixed.eml alice.dsig.SHA256.multipart.in.mixed.with.header.eml multipart-alternative.eml; do
    judged "$f: below other structure, not signed as a whole" 3 "summary=none signature.status=none" $R "$B/$f"
  done
else
  skip "S/MIME mails of another client" "no $D"
fi

# ---- protected headers, the older scheme -----------------------------------------
D=$SHARED/protected-headers-draft
if [ -d "$D" ]; then
  owner draft "$D/bob@openpgp.example.sec.asc" "$D/alice@openpgp.example.pub.asc"
  p12 "$D/bob.p12" bob bob
  for f in "$D"/*.eml; do
    n=$(basename "$f" .eml)
    want=signed-and-encrypted
    case $n in *-enc | *-enc+legacy-disp) want=encrypted ;; *sign+enc* | *layered* | unfortunately*) ;; *) want=signed ;; esac
    case $n in *sign+enc*) want=signed-and-encrypted ;; esac
    opens "$n: verdict" 0 "summary=$want headers.scheme=protected-headers-v1" --body --cert bob.crt --key bob.key --ca "$D/sample-ca.pem" "$f"
    inner=$D/$n.inner
    [ ! -f "$inner.inner" ] || inner=$inner.inner
    [ -f "$inner" ] || continue
    # Of a signed message inside an encrypted one the payload is the signed part.
    case $($MIME type "$inner") in multipart/signed*) $MIME part 0 "$inner" >in ;; *) cp "$inner" in ;; esac
    ok "$n: the payload as it was" cmp <($MIME lf "$OUT") <($MIME lf in)
    rm -f in
  done
else
  skip "protected headers, the older scheme" "no $D"
fi

# ---- phony and misplaced protected headers ----------------------------------------
D=$SHARED/notmuch-crypto/test
if [ -d "$D" ]; then
  owner notmuch "$D/openpgp4-secret-key.asc"
  p12 "$D/smime/bob.p12" '' bob
  R="--cert bob.crt --key bob.key --ca $D/smime/ca.crt"
  C=$D/corpora/protected-headers
  # shellcheck disable=SC2086
  {
    while IFS='|' read -r n summary subject; do
      opens "$n: opens" 0 "summary=$summary" $R "$C/$n.eml"
      is "$n: Subject" "$subject" "$($MIME header Subject "$OUT")"
    done <<'END'
protected-header|encrypted|This is a protected header
subjectless-protected-header|encrypted|This is a protected header
misplaced-protected-header|encrypted|Subject Unavailable
no-protected-header-attribute|encrypted|Subject Unavailable
encrypted-message-with-forwarded-attachment|encrypted|This is the cryptographic envelope subject
encrypted-signed|signed-and-encrypted|Rhinoceros dinner
encrypted-signed-not-masked|signed-and-encrypted|Rhinoceros dinner
protected-with-legacy-display|signed-and-encrypted|Interrupting Cow
simple-signed-mail|signed|This is a signed message
signed-protected-header|signed|This is a signed message
smime-multipart-signed|signed|The FooCorp contract
smime-onepart-signed|signed|The FooCorp contract
smime-sign+enc|signed-and-encrypted|BarCorp contract signed, let's go!
smime-sign+enc+legacy-disp|signed-and-encrypted|BarCorp contract signed, let's go!
smime-enc+legacy-disp|encrypted|BarCorp contract signed, let's go!
END
    # The older wrapping of a whole message, forwarded=no (B-11).
    opens "nested-rfc822-message: opens" 0 "summary=encrypted headers.scheme=rfc822-wrap" $R "$C/nested-rfc822-message.eml"
    is "nested-rfc822-message: Subject" "This is a message using draft-melnikov-smime-header-signing" "$($MIME header Subject "$OUT")"
    refuses "double-wrapped-with-phony-protected-header" 8 'twice' "$LL" decrypt $R "$C/double-wrapped-with-phony-protected-header.eml"
    refuses "phony-protected-header-bad-encryption" 6 'damaged|armor' "$LL" decrypt $R "$C/phony-protected-header-bad-encryption.eml"
    refuses "wrapped-protected-header, by a mailing list" 6 'not decrypted' "$LL" decrypt $R "$C/wrapped-protected-header.eml"
    for f in "$D"/corpora/broken/* "$D"/corpora/broken/loop/*; do
      [ -f "$f" ] || continue
      run "$LL" verify --json $R "$f"
      is "$(basename "$f"): an orderly end" 1 "$([ "$status" -lt 9 ] && echo 1)"
    done
  }
else
  skip "phony and misplaced protected headers" "no $D"
fi

# ---- damaged CMS: no crash, no plaintext, no hang ------------------------------------
D=$SHARED/cms-fuzz-seeds
if [ -d "$D" ]; then
  bad=0 seen=0
  for f in "$D"/*; do
    case $f in *.txt | *.md) continue ;; esac
    timeout $((10 * SLOW)) "$LL" verify --raw --json "$f" >"$OUT" 2>"$ERR" </dev/null
    status=$?
    seen=$((seen + 1))
    if [ "$status" -gt 8 ]; then bad=$((bad + 1)); echo "# $(basename "$f"): exit $status"; fi
  done
  is "$seen damaged CMS structures: an orderly end for each" 0 "$bad"
else
  skip "damaged CMS structures" "no $D"
fi
rm -rf ./*
done_testing
