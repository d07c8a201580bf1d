//! Exact decimal arithmetic in SQLite, which by itself would use floating point.
//!
//! The functions have the names and the order of SQLite's own extension `ext/misc/decimal.c`, which
//! its command line tool includes, so that the tool can read these tables. In some of its versions
//! 1.5 and 1.50 differ. `decimal_avg`, `decimal_fit`, `decimal_scale`, `decimal_limb`,
//! `decimal_join` and `decimal_mean` exist only here.

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::sqlite::{Sqlite, SqliteAggregateFunction, SqliteConnection, SqliteType};
use diesel::{QueryResult, define_sql_function};

use crate::backend::digits::NoDecimal;
use crate::backend::written::{self, Written};

mod functions {
    #![allow(missing_docs, unreachable_pub, reason = "the names are for SQL alone")]
    #![allow(clippy::too_many_arguments, reason = "a sum has six limbs")]
    use super::*;

    define_sql_function!(fn decimal_add(x: Nullable<Text>, y: Nullable<Text>) -> Nullable<Text>);
    define_sql_function!(fn decimal_sub(x: Nullable<Text>, y: Nullable<Text>) -> Nullable<Text>);
    define_sql_function!(fn decimal_mul(x: Nullable<Text>, y: Nullable<Text>) -> Nullable<Text>);
    define_sql_function!(fn decimal_cmp(x: Nullable<Text>, y: Nullable<Text>) -> Nullable<Integer>);
    define_sql_function!(#[aggregate] fn decimal_sum(x: Nullable<Text>) -> Nullable<Text>);
    define_sql_function!(
        #[aggregate] fn decimal_avg(x: Nullable<Text>, digits: BigInt) -> Nullable<Text>
    );
    define_sql_function!(
        fn decimal_fit(x: Nullable<Text>, precision: BigInt, scale: BigInt) -> Nullable<Text>
    );
    define_sql_function!(fn decimal_scale(x: Nullable<Text>) -> Nullable<BigInt>);
    define_sql_function!(fn decimal_limb(x: Nullable<Text>, n: BigInt) -> Nullable<BigInt>);
    define_sql_function!(
        fn decimal_join(
            scale: Nullable<BigInt>,
            x0: Nullable<BigInt>, x1: Nullable<BigInt>, x2: Nullable<BigInt>,
            x3: Nullable<BigInt>, x4: Nullable<BigInt>, x5: Nullable<BigInt>,
        ) -> Nullable<Text>
    );
    define_sql_function!(
        fn decimal_mean(
            count: BigInt, digits: BigInt,
            x0: Nullable<BigInt>, x1: Nullable<BigInt>, x2: Nullable<BigInt>,
            x3: Nullable<BigInt>, x4: Nullable<BigInt>, x5: Nullable<BigInt>,
        ) -> Nullable<Text>
    );
}

/// Registers the collating sequence and the functions on a connection.
pub(super) fn register(connection: &mut SqliteConnection) -> QueryResult<()> {
    // Diesel passes the two sides in reverse order.
    connection.register_collation("decimal", |right, left| written::compare(left, right))?;
    functions::decimal_add_utils::register_impl(connection, |x: Number, y: Number| {
        both(&x, &y, |x, y| Ok(x.total.plus(&y.total, 1).text(FIXED, x.scale.max(y.scale))))
    })?;
    functions::decimal_sub_utils::register_impl(connection, |x: Number, y: Number| {
        both(&x, &y, |x, y| Ok(x.total.plus(&y.total, -1).text(FIXED, x.scale.max(y.scale))))
    })?;
    functions::decimal_mul_utils::register_impl(connection, |x: Number, y: Number| {
        Answer(match (&x.0, &y.0) {
            (Some(x), Some(y)) => product(x, y).map(Some),
            _ => Ok(None),
        })
    })?;
    functions::decimal_cmp_utils::register_impl(connection, |x: Number, y: Number| {
        let order = x.0.zip(y.0).map(|(x, y)| written::compare(&x, &y));
        order.map(|order| order as i32)
    })?;
    functions::decimal_sum_utils::register_impl::<Sum, Number>(connection)?;
    functions::decimal_avg_utils::register_impl::<Mean, Number, i64>(connection)?;
    functions::decimal_fit_utils::register_impl(
        connection,
        |x: Number, precision: i64, scale: i64| {
            let amount = x.amount();
            Answer(amount.and_then(|it| it.map(|it| it.fit(precision, scale)).transpose()))
        },
    )?;
    functions::decimal_scale_utils::register_impl(connection, |x: Number| {
        Answer(x.amount().map(|amount| amount.map(|amount| i64::from(amount.scale))))
    })?;
    functions::decimal_limb_utils::register_impl(connection, |x: Number, n: i64| {
        let limb = |amount: Amount| {
            usize::try_from(n).ok().and_then(|n| amount.total.0.get(n).copied()).unwrap_or(0) as i64
        };
        Answer(x.amount().map(|amount| amount.map(limb)))
    })?;
    type Limb = Option<i64>;
    functions::decimal_join_utils::register_impl(
        connection,
        |scale: Limb, a: Limb, b: Limb, c: Limb, d: Limb, e: Limb, f: Limb| {
            let scale = scale.map(|scale| scale.clamp(0, FIXED as i64) as u32);
            scale.zip(Wide::joined([a, b, c, d, e, f])).map(|(scale, sum)| sum.text(FIXED, scale))
        },
    )?;
    functions::decimal_mean_utils::register_impl(
        connection,
        |count: i64, digits: i64, a: Limb, b: Limb, c: Limb, d: Limb, e: Limb, f: Limb| {
            Wide::joined([a, b, c, d, e, f]).map(|sum| sum.mean(count, digits))
        },
    )
}

/// Numbers are added with this many digits after the decimal point, the most that a Decimal has.
const FIXED: usize = 28;
const LIMBS: usize = 6;
/// A limb has ten digits, so that SQLite's own SUM adds 900 million limbs before it overflows.
const LIMB: i128 = 10_000_000_000;

/// A number with ten digits for each limb, the least significant first. Limbs are added without
/// carrying, and each may have a sign.
#[derive(Debug, Clone, Copy, Default)]
struct Wide([i128; LIMBS]);

impl Wide {
    fn joined(limbs: [Option<i64>; LIMBS]) -> Option<Self> {
        let mut wide = Wide::default();
        for (into, limb) in wide.0.iter_mut().zip(limbs) {
            *into = limb?.into();
        }
        Some(wide)
    }

