#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Throw-away keys and certificates for the end-to-end tests, made once a run.
#
#   fixtures.sh DIR
#
# DIR/gnupg/NAME      a ready GNUPGHOME of one person, to be copied
# DIR/pgp/NAME.{pub,sec}  exported keys
# DIR/smime/NAME.{crt,key,p12}  certificates under DIR/smime/ca.crt
set -euo pipefail
umask 077
out=$1
mkdir -p "$out"
exec 9>"$out/.lock"
flock 9
[ -e "$out/.done" ] && exit 0
work=$(mktemp -d /tmp/llfix.XXXXXX)
exec 3>&2 2>"$work/log"
at_exit ()
{
  local status=$? home
  [ $status = 0 ] || cat "$work/log" >&3
  for home in "$work"/*/; do GNUPGHOME=$home gpgconf --kill all >/dev/null 2>&1 || :; done
  rm -rf "$work"
}
trap at_exit EXIT
rm -rf "$out/gnupg" "$out/pgp" "$out/smime"
mkdir -p "$out/gnupg" "$out/pgp" "$out/smime"

# ---- OpenPGP ----------------------------------------------------------------

export GNUPGHOME=$work/all
mkdir -m 700 "$GNUPGHOME"
g() { gpg --ignore-time-conflict --batch --yes --quiet --no-greeting --no-auto-check-trustdb --pinentry-mode loopback --passphrase '' "$@"; }
fpr() { gpg --ignore-time-conflict --batch --with-colons --list-keys "$1" 2>/dev/null | awk -F: '$1 == "fpr" { print $10; exit }'; }
# person FILE-NAME UID PRIMARY SUBKEY [GPG OPTION...]
person() {
  local name=$1 uid=$2 primary=$3 sub=$4 f
  shift 4
  g "$@" --quick-gen-key "$uid" "$primary" cert,sign "${expire:-0}"
  f=$(g --with-colons --list-keys 2>/dev/null | awk -F: '$1 == "fpr" { p = $10 } $1 == "pub" { n = 1 } $1 == "fpr" && n { last = $10; n = 0 } END { print last }')
  [ "$sub" = - ] || g "$@" --quick-add-key "$f" "$sub" encr "${expire:-0}"
  printf '%s\n' "$f" >"$out/pgp/$name.fpr"
  g --armor --export "$f" >"$out/pgp/$name.pub"
  g --armor --export-secret-keys "$f" >"$out/pgp/$name.sec"
}

person alice 'Alice Lovelace <alice@example.org>' ed25519 cv25519
person bob 'Bob Babbage <bob@example.org>' rsa2048 rsa2048
person nist256 'Nist P256 <nist256@example.org>' nistp256 nistp256
person nist384 'Nist P384 <nist384@example.org>' nistp384 nistp384
person nist521 'Nist P521 <nist521@example.org>' nistp521 nistp521
person rsa3072 'Rsa Larger <rsa3072@example.org>' rsa3072 rsa3072
person mallory 'Mallory <mallory@example.net>' ed25519 cv25519
person signonly 'Sign Only <signonly@example.org>' ed25519 -
person twin1 'Twin <twin@example.org>' ed25519 cv25519
person twin2 'Twin <twin@example.org>' ed25519 cv25519
expire=1d person expired 'Late Larry <expired@example.org>' ed25519 cv25519 --faked-system-time 20240110T120000
person revoked 'Revoked Ruth <revoked@example.org>' ed25519 cv25519
person stranger 'Stranger <stranger@example.org>' ed25519 cv25519
person twoaddr 'Two <two@example.org> <alice@example.org>' ed25519 cv25519 --allow-freeform-uid

# Ruth revokes her key with the certificate that gpg made beside it.
f=$(cat "$out/pgp/revoked.fpr")
sed 's/^:---/---/' "$GNUPGHOME/openpgp-revocs.d/$f.rev" | g --import
g --armor --export "$f" >"$out/pgp/revoked.pub"

# A key behind a passphrase ("open sesame").
gpg --ignore-time-conflict --batch --quiet --pinentry-mode loopback --passphrase 'open sesame' \
  --quick-gen-key 'Locked Lucy <locked@example.org>' ed25519 cert,sign 0
f=$(fpr locked@example.org)
gpg --ignore-time-conflict --batch --quiet --pinentry-mode loopback --passphrase 'open sesame' --quick-add-key "$f" cv25519 encr 0
printf '%s\n' "$f" >"$out/pgp/locked.fpr"
g --armor --export "$f" >"$out/pgp/locked.pub"
gpg --ignore-time-conflict --batch --quiet --pinentry-mode loopback --passphrase 'open sesame' --armor --export-secret-keys "$f" >"$out/pgp/locked.sec"

# home NAME: her own secret key, everybody else's public key, certified locally
# so that each counts as fully valid, except the stranger's.
home() {
  local name=$1 me p
  shift
  export GNUPGHOME=$work/$name
  mkdir -m 700 "$GNUPGHOME"
  for me in "$@"; do
    gpg --ignore-time-conflict --batch --quiet --pinentry-mode loopback --passphrase 'open sesame' --import "$out/pgp/$me.sec"
    printf '%s:6:\n' "$(cat "$out/pgp/$me.fpr")" | g --import-ownertrust
  done
  g --import "$out"/pgp/*.pub
  g --check-trustdb
  for p in alice bob nist256 nist384 nist521 rsa3072 mallory signonly twin1 twin2 locked twoaddr; do
    [ "$name" = locked ] && break
    case " $* " in *" $p "*) continue ;; esac
    gpg --ignore-time-conflict --batch --quiet --yes --pinentry-mode loopback --passphrase '' --quick-lsign-key "$(cat "$out/pgp/$p.fpr")" >/dev/null
  done
  # An expired or revoked key cannot be certified any more: trust it by hand.
  printf '%s:6:\n' "$(cat "$out/pgp/expired.fpr")" | g --import-ownertrust
  printf '%s:6:\n' "$(cat "$out/pgp/revoked.fpr")" | g --import-ownertrust
  [ "$name" != locked ] || printf '%s:6:\n' "$(cat "$out/pgp/bob.fpr")" | g --import-ownertrust
  g --check-trustdb
  gpgconf --kill all
  rm -f "$GNUPGHOME"/S.* "$GNUPGHOME"/*~ "$GNUPGHOME"/.#* "$GNUPGHOME"/*.lock
  cp -a "$GNUPGHOME" "$out/gnupg/$name"
}
home alice alice
home bob bob
home nist nist256 nist384 nist521 rsa3072
home mallory mallory
home locked locked
home expired expired bob
home twins twin1 twin2
home revoked revoked bob
home stranger stranger
rm -rf "$work"/[a-z]*/S.*

# ---- S/MIME -----------------------------------------------------------------

cd "$out/smime"
mkdir "$work/ca"
: >"$work/ca/index.txt"
cat >"$work/ca/ca.cnf" <<CNF
[ca]
default_ca = test
[test]
database = $work/ca/index.txt
new_certs_dir = $work/ca
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
copy_extensions = none
[any]
commonName = supplied
[req]
distinguished_name = dn
prompt = no
[dn]
CN = Letterlock Test Authority
[ca_ext]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[both]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = emailProtection
subjectAltName = email:\${ENV::ADDR}
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[agree]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature, keyAgreement
extendedKeyUsage = emailProtection
subjectAltName = email:\${ENV::ADDR}
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[agreeonly]
basicConstraints = critical, CA:false
keyUsage = critical, keyAgreement
extendedKeyUsage = emailProtection
subjectAltName = email:\${ENV::ADDR}
authorityKeyIdentifier = keyid
[sign]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = emailProtection
subjectAltName = email:\${ENV::ADDR}
authorityKeyIdentifier = keyid
[enconly]
basicConstraints = critical, CA:false
keyUsage = critical, keyEncipherment
extendedKeyUsage = emailProtection
subjectAltName = email:\${ENV::ADDR}
authorityKeyIdentifier = keyid
[tls]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth
subjectAltName = email:\${ENV::ADDR}
authorityKeyIdentifier = keyid
CNF
export ADDR=none@example.org OPENSSL_CONF=$work/ca/ca.cnf
# key FILE ALGORITHM
key() {
  case $2 in
    rsa*) openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:"${2#rsa}" -out "$1" ;;
    p*) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-"${2#p}" -pkeyopt ec_param_enc:named_curve -out "$1" ;;
    *) openssl genpkey -algorithm "$2" -out "$1" ;;
  esac
}
# authority NAME
authority() {
  key "$1.key" rsa2048
  openssl req -new -key "$1.key" -subj "/CN=Letterlock Test Authority $1" -out "$work/csr"
  # Old enough for certificates that were valid some years ago.
  openssl ca -batch -notext -selfsign -in "$work/csr" -keyfile "$1.key" -extensions ca_ext \
    -startdate 20200101000000Z -enddate 20990101000000Z -out "$1.crt"
}
authority ca
authority otherca
key dummy.key rsa2048
# issue NAME ADDRESS ALGORITHM EXTENSIONS [AUTHORITY [START END]]
issue() {
  local name=$1 algorithm=$3 section=$4 ca=${5:-ca}
  export ADDR=$2
  key "$name.key" "$algorithm"
  case $algorithm in
    X25519)
      # Such a key cannot sign a request of its own.
      openssl pkey -in "$name.key" -pubout -out "$work/pub"
      openssl req -new -key dummy.key -subj "/CN=$name" -out "$work/csr"
      openssl x509 -req -in "$work/csr" -force_pubkey "$work/pub" -CA "$ca.crt" -CAkey "$ca.key" \
        -days 900 -extfile "$OPENSSL_CONF" -extensions "$section" -out "$name.crt"
      return ;;
  esac
  openssl req -new -key "$name.key" -subj "/CN=$name" -out "$work/csr"
  if [ $# -gt 5 ]; then set -- -startdate "$6" -enddate "$7"; else set -- -days 900; fi
  openssl ca -batch -notext -in "$work/csr" -cert "$ca.crt" -keyfile "$ca.key" \
    -extensions "$section" "$@" -out "$name.crt"
}
issue alice alice@example.org rsa2048 both
issue bob bob@example.org rsa2048 both
issue p256 p256@example.org p256 agree
issue p384 p384@example.org p384 agree
issue p521 p521@example.org p521 agree
issue ed25519 ed25519@example.org ED25519 sign
issue x25519 x25519@example.org X25519 agreeonly
issue mallory mallory@example.net rsa2048 both
issue expired expired@example.org rsa2048 both ca 20200101000000Z 20210101000000Z
issue wasvalid wasvalid@example.org rsa2048 both ca 20230101000000Z 20250101000000Z
issue future future@example.org rsa2048 both ca 20600101000000Z 20700101000000Z
issue signonly signonly@example.org rsa2048 sign
issue enconly enconly@example.org rsa2048 enconly
issue tls tls@example.org rsa2048 tls
issue untrusted alice@example.org rsa2048 both otherca
issue short short@example.org rsa1024 both
issue twin1 twin@example.org rsa2048 both
issue twin2 twin@example.org rsa2048 both
for who in alice bob p256; do
  openssl pkcs12 -export -in "$who.crt" -inkey "$who.key" -certfile ca.crt -name "$who" -passout pass:sesame -out "$who.p12"
done
openssl pkcs12 -export -in alice.crt -inkey alice.key -certfile ca.crt -passout pass: -out alice-empty.p12
openssl pkcs12 -export -legacy -in bob.crt -inkey bob.key -certfile ca.crt -passout pass:sesame -out bob-legacy.p12
# What gpgsm 2.2 can import: no PBES2.
for who in alice bob; do
  openssl pkcs12 -export -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1 -in "$who.crt" -inkey "$who.key" \
    -certfile ca.crt -passout pass:sesame -out "$who-gpgsm.p12"
done
openssl x509 -in bob.crt -outform DER -out bob.der
openssl pkey -in bob.key -outform DER -out bob-key.der
openssl pkcs8 -topk8 -v2 aes-256-cbc -in alice.key -passout pass:sesame -out alice-locked.key
openssl pkey -in alice.key -out alice-readable.key
chmod 644 alice-readable.key
rm -f dummy.key
touch "$out/.done"
