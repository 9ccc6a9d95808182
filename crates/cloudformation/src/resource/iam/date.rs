//! Times as attributes show them.

use croft_model::calendar::Moment;

/// Seconds since 1970 as `2026-01-31T08:15:00Z`.
pub fn text(seconds: u64) -> String {
    let moment = Moment::of(seconds as i64);
    format!("{}T{}Z", moment.date(), moment.clock())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_date_of_the_calendar() {
        assert_eq!(text(0), "1970-01-01T00:00:00Z");
        assert_eq!(text(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(text(1_700_000_000), "2023-11-14T22:13:20Z");
        assert_eq!(text(1_735_689_599), "2024-12-31T23:59:59Z");
    }
}
