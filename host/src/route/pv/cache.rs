//! Parsed texts of this thread, kept by their text.
//!
//! Scripts use few texts, each very often; one that builds an address into a text makes one per
//! address. So the number kept is bounded, for each tenant, and where it is full an entry not used lately goes.

use super::spec::{ParseError, Spec, Text};
use crate::route::regexes;
use crate::route::shelves::Shelves;
use crate::route::text::from_guest;
use crate::store::{Fold, OPERATOR, TenantId};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// Entries kept a thread (Kamailio's `pv_cache_limit`).
const ENTRIES: usize = 2048;
/// The same of each tenant.
const TENANT_ENTRIES: usize = 256;
/// Tenants of which entries are kept.
const TENANTS: usize = 256;
/// Texts longer than this are parsed every time.
const LONGEST: usize = 512;

thread_local! {
    static SPECS: Kept<Spec> = shelves();
    static TEXTS: Kept<Text> = shelves();
}

type Kept<T> = RefCell<Shelves<Cache<T>>>;

fn shelves<T>() -> Kept<T> {
    RefCell::new(Shelves::new(
        Cache::new(ENTRIES),
        || Cache::new(TENANT_ENTRIES),
        TENANTS,
    ))
}

/// The variable that a text names.
pub fn spec(tenant: TenantId, text: &str) -> Result<Rc<Spec>, ParseError> {
    SPECS.with(|cache| cached(cache, tenant, text, Spec::parse))
}

/// A text with embedded variables.
pub fn text(tenant: TenantId, text: &str) -> Result<Rc<Text>, ParseError> {
    TEXTS.with(|cache| cached(cache, tenant, text, Text::parse))
}

fn cached<T>(
    cache: &Kept<T>,
    tenant: TenantId,
    text: &str,
    parse: impl FnOnce(&[u8]) -> Result<T, ParseError>,
) -> Result<Rc<T>, ParseError> {
    if let Some(hit) = cache.borrow_mut().of(tenant).get(text) {
        return Ok(hit);
    }
    let (parsed, expressions) = regexes::on_behalf(tenant, || parse(&from_guest(text)));
    let parsed = Rc::new(parsed?);
    // an expression is large, and a tenant's are bounded where they are kept themselves
    if text.len() <= LONGEST && (tenant == OPERATOR || !expressions) {
        cache.borrow_mut().of(tenant).put(text, parsed.clone());
    }
    Ok(parsed)
}

/// A bounded map; what goes is chosen by second chance (a clock hand over the entries).
struct Cache<T> {
    places: HashMap<Box<str>, usize, Fold>,
    entries: Vec<Entry<T>>,
    hand: usize,
    limit: usize,
}

struct Entry<T> {
    text: Box<str>,
    parsed: Rc<T>,
    used: bool,
}

impl<T> Cache<T> {
    fn new(limit: usize) -> Cache<T> {
        Cache {
            places: HashMap::default(),
            entries: Vec::new(),
            hand: 0,
            limit,
        }
    }

    fn get(&mut self, text: &str) -> Option<Rc<T>> {
        let entry = self.entries.get_mut(*self.places.get(text)?)?;
        entry.used = true;
        Some(entry.parsed.clone())
    }

    fn put(&mut self, text: &str, parsed: Rc<T>) {
        let entry = Entry {
            text: text.into(),
            parsed,
            used: false,
        };
        let place = if self.entries.len() < self.limit {
            self.entries.push(entry);
            self.entries.len() - 1
        } else {
            let place = self.least_used();
            self.places.remove(&*self.entries[place].text);
            self.entries[place] = entry;
            place
        };
        self.places.insert(text.into(), place);
    }

    /// Ends: each step clears a mark, so that the second round finds one clear at the latest.
    fn least_used(&mut self) -> usize {
        loop {
            let place = self.hand;
            self.hand = (self.hand + 1) % self.entries.len();
            if !std::mem::take(&mut self.entries[place].used) {
                return place;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_stays_bounded_and_keeps_what_is_used() {
        let mut cache = Cache::new(4);
        for n in 0..100 {
            cache.put(&format!("$var(x{n})"), Rc::new(n));
            if cache.get("$ru").is_none() {
                assert_eq!(n, 0, "what is used at every turn is never put out");
                cache.put("$ru", Rc::new(-1));
                assert!(cache.get("$ru").is_some());
            }
            assert!(cache.entries.len() <= 4);
        }
        assert!(cache.places.len() <= 4);
    }

    #[test]
    fn one_text_is_parsed_once() {
        let first = spec(OPERATOR, "$hdr(X-Once)").unwrap();
        let second = spec(OPERATOR, "$hdr(X-Once)").unwrap();
        assert!(Rc::ptr_eq(&first, &second));
        assert!(spec(OPERATOR, "$nonesuch").is_err());
    }

    #[test]
    fn a_flood_of_one_tenant_drives_out_nobody_else_s() {
        let name = "$hdr(X-Kept)";
        let [operator, flooder, other] = [OPERATOR, 1, 2].map(|tenant| spec(tenant, name).unwrap());
        for n in 0..3 * ENTRIES {
            spec(1, &format!("$var(x{n})")).unwrap();
        }
        assert!(Rc::ptr_eq(&operator, &spec(OPERATOR, name).unwrap()));
        assert!(Rc::ptr_eq(&other, &spec(2, name).unwrap()));
        assert!(!Rc::ptr_eq(&flooder, &spec(1, name).unwrap()));
        SPECS.with(|cache| assert!(cache.borrow_mut().of(1).entries.len() <= TENANT_ENTRIES));
        let large = "$(ru{re.subst,/a/b/})";
        assert!(!Rc::ptr_eq(&spec(1, large).unwrap(), &spec(1, large).unwrap()));
    }
}
