//! Keys: ed25519 (RFC 8032). A private key is a PEM file (PKCS #8), as `openssl genpkey -algorithm ed25519` makes them;
//! a public key is one line, `ed25519:BASE64 NAME`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

/// What the text of a public key begins with.
pub(super) const PREFIX: &str = "ed25519:";
/// Bytes that a file of keys may have.
const MAX_FILE: u64 = 64 << 10;
const MAX_NAME: usize = 100;
/// A private key in DER: PrivateKeyInfo without attributes (RFC 8410 section 7), before its 32 bytes.
const PRIVATE: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
/// A public key in DER: SubjectPublicKeyInfo (RFC 8410 section 4), before its 32 bytes.
const PUBLIC: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];

/// A public key, and who it belongs to where that was said. Two are equal where the keys are.
#[derive(Clone, Debug)]
pub struct PublicKey {
    key: VerifyingKey,
    name: Option<String>,
}

impl PublicKey {
    /// The key of these bytes; refused where no signature by it would mean anything.
    pub(super) fn new(bytes: [u8; 32]) -> Result<PublicKey, String> {
        let wrong = |_| "it is no ed25519 key".to_owned();
        let key = VerifyingKey::from_bytes(&bytes).map_err(wrong)?;
        // a point of small order verifies what nobody has signed; one point has one encoding here
        if key.is_weak() || key.to_edwards().compress().to_bytes() != bytes {
            return Err("it is a weak ed25519 key; make one by `kemist keygen`".into());
        }
        Ok(PublicKey { key, name: None })
    }

    /// Reads `ed25519:BASE64 NAME`; the name may be left out.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<PublicKey, String> {
        let text = text.trim();
        let shown: String = text.chars().take(24).collect();
        let fault = |what: &str| format!("{shown:?}: {what}");
        let rest = text
            .strip_prefix(PREFIX)
            .ok_or_else(|| fault("a public key begins with \"ed25519:\""))?;
        let (code, name) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let bytes = STANDARD
            .decode(code)
            .map_err(|_| fault("what follows ed25519: is not valid base64"))?;
        let bytes = <[u8; 32]>::try_from(bytes)
            .map_err(|bytes| fault(&format!("a key has 32 bytes, and this has {}", bytes.len())))?;
        let name = name.trim();
        if name.len() > MAX_NAME || name.chars().any(char::is_control) {
            return Err(fault("its name is not one line of at most 100 bytes"));
        }
        let key = PublicKey::new(bytes).map_err(|what| fault(&what))?;
        Ok(key.named(name))
    }

    /// The keys of a file: one a line, `#` begins a comment; or one key as PEM. A key without a name has the file's.
    ///
    /// # Errors
    /// One line that names the file and the line in it.
    pub fn read(path: &Path) -> Result<Vec<PublicKey>, String> {
        let name = path.display();
        let text = read(path)?;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        if text.contains("PRIVATE KEY-----") {
            return Err(format!(
                "{name}: it is a private key; name the file with the public one"
            ));
        }
        if text.contains("-----BEGIN") {
            let key = pem(&text, "PUBLIC KEY").and_then(|der| PublicKey::new(raw(&der, &PUBLIC)?));
            return Ok(vec![key.map_err(|what| format!("{name}: {what}"))?.named(&stem)]);
        }
        let mut keys = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let key = PublicKey::parse(line).map_err(|what| format!("{name}:{number}: {what}"))?;
            keys.push(if key.name.is_some() { key } else { key.named(&stem) });
        }
        if keys.is_empty() {
            return Err(format!("{name}: it has no key; `kemist keygen` makes one"));
        }
        Ok(keys)
    }

    fn named(self, name: &str) -> PublicKey {
        let name = (!name.is_empty()).then(|| name.to_owned());
        PublicKey { name, ..self }
    }

    /// Who it belongs to, where that was said.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// A short form for people: the first eight bytes of the key's SHA-256, in hexadecimal.
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::digest(self.key.as_bytes());
        digest[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The line that [`PublicKey::parse`] reads.
    pub fn text(&self) -> String {
        let name = self.name.as_deref().map_or_else(String::new, |name| format!(" {name}"));
        format!("{PREFIX}{}{name}", STANDARD.encode(self.key.as_bytes()))
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// Strict: one signature fits one message and one key, in one encoding.
    pub(super) fn verifies(&self, message: &[u8], signature: &Signature) -> bool {
        self.key.verify_strict(message, signature).is_ok()
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &PublicKey) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for PublicKey {}

/// `alice (key 0123456789abcdef)`.
impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} (key {})", self.fingerprint()),
            None => write!(f, "key {}", self.fingerprint()),
        }
    }
}

