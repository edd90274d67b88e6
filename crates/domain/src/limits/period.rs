//! Periods of usage quotas: by the calendar of a time zone, or of N days from an anchor day.
//!
//! A day begins at midnight; where daylight saving repeats midnight, at the first; where it skips it, when the clock
//! has passed it. Periods follow each other without gap or overlap: every instant belongs to exactly one.

use crate::access_policy::QuotaInterval;
use crate::time::Timestamp;
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// What the periods of a quota follow from. A change of it starts a new period at the time of the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaBasis {
    /// Kind of period.
    pub interval: QuotaInterval,
    /// The time zone of its days.
    pub zone: TimeZone,
    /// The day from which periods of so many days run. Says nothing for calendar periods.
    pub anchor: Date,
}

/// One period: calls from `from` to before `until` are charged to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// When it began: what it is known by. Later than `from` where a change of the basis began it.
    pub start: Timestamp,
    /// Where the calendar lets it begin.
    pub from: Timestamp,
    /// Where it ends.
    pub until: Timestamp,
}

impl Period {
    /// Whether a call at this time is charged to it.
    pub fn covers(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }

    /// Its length in seconds, rounded up.
    pub fn seconds(&self) -> u64 {
        u64::try_from(self.until.0.saturating_sub(self.start.0)).unwrap_or(0).div_ceil(1_000_000)
    }
}

/// Times are held to 1970-01-02 to the year 9990, so that no calendar sum leaves its range.
const FIRST: i64 = 86_400_000_000;
const LAST: i64 = 253_000_000_000_000_000;

impl QuotaBasis {
    /// The period that a call at `at` is charged to. `since`: when this basis replaced another, if it did.
    pub fn period_at(&self, at: Timestamp, since: Option<Timestamp>) -> Period {
        let at = at.0.clamp(FIRST, LAST);
        // Cannot fail within the bounds above; were it to, one period would hold all there is.
        let (from, until) = self.bounds(at).unwrap_or((FIRST, LAST + 1));
        let began = since.map(|since| since.0).filter(|since| (from..until).contains(since));
        // The outermost periods cover what lies outside of the bounds.
        let widened_from = if from <= FIRST { i64::MIN } else { from };
        let widened_until = if until > LAST { i64::MAX } else { until };
        Period {
            start: Timestamp(began.unwrap_or(from)),
            from: Timestamp(widened_from),
            until: Timestamp(widened_until),
        }
    }

    /// What tells this basis from another. The anchor counts only where periods run from it.
    pub fn text(&self) -> String {
        let zone = self.zone.iana_name().map_or_else(|| format!("{:?}", self.zone), str::to_owned);
        match self.interval.anchored_days() {
            Some(_) => format!("{} {zone} {}", self.interval.as_str(), self.anchor),
            None => format!("{} {zone}", self.interval.as_str()),
        }
    }

    /// Whether both have the same periods.
    pub fn is_same(&self, other: &Self) -> bool {
        let anchored = self.interval.anchored_days().is_some();
        self.interval == other.interval && (!anchored || self.anchor == other.anchor) && self.zone == other.zone
    }

    fn bounds(&self, at: i64) -> Result<(i64, i64), jiff::Error> {
        let instant = jiff::Timestamp::from_microsecond(at)?;
        let mut first = self.first_day(self.zone.to_datetime(instant).date())?;
        // Where a clock turned back over midnight repeats part of a day, the date alone can be off by one period.
        if self.midnight(first)? > at {
            first = self.first_day(first.yesterday()?)?;
        }
        let mut next = self.day_after_period(first)?;
        while self.midnight(next)? <= at {
            (first, next) = (next, self.day_after_period(next)?);
        }
        Ok((self.midnight(first)?, self.midnight(next)?))
    }

    /// The first day of the period that a day belongs to.
    fn first_day(&self, day: Date) -> Result<Date, jiff::Error> {
        match self.interval {
            QuotaInterval::Day => Ok(day),
            QuotaInterval::Week => day.checked_sub(i64::from(day.weekday().to_monday_zero_offset()).days()),
            QuotaInterval::Month => Ok(day.first_of_month()),
            QuotaInterval::Year => Ok(day.first_of_year()),
            QuotaInterval::Days30 | QuotaInterval::Days60 | QuotaInterval::Days90 => {
                let length = self.interval.anchored_days().unwrap_or(1);
                let into = self.anchor.until(day)?.get_days().rem_euclid(length);
                day.checked_sub(i64::from(into).days())
            }
        }
    }

    /// The day after the last one of the period that begins with a day.
    fn day_after_period(&self, first: Date) -> Result<Date, jiff::Error> {
        match self.interval {
            QuotaInterval::Day => first.tomorrow(),
            QuotaInterval::Week => first.checked_add(7.days()),
            QuotaInterval::Month => first.last_of_month().tomorrow(),
            QuotaInterval::Year => first.checked_add(1.year()),
            QuotaInterval::Days30 | QuotaInterval::Days60 | QuotaInterval::Days90 => {
                first.checked_add(i64::from(self.interval.anchored_days().unwrap_or(1)).days())
            }
        }
    }

    fn midnight(&self, day: Date) -> Result<i64, jiff::Error> {
        Ok(self.zone.to_timestamp(day.at(0, 0, 0, 0))?.as_microsecond())
    }
}
