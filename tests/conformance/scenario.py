"""Scenario files: what they say, and the sipp scenarios that they become.

    # What is shown. Which RFC section decides, and where Kamailio differs.
    route proxy                     the routing script, by default proxy
    phone bob tcp q=0.5             registers, then runs its steps under sipp
      recv INVITE
        check Max-Forwards: ^ 69    a regular expression on a header (Start: the first line)
        absent X-Foo                a header that must not be there
      reply 180
      reply 200
      recv ACK
    silent carol INVITE=3-5 CANCEL=0   registers, answers nothing (`trying`: 100 to INVITE, 200 to CANCEL); how many of
                                       which requests it may get
    flood mallory ACK=2000          sends so many requests of nobody's; a reply to one fails the scenario
    dns gw.{domain} A 127.0.0.1     what the name server of the run says; also: SRV PRIORITY WEIGHT PORT TARGET
    caller alice
      send INVITE bob
        + Subject: an additional header
      want 180
      want 200
      ack

Steps of a phone: recv, reply CODE [for METHOD] [sdp] [once: not repeated] [sure: never lost], send METHOD (within the dialog), pause MS,
want CODE.
Steps of a caller: recv METHOD, reply CODE, send METHOD [USER], want CODE [for METHOD] [optional] [dialog] [sure] [or: else the next], ack, pause MS, linger MS.
Options of `send`: branch=TEXT (instead of one of our own), maxfwd=N, uri=URI, new (outside the dialog), sdp, once
(sipp does not repeat it), cseq=N. Options of a party: tcp, lost=PERCENT, calls=N, rate=N a second, q=Q,
as=USER (registers as that user), unregistered.
`aor=USER@DOMAIN` and `contact=URI` register otherwise than as said above.
`{port:NAME}`, `{proxy}`, `{domain}` are replaced everywhere. A line that begins with `[kemist]` or `[kamailio]` is for
that subject alone; `only kemist REASON` leaves the scenario out for others.
"""

import re
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

SDP = """v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=audio 30000 RTP/AVP 0
a=rtpmap:0 PCMU/8000
"""
REASONS = {100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK", 302: "Moved Temporarily",
           401: "Unauthorized", 404: "Not Found", 407: "Proxy Authentication Required", 408: "Request Timeout",
           480: "Temporarily Unavailable", 482: "Loop Detected", 483: "Too Many Hops", 486: "Busy Here", 487: "Request Terminated", 500: "Server Internal Error",
           503: "Service Unavailable", 600: "Busy Everywhere", 603: "Decline"}


class Fault(Exception):
    """A scenario file that cannot be used."""


@dataclass
class Step:
    verb: str
    words: list
    options: dict
    headers: list = field(default_factory=list)
    checks: list = field(default_factory=list)


@dataclass
class Party:
    kind: str
    name: str
    options: dict
    steps: list = field(default_factory=list)
    port: int = 0


@dataclass
class Scenario:
    name: str
    about: str = ""
    route: str = "proxy"
    parties: list = field(default_factory=list)
    records: list = field(default_factory=list)
    only: str = ""
    reason: str = ""


def words_and_options(words):
    plain = [w for w in words if "=" not in w]
    return plain, dict(w.split("=", 1) for w in words if "=" in w)


def parse(name, text, subject="kemist"):
    scenario = Scenario(name)
    about = []
    for number, line in enumerate(text.splitlines(), 1):
        tagged = re.match(r"(\s*)\[(\w+)\] (.*)", line)
        if tagged:
            if tagged[2] != subject:
                continue
            line = tagged[1] + tagged[3]
        indent = len(line) - len(line.lstrip())
        words = line.split()
        if not words:
            continue
        if line.startswith("#"):
            about.append(line.lstrip("# "))
        elif indent == 0 and words[0] == "route":
            scenario.route = words[1]
        elif indent == 0 and words[0] == "dns":
            scenario.records.append(words[1:])
        elif indent == 0 and words[0] == "only":
            scenario.only, scenario.reason = words[1], " ".join(words[2:])
        elif indent == 0 and words[0] in ("phone", "caller", "silent", "flood"):
            plain, options = words_and_options(words[2:])
            options.update((w, True) for w in plain)
            scenario.parties.append(Party(words[0], words[1], options))
        elif indent and scenario.parties:
            add_line(scenario.parties[-1], line.strip(), f"{name}:{number}")
        else:
            raise Fault(f"{name}:{number}: {line}")
    scenario.about = " ".join(about)
    return scenario


