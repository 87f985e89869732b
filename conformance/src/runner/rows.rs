//! The rows of the specification, and what proves each.
//!
//! `rows.txt` has a line for each: `row | text | case, type, vector or none | reason`. Which cases
//! prove a row, the cases say; the file says *that* cases do, so that both must agree. With cases a
//! reason says how far they go, when it is not all the way.

use std::collections::BTreeMap;
use std::string::{String, ToString};
use std::vec::Vec;
use std::{format, vec};

use serde_json::{Value, json};

use super::{Expectations, Expected};
use crate::case::About;
use crate::labs::LABS;

/// The file of this suite.
const FILE: &str = include_str!("../../rows.txt");

/// The rows, by identifier.
pub struct Rows {
    rows: BTreeMap<&'static str, Row>,
}

struct Row {
    text: &'static str,
    by: &'static str,
    reason: &'static str,
    /// The cases that name it, per lab.
    labs: BTreeMap<&'static str, Vec<&'static str>>,
}

impl Rows {
    /// Reads the file and asks the cases.
    ///
    /// # Errors
    ///
    /// Lines that are not understood, rows named by cases that do not exist, and rows about whose
    /// proof file and cases disagree.
    pub fn load(abouts: &[About], expectations: &Expectations) -> Result<Rows, Vec<String>> {
        let mut errors = vec![];
        let mut rows = BTreeMap::new();
        for (number, line) in (1..).zip(FILE.lines()) {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            match read(line) {
                Ok((id, row)) => {
                    if rows.insert(id, row).is_some() {
                        errors.push(format!("rows.txt:{number}: {id} is there twice"));
                    }
                }
                Err(error) => errors.push(format!("rows.txt:{number}: {error}")),
            }
        }
        for about in abouts {
            for id in about.rows {
                let Some(row) = rows.get_mut(id) else {
                    errors.push(format!("{} proves the row {id}, which does not exist", about.id));
                    continue;
                };
                if row.by != "case" {
                    errors.push(format!("{id} is proved by {}, says rows.txt not", about.id));
                }
                for lab in LABS.iter().filter(|lab| lab.has(about.id)) {
                    let passes =
                        |variant| expectations.of(lab.name, about, &variant) == Expected::Pass;
                    if about.variants().any(passes) {
                        row.labs.entry(lab.name).or_default().push(about.id);
                    }
                }
            }
        }
        for (id, row) in &rows {
            if row.by == "case" && row.labs.is_empty() {
                errors.push(format!("{id} is proved by cases, says rows.txt, and none names it"));
            }
        }
        if errors.is_empty() { Ok(Rows { rows }) } else { Err(errors) }
    }

    /// For other programs.
    pub fn to_json(&self) -> Value {
        let rows: serde_json::Map<String, Value> = self
            .rows
            .iter()
            .map(|(id, row)| {
                let value = json!({ "by": row.by, "labs": row.labs, "reason": row.reason });
                (id.to_string(), value)
            })
            .collect();
        json!({ "rows": rows })
    }

    /// For people: a line for each, and how many of each kind.
    pub fn table(&self) -> String {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let mut table = String::new();
        for (id, row) in &self.rows {
            *counts.entry(row.by).or_default() += 1;
            let mut cases: Vec<&str> = row.labs.values().flatten().copied().collect();
            cases.sort_unstable();
            cases.dedup();
            let proof = [cases.join(" "), row.reason.to_string()].join(" ");
            table += &format!("{id} {:<7}{}: {}\n", row.by, row.text, proof.trim());
        }
        let counts: Vec<String> =
            counts.iter().map(|(by, count)| format!("{count} {by}")).collect();
        table + &format!("{} rows: {}\n", self.rows.len(), counts.join(", "))
    }
}

fn read(line: &'static str) -> Result<(&'static str, Row), String> {
    let mut fields = line.splitn(4, '|').map(str::trim);
    let (Some(id), Some(text), Some(by), Some(reason)) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return Err("four fields are wanted".to_string());
    };
    match by {
        "case" => {} // a reason says how far
        "type" | "vector" | "none" if reason.is_empty() => {
            return Err("a reason is wanted".to_string());
        }
        "type" | "vector" | "none" => {}
        _ => return Err(format!("{by:?} is neither case, type, vector nor none")),
    }
    Ok((id, Row { text, by, reason, labs: BTreeMap::new() }))
}
