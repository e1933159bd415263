//! One run of cargo, and what its messages say.

use super::{BuildError, TARGET};
use serde::Deserialize;
use std::env;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Small guests whatever the crate's own profile says; wasm32 has nothing to unwind with.
const PROFILE: [(&str, &str); 5] = [
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "s"),
    ("CARGO_PROFILE_RELEASE_LTO", "true"),
    ("CARGO_PROFILE_RELEASE_PANIC", "abort"),
    ("CARGO_PROFILE_RELEASE_STRIP", "true"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1"),
];

/// Flags for the linker, before those that the environment has. Each page of the stack is looked at when an instance is
/// reset, used or not: a quarter of the usual 1 MiB, of which a script needs a fraction.
const FLAGS: &str = "-C link-arg=-zstack-size=262144";
const FLAGS_VARIABLE: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS";

/// What cargo made.
pub(super) struct Compiled {
    /// The core module.
    pub core: PathBuf,
    /// Warnings about the crate, one line each.
    pub warnings: Vec<String>,
}

/// Builds the crate in this folder. `KEMIST_GUEST_TARGET` names another folder for what cargo keeps.
pub(super) fn build(folder: &Path, compiler: Option<&Path>) -> Result<Compiled, BuildError> {
    let Output { status, stdout, stderr } = command(folder, compiler)
        .output()
        .map_err(|e| BuildError::new(format!("cargo cannot be run: {e}")))?;
    let messages: Vec<Message> = stdout
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect();
    if !status.success() {
        return Err(failure(folder, &messages, &String::from_utf8_lossy(&stderr)));
    }
    let core = core_module(folder, &messages).ok_or_else(|| {
        BuildError::new(format!(
            "{}: it makes no WebAssembly library: write crate-type = [\"cdylib\"] under [lib]",
            folder.join("Cargo.toml").display()
        ))
    })?;
    let warnings = diagnostics(&messages, "warning")
        .map(|(message, found)| found.line(folder, message))
        .collect();
    Ok(Compiled { core, warnings })
}

fn command(folder: &Path, compiler: Option<&Path>) -> Command {
    let colours = std::io::stderr().is_terminal();
    let format = if colours {
        "json-diagnostic-rendered-ansi"
    } else {
        "json"
    };
    let mut command = Command::new("cargo");
    command
        .args(["build", "--release", "--target", TARGET, "--message-format", format])
        .args(["--color", if colours { "always" } else { "never" }])
        .current_dir(folder)
        .envs(PROFILE)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let flags = env::var(FLAGS_VARIABLE).unwrap_or_default();
    command.env(FLAGS_VARIABLE, format!("{FLAGS} {flags}").trim_end());
    if let Some(compiler) = compiler {
        command.env("RUSTC", compiler);
    }
    if let Some(target) = env::var_os("KEMIST_GUEST_TARGET") {
        // counted from here, not from the crate
        command.env(
            "CARGO_TARGET_DIR",
            std::path::absolute(&target).unwrap_or(target.into()),
        );
    }
    command
}

/// The library of this crate, not one of a dependency.
fn core_module(folder: &Path, messages: &[Message]) -> Option<PathBuf> {
    let own = folder.join("Cargo.toml").canonicalize().ok();
    let libraries = messages.iter().filter(|message| {
        message.reason == "compiler-artifact"
            && message
                .target
                .as_ref()
                .is_some_and(|target| target.kind.iter().any(|kind| kind == "cdylib"))
    });
    let is_wasm = |file: &&PathBuf| file.extension().is_some_and(|ending| ending == "wasm");
    libraries
        .filter(|message| own.is_none() || message.manifest_path.canonicalize().ok() == own)
        .filter_map(|message| message.filenames.iter().find(is_wasm))
        .next_back()
        .cloned()
}

/// The first error of the compiler; or of cargo, where it did not come to compiling.
fn failure(folder: &Path, messages: &[Message], cargo: &str) -> BuildError {
    let Some((message, first)) = diagnostics(messages, "error").next() else {
        return BuildError::new(cargo_line(folder, cargo)).with_output(cargo);
    };
    let rendered: String = messages
        .iter()
        .filter_map(|message| message.message.as_ref()?.rendered.as_deref())
        .collect();
    BuildError::new(first.line(folder, message)).with_output(rendered)
}

/// Cargo's `error: ...`, with its last cause, which says most, or with its place in Cargo.toml.
fn cargo_line(folder: &Path, text: &str) -> String {
    let plain = strip_colours(text);
    let mut lines = plain
        .lines()
        .map(str::trim)
        .skip_while(|line| !line.starts_with("error"));
    let Some(first) = lines.next() else {
        return format!("{}: cargo failed and did not say why", folder.display());
    };
    let rest: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    let first = first.trim_start_matches("error").trim_start_matches(':').trim();
    if let Some(place) = rest.iter().find_map(|line| line.strip_prefix("--> ")) {
        return format!("{}: {first}", near(folder).join(place).display());
    }
    let cause = match rest.iter().rposition(|line| *line == "Caused by:") {
        Some(at) if at + 1 < rest.len() => format!(": {}", rest[at + 1]),
        // a list follows
        _ if first.ends_with(':') => format!(" {}", rest.join(" ")),
        _ => String::new(),
    };
    format!("{}: {first}{cause}", folder.display())
}

fn strip_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut parts = text.split('\x1b');
    plain.push_str(parts.next().unwrap_or_default());
    for part in parts {
        plain.push_str(part.split_once('m').map_or("", |(_, rest)| rest));
    }
    plain
}

