//! Version constraints as the Terraform language writes them: `>= 1.3, < 2.0.0`, `~> 1.9`.
//!
//! `~> 1.9` takes every later 1.x, `~> 1.9.2` every later 1.9.x: all numbers but the last that is written stay.

use std::cmp::Ordering;

/// Numbers from left to right; those that are missing are zero.
type Version = Vec<u64>;

/// The version of the Terraform language that Situs has.
pub const LANGUAGE: &str = "1.11.0";

/// Whether a version satisfies all constraints of a text; `Err` is the part that is none.
pub fn satisfies(version: &str, constraints: &str) -> Result<bool, String> {
    let version = numbers(version).ok_or_else(|| version.to_owned())?;
    let mut all = true;
    for one in constraints.split(',').map(str::trim) {
        all &= holds(&version, one).ok_or_else(|| one.to_owned())?;
    }
    Ok(all)
}

fn holds(version: &Version, constraint: &str) -> Option<bool> {
    let digits = constraint.find(|c: char| c.is_ascii_digit())?;
    let (sign, bound) = constraint.split_at_checked(digits)?;
    let bound = numbers(bound.trim())?;
    let order = compare(version, &bound);
    Some(match sign.trim() {
        "" | "=" => order == Ordering::Equal,
        "!=" => order != Ordering::Equal,
        ">" => order == Ordering::Greater,
        ">=" => order != Ordering::Less,
        "<" => order == Ordering::Less,
        "<=" => order != Ordering::Greater,
        "~>" => {
            let fixed = bound.len().saturating_sub(1).max(1);
            order != Ordering::Less && version.iter().take(fixed).eq(bound.iter().take(fixed))
        }
        _ => return None,
    })
}

/// `1.9.2` as numbers. What comes behind a `-` or a `+` tells apart what is not released, and does not count here.
fn numbers(text: &str) -> Option<Version> {
    let release = text.split(['-', '+']).next()?;
    release.split('.').map(|n| n.parse().ok()).collect()
}

fn compare(a: &Version, b: &Version) -> Ordering {
    let digit = |v: &Version, i: usize| v.get(i).copied().unwrap_or(0);
    let length = a.len().max(b.len());
    (0..length)
        .map(|i| digit(a, i).cmp(&digit(b, i)))
        .find(|o| *o != Ordering::Equal)
        .unwrap_or(Ordering::Equal)
}

/// The newest of these versions that satisfies all constraints of a text. One that is not released (`1.0.0-rc1`) counts only where the text
/// names it. `Err` is the part that is no constraint.
pub fn newest<'a>(versions: impl IntoIterator<Item = &'a str>, constraints: &str) -> Result<Option<&'a str>, String> {
    let named = constraints.trim_start_matches('=').trim();
    let mut found: Option<(&str, Version)> = None;
    for version in versions {
        let Some(as_numbers) = numbers(version) else { continue };
        let released = !version.contains('-');
        let fits = if released {
            satisfies(version, constraints)?
        } else {
            version == named
        };
        let newer = found
            .as_ref()
            .is_none_or(|(_, best)| compare(&as_numbers, best) == Ordering::Greater);
        if fits && newer {
            found = Some((version, as_numbers));
        }
    }
    Ok(found.map(|(version, _)| version))
}
