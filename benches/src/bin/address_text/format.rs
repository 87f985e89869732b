//! From address to text.

use core::fmt::{self, Debug, Display, Write};
use core::hint::black_box;
use core::net::{Ipv4Addr, Ipv6Addr};

use berkeley::{AddressFamily, AddressText};
use berkeley_benches::side_by_side::{Competitor, Group};
use berkeley_benches::{glibc, inputs};
use ipv4_display::Ipv4AddrDisplay;

/// A way to write an address. Where it needs a buffer from its caller, that is `self`, and not made
/// anew for each address.
pub(crate) trait Formatter<Address> {
    /// Shows the text to `reader`. A NUL in it ends it.
    fn format(&mut self, address: Address, reader: impl FnOnce(&[u8]));
}

pub(crate) fn ipv4(count: usize) -> Group {
    let addresses = inputs::ipv4_mix(count);
    Group::new("ipv4-format", "core", count)
        .with(formatter("berkeley", addresses, Text).ours())
        .with(formatter("berkeley-as_str", addresses, TextAsStr).ours())
        .with(formatter("berkeley-ntop", addresses, Ntop([0; 46])).ours())
        .with(formatter("core", addresses, Core::default()))
        .with(formatter("ipv4-display", addresses, Ipv4DisplayCrate::default()))
        .with(formatter("itoa", addresses, Itoa::default()))
        .with(formatter("glibc", addresses, Glibc([0; glibc::TEXT_LENGTH])))
}

pub(crate) fn ipv6_mix(count: usize) -> Group {
    ipv6("ipv6-format-mix", inputs::ipv6_mix(count))
}

pub(crate) fn ipv6_full(count: usize) -> Group {
    ipv6("ipv6-format-full", inputs::ipv6_full(count))
}

pub(crate) fn ipv6_mapped(count: usize) -> Group {
    ipv6("ipv6-format-mapped", inputs::ipv6_mapped(count))
}

fn ipv6(name: &'static str, addresses: &'static [Ipv6Addr]) -> Group {
    Group::new(name, "core", addresses.len())
        .with(formatter("berkeley", addresses, Text).ours())
        .with(formatter("berkeley-as_str", addresses, TextAsStr).ours())
        .with(formatter("berkeley-ntop", addresses, Ntop([0; 46])).ours())
        .with(formatter("core", addresses, Core::default()))
        .with(formatter("glibc", addresses, Glibc([0; glibc::TEXT_LENGTH])))
}

/// Who writes each address by `format`. The expected texts are those of the language.
pub(crate) fn formatter<Address>(
    name: &'static str,
    addresses: &'static [Address],
    format: impl Formatter<Address> + Copy + 'static,
) -> Competitor
where
    Address: Copy + Display + Debug,
{
    let mut checked = format;
    let check = move || {
        for &address in addresses {
            checked.format(address, |text| {
                let text = text.split(|&byte| byte == 0).next().unwrap_or_default();
                assert_eq!(text, address.to_string().as_bytes(), "{name}: {address:?}");
            });
        }
    };
    let mut format = format;
    let pass = move || {
        for &address in addresses {
            format.format(black_box(address), |text| {
                black_box(text);
            });
        }
    };
    Competitor::new(name, check, pass)
}

// --- ours

#[derive(Clone, Copy)]
struct Text;

impl Formatter<Ipv4Addr> for Text {
    fn format(&mut self, address: Ipv4Addr, reader: impl FnOnce(&[u8])) {
        reader(AddressText::of_ipv4(address).as_bytes());
    }
}

impl Formatter<Ipv6Addr> for Text {
    fn format(&mut self, address: Ipv6Addr, reader: impl FnOnce(&[u8])) {
        reader(AddressText::of_ipv6(address).as_bytes());
    }
}

/// As a string, which costs a look at every byte.
#[derive(Clone, Copy)]
struct TextAsStr;

