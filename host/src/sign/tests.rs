use super::keys::{PrivateKey, PublicKey};
use super::sections::{SIGNATURE, section};
use super::*;

fn key() -> PrivateKey {
    PrivateKey::generate().unwrap()
}

fn trust(keys: &[&PublicKey]) -> Trust {
    Trust::try_from(keys.iter().map(|key| key.text()).collect::<Vec<_>>()).unwrap()
}

/// A component with sections of several kinds, a component and a module inside.
fn module() -> Vec<u8> {
    let mut component = wat::parse_str(
        r#"(component
            (core module $m (memory 1) (func (export "run")) (@custom "kemist:signature" "inside"))
            (core instance $i (instantiate $m))
            (component))"#,
    )
    .unwrap();
    component.extend(section("kemist:source", b"some text"));
    component
}

fn signed(key: &PrivateKey, grants: &str) -> Vec<u8> {
    sign(&module(), key, Some(&grants.parse().unwrap())).unwrap().component
}

/// Why it is refused.
fn refused(bytes: &[u8], trust: &Trust) -> String {
    let error = check(bytes, Some(trust)).unwrap_err();
    assert!(!error.contains('\n'), "{error}");
    error
}

/// The last section, which is a signature.
fn cut_signature(bytes: &[u8]) -> (&[u8], &[u8]) {
    bytes.split_at(bytes.len() - section(SIGNATURE, &[0; 97]).len())
}

#[test]
fn a_signed_module_names_its_signer() {
    let alice = key();
    let trust = trust(&[&key().public(), &alice.public_named("alice")]);
    let module = signed(&alice, "sl,tm");
    let signer = check(&module, Some(&trust)).unwrap().unwrap();
    assert_eq!(
        (signer.name(), signer.fingerprint()),
        (Some("alice"), alice.public().fingerprint())
    );
    assert_eq!(check(&module, None), Ok(None));
    assert_eq!(check(b"anything", None), Ok(None));
    let seals = read(&module).unwrap();
    assert_eq!(seals.grants, Some("tm,sl".parse().unwrap()));
    assert!(seals.signatures[0].valid && seals.signatures[0].key == alice.public());
    // what was built is still a component, and signing it twice changes nothing
    wasmparser::Parser::new(0)
        .parse_all(&module)
        .for_each(|part| drop(part.unwrap()));
    assert_eq!(sign(&module, &alice, None).unwrap().component, module);
}

#[test]
fn unsigned_and_strange_signers_are_refused_by_name() {
    let (alice, mallory) = (key(), key());
    let trust = trust(&[&alice.public_named("alice")]);
    let error = refused(&module(), &trust);
    assert!(
        error.starts_with("it is not signed") && error.contains("alice (key "),
        "{error}"
    );
    let error = refused(&signed(&mallory, ""), &trust);
    assert!(
        error.contains(&mallory.public().fingerprint()) && error.contains("alice (key "),
        "{error}"
    );
    // a name is what the list says, never what a module does
    let error = refused(&signed(&mallory, ""), &self::trust(&[&alice.public(), &key().public()]));
    assert!(
        error.contains(&format!("key {} or key ", alice.public().fingerprint())),
        "{error}"
    );
    // her signature over another module
    let other = sign(
        &{
            let mut m = module();
            m.extend(section("x", b"y"));
            m
        },
        &alice,
        None,
    )
    .unwrap()
    .component;
    let (_, signature) = cut_signature(&other);
    let error = refused(&[&module(), signature].concat(), &trust);
    assert!(error.contains("by alice (key ") && error.contains("altered"), "{error}");
    for bytes in [&b""[..], b"\0asm", b"\0asm\x01\0\0\0", b"#!/bin/sh\n"] {
        assert!(refused(bytes, &trust).starts_with(if bytes.len() == 8 { "a core module" } else { "not a" }));
    }
}

