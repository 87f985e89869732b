//! The name functions of the C library.
//!
//! Of the older functions the reentrant ones are used: the others answer in memory that all threads
//! share.

use std::borrow::Cow;
use std::ffi::{CStr, CString, c_char, c_int};
use std::mem::MaybeUninit;
use std::net::IpAddr;
use std::ops::ControlFlow;
use std::ptr;

use berkeley::constants::{NI_MAXHOST, NI_MAXSERV};
use berkeley::names::{AddressInfo, AddressInfoQuery, NameInfo, Service};
use berkeley::{
    Address, AddressFamily, AddressInfoCode, AddressInfoFlags, Errno, Error, HostErrorCode,
    NameInfoFlags, Protocol, Refusal, SocketType,
};
use libc::{hostent, protoent, servent, socklen_t};

use super::error;
use super::sockaddr::HostAddress;
use crate::names::HostEntry;

/// POSIX: how long a host name may be, with some room.
const HOST_NAME_ROOM: usize = 1024;
/// What the reentrant functions are given first, and when they ask for more than the last one.
const FIRST_ROOM: usize = 1024;
const LAST_ROOM: usize = 1 << 20;

// In glibc and in musl, but not in the bindings.
unsafe extern "C" {
    fn gethostbyname_r(
        name: *const c_char,
        entry: *mut hostent,
        room: *mut c_char,
        length: usize,
        found: *mut *mut hostent,
        h_errno: *mut c_int,
    ) -> c_int;
    fn gethostbyaddr_r(
        address: *const libc::c_void,
        address_length: socklen_t,
        family: c_int,
        entry: *mut hostent,
        room: *mut c_char,
        length: usize,
        found: *mut *mut hostent,
        h_errno: *mut c_int,
    ) -> c_int;
    fn getservbyname_r(
        name: *const c_char,
        protocol: *const c_char,
        entry: *mut servent,
        room: *mut c_char,
        length: usize,
        found: *mut *mut servent,
    ) -> c_int;
    fn getservbyport_r(
        port: c_int,
        protocol: *const c_char,
        entry: *mut servent,
        room: *mut c_char,
        length: usize,
        found: *mut *mut servent,
    ) -> c_int;
    #[cfg(target_env = "gnu")]
    fn getprotobyname_r(
        name: *const c_char,
        entry: *mut protoent,
        room: *mut c_char,
        length: usize,
        found: *mut *mut protoent,
    ) -> c_int;
}

/// What `getaddrinfo(3)` has allocated. Dropping it gives it back.
struct AddressList(*mut libc::addrinfo);

impl Drop for AddressList {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: this is the list that `getaddrinfo` made, and it is given back only here.
            unsafe { libc::freeaddrinfo(self.0) }
        }
    }
}

/// Translates a host and a service. Source: `getaddrinfo(3)`.
pub(crate) fn getaddrinfo(
    query: &AddressInfoQuery<'_>,
    found: &mut dyn FnMut(AddressInfo<&str>) -> ControlFlow<()>,
) -> Result<(), Error> {
    let host = query.host.map(c_text).transpose()?;
    let service = match query.service {
        None => None,
        Some(Service::Port(port)) => Some(c_text(&port.to_string())?),
        Some(Service::Name(name)) => Some(c_text(name)?),
    };
    let hints = libc::addrinfo {
        ai_flags: query.flags.0.cast_signed(),
        ai_family: c_int::from(query.family.0),
        ai_socktype: query.socket_type.0.cast_signed(),
        ai_protocol: query.protocol.0,
        ai_addrlen: 0,
        ai_addr: ptr::null_mut(),
        ai_canonname: ptr::null_mut(),
        ai_next: ptr::null_mut(),
    };
    let mut first = ptr::null_mut();
    // SAFETY: both texts end with a NUL or are null, the hints are complete, `first` may be written,
    // and all of them live until after the call.
    let answer = unsafe {
        libc::getaddrinfo(as_pointer(&host), as_pointer(&service), &raw const hints, &raw mut first)
    };
    if answer != 0 {
        return Err(address_info_error(answer));
    }
    let list = AddressList(first);
    let mut next = list.0.cast_const();
    // SAFETY: the library answers a list that ends with a null pointer, and `list` keeps it.
    while let Some(entry) = unsafe { next.as_ref() } {
        next = entry.ai_next;
        // Some C libraries also name the host when they are not asked to.
        let canonical_name = if query.flags.contains(AddressInfoFlags::CANONNAME) {
            // SAFETY: the name is null, or a text that the list keeps.
            unsafe { copied_text(entry.ai_canonname) }
        } else {
            String::new()
        };
        // SAFETY: this is an entry of the library's list.
        let Some(address) = (unsafe { copied_address(entry) }) else { continue };
        let info = AddressInfo {
            family: address.family(),
            socket_type: SocketType(entry.ai_socktype.cast_unsigned()),
            protocol: Protocol(entry.ai_protocol),
            canonical_name: canonical_name.as_str(),
            address,
        };
        if found(info).is_break() {
            break;
        }
    }
    Ok(())
}

