//! A state in one SQLite file, private to its user. Write-ahead log, every transaction synced: what was acknowledged survives a crash
//! of the process and of the machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{Connection, ErrorCode, OptionalExtension, Transaction, TransactionBehavior, params};

use crate::run::state::error::StateError;
use crate::run::state::lease::{Grant, Holder, Lease};

use super::{Backend, FORMAT, Kept};

/// How long another process's transaction is waited for.
const BUSY: Duration = Duration::from_secs(10);

const TABLES: [&str; 4] = ["head", "journal", "lease", "snapshot"];
/// Made in one transaction: whoever opens the file sees all of it or nothing.
const SCHEMA: &str = "
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS head (
    id INTEGER PRIMARY KEY CHECK (id = 1), format INTEGER NOT NULL, lineage TEXT NOT NULL, serial INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS snapshot (serial INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS journal (serial INTEGER PRIMARY KEY, entry TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS lease (
    id INTEGER PRIMARY KEY CHECK (id = 1), token INTEGER NOT NULL, holder TEXT, until INTEGER NOT NULL);
INSERT OR IGNORE INTO lease VALUES (1, 0, NULL, 0);
COMMIT;
";

/// A state in a SQLite file.
pub struct Sqlite {
    file: Arc<File>,
}

struct File {
    path: PathBuf,
    connection: Mutex<Option<Connection>>,
}

/// Whether the file is made where it is not there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    Made,
    Nothing,
}

type Work<T> = Result<T, rusqlite::Error>;

impl Sqlite {
    /// The file; it is opened when it is first needed, and made when something is first written.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            file: Arc::new(File {
                path: path.into(),
                connection: Mutex::new(None),
            }),
        }
    }

    /// Does a piece of work in one transaction, off the threads that wait for others. `None`: there is no file.
    async fn with<T, F>(&self, missing: Missing, work: F) -> Result<Option<T>, StateError>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Work<Result<T, StateError>> + Send + 'static,
    {
        let file = self.file.clone();
        let place = self.file.path.display().to_string();
        match tokio::task::spawn_blocking(move || file.with(missing, work)).await {
            Ok(done) => done,
            Err(error) => Err(StateError::Io {
                place,
                why: error.to_string(),
            }),
        }
    }

    /// The same with a file that is made where it is not there.
    async fn write<T, F>(&self, work: F) -> Result<T, StateError>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Work<Result<T, StateError>> + Send + 'static,
    {
        let done = self.with(Missing::Made, work).await?;
        done.ok_or_else(|| self.file.error("it is not there"))
    }
}

