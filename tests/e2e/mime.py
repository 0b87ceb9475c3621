#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""MIME and JSON seen by somebody other than Letterlock: Python's standard
library and a raw splitter of a few lines, for the end-to-end tests."""
import base64
import email
import email.policy
import fnmatch
import json
import re
import sys


def read(name):
    with (sys.stdin.buffer if name == "-" else open(name, "rb")) as f:
        return f.read()


def out(data):
    sys.stdout.buffer.write(data)


def header_end(raw):
    m = re.search(rb"\r?\n\r?\n", raw)
    return (m.start(), m.end()) if m else (len(raw), len(raw))


def content_type(raw):
    head = re.sub(rb"\r?\n[ \t]+", b" ", raw[: header_end(raw)[0]])
    m = re.search(rb"(?im)^content-type:\s*([^\r\n]*)", head)
    return m.group(1).decode("latin-1") if m else "text/plain"


def boundary(raw):
    m = re.search(r'boundary\s*=\s*(?:"([^"]*)"|([^\s;]+))', content_type(raw), re.I)
    if not m:
        sys.exit("no boundary in: " + content_type(raw))
    return (m.group(1) or m.group(2)).encode()


def parts(raw):
    """Exact octets of the parts of a multipart (RFC 2046 5.1.1)."""
    b = re.escape(boundary(raw))
    body = raw[header_end(raw)[1]:]
    marks = list(re.finditer(rb"(?:^|\r?\n)--" + b + rb"(--)?[ \t]*(?:\r?\n|$)", body))
    found = []
    for a, z in zip(marks, marks[1:]):
        if a.group(1):
            break
        found.append(body[a.end(): z.start()])
    return found


def crlf(data):
    return re.sub(rb"\r?\n", b"\r\n", data)


def lf(data):
    return data.replace(b"\r\n", b"\n")


def payload(raw):
    """The body with its transfer encoding removed."""
    head, body = raw[: header_end(raw)[0]], raw[header_end(raw)[1]:]
    if re.search(rb"(?im)^content-transfer-encoding:\s*base64", head):
        return base64.b64decode(body)
    return body


def leaves(msg):
    if msg.is_multipart():
        for child in msg.get_payload():
            yield from leaves(child)
    else:
        yield msg


def describe(raw):
    """What a reader would call the content: every leaf with decoded octets."""
    if re.match(rb"From [^\r\n]*\r?\n", raw):
        raw = raw[raw.index(b"\n") + 1:]
    msg = email.message_from_bytes(raw, policy=email.policy.compat32)
    result = []
    for name in ("From", "To", "Cc", "Subject", "Date", "Message-ID"):
        value = msg[name]
        result.append((name, re.sub(r"\s+", " ", str(value)) if value is not None else None))
    for leaf in leaves(msg):
        data = leaf.get_payload(decode=True) or b""
        result.append((leaf.get_content_type(), leaf.get_content_charset(), leaf.get_filename(),
                       leaf.get_param("format"), leaf.get("Content-ID"), data,
                       str(leaf.get("Content-Transfer-Encoding", "7bit")).lower()))
    return result


def same(a, b):
    """Compares two messages by content; the lines of text may end either way."""
    one, two = describe(a), describe(b)
    if len(one) != len(two):
        return "number of parts: %d and %d" % (len(one), len(two))
    for x, y in zip(one, two):
        if len(x) == 2:
            if x != y:
                return "header: %r and %r" % (x, y)
            continue
        exact = x[6] in ("base64", "binary")
        p, q = (x[5], y[5]) if exact else (lf(x[5]), lf(y[5]))
        if x[:5] != y[:5]:
            return "part: %r and %r" % (x[:5], y[:5])
        if p != q:
            return "content of %s: %r… and %r…" % (x[0], p[:200], q[:200])
    return None


def unsafe(data):
    """Why a relay could break a signature over these octets (RFC 3156 3)."""
    if re.search(rb"[\x80-\xff\x00]", data):
        return "8-bit or NUL"
    if re.search(rb"(?<!\r)\n|\r(?!\n)", data):
        return "bare CR or LF"
    body = data[header_end(data)[1]:]
    if re.search(rb"[ \t]\r\n", body) or re.search(rb"[ \t]$", body):
        return "white space at a line end"
    if re.search(rb"(?:^|\n)From ", data):
        return '"From " at the start of a line'
    if any(len(line) > 998 for line in data.split(b"\r\n")):
        return "a line over 998 octets"
    return None


def look(value, path):
    for step in path.split("."):
        if step == "#":
            value = len(value)
        elif isinstance(value, list):
            value = value[int(step)] if int(step) < len(value) else None
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value


def load(name):
    try:
        return json.loads(read(name).decode())
    except (OSError, ValueError) as e:
        print("no JSON: %s" % e)
        sys.exit(1)


def show(value):
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


HEAD = ("From: Alice Lovelace <%s>\nTo: %s\nSubject: made elsewhere\n"
        "Date: Tue, 24 Nov 2026 06:00:00 +0000\nMessage-ID: <elsewhere@example.org>\nMIME-Version: 1.0\n")


def wrap(kind, sender, to, files, extra):
    head = (HEAD % (sender, to)).encode()
    if kind == "signed":
        content, signature = read(files[0]), read(files[1])
        protocol, micalg = extra[0], extra[1]
        if protocol == "application/pkcs7-signature":
            sig = (b"Content-Type: application/pkcs7-signature; name=smime.p7s\n"
                   b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(signature))
        else:
            sig = b"Content-Type: application/pgp-signature; name=signature.asc\n\n" + signature
        b = b"=-=elsewhere=-="
        return crlf(head + b'Content-Type: multipart/signed; boundary="' + b + b'";\n protocol="' + protocol.encode()
                    + b'"; micalg=' + micalg.encode() + b"\n\nThis is a signed message.\n--" + b + b"\n") + content + crlf(
                        b"\n--" + b + b"\n" + sig + b"\n--" + b + b"--\n")
    if kind == "encrypted":
        return crlf(head + b'Content-Type: multipart/encrypted; boundary="=-=e=-=";\n protocol="application/pgp-encrypted"\n\n'
                    b"--=-=e=-=\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n\n--=-=e=-=\n"
                    b"Content-Type: application/octet-stream\n\n" + read(files[0]) + b"\n--=-=e=-=--\n")
    if kind == "smime":
        return crlf(head + b"Content-Type: application/pkcs7-mime; smime-type=" + extra[0].encode()
                    + b"; name=smime.p7m\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(read(files[0])))
    sys.exit("wrap what?")


def main(argv):
    what, args = argv[0], argv[1:]
    if what == "part":          # part N FILE: the octets of a part, as they stand
        out(parts(read(args[1]))[int(args[0])])
    elif what == "count":
        print(len(parts(read(args[0]))))
    elif what == "payload":     # payload FILE: body without transfer encoding
        out(payload(read(args[0])))
    elif what == "body":
        raw = read(args[0])
        out(raw[header_end(raw)[1]:])
    elif what == "crlf":
        out(crlf(read(args[0])))
    elif what == "lf":
        out(lf(read(args[0])))
    elif what == "eol":         # LF, CRLF, none or mixed
        raw = read(args[0])
        n, c = raw.count(b"\n"), raw.count(b"\r\n")
        print("none" if n == 0 else "LF" if c == 0 else "CRLF" if c == n else "mixed")
    elif what == "same":
        why = same(read(args[0]), read(args[1]))
        if why:
            sys.exit("differs: " + why)
    elif what == "safe":        # safe FILE: 7-bit safe canonical form
        why = unsafe(read(args[0]))
        if why:
            sys.exit("not safe: " + why)
    elif what == "header":      # header NAME FILE: its decoded value
        raw = read(args[1])
        value = email.message_from_bytes(raw, policy=email.policy.default)[args[0]]
        print("" if value is None else value)
    elif what == "type":
        print(content_type(read(args[0])))
    elif what == "param":       # param NAME FILE
        m = re.search(args[0] + r'\s*=\s*(?:"([^"]*)"|([^\s;]+))', content_type(read(args[1])), re.I)
        print((m.group(1) or m.group(2)) if m else "")
    elif what == "json":        # json FILE PATH...: one value a line
        value = load(args[0])
        for path in args[1:]:
            print(show(look(value, path)))
    elif what == "expect":      # expect FILE PATH=PATTERN...: what is not so
        value = load(args[0])
        for path, pattern in (pair.split("=", 1) for pair in args[1:]):
            got = show(look(value, path))
            if not fnmatch.fnmatchcase(got, pattern):
                print("%s is %s, not %s" % (path, got, pattern))
    elif what == "flip":        # flip FILE TEXT: the last octet of the first TEXT changed
        raw = read(args[0])
        at = raw.index(args[1].encode()) + len(args[1]) - 1
        out(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1:])
    elif what == "flipbody":    # flipbody FILE: a base64 or armor character in the middle of the body changed
        raw = read(args[0])
        at = header_end(raw)[1] + (len(raw) - header_end(raw)[1]) // 2
        while not chr(raw[at]).isalnum():
            at += 1
        out(raw[:at] + (b"B" if raw[at:at + 1] == b"A" else b"A") + raw[at + 1:])
    elif what == "replace":     # replace FILE OLD NEW (escapes as in Python)
        old, new = (a.encode().decode("unicode_escape").encode("latin-1") for a in args[1:3])
        raw = read(args[0])
        if old not in raw:
            sys.exit("nothing to replace")
        out(raw.replace(old, new, 1))
    elif what == "wrap":        # wrap KIND SENDER TO FILE... -- EXTRA...
        cut = args.index("--") if "--" in args else len(args)
        out(wrap(args[0], args[1], args[2], args[3:cut], args[cut + 1:]))
    elif what == "big":         # big FROM TO MEGABYTES: a message with two attachments
        size = int(args[2]) * 1024 * 1024 // 2
        block = bytes((i * 7 + (i >> 8) * 13) & 255 for i in range(57 * 1024))
        o = sys.stdout.buffer
        o.write(("From: %s\nTo: %s\nSubject: something large\nDate: Tue, 24 Nov 2026 06:00:00 +0000\n"
                 "Message-ID: <big@example.org>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=big\n\n"
                 "--big\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nSee below: größer.\n"
                 % (args[0], args[1])).encode())
        for n in (1, 2):
            o.write(b"--big\nContent-Type: application/octet-stream; name=part%d.bin\n"
                    b"Content-Disposition: attachment; filename=part%d.bin\nContent-Transfer-Encoding: base64\n\n" % (n, n))
            done = 0
            encoded = base64.encodebytes(block)
            while done < size:
                o.write(encoded)
                done += len(encoded)
        o.write(b"--big--\n")
    else:
        sys.exit("mime.py: what is " + what + "?")


main(sys.argv[1:])
