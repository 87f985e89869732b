//! The differences that are meant: the lines of `divergences.txt`.

use crate::program::Difference;

/// A difference that is meant.
pub(crate) struct Known {
    line: usize,
    call: &'static str,
    kernel: &'static str,
    userspace: &'static str,
}

impl Known {
    pub(crate) fn line(&self) -> usize {
        self.line
    }

    fn is_about(&self, call: &str) -> bool {
        if let Some(names) = self.call.strip_prefix("option ") {
            let name = call.split(' ').nth(1);
            let is_one = call.starts_with("getsockopt ") || call.starts_with("setsockopt ");
            return is_one && names.split(' ').any(|option| Some(option) == name);
        }
        let rest = call.strip_prefix(self.call);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    }

    pub(crate) fn fits(&self, found: &Difference) -> bool {
        self.is_about(&found.call)
            && is_like(self.kernel, &found.kernel)
            && is_like(self.userspace, &found.userspace)
    }
}

/// Whether an outcome is this one; a star stands for anything.
fn is_like(pattern: &str, outcome: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return outcome == pattern };
    let Some(outcome) = outcome.strip_prefix(start) else { return false };
    (0..=outcome.len()).any(|at| outcome.is_char_boundary(at) && is_like(rest, &outcome[at..]))
}

/// All of them.
pub(crate) fn known() -> Vec<Known> {
    let lines = (1..).zip(include_str!("../../divergences.txt").lines());
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|(number, line)| {
            let fields: Vec<_> = line.splitn(4, '|').map(str::trim).collect();
            let [call, kernel, userspace, reason] = fields[..] else {
                panic!("divergences.txt:{number}: four fields are wanted")
            };
            assert!(!reason.is_empty(), "divergences.txt:{number}: a reason is wanted");
            Known { line: number, call, kernel, userspace }
        })
        .collect()
}
