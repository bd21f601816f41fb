//! A provider of notes, some of which misbehave.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use situs_sdk::async_trait;
use situs_sdk::kit::{
    Ask, Check, Client, Data, Failure, Field, Kit, Looked, Object, Place, Planning, Problem, Problems, Resource, Sought,
};

/// What the board is made of.
#[derive(Clone, Debug, Default, Object)]
pub struct Config {
    /// how many notes fit
    #[attr(optional)]
    pub room: Field<u64>,
}

/// The board.
#[derive(Default)]
pub struct Board {
    room: u64,
    notes: Mutex<BTreeMap<String, (Note, String)>>,
}

#[async_trait]
impl Client for Board {
    type Config = Config;

    fn validate(config: &Config, check: &mut Check) {
        check.that(
            config.room.known() != Some(&0),
            "room",
            "no note fits",
            "at least one should",
        );
    }

    async fn connect(config: Config, _: Place) -> Result<Self, Problems> {
        Ok(Board {
            room: config.room.known().copied().unwrap_or(10),
            ..Board::default()
        })
    }
}

/// A pin.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Object)]
pub struct Pin {
    /// where
    #[attr(required)]
    pub corner: Field<String>,
    /// its colour
    #[attr(default = "red")]
    pub colour: Field<String>,
}

/// A note.
///
/// It hangs on the board.
#[derive(Clone, Debug, Default, Object)]
pub struct Note {
    /// what it is called
    #[attr(required, replace)]
    pub title: Field<String>,
    /// what it says
    #[attr(default = "")]
    pub text: Field<String>,
    /// what only some may read
    #[attr(optional, sensitive)]
    pub secret: Field<String>,
    /// what holds it
    #[attr(optional)]
    pub pins: Field<Vec<Pin>>,
    /// what it is about
    #[attr(optional)]
    pub about: Field<BTreeMap<String, String>>,
    /// how long the text is
    #[attr(computed)]
    pub length: Field<u64>,
    /// which type of note it is
    #[attr(computed, name = "type")]
    pub kind: Field<String>,
}

/// What is wrong with the provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wrong {
    #[default]
    Nothing,
    /// It makes another text than it was told.
    Lies,
    /// It reads another text than it made.
    Forgets,
    /// It does not remove.
    Clings,
}

pub struct Notes(pub Wrong);

#[async_trait]
impl Resource for Notes {
    type Client = Board;
    type State = Note;

    fn validate(&self, config: &Note, check: &mut Check) {
        check.that(
            config.title.known().is_none_or(|t| !t.is_empty()),
            "title",
            "a note has a title",
            "give one",
        );
    }

    async fn plan(&self, _: &Board, _: Planning<'_, Note>, planned: &mut Note) -> Result<(), Problems> {
        planned.length = match &planned.text {
            Field::Known(text) => (text.len() as u64).into(),
            _ => Field::Unknown,
        };
        planned.kind = "note".into();
        // What is configured is not the provider's to plan.
        planned.title = "another".into();
        Ok(())
    }

    async fn create(&self, board: &Board, mut note: Note, ask: Ask<'_, Note>) -> Result<Note, Failure<Note>> {
        let mut notes = board.notes.lock().unwrap();
        if notes.len() as u64 >= board.room {
            return Err(Problem::error("the board is full", "take one off").into());
        }
        if self.0 == Wrong::Lies {
            note.text = "something else".into();
        }
        notes.insert(note.title.text().to_owned(), (note.clone(), ask.key.to_owned()));
        Ok(note)
    }

    async fn read(&self, board: &Board, note: Note) -> Result<Option<Note>, Problems> {
        let found = board.notes.lock().unwrap().get(note.title.text()).cloned();
        Ok(found.map(|(note, _)| match self.0 {
            Wrong::Forgets => Note {
                text: "what was it".into(),
                ..note
            },
            _ => note,
        }))
    }

    async fn update(&self, board: &Board, _: Note, note: Note, ask: Ask<'_, Note>) -> Result<Note, Failure<Note>> {
        let kept = (note.clone(), ask.key.to_owned());
        board.notes.lock().unwrap().insert(note.title.text().to_owned(), kept);
        Ok(note)
    }

    async fn delete(&self, board: &Board, note: Note) -> Result<(), Problems> {
        if self.0 != Wrong::Clings {
            board.notes.lock().unwrap().remove(note.title.text());
        }
        Ok(())
    }

    async fn import(&self, _: &Board, id: &str) -> Result<Option<Note>, Problems> {
        Ok(Some(Note {
            title: id.into(),
            ..Note::default()
        }))
    }

    async fn lookup(&self, board: &Board, sought: Sought<Note>) -> Result<Looked<Note>, Problems> {
        let notes = board.notes.lock().unwrap();
        let found = notes.values().find(|(_, key)| *key == sought.key);
        Ok(found.map_or(Looked::Nothing, |(note, _)| Looked::Object(Box::new(note.clone()))))
    }
}

/// How many notes there are.
#[derive(Clone, Debug, Default, Object)]
pub struct Count {
    /// so many
    #[attr(computed)]
    pub notes: Field<u64>,
}

pub struct Counting;

#[async_trait]
impl Data for Counting {
    type Client = Board;
    type State = Count;

    async fn read(&self, board: &Board, _: Count) -> Result<Count, Problems> {
        Ok(Count {
            notes: (board.notes.lock().unwrap().len() as u64).into(),
        })
    }
}

pub fn provider(wrong: Wrong) -> Arc<Kit<Board>> {
    let kit = Kit::new("notes", "A board with notes.");
    Arc::new(kit.resource("notes_note", Notes(wrong)).data("notes_count", Counting))
}
