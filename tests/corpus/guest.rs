//! A guest, put together from pieces of text.
//!
//! Memory: 64 the result that is fine, 80 the one that is an error, 128 where functions put their results, from
//! 4096 on texts, after them what `cabi_realloc` gives, round and round.

use super::kemi::{Function, KEMI, Kind};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

const TEXTS: usize = 4096;
/// What a result needs, and what lies before the texts.
const RESULT: usize = 128;

/// A parameter of a call: what stands there in text format.
pub enum Value {
    /// The address and the length of a text.
    Text(String, String),
    Number(String),
}

impl Value {
    pub fn number(number: i64) -> Value {
        Value::Number(number.to_string())
    }
}

/// A guest in the making.
pub struct Guest {
    imports: Vec<(String, String, String)>,
    texts: Vec<u8>,
    /// The callbacks.
    pub names: Vec<Vec<u8>>,
    /// What every callback does. `$cb` is its place; `$i $j $p $q` are free, `$n` is 64 bits.
    pub body: String,
    /// Other functions and whatever else.
    pub more: String,
    /// The body of `callbacks`, where it is not the usual one.
    pub callbacks: Option<String>,
    /// The body of `cabi_realloc`, where it is not the usual one.
    pub realloc: Option<String>,
    /// The result of `run`: an address.
    pub result: String,
    /// Pages beside those for the texts.
    pub pages: usize,
    /// Where it has no memory of its own making.
    pub memory: Option<String>,
}

impl Guest {
    pub fn new() -> Guest {
        Guest {
            imports: Vec::new(),
            texts: Vec::new(),
            names: ["ksr_request_route", "ksr_reply_route", "branch", "reply", "failure"]
                .map(|name| name.as_bytes().to_vec())
                .into(),
            body: String::new(),
            more: String::new(),
            callbacks: None,
            realloc: None,
            result: "(i32.const 64)".to_owned(),
            pages: 2,
            memory: None,
        }
    }

    /// Puts a text into memory: where it is.
    pub fn put(&mut self, text: &[u8]) -> usize {
        let at = TEXTS + self.texts.len();
        self.texts.extend_from_slice(text);
        at
    }

    /// A text as an argument.
    pub fn text(&mut self, text: impl AsRef<[u8]>) -> Value {
        let text = text.as_ref();
        Value::Text(
            format!("(i32.const {})", self.put(text)),
            format!("(i32.const {})", text.len()),
        )
    }

    /// A call of a function, whose result is dropped.
    pub fn call(&mut self, function: &Function, values: &[Value]) -> String {
        self.import(function);
        let mut code = format!("(call ${}/{}", function.module, function.name);
        let mut types = function.params.iter();
        for value in values {
            let (_, kind) = types.next().expect("as many values as parameters");
            match (value, kind) {
                (Value::Text(at, length), Kind::Text) => code += &format!(" {at} {length}"),
                (Value::Number(number), Kind::Int) => code += &format!(" {}", constant("i32", number)),
                (Value::Number(number), Kind::Long) => code += &format!(" {}", constant("i64", number)),
                _ => panic!("{}: a value of another kind", function.name),
            }
        }
        if function.returns_by_pointer {
            code += &format!(" (i32.const {RESULT})");
        }
        code.push(')');
        if function.signature.1.is_empty() {
            code
        } else {
            format!("(drop {code})")
        }
    }

    /// The same by name, with texts that are put into memory and numbers.
    pub fn ksr(&mut self, module: &str, name: &str, values: &[&dyn Argument]) -> String {
        let values: Vec<Value> = values.iter().map(|value| value.value(self)).collect();
        self.call(KEMI.find(module, name), &values)
    }

    fn import(&mut self, function: &Function) {
        let place = (function.interface.clone(), function.name.clone());
        if self
            .imports
            .iter()
            .any(|(of, name, _)| (of, name) == (&place.0, &place.1))
        {
            return;
        }
        let list = |word: &str, types: &[&str]| match types {
            [] => String::new(),
            types => format!(" ({word} {})", types.join(" ")),
        };
        let (params, results) = &function.signature;
        let text = format!(
            r#"(import "{}" "{}" (func ${}/{}{}{}))"#,
            function.interface,
            function.name,
            function.module,
            function.name,
            list("param", params),
            list("result", results)
        );
        self.imports.push((place.0, place.1, text));
    }

