//! Maps and arrays whose count is known only when they end.

use rmp::Marker;

use super::put;

/// A map or an array that is being written: its header is a guess of one byte until it is closed.
#[derive(Debug)]
pub(super) struct Container {
    header_at: usize,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Map,
    Array,
}

impl Container {
    pub(super) fn open(out: &mut Vec<u8>, kind: Kind) -> Self {
        let header_at = out.len();
        out.push(0);
        Self { header_at, kind }
    }

    /// Writes the true header. Only containers of more than 15 elements have to move their content, by 2 or 4 bytes:
    /// that costs less than counting every container beforehand, and the encoding stays the shortest.
    pub(super) fn close(self, out: &mut Vec<u8>, count: u32) {
        let (short, put_header): (_, fn(&mut Vec<u8>, u32)) = match self.kind {
            Kind::Map => (Marker::FixMap as fn(u8) -> Marker, put::map_header),
            Kind::Array => (Marker::FixArray as fn(u8) -> Marker, put::array_header),
        };
        match u8::try_from(count) {
            Ok(count @ 0..=15) => out[self.header_at] = short(count).to_u8(),
            _ => {
                let mut header = Vec::new();
                put_header(&mut header, count);
                out.splice(self.header_at..=self.header_at, header);
            }
        }
    }

    /// Removes what was written since the container was opened.
    pub(super) fn abandon(self, out: &mut Vec<u8>) {
        out.truncate(self.header_at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array_of_nils(count: u32) -> Vec<u8> {
        let mut out = Vec::new();
        let array = Container::open(&mut out, Kind::Array);
        for _ in 0..count {
            put::nil(&mut out);
        }
        array.close(&mut out, count);
        out
    }

    #[test]
    fn the_header_is_the_shortest_that_holds_the_count() {
        assert_eq!(array_of_nils(0), [0x90]);
        assert_eq!(array_of_nils(15)[..2], [0x9f, 0xc0]);
        assert_eq!(array_of_nils(16)[..4], [0xdc, 0, 16, 0xc0]);
        assert_eq!(array_of_nils(65_535)[..4], [0xdc, 0xff, 0xff, 0xc0]);
        assert_eq!(array_of_nils(65_536)[..6], [0xdd, 0, 1, 0, 0, 0xc0]);
        assert_eq!(array_of_nils(65_536).len(), 5 + 65_536);
    }

    #[test]
    fn abandoning_leaves_what_was_there_before() {
        let mut out = vec![1, 2];
        let map = Container::open(&mut out, Kind::Map);
        put::str(&mut out, "half");
        map.abandon(&mut out);
        assert_eq!(out, [1, 2]);
    }
}
