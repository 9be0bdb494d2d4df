"""A mail server for tests: takes letters over SMTP, writes each accepted one down as a line of JSON – taken apart by Python's
own MIME parser – and answers badly where it is told to. Prints its port, then runs until its standard input ends.

The line is on disk before the client hears 250, so whatever the client believes, the file is what was really accepted.
"""

import argparse
import asyncio
import base64
import email
import email.policy
import json
import os
import random
import ssl
import sys
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope

parser = argparse.ArgumentParser()
parser.add_argument("--out", required=True, help="file of accepted letters, appended to")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--fault-rate", type=float, default=0.0, help="share of letters that meet a fault")
parser.add_argument("--faults", default="", help="of: mail421 mail451 rcpt450 rcpt550 data451 data554 drop lost hang")
parser.add_argument("--down", type=int, default=0, help="answer the first N connections with 421")
parser.add_argument("--cert", default="")
parser.add_argument("--key", default="")
parser.add_argument("--starttls", action="store_true")
parser.add_argument("--tls", action="store_true", help="TLS from the first byte")
parser.add_argument("--auth", default="", help="user:password that is demanded")
parser.add_argument("--dkim-key", default="", help="p= of the public key that letters are verified with")
parser.add_argument("--pipelining", action="store_true", help="offer to take several commands at once")
parser.add_argument("--delay", type=float, default=0.0, help="seconds before each 250 of a letter")
args = parser.parse_args()

dice = random.Random(args.seed)
faults = [name for name in args.faults.split() if name]
lock = threading.Lock()
out = open(args.out, "a", encoding="utf-8")
connections = 0


def write(entry):
    with lock:
        out.write(json.dumps(entry, ensure_ascii=False) + "\n")
        out.flush()
        os.fsync(out.fileno())


def taken_apart(raw):
    message = email.message_from_bytes(raw, policy=email.policy.default)
    text = message.get_body(("plain",))
    html = message.get_body(("html",))
    entry = {
        "headers": [[name, str(value)] for name, value in message.items()],
        "defects": [type(defect).__name__ for part in message.walk() for defect in part.defects],
        "type": message.get_content_type(),
        "parts": [part.get_content_type() for part in message.walk() if not part.is_multipart()],
        "text": text.get_content() if text else None,
        "html": html.get_content() if html else None,
        "longest": max((len(line) for line in raw.split(b"\r\n")), default=0),
        "raw": base64.b64encode(raw).decode(),
    }
    if args.dkim_key:
        import dkim

        record = ("v=DKIM1; k=rsa; p=" + args.dkim_key).encode()
        entry["dkim"] = bool(dkim.verify(raw, dnsfunc=lambda name, timeout=5: record))
    return entry


class Handler:
    def fault(self, session):
        """What happens to this letter, decided once."""
        if getattr(session, "fault", None) is None:
            bad = faults and dice.random() < args.fault_rate
            session.fault = dice.choice(faults) if bad else "none"
        return session.fault

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        if args.pipelining:
            responses.insert(-1, "250-PIPELINING")
        return responses

    async def handle_MAIL(self, server, session, envelope, address, mail_options):
        session.fault = None
        fault = self.fault(session)
        if fault == "mail421":
            server.transport.write(b"421 4.3.2 closing\r\n")
            server.transport.close()
            return "421 4.3.2 closing"
        if fault == "mail451":
            return "451 4.3.0 later"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        fault = self.fault(session)
        if fault == "rcpt450":
            return "450 4.2.1 <%s> busy" % address
        if fault == "rcpt550":
            write({"refused": address, "code": 550})
            return "550 5.1.1 <%s> unknown" % address
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope: Envelope):
        fault = self.fault(session)
        session.fault = None
        if fault == "data451":
            return "451 4.3.0 later"
        if fault == "data554":
            write({"refused": envelope.rcpt_tos[0], "code": 554})
            return "554 5.7.1 no"
        if fault == "drop":  # gone before it was taken
            server.transport.abort()
            return "451 dropped"
        if fault == "hang":
            await asyncio.sleep(3600)
        if args.delay:
            await asyncio.sleep(args.delay)
        entry = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": session.ssl is not None, "auth": bool(session.authenticated)}
        entry.update(taken_apart(envelope.content))
        entry["lost"] = fault == "lost"
        write(entry)
        if fault == "lost":  # taken, but the client never hears of it
            server.transport.abort()
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    user, password = args.auth.split(":", 1)
    good = data.login.decode() == user and data.password.decode() == password
    return AuthResult(success=good)


context = None
if args.cert:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(args.cert, args.key)


class Server(SMTP):
    def connection_made(self, transport):
        global connections
        connections += 1
        if connections <= args.down and transport.get_extra_info("sslcontext") is None:
            transport.write(b"421 4.3.2 not now\r\n")
            transport.close()
            return
        super().connection_made(transport)


class Run(Controller):
    def factory(self):
        return Server(
            self.handler,
            data_size_limit=10_000_000,
            enable_SMTPUTF8=True,
            require_starttls=args.starttls,
            tls_context=context if args.starttls else None,
            authenticator=authenticate if args.auth else None,
            auth_required=bool(args.auth),
            auth_require_tls=args.starttls,
            timeout=600,
        )


run = Run(
    Handler(),
    hostname="127.0.0.1",
    port=0,
    ssl_context=context if args.tls else None,
)
# The controller greets itself to see whether it runs; with port 0 it cannot, so it is started by hand.
loop = asyncio.new_event_loop()


async def main():
    server = await loop.create_server(run.factory, "127.0.0.1", 0, ssl=run.ssl_context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    os._exit(0)


asyncio.set_event_loop(loop)
loop.run_until_complete(main())
