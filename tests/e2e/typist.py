#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""typist.py TTY-LOG ANSWER... -- COMMAND...: runs COMMAND with a controlling
terminal and types the next ANSWER whenever it asks ("^C" is an interrupt, "^D"
the end of input). What the terminal shows goes to TTY-LOG; stdin, stdout and
stderr of COMMAND are those of this program."""
import os
import pty
import select
import signal
import sys
import time

cut = sys.argv.index("--")
log, answers, command = sys.argv[1], sys.argv[2:cut], sys.argv[cut + 1:]
std = [os.dup(fd) for fd in (0, 1, 2)]
pid, master = pty.fork()
if pid == 0:
    os.set_inheritable(os.dup(0), True)  # as long as it is open somewhere the terminal stays
    for fd, old in enumerate(std):
        os.dup2(old, fd)
        os.close(old)
    os.execvp(command[0], command)
shown, asked, deadline = b"", b"", time.time() + 30
while time.time() < deadline:
    ready, _, _ = select.select([master], [], [], 0.1)
    if ready:
        try:
            data = os.read(master, 4096)
        except OSError:
            break
        if not data:
            break
        shown += data
        asked += data
    elif asked.rstrip(b" ").endswith(b":") and answers:
        answer, asked = answers.pop(0), b""
        os.write(master, {"^C": b"\x03", "^D": b"\x04"}.get(answer, answer.encode() + b"\n"))
else:
    os.kill(pid, signal.SIGKILL)
_, state = os.waitpid(pid, 0)
with open(log, "wb") as f:
    f.write(shown)
sys.exit(os.waitstatus_to_exitcode(state) if os.WIFEXITED(state) else 128 + os.WTERMSIG(state))
