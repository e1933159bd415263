//! `ul.*`: registrations.

use super::{Native, TENANT, lossy, owner, table};
use crate::admin::chunks::Chunks;
use crate::admin::method::{Kind, Param};
use crate::admin::{Call, Failure};
use crate::route::Shared;
use crate::store::{Binding, OPERATOR, TenantId, unix_now};
use bytes::Bytes;
use kemist_sip::message::uri::Uri;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Contacts of one address of record: no script is to walk through more.
const MOST_CONTACTS: usize = 1000;

/// The end of the year 9999, as which the database can write "for ever".
const FOR_EVER: u64 = 253_402_300_799;

const TABLE: Param = Param::new("table", Kind::Text, "`location`");
const AOR: Param = Param::new(
    "aor",
    Kind::Text,
    "the user; user@domain where `use_domain` is set, and of a tenant",
);
const CONTACT: Param = Param::new("contact", Kind::Text, "the contact's URI, as it was registered");

pub(super) static METHODS: &[Native] = table! {
    Value "ul.lookup"(TABLE, AOR, TENANT) => lookup:
        "The contacts of an address of record.", "`AoR`, `Contacts`: as in ul.dump",
        "error 500 where there are none, 404 here";
    Value "ul.rm"(TABLE, AOR, TENANT) => remove:
        "Removes an address of record.", "an empty object", "no error where there was none, 404 here";
    Value "ul.rm_contact"(TABLE, AOR, CONTACT, TENANT) => remove_contact:
        "Removes one contact of an address of record.", "an empty object";
    Value "ul.add"(
        TABLE,
        AOR,
        CONTACT,
        Param::new("expires", Kind::Int, "seconds, 0 for ever"),
        Param::new("q", Kind::Number, "its priority from 0 to 1, -1 for none"),
        Param::new("path", Kind::Text, "Path (RFC 3327), `0` or empty for none"),
        Param::new("flags", Kind::Int, "its flags"),
        Param::new("cflags", Kind::Int, "branch flags"),
        Param::new("methods", Kind::Int, "a bit mask of what it allows, 4294967295 for all"),
        Param::new("received", Kind::Text, "where the contact really is, for one behind NAT").optional(),
        Param::new("socket", Kind::Text, "our socket towards it, `udp:192.0.2.1:5060`").optional(),
        TENANT
    ) => add: "Adds a contact, or changes it.", "an empty object", "`received` and `socket` are not there";
    Value "ul.flush"() => flush: "Writes what changed to the database.", "an empty object";
    Value "ul.db_users"(TABLE) => db_users: "Addresses of record in the database that have a contact.", "a number";
    Value "ul.db_contacts"(TABLE) => db_contacts: "Contacts in the database that have not expired.", "a number";
    Value "ul.db_expired_contacts"(TABLE) => db_expired: "Contacts in the database that have.", "a number";
};

pub(super) static LARGE: &[Native] = table! {
    Large "ul.dump"(Param::new("brief", Kind::Text, "`brief` for the addresses of record alone").optional(), TENANT) => dump:
        "All registrations.",
        "`Domains`: a list of `Domain` with `Domain`, `AoRs`, `Stats` (`Records`). An entry of `AoRs` is `Info` with `AoR` and `Contacts`, a list of `Contact`; brief: `AoR`",
        "sizes of its hash table, `HashID`, `State` and keepalives besides";
};

