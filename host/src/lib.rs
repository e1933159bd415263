//! kemist: a SIP proxy, registrar and redirect server whose routing logic is WebAssembly.