    fn plus(mut self, other: &Self, sign: i128) -> Self {
        for (into, limb) in self.0.iter_mut().zip(other.0) {
            *into += sign * limb;
        }
        self
    }

    /// Returns the sign and the digits.
    fn digits(mut self) -> (bool, String) {
        self.carry();
        let negative = self.0[LIMBS - 1] < 0;
        if negative {
            self.0 = self.0.map(|limb| -limb);
            self.carry();
        }
        let [lower @ .., first] = self.0;
        let mut digits = first.to_string();
        for limb in lower.iter().rev() {
            digits.push_str(&format!("{limb:010}"));
        }
        (negative, digits)
    }

    /// Normalises the limbs: each but the first has ten digits and no sign.
    fn carry(&mut self) {
        for n in 1..LIMBS {
            let carried = self.0[n - 1].div_euclid(LIMB);
            self.0[n - 1] -= carried * LIMB;
            self.0[n] += carried;
        }
    }

    /// Formats the number as text. `behind` of its digits follow the decimal point, and `scale` are
    /// shown.
    fn text(self, behind: usize, scale: u32) -> String {
        let (negative, digits) = self.digits();
        write(negative, &digits, behind, scale as usize)
    }

    /// Returns the number divided by a count, rounded half away from zero.
    fn mean(self, count: i64, scale: i64) -> String {
        let (negative, digits) = self.digits();
        let scale = scale.clamp(0, FIXED as i64) as usize;
        let count = u128::from(count.unsigned_abs().max(1));
        let mut rest = 0;
        let mut quotient = Vec::with_capacity(digits.len() + 2);
        // One more digit than is shown determines the rounding.
        for digit in digits.bytes().map(|c| u128::from(c - b'0')).chain([0]) {
            rest = rest * 10 + digit;
            quotient.push((rest / count) as u8);
            rest %= count;
        }
        let shown = quotient.len() - 1 - FIXED + scale;
        let round_up = quotient[shown] >= 5;
        quotient.truncate(shown);
        if round_up {
            for digit in quotient.iter_mut().rev() {
                *digit = (*digit + 1) % 10;
                if *digit != 0 {
                    break;
                }
            }
        }
        let digits: String = quotient.iter().map(|digit| char::from(digit + b'0')).collect();
        write(negative, &digits, scale, scale)
    }
}

/// Writes digits with the decimal point in its place.
fn write(negative: bool, digits: &str, behind: usize, scale: usize) -> String {
    let zeros = "0".repeat((behind + 1).saturating_sub(digits.len()));
    let digits = zeros + digits;
    let (whole, fraction) = digits.split_at(digits.len() - behind);
    let whole = whole.trim_start_matches('0');
    let fraction = &fraction[..scale.min(fraction.len())];
    let is_zero = whole.is_empty() && fraction.bytes().all(|c| c == b'0');
    let sign = if negative && !is_zero { "-" } else { "" };
    let whole = if whole.is_empty() { "0" } else { whole };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{fraction}")
}

/// A number that can be added.
#[derive(Debug, Clone, Copy)]
struct Amount {
    total: Wide,
    scale: u32,
}

impl Amount {
    fn read(text: &str) -> Result<Self, NoDecimal> {
        let written = Written::read(text).ok_or(NoDecimal::NoNumber)?;
        let scale = written.scale();
        let mut total = Wide::default();
        // The place of each digit, counted from the last place that exists.
        let first = FIXED as i64 - scale + written.digits().count() as i64 - 1;
        for (digit, place) in written.digits().zip((i64::MIN..=first).rev()) {
            if digit == 0 {
                continue;
            }
            let place = u32::try_from(place).map_err(|_| NoDecimal::TooLong)?;
            let limb = total.0.get_mut((place / 10) as usize).ok_or(NoDecimal::TooLong)?;
            let value = i128::from(digit) * 10_i128.pow(place % 10);
            *limb += if written.negative { -value } else { value };
        }
        Ok(Amount { total, scale: scale.clamp(0, FIXED as i64) as u32 })
    }
}

impl Amount {
    /// Rounds the number to this many digits after the decimal point, as columns of other databases
    /// do.
    fn fit(self, precision: i64, scale: i64) -> Result<String, NoDecimal> {
        let text = self.total.mean(1, scale);
        let whole = text.split('.').next().unwrap_or_default().trim_start_matches(['-', '0']);
        match i64::try_from(whole.len()) {
            Ok(digits) if digits <= precision - scale => Ok(text),
            _ => Err(NoDecimal::NoRoom),
        }
    }
}

fn product(x: &str, y: &str) -> Result<String, NoDecimal> {
    let (x, y) = (written::parse(x)?, written::parse(y)?);
    let limbs = |number: i128| [number % LIMB, number / LIMB % LIMB, number / LIMB / LIMB];
    let mut product = Wide::default();
    for (n, a) in limbs(x.mantissa()).into_iter().enumerate() {
        for (m, b) in limbs(y.mantissa()).into_iter().enumerate() {
            product.0[n + m] += a * b;
        }
    }
    let scale = x.scale() + y.scale();
    Ok(product.text(scale as usize, scale))
}

fn both(
    x: &Number,
    y: &Number,
    join: impl Fn(Amount, Amount) -> Result<String, NoDecimal>,
) -> Answer<String> {
    let joined = || match (x.amount()?, y.amount()?) {
        (Some(x), Some(y)) => join(x, y).map(Some),
        _ => Ok(None),
    };
    Answer(joined())
}

/// The text of a number that SQLite passes, whatever its storage class.
#[derive(Debug, FromSqlRow)]
struct Number(Option<String>);

impl Number {
    fn amount(&self) -> Result<Option<Amount>, NoDecimal> {
        self.0.as_deref().map(Amount::read).transpose()
    }
}

impl FromSql<Nullable<Text>, Sqlite> for Number {
    fn from_sql(
        mut value: <Sqlite as diesel::backend::Backend>::RawValue<'_>,
    ) -> deserialize::Result<Self> {
        Ok(Number(Some(match value.value_type() {
            Some(SqliteType::Integer | SqliteType::SmallInt | SqliteType::Long) => {
                value.read_long().to_string()
            }
            Some(SqliteType::Float | SqliteType::Double) => value.read_double().to_string(),
            Some(SqliteType::Text) => value.read_text().to_owned(),
            _ => return Err(NoDecimal::NoNumber.into()),
        })))
    }

