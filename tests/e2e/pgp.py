#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""OpenPGP packets taken apart and put together (RFC 9580 4, 5), for messages
that no honest program makes.  Ciphers come from the openssl program."""
import base64
import hashlib
import os
import re
import subprocess
import sys
import zlib

NAMES = {1: "PKESK", 2: "SIG", 3: "SKESK", 4: "OPS", 6: "KEY", 8: "COMPRESSED", 9: "SED", 11: "LITERAL",
         13: "UID", 14: "SUBKEY", 18: "SEIPD", 19: "MDC", 20: "AEAD"}


def read(name):
    with (sys.stdin.buffer if name == "-" else open(name, "rb")) as f:
        return f.read()


def dearmor(data):
    m = re.search(rb"-----BEGIN PGP [A-Z ]+-----\r?\n(?:[^\r\n]+: [^\r\n]*\r?\n)*[ \t]*\r?\n(.*?)(?:\r?\n=[^\r\n]*)?\r?\n-----END",
                  data, re.S)
    return base64.b64decode(m.group(1)) if m else data


def crc24(data):
    crc = 0xB704CE
    for byte in data:
        crc ^= byte << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1864CFB
    return crc & 0xFFFFFF


def armor(data, kind):
    text = base64.encodebytes(data).decode().replace("\n", "")
    lines = "\n".join(text[i:i + 64] for i in range(0, len(text), 64))
    check = base64.b64encode(crc24(data).to_bytes(3, "big")).decode()
    return ("-----BEGIN PGP %s-----\n\n%s\n=%s\n-----END PGP %s-----\n" % (kind, lines, check, kind)).encode()


def packets(data):
    """(tag, body, whole) of each packet; partial lengths are joined."""
    at = 0
    while at < len(data):
        start, first = at, data[at]
        at += 1
        if not first & 0x80:
            sys.exit("not a packet at %d" % start)
        if first & 0x40:
            tag, body = first & 0x3F, b""
            while True:
                n = data[at]
                at += 1
                partial = False
                if n < 192:
                    size = n
                elif n < 224:
                    size, at = ((n - 192) << 8) + data[at] + 192, at + 1
                elif n == 255:
                    size, at = int.from_bytes(data[at:at + 4], "big"), at + 4
                else:
                    size, partial = 1 << (n & 31), True
                body += data[at:at + size]
                at += size
                if not partial:
                    break
        else:
            tag, kind = (first >> 2) & 15, first & 3
            if kind == 3:
                body, at = data[at:], len(data)
            else:
                size = int.from_bytes(data[at:at + (1 << kind)], "big")
                at += 1 << kind
                body = data[at:at + size]
                at += size
        yield tag, body, data[start:at]


def packet(tag, body):
    n = len(body)
    if n < 192:
        size = bytes([n])
    elif n < 8384:
        size = bytes([((n - 192) >> 8) + 192, (n - 192) & 255])
    else:
        size = b"\xff" + n.to_bytes(4, "big")
    return bytes([0xC0 | tag]) + size + body


def literal(content, name=b"", mode=b"b"):
    return packet(11, mode + bytes([len(name)]) + name + b"\0\0\0\0" + content)


def compressed(content):
    z = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packet(8, b"\1" + z.compress(content) + z.flush())


def cfb(key, iv, data, way):
    return subprocess.run(["openssl", "enc", way, "-aes-%d-cfb" % (len(key) * 8), "-K", key.hex(), "-iv", iv.hex(), "-nopad"],
                          input=data, stdout=subprocess.PIPE, check=True).stdout


def seipd(key, content, mdc):
    prefix = os.urandom(16)
    clear = prefix + prefix[14:] + content
    if mdc != "none":
        clear += b"\xd3\x14"
        digest = hashlib.sha1(clear).digest()
        clear += bytes([digest[0] ^ 1]) + digest[1:] if mdc == "bad" else digest
    return packet(18, b"\1" + cfb(key, bytes(16), clear, "-e"))


def sed(key, content):
    """Without any protection, with the resynchronisation of RFC 9580 12.9."""
    prefix = os.urandom(16)
    head = cfb(key, bytes(16), prefix + prefix[14:], "-e")
    return packet(9, head + cfb(key, head[2:18], content, "-e"))


def opened(key, data):
    """Packets inside the SEIPD of a message, and its session key packets."""
    esk = b"".join(whole for tag, _, whole in packets(data) if tag in (1, 3))
    body = next(body for tag, body, _ in packets(data) if tag == 18)
    clear = cfb(key, bytes(16), body[1:], "-d")
    return esk, clear[18:-22]


def main(argv):
    o = sys.stdout.buffer
    what, args = argv[0], argv[1:]
    if what == "list":          # tags, one a line
        for tag, body, _ in packets(dearmor(read(args[0]))):
            print(NAMES.get(tag, str(tag)), body[1:9].hex().upper() if tag == 1 else len(body))
    elif what == "recipients":  # key ids of the PKESKs, sorted
        print(" ".join(sorted(b[1:9].hex().upper() for t, b, _ in packets(dearmor(read(args[0]))) if t == 1)))
    elif what == "dearmor":
        o.write(dearmor(read(args[0])))
    elif what == "armor":       # armor KIND FILE
        o.write(armor(read(args[1]), args[0]))
    elif what == "badcrc":      # a checksum that is wrong
        data = read(args[0])
        m = re.search(rb"\n=(.)", data)
        o.write(data[:m.start(1)] + (b"B" if m.group(1) == b"A" else b"A") + data[m.end(1):])
    elif what == "literal":     # literal FILE [NAME]
        o.write(literal(read(args[0]), args[1].encode().decode("unicode_escape").encode("latin-1") if len(args) > 1 else b""))
    elif what == "compressed":  # compressed FILE [TIMES]
        data = read(args[0])
        for _ in range(int(args[1]) if len(args) > 1 else 1):
            data = compressed(data)
        o.write(data)
    elif what == "bomb":        # bomb MEGABYTES: zeros in a literal in a compressed packet
        size = int(args[0]) * 1024 * 1024
        z = zlib.compressobj(9, zlib.DEFLATED, -15)
        data = z.compress(b"\xcb\xff" + (size + 6).to_bytes(4, "big") + b"b\0\0\0\0\0")
        data += b"".join(z.compress(bytes(1024 * 1024)) for _ in range(int(args[0]))) + z.flush()
        o.write(packet(8, b"\1" + data))
    elif what == "inside":      # inside SESSION-KEY FILE: the packets that were encrypted
        o.write(opened(bytes.fromhex(args[0].split(":")[-1]), dearmor(read(args[1])))[1])
    elif what == "forge":       # forge seipd|bad|none|sed SESSION-KEY FILE INNER: other content under the same session key
        key = bytes.fromhex(args[1].split(":")[-1])
        esk, _ = opened(key, dearmor(read(args[2])))
        inner = read(args[3])
        o.write(esk + (sed(key, inner) if args[0] == "sed" else seipd(key, inner, {"seipd": "good"}.get(args[0], args[0]))))
    elif what == "drop":        # drop TAG FILE: without these packets
        o.write(b"".join(w for t, _, w in packets(dearmor(read(args[1]))) if t != int(args[0])))
    elif what == "version":     # version TAG N FILE: another version number in these packets
        o.write(b"".join(packet(t, bytes([int(args[1])]) + b[1:]) if t == int(args[0]) else w
                         for t, b, w in packets(dearmor(read(args[2])))))
    elif what == "anonymous":   # PKESKs without a key id
        o.write(b"".join(packet(1, b[:1] + bytes(8) + b[9:]) if t == 1 else w for t, b, w in packets(dearmor(read(args[0])))))
    else:
        sys.exit("pgp.py: what is " + what + "?")


main(sys.argv[1:])