#[test]
fn no_byte_can_be_altered() {
    let alice = key();
    let trust = trust(&[&alice.public()]);
    let bob = key();
    let whole = sign(&signed(&alice, "sl,htable:shared_*"), &bob, None)
        .unwrap()
        .component;
    assert!(check(&whole, Some(&trust)).is_ok());
    for place in 0..whole.len() {
        for bit in 0..8 {
            let mut altered = whole.clone();
            altered[place] ^= 1 << bit;
            assert!(check(&altered, Some(&trust)).is_err(), "bit {bit} of byte {place}");
        }
        let (before, after) = whole.split_at(place);
        assert!(
            check(&[before, &after[1..]].concat(), Some(&trust)).is_err(),
            "without byte {place}"
        );
        assert!(
            check(&[before, &[0], after].concat(), Some(&trust)).is_err(),
            "one more at {place}"
        );
    }
    let alone = signed(&alice, "");
    for length in 0..alone.len() {
        assert!(
            check(&alone[..length], Some(&trust)).is_err(),
            "{length} bytes of {}",
            alone.len()
        );
    }
    let error = refused(&alone[..alone.len() - 1], &trust);
    assert!(error.contains("cut short"), "{error}");
}

#[test]
fn sections_cannot_be_moved_added_or_taken() {
    let alice = key();
    let trust = trust(&[&alice.public()]);
    let whole = signed(&alice, "sl");
    let (content, signature) = cut_signature(&whole);
    let grants = section("kemist:grants", b"sl\n");
    let wider = section("kemist:grants", b"sl\ntm\n");
    let (plain, last) = content.split_at(content.len() - grants.len());
    assert_eq!(last, grants);
    let source = section("kemist:source", b"some text");
    let (start, _) = plain.split_at(plain.len() - source.len());
    for (what, parts) in [
        (
            "the section of grants before another",
            [start, &grants, &source, signature],
        ),
        ("no grants", [plain, &[], &[], signature]),
        ("other grants", [plain, &wider, &[], signature]),
        ("grants twice", [content, &grants, &[], signature]),
        ("more grants twice", [content, &wider, &[], signature]),
        ("grants after it", [content, signature, &wider, &[]]),
        ("a section after it", [content, signature, &source, &[]]),
        (
            "an empty section after it",
            [content, signature, &section("", b""), &[]],
        ),
        ("the signature first", [&content[..8], signature, &content[8..], &[]]),
        ("twice the signature", [content, signature, signature, &[]]),
        ("another component after it", [content, signature, content, signature]),
        ("bytes after it", [content, signature, &[0, 0], &[]]),
        ("a zero after it", [content, signature, &[0], &[]]),
    ] {
        assert!(check(&parts.concat(), Some(&trust)).is_err(), "{what}");
    }
    // inside of a component a signature is content, and no signature
    let inside = |component: &[u8]| {
        let mut outer = b"\0asm\x0d\0\x01\0".to_vec();
        outer.push(4);
        outer.extend([0x80 | (component.len() & 0x7f) as u8, (component.len() >> 7) as u8]);
        [&outer, component].concat()
    };
    let error = refused(&inside(&whole), &trust);
    assert!(error.starts_with("it is not signed"), "{error}");
    let around = sign(&inside(&whole), &alice, None).unwrap().component;
    assert!(check(&around, Some(&trust)).is_ok());
    assert_eq!(read(&around).unwrap().grants, None);
}

#[test]
fn signatures_have_one_form() {
    let alice = key();
    let trust = trust(&[&alice.public()]);
    let whole = signed(&alice, "");
    let (content, signature) = cut_signature(&whole);
    let data = &signature[signature.len() - 97..];
    let mut weak = data.to_vec();
    weak[1..33].fill(0);
    weak[1] = 1;
    let mut version = data.to_vec();
    version[0] = 2;
    // the same scalar, one order of the group further: verifiers that do not look take it
    let mut larger = data.to_vec();
    let order = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut carry = 0;
    for (byte, more) in larger[65..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(more as u8) + carry;
        (*byte, carry) = (sum as u8, sum >> 8);
    }
    for (data, what) in [
        (&data[..0], "is empty"),
        (&data[..96], "has 96 bytes"),
        (&[data, &[0]].concat(), "has 98 bytes"),
        (&weak, "weak"),
        (&version, "version 2"),
        (&larger, "altered"),
    ] {
        let error = refused(&[content, &section(SIGNATURE, data)].concat(), &trust);
        assert!(error.contains(what), "{what}: {error}");
    }
    // the section's size in more bytes than it needs
    assert_eq!(signature[1], 114);
    let error = refused(&[content, &[0, 0x80 | 114, 0], &signature[2..]].concat(), &trust);
    assert!(error.contains("not written as it should be"), "{error}");
    assert_eq!(content.len() + signature.len(), whole.len());
}

