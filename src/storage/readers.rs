//! Where does a read get its connection?
//!
//! From an r2d2 pool of read-only connections. The pool neither tests a connection when it hands it out (an SQLite
//! connection to a local file does not go stale) nor retires idle ones, so an idle store wakes nobody.

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use r2d2::{ManageConnection, Pool, PooledConnection};
use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::{Connection, OpenFlags};
use scheduled_thread_pool::ScheduledThreadPool;

use super::{connect, limits};
use crate::error::{Error, Result};
use crate::model::Config;

/// The pool, and the means to know that all of its connections are closed.
pub(crate) struct Readers {
    pool: Pool<Manager>,
    failure: Arc<Mutex<Option<Error>>>,
    alive: Arc<AtomicUsize>,
    wait: Duration,
}

/// A connection that tells when it is gone.
pub(crate) struct Reader {
    conn: Connection,
    /// The version of the file when it last looked, and the file's last change then.
    seen: Cell<(i64, i64)>,
    _alive: Alive,
}

struct Alive(Arc<AtomicUsize>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Reader {
    pub(crate) fn seen(&self) -> &Cell<(i64, i64)> {
        &self.seen
    }
}

impl std::ops::Deref for Reader {
    type Target = Connection;
    fn deref(&self) -> &Connection {
        &self.conn
    }
}

pub(crate) struct Manager {
    open: SqliteConnectionManager,
    /// The connection that opened the store becomes the first of the pool.
    first: Mutex<Option<Connection>>,
    alive: Arc<AtomicUsize>,
    /// Why the last opening failed: the pool itself only says that it waited in vain.
    failure: Arc<Mutex<Option<Error>>>,
}

impl ManageConnection for Manager {
    type Connection = Reader;
    type Error = rusqlite::Error;

    fn connect(&self) -> rusqlite::Result<Reader> {
        // Counted before it is opened, so that nobody takes it for gone while it comes.
        self.alive.fetch_add(1, Ordering::SeqCst);
        let alive = Alive(Arc::clone(&self.alive));
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        let conn = first.map_or_else(|| self.open.connect(), Ok).inspect_err(|error| {
            let failure = Error::sqlite("opening the file", error);
            *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
        })?;
        // SQLite counts versions from 1.
        Ok(Reader { conn, seen: Cell::new((-1, 0)), _alive: alive })
    }

    fn is_valid(&self, _: &mut Reader) -> rusqlite::Result<()> {
        Ok(())
    }

    fn has_broken(&self, _: &mut Reader) -> bool {
        false
    }
}

/// r2d2 opens connections on a helper thread: one for all stores of the process.
fn helper() -> Arc<ScheduledThreadPool> {
    static HELPER: OnceLock<Arc<ScheduledThreadPool>> = OnceLock::new();
    Arc::clone(HELPER.get_or_init(|| {
        Arc::new(ScheduledThreadPool::builder().num_threads(1).thread_name_pattern("mindkeep-open").build())
    }))
}

impl Readers {
    pub(crate) fn new(path: PathBuf, config: &Config, first: Option<Connection>) -> Self {
        let alive = Arc::new(AtomicUsize::new(0));
        let settings = config.clone();
        let open = SqliteConnectionManager::file(path)
            .with_flags(
                OpenFlags::SQLITE_OPEN_READ_ONLY
                    | OpenFlags::SQLITE_OPEN_NO_MUTEX
                    | OpenFlags::SQLITE_OPEN_EXRESCODE,
            )
            .with_init(move |conn| connect::set_up_reader(conn, &settings));
        let failure = Arc::default();
        let manager = Manager {
            open,
            first: Mutex::new(first),
            alive: Arc::clone(&alive),
            failure: Arc::clone(&failure),
        };
        let pool = Pool::builder()
            .max_size(config.readers)
            .min_idle(Some(config.readers_idle))
            .test_on_check_out(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .connection_timeout(config.reader_wait())
            .error_handler(Box::new(r2d2::NopErrorHandler))
            .thread_pool(helper())
            .build_unchecked(manager);
        Self { pool, failure, alive, wait: config.reader_wait() }
    }

    /// A free connection. The wait for one ends with the caller's deadline.
    pub(crate) fn get(&self) -> Result<PooledConnection<Manager>> {
        let wait = limits::time_left().map_or(self.wait, |left| left.min(self.wait));
        self.pool.get_timeout(wait).map_err(|_| {
            let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
            failure.unwrap_or(Error::Busy { waited_ms: self.wait.as_millis() as u64 })
        })
    }

    /// Closes every connection and returns when the last one is closed. Nobody may be using one.
    pub(crate) fn close(self) {
        let Self { pool, alive, .. } = self;
        drop(pool);
        // An opening that was asked for earlier may still be under way on the helper; its result is dropped there.
        let start = Instant::now();
        while alive.load(Ordering::SeqCst) > 0 && start.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(Duration::from_micros(200));
        }
    }
}
