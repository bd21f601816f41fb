//! What happens to data at a thing, wherever the thing is put: the facts that the rules speak of, still without a site.

use std::collections::BTreeSet;

use crate::lang::eval::shape::{Dataset, Kind, Mode, Name, Service, Shape};
use crate::model::assignment::Thing;

use super::flow::{Flow, Word};
use super::spot::Subject;

/// For how long something is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Keep {
    /// It is not kept at all.
    NotAtAll,
    /// For so many milliseconds.
    For(u64),
    /// Nobody says.
    Unsaid,
}

/// One thing that happens to one label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exposure<'a> {
    /// The label's number.
    pub label: usize,
    /// What happens.
    pub mode: Mode,
    /// In which role, where it is kept.
    pub kind: Option<Kind>,
    /// The key, where only ciphertext is there.
    pub cipher: Option<&'a Name>,
    /// For how long.
    pub keep: Keep,
    /// Whether nobody wrote the flow: a log that stays where its service is.
    pub implied: bool,
}

impl<'a> Exposure<'a> {
    /// Something that happens in the clear and is not kept.
    pub fn new(label: usize, mode: Mode) -> Self {
        Self {
            label,
            mode,
            kind: None,
            cipher: None,
            keep: Keep::NotAtAll,
            implied: false,
        }
    }

    /// What a site-bound exposure is judged by.
    pub fn subject(&self, site: &'a Name) -> Subject<'a> {
        match self.mode {
            Mode::Store | Mode::Process | Mode::Decrypt | Mode::Transit => Subject::Site(site),
            Mode::Manage => Subject::Management(site),
            Mode::Access => Subject::Support(site),
        }
    }
}

/// What happens at the site of a service.
pub fn of_service<'a>(shape: &'a Shape, flow: &Flow<'a>, id: usize, service: &'a Service) -> Vec<Exposure<'a>> {
    let logged = logged_into(flow, id);
    let opened = opened_by(shape, flow, service);
    let mut found = Vec::new();
    for label in flow.held(id) {
        found.extend([Mode::Process, Mode::Manage, Mode::Access].map(|mode| Exposure::new(label, mode)));
        let sink = logged.contains(&label);
        if sink || service.logs_to.is_empty() {
            found.push(Exposure {
                kind: Some(Kind::Log),
                keep: Keep::Unsaid,
                implied: !sink,
                ..Exposure::new(label, Mode::Store)
            });
        }
        if opened.contains(&label) {
            found.push(Exposure::new(label, Mode::Decrypt));
        }
    }
    found
}

/// The labels that come into a service as somebody's log.
fn logged_into(flow: &Flow<'_>, id: usize) -> BTreeSet<usize> {
    let logs = flow.edges.iter().filter(|e| e.to == id && e.word == Word::Logs);
    logs.flat_map(|e| flow.sent(e)).map(|(_, label)| label).collect()
}

/// The labels that a service reads out of encrypted datasets.
fn opened_by(shape: &Shape, flow: &Flow<'_>, service: &Service) -> BTreeSet<usize> {
    let encrypted = |name: &Name| shape.datasets.get(name).is_some_and(|d| d.encrypted_by.is_some());
    let read = service.reads.iter().map(|r| &r.value).filter(|name| encrypted(name));
    read.filter_map(|name| flow.id(&Thing::Dataset(name.clone())))
        .flat_map(|id| flow.held(id))
        .collect()
}

/// What happens at the site of a copy.
pub fn of_copy<'a>(flow: &Flow<'a>, id: usize, dataset: &'a Dataset, kind: Kind) -> Vec<Exposure<'a>> {
    let cipher = dataset.encrypted_by.as_ref().map(|k| &k.value);
    kept(flow, id, kind, cipher, dataset.keep)
}

/// What happens at the site of a backup.
pub fn of_backup<'a>(flow: &Flow<'a>, id: usize, dataset: &'a Dataset) -> Vec<Exposure<'a>> {
    let Some(backup) = &dataset.backup else {
        return Vec::new();
    };
    kept(
        flow,
        id,
        Kind::Backup,
        backup.encrypted_by.as_ref().map(|k| &k.value),
        backup.keep,
    )
}

fn kept<'a>(flow: &Flow<'a>, id: usize, kind: Kind, cipher: Option<&'a Name>, keep: Option<u64>) -> Vec<Exposure<'a>> {
    let keep = keep.map_or(Keep::Unsaid, Keep::For);
    let at_label = |label| {
        [
            Exposure {
                kind: Some(kind),
                cipher,
                keep,
                ..Exposure::new(label, Mode::Store)
            },
            Exposure {
                kind: Some(kind),
                ..Exposure::new(label, Mode::Manage)
            },
            Exposure {
                kind: Some(kind),
                ..Exposure::new(label, Mode::Access)
            },
        ]
    };
    flow.held(id).flat_map(at_label).collect()
}

/// What happens where the keys of a dataset are held, with each key.
pub fn of_keys<'a>(flow: &Flow<'a>, id: usize, dataset: &'a Dataset) -> Vec<(Exposure<'a>, &'a Name)> {
    let backup = dataset.backup.as_ref().and_then(|b| b.encrypted_by.as_ref());
    let keys: BTreeSet<&Name> = dataset.encrypted_by.iter().chain(backup).map(|k| &k.value).collect();
    let at_key = |key| {
        move |label| {
            (
                Exposure {
                    cipher: Some(key),
                    ..Exposure::new(label, Mode::Decrypt)
                },
                key,
            )
        }
    };
    keys.into_iter()
        .flat_map(|key| flow.held(id).map(at_key(key)))
        .collect()
}
