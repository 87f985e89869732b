//! Domain names in the form of the wire: labels, each after its length, and an empty one at the end.

use core::fmt;
use core::net::IpAddr;

/// The longest name, in bytes of the wire. Source: RFC 1035 section 2.3.4.
pub const LONGEST_NAME: usize = 255;
/// The longest label. Source: RFC 1035 section 2.3.4.
const LONGEST_LABEL: usize = 63;
/// As many labels as the longest name has, and so as many pointers as a name needs.
const MOST_LABELS: usize = 127;
/// The two high bits of a length that is half a pointer. Source: RFC 1035 section 4.1.4.
const POINTER: u8 = 0xc0;

/// A domain name: any bytes in its labels, and compared without regard to the case of ASCII letters.
/// Sources: RFC 1035 section 3.1, RFC 4343.
///
/// ```
/// use berkeley::dns::Name;
///
/// let name = Name::from_text("www.Example.org.").ok_or(())?;
/// assert_eq!(name, Name::from_text("WWW.example.org").ok_or(())?);
/// assert_eq!(name.to_string(), "www.Example.org");
/// let reverse = Name::reverse("192.0.2.1".parse().map_err(drop)?);
/// assert_eq!(reverse.to_string(), "1.2.0.192.in-addr.arpa");
/// # Ok::<(), ()>(())
/// ```
#[derive(Clone, Copy)]
pub struct Name {
    octets: [u8; LONGEST_NAME],
    /// Without the empty label, for which there is always room.
    length: u8,
}

impl Name {
    /// The name of the root, which has no labels.
    pub const ROOT: Name = Name { octets: [0; LONGEST_NAME], length: 0 };

    /// The name of a host, with or without the dot at its end: labels of letters, digits, hyphens and
    /// underscores. `None` for anything else, for an empty label or one of more than 63 bytes, and for a
    /// name of more than 253.
    pub fn from_text(text: &str) -> Option<Name> {
        let mut name = Name::ROOT;
        for label in text.strip_suffix('.').unwrap_or(text).split('.') {
            name.push(label.as_bytes())?;
        }
        name.is_of_host().then_some(name)
    }

    /// The name below which the names of an address are: in `in-addr.arpa` or `ip6.arpa`. Sources: RFC
    /// 1035 section 3.5, RFC 3596 section 2.5.
    pub fn reverse(ip: IpAddr) -> Name {
        let mut name = Name::ROOT;
        // None of these is too long.
        let _ = match ip {
            IpAddr::V4(ip) => name.push_reverse_v4(ip.octets()),
            IpAddr::V6(ip) => name.push_reverse_v6(ip.octets()),
        };
        name
    }

    fn push_reverse_v4(&mut self, octets: [u8; 4]) -> Option<()> {
        for octet in octets.into_iter().rev() {
            let digits = [octet / 100, octet / 10 % 10, octet % 10].map(|digit| b'0' + digit);
            let leading = digits[..2].iter().take_while(|digit| **digit == b'0').count();
            self.push(digits.get(leading..)?)?;
        }
        self.push(b"in-addr")?;
        self.push(b"arpa")
    }

    fn push_reverse_v6(&mut self, octets: [u8; 16]) -> Option<()> {
        let digit = |half: u8| if half < 10 { b'0' + half } else { b'a' - 10 + half };
        for octet in octets.into_iter().rev() {
            self.push(&[digit(octet & 15)])?;
            self.push(&[digit(octet >> 4)])?;
        }
        self.push(b"ip6")?;
        self.push(b"arpa")
    }

    /// Reads the name at `start` of a message, and says where it ends there. `None` when it has no end
    /// inside the message, is too long, or has a label of an unknown form.
    ///
    /// A pointer has to point to before what has been read of the name, so there is no circle, and there are no
    /// more pointers than a name has labels. Sources: RFC 1035 section 4.1.4, RFC 9267 section 2.
    pub fn read(message: &[u8], start: usize) -> Option<(Name, usize)> {
        let mut name = Name::ROOT;
        let end = walk(message, start, &mut |label| {
            let _ = name.push(label); // who walks stops before it is too long
        })?;
        Some((name, end))
    }

    /// Whether this is the name at `start` of a message, which has one there.
    pub(super) fn is_at(&self, message: &[u8], start: usize) -> bool {
        let (mut own, mut is_same) = (self.labels(), true);
        let end = walk(message, start, &mut |label| {
            is_same &= own.next().is_some_and(|own| own.eq_ignore_ascii_case(label));
        });
        end.is_some() && is_same && own.next().is_none()
    }

