# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What every end-to-end test script begins with:
#
#   . "$(dirname "$0")/lib.sh"
#   be alice
#   writes "signs a plain message" "$LL" sign "$MESSAGES/plain.eml"
#   refuses "no such file" 8 'no such file' "$LL" verify missing.eml
#   done_testing
#
# Each script has a home, a keyring and a temporary folder of its own.
set -u
export LC_ALL=C.UTF-8 LANGUAGE=en TZ=UTC
# The system's own programs before wrappers that somebody may have installed.
export PATH=/usr/bin:/bin:/usr/sbin:/sbin:$PATH
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
BUILD=${LETTERLOCK_BUILD:-$TOP/build}
LL=${LETTERLOCK:-$BUILD/plugins/cli/letterlock}
export LETTERLOCK_LIBEXECDIR=${LETTERLOCK_LIBEXECDIR:-$BUILD/core/engine/openpgp}
FIX=${LETTERLOCK_FIXTURES:-$BUILD/tests/e2e/fixtures}
MESSAGES=$HERE/messages
SHARED=${LETTERLOCK_TEST_DATA:-$TOP/../shared/data}
SLOW=${LETTERLOCK_SLOW:-1} # sanitizer builds take longer: timeouts are multiplied
GPG=/usr/bin/gpg
MIME="python3 $HERE/mime.py"
PGP="python3 $HERE/pgp.py"
CMS="python3 $HERE/cms.py"

"$HERE/fixtures.sh" "$FIX" || { echo "Bail out! fixtures could not be made"; exit 1; }

# Socket paths are short: not below a long TMPDIR.
T=$(mktemp -d /tmp/ll.XXXXXX)
export HOME=$T/home TMPDIR=$T/tmp XDG_CONFIG_HOME=$T/home/.config XDG_DATA_HOME=$T/home/.local/share \
  XDG_CACHE_HOME=$T/home/.cache XDG_STATE_HOME=$T/home/.state XDG_RUNTIME_DIR=$T/run
unset DISPLAY WAYLAND_DISPLAY DBUS_SESSION_BUS_ADDRESS GPG_TTY GPG_AGENT_INFO GNUPGHOME PINENTRY_USER_DATA COLUMNS
mkdir -m 700 "$HOME" "$TMPDIR" "$XDG_RUNTIME_DIR" "$T/o" "$T/work"
cd "$T/work" || exit 1

at_exit ()
{
  local home
  for home in "$T"/gnupg-* "$T"/gpgsm; do
    [ -d "$home" ] && gpgconf --homedir "$home" --kill all >/dev/null 2>&1
  done
  rm -rf "$T"
}
trap at_exit EXIT
trap 'exit 143' TERM INT HUP

# be NAME: from now on the keyring is a copy of that person's.
be ()
{
  export GNUPGHOME=$T/gnupg-$1
  [ -d "$GNUPGHOME" ] || cp -a "$FIX/gnupg/$1" "$GNUPGHOME"
}

fpr () { cat "$FIX/pgp/$1.fpr"; }

# ---- TAP --------------------------------------------------------------------