impl Formatter<Ipv4Addr> for TextAsStr {
    fn format(&mut self, address: Ipv4Addr, reader: impl FnOnce(&[u8])) {
        reader(AddressText::of_ipv4(address).as_str().as_bytes());
    }
}

impl Formatter<Ipv6Addr> for TextAsStr {
    fn format(&mut self, address: Ipv6Addr, reader: impl FnOnce(&[u8])) {
        reader(AddressText::of_ipv6(address).as_str().as_bytes());
    }
}

#[derive(Clone, Copy)]
struct Ntop([u8; 46]);

impl Formatter<Ipv4Addr> for Ntop {
    fn format(&mut self, address: Ipv4Addr, reader: impl FnOnce(&[u8])) {
        let text = berkeley::inet_ntop(AddressFamily::INET, &address.octets(), &mut self.0);
        reader(text.unwrap_or_default().as_bytes());
    }
}

impl Formatter<Ipv6Addr> for Ntop {
    fn format(&mut self, address: Ipv6Addr, reader: impl FnOnce(&[u8])) {
        let text = berkeley::inet_ntop(AddressFamily::INET6, &address.octets(), &mut self.0);
        reader(text.unwrap_or_default().as_bytes());
    }
}

// --- the alternatives

/// `Display` of the language, into a buffer on the stack.
#[derive(Clone, Copy, Default)]
pub(crate) struct Core(Buffer);

impl<Address: Display> Formatter<Address> for Core {
    fn format(&mut self, address: Address, reader: impl FnOnce(&[u8])) {
        self.0.write(format_args!("{address}"), reader);
    }
}

#[derive(Clone, Copy, Default)]
struct Ipv4DisplayCrate(Buffer);

impl Formatter<Ipv4Addr> for Ipv4DisplayCrate {
    fn format(&mut self, address: Ipv4Addr, reader: impl FnOnce(&[u8])) {
        self.0.write(format_args!("{}", Ipv4AddrDisplay::new(address)), reader);
    }
}

#[derive(Clone, Copy, Default)]
struct Itoa(Buffer);

impl Formatter<Ipv4Addr> for Itoa {
    fn format(&mut self, address: Ipv4Addr, reader: impl FnOnce(&[u8])) {
        self.0.length = 0;
        for (index, octet) in address.octets().into_iter().enumerate() {
            if index > 0 {
                self.0.push(b".");
            }
            self.0.push(itoa::Buffer::new().format(octet).as_bytes());
        }
        reader(self.0.text());
    }
}

#[derive(Clone, Copy)]
struct Glibc([u8; glibc::TEXT_LENGTH]);

impl Formatter<Ipv4Addr> for Glibc {
    fn format(&mut self, address: Ipv4Addr, reader: impl FnOnce(&[u8])) {
        glibc::ntop4(address, &mut self.0);
        reader(&self.0);
    }
}

impl Formatter<Ipv6Addr> for Glibc {
    fn format(&mut self, address: Ipv6Addr, reader: impl FnOnce(&[u8])) {
        glibc::ntop6(address, &mut self.0);
        reader(&self.0);
    }
}

/// Room for the text of any address, port and zone, used again and again.
#[derive(Clone, Copy)]
struct Buffer {
    bytes: [u8; 64],
    length: usize,
}

impl Default for Buffer {
    fn default() -> Buffer {
        Buffer { bytes: [0; 64], length: 0 }
    }
}

impl Buffer {
    fn write(&mut self, text: fmt::Arguments<'_>, reader: impl FnOnce(&[u8])) {
        self.length = 0;
        // It has room for every text; a shorter one would not pass the check.
        let _ = self.write_fmt(text);
        reader(self.text());
    }

    fn push(&mut self, text: &[u8]) {
        let end = self.length + text.len();
        if let Some(room) = self.bytes.get_mut(self.length..end) {
            room.copy_from_slice(text);
            self.length = end;
        }
    }

    fn text(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl fmt::Write for Buffer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text.as_bytes());
        Ok(())
    }
}
