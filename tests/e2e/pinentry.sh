#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A pinentry that answers from the file fake-pin beside itself ("cancel" declines)
# and notes that it was asked.
dir=$(dirname "$0")
echo "OK ready"
while read -r command rest; do
  case $command in
    GETPIN)
      echo asked >>"$dir/fake-log"
      pin=$(cat "$dir/fake-pin")
      if [ "$pin" = cancel ]; then echo "ERR 83886179 cancelled"; else echo "D $pin"; echo OK; fi ;;
    BYE) echo OK; exit 0 ;;
    GETINFO) echo "D $$"; echo OK ;;
    *) echo OK ;;
  esac
done
