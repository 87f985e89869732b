//! Comparisons as Markdown.

use std::fmt::{self, Display};

use crate::instructions::Instructions;
use crate::side_by_side::Comparison;

/// A comparison as a table, with the instruction counts as far as they are known.
pub(crate) struct Table<'a> {
    pub(crate) comparison: &'a Comparison,
    pub(crate) instructions: &'a Instructions,
}

impl Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Comparison { group, baseline, rows } = self.comparison;
        writeln!(f, "| {group} | ns/op | q1-q3 | instr/op | ratio to {baseline} | q1-q3 |")?;
        writeln!(f, "| --- | ---: | ---: | ---: | ---: | ---: |")?;
        for row in rows {
            let count = self.instructions.of(group, row.competitor).unwrap_or("");
            let (time, ratio) = (row.nanoseconds, row.ratio);
            writeln!(
                f,
                "| {} | {:.2} | {:.2}-{:.2} | {count} | {:.3} | {:.3}-{:.3} |",
                row.competitor,
                time.median,
                time.lower,
                time.upper,
                ratio.median,
                ratio.lower,
                ratio.upper
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Quartiles;
    use crate::side_by_side::Row;

    #[test]
    fn a_row_for_each_competitor() {
        let nanoseconds = Quartiles { lower: 3.4, median: 3.456, upper: 3.5 };
        let ratio = Quartiles { lower: 0.05, median: 0.0526, upper: 0.055 };
        let row = |competitor| Row { competitor, nanoseconds, ratio };
        let comparison = Comparison {
            group: "ipv4-format",
            baseline: "core",
            rows: vec![row("berkeley"), row("glibc")],
        };
        let instructions = Instructions::read("ipv4-format\tberkeley\t78").unwrap();
        let table = Table { comparison: &comparison, instructions: &instructions };
        let expected = "\
            | ipv4-format | ns/op | q1-q3 | instr/op | ratio to core | q1-q3 |\n\
            | --- | ---: | ---: | ---: | ---: | ---: |\n\
            | berkeley | 3.46 | 3.40-3.50 | 78 | 0.053 | 0.050-0.055 |\n\
            | glibc | 3.46 | 3.40-3.50 |  | 0.053 | 0.050-0.055 |\n";
        assert_eq!(table.to_string(), expected);
    }
}
