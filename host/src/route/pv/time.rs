//! The date: `$time` and its kin in the time zone of the process, `$utime` in UTC.

use super::names::{ClockField, TimeField};
use super::{MAX_VALUE, Read};
use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

/// Whose clock on the wall is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// That of the process: `TZ`, else the system's.
    Local,
    /// UTC.
    Utc,
}

/// Looked up once: as in C, a change of the system's zone is seen by the next start.
fn local() -> &'static TimeZone {
    static LOCAL: OnceLock<TimeZone> = OnceLock::new();
    LOCAL.get_or_init(TimeZone::system)
}

/// `$time(x)` and `$utime(x)`.
pub fn field(unix: u64, zone: Zone, field: TimeField) -> i64 {
    let (civil, summer) = civil(unix, zone);
    match field {
        TimeField::Dst => i64::from(summer),
        field => civil.field(field),
    }
}

/// As C's `ctime` writes it, without the line end (`$Tf`).
pub fn text(unix: u64) -> String {
    civil(unix, Zone::Local).0.text()
}

/// By `strftime`; None where the format has what there is not, or the outcome is empty or too long.
pub fn format(unix: i64, format: &[u8], zone: Zone) -> Option<String> {
    let zone = match zone {
        Zone::Local => local().clone(),
        Zone::Utc => TimeZone::UTC,
    };
    let date = Timestamp::from_second(unix).ok()?.to_zoned(zone);
    let text = strtime::format(std::str::from_utf8(format).ok()?, &date).ok()?;
    (!text.is_empty() && text.len() <= MAX_VALUE).then_some(text)
}

/// `$TV(x)`; `unix` is the second of the message at hand.
pub fn clock(unix: u64, field: ClockField) -> Read<'static> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let number = |number: u64| Read::Int(i64::try_from(number).unwrap_or(i64::MAX));
    match field {
        ClockField::Seconds => number(unix),
        ClockField::SecondsNow => number(now.as_secs()),
        ClockField::MicrosNow => number(u64::from(now.subsec_micros())),
        ClockField::TextNow => Read::owned(format!("{}.{:06}", now.as_secs(), now.subsec_micros())),
        ClockField::DateNow => {
            let date = i64::try_from(now.as_secs())
                .ok()
                .and_then(|unix| self::format(unix, b"%Y-%m-%d %H:%M:%S", Zone::Local));
            date.map_or(Read::Null, |date| {
                Read::owned(format!("{date}.{:06}", now.subsec_micros()))
            })
        }
        ClockField::Monotonic => Read::owned(monotonic().to_string()),
    }
}

/// Nanoseconds of a clock that is never set back, from the first time that it is read.
fn monotonic() -> u128 {
    static START: OnceLock<std::time::Instant> = OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed().as_nanos()
}

/// The date, and whether summer time is in force.
fn civil(unix: u64, zone: Zone) -> (Civil, bool) {
    let offset = i64::try_from(unix)
        .ok()
        .filter(|_| zone == Zone::Local)
        .and_then(|unix| Timestamp::from_second(unix).ok())
        .map(|at| local().to_offset_info(at));
    match offset {
        Some(info) => {
            let seconds = i64::from(info.offset().seconds());
            (Civil::of(unix.saturating_add_signed(seconds)), info.dst().is_dst())
        }
        None => (Civil::of(unix), false),
    }
}

/// A moment as a date in the proleptic Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub struct Civil {
    pub year: i64,
    pub month: u8,
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
    /// 0 is Sunday.
    pub weekday: u8,
    /// 0 is the first of January.
    pub yearday: u16,
}

const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

impl Civil {
    /// The date of a number of seconds since 1970, those of the zone's clock.
    pub fn of(unix: u64) -> Civil {
        let (days, rest) = (i64::try_from(unix / 86_400).unwrap_or(0), unix % 86_400);
        // eras of 400 years that begin on the first of March
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 {
            shifted_month + 3
        } else {
            shifted_month - 9
        };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        // from the first of March back to the first of January
        let yearday = if month > 2 {
            day_of_year + 59 + i64::from(leap)
        } else {
            day_of_year - 306
        };
        Civil {
            year,
            month: month as u8,
            day: day as u8,
            hour: (rest / 3600) as u8,
            minute: (rest / 60 % 60) as u8,
            second: (rest % 60) as u8,
            weekday: (days + 4).rem_euclid(7) as u8,
            yearday: yearday as u16,
        }
    }

    /// A field as `$time` counts: month and weekday from 1, the day of the year from 1; summer time is not
    /// known here.
    pub fn field(&self, field: TimeField) -> i64 {
        match field {
            TimeField::Sec => i64::from(self.second),
            TimeField::Min => i64::from(self.minute),
            TimeField::Hour => i64::from(self.hour),
            TimeField::Day => i64::from(self.day),
            TimeField::Month => i64::from(self.month),
            TimeField::Year => self.year,
            TimeField::WeekDay => i64::from(self.weekday) + 1,
            TimeField::YearDay => i64::from(self.yearday) + 1,
            TimeField::Dst => 0,
        }
    }

    /// As C's `ctime` writes it, without the line end.
    pub fn text(&self) -> String {
        let (weekday, month) = (
            DAYS[usize::from(self.weekday) % 7],
            MONTHS[usize::from(self.month.saturating_sub(1)) % 12],
        );
        format!(
            "{weekday} {month} {:2} {:02}:{:02}:{:02} {}",
            self.day, self.hour, self.minute, self.second, self.year
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(Civil::of(0).text(), "Thu Jan  1 00:00:00 1970");
        assert_eq!(Civil::of(951_782_400).text(), "Tue Feb 29 00:00:00 2000");
        assert_eq!(Civil::of(1_700_000_100).text(), "Tue Nov 14 22:15:00 2023");
        assert_eq!(Civil::of(951_782_400).yearday, 59);
        assert_eq!(Civil::of(978_220_800).yearday, 365, "the last day of a leap year");
        assert_eq!(Civil::of(1_672_531_200).yearday, 0);
    }

    #[test]
    fn dates_are_formatted() {
        assert_eq!(
            format(1_700_000_100, b"%Y-%m-%d %H:%M:%S", Zone::Utc).unwrap(),
            "2023-11-14 22:15:00"
        );
        assert_eq!(
            format(1_700_000_100, b"%a, %d %b %Y %j", Zone::Utc).unwrap(),
            "Tue, 14 Nov 2023 318"
        );
        assert_eq!(format(0, b"%!", Zone::Utc), None);
        assert_eq!(format(i64::MAX, b"%Y", Zone::Utc), None);
        assert_eq!(format(0, b"", Zone::Utc), None);
    }

    #[test]
    fn fields_are_those_of_the_zone() {
        let unix = 1_700_000_100;
        let text = format(i64::try_from(unix).unwrap(), b"%H", Zone::Local).unwrap();
        assert_eq!(field(unix, Zone::Local, TimeField::Hour), text.parse::<i64>().unwrap());
        assert_eq!(field(unix, Zone::Utc, TimeField::Hour), 22);
        assert_eq!(field(unix, Zone::Utc, TimeField::Dst), 0);
        let zone = TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").unwrap();
        let info = zone.to_offset_info(Timestamp::from_second(1_690_000_000).unwrap());
        assert!(info.dst().is_dst() && info.offset().seconds() == -4 * 3600);
    }
}
