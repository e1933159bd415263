//! Every key that a scenario may have: what the reader accepts, what its errors list, and the reference
//! in docs/testing.md, from one table.

/// One key.
#[derive(Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What may stand there.
    pub value: &'static str,
    /// What it does.
    pub about: &'static str,
}

/// The keys of one kind of table.
#[derive(Debug)]
pub struct Section {
    /// As errors name it.
    pub name: &'static str,
    /// Its heading in the reference.
    pub title: &'static str,
    /// What stands under the heading.
    pub about: &'static str,
    /// The keys.
    pub keys: &'static [Key],
}

macro_rules! keys {
    ($($name:literal: $value:literal, $about:literal;)*) => {
        &[$(Key { name: $name, value: $value, about: $about },)*]
    };
}

/// The top of a file.
pub static SCENARIO: Section = Section {
    name: "a scenario",
    title: "The top of the file",
    about: "What is there before the first message. All of it may be left out but the steps.",
    keys: keys! {
        "about": "text", "One line that says what is tested; it is printed where the scenario fails.";
        "start": "date and time, or seconds since 1970", "When the virtual clock starts; 2026-01-01T12:00:00Z without it.";
        "config": "table", "Changes to kemist.toml for this scenario, key by key: `config.modules.tm.fr_timer = 2000`.";
        "peers": "table of name = address", "Names for addresses, which `source`, `at` and texts (`{bob}`) then know.";
        "accounts": "table of user@domain = password", "The subscriber table.";
        "addresses": "table of group = list of CIDR[:PORT]", "The address table (trusted sources).";
        "location": "table of user@domain = contact or list of contacts", "Who is registered: a URI, or a table as below.";
        "htable": "table of table = table of key = value", "What the hash tables hold: `htable.ipban.\"192.0.2.66\" = 1`. The table must be declared in `modules.htable.table`.";
        "shv": "table of name = value", "Shared variables, `$shv(name)`.";
        "dns": "table of name = list of addresses", "Answers of the resolver, best first: `192.0.2.1`, or with what NAPTR and SRV would say `tcp:192.0.2.1:5070`. Names that are not here do not exist.";
        "sql": "", "Reserved: scripts have no SQL functions yet.";
        "http": "", "Reserved: scripts have no HTTP functions yet.";
        "step": "list of tables", "What happens, in order. Each step has one of the verbs below.";
        "finally": "table", "What must hold at the end: the keys of `check`.";
    },
};

/// One contact of `location`.
pub static BINDING: Section = Section {
    name: "a contact",
    title: "A contact of `location`",
    about: "Written as a table where the URI alone does not do.",
    keys: keys! {
        "contact": "URI", "The contact as it was registered.";
        "expires": "duration", "How long it is valid from the start; an hour without it.";
        "q": "text, \"0.5\"", "Its priority, \"0\" to \"1\".";
        "path": "text", "Path, as Route values.";
        "received": "URI", "Where the REGISTER really came from.";
        "bflags": "number", "Branch flags that were set at the registration (a bit mask).";
        "instance": "text", "`+sip.instance`.";
        "user_agent": "text", "User-Agent of the REGISTER.";
        "socket": "proto:ip:port", "Our socket that received it.";
    },
};

/// Verbs by which a step is known.
pub static VERBS: &[&Section] = &[
    &RECEIVE,
    &REPEAT,
    &REPLY,
    &REFUSE,
    &ADVANCE,
    &EXPECT,
    &EXPECT_NOTHING,
    &CHECK,
];

