# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# gpgsm with Alice's and Bob's keys and everybody's certificates. Its limits on
# Debian 12 are security.md F10: no AuthEnvelopedData, no OAEP, no P-521.

gpgsm_ () { gpgsm --homedir "$T/gpgsm" --batch --yes --pinentry-mode loopback --passphrase-fd 3 "$@" 3< <(echo sesame); }
gpgsm_home ()
{
  local who
  mkdir -m 700 "$T/gpgsm"
  echo disable-crl-checks >"$T/gpgsm/gpgsm.conf"
  echo allow-loopback-pinentry >"$T/gpgsm/gpg-agent.conf"
  printf '%s S relax\n' "$(openssl x509 -in "$FIX/smime/ca.crt" -noout -fingerprint -sha1 | sed 's/.*=//; s/://g')" >"$T/gpgsm/trustlist.txt"
  {
    for who in ca alice bob p256 p384 p521 mallory; do gpgsm_ --import "$FIX/smime/$who.crt"; done
    for who in alice bob; do gpgsm_ --import "$FIX/smime/$who-gpgsm.p12"; done
  } >"$T/o/gpgsm" 2>&1 </dev/null
}
