//! What many rounds say together.

/// The median of some numbers, and the quartiles around it.
///
/// Not the mean: a round during which the machine did something else is far off, and always in the
/// same direction.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Quartiles {
    /// A quarter of the numbers is smaller.
    pub lower: f64,
    /// Half of the numbers are smaller.
    pub median: f64,
    /// Three quarters of the numbers are smaller.
    pub upper: f64,
}

impl Quartiles {
    /// Of these numbers; all are NaN if there are none.
    ///
    /// ```
    /// use berkeley_benches::Quartiles;
    ///
    /// let of = Quartiles::of(vec![4.0, 1.0, 2.0, 100.0, 3.0]);
    /// assert_eq!((of.lower, of.median, of.upper), (2.0, 3.0, 4.0));
    /// ```
    #[must_use]
    pub fn of(mut numbers: Vec<f64>) -> Quartiles {
        numbers.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = share * numbers.len().saturating_sub(1) as f64;
            let below = numbers.get(place.floor() as usize).copied().unwrap_or(f64::NAN);
            let above = numbers.get(place.ceil() as usize).copied().unwrap_or(f64::NAN);
            below + (above - below) * place.fract()
        };
        Quartiles { lower: at(0.25), median: at(0.5), upper: at(0.75) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_lie_between_the_numbers() {
        // numbers, lower quartile, median, upper quartile
        for (numbers, lower, median, upper) in [
            (vec![5.0], 5.0, 5.0, 5.0),
            (vec![2.0, 1.0], 1.25, 1.5, 1.75),
            (vec![4.0, 3.0, 2.0, 1.0], 1.75, 2.5, 3.25), // none of them
            (vec![9.0, 1.0, 1.0, 1.0, 1.0], 1.0, 1.0, 1.0), // one disturbed round is not seen
        ] {
            assert_eq!(Quartiles::of(numbers), Quartiles { lower, median, upper });
        }
        assert!(Quartiles::of(Vec::new()).median.is_nan());
    }
}