/// `receive`.
pub static RECEIVE: Section = Section {
    name: "receive",
    title: "`receive`: a request comes in",
    about: "Its value is a method, a method and a request URI (`\"INVITE sip:bob@localhost\"`), or a whole message of several \
        lines, which goes as it stands (line ends become CRLF, Content-Length is added where there is none). \
        What is not given is made up as a phone would: a request with the method of the one before that was \
        challenged repeats it; ACK, CANCEL and requests of a dialog take their headers from it.",
    keys: keys! {
        "receive": "METHOD, METHOD URI, or a message", "What comes in.";
        "call": "name", "Which call it belongs to, where a scenario has several; each has its own Call-ID and CSeq.";
        "by": "\"caller\" or \"callee\"", "Who sends it; requests of a dialog go the other way with `callee`.";
        "source": "address or peer", "Where it comes from: `192.0.2.10:5062`, `tcp:192.0.2.10:5062`. Without it: as before in this call, at first 192.0.2.10:5060 by UDP.";
        "uri": "URI", "The request URI; at first that of `to`, for REGISTER the domain of `from`.";
        "from": "URI or name-addr", "Who calls; needed once a call.";
        "to": "URI or name-addr", "Who is called; for REGISTER the same as `from`.";
        "from_tag": "text", "The tag of From.";
        "to_tag": "text, or false", "The tag of To; false for none.";
        "call_id": "text", "Call-ID.";
        "cseq": "number", "The number of CSeq.";
        "via_branch": "text", "The branch of Via.";
        "max_forwards": "number, or false", "70 without it; false for none.";
        "contact": "URI, name-addr, `*`, or false", "Contact; made up for methods that need one, false for none.";
        "authorize": "user:password, or a user of `accounts`", "Adds credentials for the last challenge of this call.";
        "headers": "table of name = text, list of texts, or false", "Further headers, or others in place of what is made up; false leaves one out.";
        "body": "text", "The body.";
        "content_type": "text", "Its type; application/sdp without it.";
    },
};

/// `repeat`.
pub static REPEAT: Section = Section {
    name: "repeat",
    title: "`repeat`: the last message that came in comes again",
    about: "A retransmission, byte for byte.",
    keys: keys! {
        "repeat": "true", "";
    },
};

/// `reply`.
pub static REPLY: Section = Section {
    name: "reply",
    title: "`reply`: somebody answers a request that was sent",
    about: "Its value is a status (`180`), a status and a reason (`\"486 Busy Here\"`), or a whole message. Via, From, To, Call-ID, CSeq and \
        Record-Route come from the request.",
    keys: keys! {
        "reply": "STATUS, STATUS REASON, or a message", "The reply.";
        "branch": "number", "Which branch of the last request: 1 is the first that was sent. Without it, the request that the last `expect` found, else the one sent last.";
        "method": "method", "\"CANCEL\" answers the CANCEL of that branch.";
        "source": "address or peer", "Where it comes from; where the request was sent without it.";
        "to_tag": "text, or false", "The tag of To; made up for each branch without it.";
        "contact": "URI, name-addr, or false", "Contact; made up for what makes a dialog.";
        "headers": "as of `receive`", "Further headers.";
        "body": "text", "The body.";
        "content_type": "text", "Its type; application/sdp without it.";
    },
};

/// `refuse`.
pub static REFUSE: Section = Section {
    name: "refuse",
    title: "`refuse`: a request cannot be delivered",
    about: "As a refused connection, or the ICMP answer to a datagram.",
    keys: keys! {
        "refuse": "true", "";
        "branch": "number", "As of `reply`.";
    },
};

/// `advance`.
pub static ADVANCE: Section = Section {
    name: "advance",
    title: "`advance`: time passes",
    about: "Every timer that is due goes off in order; nothing waits in real time.",
    keys: keys! {
        "advance": "duration", "How long: `\"5s\"`, `\"500ms\"`, `\"2m\"`.";
    },
};