def add_line(party, line, place):
    verb, _, rest = line.partition(" ")
    if verb == "+":
        party.steps[-1].headers.append(rest)
    elif verb == "check":
        header, _, regex = rest.partition(": ")
        party.steps[-1].checks.append((header, regex, True))
    elif verb == "absent":
        party.steps[-1].checks.append((rest, ".+", False))
    elif verb in ("recv", "reply", "send", "want", "ack", "pause", "linger"):
        words, options = words_and_options(rest.split())
        party.steps.append(Step(verb, words, options))
    else:
        raise Fault(f"{place}: {line}")


class Writer:
    """Collects the XML of one party."""

    def __init__(self, party, scenario, places):
        self.party, self.scenario, self.places = party, scenario, places
        self.out, self.variables = [], []
        self.transport = "TCP" if party.options.get("tcp") else "UDP"

    def fill(self, text):
        text = text.replace("{proxy}", self.places["proxy"]).replace("{domain}", self.places["domain"])
        return re.sub(r"\{port:(\w+)\}", lambda m: str(self.places[m[1]]), text)

    def send(self, lines, body="", repeat=True, sure=False):
        lines = [self.fill(line) for line in lines if line]
        if body:
            lines.append("Content-Type: application/sdp")
        lines.append("Content-Length: [len]")
        text = "\n".join(lines) + "\n\n" + body
        retrans = ' retrans="500"' if repeat and self.transport == "UDP" else ""
        retrans += ' lost="0"' if sure else ""
        self.out.append(f"  <send{retrans}>\n    <![CDATA[\n{text}\n]]>\n  </send>")

    def recv(self, attributes, checks, saves=()):
        actions = []
        for header, regex, there in checks:
            variable = f"c{len(self.variables)}"
            self.variables.append(variable)
            where = 'search_in="msg"' if header == "Start" else f'search_in="hdr" header="{header}:"'
            test = "check_it" if there else "check_it_inverse"
            actions.append(f'<ereg regexp={quoteattr(self.fill(regex))} {where} {test}="true" assign_to="{variable}"/>')
        for header, occurrence, variable in saves:
            self.variables.append(variable)
            actions.append(f'<ereg regexp=".*" search_in="hdr" header="{header}:" occurrence="{occurrence}" '
                           f'assign_to="{variable}"/>')
        inner = f"<action>{''.join(actions)}</action>" if actions else ""
        self.out.append(f"  <recv {attributes}>{inner}</recv>")

    def pause(self, milliseconds):
        self.out.append(f'  <pause milliseconds="{milliseconds}"/>')

    def linger(self, milliseconds):
        self.out.append(f'  <timewait milliseconds="{milliseconds}"/>')

    def xml(self):
        reference = f'  <Reference variables="{",".join(self.variables)}"/>\n' if self.variables else ""
        body = "\n".join(self.out)
        return (f'<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name={quoteattr(self.scenario.name)}>\n'
                f"{body}\n{reference}</scenario>\n")