impl File {
    fn with<T>(
        &self,
        missing: Missing,
        work: impl FnOnce(&Transaction<'_>) -> Work<Result<T, StateError>>,
    ) -> Result<Option<T>, StateError> {
        let mut slot = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        if slot.is_none() {
            if missing == Missing::Nothing && !self.path.exists() {
                return Ok(None);
            }
            *slot = Some(self.open()?);
        }
        let Some(connection) = slot.as_mut() else {
            return Ok(None);
        };
        self.transaction(connection, missing, work).map(Some)
    }

    fn transaction<T>(
        &self,
        connection: &mut Connection,
        missing: Missing,
        work: impl FnOnce(&Transaction<'_>) -> Work<Result<T, StateError>>,
    ) -> Result<T, StateError> {
        let said = |e: rusqlite::Error| self.said(&e);
        // Whoever only reads does not wait for whoever writes.
        let behavior = match missing {
            Missing::Made => TransactionBehavior::Immediate,
            Missing::Nothing => TransactionBehavior::Deferred,
        };
        let transaction = connection.transaction_with_behavior(behavior).map_err(said)?;
        let done = work(&transaction).map_err(said)??;
        transaction.commit().map_err(said)?;
        Ok(done)
    }

    fn open(&self) -> Result<Connection, StateError> {
        private_file(&self.path).map_err(|e| self.error(e))?;
        let said = |e: rusqlite::Error| self.said(&e);
        let connection = Connection::open(&self.path).map_err(said)?;
        connection.busy_timeout(BUSY).map_err(said)?;
        // Nothing is written to a file before it is known to be a state, or empty.
        let found = tables(&connection).map_err(said)?;
        if !found.is_empty() {
            self.check(&connection, &found)?;
        }
        connection.pragma_update(None, "journal_mode", "WAL").map_err(said)?;
        connection.pragma_update(None, "synchronous", "FULL").map_err(said)?;
        if found.is_empty() {
            connection.execute_batch(SCHEMA).map_err(said)?;
        }
        Ok(connection)
    }

    /// Whether this is a state, of a format that is known.
    fn check(&self, connection: &Connection, found: &[String]) -> Result<(), StateError> {
        let missing: Vec<&str> = TABLES.into_iter().filter(|t| !found.iter().any(|f| f == t)).collect();
        match missing.as_slice() {
            [] => {}
            all if all.len() == TABLES.len() => return Err(self.damaged("it is the database of something else")),
            some => return Err(self.damaged(format!("its tables lack `{}`", some.join("`, `")))),
        }
        let format = connection
            .query_row("SELECT format FROM head", [], |row| row.get::<_, u32>(0))
            .optional();
        match format.map_err(|e| self.said(&e))? {
            Some(format) if format != FORMAT => Err(StateError::Newer(format)),
            _ => Ok(()),
        }
    }

    /// What SQLite says of it.
    fn said(&self, error: &rusqlite::Error) -> StateError {
        use rusqlite::Error;
        match (error, error.sqlite_error_code()) {
            (_, Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt)) => self.damaged(error),
            (
                Error::FromSqlConversionFailure(..)
                | Error::IntegralValueOutOfRange(..)
                | Error::InvalidColumnType(..)
                | Error::Utf8Error(..),
                _,
            ) => self.damaged(error),
            _ => self.error(error),
        }
    }

    fn damaged(&self, why: impl std::fmt::Display) -> StateError {
        StateError::Damaged {
            place: self.path.display().to_string(),
            why: why.to_string(),
        }
    }

    fn error(&self, why: impl std::fmt::Display) -> StateError {
        StateError::Io {
            place: self.path.display().to_string(),
            why: why.to_string(),
        }
    }
}

/// The tables of a file; none where it is empty.
fn tables(connection: &Connection) -> Work<Vec<String>> {
    let mut query = connection.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")?;
    query.query_map([], |row| row.get(0))?.collect()
}

/// Makes the file and its directory, readable by nobody else; SQLite gives its other files the same rights.
fn private_file(path: &Path) -> std::io::Result<()> {
    if let Some(directory) = path.parent().filter(|d| !d.as_os_str().is_empty()) {
        fs::create_dir_all(directory)?;
    }
    let mut options = fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Whether the lease is still the one that holds, and the head stands where it is thought to stand.
fn may_write(transaction: &Transaction<'_>, lease: Lease, serial: u64) -> Work<bool> {
    let mut query = transaction.prepare_cached(
        "SELECT 1 FROM lease, head WHERE lease.token = ?1 AND lease.holder IS NOT NULL AND head.serial = ?2",
    )?;
    query.exists(params![lease.token, serial])
}

#[async_trait]
impl Backend for Sqlite {
    async fn load(&self) -> Result<Option<Kept>, StateError> {
        let file = self.file.clone();
        let headless = move || file.damaged("it has entries, and no head");
        let kept = self.with(Missing::Nothing, move |t| {
            let kept = load(t)?;
            let lost = kept.is_none()
                && t.prepare("SELECT 1 FROM snapshot UNION SELECT 1 FROM journal")?
                    .exists([])?;
            Ok(if lost { Err(headless()) } else { Ok(kept) })
        });
        Ok(kept.await?.flatten())
    }

    async fn create(&self, lineage: &str) -> Result<(), StateError> {
        let lineage = lineage.to_owned();
        self.write(move |t| {
            t.execute(
                "INSERT OR IGNORE INTO head VALUES (1, ?1, ?2, 0)",
                params![FORMAT, lineage],
            )?;
            Ok(Ok(()))
        })
        .await
    }

    async fn append(&self, lease: Lease, serial: u64, entries: Vec<String>) -> Result<(), StateError> {
        self.write(move |t| {
            if !may_write(t, lease, serial)? {
                return Ok(Err(StateError::Lost));
            }
            let mut insert = t.prepare_cached("INSERT INTO journal VALUES (?1, ?2)")?;
            let mut last = serial;
            for entry in &entries {
                last += 1;
                insert.execute(params![last, entry])?;
            }
            t.prepare_cached("UPDATE head SET serial = ?1")?
                .execute(params![last])?;
            Ok(Ok(()))
        })
        .await
    }

    async fn compact(&self, lease: Lease, serial: u64, snapshot: String) -> Result<(), StateError> {
        self.write(move |t| {
            if !may_write(t, lease, serial)? {
                return Ok(Err(StateError::Lost));
            }
            t.execute("DELETE FROM snapshot", [])?;
            t.execute("INSERT INTO snapshot VALUES (?1, ?2)", params![serial, snapshot])?;
            t.execute("DELETE FROM journal WHERE serial <= ?1", params![serial])?;
            Ok(Ok(()))
        })
        .await
    }

    async fn acquire(&self, holder: &Holder, now_millis: u64, until_millis: u64) -> Result<Grant, StateError> {
        let text = serde_json::to_string(holder).map_err(|e| self.file.error(e))?;
        self.write(move |t| {
            let row = |row: &rusqlite::Row<'_>| {
                Ok((
                    row.get::<_, u64>(0)?,
                    row.get::<_, Option<String>>(1)?,
                    row.get::<_, u64>(2)?,
                ))
            };
            let (token, held, until) = t.query_row("SELECT token, holder, until FROM lease", [], row)?;
            let held = held
                .filter(|_| until > now_millis)
                .and_then(|text| serde_json::from_str(&text).ok());
            if let Some(holder) = held {
                return Ok(Ok(Grant::Held(Lease { token }, holder)));
            }
            let token = token + 1;
            t.execute(
                "UPDATE lease SET token = ?1, holder = ?2, until = ?3",
                params![token, text, until_millis],
            )?;
            Ok(Ok(Grant::Yours(Lease { token })))
        })
        .await
    }

    async fn renew(&self, lease: Lease, until_millis: u64) -> Result<(), StateError> {
        self.write(move |t| {
            let changed = t.execute(
                "UPDATE lease SET until = ?1 WHERE token = ?2 AND holder IS NOT NULL",
                params![until_millis, lease.token],
            )?;
            Ok(if changed == 1 { Ok(()) } else { Err(StateError::Lost) })
        })
        .await
    }

    async fn release(&self, lease: Lease) -> Result<(), StateError> {
        self.write(move |t| {
            t.execute(
                "UPDATE lease SET holder = NULL, until = 0 WHERE token = ?1",
                params![lease.token],
            )?;
            Ok(Ok(()))
        })
        .await
    }
}

fn load(transaction: &Transaction<'_>) -> Work<Option<Kept>> {
    let head = transaction
        .query_row("SELECT lineage, serial FROM head", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let Some((lineage, serial)) = head else { return Ok(None) };
    let snapshot = transaction
        .query_row("SELECT body FROM snapshot", [], |row| row.get(0))
        .optional()?;
    let mut query = transaction.prepare("SELECT entry FROM journal ORDER BY serial")?;
    let entries = query.query_map([], |row| row.get(0))?.collect::<Work<Vec<String>>>()?;
    Ok(Some(Kept {
        lineage,
        serial,
        snapshot,
        entries,
    }))
}