/// `expect`.
pub static EXPECT: Section = Section {
    name: "expect",
    title: "`expect`: a message was sent",
    about: "Looks for a message that was sent since the last input (`receive`, `repeat`, `reply`, `refuse`, `advance`) and that no step \
        expected yet, whose status or method is this one; of several, the one that fits all the keys. Whatever is sent must be \
        expected, but for retransmissions, 100, and the ACK of a negative reply, which may be.",
    keys: keys! {
        "expect": "STATUS, METHOD, or METHOD URI", "The message.";
        "at": "address or peer", "Where it was sent: `192.0.2.20:5066`, `tcp:192.0.2.20:5066`.";
        "socket": "proto:ip:port", "The socket of ours that sent it.";
        "branch": "number", "Which branch of the last request it is.";
        "after": "duration", "How long after the last input it was sent.";
        "again": "true", "It is a retransmission.";
        "uri": "match", "The request URI.";
        "reason": "match", "The reason phrase.";
        "headers": "table of name = match", "Headers: `headers.Expires = 60`, `headers.Contact = { matches = \"alice\" }`, `headers.Route = false`.";
        "body": "match", "The body.";
        "changed": "list of header names", "Exactly these headers are not as they came in; `uri` and `body` count as names.";
        "save": "table of name = place", "Keeps a part of the message for later texts, `{name}`: `save.nonce = { header = \"WWW-Authenticate\", matches = 'nonce=\"([^\"]+)' }`.";
        "called": "as of `check`", "";
        "not_called": "as of `check`", "";
        "callbacks": "as of `check`", "";
        "log": "as of `check`", "";
        "not_log": "as of `check`", "";
        "fault": "as of `check`", "";
    },
};

/// `expect_nothing`.
pub static EXPECT_NOTHING: Section = Section {
    name: "expect_nothing",
    title: "`expect_nothing`: nothing was sent",
    about: "Since the last input, but for what needs no `expect` and what was expected.",
    keys: keys! {
        "expect_nothing": "true", "";
        "called": "as of `check`", "";
        "not_called": "as of `check`", "";
        "callbacks": "as of `check`", "";
        "log": "as of `check`", "";
        "not_log": "as of `check`", "";
        "fault": "as of `check`", "";
    },
};

/// `check`, and `finally`.
pub static CHECK: Section = Section {
    name: "check",
    title: "`check`: what the script did, and what is stored",
    about: "Its value says what is checked, for people. The keys about the script are about what happened since the last input.",
    keys: keys! {
        "check": "text", "What is checked.";
        "called": "list of functions", "These were called: `\"KSR.registrar.save\"`, or a table as below.";
        "not_called": "list of names", "These were not; `\"KSR.tm\"` stands for a whole module.";
        "callbacks": "list of names", "These callbacks ran, in this order, and no others but `ksr_reply_route` and `ksr_onsend_route`, which may be left out.";
        "log": "list of matches", "Each is found in some line of the script's or kemist's log; a plain text is a part of the line.";
        "not_log": "list of matches", "None is.";
        "fault": "match", "A callback failed (a script error, a trap, the time limit) and says this. A failure that no step expects fails the scenario.";
        "location": "table of user@domain = list of contacts", "Exactly these contacts are registered, in any order: matches; `[]` for none.";
        "htable": "table of table = table of key = match", "Items of hash tables; false: there is none.";
        "shv": "table of name = match", "Shared variables.";
        "sent": "number", "How many messages were sent since the last input, retransmissions and all.";
    },
};

/// A call, as `called` has it.
pub static CALLED: Section = Section {
    name: "called",
    title: "A function of `called`",
    about: "A name alone, or:",
    keys: keys! {
        "name": "text", "`KSR.module.function`.";
        "args": "list", "Its arguments: texts and numbers.";
        "returned": "number or match", "What it returned.";
        "times": "number", "How often; at least once without it.";
    },
};

/// A match.
pub static MATCH: Section = Section {
    name: "a match",
    title: "Matches",
    about: "A text must be equal. A number must be equal to what is there, read as one. `true`: it is there, whatever it is; `false`: it is not. \
        A list (headers only): the values in order, one a header. Or a table of these, which must all hold:",
    keys: keys! {
        "equals": "text", "Equal.";
        "contains": "text", "Contained.";
        "lacks": "text", "Not contained.";
        "matches": "regular expression", "Matched, somewhere in it.";
        "count": "number", "So many headers of the name.";
    },
};