def phone_xml(party, scenario, places):
    """A phone: mostly answers. Replies to what was not received last are made of saved headers."""
    writer = Writer(party, scenario, places)
    saved = methods_to_save(party.steps)
    tag = f";tag={party.name}[pid]x[call_number]"
    last, within = None, False
    contact = f"Contact: <sip:{party.name}@127.0.0.1:{party.port};transport={writer.transport.lower()}>"
    for step in party.steps:
        if step.verb == "recv":
            last = step.words[0]
            saves = []
            if last in saved:
                saves = [("Via", 1, f"{last}via1"), ("Via", 2, f"{last}via2"), ("From", 1, f"{last}from"),
                         ("To", 1, f"{last}to"), ("CSeq", 1, f"{last}cseq"), ("Record-Route", 1, f"{last}rr")]
            optional = ' optional="true"' if "optional" in step.words else ""
            routes = ' rrs="true"' if last == "INVITE" else ""
            within = within and "new" not in step.words
            writer.recv(f'request="{last}"{routes}{optional}', step.checks, saves)
        elif step.verb == "reply":
            code = int(step.words[0])
            method = step.words[step.words.index("for") + 1] if "for" in step.words else last
            status = f"SIP/2.0 {code} {REASONS.get(code, 'Whatever')}"
            own_tag = "" if within or code == 100 or method in ("BYE", "PRACK", "UPDATE", "INFO") else tag
            if method == last:
                lines = [status, "[last_Via:]", "[last_Record-Route:]", "[last_From:]", f"[last_To:]{own_tag}",
                         "[last_Call-ID:]", "[last_CSeq:]"]
            else:
                lines = [status, f"Via:[${method}via1]", f"Via:[${method}via2]", f"Record-Route:[${method}rr]",
                         f"From:[${method}from]", f"To:[${method}to]{own_tag}", "[last_Call-ID:]",
                         f"CSeq:[${method}cseq]"]
            if method == "INVITE" and 200 <= code < 300:
                within = True
            final = method == "INVITE" and code >= 200 and "once" not in step.words
            writer.send(lines + [contact] + step.headers, SDP if "sdp" in step.words else "", final, "sure" in step.words)
        elif step.verb == "send":
            method = step.words[0]
            writer.send([f"{method} [next_url] SIP/2.0",
                         f"Via: SIP/2.0/{writer.transport} 127.0.0.1:{party.port};branch=z9hG4bK-[pid]-[call_number]-p;rport",
                         "[routes]", f"From:[$INVITEto]{tag}", "To:[$INVITEfrom]", "[last_Call-ID:]",
                         f"CSeq: 1 {method}", "Max-Forwards: 70", contact] + step.headers)
        elif step.verb == "want":
            writer.recv(f'response="{step.words[0]}"', step.checks)
        elif step.verb == "pause":
            writer.pause(step.words[0])
        elif step.verb == "linger":
            writer.linger(step.words[0])
        else:
            raise Fault(f"{scenario.name}: a phone has no step {step.verb}")
    return writer.xml()


def methods_to_save(steps):
    saved, last = set(), None
    for step in steps:
        if step.verb == "recv":
            last = step.words[0]
        elif step.verb == "reply" and "for" in step.words:
            method = step.words[step.words.index("for") + 1]
            if method != last:
                saved.add(method)
        elif step.verb == "send":
            saved.add("INVITE")
    return saved


