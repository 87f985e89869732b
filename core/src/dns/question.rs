//! What is asked: a name and a type of records, as a message that asks for them.

use super::name::{LONGEST_NAME, Name};

/// The header of every message. Source: RFC 1035 section 4.1.1.
pub(super) const HEADER_LENGTH: usize = 12;
/// A question behind its name: type and class.
const QUESTION_LENGTH: usize = 4;
/// How long a message over UDP may be: so much gets through nearly every network without fragments.
/// Source: DNS Flag Day 2020.
pub const UDP_LENGTH: usize = 1232;
/// As much of a longer answer is read, which comes over TCP: 48 IPv6 addresses of a name of usual length.
pub(super) const TCP_LENGTH: usize = 1536;
/// The record that tells the length over UDP. Source: RFC 6891 section 6.1.
const EXTENSION: [u8; 11] = {
    let [high, low] = (UDP_LENGTH as u16).to_be_bytes();
    [0, 0, 41, high, low, 0, 0, 0, 0, 0, 0]
};

/// Room for the longest question.
pub const QUERY_LENGTH: usize = HEADER_LENGTH + LONGEST_NAME + QUESTION_LENGTH + EXTENSION.len();

/// "Recursion desired". Source: RFC 1035 section 4.1.1.
const RECURSION_DESIRED: u16 = 1 << 8;
/// The class of the Internet.
pub(super) const INTERNET: u16 = 1;

/// A type of records. Sources: RFC 1035 section 3.2.2, RFC 3596 section 2.1.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct RecordType(pub u16);

impl RecordType {
    /// An IPv4 address.
    pub const A: RecordType = RecordType(1);
    /// The name that this one stands for.
    pub const CNAME: RecordType = RecordType(5);
    /// The name of an address.
    pub const PTR: RecordType = RecordType(12);
    /// An IPv6 address.
    pub const AAAA: RecordType = RecordType(28);
}

/// A name, and which of its records are asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Question<'n> {
    /// The name.
    pub name: &'n Name,
    /// The type of the records.
    pub record_type: RecordType,
}

impl Question<'_> {
    /// The message that asks this of a server which is to ask others. With `extended` it says that an
    /// answer over UDP may have [`UDP_LENGTH`] bytes instead of 512. Sources: RFC 1035 section 4.1, RFC 6891.
    ///
    /// ```
    /// use berkeley::dns::{Name, QUERY_LENGTH, Question, RecordType};
    ///
    /// let name = Name::from_text("example.org").ok_or(())?;
    /// let mut room = [0; QUERY_LENGTH];
    /// let query = Question { name: &name, record_type: RecordType::AAAA };
    /// let query = query.write(0x1234, false, &mut room);
    /// assert_eq!(query, b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x07example\x03org\0\0\x1c\0\x01");
    /// # Ok::<(), ()>(())
    /// ```
    pub fn write<'r>(&self, id: u16, extended: bool, room: &'r mut [u8; QUERY_LENGTH]) -> &'r [u8] {
        let counts = [1, 0, 0, u16::from(extended)];
        let mut length = 0;
        let mut put = |octets: &[u8]| {
            // The room is as long as all of it together.
            if let Some(place) = room.get_mut(length..length + octets.len()) {
                place.copy_from_slice(octets);
                length += octets.len();
            }
        };
        [id, RECURSION_DESIRED].into_iter().chain(counts).for_each(|word| put(&word.to_be_bytes()));
        put(self.name.octets());
        put(&self.record_type.0.to_be_bytes());
        put(&INTERNET.to_be_bytes());
        if extended {
            put(&EXTENSION);
        }
        room.get(..length).unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;

    #[test]
    fn the_longest_question_has_room() {
        let label = "x".repeat(63);
        let text = [label.as_str(), &label, &label, &label[..61]].join(".");
        let name = Name::from_text(&text).unwrap();
        let question = Question { name: &name, record_type: RecordType::A };
        let mut room = [0; QUERY_LENGTH];
        let query = question.write(0xffff, true, &mut room);
        assert_eq!(query.len(), QUERY_LENGTH);
        // 1232 bytes, version 0, no flags, no options.
        assert!(query.ends_with(b"\0\x01\0\x01\0\0\x29\x04\xd0\0\0\0\0\0\0"));
        assert_eq!(query[10..12], [0, 1]);
    }
}
