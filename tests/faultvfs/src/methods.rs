//! What does a watched file do when SQLite reads, writes, syncs or locks it?
//!
//! It asks the plan whether the operation is to fail, lets the platform's file do it, and notes what changed, all
//! under the watch's mutex where something changes. What is not failed of locks and shared memory goes to the platform's
//! file as it is.
//!
//! Every function here is called by SQLite alone, through the method tables of [`crate::file`], with an open watched
//! file and with the pointers that SQLite's documentation of `sqlite3_io_methods` promises; the SAFETY notes lean on
//! that. Those that do more than pass a call on run [`guarded`], so that no panic gets out into C.

use std::os::raw::{c_int, c_void};
use std::slice;

use rusqlite::ffi::{self, sqlite3_file, sqlite3_int64};

use crate::fault::{Fault, Operation};
use crate::file::{parts, pass_on, size_of_file};
use crate::image::torn_length;
use crate::shim::guarded;

pub(crate) unsafe extern "C" fn read(
    file: *mut sqlite3_file,
    into: *mut c_void,
    amount: c_int,
    at: sqlite3_int64,
) -> c_int {
    guarded(ffi::SQLITE_IOERR_READ, || {
        // SAFETY: an open watched file.
        let (open, behind) = unsafe { parts(file) };
        let fault = open.watch.state().plan.step(Operation::Read, &open.name);
        if let Some(fault) = fault
            && fault != Fault::ShortRead
        {
            return fault.code(Operation::Read);
        }
        let code = pass_on!(behind, xRead(into, amount, at), else ffi::SQLITE_IOERR_READ);
        match fault {
            Some(fault) if code == ffi::SQLITE_OK => {
                let amount = usize::try_from(amount).unwrap_or(0);
                // SAFETY: `into` has room for `amount` bytes, and the read has set them all.
                let bytes = unsafe { slice::from_raw_parts_mut(into.cast::<u8>(), amount) };
                bytes[amount / 2..].fill(0);
                fault.code(Operation::Read)
            }
            _ => code,
        }
    })
}

pub(crate) unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    from: *const c_void,
    amount: c_int,
    at: sqlite3_int64,
) -> c_int {
    guarded(ffi::SQLITE_IOERR_WRITE, || {
        // SAFETY: an open watched file.
        let (open, behind) = unsafe { parts(file) };
        let (Ok(len), Ok(place)) = (usize::try_from(amount), usize::try_from(at)) else {
            return ffi::SQLITE_IOERR_WRITE;
        };
        let mut state = open.watch.state();
        let fault = state.plan.step(Operation::Write, &open.name);
        let written = match fault {
            None => len,
            Some(Fault::TornWrite) => torn_length(place, len),
            Some(_) => 0,
        };
        if written > 0 {
            // `written` is at most `amount`, so it fits a c_int.
            let code = pass_on!(behind, xWrite(from, written as c_int, at), else ffi::SQLITE_IOERR_WRITE);
            if code != ffi::SQLITE_OK {
                return code;
            }
            // SAFETY: `from` holds `amount` bytes, of which `written` are some.
            let bytes = unsafe { slice::from_raw_parts(from.cast::<u8>(), written) };
            state.folder.write(open.id, place, bytes);
        }
        fault.map_or(ffi::SQLITE_OK, |fault| fault.code(Operation::Write))
    })
}

pub(crate) unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: sqlite3_int64) -> c_int {
    guarded(ffi::SQLITE_IOERR_TRUNCATE, || {
        // SAFETY: an open watched file.
        let (open, behind) = unsafe { parts(file) };
        let mut state = open.watch.state();
        if let Some(fault) = state.plan.step(Operation::Truncate, &open.name) {
            return fault.code(Operation::Truncate);
        }
        let code = pass_on!(behind, xTruncate(size), else ffi::SQLITE_IOERR_TRUNCATE);
        if code != ffi::SQLITE_OK {
            return code;
        }
        // Asked, not assumed: the platform rounds up where SQLITE_FCNTL_CHUNK_SIZE is set.
        match size_of_file(&behind) {
            Ok(size) => {
                state.folder.resize(open.id, size);
                ffi::SQLITE_OK
            }
            Err(code) => code,
        }
    })
}

pub(crate) unsafe extern "C" fn sync(file: *mut sqlite3_file, _flags: c_int) -> c_int {
    guarded(ffi::SQLITE_IOERR_FSYNC, || {
        // SAFETY: an open watched file.
        let (open, _) = unsafe { parts(file) };
        let mut state = open.watch.state();
        if let Some(fault) = state.plan.step(Operation::Sync, &open.name) {
            return fault.code(Operation::Sync);
        }
        state.folder.sync(open.id);
        if open.syncs_directory {
            state.folder.sync_directory_of(&open.name);
        }
        ffi::SQLITE_OK
    })
}