/// A private key.
pub struct PrivateKey(SigningKey);

impl PrivateKey {
    /// A new key from the system's random numbers.
    ///
    /// # Errors
    /// Where there are none.
    pub fn generate() -> Result<PrivateKey, String> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| format!("no random numbers from the system: {error}"))?;
        Ok(PrivateKey(SigningKey::from_bytes(&seed)))
    }

    /// Reads a key from its file.
    ///
    /// # Errors
    /// One line that names the file.
    pub fn read(path: &Path) -> Result<PrivateKey, String> {
        let fault = |what: &str| format!("{}: {what}", path.display());
        let text = read(path)?;
        if text.contains("ENCRYPTED PRIVATE KEY") {
            return Err(fault(
                "it is encrypted; `openssl pkey -in FILE` writes it without its password",
            ));
        }
        if !text.contains("PRIVATE KEY-----") && (text.contains(PREFIX) || text.contains("PUBLIC KEY-----")) {
            return Err(fault("it is a public key; signing needs the private one"));
        }
        let seed = pem(&text, "PRIVATE KEY").and_then(|der| raw(&der, &PRIVATE));
        Ok(PrivateKey(SigningKey::from_bytes(&seed.map_err(|what| fault(&what))?)))
    }

    /// Writes the key to a new file that only its owner can read.
    ///
    /// # Errors
    /// Where there is a file of this name.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let mut der = PRIVATE.to_vec();
        der.extend(self.0.as_bytes());
        let text = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            STANDARD.encode(der)
        );
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        // whatever the umask took
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    }

    /// The key that its signatures are checked with.
    pub fn public(&self) -> PublicKey {
        PublicKey {
            key: self.0.verifying_key(),
            name: None,
        }
    }

    /// The same, with a name.
    pub fn public_named(&self, name: &str) -> PublicKey {
        self.public().named(name)
    }

    pub(super) fn sign(&self, message: &[u8]) -> Signature {
        self.0.sign(message)
    }
}

/// Nobody prints a key by mistake.
impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.public().fingerprint())
    }
}

fn read(path: &Path) -> Result<String, String> {
    let fault = |what: String| format!("{}: {what}", path.display());
    let mut text = String::new();
    let file = File::open(path).map_err(|error| fault(format!("the key cannot be read: {error}")))?;
    file.take(MAX_FILE + 1)
        .read_to_string(&mut text)
        .map_err(|error| fault(format!("it is no file of keys: {error}")))?;
    if text.len() as u64 > MAX_FILE {
        return Err(fault(format!(
            "it is no file of keys: it has more than {MAX_FILE} bytes"
        )));
    }
    Ok(text)
}

/// The content of a PEM block (RFC 7468).
fn pem(text: &str, label: &str) -> Result<Vec<u8>, String> {
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let body = text.split_once(&begin).and_then(|(_, rest)| rest.split_once(&end));
    let Some((body, _)) = body else {
        return Err(format!(
            "it has no block BEGIN {label} ... END {label}; `kemist keygen` makes keys"
        ));
    };
    let code: String = body.split_ascii_whitespace().collect();
    STANDARD
        .decode(code)
        .map_err(|_| "its block is not valid base64".to_owned())
}