    /// A function that no typed interface has.
    pub fn import_text(&mut self, interface: &str, name: &str, text: &str) {
        let import = format!(r#"(import "{interface}" "{name}" {text})"#);
        self.imports.push((interface.to_owned(), name.to_owned(), import));
    }

    /// Does it use one of these functions?
    pub fn uses(&self, functions: &[(&str, &str)]) -> bool {
        let is = |of: &str, name: &str| {
            functions
                .iter()
                .any(|(m, n)| of.contains(&format!("/{m}@")) && name == *n)
        };
        self.imports.iter().any(|(of, name, _)| is(of, name))
    }

    /// The core module.
    pub fn module(&self) -> String {
        let mut texts = self.texts.clone();
        let mut pairs = Vec::new();
        for name in &self.names {
            pairs.extend(((TEXTS + texts.len()) as u32).to_le_bytes());
            pairs.extend((name.len() as u32).to_le_bytes());
            texts.extend_from_slice(name);
        }
        texts.resize(texts.len().next_multiple_of(8), 0);
        let list = TEXTS + texts.len();
        texts.extend(pairs);
        let heap = (TEXTS + texts.len()).next_multiple_of(16);
        let pages = heap.div_ceil(1 << 16) + self.pages;
        let end = pages << 16;
        let usual = format!(
            "(i32.store (i32.const 0) (i32.const {list})) (i32.store (i32.const 4) (i32.const {})) (i32.const 0)",
            self.names.len()
        );
        let callbacks = self
            .callbacks
            .clone()
            .unwrap_or(usual)
            .replace("$LIST", &list.to_string());
        let realloc = self.realloc.clone().unwrap_or_else(|| {
            format!(
                "(local $at i32)
                 (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 15)) (i32.const -16)))
                 (if (i32.gt_u (i32.add (local.get $at) (local.get 3)) (i32.const {end}))
                   (then (local.set $at (i32.const {heap}))))
                 (if (i32.gt_u (local.get 3) (i32.const {})) (then (unreachable)))
                 (global.set $heap (i32.add (local.get $at) (local.get 3)))
                 (local.get $at)",
                end - heap
            )
        });
        let memory = self
            .memory
            .clone()
            .unwrap_or(format!(r#"(memory (export "memory") {pages})"#));
        let imports: String = self.imports.iter().map(|(.., text)| format!("{text}\n")).collect();
        format!(
            r#"(module
{imports}
{memory}
(global $heap (mut i32) (i32.const {heap}))
(global $zero (mut i32) (i32.const 0))
(global $n (mut i32) (i32.const 0))
(func $realloc (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) {realloc})
(data (i32.const 80) "\01\00\00\00\70\00\00\00\05\00\00\00")
(data (i32.const 112) "wrong")
(data (i32.const {TEXTS}) "{}")
;; writes a number as eight digits
(func $digits (param $at i32) (param $number i32)
  (local $k i32) (local.set $k (i32.const 8))
  (loop $l
    (local.set $k (i32.sub (local.get $k) (i32.const 1)))
    (i32.store8 (i32.add (local.get $at) (local.get $k))
      (i32.add (i32.const 97) (i32.and (local.get $number) (i32.const 15))))
    (local.set $number (i32.shr_u (local.get $number) (i32.const 4)))
    (br_if $l (local.get $k))))
;; new pages full of one byte: their address, or 0 where there are none
(func $pages (param $byte i32) (param $count i32) (result i32)
  (local $at i32)
  (local.set $at (memory.grow (local.get $count)))
  (if (i32.eq (local.get $at) (i32.const -1)) (then (return (i32.const 0))))
  (local.set $at (i32.shl (local.get $at) (i32.const 16)))
  (memory.fill (local.get $at) (local.get $byte) (i32.shl (local.get $count) (i32.const 16)))
  (local.get $at))
{}
(func (export "callbacks") (result i32) {callbacks})
(func $body (param $cb i32) (local $i i32) (local $j i32) (local $p i32) (local $q i32) (local $n i64)
{})
(func (export "run") (param i32 i32 i32) (result i32) (call $body (local.get 0)) {}))"#,
            escaped(&texts),
            self.more,
            self.body,
            self.result
        )
    }

    /// The component.
    pub fn component(&self) -> Vec<u8> {
        wrapped(&self.module())
    }
}

/// A value of a call, in short.
pub trait Argument {
    fn value(&self, guest: &mut Guest) -> Value;
}

impl Argument for &str {
    fn value(&self, guest: &mut Guest) -> Value {
        guest.text(self)
    }
}

impl Argument for String {
    fn value(&self, guest: &mut Guest) -> Value {
        guest.text(self)
    }
}

impl Argument for i32 {
    fn value(&self, _: &mut Guest) -> Value {
        Value::number(i64::from(*self))
    }
}

/// A core module as a component of the world with every interface.
pub fn wrapped(module: &str) -> Vec<u8> {
    let mut module = wat::parse_str(module).unwrap_or_else(|error| panic!("{error}\n{module:.9000}"));
    embed_component_metadata(&mut module, &KEMI.resolve, KEMI.world, StringEncoding::UTF8).expect("the world fits");
    let encoder = &mut ComponentEncoder::default();
    let Ok(encoder) = encoder.module(&module) else {
        return module;
    };
    // what cannot even be wrapped is handed over as it is
    encoder.encode().unwrap_or(module)
}

fn constant(kind: &str, text: &str) -> String {
    if text.starts_with('(') {
        return text.to_owned();
    }
    format!("({kind}.const {text})")
}

/// Bytes in a string of the text format.
pub fn escaped(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        match byte {
            b' '..=b'~' if !matches!(byte, b'"' | b'\\') => text.push(char::from(*byte)),
            _ => text += &format!("\\{byte:02x}"),
        }
    }
    text
}
