#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Stands where gpg would: writes down how it was called, prints one line as
# gpg lists keys, and one where the data should go.
printf '%s\n' "$@" > "$GNUPGHOME/args"
env > "$GNUPGHOME/env"
ulimit -c > "$GNUPGHOME/core"
echo "listing of keys"
for argument in "$@"; do
  case $previous$argument in
    --output-\&*) eval "echo data >&${argument#-&}" ;;
  esac
  previous=$argument
done
if [ -e "$GNUPGHOME/hang" ]; then exec sleep 60; fi
