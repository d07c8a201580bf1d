//! Decimals built from digits, without losing or inventing any.

use rust_decimal::Decimal;

/// The largest integer that the digits of a [`Decimal`] can form.
const MAX: u128 = (1 << 96) - 1;

/// Why a value that a database sent is not a [`Decimal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoDecimal {
    #[error("it is not a decimal number")]
    NoNumber,
    #[error("the number is NaN or infinite, which a Decimal cannot be")]
    NotFinite,
    #[error(
        "the number has more digits than a Decimal holds: at most 28, and at most 28 after the decimal point"
    )]
    TooLong,
    #[error(
        "the number is out of range: its column has room for fewer digits before the decimal point"
    )]
    #[cfg(feature = "sqlite")]
    NoRoom,
}

/// Returns the number with these digits, with `scale` of them after the decimal point. Trailing
/// zeros are omitted only if there is no room for them.
pub(crate) fn from_digits(
    negative: bool,
    digits: impl Iterator<Item = u8>,
    scale: i64,
) -> Result<Decimal, NoDecimal> {
    let mut number: u128 = 0;
    // Zeros are held back until another digit follows.
    let mut zeros: i64 = 0;
    for digit in digits {
        match digit {
            0 if number == 0 => {}
            0 => zeros += 1,
            _ => {
                number = shifted(number, zeros + 1).ok_or(NoDecimal::TooLong)? + u128::from(digit);
                if number > MAX {
                    return Err(NoDecimal::TooLong);
                }
                zeros = 0;
            }
        }
    }
    if number == 0 {
        return Ok(Decimal::new(0, scale.clamp(0, 28) as u32));
    }
    zeros += (-scale).max(0);
    let mut scale = scale.max(0);
    while zeros > 0 && number * 10 <= MAX {
        number *= 10;
        zeros -= 1;
    }
    scale -= zeros;
    while scale > 28 && number.is_multiple_of(10) {
        number /= 10;
        scale -= 1;
    }
    let scale = u32::try_from(scale).map_err(|_| NoDecimal::TooLong)?;
    let mut decimal =
        Decimal::try_from_i128_with_scale(number as i128, scale).map_err(|_| NoDecimal::TooLong)?;
    decimal.set_sign_negative(negative);
    Ok(decimal)
}

/// Returns the number with this many zeros appended, if there is room for them.
fn shifted(number: u128, zeros: i64) -> Option<u128> {
    let shift = 10_u128.checked_pow(u32::try_from(zeros).ok()?)?;
    number.checked_mul(shift).filter(|&shifted| shifted <= MAX)
}

/// Removes the sign of a zero, which has none in a database.
pub(crate) fn unsigned_zero(decimal: Decimal) -> Decimal {
    if decimal.is_zero() { decimal.abs() } else { decimal }
}
