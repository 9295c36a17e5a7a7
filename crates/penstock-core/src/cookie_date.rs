//! Dates of cookies, read as leniently as RFC 6265, section 5.1.1, asks: by finding a time, a day, a month and a year
//! among words.

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Seconds since 1970; None when it is no date.
#[must_use]
pub fn parse(text: &str) -> Option<i64> {
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for word in text.split(is_delimiter).filter(|word| !word.is_empty()) {
        if time.is_none()
            && let Some(found) = parse_time(word)
        {
            time = Some(found);
        } else if day.is_none()
            && let Some(found) = leading_number(word, 1..=2)
        {
            day = Some(found);
        } else if month.is_none()
            && let Some(found) = parse_month(word)
        {
            month = Some(found);
        } else if year.is_none()
            && let Some(found) = leading_number(word, 2..=4)
        {
            year = Some(match found {
                70..=99 => found + 1900,
                0..=69 => found + 2000,
                other => other,
            });
        }
    }
    let ((hour, minute, second), day, month, year) = (time?, day?, month?, year?);
    if !(1..=31).contains(&day) || year < 1601 || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some(days_since_1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)
}

fn is_delimiter(character: char) -> bool {
    character.is_ascii() && !character.is_ascii_alphanumeric() && character != ':'
}

fn parse_month(word: &str) -> Option<i64> {
    let start = word.get(..3)?.to_ascii_lowercase();
    MONTHS.iter().position(|month| *month == start).and_then(|at| i64::try_from(at + 1).ok())
}

/// `hh:mm:ss`, each of one or two digits; what follows the last is ignored.
fn parse_time(word: &str) -> Option<(i64, i64, i64)> {
    let mut fields = word.splitn(3, ':');
    let whole = |field: &str| (field.len() <= 2).then(|| field.parse::<u8>().ok()).flatten().map(i64::from);
    Some((whole(fields.next()?)?, whole(fields.next()?)?, leading_number(fields.next()?, 1..=2)?))
}

/// The number at the start of a word, if it has an allowed count of digits.
fn leading_number(word: &str, digits: std::ops::RangeInclusive<usize>) -> Option<i64> {
    let count = word.bytes().take_while(u8::is_ascii_digit).count();
    if digits.contains(&count) { word[..count].parse().ok() } else { None }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March here, so that the leap day is their last.
    let year = if month > 2 { year } else { year - 1 };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}
