//! The basic script in each language routes alike: one conversation, the same text from the proxy.

use crate::support::component::component;
use crate::support::proxy::Setup;
use crate::support::transcript::Conversation;

fn transcript(source: &str) -> String {
    let proxy = Setup::new(component(source))
        .routing("deadline = \"1s\"")
        .account("alice", "wonderland")
        .account("bob", "builder")
        .start();
    Conversation::hold(&proxy)
}

/// Fails at the first line that differs, with what came before it.
fn assert_same(language: &str, expected: &str, found: &str) {
    for (number, (one, other)) in expected.lines().zip(found.lines()).enumerate() {
        let before: Vec<_> = expected.lines().take(number).collect();
        let from = before.len().saturating_sub(20);
        assert_eq!(
            one,
            other,
            "{language}, line {}, after:\n{}",
            number + 1,
            before[from..].join("\n")
        );
    }
    assert_eq!(
        expected.lines().count(),
        found.lines().count(),
        "{language}: one says more"
    );
}

#[test]
fn conversation_is_the_same_in_every_language() {
    let rust = transcript("examples/basic/rust");
    assert_same("rust, again", &rust, &transcript("examples/basic/rust"));
    let assemblyscript = transcript("examples/basic/assemblyscript");
    assert_same("assemblyscript", &rust, &assemblyscript);
    assert_same("javascript", &rust, &transcript(crate::javascript::SOURCE));
}