tests=0
diag () { sed 's/^/# /' | head -n 25; }
pass () { tests=$((tests + 1)); printf 'ok %d - %s\n' "$tests" "${1//#/}"; }
fail ()
{
  tests=$((tests + 1))
  printf 'not ok %d - %s\n' "$tests" "${1//#/}"
  [ $# -lt 2 ] || printf '%s\n' "$2" | diag
}
skip () { tests=$((tests + 1)); printf 'ok %d # SKIP %s: %s\n' "$tests" "${1//#/}" "$2"; }
done_testing () { printf '1..%d\n' "$tests"; }

# is DESCRIPTION EXPECTED GOT
is ()
{
  if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "expected: $2
     got: $3"; fi
}

# like DESCRIPTION PATTERN FILE
like () { if grep -qE -- "$2" "$3"; then pass "$1"; else fail "$1" "no match for: $2
$(head -c 1500 "$3" | tr -d '\000')"; fi; }
unlike ()
{
  if grep -aqE -- "$2" "$3"; then fail "$1" "unwanted match for: $2
$(grep -aE -m3 -- "$2" "$3")"; else pass "$1"; fi
}

# ok DESCRIPTION COMMAND...: any program, exit status 0
ok ()
{
  local desc=$1
  shift
  if "$@" >"$T/o/ok" 2>&1 </dev/null; then pass "$desc"; else fail "$desc" "exit $?: $*
$(head -c 2000 "$T/o/ok" | tr -d '\000')"; fi
}
not_ok ()
{
  local desc=$1
  shift
  if "$@" >"$T/o/ok" 2>&1 </dev/null; then fail "$desc" "succeeded: $*"; else pass "$desc"; fi
}

# ---- running Letterlock -----------------------------------------------------

files () { find "$T/work" "$TMPDIR" "$HOME" "$XDG_RUNTIME_DIR" 2>/dev/null; }

# run COMMAND...: standard input from $IN (default: nothing); leaves $status and
# the files $OUT and $ERR.
OUT=$T/o/stdout ERR=$T/o/stderr status=0 IN=/dev/null problem='' added=''
run ()
{
  local before after
  before=$(files)
  # A session of its own: no terminal to ask at.
  setsid -w timeout -k 5 $((${LIMIT:-60} * SLOW)) "$@" <"$IN" >"$OUT" 2>"$ERR"
  status=$?
  problem='' added=''
  [ "$status" != 124 ] || problem="took longer than ${LIMIT:-60} s"
  # Whatever stood in the mail: no control character reaches the terminal.
  if [ -s "$ERR" ] && LC_ALL=C grep -qaP '[\x00-\x08\x0b-\x1f\x7f]' "$ERR"; then problem="control characters on stderr"; fi
  after=$(files)
  [ "$before" != "$after" ] || return
  added=$(comm -13 <(sort <<<"$before") <(sort <<<"$after"))
  if [[ $added == *"$TMPDIR"* ]]; then problem="left behind: $added"; fi
}

told () { printf 'exit %s: %s\n--- stderr\n%s\n--- stdout\n%s\n' "$status" "$*" "$(head -c 1500 "$ERR" | tr -d '\000')" "$(head -c 700 "$OUT" | tr -d '\000')"; }

# writes DESCRIPTION COMMAND...: exit status 0 (or $EXPECT) and a result on stdout,
# which is kept in $OUT (and in the file $KEEP, when set)
writes ()
{
  local desc=$1 want=${EXPECT:-0}
  shift
  run "$@"
  [ "$status" = "$want" ] || problem="${problem:-exit status is not $want}"
  [ -s "$OUT" ] || problem="${problem:-nothing on stdout}"
  if [ -n "$problem" ]; then fail "$desc" "$problem
$(told "$@")"; [ -z "${KEEP:-}" ] || : >"$KEEP"; return 1; fi
  [ -z "${KEEP:-}" ] || cp "$OUT" "$KEEP"
  pass "$desc"
}

# refuses DESCRIPTION STATUS PATTERN COMMAND...: that exit status (a pattern), nothing on
# stdout, exactly one line on stderr which matches, and no file more than before
refuses ()
{
  local desc=$1 want=$2 pattern=$3 lines
  shift 3
  run "$@"
  lines=$(wc -l <"$ERR")
  if ! [[ $status =~ ^($want)$ ]]; then problem="${problem:-exit status is not $want}"
  elif [ -s "$OUT" ]; then problem="${problem:-something on stdout}"
  elif [ "$lines" != 1 ]; then problem="${problem:-$lines lines on stderr instead of one}"
  elif ! grep -qiE -- "$pattern" "$ERR"; then problem="${problem:-stderr does not match: $pattern}"
  elif [ -n "$added" ]; then problem="${problem:-new files: $added}"; fi
  if [ -n "$problem" ]; then fail "refuses: $desc" "$problem
$(told "$@")"; return 1; fi
  pass "refuses: $desc"
}

# compare FILE PATH=PATTERN...: prints each that is not so
compare () { $MIME expect "$@" 2>&1; }

# judged DESCRIPTION STATUS "PATH=VALUE..." ARGUMENT...: letterlock verify --json;
# the values are glob patterns
judged ()
{
  local desc=$1 want=$2 expect=$3 differ
  shift 3
  run "$LL" verify --json "$@"
  [ "$status" = "$want" ] || problem="${problem:-exit status is not $want}"
  # shellcheck disable=SC2086 # a list of words
  differ=$(set -f; compare "$OUT" version=1 $expect)
  [ -z "$differ" ] || problem="${problem:-$differ}"
  if [ -n "$problem" ]; then fail "$desc" "$problem
$(told verify --json "$@")"; return 1; fi
  pass "$desc"
}

# opens DESCRIPTION STATUS "PATH=VALUE..." ARGUMENT...: letterlock decrypt with a
# report; the message is left in $OUT, the report in $REPORT
REPORT=$T/o/report
opens ()
{
  local desc=$1 want=$2 expect=$3 differ
  shift 3
  rm -f "$REPORT"
  run "$LL" decrypt --report "$REPORT" "$@"
  [ "$status" = "$want" ] || problem="${problem:-exit status is not $want}"
  [ -s "$OUT" ] || problem="${problem:-nothing on stdout}"
  # shellcheck disable=SC2086
  differ=$(set -f; compare "$REPORT" version=1 $expect)
  [ -z "$differ" ] || problem="${problem:-$differ}"
  if [ -n "$problem" ]; then fail "$desc" "$problem
$(told decrypt "$@")"; return 1; fi
  pass "$desc"
}

# letter NAME FROM TO: one of the messages, from and to somebody else
letter () { sed -e "1,/^\r\{0,1\}\$/{s/^\(From: .*\)alice@example\\.org/\1$2/; s/^\(To: .*\)bob@example\\.org/\1$3/}" "$MESSAGES/$1.eml"; }

ALL_MESSAGES="plain latin1 utf8 flowed alternative attachments nested forwarded empty nonewline mbox fromline longlines crlf binary"
PGP_KEYS="alice bob nist256 nist384 nist521 rsa3072"
SMIME_WAYS="aes256-cbc aes128-cbc aes256-gcm aes128-gcm oaep modern"
if [ "$SLOW" -gt 1 ]; then
  # Under the sanitizers the same paths once each, not every combination.
  ALL_MESSAGES="attachments nested empty fromline crlf binary" PGP_KEYS="alice bob nist521" SMIME_WAYS="aes256-cbc modern"
fi

# sm NAME...: options that give that person's S/MIME key and certificate as files
sm ()
{
  local who
  for who; do printf -- '--cert %s/smime/%s.crt --key %s/smime/%s.key ' "$FIX" "$who" "$FIX" "$who"; done
  printf -- '--ca %s/smime/ca.crt' "$FIX"
}
# certs NAME...: only their certificates
certs () { local who; for who; do printf -- '--cert %s/smime/%s.crt ' "$FIX" "$who"; done; }
