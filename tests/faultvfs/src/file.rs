//! What does SQLite hold when it has a watched file open?
//!
//! A [`ShimFile`], whose methods are those of [`crate::methods`], and the platform's own file directly behind it.

use std::os::raw::c_int;
use std::path::PathBuf;
use std::ptr;
use std::sync::Arc;

use rusqlite::ffi::{self, sqlite3_file, sqlite3_int64, sqlite3_io_methods};

use crate::disk::Watched;
use crate::fault::Operation;
use crate::folder::FileId;
use crate::methods;
use crate::shim::guarded;

/// What SQLite holds for a watched file. The platform's own file lies directly behind it.
#[repr(C)]
pub(crate) struct ShimFile {
    base: sqlite3_file,
    open: *mut OpenFile,
}

/// What the shim knows about an open file.
pub(crate) struct OpenFile {
    pub(crate) watch: Arc<Watched>,
    pub(crate) id: FileId,
    pub(crate) name: PathBuf,
    /// SQLite syncs the directory along with the first sync of a journal that it created.
    pub(crate) syncs_directory: bool,
}

/// The platform's file behind a watched one, with its methods.
pub(crate) struct Behind<'a> {
    pub(crate) file: *mut sqlite3_file,
    pub(crate) methods: &'a sqlite3_io_methods,
}

/// Calls the same method of the platform's file.
///
/// The arguments must be valid for that method: SQLite's own for the same call, or made to the same rules.
macro_rules! pass_on {
    ($behind:expr, $method:ident ( $($argument:expr),* ), else $missing:expr) => {{
        let behind = &$behind;
        match behind.methods.$method {
            // SAFETY: the method belongs to this open file, and the macro's user vouches for the arguments.
            Some(method) => unsafe { method(behind.file $(, $argument)*) },
            None => $missing,
        }
    }};
}

pub(crate) use pass_on;

/// Opens a watched file, through `open_real` for the platform's part of it.
///
/// # Safety
///
/// `into` must have room for a `ShimFile` and, behind it, for the file that `open_real` opens at the pointer it gets.
pub(crate) unsafe fn open(
    into: *mut sqlite3_file,
    watch: Arc<Watched>,
    name: PathBuf,
    journal: bool,
    open_real: impl FnOnce(*mut sqlite3_file) -> c_int,
) -> c_int {
    let mut state = watch.state();
    if let Some(fault) = state.plan.step(Operation::Open, &name) {
        return fault.code(Operation::Open);
    }
    let existed = watch.root().join(&name).exists();
    // SAFETY: the caller vouches for the room.
    let real = unsafe { real_of(into) };
    // SAFETY: there is room. A VFS that gives up early may leave this as it found it.
    unsafe { (*real).pMethods = ptr::null() };
    let code = open_real(real);
    // SAFETY: the methods are null if there is nothing to close, else those of the file now open.
    let Some(behind) = (unsafe { behind(real) }) else {
        return code;
    };
    let known = match code {
        ffi::SQLITE_OK => state.opened(&name, existed, || read_all(&behind)),
        failed => Err(failed),
    };
    let id = match known {
        Ok(id) => id,
        Err(code) => {
            pass_on!(behind, xClose(), else ffi::SQLITE_OK);
            return code;
        }
    };
    drop(state);
    let shared_memory = behind.methods.iVersion >= 2 && behind.methods.xShmMap.is_some();
    let methods = if shared_memory { &WITH_SHARED_MEMORY } else { &WITHOUT_SHARED_MEMORY };
    let open = Box::new(OpenFile { watch, id, name, syncs_directory: journal && !existed });
    let shim = ShimFile { base: sqlite3_file { pMethods: methods }, open: Box::into_raw(open) };
    // SAFETY: `into` has room for a ShimFile, and nothing in it needs to be dropped.
    unsafe { into.cast::<ShimFile>().write(shim) };
    ffi::SQLITE_OK
}