def caller_xml(party, scenario, places):
    writer = Writer(party, scenario, places)
    state = {"n": 0, "cseq": 0, "invite": None, "dialog": False, "final": 0, "labels": 0, "pending": 0}
    contact = f"Contact: <sip:{party.name}@127.0.0.1:{party.port};transport={writer.transport.lower()}>"
    user_from = f"From: <sip:{party.name}@{{domain}}>;tag={party.name}[pid]x[call_number]"

    def via(branch):
        return (f"Via: SIP/2.0/{writer.transport} 127.0.0.1:{party.port}"
                + (f";branch={branch}" if branch != "none" else "") + ";rport")

    def own_branch():
        state["n"] += 1
        return f"z9hG4bK-[pid]-[call_number]-{state['n']}"

    for step in party.steps:
        if step.verb == "send":
            method, user = step.words[0], step.words[1] if len(step.words) > 1 else ""
            known = ("sdp", "once", "new")
            user = "" if user in known else user
            flags = [w for w in step.words[1:] if w in known]
            if method == "CANCEL":
                uri, branch, cseq, target, extra = state["invite"]
                writer.send([f"CANCEL {uri} SIP/2.0", via(branch), user_from, f"To: <{target}>", "Call-ID: [call_id]",
                             f"CSeq: {cseq} CANCEL", "Max-Forwards: 70"]
                            + [h for h in extra if h.startswith("Route:")] + step.headers, "", "once" not in flags)
                continue
            dialog = state["dialog"] and "new" not in flags
            if user:
                state["target"] = f"sip:{user}@{{domain}}"
            target = state["target"]
            uri = step.options.get("uri") or ("[next_url]" if dialog else target)
            branch = step.options.get("branch") or own_branch()
            state["cseq"] = int(step.options.get("cseq", state["cseq"] + 1))
            if method == "INVITE":
                state["invite"] = (uri, branch, state["cseq"], target, step.headers)
            forwards = step.options.get("maxfwd", "70")
            own_route = any(h.startswith("Route:") for h in step.headers)
            writer.send([f"{method} {uri} SIP/2.0", via(branch), "[routes]" if dialog and not own_route else "",
                         user_from, f"To: <{target}>" + ("[peer_tag_param]" if dialog else ""), "Call-ID: [call_id]",
                         f"CSeq: {state['cseq']} {method}", contact,
                         f"Max-Forwards: {forwards}" if forwards != "none" else ""] + step.headers,
                        SDP if method == "INVITE" or "sdp" in flags else "", "once" not in flags)
        elif step.verb == "want":
            code = int(step.words[0])
            checks = list(step.checks)
            if "for" in step.words:
                checks.append(("CSeq", step.words[step.words.index("for") + 1], True))
            early = "dialog" in step.words
            answered = 200 <= code < 300 and state["invite"] and ("for" not in step.words or "INVITE" in step.words)
            routes = ' rrs="true"' if early or (answered and not state["dialog"]) else ""
            optional = ' optional="true"' if "optional" in step.words or "or" in step.words else ""
            optional += ' lost="0"' if "sure" in step.words else ""
            if "or" in step.words:
                state["labels"] += 1
                optional += f' next="{state["labels"]}"'
                state["pending"] = state["labels"]
            writer.recv(f'response="{code}"{routes}{optional}', checks)
            if state["pending"] and "or" not in step.words:
                writer.out.append(f'  <label id="{state["pending"]}"/>')
                state["pending"] = 0
            state["final"] = code if code >= 200 else state["final"]
            state["dialog"] = state["dialog"] or early or bool(answered)
        elif step.verb == "recv":
            writer.recv(f'request="{step.words[0]}"', step.checks)
        elif step.verb == "reply":
            writer.send([f"SIP/2.0 {step.words[0]} OK", "[last_Via:]", "[last_From:]", "[last_To:]", "[last_Call-ID:]",
                         "[last_CSeq:]"], "", False)
        elif step.verb == "ack":
            uri, branch, cseq, target, extra = state["invite"]
            if state["final"] < 300:
                lines = ["ACK [next_url] SIP/2.0", via(own_branch()), "[routes]"]
            else:
                lines = [f"ACK {uri} SIP/2.0", via(branch)] + [h for h in extra if h.startswith("Route:")]
            writer.send(lines + [user_from, f"To: <{target}>[peer_tag_param]", "Call-ID: [call_id]",
                                 f"CSeq: {step.options.get('cseq', cseq)} ACK", "Max-Forwards: 70"] + step.headers, "", False)
        elif step.verb == "pause":
            writer.pause(step.words[0])
        elif step.verb == "linger":
            writer.linger(step.words[0])
        else:
            raise Fault(f"{scenario.name}: a caller has no step {step.verb}")
    return writer.xml()
