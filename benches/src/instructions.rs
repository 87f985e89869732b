//! Instructions per operation, as `instructions.sh` counts them.

use std::collections::HashMap;

/// Counts by group and competitor.
#[derive(Default, Debug)]
pub(crate) struct Instructions(HashMap<(String, String), String>);

impl Instructions {
    /// The counts of a file with lines of a group, a competitor and a number, apart by tabs. Lines
    /// that begin with `#` are remarks.
    pub(crate) fn read(text: &str) -> Result<Instructions, String> {
        let mut counts = HashMap::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let fields: Vec<_> = line.split('\t').collect();
            let [group, competitor, count] = fields[..] else {
                return Err(format!("not a group, a competitor and a count: {line:?}"));
            };
            counts.insert((group.to_owned(), competitor.to_owned()), count.to_owned());
        }
        Ok(Instructions(counts))
    }

    /// The count of one competitor, as it was written.
    pub(crate) fn of(&self, group: &str, competitor: &str) -> Option<&str> {
        self.0.get(&(group.to_owned(), competitor.to_owned())).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read() {
        let counts = Instructions::read("# rustc\nipv4-parse\tcore\t231\n").unwrap();
        assert_eq!(counts.of("ipv4-parse", "core"), Some("231"));
        assert_eq!(counts.of("ipv4-parse", "glibc"), None);
        assert!(Instructions::read("ipv4-parse core 231").is_err());
    }
}
