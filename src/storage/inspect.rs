//! How is the schema of a file looked at, or changed, without opening a store?

use std::path::Path;

use rusqlite::Connection;

use super::connect::{self, Found};
use super::open::{look_unless_open, refuse};
use super::{Upgrade, limits, migrations, opened, process};
use crate::error::{Error, MAKING_FILES_BESIDE, Result};
use crate::model::Config;

/// Opens a connection that only reads.
pub(super) fn reader(path: &Path, config: &Config) -> Result<Connection> {
    connect::reader(path, config).map_err(|error| match Error::sqlite("opening the file", &error) {
        // A store is read with two files beside it, which a reader may have to make.
        Error::ReadOnly => Error::Unavailable { doing: MAKING_FILES_BESIDE },
        // The file itself has been looked into.
        Error::Unavailable { .. } if !connect::beside(path, "-shm").exists() => {
            Error::Unavailable { doing: MAKING_FILES_BESIDE }
        }
        error => error,
    })
}

/// Looks at a store of any schema up to the newest.
pub(crate) fn read_schema<T>(path: &Path, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
    process::settle()?;
    let config = Config::extension();
    limits::within(&Default::default(), &Default::default(), config.busy_wait(), || {
        match look_unless_open(path)? {
            Found::Nothing => return Err(Error::NotFound { what: "file" }),
            Found::Empty => return Err(Error::NotAStore { reason: "it is empty" }),
            Found::Store => {}
        }
        let _opened = opened::opening(path)?;
        let conn = reader(path, &config)?;
        let found = match migrations::version(&conn) {
            Ok(found) => found,
            Err(error) => return Err(refuse(conn, error)),
        };
        if found > migrations::NEWEST {
            let error = Error::SchemaTooNew { found, supported: migrations::NEWEST };
            return Err(refuse(conn, error));
        }
        work(&conn)
    })
}

/// Gives a store another schema; `None` if it has that.
pub(crate) fn change_schema(path: &Path, config: &Config, target: u32) -> Result<Option<Upgrade>> {
    read_schema(path, |_| Ok(()))?;
    limits::within(&Default::default(), &Default::default(), config.busy_wait(), || {
        limits::patiently(config.busy_wait(), || migrations::run(path, config, target))
    })
}
