//! Seeds of the fuzzers, and mutations of them.

use std::path::Path;

pub fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let entries = std::fs::read_dir(&folder).expect("the corpus is committed");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.sort();
    paths
        .iter()
        .map(|path| std::fs::read(path).expect("a readable seed"))
        .collect()
}

/// What a SIP parser stumbles over.
const TOKENS: &[&[u8]] = &[
    b"\r\n",
    b"\r\n\r\n",
    b"\n",
    b"\r",
    b" ",
    b"\t",
    b"\r\n ",
    b":",
    b";",
    b",",
    b"<",
    b">",
    b"\"",
    b"\\",
    b"@",
    b"?",
    b"=",
    b"%",
    b"[",
    b"]",
    b"\0",
    b"\xff",
    b"-1",
    b"99999999999",
    b"Content-Length: 5\r\n",
    b"l:",
    b"Via: ",
    b"SIP/2.0",
    b"z9hG4bK",
    b";tag=",
    b"sip:",
    b"*",
];

pub fn mutate(data: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut Random) {
    let at = random.below(data.len() + 1);
    let end = (at + random.below(12)).min(data.len());
    match random.below(7) {
        0 if at < data.len() => data[at] ^= 1 << random.below(8),
        1 if at < data.len() => data[at] = random.next() as u8,
        2 => drop(data.drain(at..end)),
        3 => data.truncate(at),
        4 => {
            let copy = data[at..end].to_vec();
            data.splice(at..at, copy);
        }
        5 => {
            let other = &seeds[random.below(seeds.len())];
            let from = random.below(other.len() + 1);
            data.truncate(at);
            data.extend_from_slice(&other[from..]);
        }
        _ => {
            let token = TOKENS[random.below(TOKENS.len())];
            data.splice(at..end, token.iter().copied());
        }
    }
}

/// SplitMix64: the same sequence at every run.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `n`, which is not 0.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
}

/// The messages of RFC 4475, where they are; none where they are not.
#[allow(dead_code)] // one of the tests has its own way to them
pub fn torture() -> Vec<Vec<u8>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = std::env::var_os("KEMIST_TORTURE").map(std::path::PathBuf::from);
    let folder = folder.or_else(|| {
        let beside = here.ancestors().map(|parent| parent.join("shared/torture"));
        beside.into_iter().find(|folder| folder.is_dir())
    });
    let Some(entries) = folder.and_then(|folder| std::fs::read_dir(folder).ok()) else {
        println!("without the RFC 4475 messages: no folder has them (KEMIST_TORTURE)");
        return Vec::new();
    };
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "dat"));
    paths.sort();
    let read = paths
        .iter()
        .map(|path| std::fs::read(path).expect("a readable message"));
    read.collect()
}
