//! Why a thing is where it is, and why not elsewhere: each site is asked again, everything else staying where it is.

use std::collections::BTreeMap;

use crate::lang::eval::shape::{Goal, Name};

use super::filter::Narrowed;
use super::latency::show;
use super::legality::Ground;
use super::price::Cost;
use super::problem::{Item, Problem, whole};
use super::state::{Block, Score, State, UNKNOWN};

/// Why a replica or a copy is on its site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Because {
    /// The site.
    pub site: Name,
    /// What decided it, most binding first, a line each.
    pub grounds: Vec<String>,
    /// What it costs there, where sites have prices.
    pub cost: Option<Cost>,
    /// The best other site, where there is one.
    pub runner_up: Option<RunnerUp>,
}

/// The best of the other sites that would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunnerUp {
    /// The site.
    pub site: Name,
    /// What it would cost there.
    pub cost: Option<Cost>,
    /// What speaks against it: `0.02EUR/h more`, `a move`.
    pub words: String,
}

/// What a site is for a slot, everything else staying where it is.
pub enum Fit {
    /// It would do, and all would then score so.
    Fits(Score),
    /// It would not, for these reasons.
    Not(Vec<Ground>),
}

/// Asks about slots.
pub struct Explainer<'e, 'p, 'a> {
    /// The placement.
    pub state: &'e State<'p, 'a>,
    /// What the filter took out, and why.
    pub narrowed: &'e Narrowed,
}