/// The 32 bytes of a key that is nothing but an ed25519 key.
fn raw(der: &[u8], start: &[u8]) -> Result<[u8; 32], String> {
    der.strip_prefix(start)
        .and_then(|rest| rest.try_into().ok())
        .ok_or_else(|| "it is no ed25519 key; `kemist keygen` makes one".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> PrivateKey {
        PrivateKey(SigningKey::from_bytes(&[seed; 32]))
    }

    #[test]
    fn public_keys_are_one_line() {
        let alice = key(1).public_named("alice of the lab");
        let read = PublicKey::parse(&format!("  {}\n", alice.text())).unwrap();
        assert_eq!((&read, read.name()), (&alice, Some("alice of the lab")));
        assert_eq!(PublicKey::parse(&key(1).public().text()).unwrap().name(), None);
        assert_eq!(alice.fingerprint().len(), 16);
        assert_eq!(
            alice.to_string(),
            format!("alice of the lab (key {})", alice.fingerprint())
        );
        assert_ne!(alice.fingerprint(), key(2).public().fingerprint());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let text = key(1).public().text();
        let code = text.strip_prefix(PREFIX).unwrap();
        let short = STANDARD.encode([1; 31]);
        for (text, what) in [
            (code.to_owned(), "begins with"),
            ("ed25519:".into(), "32 bytes, and this has 0"),
            (format!("ed25519:{short}"), "32 bytes, and this has 31"),
            (format!("ed25519:{}", code.trim_end_matches('=')), "base64"),
            (format!("ed25519:*{code}"), "base64"),
            (format!("{text} a\u{7}b"), "name"),
            (format!("{text} {}", "x".repeat(101)), "name"),
        ] {
            let error = PublicKey::parse(&text).unwrap_err();
            assert!(error.contains(what) && !error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn weak_keys_are_refused() {
        let mut one = [0; 32];
        one[0] = 1;
        // y = 1 as p + 1, which decoders that do not look accept
        let mut other_one = [0xff; 32];
        (other_one[0], other_one[31]) = (0xee, 0x7f);
        for bytes in [one, other_one, [0; 32]] {
            let error = PublicKey::parse(&format!("ed25519:{}", STANDARD.encode(bytes))).unwrap_err();
            assert!(error.contains("weak"), "{error}");
        }
        // y = 2 is on no curve
        let mut none = [0; 32];
        none[0] = 2;
        assert!(PublicKey::new(none).unwrap_err().contains("no ed25519 key"));
    }

    #[test]
    fn private_keys_are_files_of_their_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alice.key");
        key(7).write(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(PrivateKey::read(&path).unwrap().public(), key(7).public());
        assert_eq!(key(8).write(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(PrivateKey::read(&path).unwrap().public(), key(7).public());
        assert!(!format!("{:?}", key(7)).contains("07"), "{:?}", key(7));
    }

    #[test]
    fn keys_of_openssl_are_read() {
        // RFC 8410 section 10.1 and 10.3
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let public = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";
        let private = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
        let (public, private) = (path("lab.pem", public), path("lab.key", private));
        let read = PublicKey::read(&public).unwrap();
        assert_eq!(read, [PrivateKey::read(&private).unwrap().public()]);
        assert_eq!(read[0].name(), Some("lab"));
        // each in the other's place
        assert!(PublicKey::read(&private).unwrap_err().contains("it is a private key"));
        assert!(PrivateKey::read(&public).unwrap_err().contains("it is a public key"));
        let ours = path("ours.pub", &key(1).public().text());
        assert!(PrivateKey::read(&ours).unwrap_err().contains("it is a public key"));
    }

    #[test]
    fn files_of_keys() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("team.pub");
        let (one, two) = (key(1).public(), key(2).public_named("two"));
        std::fs::write(&path, format!("# the team\n\n{}\r\n  {}\n", one.text(), two.text())).unwrap();
        let keys = PublicKey::read(&path).unwrap();
        assert_eq!(keys, [one, two]);
        assert_eq!((keys[0].name(), keys[1].name()), (Some("team"), Some("two")));
        let fault = |text: &[u8]| {
            std::fs::write(&path, text).unwrap();
            let error = PublicKey::read(&path).unwrap_err();
            assert!(
                error.starts_with(path.to_str().unwrap()) && !error.contains('\n'),
                "{error}"
            );
            error
        };
        assert!(fault(b"# nobody\n").contains("no key"));
        assert!(fault(b"# c\nssh-ed25519 AAAA me\n").contains("team.pub:2: "));
        assert!(fault(&[0xff, 0xfe]).contains("no file of keys"));
        assert!(fault(&vec![b'#'; 70_000]).contains("more than"));
        assert!(fault(b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----").contains("no ed25519 key"));
        assert!(PublicKey::read(folder.path()).is_err());
        let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
        std::fs::write(&path, encrypted).unwrap();
        assert!(PrivateKey::read(&path).unwrap_err().contains("encrypted"));
        std::fs::write(&path, "hello").unwrap();
        assert!(PrivateKey::read(&path).unwrap_err().contains("no block"));
    }
}
