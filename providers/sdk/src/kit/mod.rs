//! A kit for writing a provider: resources are structs, and what happens to them is a trait.
//!
//! ```
//! use situs_sdk::kit::{Ask, Client, Failure, Field, Kit, Object, Place, Problems, Resource};
//!
//! /// Where the notes are.
//! #[derive(Clone, Debug, Default, Object)]
//! struct Config {
//!     /// the directory
//!     #[attr(required)]
//!     directory: Field<String>,
//! }
//!
//! struct Board(std::path::PathBuf);
//!
//! #[situs_sdk::async_trait]
//! impl Client for Board {
//!     type Config = Config;
//!     async fn connect(config: Config, place: Place) -> Result<Self, Problems> {
//!         Ok(Board(place.directory.join(config.directory.text())))
//!     }
//! }
//!
//! /// A note on the board.
//! #[derive(Clone, Debug, Default, Object)]
//! struct Note {
//!     /// what it is called
//!     #[attr(required, replace)]
//!     title: Field<String>,
//!     /// what it says
//!     #[attr(default = "")]
//!     text: Field<String>,
//! }
//!
//! struct Notes;
//!
//! #[situs_sdk::async_trait]
//! impl Resource for Notes {
//!     type Client = Board;
//!     type State = Note;
//!     async fn create(&self, board: &Board, note: Note, _: Ask<'_, Note>) -> Result<Note, Failure<Note>> {
//!         std::fs::write(board.0.join(note.title.text()), note.text.text()).map_err(situs_sdk::kit::said("write the note"))?;
//!         Ok(note)
//!     }
//!     async fn read(&self, board: &Board, note: Note) -> Result<Option<Note>, Problems> {
//!         Ok(std::fs::read_to_string(board.0.join(note.title.text())).ok().map(|text| Note { text: text.into(), ..note }))
//!     }
//!     async fn delete(&self, board: &Board, note: Note) -> Result<(), Problems> {
//!         std::fs::remove_file(board.0.join(note.title.text())).map_err(situs_sdk::kit::said("remove the note"))
//!     }
//! }
//!
//! let provider = Kit::<Board>::new("notes", "A board with notes.").resource("notes_note", Notes);
//! # let _ = provider;
//! ```

mod field;
mod object;
mod provider;
mod resource;

pub use field::{Attr, Field, Held};
pub use object::{Line, Object, known_object, nested};
pub use provider::{Client, Kit, Place};
pub use resource::{Ask, Data, Failure, Looked, Planning, Resource, Sought, said};

pub use situs_derive::Object;
pub use situs_provider::attributes::Check;
pub use situs_provider::schema::{Attribute, Kind, Mode};
pub use situs_provider::{Found, Problem, Problems};
pub use situs_value::{Path, Value};