fn diagnostics<'a>(messages: &'a [Message], level: &'a str) -> impl Iterator<Item = (&'a Message, &'a Diagnostic)> {
    messages
        .iter()
        .filter_map(|message| Some((message, message.message.as_ref()?)))
        // without a place it is a summary: "aborting due to 2 previous errors"
        .filter(move |(_, found)| {
            found.level.starts_with(level) && (!found.spans.is_empty() || !is_summary(&found.message))
        })
}

fn is_summary(text: &str) -> bool {
    text.starts_with("aborting due to") || text.contains(" warning emitted") || text.contains(" warnings emitted")
}

/// One line of cargo's standard output, as far as it matters here.
#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    manifest_path: PathBuf,
    target: Option<Target>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
    message: Option<Diagnostic>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Diagnostic {
    level: String,
    message: String,
    code: Option<Code>,
    spans: Vec<Span>,
    rendered: Option<String>,
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

#[derive(Deserialize)]
struct Span {
    file_name: PathBuf,
    line_start: usize,
    column_start: usize,
    is_primary: bool,
    label: Option<String>,
    expansion: Option<Box<Expansion>>,
}

#[derive(Deserialize)]
struct Expansion {
    span: Span,
}

impl Diagnostic {
    /// `FILE:LINE:COLUMN: what (CODE)`.
    fn line(&self, folder: &Path, message: &Message) -> String {
        let first = self.message.lines().next().unwrap_or_default();
        let span = self.spans.iter().find(|span| span.is_primary);
        let place = span.map_or_else(|| format!("{}: ", folder.display()), |span| span.place(folder, message));
        let label = span
            .and_then(|span| span.label.as_deref())
            .filter(|label| !first.contains(label));
        let label = label.map_or(String::new(), |label| format!(": {}", label.replace('\n', " ")));
        let code = self
            .code
            .as_ref()
            .map_or(String::new(), |code| format!(" ({})", code.code));
        format!("{place}{first}{label}{code}")
    }
}

impl Span {
    /// Where the person wrote it: for code of a macro the place that called the macro.
    fn place(&self, folder: &Path, message: &Message) -> String {
        let mut span = self;
        while let Some(expansion) = &span.expansion {
            span = &expansion.span;
        }
        let file = located(&span.file_name, folder, message);
        format!("{}:{}:{}: ", file.display(), span.line_start, span.column_start)
    }
}

/// The compiler names files from the folder of the workspace: the path as the person would name it.
fn located(file: &Path, folder: &Path, message: &Message) -> PathBuf {
    if file.is_absolute() || folder.join(file).exists() {
        return near(folder).join(file);
    }
    let manifest = message.manifest_path.parent().unwrap_or(folder);
    manifest
        .ancestors()
        .map(|above| above.join(file))
        .find(|path| path.exists())
        .unwrap_or_else(|| file.to_path_buf())
}

/// The folder without a leading `./`.
fn near(folder: &Path) -> &Path {
    folder.strip_prefix(".").unwrap_or(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> Message {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn the_first_error_is_one_line_with_its_place() {
        let messages = [
            message(
                r#"{"reason":"compiler-message","manifest_path":"/x/Cargo.toml","message":{"level":"error",
                "message":"mismatched types","code":{"code":"E0308"},"rendered":"long text\n","spans":[
                {"file_name":"src/lib.rs","line_start":9,"column_start":5,"is_primary":true,
                 "label":"expected `&str`, found integer","expansion":null}]}}"#,
            ),
            message(
                r#"{"reason":"compiler-message","manifest_path":"/x/Cargo.toml","message":{"level":"error",
                "message":"aborting due to 1 previous error","code":null,"rendered":"end\n","spans":[]}}"#,
            ),
        ];
        let error = failure(Path::new("mine"), &messages, "error: could not compile");
        assert_eq!(
            error.to_string(),
            "src/lib.rs:9:5: mismatched types: expected `&str`, found integer (E0308)"
        );
        assert_eq!(error.output(), "long text\nend");
    }

    #[test]
    fn a_macro_is_where_it_was_called() {
        let found = message(
            r#"{"reason":"compiler-message","manifest_path":"/x/Cargo.toml","message":{"level":"error",
            "message":"wrong","code":null,"rendered":"","spans":[
            {"file_name":"ksr/src/callback.rs","line_start":70,"column_start":1,"is_primary":true,"label":null,
             "expansion":{"span":{"file_name":"src/lib.rs","line_start":3,"column_start":1,"is_primary":false,
             "label":null,"expansion":null}}}]}}"#,
        );
        let line = found.message.as_ref().unwrap().line(Path::new("."), &found);
        assert_eq!(line, "src/lib.rs:3:1: wrong");
    }

    #[test]
    fn cargo_itself_is_heard() {
        let line = |text: &str| cargo_line(Path::new("mine"), text);
        assert_eq!(
            line("\x1b[1m\x1b[31merror\x1b[0m: failed to load\n\nCaused by:\n  one\n\nCaused by:\n  No such file\n"),
            "mine: failed to load: No such file"
        );
        assert_eq!(
            line("error: expected `=`\n --> Cargo.toml:3:5\n"),
            "mine/Cargo.toml:3:5: expected `=`"
        );
        assert_eq!(line("error: two roots:\n  /a\n  /b\n"), "mine: two roots: /a /b");
        assert_eq!(line(""), "mine: cargo failed and did not say why");
    }
}