    /// The name as it stands in a message: without compression, and with its end.
    pub fn octets(&self) -> &[u8] {
        self.octets.get(..usize::from(self.length) + 1).unwrap_or(&[])
    }

    /// Its labels.
    pub fn labels(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.octets();
        core::iter::from_fn(move || {
            let (length, others) = rest.split_first()?;
            let (label, others) = others.split_at_checked(usize::from(*length))?;
            rest = others;
            (!label.is_empty()).then_some(label)
        })
    }

    /// Whether it can be the name of a host: at least one label, and in each nothing but letters, digits,
    /// hyphens and underscores. What a server says is not to be trusted with more.
    pub fn is_of_host(&self) -> bool {
        let fits = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_');
        self.length > 0 && self.labels().all(|label| label.iter().all(fits))
    }

    /// Writes the name of a host as text, without the dot at the end.
    pub(super) fn write_host(&self, text: &mut impl fmt::Write) {
        for (number, label) in self.labels().enumerate() {
            // A name of a host is ASCII, and whoever takes it has room for every name.
            let _ = text.write_str(if number > 0 { "." } else { "" });
            let _ = text.write_str(str::from_utf8(label).unwrap_or(""));
        }
    }

    fn push(&mut self, label: &[u8]) -> Option<()> {
        let start = usize::from(self.length);
        let end = start + 1 + label.len();
        if label.is_empty() || label.len() > LONGEST_LABEL || end >= LONGEST_NAME {
            return None;
        }
        let (length, room) = self.octets.get_mut(start..end)?.split_first_mut()?;
        *length = label.len() as u8; // at most 63
        room.copy_from_slice(label);
        self.length = end as u8; // below 255
        Some(())
    }
}

/// Hands the labels of the name at `start` of a message to `each`, and says where the name ends there, as
/// [`Name::read`] does.
pub(super) fn walk(message: &[u8], start: usize, each: &mut dyn FnMut(&[u8])) -> Option<usize> {
    let (mut at, mut end) = (start, None);
    let mut first = start; // of the labels that are read in a row
    let (mut octets, mut pointers) = (1, 0); // the empty label counts
    loop {
        let length = *message.get(at)?;
        match length & POINTER {
            0 if length == 0 => return Some(end.unwrap_or(at + 1)),
            0 => {
                let next = at + 1 + usize::from(length);
                let label = message.get(at + 1..next)?;
                octets += 1 + label.len();
                if octets > LONGEST_NAME {
                    return None;
                }
                each(label);
                at = next;
            }
            POINTER => {
                let low = *message.get(at + 1)?;
                end = end.or(Some(at + 2));
                at = usize::from(length & !POINTER) << 8 | usize::from(low);
                pointers += 1;
                if at >= first || pointers > MOST_LABELS {
                    return None;
                }
                first = at;
            }
            _ => return None,
        }
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Name) -> bool {
        // The length of a label is no letter.
        self.octets().eq_ignore_ascii_case(other.octets())
    }
}

impl Eq for Name {}