#[test]
fn several_may_sign() {
    let (alice, bob, carol) = (key(), key(), key());
    let first = signed(&alice, "sl");
    let both = sign(&first, &bob, None).unwrap();
    assert!(both.dropped.is_empty());
    let both = both.component;
    for (trusted, expected) in [(&alice, true), (&bob, true), (&carol, false)] {
        assert_eq!(check(&both, Some(&trust(&[&trusted.public()]))).is_ok(), expected);
    }
    // bob's alone
    let (content, signature) = cut_signature(&first);
    let alone = both.replacen(signature, content.len());
    assert!(check(&alone, Some(&trust(&[&bob.public()]))).is_ok());
    // one of them is not of this module: somebody altered something
    let (content, _) = cut_signature(&first);
    let strange = sign(&module(), &carol, None).unwrap().component;
    let mixed = [&both[..], cut_signature(&strange).1].concat();
    assert_eq!(content, &both[..content.len()]);
    let error = refused(&mixed, &trust(&[&alice.public()]));
    assert!(
        error.contains(&carol.public().fingerprint()) && error.contains("altered"),
        "{error}"
    );
    // nobody signs over what was altered
    assert!(sign(&mixed, &alice, None).unwrap_err().contains("altered"));
    // other grants: what bob signed is no more
    let renewed = sign(&both, &alice, Some(&"sl,tm".parse().unwrap())).unwrap();
    assert_eq!(renewed.dropped, [bob.public()]);
    assert!(check(&renewed.component, Some(&trust(&[&alice.public()]))).is_ok());
    assert!(refused(&renewed.component, &trust(&[&bob.public()])).contains("signed by key "));
    // the same grants, or none said: nothing is dropped
    let same = sign(&both, &alice, Some(&"sl".parse().unwrap())).unwrap();
    assert_eq!(same.component, both);
    // no grants at all
    let none = sign(&both, &bob, Some(&Grants::default())).unwrap().component;
    assert_eq!(read(&none).unwrap().grants, None);
    assert_eq!(none, sign(&module(), &bob, None).unwrap().component);
}

#[test]
fn there_is_a_most_of_signatures() {
    let mut component = module();
    for _ in 0..sections::MAX_SIGNATURES {
        component = sign(&component, &key(), None).unwrap().component;
    }
    assert!(sign(&component, &key(), None).unwrap_err().contains("more than 16"));
    let last = key();
    let more = [
        &component[..],
        cut_signature(&sign(&module(), &last, None).unwrap().component).1,
    ]
    .concat();
    assert!(refused(&more, &trust(&[&last.public()])).contains("more than 16"));
}

#[test]
fn lists_of_keys() {
    let folder = tempfile::tempdir().unwrap();
    let (alice, bob) = (key(), key());
    let team = folder.path().join("team.pub");
    std::fs::write(&team, format!("{}\n", bob.public().text())).unwrap();
    let list = vec![alice.public_named("alice").text(), "team.pub".into()];
    let mut trust = Trust::try_from(list).unwrap();
    trust.resolve(folder.path());
    let keys = trust.keys().unwrap();
    assert_eq!(keys, [alice.public(), bob.public()]);
    assert_eq!((keys[0].name(), keys[1].name()), (Some("alice"), Some("team")));
    let module = signed(&bob, "");
    assert!(check(&module, Some(&trust)).is_ok());
    // a key is withdrawn while the proxy runs
    let carol = key();
    std::fs::write(&team, carol.public().text()).unwrap();
    assert!(refused(&module, &trust).contains(&bob.public().fingerprint()));
    assert!(check(&signed(&carol, ""), Some(&trust)).is_ok());
    std::fs::remove_file(&team).unwrap();
    let error = refused(&module, &trust);
    assert!(
        error.contains("team.pub") && error.contains("[routing] trust"),
        "{error}"
    );
    for (list, what) in [
        (vec![], "lists no key"),
        (vec![String::new()], "empty text"),
        (vec!["ed25519:abc".to_owned()], "base64"),
    ] {
        let error = Trust::try_from(list).unwrap_err();
        assert!(error.contains(what), "{error}");
    }
}

trait Replacen {
    fn replacen(&self, part: &[u8], at: usize) -> Vec<u8>;
}

impl Replacen for Vec<u8> {
    /// Without the part that stands there.
    fn replacen(&self, part: &[u8], at: usize) -> Vec<u8> {
        [&self[..at], &self[at + part.len()..]].concat()
    }
}