pub(crate) unsafe extern "C" fn file_size(file: *mut sqlite3_file, out: *mut sqlite3_int64) -> c_int {
    guarded(ffi::SQLITE_IOERR_FSTAT, || {
        // SAFETY: an open watched file.
        let (open, behind) = unsafe { parts(file) };
        if let Some(fault) = open.watch.state().plan.step(Operation::Size, &open.name) {
            return fault.code(Operation::Size);
        }
        pass_on!(behind, xFileSize(out), else ffi::SQLITE_IOERR_FSTAT)
    })
}

pub(crate) unsafe extern "C" fn lock(file: *mut sqlite3_file, level: c_int) -> c_int {
    guarded(ffi::SQLITE_IOERR_LOCK, || {
        // SAFETY: an open watched file.
        let (open, behind) = unsafe { parts(file) };
        if let Some(fault) = open.watch.state().plan.step(Operation::Lock, &open.name) {
            return fault.code(Operation::Lock);
        }
        pass_on!(behind, xLock(level), else ffi::SQLITE_OK)
    })
}

pub(crate) unsafe extern "C" fn unlock(file: *mut sqlite3_file, level: c_int) -> c_int {
    // SAFETY: an open watched file.
    let (_, behind) = unsafe { parts(file) };
    pass_on!(behind, xUnlock(level), else ffi::SQLITE_OK)
}

pub(crate) unsafe extern "C" fn check_reserved_lock(file: *mut sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: an open watched file.
    let (_, behind) = unsafe { parts(file) };
    pass_on!(behind, xCheckReservedLock(out), else ffi::SQLITE_IOERR_CHECKRESERVEDLOCK)
}

pub(crate) unsafe extern "C" fn file_control(
    file: *mut sqlite3_file,
    what: c_int,
    argument: *mut c_void,
) -> c_int {
    guarded(ffi::SQLITE_IOERR, || {
        // SAFETY: an open watched file.
        let (open, behind) = unsafe { parts(file) };
        if what != ffi::SQLITE_FCNTL_SIZE_HINT {
            return pass_on!(behind, xFileControl(what, argument), else ffi::SQLITE_NOTFOUND);
        }
        // The one control that can change a file: it may grow to a multiple of the chunk size.
        let mut state = open.watch.state();
        let code = pass_on!(behind, xFileControl(what, argument), else ffi::SQLITE_NOTFOUND);
        match size_of_file(&behind) {
            Ok(size) if size > state.folder.len(open.id) => state.folder.resize(open.id, size),
            Ok(_) | Err(_) => {}
        }
        code
    })
}

pub(crate) unsafe extern "C" fn sector_size(file: *mut sqlite3_file) -> c_int {
    // SAFETY: an open watched file.
    let (_, behind) = unsafe { parts(file) };
    pass_on!(behind, xSectorSize(), else 0)
}

pub(crate) unsafe extern "C" fn device_characteristics(file: *mut sqlite3_file) -> c_int {
    // SAFETY: an open watched file.
    let (_, behind) = unsafe { parts(file) };
    // Of what a device can promise, the model keeps one: bytes beside a write stay as they were.
    pass_on!(behind, xDeviceCharacteristics(), else 0) & ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

pub(crate) unsafe extern "C" fn shm_map(
    file: *mut sqlite3_file,
    region: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    guarded(ffi::SQLITE_IOERR_SHMMAP, || {
        // SAFETY: an open watched file.
        let (open, behind) = unsafe { parts(file) };
        match open.watch.state().plan.step(Operation::MapShared, &open.name) {
            // Without leave to extend it nothing is asked of the disk's room.
            Some(Fault::Full) if extend == 0 => {}
            Some(fault) => return fault.code(Operation::MapShared),
            None => {}
        }
        pass_on!(behind, xShmMap(region, size, extend, out), else ffi::SQLITE_IOERR_SHMMAP)
    })
}

pub(crate) unsafe extern "C" fn shm_lock(
    file: *mut sqlite3_file,
    offset: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    guarded(ffi::SQLITE_IOERR_SHMLOCK, || {
        // SAFETY: an open watched file.
        let (open, behind) = unsafe { parts(file) };
        if flags & ffi::SQLITE_SHM_LOCK != 0
            && let Some(fault) = open.watch.state().plan.step(Operation::LockShared, &open.name)
        {
            return fault.code(Operation::LockShared);
        }
        pass_on!(behind, xShmLock(offset, count, flags), else ffi::SQLITE_IOERR_SHMLOCK)
    })
}

pub(crate) unsafe extern "C" fn shm_barrier(file: *mut sqlite3_file) {
    // SAFETY: an open watched file.
    let (_, behind) = unsafe { parts(file) };
    pass_on!(behind, xShmBarrier(), else ())
}

pub(crate) unsafe extern "C" fn shm_unmap(file: *mut sqlite3_file, delete: c_int) -> c_int {
    // SAFETY: an open watched file.
    let (_, behind) = unsafe { parts(file) };
    pass_on!(behind, xShmUnmap(delete), else ffi::SQLITE_OK)
}
