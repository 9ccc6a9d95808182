//! Points in time as the calendar has them, in UTC. Who writes or reads a date takes them from here.

use time::{Date, Month, OffsetDateTime};

/// A second of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    pub year: i32,
    /// 1 is January.
    pub month: u8,
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
}

impl Moment {
    /// Of seconds since 1970. What lies beyond the years that a date can tell (-9999 to 9999) comes to 1970.
    pub fn of(seconds: i64) -> Moment {
        let time = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        Moment {
            year: time.year(),
            month: time.month().into(),
            day: time.day(),
            hour: time.hour(),
            minute: time.minute(),
            second: time.second(),
        }
    }

    /// Seconds since 1970. A 60th second, which a leap second is, counts as the first of the next minute. None: there is
    /// no such moment.
    pub fn seconds(&self) -> Option<i64> {
        let date = Date::from_calendar_date(self.year, Month::try_from(self.month).ok()?, self.day).ok()?;
        let legal = self.hour < 24 && self.minute < 60 && self.second <= 60;
        let of_day = i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second);
        legal.then(|| date.midnight().assume_utc().unix_timestamp() + of_day)
    }

    /// `2026-01-31`.
    pub fn date(&self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }

    /// `08:15:00`.
    pub fn clock(&self) -> String {
        format!("{:02}:{:02}:{:02}", self.hour, self.minute, self.second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_days_of_the_calendar_and_back() {
        for (seconds, date, clock) in [
            (0, "1970-01-01", "00:00:00"),
            (-1, "1969-12-31", "23:59:59"),
            (951_868_799, "2000-02-29", "23:59:59"),
            (1_735_689_599, "2024-12-31", "23:59:59"),
            (4_107_542_400, "2100-03-01", "00:00:00"),
        ] {
            let moment = Moment::of(seconds);
            assert_eq!((moment.date().as_str(), moment.clock().as_str()), (date, clock));
            assert_eq!(moment.seconds(), Some(seconds));
        }
        let leap = Moment { year: 2016, month: 12, day: 31, hour: 23, minute: 59, second: 60 };
        assert_eq!(leap.seconds(), Some(1_483_228_800));
        let none = Moment { year: 2023, month: 2, day: 29, hour: 0, minute: 0, second: 0 };
        assert_eq!(none.seconds(), None);
        assert_eq!(Moment { day: 28, hour: 24, ..none }.seconds(), None);
        assert_eq!(Moment { day: 28, month: 13, ..none }.seconds(), None);
    }
}
