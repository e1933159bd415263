//! The engine of routing scripts in JavaScript.
//!
//! `kemist build` runs it twice. First as a core module, outside of any host: [`kemist_start`] makes QuickJS and the
//! object KSR for a table of functions, [`kemist_load`] evaluates the script, and a snapshot of the memory is the
//! routing module. Then as that module, in the proxy: `callbacks` and `run`.

mod errors;
mod files;
mod host;
mod ksr;
mod script;
mod state;

use host::{FunctionInfo, Kind};
use script::{Loaded, Script};
use std::cell::RefCell;

mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "dynamic-routing",
    });
}

thread_local! {
    static SCRIPT: RefCell<Option<Script>> = const { RefCell::new(None) };
    static REPLY: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct Component;

impl bindings::Guest for Component {
    fn callbacks() -> Vec<String> {
        SCRIPT.with_borrow(|script| script.as_ref().map(Script::callbacks).unwrap_or_default())
    }

    fn run(callback: u32, event: String) -> Result<(), String> {
        SCRIPT.with_borrow_mut(|script| match script {
            Some(script) => script.run(callback, &event),
            None => Err("this is the engine alone: `kemist build` joins it with a script".to_owned()),
        })
    }
}

bindings::export!(Component with_types_in bindings);

/// Memory for a request of the build.
#[unsafe(no_mangle)]
pub extern "C" fn kemist_alloc(length: usize) -> *mut u8 {
    Box::leak(vec![0; length].into_boxed_slice()).as_mut_ptr()
}

/// Makes QuickJS and KSR: the digest of the table, then its functions, one a line: id, module or `-`, name, kinds of
/// the parameters or `-`, kind of the result.
#[unsafe(no_mangle)]
pub extern "C" fn kemist_start(address: *mut u8, length: usize) {
    let fields = request(address, length);
    let digest = fields.first().and_then(|digest| digest.parse().ok()).unwrap_or(0);
    let functions = fields.get(1).map(|table| table.lines().filter_map(function).collect());
    SCRIPT.set(Some(Script::new(digest, functions.unwrap_or_default())));
}

/// Takes a script over: how (`evaluate` or `keep`), the names of the callbacks where it is kept, then names and texts
/// of its files, the script itself first. Gives the address of a reply in the lower half, its length in the upper.
#[unsafe(no_mangle)]
pub extern "C" fn kemist_load(address: *mut u8, length: usize) -> u64 {
    let mut fields = request(address, length).into_iter();
    let (how, callbacks) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
    let mut list = Vec::new();
    while let (Some(name), Some(text)) = (fields.next(), fields.next()) {
        list.push((name, text));
    }
    let main = list.first().map(|(name, _)| name.clone()).unwrap_or_default();
    files::install(list);
    let reply = SCRIPT.with_borrow_mut(|script| match script {
        Some(script) if how == "keep" => {
            script.keep(main, callbacks.lines().map(str::to_owned));
            vec!["ready".to_owned()]
        }
        Some(script) => match script.load(main) {
            Loaded::Ready(callbacks, touched, logged) => vec![
                "ready".to_owned(),
                callbacks.join("\n"),
                touched.unwrap_or_default(),
                logged.join("\n"),
            ],
            Loaded::Needs(files) => vec!["needs".to_owned(), files.join("\n")],
            Loaded::Failed(error) => vec!["failed".to_owned(), error],
        },
        None => vec!["failed".to_owned(), "the engine was not started".to_owned()],
    });
    REPLY.with_borrow_mut(|bytes| {
        bytes.clear();
        for field in reply {
            // fits: a memory of 32 bits
            bytes.extend_from_slice(&(field.len() as u32).to_le_bytes());
            bytes.extend_from_slice(field.as_bytes());
        }
        bytes.as_ptr() as u64 | (bytes.len() as u64) << 32
    })
}

/// The fields of a request: each with its length of 32 bits before it.
fn request(address: *mut u8, length: usize) -> Vec<String> {
    // SAFETY: the build wrote there what it asked `kemist_alloc` for, and gives it back
    let bytes = unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(address, length)) };
    let mut fields = Vec::new();
    let mut rest = &*bytes;
    while let Some((head, tail)) = rest.split_at_checked(4) {
        let length = u32::from_le_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let Some((field, tail)) = tail.split_at_checked(length) else {
            break;
        };
        fields.push(String::from_utf8_lossy(field).into_owned());
        rest = tail;
    }
    fields
}

fn function(line: &str) -> Option<FunctionInfo> {
    let mut words = line.split(' ');
    let mut word = || words.next().map(|word| if word == "-" { "" } else { word });
    Some(FunctionInfo {
        id: word()?.parse().ok()?,
        module: word()?.to_owned(),
        name: word()?.to_owned(),
        params: word()?.chars().map(kind).collect::<Option<_>>()?,
        returns: word()?.chars().next().and_then(kind)?,
    })
}

fn kind(letter: char) -> Option<Kind> {
    Some(match letter {
        'n' => Kind::None,
        'i' => Kind::Int,
        'l' => Kind::Long,
        'b' => Kind::Boolean,
        's' => Kind::Str,
        'x' => Kind::Xval,
        _ => return None,
    })
}
