//! Components written as text, for tests that need many or need them at once.

use super::component::root;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// A component that answers every request with 200 and this reason: made here, without any toolchain.
pub fn answering(reason: &str) -> Vec<u8> {
    let length = reason.len();
    written(
        &format!(r#"(data (i32.const 256) "{reason}")"#),
        &format!(
            "(drop (call $reply (i32.const 200) (i32.const 256) (i32.const {length})))
             (i32.const 128)"
        ),
    )
}

/// A component that traps on every message.
pub fn trapping() -> Vec<u8> {
    written("", "unreachable")
}

/// A component with one callback, whose instructions these are.
fn written(data: &str, run: &str) -> Vec<u8> {
    calling("", data, run)
}

/// The same with further imports. `data` begins at 256, with what lies there the callback works; at 128 there
/// is its result where it ends well.
pub fn calling(imports: &str, data: &str, run: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
          (import "kemi:ksr/sl@0.1.0" "sl-send-reply" (func $reply (param i32 i32 i32) (result i32)))
          {imports}
          (memory (export "memory") 1)
          (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 8192))
          (data (i32.const 0) "\08\00\00\00\01\00\00\00" "\20\00\00\00\11\00\00\00")
          (data (i32.const 32) "ksr_request_route")
          {data}
          (func (export "callbacks") (result i32) (i32.const 0))
          (func (export "run") (param i32 i32 i32) (result i32) (local $n i32)
            {run}))"#
    );
    let mut module = wat::parse_str(text).expect("it is valid");
    let mut wit = Resolve::default();
    let (package, _) = wit.push_path(root().join("wit")).expect("wit/ can be read");
    let world = wit
        .select_world(&[package], Some("routing"))
        .expect("the world is there");
    embed_component_metadata(&mut module, &wit, world, StringEncoding::UTF8).expect("the world fits");
    let encoder = &mut ComponentEncoder::default();
    let encoder = encoder.module(&module).expect("the module fits the world");
    encoder.validate(true).encode().expect("a component")
}