/// Where the platform's file lies.
///
/// # Safety
///
/// `file` must be the start of an allocation of at least the shim's `szOsFile` bytes.
unsafe fn real_of(file: *mut sqlite3_file) -> *mut sqlite3_file {
    // SAFETY: the allocation goes on behind the ShimFile, whose size keeps the alignment of pointers.
    unsafe { file.cast::<ShimFile>().add(1).cast() }
}

/// An open platform file; nothing if it has no methods.
///
/// # Safety
///
/// `real` must be valid, and its methods null or valid for as long as the file is open.
unsafe fn behind<'a>(real: *mut sqlite3_file) -> Option<Behind<'a>> {
    // SAFETY: the caller vouches for both pointers.
    let methods = unsafe { (*real).pMethods.as_ref() }?;
    Some(Behind { file: real, methods })
}

/// Our part and the platform's part of a watched file.
///
/// # Safety
///
/// `file` must be a file that `open` set up, not yet closed.
pub(crate) unsafe fn parts<'a>(file: *mut sqlite3_file) -> (&'a OpenFile, Behind<'a>) {
    // SAFETY: `open` put the ShimFile there, its `open` points to a live box until `close`, and the platform's file
    // behind it was opened and so has methods.
    unsafe {
        let open = &*(*file.cast::<ShimFile>()).open;
        let real = real_of(file);
        (open, Behind { file: real, methods: &*(*real).pMethods })
    }
}

pub(crate) fn size_of_file(behind: &Behind<'_>) -> Result<usize, c_int> {
    let mut size: sqlite3_int64 = 0;
    match pass_on!(behind, xFileSize(&mut size), else ffi::SQLITE_IOERR_FSTAT) {
        ffi::SQLITE_OK => usize::try_from(size).map_err(|_| ffi::SQLITE_IOERR_FSTAT),
        failed => Err(failed),
    }
}

fn read_all(behind: &Behind<'_>) -> Result<Vec<u8>, c_int> {
    const PIECE: usize = 1 << 20;
    let mut bytes = vec![0; size_of_file(behind)?];
    let mut at: sqlite3_int64 = 0;
    for piece in bytes.chunks_mut(PIECE) {
        let amount = piece.len() as c_int; // at most PIECE
        match pass_on!(behind, xRead(piece.as_mut_ptr().cast(), amount, at), else ffi::SQLITE_IOERR_READ) {
            ffi::SQLITE_OK => at += sqlite3_int64::from(amount),
            failed => return Err(failed),
        }
    }
    Ok(bytes)
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    guarded(ffi::SQLITE_IOERR_CLOSE, || {
        // SAFETY: an open watched file.
        let (open, behind) = unsafe { parts(file) };
        let code = pass_on!(behind, xClose(), else ffi::SQLITE_OK);
        open.watch.state().folder.closed(open.id);
        // SAFETY: the box came from `open`; SQLite uses the file no more after this call, whatever it returns.
        drop(unsafe { Box::from_raw((*file.cast::<ShimFile>()).open) });
        code
    })
}

static WITH_SHARED_MEMORY: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 2,
    xShmMap: Some(methods::shm_map),
    xShmLock: Some(methods::shm_lock),
    xShmBarrier: Some(methods::shm_barrier),
    xShmUnmap: Some(methods::shm_unmap),
    ..WITHOUT_SHARED_MEMORY
};

/// Version 3 would add memory mapping; its reads and writes could neither be counted nor fail.
const WITHOUT_SHARED_MEMORY: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 1,
    xClose: Some(close),
    xRead: Some(methods::read),
    xWrite: Some(methods::write),
    xTruncate: Some(methods::truncate),
    xSync: Some(methods::sync),
    xFileSize: Some(methods::file_size),
    xLock: Some(methods::lock),
    xUnlock: Some(methods::unlock),
    xCheckReservedLock: Some(methods::check_reserved_lock),
    xFileControl: Some(methods::file_control),
    xSectorSize: Some(methods::sector_size),
    xDeviceCharacteristics: Some(methods::device_characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};