impl<'a> Explainer<'_, '_, 'a> {
    fn problem(&self) -> &Problem<'a> {
        self.state.problem
    }

    /// Every site for a slot.
    pub fn fits(&self, id: usize, slot: usize) -> BTreeMap<usize, Fit> {
        let mut state = self.state.clone();
        state.take(id, slot);
        let sites = 0..self.problem().sites.len();
        sites.map(|site| (site, self.fit(&mut state, id, slot, site))).collect()
    }

    /// One site for a slot that stands nowhere in `state`.
    fn fit(&self, state: &mut State<'_, 'a>, id: usize, slot: usize, site: usize) -> Fit {
        let Some(item) = self.problem().items.get(id) else {
            return Fit::Not(Vec::new());
        };
        let known = item.domain(slot).contains(&site);
        let mut grounds = if known {
            Vec::new()
        } else {
            self.problem().alone(item, slot, site)
        };
        if grounds.is_empty() {
            grounds.extend(
                state
                    .blocked(id, slot, site)
                    .map(|block| self.block(state, item, site, block)),
            );
        }
        // What the filter found holds for every placement; what is in the way now says more where there is something.
        if grounds.is_empty() {
            grounds.extend(self.narrowed.why.get(&(id, site)).cloned());
        }
        if !grounds.is_empty() {
            return Fit::Not(grounds);
        }
        state.put(id, slot, site);
        let score = state.around(id);
        state.take(id, slot);
        Fit::Fits(score)
    }

    /// What is in the way, in words that follow the name of the site.
    pub fn block(&self, state: &State<'_, 'a>, item: &Item<'a>, site: usize, block: Block) -> Ground {
        let problem = self.problem();
        match block {
            Block::Full(dimension) => Ground::new(full(state, item, site, dimension)),
            Block::Copied => Ground::new("a copy is there already"),
            Block::Shared { spread, with } => {
                let spread = item.spreads.get(spread);
                let across = spread.map_or_else(String::new, super::problem::Spreading::across);
                let words = match problem.name(with) {
                    there if with == site => format!(
                        "a {} is at `{there}` already, and they spread across `{across}`",
                        item.unit()
                    ),
                    there => format!("a {} is at `{there}`, which has the same `{across}`", item.unit()),
                };
                Ground {
                    words,
                    rule: spread.map(|s| s.declared.span),
                }
            }
            Block::Quota(quota) => quota_words(problem, item, quota),
            Block::Barred { edge, other } => {
                let edge = problem.edges.get(edge);
                let far = edge.map(|e| {
                    if problem.items.get(e.from).is_some_and(|i| i.thing == item.thing) {
                        e.to
                    } else {
                        e.from
                    }
                });
                let far = far
                    .and_then(|end| problem.items.get(end))
                    .map_or_else(String::new, Item::quoted);
                let there = problem.name(other);
                let words = format!("the rules let nothing pass between it and `{there}`, where {far} is");
                Ground {
                    words,
                    rule: edge.and_then(|e| e.call).map(|call| call.span),
                }
            }
            Block::Far { edge, other } => self.far(state, site, edge, other),
        }
    }

    fn far(&self, state: &State<'_, 'a>, site: usize, edge: usize, other: Option<usize>) -> Ground {
        let problem = self.problem();
        let Some(edge) = problem.edges.get(edge) else {
            return Ground::new("");
        };
        let within = edge.call.and_then(|call| call.within.as_ref());
        let limit = within.map_or_else(String::new, |w| show(w.value));
        let name = |end: usize| problem.items.get(end).map_or_else(String::new, Item::quoted);
        let trip = |from: usize, to: usize| match problem.round_trip(edge, from, to) {
            Some(tenths) => format!(
                "{} to `{}`",
                show(tenths),
                problem.name(if from == site { to } else { from })
            ),
            None => format!("`{}`: {}", problem.name(to), problem.latency.why_unknown(from, to)),
        };
        let words = match other {
            Some(from) => format!(
                "{} calls it within {limit}, and it is {}",
                name(edge.from),
                trip(from, site)
            ),
            None => {
                let trips: Vec<String> = state.sites(edge.to).map(|to| trip(site, to)).collect();
                format!(
                    "calls to {} take {limit} at most, and it is {}",
                    name(edge.to),
                    trips.join(", ")
                )
            }
        };
        Ground {
            words,
            rule: within.map(|w| w.span),
        }
    }

    /// What one slot costs on a site.
    pub fn cost(&self, item: &Item<'a>, site: usize) -> Option<Cost> {
        let prices = &self.problem().prices;
        prices.cost(prices.of_load(site, &item.load))
    }

    /// Why a slot is where it is.
    pub fn because(&self, id: usize, slot: usize) -> Option<Because> {
        let item = self.problem().items.get(id)?;
        let here = self.state.site(id, slot)?;
        let site = self.problem().sites.get(here)?.name.clone();
        let cost = self.cost(item, here);
        if item.pin(slot).is_some() {
            let grounds = vec!["`at` says so".to_owned()];
            return Some(Because {
                site,
                grounds,
                cost,
                runner_up: None,
            });
        }
        let fits = self.fits(id, slot);
        let own = self.state.around(id);
        let others = fits.iter().filter(|(s, _)| **s != here);
        let open = others.clone().filter_map(|(s, fit)| match fit {
            Fit::Fits(score) => Some((*score, *s)),
            Fit::Not(_) => None,
        });
        let second = open.clone().min();
        let runner_up = second.map(|(score, s)| RunnerUp {
            site: self.problem().name(s).into(),
            cost: self.cost(item, s),
            words: self.difference(own, score),
        });
        let mut grounds = vec![self.decided(item, here, own, second, open.count() + 1)];
        for (s, fit) in others {
            if let (Fit::Not(reasons), true) = (fit, self.is_cheaper(item, s, here)) {
                let words: Vec<&str> = reasons.iter().map(|g| g.words.as_str()).collect();
                let cost = self
                    .cost(item, *s)
                    .map_or_else(String::new, |c| format!(" would cost {c}, but"));
                grounds.push(format!("`{}`{cost}: {}", self.problem().name(*s), words.join("; ")));
            }
        }
        Some(Because {
            site,
            grounds,
            cost,
            runner_up,
        })
    }

    fn is_cheaper(&self, item: &Item<'a>, site: &usize, than: usize) -> bool {
        item.cost
            .get(*site)
            .zip(item.cost.get(than))
            .is_some_and(|(a, b)| a < b)
    }

    /// What made the site the one.
    fn decided(
        &self,
        item: &Item<'a>,
        here: usize,
        own: Score,
        second: Option<(Score, usize)>,
        count: usize,
    ) -> String {
        let today = item.today.contains(&here);
        let Some((other, _)) = second else {
            return "the only site that fits".to_owned();
        };
        let levels = own.iter().zip(other).position(|(a, b)| *a < b);
        let [first, _] = self.problem().goals;
        match levels {
            Some(0) => "the best spread".to_owned(),
            Some(1) => "it is there today".to_owned(),
            Some(level) if (level == 2) == (first == Goal::Cost) => {
                let why = if today && self.problem().move_price.is_some() {
                    ", moves included"
                } else {
                    ""
                };
                format!("the cheapest of {count} sites that fit{why}")
            }
            Some(_) => format!("the nearest of {count} sites that fit"),
            None if today => "it is there today".to_owned(),
            None => format!("the first of {count} sites that fit equally well"),
        }
    }

    /// What speaks against a score, next to a better one.
    pub fn difference(&self, own: Score, other: Score) -> String {
        let [first, _] = self.problem().goals;
        let mut words = Vec::new();
        for (level, (own, other)) in own.iter().zip(other).enumerate() {
            let more = other - own;
            let how = if more < 0 { "less" } else { "more" };
            match (level, more) {
                (_, 0) => {}
                (0, n) => words.push(format!("{} {how}", plural(n.unsigned_abs(), "broken soft spread"))),
                (1, n) => words.push(format!("{} {how}", plural(n.unsigned_abs(), "move"))),
                (level, n) if (level == 2) == (first == Goal::Cost) => {
                    words.push(format!("{}{how}", self.money(n.abs())));
                }
                // An unknown round trip counts as very long, which is no figure to show.
                (_, n) if n.unsigned_abs() >= u128::from(UNKNOWN) / 2 => {
                    words.push(format!("{how} round trips that are unknown"));
                }
                (_, n) => words.push(format!(
                    "{} {how} in round trips",
                    show(u64::try_from(n.abs()).unwrap_or(u64::MAX))
                )),
            }
        }
        if words.is_empty() {
            "just as good".to_owned()
        } else {
            words.join(", ")
        }
    }

    fn money(&self, billionths: i128) -> String {
        let number = i64::try_from(billionths).unwrap_or(i64::MAX);
        let scale = situs_value::Number::from(1_000_000_000_i64);
        let amount = situs_value::Number::from(number)
            .div(&scale)
            .unwrap_or(situs_value::Number::ZERO);
        self.problem()
            .prices
            .cost(amount)
            .map_or_else(String::new, |cost| format!("{cost} "))
    }
}

