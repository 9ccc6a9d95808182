//! The signature's clock: `20150830T123600Z`.

use croft_model::calendar::Moment;

/// Seconds since 1970 of `YYYYMMDDTHHMMSSZ`.
pub fn parse(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    if bytes.len() != 16 || bytes[8] != b'T' || bytes[15] != b'Z' {
        return None;
    }
    let number = |from: usize, to: usize| {
        let digits = text.get(from..to)?;
        digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<u16>().ok())?
    };
    let part = |from: usize| number(from, from + 2)?.try_into().ok();
    let year = number(0, 4)?;
    let (month, day) = (part(4)?, part(6)?);
    let (hour, minute, second) = (part(9)?, part(11)?, part(13)?);
    u64::try_from(Moment { year: year.into(), month, day, hour, minute, second }.seconds()?).ok()
}

/// The way back.
pub fn date_time(seconds: u64) -> String {
    let at = Moment::of(seconds as i64);
    format!("{:04}{:02}{:02}T{:02}{:02}{:02}Z", at.year, at.month, at.day, at.hour, at.minute, at.second)
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
