//! Periods by calendar and anchor, through daylight saving.

use domain::access_policy::QuotaInterval;
use domain::limits::{Period, QuotaBasis};
use domain::time::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use proptest::prelude::*;

fn basis(interval: QuotaInterval, zone: &str) -> QuotaBasis {
    QuotaBasis { interval, zone: TimeZone::get(zone).unwrap(), anchor: Date::constant(2026, 1, 10) }
}

fn at(text: &str) -> Timestamp {
    Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_microsecond())
}

#[track_caller]
fn check(interval: QuotaInterval, zone: &str, call: &str, from: &str, until: &str) {
    let period = basis(interval, zone).period_at(at(call), None);
    let expected = Period { start: at(from), from: at(from), until: at(until) };
    assert_eq!(period, expected, "{interval:?} in {zone} at {call}");
}

#[test]
fn days_follow_the_zone_and_have_23_to_25_hours() {
    use QuotaInterval::Day;
    check(Day, "UTC", "2026-11-24T23:59:59.999999Z", "2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z");
    check(Day, "UTC", "2026-11-25T00:00:00Z", "2026-11-25T00:00:00Z", "2026-11-26T00:00:00Z");
    check(Day, "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z");
    check(Day, "Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z");
    check(Day, "America/New_York", "2026-11-01T05:30:00Z", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z");
    check(Day, "Asia/Kathmandu", "2026-05-01T18:14:59Z", "2026-04-30T18:15:00Z", "2026-05-01T18:15:00Z");
}

#[test]
fn a_day_without_midnight_begins_when_the_clock_has_passed_it() {
    use QuotaInterval::Day;
    // At 00:00 the clock goes to 01:00.
    check(Day, "America/Sao_Paulo", "2018-11-04T03:00:00Z", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z");
    check(Day, "America/Sao_Paulo", "2018-11-04T02:59:59Z", "2018-11-03T03:00:00Z", "2018-11-04T03:00:00Z");
    check(Day, "Asia/Beirut", "2022-03-26T22:00:00Z", "2022-03-26T22:00:00Z", "2022-03-27T21:00:00Z");
    // A whole day left out: after the 29th comes the 31st.
    check(Day, "Pacific/Apia", "2011-12-30T09:00:00Z", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z");
    check(Day, "Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z");
}

#[test]
fn a_midnight_that_comes_twice_begins_one_day() {
    use QuotaInterval::Day;
    // At 01:00 the clock goes back to 00:00.
    check(Day, "America/Havana", "2024-11-03T04:30:00Z", "2024-11-03T04:00:00Z", "2024-11-04T05:00:00Z");
    check(Day, "America/Havana", "2024-11-03T05:30:00Z", "2024-11-03T04:00:00Z", "2024-11-04T05:00:00Z");
    // At 00:01 the clock goes back to 23:01 of the day before: that hour stays with the day that had begun.
    check(Day, "America/St_Johns", "2010-11-07T02:30:30Z", "2010-11-07T02:30:00Z", "2010-11-08T03:30:00Z");
    check(Day, "America/St_Johns", "2010-11-07T03:00:00Z", "2010-11-07T02:30:00Z", "2010-11-08T03:30:00Z");
}

#[test]
fn weeks_begin_on_monday_and_months_and_years_on_their_first() {
    use QuotaInterval::{Month, Week, Year};
    check(Week, "UTC", "2026-11-29T23:59:59Z", "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z");
    check(Week, "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-22T23:00:00Z", "2026-03-29T22:00:00Z");
    check(Month, "UTC", "2024-02-29T12:00:00Z", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z");
    check(Month, "America/New_York", "2026-04-01T03:59:59Z", "2026-03-01T05:00:00Z", "2026-04-01T04:00:00Z");
    check(Year, "Europe/Berlin", "2026-12-31T22:59:59Z", "2025-12-31T23:00:00Z", "2026-12-31T23:00:00Z");
    check(Year, "Europe/Berlin", "2026-12-31T23:00:00Z", "2026-12-31T23:00:00Z", "2027-12-31T23:00:00Z");
}

#[test]
fn periods_of_days_run_from_the_anchor_both_ways() {
    use QuotaInterval::{Days30, Days60, Days90};
    check(Days30, "UTC", "2026-01-10T00:00:00Z", "2026-01-10T00:00:00Z", "2026-02-09T00:00:00Z");
    check(Days30, "UTC", "2026-01-09T23:59:59Z", "2025-12-11T00:00:00Z", "2026-01-10T00:00:00Z");
    check(Days60, "UTC", "2026-03-11T00:00:00Z", "2026-03-11T00:00:00Z", "2026-05-10T00:00:00Z");
    check(Days90, "Europe/Berlin", "2026-04-01T00:00:00Z", "2026-01-09T23:00:00Z", "2026-04-09T22:00:00Z");
}

#[test]
fn a_change_begins_a_period_that_ends_where_the_calendar_says() {
    let day = basis(QuotaInterval::Day, "UTC");
    let since = Some(at("2026-11-24T09:30:00Z"));
    let first = day.period_at(at("2026-11-24T10:00:00Z"), since);
    assert_eq!(first.start, at("2026-11-24T09:30:00Z"));
    assert_eq!(first.until, at("2026-11-25T00:00:00Z"));
    // A clock that goes back before the change stays in that period, one that goes back a day does not.
    assert_eq!(day.period_at(at("2026-11-24T08:00:00Z"), since), first);
    assert_eq!(day.period_at(at("2026-11-23T08:00:00Z"), since).start, at("2026-11-23T00:00:00Z"));
    assert_eq!(day.period_at(at("2026-11-25T08:00:00Z"), since).start, at("2026-11-25T00:00:00Z"));
}

#[test]
fn the_anchor_tells_bases_apart_only_where_periods_run_from_it() {
    for interval in QuotaInterval::ALL {
        let one = basis(interval, "UTC");
        let other = QuotaBasis { anchor: Date::constant(2026, 1, 11), ..one.clone() };
        assert_eq!(one.text() == other.text(), interval.anchored_days().is_none(), "{interval:?}");
        assert_ne!(one.text(), basis(interval, "Europe/Berlin").text());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_instant_belongs_to_exactly_one_period(
        micros in -4_000_000_000_000_000..8_000_000_000_000_000i64,
        interval in prop::sample::select(QuotaInterval::ALL.to_vec()),
        zone in prop::sample::select(vec![
            "UTC", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Asia/Beirut", "America/Havana",
            "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "Asia/Tehran",
            "America/Toronto", "Asia/Gaza",
        ]),
    ) {
        let basis = basis(interval, zone);
        let period = basis.period_at(Timestamp(micros), None);
        prop_assert!(period.covers(Timestamp(micros)));
        prop_assert_eq!(basis.period_at(Timestamp(period.until.0 - 1), None), period);
        let next = basis.period_at(period.until, None);
        prop_assert_eq!(next.from, period.until);
        prop_assert_eq!(next.start, period.until);
        // No clock was ever set by more than a day.
        let days = (period.until.0 - period.start.0) / 86_400_000_000;
        let most = match interval {
            QuotaInterval::Day => 1,
            QuotaInterval::Week => 7,
            QuotaInterval::Month => 31,
            QuotaInterval::Days30 => 30,
            QuotaInterval::Days60 => 60,
            QuotaInterval::Days90 => 90,
            QuotaInterval::Year => 366,
        };
        prop_assert!(period.start.0 < 0 || days <= most, "{} days", days);
    }

    #[test]
    fn absurd_clocks_have_a_period_too(micros in any::<i64>(), interval in prop::sample::select(QuotaInterval::ALL.to_vec())) {
        let period = basis(interval, "Europe/Berlin").period_at(Timestamp(micros), None);
        prop_assert!(period.covers(Timestamp(micros)) || micros == i64::MAX);
    }
}
