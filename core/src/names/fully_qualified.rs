//! Which of a host's names is its fully qualified one.

/// The fully qualified name among the names of a host, its official name first: the first one with
/// a dot, or the official one when none has a dot. This is how Python's `getfqdn()` chooses among
/// what `gethostbyaddr()` answers. `None` without any name.
///
/// ```
/// use berkeley::names::fully_qualified;
///
/// assert_eq!(fully_qualified(["host", "host.example.org"]), Some("host.example.org"));
/// assert_eq!(fully_qualified(["localhost", "ip6-localhost"]), Some("localhost"));
/// ```
pub fn fully_qualified<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut official = None;
    for name in names {
        if name.contains('.') {
            return Some(name);
        }
        official = official.or(Some(name));
    }
    official
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_name_with_a_dot_is_chosen() {
        // names, the official one first; which is chosen
        for (names, chosen) in [
            (&[][..], None),
            (&["host"], Some("host")),
            (&["host.example", "other.example"], Some("host.example")),
            (&["host", "alias", "host.example", "other.example"], Some("host.example")),
            (&["host", "alias"], Some("host")), // none is dotted: the official one
            (&["host", "."], Some(".")),        // a dot is a dot
        ] {
            assert_eq!(fully_qualified(names.iter().copied()), chosen, "{names:?}");
        }
    }
}
