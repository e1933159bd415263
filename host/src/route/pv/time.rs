//! The date, without a time library: UTC only. `$time` and `$Tf` are Kamailio's local time; here the
//! server's time zone is UTC.

use super::names::TimeField;

/// A moment as a date, UTC, in the proleptic Gregorian calendar.
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
    /// The date of a number of seconds since 1970.
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

    /// A field as `$time` counts: month and weekday from 1, the day of the year from 1.
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
}