/// A part of a message to keep.
pub static SAVE: Section = Section {
    name: "save",
    title: "A place of `save`",
    about: "A header's name alone stands for the first value of it. Or:",
    keys: keys! {
        "header": "name", "The first header of this name.";
        "part": "\"uri\", \"body\" or \"via_branch\"", "Or this part.";
        "matches": "regular expression", "Its first group, or all that it matches.";
    },
};

/// What texts may have in braces.
pub static VARIABLES: &[(&str, &str)] = &[
    ("NAME", "What `save.NAME` kept, or `ip:port` of the peer NAME."),
    ("proxy", "Our first listening address, `ip:port`."),
    ("now", "The virtual clock, in seconds since 1970."),
    ("received.PART", "Of the last message that came in."),
    ("request.PART", "Of the last request that `expect` found."),
    ("reply.PART", "Of the last reply that `expect` found."),
];

/// What PART may be.
pub static PARTS: &[(&str, &str)] = &[
    ("uri", "the request URI"),
    ("method", "the method"),
    ("status", "the status"),
    ("body", "the body"),
    ("call_id", "Call-ID"),
    ("cseq", "the number of CSeq"),
    ("from_tag", "the tag of From"),
    ("to_tag", "the tag of To"),
    ("via_branch", "the branch of the first Via"),
    ("contact", "the URI of the first Contact"),
    ("header.NAME", "the first header of the name"),
];

/// The reference, in Markdown.
pub fn reference() -> String {
    let mut out = String::new();
    let sections = [&SCENARIO, &BINDING].into_iter().chain(VERBS.iter().copied());
    for section in sections.chain([&CALLED, &MATCH, &SAVE]) {
        out += &format!(
            "### {}\n\n{}\n\n| key | value | |\n|---|---|---|\n",
            section.title, section.about
        );
        for key in section.keys {
            let value = key.value.replace('|', "\\|");
            out += &format!("| `{}` | {value} | {} |\n", key.name, key.about.replace('|', "\\|"));
        }
        out.push('\n');
    }
    out += "### Texts\n\nBraces stand for what is known only when the scenario runs; `{{` is a brace.\n\n| | |\n|---|---|\n";
    for (name, about) in VARIABLES {
        out += &format!("| `{{{name}}}` | {about} |\n");
    }
    out += "\nPART is one of:\n\n| | |\n|---|---|\n";
    for (name, about) in PARTS {
        out += &format!("| `{name}` | {about} |\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// What stands before the reference in docs/testing.md.
    const MARK: &str = " writes it -->\n";

    #[test]
    fn the_reference_is_in_the_documentation() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/testing.md");
        let text = std::fs::read_to_string(&file).unwrap();
        let (before, after) = text
            .split_once(MARK)
            .expect("the line that says where the reference comes from");
        let wanted = format!("\n{}", reference().trim_end().to_owned() + "\n");
        if std::env::var_os("KEMIST_WRITE_DOCS").is_some() {
            std::fs::write(&file, format!("{before}{MARK}{wanted}")).unwrap();
        } else {
            assert!(
                after == wanted,
                "docs/testing.md is behind; its own comment says what writes it"
            );
        }
    }

    #[test]
    fn every_section_has_its_verb_and_no_key_twice() {
        for section in VERBS {
            assert_eq!(section.keys[0].name, section.name);
        }
        let sections = [&SCENARIO, &BINDING, &CALLED, &MATCH, &SAVE];
        for section in sections.into_iter().chain(VERBS.iter().copied()) {
            let mut names: Vec<_> = section.keys.iter().map(|key| key.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), section.keys.len(), "{}", section.name);
        }
    }
}
