//! The signature's clock: `20150830T123600Z`.

/// Seconds since 1970 of `YYYYMMDDTHHMMSSZ`.
pub fn parse(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    if bytes.len() != 16 || bytes[8] != b'T' || bytes[15] != b'Z' {
        return None;
    }
    let number = |from: usize, to: usize| {
        let digits = &text.get(from..to)?;
        digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<u64>().ok())?
    };
    let (year, month, day) = (number(0, 4)?, number(4, 6)?, number(6, 8)?);
    let (hour, minute, second) = (number(9, 11)?, number(11, 13)?, number(13, 15)?);
    let legal = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    legal.then(|| days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)
}

/// The way back.
pub fn date_time(seconds: u64) -> String {
    let (day, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, of_month) = date(day);
    format!("{year:04}{month:02}{of_month:02}T{:02}{:02}{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
}

/// Days since 1970 of a day of the Gregorian calendar; years begin in March, so that the leap day is the last.
fn days(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468
}

fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_written() {
        for (text, seconds) in [
            ("19700101T000000Z", 0),
            ("20000229T235959Z", 951_868_799),
            ("20150830T123600Z", 1_440_938_160),
            ("21000301T000000Z", 4_107_542_400),
        ] {
            assert_eq!(parse(text), Some(seconds), "{text}");
            assert_eq!(date_time(seconds), text);
        }
    }

    #[test]
    fn every_day_comes_back() {
        for day in 0..80_000u64 {
            assert_eq!(parse(&date_time(day * 86_400 + 3_723)), Some(day * 86_400 + 3_723));
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "20150830",
            "20150830T123600",
            "2015083OT123600Z",
            "20151330T123600Z",
            "+0150830T123600Z",
            "2015é830T12360Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
