//! How does SQLite come to open its files through this crate?
//!
//! The shim is a `sqlite3_vfs` that has the platform's own one behind it. A file outside the watched directories is
//! opened by that one directly and never seen again; one inside gets the methods of [`crate::file`].
//!
//! Every `extern "C"` function here is called by SQLite alone, through the table that [`install`] registers, and with
//! the pointers that SQLite's documentation of `sqlite3_vfs` promises; the SAFETY notes lean on that. Those that do
//! more than pass a call on run [`guarded`], so that no panic gets out into C.

use std::ffi::CStr;
use std::os::raw::{c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::{Arc, OnceLock};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_vfs};

use crate::disk::Watched;
use crate::fault::Operation;
use crate::file::{self, ShimFile};

/// Registers the shim as the default VFS, once in the life of the process.
pub(crate) fn install() {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        // SAFETY: a null name asks for the default VFS; SQLite initialises itself for this call.
        let real = unsafe { ffi::sqlite3_vfs_find(ptr::null()) };
        assert!(!real.is_null(), "SQLite has no default VFS to put the shim before");
        // SAFETY: `real` was just checked, and a registered VFS stays valid and is not changed.
        let shim = Box::leak(Box::new(table(unsafe { &*real }, real)));
        // SAFETY: the table is leaked, so it outlives every use, and all its entries are set up for `real`.
        let code = unsafe { ffi::sqlite3_vfs_register(shim, 1) };
        assert_eq!(code, ffi::SQLITE_OK, "SQLite did not take the shim as its default VFS");
    });
}

fn table(real: &sqlite3_vfs, behind: *mut sqlite3_vfs) -> sqlite3_vfs {
    sqlite3_vfs {
        // Version 2 ends before the replacement of system calls, which belongs to the platform's VFS.
        iVersion: real.iVersion.min(2),
        szOsFile: size_of::<ShimFile>() as c_int + real.szOsFile,
        mxPathname: real.mxPathname,
        pNext: ptr::null_mut(),
        zName: c"mindkeep-powercut".as_ptr(),
        pAppData: behind.cast(),
        xOpen: Some(open),
        xDelete: Some(delete),
        xAccess: Some(access),
        xFullPathname: Some(full_pathname),
        xDlOpen: real.xDlOpen.and(Some(dl_open)),
        xDlError: real.xDlError.and(Some(dl_error)),
        xDlSym: real.xDlSym.and(Some(dl_sym)),
        xDlClose: real.xDlClose.and(Some(dl_close)),
        xRandomness: Some(randomness),
        xSleep: Some(sleep),
        xCurrentTime: Some(current_time),
        xGetLastError: real.xGetLastError.and(Some(get_last_error)),
        xCurrentTimeInt64: real.xCurrentTimeInt64.and(Some(current_time_int64)),
        xSetSystemCall: None,
        xGetSystemCall: None,
        xNextSystemCall: None,
    }
}

/// Runs the body of a callback; a panic in it becomes the given code instead of crossing into C.
pub(crate) fn guarded(on_panic: c_int, body: impl FnOnce() -> c_int) -> c_int {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(on_panic)
}

/// The platform's VFS behind the shim.
///
/// # Safety
///
/// `vfs` must be the table that `install` registered.
unsafe fn behind<'a>(vfs: *mut sqlite3_vfs) -> (&'a sqlite3_vfs, *mut sqlite3_vfs) {
    // SAFETY: `vfs` is the registered table, whose `pAppData` is the VFS that `install` found; both live for ever.
    unsafe {
        let real = (*vfs).pAppData.cast::<sqlite3_vfs>();
        (&*real, real)
    }
}

/// Calls the same method of the platform's VFS with that VFS as its first argument.
macro_rules! pass_on {
    ($vfs:ident, $method:ident ( $($argument:expr),* ), else $missing:expr) => {{
        // SAFETY: SQLite passes the registered table.
        let (table, real) = unsafe { behind($vfs) };
        match table.$method {
            // SAFETY: the method belongs to `real`, and the arguments are SQLite's own for this very method.
            Some(method) => unsafe { method(real, $($argument),*) },
            None => $missing,
        }
    }};
}

/// The watch over a file that SQLite names, if there is one.
///
/// # Safety
///
/// `name` must be null or a string that ends in a zero byte.
unsafe fn watch_over(name: *const c_char) -> Option<(Arc<Watched>, PathBuf)> {
    if name.is_null() {
        return None;
    }
    // SAFETY: not null, and the caller vouches for the rest.
    let name = unsafe { CStr::from_ptr(name) };
    Watched::over(Path::new(name.to_str().ok()?))
}

unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    into: *mut sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: `into` has room for `szOsFile` bytes. Without methods SQLite takes the file for never opened.
    unsafe { (*into).pMethods = ptr::null() };
    guarded(ffi::SQLITE_CANTOPEN, || {
        let followed = ffi::SQLITE_OPEN_MAIN_DB
            | ffi::SQLITE_OPEN_MAIN_JOURNAL
            | ffi::SQLITE_OPEN_SUPER_JOURNAL
            | ffi::SQLITE_OPEN_WAL;
        let lasting = flags & followed != 0 && flags & ffi::SQLITE_OPEN_DELETEONCLOSE == 0;
        // SAFETY: SQLite passes null or a string that ends in a zero byte.
        let watch = || unsafe { watch_over(name) };
        let watch = lasting.then(watch).flatten();
        let Some((watch, file)) = watch else {
            // The platform's VFS finds more room than it needs, and uses it as its own.
            return pass_on!(vfs, xOpen(name, into, flags, out_flags), else ffi::SQLITE_CANTOPEN);
        };
        let journal = flags & ffi::SQLITE_OPEN_MAIN_DB == 0;
        let open_real = |real| pass_on!(vfs, xOpen(name, real, flags, out_flags), else ffi::SQLITE_CANTOPEN);
        // SAFETY: `into` has `szOsFile` bytes: the ShimFile, and behind it the platform's file.
        unsafe { file::open(into, watch, file, journal, open_real) }
    })
}

unsafe extern "C" fn delete(vfs: *mut sqlite3_vfs, name: *const c_char, sync_directory: c_int) -> c_int {
    guarded(ffi::SQLITE_IOERR_DELETE, || {
        // SAFETY: SQLite passes a string that ends in a zero byte.
        let Some((watch, file)) = (unsafe { watch_over(name) }) else {
            return pass_on!(vfs, xDelete(name, sync_directory), else ffi::SQLITE_IOERR_DELETE);
        };
        let mut state = watch.state();
        if let Some(fault) = state.plan.step(Operation::Delete, &file) {
            return fault.code(Operation::Delete);
        }
        // The real directory needs no sync: the one in memory is what counts.
        let code = pass_on!(vfs, xDelete(name, 0), else ffi::SQLITE_IOERR_DELETE);
        if code == ffi::SQLITE_OK {
            state.folder.delete(&file, sync_directory != 0);
        }
        code
    })
}

unsafe extern "C" fn access(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    guarded(ffi::SQLITE_IOERR_ACCESS, || {
        // SAFETY: SQLite passes a string that ends in a zero byte.
        if let Some((watch, file)) = unsafe { watch_over(name) }
            && let Some(fault) = watch.state().plan.step(Operation::Access, &file)
        {
            return fault.code(Operation::Access);
        }
        pass_on!(vfs, xAccess(name, flags, out), else ffi::SQLITE_IOERR_ACCESS)
    })
}

unsafe extern "C" fn full_pathname(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    room: c_int,
    out: *mut c_char,
) -> c_int {
    pass_on!(vfs, xFullPathname(name, room, out), else ffi::SQLITE_CANTOPEN)
}

unsafe extern "C" fn dl_open(vfs: *mut sqlite3_vfs, name: *const c_char) -> *mut c_void {
    pass_on!(vfs, xDlOpen(name), else ptr::null_mut())
}

unsafe extern "C" fn dl_error(vfs: *mut sqlite3_vfs, room: c_int, out: *mut c_char) {
    pass_on!(vfs, xDlError(room, out), else ())
}

type Symbol = unsafe extern "C" fn(*mut sqlite3_vfs, *mut c_void, *const c_char);

unsafe extern "C" fn dl_sym(
    vfs: *mut sqlite3_vfs,
    library: *mut c_void,
    name: *const c_char,
) -> Option<Symbol> {
    pass_on!(vfs, xDlSym(library, name), else None)
}

unsafe extern "C" fn dl_close(vfs: *mut sqlite3_vfs, library: *mut c_void) {
    pass_on!(vfs, xDlClose(library), else ())
}

unsafe extern "C" fn randomness(vfs: *mut sqlite3_vfs, room: c_int, out: *mut c_char) -> c_int {
    pass_on!(vfs, xRandomness(room, out), else 0)
}

unsafe extern "C" fn sleep(vfs: *mut sqlite3_vfs, microseconds: c_int) -> c_int {
    // Nobody holds the lock that is waited for, so waiting would help no one: SQLite may wait ten seconds for a reader's.
    if crate::disk::Watched::any_pretends_busy() {
        return microseconds;
    }
    pass_on!(vfs, xSleep(microseconds), else 0)
}

unsafe extern "C" fn current_time(vfs: *mut sqlite3_vfs, out: *mut f64) -> c_int {
    pass_on!(vfs, xCurrentTime(out), else ffi::SQLITE_ERROR)
}

unsafe extern "C" fn get_last_error(vfs: *mut sqlite3_vfs, room: c_int, out: *mut c_char) -> c_int {
    pass_on!(vfs, xGetLastError(room, out), else 0)
}

unsafe extern "C" fn current_time_int64(vfs: *mut sqlite3_vfs, out: *mut ffi::sqlite3_int64) -> c_int {
    pass_on!(vfs, xCurrentTimeInt64(out), else ffi::SQLITE_ERROR)
}
