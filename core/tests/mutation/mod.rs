//! Texts with a mistake or two: sound ones, changed a little.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Up to two changes of a sound text: one of these characters is inserted or takes the place of
/// another, one is removed, or the text ends early.
pub(crate) fn change(
    sound: impl Strategy<Value = String>,
    with: &str,
) -> impl Strategy<Value = String> {
    let with: Vec<char> = with.chars().collect();
    (sound, vec((any::<Index>(), 0..4, select(with)), 0..3)).prop_map(|(text, changes)| {
        let mut text: Vec<char> = text.chars().collect();
        for (place, how, with) in changes {
            let place = place.index(text.len() + 1);
            match how {
                0 => text.insert(place, with),
                1 if place < text.len() => text[place] = with,
                2 => text.truncate(place),
                _ if place < text.len() => drop(text.remove(place)),
                _ => {}
            }
        }
        text.into_iter().collect()
    })
}
