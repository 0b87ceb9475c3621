#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""CMS structures (RFC 5652, 5083, 8418, 8419) taken apart and put together
without any CMS library: for what the openssl program cannot make or read
(Ed25519 signers, X25519 recipients), and for what nobody honest would make.
Elementary operations come from "openssl pkeyutl" and "openssl enc"."""
import hashlib
import hmac
import os
import re
import subprocess
import sys
import tempfile
import base64


def read(name):
    with (sys.stdin.buffer if name == "-" else open(name, "rb")) as f:
        return f.read()


def unpem(data):
    m = re.search(rb"-----BEGIN [A-Z0-9 ]+-----(.*?)-----END", data, re.S)
    return base64.b64decode(m.group(1)) if m else data


# ---- DER: a node is [tag, content]; content of constructed ones is a list -------

def parse(data, at=0):
    tag, at = data[at], at + 1
    n, at = data[at], at + 1
    if n == 0x80:
        kids = []
        while data[at:at + 2] != b"\0\0":
            kid, at = parse(data, at)
            kids.append(kid)
        return [tag, kids], at + 2
    if n > 0x80:
        k = n & 0x7F
        n, at = int.from_bytes(data[at:at + k], "big"), at + k
    end = at + n
    if not tag & 0x20:
        return [tag, data[at:end]], end
    kids = []
    while at < end:
        kid, at = parse(data, at)
        kids.append(kid)
    return [tag, kids], end


def build(node):
    tag, content = node
    body = content if isinstance(content, bytes) else b"".join(build(k) for k in content)
    n = len(body)
    size = bytes([n]) if n < 128 else bytes([0x80 | (n.bit_length() + 7) // 8]) + n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag]) + size + body


def octets(node):
    """The value of an octet string, also a constructed one."""
    return node[1] if isinstance(node[1], bytes) else b"".join(octets(k) for k in node[1])


def oid(text):
    arcs = [int(a) for a in text.split(".")]
    body = bytes([arcs[0] * 40 + arcs[1]])
    for arc in arcs[2:]:
        part = bytes([arc & 127])
        while arc > 127:
            arc >>= 7
            part = bytes([0x80 | arc & 127]) + part
        body += part
    return [6, body]


def name(node):
    b = node[1]
    arcs, value = [b[0] // 40, b[0] % 40], 0
    for byte in b[1:]:
        value = value << 7 | byte & 127
        if not byte & 128:
            arcs.append(value)
            value = 0
    return ".".join(map(str, arcs))


SEQ, SET, OCTETS, NULL, BITS, INT = 0x30, 0x31, 4, [5, b""], 3, 2
DATA, SIGNED, ENVELOPED = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.2", "1.2.840.113549.1.7.3"
SHA512, ED25519, X25519 = "2.16.840.1.101.3.4.2.3", "1.3.101.112", "1.3.101.110"
AES256CBC, AES256WRAP = "2.16.840.1.101.3.4.1.42", "2.16.840.1.101.3.4.1.45"
HKDF256 = "1.2.840.113549.1.9.16.3.19"


def load(file):
    node, end = parse(unpem(read(file)))
    return node


def inner(node):
    return node[1][1][1][0]


def tool(args, data=None):
    return subprocess.run(["openssl"] + args, input=data, stdout=subprocess.PIPE, check=True).stdout


class Temp:
    def __init__(self, data):
        self.data = data

    def __enter__(self):
        fd, self.path = tempfile.mkstemp()
        os.write(fd, self.data)
        os.close(fd)
        return self.path

    def __exit__(self, *_):
        os.unlink(self.path)


def certificate(file):
    """(node, issuer and serial, public key octets)"""
    node, _ = parse(unpem(read(file)))
    tbs = [k for k in node[1][0][1] if k[0] != 0xA0]
    return node, [SEQ, [tbs[2], tbs[0]]], tbs[5][1][1][1][1:]


# ---- Ed25519 signers (RFC 8419) -------------------------------------------------

def ed25519_sign(content, cert, key, detached):
    node, sid, _ = certificate(cert)
    attrs = [[SEQ, [oid("1.2.840.113549.1.9.3"), [SET, [oid(DATA)]]]],
             [SEQ, [oid("1.2.840.113549.1.9.4"), [SET, [[OCTETS, hashlib.sha512(content).digest()]]]]]]
    attrs = [parse(a)[0] for a in sorted(build(a) for a in attrs)]
    with Temp(build([SET, attrs])) as path:
        signature = tool(["pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", path])
    info = [SEQ, [[INT, b"\1"], sid, [SEQ, [oid(SHA512)]], [0xA0, attrs], [SEQ, [oid(ED25519)]], [OCTETS, signature]]]
    econtent = [SEQ, [oid(DATA)] + ([] if detached else [[0xA0, [[OCTETS, content]]]])]
    return build([SEQ, [oid(SIGNED), [0xA0, [[SEQ, [[INT, b"\1"], [SET, [[SEQ, [oid(SHA512)]]]], econtent,
                                                      [0xA0, [node]], [SET, [info]]]]]]]])


def ed25519_verify(file, cert, content):
    signed = inner(load(file))
    econtent = signed[1][2][1]
    if len(econtent) > 1:
        content = octets(econtent[1][1][0])
    info = [k for k in signed[1] if k[0] == SET][-1][1][0][1]
    attrs = [k for k in info if k[0] == 0xA0][0][1]
    digest = [a[1][1][1][0][1] for a in attrs if name(a[1][0]) == "1.2.840.113549.1.9.4"][0]
    if name(info[2][1][0]) != SHA512:
        sys.exit("digest algorithm is not SHA-512 (RFC 8419 3.1)")
    if digest != hashlib.sha512(content).digest():
        sys.exit("message digest differs")
    if name(info[-2][1][0]) != ED25519 or len(info[-2][1]) != 1:
        sys.exit("signature algorithm is not Ed25519 without parameters")
    public = tool(["x509", "-in", cert, "-pubkey", "-noout"])
    with Temp(build([SET, attrs])) as path, Temp(info[-1][1]) as signature, Temp(public) as pub:
        tool(["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", pub, "-in", path, "-sigfile", signature])


# ---- X25519 recipients (RFC 8418) -----------------------------------------------

def kek(shared, wrap):
    info = build([SEQ, [wrap, [0xA2, [[OCTETS, (256).to_bytes(4, "big")]]]]])
    prk = hmac.new(bytes(32), shared, hashlib.sha256).digest()
    return hmac.new(prk, info + b"\1", hashlib.sha256).digest()


def derive(private, public):
    peer = build([SEQ, [[SEQ, [oid(X25519)]], [BITS, b"\0" + public]]])
    with Temp(peer) as path:
        return tool(["pkeyutl", "-derive", "-inkey", private, "-peerkey", path, "-peerform", "DER"])


def wrapped(key, data, way):
    return tool(["enc", way, "-id-aes256-wrap", "-K", key.hex(), "-iv", "A6A6A6A6A6A6A6A6"], data)


def x25519_encrypt(content, cert):
    _, rid, public = certificate(cert)
    private = tool(["genpkey", "-algorithm", "X25519"])
    wrap = [SEQ, [oid(AES256WRAP)]]
    cek, iv = os.urandom(32), os.urandom(16)
    with Temp(private) as path:
        own = tool(["pkey", "-in", path, "-pubout", "-outform", "DER"])[-32:]
        sealed = wrapped(kek(derive(path, public), wrap), cek, "-e")
    kari = [0xA1, [[INT, b"\3"], [0xA0, [[0xA1, [[SEQ, [oid(X25519)]], [BITS, b"\0" + own]]]]],
                   [SEQ, [oid(HKDF256), wrap]], [SEQ, [[SEQ, [rid, [OCTETS, sealed]]]]]]]
    text = tool(["enc", "-e", "-aes-256-cbc", "-K", cek.hex(), "-iv", iv.hex()], content)
    return build([SEQ, [oid(ENVELOPED), [0xA0, [[SEQ, [[INT, b"\2"], [SET, [kari]], [
        SEQ, [oid(DATA), [SEQ, [oid(AES256CBC), [OCTETS, iv]]], [0x80, text]]]]]]]]])


def x25519_decrypt(file, cert, key):
    _, rid, _ = certificate(cert)
    body = [k for k in inner(load(file))[1]]
    recipients = next(k for k in body if k[0] == SET)[1]
    for kari in (r[1] for r in recipients if r[0] == 0xA1):
        for entry in kari[-1][1]:
            if build(entry[1][0]) != build(rid):
                continue
            alg = kari[-2][1]
            if name(alg[0]) != HKDF256:
                sys.exit("key agreement is " + name(alg[0]))
            public = kari[1][1][0][1][1][1][1:]
            cek = wrapped(kek(derive(key, public), alg[1]), octets(entry[1][1]), "-d")
            content = next(k for k in body if k[0] == SEQ)[1]
            cipher = name(content[1][1][0])
            if cipher != AES256CBC:
                sys.exit("content cipher is " + cipher)
            return tool(["enc", "-d", "-aes-256-cbc", "-K", cek.hex(), "-iv", content[1][1][1][1].hex()], octets(content[2]))
    sys.exit("this certificate is no recipient")


# ---- reports and damage ---------------------------------------------------------

def oids(node):
    if node[0] == 6:
        yield name(node)
    elif isinstance(node[1], list):
        for kid in node[1]:
            yield from oids(kid)


def change(file, edit):
    node = load(file)
    edit(inner(node)[1], node)
    return build(node)


def set_tag(body, size):
    mac = body[-1]
    mac[1] = mac[1][:size]
    gcm = next(k for k in body if k[0] == SEQ)[1][1][1][1]
    gcm[1][1:] = [[INT, bytes([size])]]


def set_nonce(body, size):
    gcm = next(k for k in body if k[0] == SEQ)[1][1][1][1]
    gcm[1][0][1] = (gcm[1][0][1] * 8)[:size]


def set_kem(body):
    """The first recipient by KEMRecipientInfo with ML-KEM-768 (RFC 9629, 9936)."""
    recipients = next(k for k in body if k[0] == SET)[1]
    rid = next(k for k in recipients[0][1] if k[0] == SEQ)
    kem = [SEQ, [[INT, b"\0"], rid, [SEQ, [oid("2.16.840.1.101.3.4.4.2")]], [OCTETS, bytes(1088)],
                 [SEQ, [oid("1.2.840.113549.1.9.16.3.28")]], [INT, b"\x20"], [SEQ, [oid(AES256WRAP)]], [OCTETS, bytes(40)]]]
    recipients[0] = [0xA4, [oid("1.2.840.113549.1.9.16.13.3"), kem]]


def flip_content(body):
    content = next(k for k in body if k[0] == SEQ)[1]
    data = bytearray(octets(content[2]))
    data[len(data) // 2] ^= 1
    content[2] = [0x80, bytes(data)]


def flip_last(body):
    content = next(k for k in body if k[0] == SEQ)[1]
    data = bytearray(octets(content[2]))
    data[-20] ^= 0x55
    content[2] = [0x80, bytes(data)]


def swap_oid(node, old, new):
    if node[0] == 6 and name(node) == old:
        node[1] = oid(new)[1]
    elif isinstance(node[1], list):
        for kid in node[1]:
            swap_oid(kid, old, new)


def main(argv):
    o = sys.stdout.buffer
    what, args = argv[0], argv[1:]
    if what == "oids":          # every object identifier, in order
        print(" ".join(oids(load(args[0]))))
    elif what == "recipients":  # how many
        print(len(next(k for k in inner(load(args[0]))[1] if k[0] == SET)[1]))
    elif what == "der":
        o.write(build(load(args[0])))
    elif what == "tag":         # tag SIZE FILE: the MAC cut, and said so
        o.write(change(args[1], lambda b, n: set_tag(b, int(args[0]))))
    elif what == "nonce":
        o.write(change(args[1], lambda b, n: set_nonce(b, int(args[0]))))
    elif what == "kem":
        o.write(change(args[0], lambda b, n: set_kem(b)))
    elif what == "flip":
        o.write(change(args[0], lambda b, n: flip_content(b)))
    elif what == "fliplast":
        o.write(change(args[0], lambda b, n: flip_last(b)))
    elif what == "nosigners":
        o.write(change(args[0], lambda b, n: b.__setitem__(-1, [SET, []])))
    elif what == "onesigner":   # only the first signer's SignerInfo kept
        o.write(change(args[0], lambda b, n: b[-1].__setitem__(1, b[-1][1][:1])))
    elif what == "swap":        # swap OLD NEW FILE: object identifiers
        o.write(change(args[2], lambda b, n: swap_oid(n, args[0], args[1])))
    elif what == "ed25519-sign":    # CONTENT CERT KEY detached|opaque
        o.write(ed25519_sign(read(args[0]), args[1], args[2], args[3] == "detached"))
    elif what == "ed25519-verify":  # FILE CERT [CONTENT]
        ed25519_verify(args[0], args[1], read(args[2]) if len(args) > 2 else None)
    elif what == "x25519-encrypt":  # CONTENT CERT
        o.write(x25519_encrypt(read(args[0]), args[1]))
    elif what == "x25519-decrypt":  # FILE CERT KEY
        o.write(x25519_decrypt(args[0], args[1], args[2]))
    elif what == "deep":        # deep N: nested indefinite lengths
        o.write(b"\x30\x80" * int(args[0]))
    else:
        sys.exit("cms.py: what is " + what + "?")


main(sys.argv[1:])
