//! The least of several things: `Iterator::min_by_key`, whose code is there once instead of twice.

/// The first one with the least key.
pub(crate) fn least_by_key<T, K: Ord>(
    things: impl Iterator<Item = T>,
    key: impl Fn(&T) -> K,
) -> Option<T> {
    let mut least: Option<(K, T)> = None;
    things.for_each(|thing| {
        let key = key(&thing);
        if least.as_ref().is_none_or(|(least, _)| key < *least) {
            least = Some((key, thing));
        }
    });
    least.map(|(_, thing)| thing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_equals_the_first_is_taken() {
        // things with their keys, which is the least
        for (things, least) in [
            (&[][..], None),
            (&[(3, 'a')], Some((3, 'a'))),
            (&[(3, 'a'), (1, 'b'), (2, 'c')], Some((1, 'b'))),
            (&[(1, 'a'), (1, 'b'), (0, 'c'), (0, 'd')], Some((0, 'c'))),
        ] {
            let found = least_by_key(things.iter().copied(), |(key, _)| *key);
            assert_eq!(found, least, "{things:?}");
        }
    }
}