/// The address of an entry, which says itself how long it is.
///
/// # Safety
///
/// The C library has filled the entry in, and its address is still there.
unsafe fn copied_address(entry: &libc::addrinfo) -> Option<Address> {
    let mut copy = HostAddress::room();
    let (to, length) = copy.as_mut_parts();
    // SAFETY: `length` points into `copy`, which nobody else uses.
    let room = unsafe { length.read() };
    let count = entry.ai_addrlen.min(room);
    if entry.ai_addr.is_null() {
        return None;
    }
    // SAFETY: the caller's address may be read for as many bytes as it says, `to` may be written
    // for `room` bytes, `count` is at most both, and they do not overlap.
    unsafe {
        ptr::copy_nonoverlapping(entry.ai_addr.cast::<u8>(), to.cast::<u8>(), count as usize);
    }
    // SAFETY: as for reading it.
    unsafe { length.write(count) };
    copy.decode()
}

/// Translates an address into names. Source: `getnameinfo(3)`.
pub(crate) fn getnameinfo(
    address: &Address,
    flags: NameInfoFlags,
    found: &mut dyn FnMut(NameInfo<'_>),
) -> Result<(), Error> {
    let encoded = HostAddress::encode(address)?;
    let (address, length) = encoded.as_parts();
    let (mut host, mut service) = ([0u8; NI_MAXHOST], [0u8; NI_MAXSERV]);
    // SAFETY: `address` may be read for `length` bytes, the two rooms may be written for as many
    // bytes as is said, and all of them live until after the call.
    let answer = unsafe {
        libc::getnameinfo(
            address,
            length,
            host.as_mut_ptr().cast(),
            host.len() as socklen_t,
            service.as_mut_ptr().cast(),
            service.len() as socklen_t,
            flags.0.cast_signed(),
        )
    };
    if answer != 0 {
        return Err(address_info_error(answer));
    }
    let (host, service) = (text_in(&host), text_in(&service));
    found(NameInfo { host: &host, service: &service });
    Ok(())
}

/// The entry of a host with its aliases and its IPv4 addresses. Source: `gethostbyname_r(3)`.
pub(crate) fn gethostbyname(host: &str) -> Result<HostEntry, Error> {
    let host = c_text(host)?;
    host_entry(|entry, room, length, found, h_errno| {
        // SAFETY: the text ends with a NUL; `host_entry` gives places that may be written, `room`
        // for `length` bytes; all of them live until after the call.
        unsafe { gethostbyname_r(host.as_ptr(), entry, room, length, found, h_errno) }
    })
}

/// The entry of the host that has an address. Source: `gethostbyaddr_r(3)`.
pub(crate) fn gethostbyaddr(ip: IpAddr) -> Result<HostEntry, Error> {
    let (mut octets, count, family) = ([0; 16], if ip.is_ipv4() { 4 } else { 16 }, family_of(ip));
    match ip {
        IpAddr::V4(ip) => octets[..4].copy_from_slice(&ip.octets()),
        IpAddr::V6(ip) => octets = ip.octets(),
    }
    host_entry(|entry, room, length, found, h_errno| {
        let address = octets.as_ptr().cast();
        // SAFETY: `address` may be read for `count` bytes; the rest is as for `gethostbyname`.
        unsafe { gethostbyaddr_r(address, count, family, entry, room, length, found, h_errno) }
    })
}

fn family_of(ip: IpAddr) -> c_int {
    let family = if ip.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    c_int::from(family.0)
}

/// Makes a call that fills in the entry of a host, and copies the entry.
fn host_entry(
    mut call: impl FnMut(*mut hostent, *mut c_char, usize, *mut *mut hostent, *mut c_int) -> c_int,
) -> Result<HostEntry, Error> {
    let mut h_errno = 0;
    let asked = with_room(
        |entry, room, length, found| call(entry, room, length, found, &raw mut h_errno),
        // SAFETY: this is called with what the library has filled in.
        |entry| unsafe { copied_entry(entry) },
    );
    match asked? {
        Some(entry) => Ok(entry),
        // The C library says by another number that it failed itself.
        None if h_errno == c_int::from(HostErrorCode::NETDB_INTERNAL.0) => Err(error::last()),
        None => Err(Error::host_error(
            i8::try_from(h_errno).map_or(HostErrorCode::NO_RECOVERY, HostErrorCode),
        )),
    }
}

/// A copy of an entry.
///
/// # Safety
///
/// The C library has filled the entry in, and what it points to is still there.
unsafe fn copied_entry(entry: &hostent) -> HostEntry {
    // SAFETY: the name is a text of the entry.
    let name = unsafe { copied_text(entry.h_name) };
    // SAFETY: the aliases are a list of the entry.
    let aliases = unsafe { list_of(entry.h_aliases) };
    // SAFETY: so are the addresses.
    let octets = unsafe { list_of(entry.h_addr_list) };
    let mut addresses = Vec::new();
    for octets in octets {
        addresses.extend(match (entry.h_addrtype, entry.h_length) {
            (libc::AF_INET, 4) => {
                // SAFETY: an address of the list has as many bytes as the entry says.
                Some(IpAddr::from(unsafe { octets.cast::<[u8; 4]>().read() }))
            }
            (libc::AF_INET6, 16) => {
                // SAFETY: as above.
                Some(IpAddr::from(unsafe { octets.cast::<[u8; 16]>().read() }))
            }
            _ => None,
        });
    }
    // SAFETY: each alias is a text of the entry.
    let aliases = aliases.into_iter().map(|alias| unsafe { copied_text(alias) }).collect();
    HostEntry { name, aliases, addresses }
}

/// The pointers of a list that ends with a null pointer.
///
/// # Safety
///
/// `next` is null, or such a list of the C library.
unsafe fn list_of(mut next: *mut *mut c_char) -> Vec<*mut c_char> {
    let mut all = Vec::new();
    // SAFETY: the list is not over yet: its end is a null pointer in it.
    while let Some(&pointer) = unsafe { next.as_ref() } {
        if pointer.is_null() {
            break;
        }
        all.push(pointer);
        next = next.wrapping_add(1);
    }
    all
}

/// The port of a service. Source: `getservbyname_r(3)`.
pub(crate) fn getservbyname(name: &str, protocol: Option<&str>) -> Result<u16, Error> {
    let (name, protocol) = (c_text(name)?, protocol.map(c_text).transpose()?);
    let asked = with_room(
        |entry, room, length, found| {
            let protocol = as_pointer(&protocol);
            // SAFETY: the texts end with a NUL or are null; `with_room` gives places that may be
            // written, `room` for `length` bytes; all of them live until after the call.
            unsafe { getservbyname_r(name.as_ptr(), protocol, entry, room, length, found) }
        },
        // The port stands in network order in the lower half of the number.
        |entry: &servent| u16::from_be(entry.s_port as u16),
    );
    asked?.ok_or(Error::refused(Refusal::ServiceNotFound))
}

/// The name of the service that has a port. Source: `getservbyport_r(3)`.
pub(crate) fn getservbyport(port: u16, protocol: Option<&str>) -> Result<String, Error> {
    let (port, protocol) = (c_int::from(port.to_be()), protocol.map(c_text).transpose()?);
    let asked = with_room(
        |entry, room, length, found| {
            let protocol = as_pointer(&protocol);
            // SAFETY: as for `getservbyname`.
            unsafe { getservbyport_r(port, protocol, entry, room, length, found) }
        },
        // SAFETY: this is called with what the library has filled in, and the name is a text.
        |entry: &servent| unsafe { copied_text(entry.s_name) },
    );
    asked?.ok_or(Error::refused(Refusal::PortNotFound))
}

/// The protocol with a name. Source: `getprotobyname_r(3)`.
#[cfg(target_env = "gnu")]
pub(crate) fn getprotobyname(name: &str) -> Result<Protocol, Error> {
    let name = c_text(name)?;
    let asked = with_room(
        |entry, room, length, found| {
            // SAFETY: as for `getservbyname`.
            unsafe { getprotobyname_r(name.as_ptr(), entry, room, length, found) }
        },
        |entry: &protoent| Protocol(entry.p_proto),
    );
    asked?.ok_or(Error::refused(Refusal::ProtocolNotFound))
}

/// The protocol with a name. The other C libraries read no file either, and answer in memory that
/// all threads share.
#[cfg(not(target_env = "gnu"))]
pub(crate) fn getprotobyname(name: &str) -> Result<Protocol, Error> {
    c_text(name)?;
    berkeley::names::table::getprotobyname(name)
}

/// Calls a reentrant function with more and more room until it is enough, and copies what it found.
fn with_room<T, R>(
    mut call: impl FnMut(*mut T, *mut c_char, usize, *mut *mut T) -> c_int,
    copy: impl FnOnce(&T) -> R,
) -> Result<Option<R>, Error> {
    let mut room: Vec<c_char> = vec![0; FIRST_ROOM];
    loop {
        let mut entry = MaybeUninit::<T>::uninit();
        let mut found: *mut T = ptr::null_mut();
        let answer = call(entry.as_mut_ptr(), room.as_mut_ptr(), room.len(), &raw mut found);
        if answer == libc::ERANGE && room.len() < LAST_ROOM {
            room = vec![0; room.len() * 2];
            continue;
        }
        // SAFETY: the library leaves null, or a pointer to the entry that it has filled in. Entry
        // and room live until the end of this turn.
        return match unsafe { found.as_ref() } {
            Some(entry) => Ok(Some(copy(entry))),
            None if answer == libc::ERANGE => Err(Errno::ENOMEM.into()),
            None => Ok(None),
        };
    }
}

/// The name of this host. Source: `gethostname(2)`.
pub(crate) fn gethostname() -> Result<String, Error> {
    let mut name = [0u8; HOST_NAME_ROOM];
    // SAFETY: `name` may be written for as many bytes as is said, one less than it has: so the text
    // ends with a NUL also where the library has cut it.
    let answer = unsafe { libc::gethostname(name.as_mut_ptr().cast(), name.len() - 1) };
    error::checked(answer)?;
    Ok(text_in(&name).into_owned())
}

/// Sets the name of this host. Source: `sethostname(2)`.
pub(crate) fn sethostname(name: &[u8]) -> Result<(), Error> {
    // SAFETY: `name` may be read for as many bytes as is said.
    let answer = unsafe { libc::sethostname(name.as_ptr().cast(), name.len()) };
    error::checked(answer).map(|_| ())
}

/// A text as C wants it.
pub(super) fn c_text(text: &str) -> Result<CString, Error> {
    CString::new(text).map_err(|_| Error::INVALID_VALUE)
}

fn as_pointer(text: &Option<CString>) -> *const c_char {
    text.as_ref().map_or(ptr::null(), |text| text.as_ptr())
}

/// A copy of a text of the C library, which may not be there. What is not UTF-8 becomes U+FFFD.
///
/// # Safety
///
/// `text` is null, or may be read up to a NUL.
pub(super) unsafe fn copied_text(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: the caller promises it; the borrow ends here.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// The text that begins a room which the C library has filled in.
fn text_in(room: &[u8]) -> Cow<'_, str> {
    CStr::from_bytes_until_nul(room).map_or("".into(), CStr::to_string_lossy)
}

/// The error of a code of `getaddrinfo(3)`.
fn address_info_error(code: c_int) -> Error {
    if code == libc::EAI_SYSTEM {
        return error::last();
    }
    let code = i8::try_from(code).map_or(AddressInfoCode::EAI_FAIL, AddressInfoCode);
    Error::address_info(code)
}