async fn dump(shared: Arc<Shared>, call: Call) -> Result<Chunks, Failure> {
    let brief = match call.text(0) {
        "brief" => true,
        // the table may be named, as for the others
        "" | "location" => false,
        _ => {
            return Err(Failure::new(
                -32602,
                "ul.dump: parameter `brief` must be brief, or be left out",
            ));
        }
    };
    let tenant = owner(&shared, &call, 1)?;
    Chunks::make(move |out| {
        let records = shared.store.location.snapshot(tenant);
        let now = unix_now();
        out.write(r#"{"Domains":[{"Domain":{"Domain":"location","AoRs":["#)?;
        let mut count = 0;
        for (aor, bindings) in records {
            if count > 0 {
                out.write(",")?;
            }
            count += 1;
            match brief {
                true => out.write(json!({"AoR": lossy(&aor)}))?,
                false => out.write(json!({"Info": record(&aor, &bindings, now)}))?,
            }
        }
        out.write(format_args!(r#"],"Stats":{{"Records":{count}}}}}}}]}}"#))
    })
}

async fn lookup(shared: Arc<Shared>, call: Call) -> Result<Value, Failure> {
    let tenant = owner(&shared, &call, 2)?;
    let (aor, now) = (named(&shared, tenant, &call)?, unix_now());
    match shared.store.location.bindings(tenant, &aor, now) {
        none if none.is_empty() => Err(Failure::new(404, "AOR not found in location table")),
        found => Ok(record(&aor, &found, now)),
    }
}

async fn remove(shared: Arc<Shared>, call: Call) -> Result<Value, Failure> {
    let tenant = owner(&shared, &call, 2)?;
    match shared.store.location.remove(tenant, &named(&shared, tenant, &call)?) {
        true => Ok(json!({})),
        false => Err(Failure::new(404, "AOR not found")),
    }
}

async fn remove_contact(shared: Arc<Shared>, call: Call) -> Result<Value, Failure> {
    let location = &shared.store.location;
    let tenant = owner(&shared, &call, 3)?;
    let (aor, contact) = (named(&shared, tenant, &call)?, call.text(2).as_bytes());
    let (before, gone) = location.update(tenant, &aor, unix_now(), |bindings| {
        let before = bindings.len();
        bindings.retain(|b| b.contact != contact);
        (before, before - bindings.len())
    });
    match (before, gone) {
        (0, _) => Err(Failure::new(404, "AOR not found")),
        (_, 0) => Err(Failure::new(404, "Contact not found")),
        _ => Ok(json!({})),
    }
}

async fn add(shared: Arc<Shared>, call: Call) -> Result<Value, Failure> {
    static COUNTER: AtomicU64 = AtomicU64::new(1);
    let wrong = |name: &str, what: &str| Failure::new(-32602, format!("ul.add: parameter `{name}` must be {what}"));
    let location = &shared.store.location;
    let tenant = owner(&shared, &call, 11)?;
    let (aor, now) = (named(&shared, tenant, &call)?, unix_now());
    let contact = call.text(2);
    // it is written into messages
    if Uri::parse(contact.as_bytes()).is_err() || contact.contains(|c: char| c.is_control() || "<> ".contains(c)) {
        return Err(wrong("contact", "a URI"));
    }
    let mask = |place: usize, name: &str| {
        let number = call.int(place).and_then(|number| u32::try_from(number).ok());
        number.ok_or_else(|| wrong(name, "from 0 to 4294967295"))
    };
    let optional = |place: usize, name: &str| match call.text(place) {
        "" | "0" => Ok(None),
        text if text.contains(char::is_control) => Err(wrong(name, "one line")),
        text => Ok(Some(Bytes::copy_from_slice(text.as_bytes()))),
    };
    let lives = call.int(3).and_then(|seconds| u64::try_from(seconds).ok());
    let lives = lives.ok_or_else(|| wrong("expires", "0 or more seconds"))?;
    let q = call.params[4].as_f64().unwrap_or(-1.0);
    if q != -1.0 && !(0.0..=1.0).contains(&q) {
        return Err(wrong("q", "from 0 to 1, or -1"));
    }
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let binding = Binding {
        contact: Bytes::copy_from_slice(contact.as_bytes()),
        expires: if lives == 0 {
            FOR_EVER
        } else {
            now.saturating_add(lives).min(FOR_EVER)
        },
        q: if q < 0.0 { -1 } else { (q * 1000.0).round() as i16 },
        path: optional(5, "path")?,
        flags: mask(6, "flags")?,
        cflags: mask(7, "cflags")?,
        methods: mask(8, "methods")?,
        received: optional(9, "received")?,
        socket: optional(10, "socket")?,
        call_id: Bytes::from_static(b"ul.add@kemist"),
        cseq: 1,
        user_agent: Bytes::from_static(b"kemist rpc"),
        ruid: Bytes::from(format!("ulcx-{:x}-{number:x}", shared.started)),
        last_modified: now,
        ..Binding::default()
    };
    let taken = location.update(tenant, &aor, now, |bindings| {
        let full = bindings.len() >= MOST_CONTACTS;
        match bindings.iter_mut().find(|b| b.contact == contact.as_bytes()) {
            Some(old) => {
                let (ruid, cseq) = (old.ruid.clone(), old.cseq.saturating_add(1));
                *old = Arc::new(Binding { ruid, cseq, ..binding });
            }
            None if full => return false,
            None => bindings.push(Arc::new(binding)),
        }
        true
    });
    match taken {
        true => Ok(json!({})),
        false => Err(Failure::new(
            500,
            format!("it has {MOST_CONTACTS} contacts already; remove some"),
        )),
    }
}

async fn flush(shared: Arc<Shared>, _: Call) -> Result<Value, Failure> {
    shared.store.flush().await?;
    Ok(json!({}))
}

async fn db_users(shared: Arc<Shared>, call: Call) -> Result<Value, Failure> {
    Ok(json!(counts(&shared, &call).await?.users))
}

async fn db_contacts(shared: Arc<Shared>, call: Call) -> Result<Value, Failure> {
    Ok(json!(counts(&shared, &call).await?.contacts))
}

async fn db_expired(shared: Arc<Shared>, call: Call) -> Result<Value, Failure> {
    Ok(json!(counts(&shared, &call).await?.expired))
}

async fn counts(shared: &Shared, call: &Call) -> Result<crate::store::database::LocationCounts, Failure> {
    check_table(call)?;
    if !shared.store.location.is_persistent() {
        return Err(Failure::new(
            500,
            "registrations are not in the database: [modules.usrloc] db_mode is 0",
        ));
    }
    Ok(shared.store.database.count_location().await?)
}

/// The address of record that a call names, as the table has it.
fn named(shared: &Shared, tenant: TenantId, call: &Call) -> Result<Vec<u8>, Failure> {
    check_table(call)?;
    let with_domain = tenant != OPERATOR || shared.store.location.use_domain();
    let given = call.text(1);
    let given = given.strip_prefix("sip:").unwrap_or(given);
    match given.split_once('@') {
        Some((_, domain)) if tenant != OPERATOR && shared.store.owners.of(domain.as_bytes()) != tenant => {
            Err(Failure::new(400, format!("{domain} is no domain of this tenant's")))
        }
        Some((user, domain)) if with_domain => Ok(format!("{user}@{}", domain.to_ascii_lowercase()).into()),
        Some((user, _)) => Ok(user.into()),
        None if tenant != OPERATOR => Err(Failure::new(-32602, "parameter `aor` must be user@domain for a tenant")),
        None if with_domain => Err(Failure::new(
            -32602,
            "parameter `aor` must be user@domain: use_domain is set",
        )),
        None if given.is_empty() => Err(Failure::new(-32602, "parameter `aor` is empty")),
        None => Ok(given.into()),
    }
}

fn check_table(call: &Call) -> Result<(), Failure> {
    match call.text(0) {
        "location" => Ok(()),
        _ => Err(Failure::new(404, "Domain table not found; it is `location`")),
    }
}

fn record(aor: &[u8], bindings: &[Arc<Binding>], now: u64) -> Value {
    let contacts: Vec<_> = bindings.iter().map(|b| json!({"Contact": contact(b, now)})).collect();
    json!({"AoR": lossy(aor), "Contacts": contacts})
}

fn contact(b: &Binding, now: u64) -> Value {
    let optional = |bytes: &Option<Bytes>| bytes.as_deref().map_or("[not set]".to_owned(), lossy);
    json!({
        "Address": lossy(&b.contact),
        "Expires": b.expires.saturating_sub(now),
        "Q": f64::from(b.q) / if b.q < 0 { 1.0 } else { 1000.0 },
        "Call-ID": lossy(&b.call_id),
        "CSeq": b.cseq,
        "User-Agent": lossy(&b.user_agent),
        "Received": optional(&b.received),
        "Path": optional(&b.path),
        "Flags": b.flags,
        "CFlags": b.cflags,
        "Socket": optional(&b.socket),
        "Methods": b.methods,
        "Ruid": lossy(&b.ruid),
        "Instance": optional(&b.instance),
        "Reg-Id": b.reg_id,
        "Tcpconn-Id": b.connection.map_or(json!(-1), |id| json!(id.0)),
        "Last-Modified": b.last_modified,
    })
}
