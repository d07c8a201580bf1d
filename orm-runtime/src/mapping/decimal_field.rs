//! Decimals as column values and as keys.

use rust_decimal::Decimal;

use super::{ColumnValue, FitDigits, HashIndex, Key};

/// Gives a value exactly `scale` digits after the decimal point, as its column does, so that memory
/// holds what the database will hold. `precision` is the most digits in all. Nothing is rounded.
/// Sends no SQL.
///
/// ```
/// use orm_runtime::decimal::fit;
/// use rust_decimal::Decimal;
///
/// let mut price = Decimal::new(15, 1);
/// fit(&mut price, 12, 2).unwrap();
/// assert_eq!(price.to_string(), "1.50");
///
/// let mut exact = Decimal::new(1234, 3);
/// assert_eq!(
///     fit(&mut exact, 12, 2).unwrap_err(),
///     "the value has 3 digits after the decimal point, and the column has room for 2"
/// );
/// ```
///
/// # Errors
/// Returns a text with the number of digits if the column has no room for them. The value is
/// unchanged, and the text does not contain it.
pub fn fit(value: &mut Decimal, precision: u32, scale: u32) -> Result<(), String> {
    let shortest = value.normalize();
    if shortest.scale() > scale {
        return Err(format!(
            "the value has {} digits after the decimal point, and the column has room for {scale}",
            shortest.scale()
        ));
    }
    let room = precision.saturating_sub(scale);
    let whole = match shortest.trunc().mantissa().unsigned_abs() {
        0 => 0,
        whole => whole.ilog10() + 1,
    };
    if whole > room {
        return Err(format!(
            "the value has {whole} digits before the decimal point, and the column has room for {room}"
        ));
    }
    let mut fitted = shortest;
    fitted.rescale(scale);
    if fitted.scale() != scale {
        return Err(format!(
            "the value has {whole} digits before the decimal point, and a Decimal has no room for {scale} after it"
        ));
    }
    *value = fitted;
    Ok(())
}

impl FitDigits for Decimal {
    fn fit(&mut self, precision: u32, scale: u32) -> Result<(), String> {
        fit(self, precision, scale)
    }
}

/// Trailing zeros count, because a column without declared digits keeps them. If the column
/// declares its digits, [`fit`] has given both values the same number of digits before they are
/// compared.
impl ColumnValue for Decimal {
    #[inline]
    fn same(&self, other: &Self) -> bool {
        self == other && self.scale() == other.scale()
    }
}

/// `1.10` and `1.1` are the same key.
impl Key for Decimal {
    type Index = HashIndex<Self>;
    const EXACT: bool = true;

    /// Returns a number below zero, where keys are rare. It is short, because the column may have
    /// room for few digits.
    fn parked(n: u32, _: Option<u32>) -> Option<Self> {
        Some(-Self::from(n) - Self::ONE)
    }

    fn push_json(&self, json: &mut String) -> bool {
        json.push('"');
        json.push_str(&self.to_string());
        json.push('"');
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(text: &str, precision: u32, scale: u32) -> Result<String, String> {
        let mut value: Decimal = text.parse().unwrap_or_default();
        fit(&mut value, precision, scale).map(|()| value.to_string())
    }

    #[test]
    fn digits_are_added_and_none_is_lost() {
        assert_eq!(fitted("1.5", 12, 2).as_deref(), Ok("1.50"));
        assert_eq!(fitted("1.5000", 12, 2).as_deref(), Ok("1.50"));
        assert_eq!(fitted("-99", 4, 2).as_deref(), Ok("-99.00"));
        assert_eq!(fitted("0.00", 2, 2).as_deref(), Ok("0.00"));
        assert_eq!(fitted("0.99", 2, 2).as_deref(), Ok("0.99"));
        assert!(fitted("1.005", 12, 2).is_err_and(|reason| !reason.contains("1.005")));
        assert!(fitted("100", 4, 2).is_err_and(|reason| reason.contains("3 digits before")));
        assert!(fitted("1", 2, 2).is_err());
        assert!(fitted("79228162514264337593543950335", 57, 28).is_err());
    }
}