    fn from_nullable_sql(
        value: Option<<Sqlite as diesel::backend::Backend>::RawValue<'_>>,
    ) -> deserialize::Result<Self> {
        value.map_or(Ok(Number(None)), Self::from_sql)
    }
}

/// The result of a function: a value, NULL or an error of the statement.
#[derive(Debug)]
struct Answer<T>(Result<Option<T>, NoDecimal>);

impl<T, ST> ToSql<Nullable<ST>, Sqlite> for Answer<T>
where
    T: ToSql<ST, Sqlite>,
    ST: diesel::sql_types::SqlType<IsNull = diesel::sql_types::is_nullable::NotNull>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        match &self.0 {
            Ok(Some(value)) => value.to_sql(out),
            Ok(None) => Ok(IsNull::Yes),
            Err(error) => Err((*error).into()),
        }
    }
}

/// `decimal_sum`.
#[derive(Debug, Default)]
struct Sum {
    total: Wide,
    scale: u32,
    count: i64,
    failed: Option<NoDecimal>,
}

impl Sum {
    fn add(&mut self, number: &Number) {
        match number.amount() {
            Ok(Some(amount)) => {
                self.total = self.total.plus(&amount.total, 1);
                self.scale = self.scale.max(amount.scale);
                self.count += 1;
            }
            Ok(None) => {}
            Err(error) => self.failed = Some(error),
        }
    }

