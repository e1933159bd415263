//! Times in microseconds, in buckets that grow with the value: each is read back within 3 %.

/// Buckets for each doubling.
const STEPS: usize = 32;
/// Doublings above the exact values; the last holds more than an hour.
const DOUBLINGS: usize = 28;

#[derive(Clone, Debug)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
    largest: u64,
}

impl Histogram {
    pub fn new() -> Histogram {
        Histogram {
            counts: vec![0; STEPS * (DOUBLINGS + 1)],
            total: 0,
            largest: 0,
        }
    }

    pub fn record(&mut self, microseconds: u64) {
        let last = self.counts.len() - 1;
        self.counts[bucket(microseconds).min(last)] += 1;
        self.total += 1;
        self.largest = self.largest.max(microseconds);
    }

    pub fn add(&mut self, other: &Histogram) {
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
        self.total += other.total;
        self.largest = self.largest.max(other.largest);
    }

    pub fn count(&self) -> u64 {
        self.total
    }

    pub fn largest(&self) -> u64 {
        self.largest
    }

    /// The value that this share of all does not exceed; 0 where there is none.
    pub fn quantile(&self, share: f64) -> u64 {
        let wanted = ((self.total as f64 * share).ceil() as u64).max(1);
        let mut seen = 0;
        for (at, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return highest_of(at).min(self.largest);
            }
        }
        self.largest
    }
}

fn bucket(value: u64) -> usize {
    if value < STEPS as u64 {
        return value as usize;
    }
    // at least 5, since the value has a sixth bit
    let top = value.ilog2() as usize;
    let shift = top - STEPS.ilog2() as usize;
    let step = (value >> shift) as usize - STEPS;
    (shift + 1) * STEPS + step
}

fn highest_of(bucket: usize) -> u64 {
    if bucket < STEPS {
        return bucket as u64;
    }
    let shift = bucket / STEPS - 1;
    let step = (bucket % STEPS + STEPS) as u64;
    ((step + 1) << shift) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_read_back_within_three_percent() {
        for value in (0..200)
            .chain((1..30).map(|power| 1u64 << power))
            .chain([999_999, 12_345_678])
        {
            let high = highest_of(bucket(value));
            assert!(high >= value, "{value}");
            assert!(high as f64 <= value as f64 * 1.032, "{value}: {high}");
        }
        for value in 1..100_000 {
            assert!(bucket(value) >= bucket(value - 1), "{value}");
        }
    }

    #[test]
    fn quantiles_and_sums() {
        let mut times = Histogram::new();
        assert_eq!(times.quantile(0.5), 0);
        for value in 1..=1000 {
            times.record(value);
        }
        assert!((500..=516).contains(&times.quantile(0.5)));
        assert!((990..=1000).contains(&times.quantile(0.99)));
        assert_eq!(times.quantile(1.0), 1000);
        let mut both = times.clone();
        both.add(&times);
        both.record(u64::MAX);
        assert_eq!((both.count(), both.largest()), (2001, u64::MAX));
    }
}