/// Who takes what there is not enough of.
fn full(state: &State<'_, '_>, item: &Item<'_>, site: usize, dimension: usize) -> String {
    let problem = state.problem;
    let pick = |amount: &[i64; 3]| amount.get(dimension).copied().unwrap_or(0);
    let room = problem
        .capacity
        .get(site)
        .and_then(|room| room.get(dimension).copied().flatten())
        .unwrap_or(0);
    let used = state.used.get(site).map_or(0, pick);
    let takers = problem
        .items
        .iter()
        .enumerate()
        .filter(|(_, other)| pick(&other.demand) > 0);
    let takers: Vec<String> = takers
        .filter(|(id, _)| state.sites(*id).any(|s| s == site))
        .map(|(_, other)| other.quoted())
        .collect();
    let shown = match takers.len() {
        0 => String::new(),
        1..=4 => format!(" by {}", takers.join(", ")),
        n => format!(
            " by {} and {} others",
            takers.iter().take(3).cloned().collect::<Vec<_>>().join(", "),
            n - 3
        ),
    };
    let amount = |amount| whole(dimension, amount);
    format!(
        "{} of {} are taken{shown}, and one {} takes {}",
        amount(used),
        amount(room),
        item.unit(),
        amount(pick(&item.demand))
    )
}

/// What a rule wants of all copies together.
pub fn quota_words(problem: &Problem<'_>, item: &Item<'_>, quota: usize) -> Ground {
    let Some(wanted) = item.quotas.get(quota) else {
        return Ground::new("");
    };
    let sites: Vec<String> = wanted.sites.iter().map(|s| format!("`{}`", problem.name(*s))).collect();
    let among = if sites.is_empty() {
        "sites that are not declared".to_owned()
    } else {
        sites.join(", ")
    };
    Ground {
        words: format!(
            "residency `{}` wants {} copies among {among}",
            wanted.residency, wanted.count
        ),
        rule: Some(wanted.rule),
    }
}

fn plural(count: u128, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{s}")
}
