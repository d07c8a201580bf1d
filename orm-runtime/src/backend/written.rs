//! Decimals in their text form.

#[cfg(feature = "sqlite")]
use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::digits::{NoDecimal, from_digits};

/// The parts of a decimal number: `-12.50e3`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Written<'a> {
    pub(crate) negative: bool,
    whole: &'a [u8],
    behind: &'a [u8],
    exponent: i64,
}

impl<'a> Written<'a> {
    /// Parses a string, or returns `None` if it is not a decimal number.
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        let bytes = text.trim_ascii().as_bytes();
        let (negative, bytes) = match bytes {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, bytes),
        };
        let (number, exponent) = match bytes.iter().position(|c| matches!(c, b'e' | b'E')) {
            Some(at) => (&bytes[..at], std::str::from_utf8(&bytes[at + 1..]).ok()?.parse().ok()?),
            None => (bytes, 0_i32),
        };
        let (whole, behind) = match number.iter().position(|&c| c == b'.') {
            Some(at) => (&number[..at], &number[at + 1..]),
            None => (number, &[][..]),
        };
        let mut digits = whole.iter().chain(behind).peekable();
        digits.peek()?;
        digits.all(u8::is_ascii_digit).then_some(Written {
            negative,
            whole,
            behind,
            exponent: exponent.into(),
        })
    }

    /// Returns the digits from the left, without the decimal point.
    pub(crate) fn digits(&self) -> impl Iterator<Item = u8> + Clone + 'a {
        self.whole.iter().chain(self.behind).map(|c| c - b'0')
    }

    /// Returns how many of the digits follow the decimal point; negative if zeros must be appended.
    pub(crate) fn scale(&self) -> i64 {
        self.behind.len() as i64 - self.exponent
    }
}

/// The order of decimals on SQLite, where they are text.
#[cfg(feature = "sqlite")]
impl Written<'_> {
    /// Returns how many digits precede the decimal point, from the first nonzero one; `None` for
    /// zero.
    fn size(&self) -> Option<i64> {
        let zeros = self.digits().position(|digit| digit != 0)?;
        Some(self.whole.len() as i64 + self.exponent - zeros as i64)
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self.size(), other.size()) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) if other.negative => Ordering::Greater,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) if self.negative => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            _ if self.negative != other.negative => other.negative.cmp(&self.negative),
            (Some(a), Some(b)) => {
                let order = a.cmp(&b).then_with(|| self.compare_digits(other));
                if self.negative { order.reverse() } else { order }
            }
        }
    }

    /// Compares from the first nonzero digit; the shorter number continues with zeros.
    fn compare_digits(&self, other: &Self) -> Ordering {
        let mut ours = self.digits().skip_while(|&digit| digit == 0);
        let mut others = other.digits().skip_while(|&digit| digit == 0);
        loop {
            match (ours.next(), others.next()) {
                (None, None) => return Ordering::Equal,
                (a, b) => match a.unwrap_or(0).cmp(&b.unwrap_or(0)) {
                    Ordering::Equal => {}
                    order => return order,
                },
            }
        }
    }
}

/// Compares strings as decimal numbers; other strings sort after all numbers.
#[cfg(feature = "sqlite")]
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    match (Written::read(a), Written::read(b)) {
        (Some(a), Some(b)) => a.compare(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

/// Parses a string as a number, with all its digits after the decimal point.
pub(crate) fn parse(text: &str) -> Result<Decimal, NoDecimal> {
    let written = Written::read(text).ok_or(NoDecimal::NoNumber)?;
    from_digits(written.negative, written.digits(), written.scale())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "an unexpected error fails the test")]
mod tests {
    use super::*;

    #[test]
    fn texts_keep_every_digit_that_fits() {
        let text = |text| parse(text).map(|decimal| decimal.to_string());
        for same in [
            "0",
            "0.00",
            "-1.10",
            "79228162514264337593543950335",
            "0.1234567890123456789012345678",
        ] {
            assert_eq!(text(same).unwrap(), same);
        }
        assert_eq!(text(" +1.5e2 ").unwrap(), "150");
        assert_eq!(text("15E-3").unwrap(), "0.015");
        assert_eq!(text("-0.0").unwrap(), "0.0");
        assert_eq!(text(".5").unwrap(), "0.5");
        let long = "1.2300000000000000000000000000000000000000";
        assert_eq!(text(long).unwrap(), "1.2300000000000000000000000000");
        for too_long in [
            "79228162514264337593543950336",
            "1e29",
            "1e999999999",
            "1e-29",
            "0.12345678901234567890123456789",
        ] {
            assert_eq!(text(too_long), Err(NoDecimal::TooLong), "{too_long}");
        }
        for wrong in ["", "-", ".", "1.2.3", "1,5", "1e", "0x10", "NaN", "1 2"] {
            assert_eq!(text(wrong), Err(NoDecimal::NoNumber), "{wrong}");
        }
    }

    #[cfg(feature = "sqlite")]
    #[test]
    fn texts_are_ordered_as_numbers() {
        let ordered = [
            "-1e30",
            "-100",
            "-99.9",
            "-1.5",
            "-0.001",
            "0",
            "1e-30",
            "0.5",
            "0.50001",
            "9",
            "10",
            "99999999999999999999999999999999",
            "nothing",
            "x",
        ];
        for (n, a) in ordered.iter().enumerate() {
            for (m, b) in ordered.iter().enumerate() {
                assert_eq!(compare(a, b), n.cmp(&m), "{a} {b}");
            }
        }
        for (a, b) in [("1.10", "1.1"), ("-0", "0.00"), ("100", "1e2"), ("007", "7")] {
            assert_eq!(compare(a, b), Ordering::Equal);
        }
    }
}