impl fmt::Display for Name {
    /// Without the dot at the end. What is neither printable nor part of the form is escaped, as in RFC 1035
    /// section 5.1.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.length == 0 {
            return f.write_str(".");
        }
        for (number, label) in self.labels().enumerate() {
            if number > 0 {
                f.write_str(".")?;
            }
            for octet in label {
                match octet {
                    b'.' | b'\\' => write!(f, "\\{}", char::from(*octet))?,
                    0x21..=0x7e => write!(f, "{}", char::from(*octet))?,
                    _ => write!(f, "\\{octet:03}")?,
                }
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::{String, ToString};
    use std::vec::Vec;

    use super::*;

    #[test]
    fn names_of_hosts_are_taken_and_others_are_not() {
        let label = "x".repeat(63);
        let longest = [label.as_str(), &label, &label, &label[..61]].join(".");
        let too_long = [label.as_str(), &label, &label, &label[..62]].join(".");
        // text, whether it is the name of a host
        for (text, is_name) in [
            ("host", true),
            ("host.example.", true),        // the root's dot
            ("_dmarc.example", true),       // not of a host, but nobody minds
            ("1.2.example", true),          // digits
            (longest.as_str(), true),       // 253 bytes
            (too_long.as_str(), false),     // 254
            (&"x".repeat(64), false),       // a label of 64
            ("", false),                    // no label
            (".", false),                   // the root is no host
            ("host..example", false),       // an empty label
            (".example", false),            // another
            ("host.example..", false),      // two dots at the end
            ("two words", false),           // white space
            ("b\u{fc}cher.example", false), // comes as xn--bcher-kva
            ("host\0.example", false),      // a NUL
            ("a/b", false),                 // in names of other things
        ] {
            assert_eq!(Name::from_text(text).is_some(), is_name, "{text}");
        }
    }

    #[test]
    fn case_is_kept_but_does_not_count() {
        let [one, two] =
            ["Host.Example", "hOST.eXAMPLE."].map(|text| Name::from_text(text).unwrap());
        assert_eq!(one, two);
        assert_eq!(
            (one.to_string(), two.to_string()),
            ("Host.Example".into(), "hOST.eXAMPLE".into())
        );
        assert_ne!(one, Name::from_text("Host.Examples").unwrap());
        // Where the labels part is not the same.
        assert_ne!(Name::from_text("a.bc").unwrap(), Name::from_text("ab.c").unwrap());
    }

    #[test]
    fn addresses_have_names_backwards() {
        // address, name
        for (ip, name) in [
            ("192.0.2.1", "1.2.0.192.in-addr.arpa"),
            ("10.200.30.255", "255.30.200.10.in-addr.arpa"),
            (
                "2001:db8::567:89ab",
                "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
            ),
        ] {
            assert_eq!(Name::reverse(ip.parse().unwrap()).to_string(), name);
        }
    }

    #[test]
    fn what_is_not_printable_is_escaped() {
        let (name, _) = Name::read(b"\x05a.\\ \xff\x01b\0", 0).unwrap();
        assert_eq!(name.to_string(), "a\\.\\\\\\032\\255.b");
        assert!(!name.is_of_host());
        assert_eq!(Name::ROOT.to_string(), ".");
    }

    #[test]
    fn pointers_go_back_and_end() {
        let far: Vec<u8> = [0; 300].into_iter().chain(*b"\x01a\xc0\x00").collect();
        // message, where the name starts, the name and where it ends
        for (message, start, expected) in [
            (&b"\x01a\x02bc\0x"[..], 0, Some(("a.bc", 6))), // without a pointer
            (b"\0", 0, Some((".", 1))),                     // the root
            (b"\x01a\0\x01b\xc0\x00", 3, Some(("b.a", 7))), // a pointer ends it
            (b"\x01a\0\xc0\x00", 3, Some(("a", 5))),        // nothing but a pointer
            (b"\x01a\0\x01b\xc0\x00\xc0\x03", 7, Some(("b.a", 9))), // one after the other
            (&far, 300, Some(("a", 304))),                  // to a name without labels
            (b"\x01a\xc0\x00", 0, None),                    // a circle
            (b"\xc0\x00", 0, None),                         // the smallest one
            (b"\xc0\x02\x01a\0", 0, None),                  // forwards
            (b"\x01a\0\x01b\xc0\x03", 3, None),             // to its own beginning
            (b"\x01a\xc0", 0, None),                        // half a pointer
            (b"\x01a\xc0\x30", 0, None),                    // past the end
            (b"\x05abcd", 0, None),                         // a label past the end
            (b"\x01a", 0, None),                            // no end
            (b"", 0, None),                                 // nothing
            (b"\x40", 0, None),                             // a label of an unknown form
            (b"\x80\x00", 0, None),                         // another
        ] {
            let read = Name::read(message, start);
            let expected = expected.map(|(name, end)| (String::from(name), end));
            assert_eq!(read.map(|(name, end)| (name.to_string(), end)), expected, "{message:?}");
        }
    }

    #[test]
    fn a_name_that_pointers_make_too_long_is_refused() {
        // Labels of 50 bytes, each name but the first with a pointer to the one before.
        let mut message = Vec::from([0]);
        let (mut before, mut read) = (0u8, 0);
        for _ in 0..6 {
            let start = message.len();
            message.push(50);
            message.extend([b'x'; 50]);
            message.extend([0xc0, before]);
            before = start as u8;
            match Name::read(&message, start) {
                Some((name, end)) => {
                    read += 1;
                    assert_eq!((name.labels().count(), end), (read, message.len()));
                }
                None => break,
            }
        }
        assert_eq!(read, 4); // a fifth would be 256 bytes
    }
}