    fn finish(self, text: impl FnOnce(&Self) -> String) -> Answer<String> {
        Answer(match self.failed {
            Some(error) => Err(error),
            None => Ok((self.count > 0).then(|| text(&self))),
        })
    }
}

impl SqliteAggregateFunction<Number> for Sum {
    type Output = Answer<String>;

    fn step(&mut self, number: Number) {
        self.add(&number);
    }

    fn finalize(sum: Option<Self>) -> Self::Output {
        sum.unwrap_or_default().finish(|sum| sum.total.text(FIXED, sum.scale))
    }
}

/// `decimal_avg`.
#[derive(Debug, Default)]
struct Mean {
    sum: Sum,
    digits: i64,
}

impl SqliteAggregateFunction<(Number, i64)> for Mean {
    type Output = Answer<String>;

    fn step(&mut self, (number, digits): (Number, i64)) {
        self.sum.add(&number);
        self.digits = digits;
    }

    fn finalize(mean: Option<Self>) -> Self::Output {
        let mean = mean.unwrap_or_default();
        mean.sum.finish(|sum| sum.total.mean(sum.count, mean.digits))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "an unexpected error fails the test")]
mod tests {
    use super::*;

    fn amount(text: &str) -> Amount {
        Amount::read(text).unwrap()
    }

    #[test]
    fn sums_carry_and_borrow() {
        let add = |x: &str, y: &str| {
            let (x, y) = (amount(x), amount(y));
            x.total.plus(&y.total, 1).text(FIXED, x.scale.max(y.scale))
        };
        assert_eq!(add("0.10", "0.2"), "0.30");
        assert_eq!(add("9999999999.99", "0.01"), "10000000000.00");
        assert_eq!(add("-1", "0.0000000000000000000000000001"), "-0.9999999999999999999999999999");
        assert_eq!(add("1.5", "-1.50"), "0.00");
        let most = "79228162514264337593543950335";
        assert_eq!(add(most, most), "158456325028528675187087900670");
        assert!(Amount::read("1e40").is_err() && Amount::read("1e-29").is_err());
    }

    #[test]
    fn means_are_rounded_half_away_from_zero() {
        let mean = |sum: &str, count, digits| amount(sum).total.mean(count, digits);
        assert_eq!(mean("10", 3, 4), "3.3333");
        assert_eq!(mean("20", 3, 4), "6.6667");
        assert_eq!(mean("0.05", 2, 2), "0.03");
        assert_eq!(mean("-0.05", 2, 2), "-0.03");
        assert_eq!(mean("-0.04", 20, 2), "0.00");
        assert_eq!(mean("1", 2, 0), "1");
        assert_eq!(mean("999.9999", 1, 2), "1000.00");
        assert_eq!(mean("1", 3, 28), "0.3333333333333333333333333333");
        assert_eq!(mean("2", 3, 28), "0.6666666666666666666666666667");
    }

    #[test]
    fn products_keep_all_digits() {
        assert_eq!(product("1.10", "-2.5").unwrap(), "-2.750");
        let most = "79228162514264337593543950335";
        assert_eq!(
            product(most, most).unwrap(),
            "6277101735386680763835789423049210091073826769276946612225"
        );
        assert_eq!(
            product("0.0000000000000000000000000001", "0.1").unwrap(),
            "0.00000000000000000000000000001"
        );
    }
}
