#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Programs missing or dying, disks full, signals: nothing half-done stays.
. "$(dirname "$0")/lib.sh"
be alice
M=$MESSAGES/plain.eml
KEEP=$T/signed writes "control: signs" "$LL" sign -p openpgp "$M"
KEEP=$T/enc writes "control: encrypts" "$LL" encrypt -p openpgp "$M"

# without PROGRAM COMMAND...: in a mount namespace where PROGRAM cannot be started
map=
[ "$(id -u)" = 0 ] || map=-r
: >"$T/nothing"; chmod 644 "$T/nothing"
mkdir "$T/bin"
cat >"$T/bin/without" <<END
#!/bin/sh
program=\$1
shift
exec unshare $map -m sh -c 'mount --bind "\$1" "\$2" && shift 2 && exec "\$@"' sh "$T/nothing" "\$program" "\$@"
END
# small COMMAND...: with a temporary folder of 1 MB
cat >"$T/bin/small" <<END
#!/bin/sh
exec unshare $map -m sh -c 'mount -t tmpfs -o size=1m none "\$1" && shift && exec "\$@"' sh "$TMPDIR" "\$@"
END
chmod +x "$T"/bin/*
PATH=$PATH:$T/bin
if without /usr/bin/gpg true 2>/dev/null; then
  for command in "sign -p openpgp $M" "encrypt -p openpgp $M" "decrypt $T/enc" "verify $T/signed"; do
    # shellcheck disable=SC2086
    refuses "gpg missing: ${command%% *}" 8 'gpg|GnuPG' without /usr/bin/gpg "$LL" $command
  done
  # shellcheck disable=SC2046
  writes "gpg missing: S/MIME works all the same" without /usr/bin/gpg "$LL" sign -p smime $(sm alice) "$M"
  gpgconf --kill all
  refuses "gpg-agent missing: sign" 8 'agent|GnuPG|gpg' without /usr/bin/gpg-agent "$LL" sign -p openpgp "$M"
  refuses "gpg-agent missing: decrypt" '8|5' 'agent|GnuPG|gpg|key' without /usr/bin/gpg-agent "$LL" decrypt "$T/enc"
  judged "gpg-agent missing: verify needs none" 0 "signature.status=valid" "$T/signed"
  refuses "the guard missing" 8 'guard' without "$LETTERLOCK_LIBEXECDIR/letterlock-gpg-guard" "$LL" sign -p openpgp "$M"
else
  skip "gpg missing" "mount namespaces are not permitted here"
fi
LETTERLOCK_LIBEXECDIR=/nonexistent refuses "no guard in the folder named" 8 'guard' "$LL" sign -p openpgp "$M"
# An agent that is there but dead.
gpgconf --kill all; rm -f "$GNUPGHOME"/S.gpg-agent
GNUPGHOME=$T/nohome refuses "no keyring at all: sign" '5|8' '' "$LL" sign -p openpgp "$M"
GNUPGHOME=$T/nohome refuses "no keyring at all: decrypt" '5|8' '' "$LL" decrypt "$T/enc"
is "… and none was made" "" "$(ls -d "$T/nohome" 2>/dev/null)"

# A temporary folder that is full or not there.
$MIME big alice@example.org bob@example.org 6 >big.eml
if without /usr/bin/gpg true 2>/dev/null; then
  refuses "temporary folder full: sign" 8 'space' small "$LL" sign -p openpgp big.eml
  refuses "temporary folder full: encrypt" 8 'space' small "$LL" encrypt -p openpgp big.eml
  # shellcheck disable=SC2046
  refuses "temporary folder full: S/MIME" 8 'space' small "$LL" encrypt -p smime $(sm alice) $(certs bob) big.eml
fi
refuses "-o on a full disk" 8 'space' "$LL" sign -p openpgp -o /dev/full big.eml

# Interrupted while it reads: no file, no child stays.
mkfifo pipe
# (SIGINT is ignored by what a script starts in the background.)
for signal in TERM HUP; do
  "$LL" encrypt -p openpgp -o out.eml <pipe >"$OUT" 2>"$ERR" &
  pid=$!
  { head -c 3000000 big.eml; sleep 1; } >pipe &
  writer=$!
  sleep 0.5
  limits=$(grep 'Max core file size' "/proc/$pid/limits" 2>/dev/null)
  kill -$signal $pid
  wait $pid
  is "SIG$signal: not success" 1 "$([ $? = 0 ]; echo $?)"
  wait $writer
  is "SIG$signal: nothing on stdout" 0 "$(stat -c %s "$OUT")"
  is "SIG$signal: no file left" "" "$(ls -A "$TMPDIR"; ls out.eml* .out* 2>/dev/null)"
done
like "core dumps are off" 'size +0 ' <(printf '%s\n' "$limits")
rm pipe
is "no gpg left running" "" "$(pgrep -f "homedir.*$GNUPGHOME" -a | grep -v gpg-agent)"

# What the environment may not change (K-9).
writes "LANG of another country" env LC_ALL=de_DE.UTF-8 LANGUAGE=de "$LL" sign -p openpgp "$M"
IN=/dev/null refuses "empty standard input" 6 'empty' "$LL" sign -p openpgp
HOME=/nonexistent writes "no home folder, GNUPGHOME given" "$LL" sign -p openpgp "$M"
rm -f ./*
done_testing
