use super::*;

#[test]
fn places_are_found_in_stacks() {
    assert_eq!(place("    at f (route.js:3:7)"), Some(("route.js", 3, 7)));
    assert_eq!(place("    at lib/a.js:12:1"), Some(("lib/a.js", 12, 1)));
    assert_eq!(place("    at log (kemist:3:7)"), None);
    assert_eq!(place("    at native"), None);
    assert_eq!(place("at ("), None);
}
