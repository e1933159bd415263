//! How many instances the system lets one process have: each in use has memory maps of its own, and Linux gives a process
//! `vm.max_map_count` of them. Beyond that nothing at all could be mapped, not even by the allocator, so the pool stays below.

use std::fs;

/// Maps of one slot in use: a stack and its guard, and of a memory its image, the rest of it, and what it may not touch.
const EACH: u32 = 5;
/// What everything else may need: heap, threads, native code, databases.
const OTHERS: u32 = 4_000;
/// Memories reserve 4 GiB of address space each; more than these do not fit.
const MOST: u32 = 25_000;
const LEAST: u32 = 16;
/// Where the system does not say: what Linux has by itself.
const USUAL: u32 = 65_530;

/// As many as the sysctl allows now.
pub(super) fn allowed() -> u32 {
    of(max_map_count().unwrap_or(USUAL))
}

/// What to do where a pool of this size is used up: what bounds it is said where that is the sysctl.
pub(super) fn advice(slots: u32) -> String {
    match max_map_count() {
        Some(maps) if slots == of(maps) && slots < MOST => advice_for(slots, maps),
        _ => format!("all workers together have {slots}"),
    }
}

fn of(maps: u32) -> u32 {
    (maps.saturating_sub(OTHERS) / EACH).clamp(LEAST, MOST)
}

fn advice_for(slots: u32, maps: u32) -> String {
    let twice = slots.saturating_mul(2).min(MOST) * EACH + OTHERS;
    format!(
        "all workers together have {slots}, as many as vm.max_map_count = {maps} allows; for more: sysctl -w vm.max_map_count={twice}, \
         then start again"
    )
}

fn max_map_count() -> Option<u32> {
    let text = fs::read_to_string("/proc/sys/vm/max_map_count").ok()?;
    // it may be set higher than any count here
    text.trim()
        .parse::<u64>()
        .ok()
        .map(|maps| u32::try_from(maps).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_stays_below_the_maps_of_the_process() {
        assert_eq!(of(65_530), 12_306);
        assert!(of(65_530) * EACH + OTHERS <= 65_530);
        assert_eq!(of(1 << 20), MOST);
        assert_eq!(of(u32::MAX), MOST);
        assert_eq!(of(100), LEAST);
    }

    #[test]
    fn the_advice_names_the_sysctl_and_a_value_that_helps() {
        let text = advice_for(of(65_530), 65_530);
        assert!(text.contains("vm.max_map_count = 65530"), "{text}");
        let value = text
            .split("max_map_count=")
            .nth(1)
            .and_then(|rest| rest.split(',').next());
        let value: u32 = value.and_then(|text| text.parse().ok()).expect("a number");
        assert_eq!(of(value), 2 * of(65_530));
        // not where something else bounds the pool
        assert_eq!(advice(17), "all workers together have 17");
    }
}
