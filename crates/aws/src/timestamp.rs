//! Points in time: milliseconds since 1970 inside, one of AWS's three spellings outside.

use croft_model::calendar::Moment;

const DAY: i64 = 86_400;

/// `2024-05-01T12:00:00.000Z`, with milliseconds always.
pub fn iso8601_millis(millis: i64) -> String {
    let at = moment(millis);
    format!("{}T{}.{:03}Z", at.date(), at.clock(), millis.rem_euclid(1000))
}

/// `2024-05-01T12:00:00Z`, with milliseconds only where there are some.
pub fn iso8601(millis: i64) -> String {
    match millis.rem_euclid(1000) {
        0 => {
            let at = moment(millis);
            format!("{}T{}Z", at.date(), at.clock())
        }
        _ => iso8601_millis(millis),
    }
}

/// `Wed, 01 May 2024 12:00:00 GMT`, as in HTTP's headers.
pub fn rfc822(millis: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    let at = moment(millis);
    let day = DAYS[millis.div_euclid(1000 * DAY).rem_euclid(7) as usize];
    format!("{day}, {:02} {} {:04} {} GMT", at.day, MONTHS[usize::from(at.month) - 1], at.year, at.clock())
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn moment(millis: i64) -> Moment {
    Moment::of(millis.div_euclid(1000))
}

/// Reads any of AWS's spellings: ISO 8601 with or without fraction and offset, a date alone, RFC 822, seconds since
/// 1970. None if it is none of them.
pub fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return from_seconds(seconds);
    }
    match text.contains(',') {
        true => parse_rfc822(text),
        false => parse_iso8601(text),
    }
}

/// From seconds with a fraction, as JSON has them. None beyond the year 9999.
pub fn from_seconds(seconds: f64) -> Option<i64> {
    let millis = (seconds * 1000.0).round();
    (millis.abs() < 253_402_300_800_000.0).then_some(millis as i64)
}

fn parse_rfc822(text: &str) -> Option<i64> {
    let mut words = text.split_once(',')?.1.split_ascii_whitespace();
    let day = number(words.next()?, 1..=2)?;
    let month = words.next()?;
    let month = MONTHS.iter().position(|m| *m == month)? as i64 + 1;
    let year = number(words.next()?, 4..=4)?;
    let mut clock = words.next()?.split(':');
    let (h, m, s) = (number(clock.next()?, 2..=2)?, number(clock.next()?, 2..=2)?, number(clock.next()?, 2..=2)?);
    let zone = words.next()?;
    (matches!(zone, "GMT" | "UTC" | "+0000") && words.next().is_none() && clock.next().is_none()).then_some(())?;
    Some(seconds(year, month, day, h, m, s)? * 1000)
}

fn parse_iso8601(text: &str) -> Option<i64> {
    let (date, time) = match text.split_once(['T', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut date = date.split('-');
    let (y, mo, d) = (number(date.next()?, 4..=4)?, number(date.next()?, 2..=2)?, number(date.next()?, 2..=2)?);
    date.next().is_none().then_some(())?;
    let Some(time) = time else { return Some(seconds(y, mo, d, 0, 0, 0)? * 1000) };
    let (clock, offset) = match time.strip_suffix('Z') {
        Some(clock) => (clock, 0),
        None => match time.find(['+', '-']) {
            Some(at) => {
                let (clock, zone) = time.split_at(at);
                let (sign, zone) = zone.split_at(1);
                let (h, m) = zone.split_once(':').or_else(|| zone.split_at_checked(2))?;
                let offset = number(h, 2..=2)? * 3600 + number(m, 2..=2)? * 60;
                (clock, if sign == "-" { -offset } else { offset })
            }
            None => (time, 0),
        },
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut clock = clock.split(':');
    let (h, mi) = (number(clock.next()?, 2..=2)?, number(clock.next()?, 2..=2)?);
    let s = clock.next().map_or(Some(0), |s| number(s, 2..=2))?;
    clock.next().is_none().then_some(())?;
    number(fraction, 1..=9)?;
    let millis = format!("{fraction:0<3}").get(..3)?.parse::<i64>().ok()?;
    Some((seconds(y, mo, d, h, mi, s)? - offset) * 1000 + millis)
}

fn number(text: &str, digits: std::ops::RangeInclusive<usize>) -> Option<i64> {
    (digits.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

fn seconds(year: i64, month: i64, day: i64, hour: i64, minute: i64, second: i64) -> Option<i64> {
    let [month, day, hour, minute, second] = [month, day, hour, minute, second].map(|n| u8::try_from(n).ok());
    let year = i32::try_from(year).ok()?;
    Moment { year, month: month?, day: day?, hour: hour?, minute: minute?, second: second? }.seconds()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_as_aws_writes_them() {
        assert_eq!(iso8601_millis(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(iso8601(951_827_696_789), "2000-02-29T12:34:56.789Z");
        assert_eq!(iso8601(951_827_696_000), "2000-02-29T12:34:56Z");
        assert_eq!(rfc822(784_111_777_000), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(iso8601(-1000), "1969-12-31T23:59:59Z");
    }

    #[test]
    fn read_in_every_spelling() {
        for text in [
            "2000-02-29T12:34:56Z",
            "2000-02-29T12:34:56.000Z",
            "2000-02-29T13:34:56+01:00",
            "951827696",
            "Tue, 29 Feb 2000 12:34:56 GMT",
        ] {
            assert_eq!(parse(text), Some(951_827_696_000), "{text}");
        }
        assert_eq!(parse("2000-02-29"), Some(951_782_400_000));
        assert_eq!(parse("1970-01-01T00:00:00.5Z"), Some(500));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "now",
            "2001-02-29",
            "2000-13-01",
            "2000-02-29T25:00:00Z",
            "2000-02-29T12:34:56.Z",
            "1e300",
            "NaN",
            "é-1-1",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn there_and_back() {
        for day in (-200_000..400_000).step_by(97) {
            let millis = day * 86_400_000 + 12_345_678;
            assert_eq!(parse(&iso8601(millis)), Some(millis));
            assert_eq!(parse(&rfc822(millis)).map(|m| m / 1000), (day < 2_932_897).then_some(millis.div_euclid(1000)));
        }
    }
}
