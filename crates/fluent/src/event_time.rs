//! The time of an event, to the nanosecond.

use crate::msgpack::{DecodeError, Value, put};

/// Seconds since 1970 and nanoseconds, as the protocol's `EventTime` (extension type 0) has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventTime {
    /// Seconds since 1970; enough until 2106.
    pub seconds: u32,
    /// Below a thousand million.
    pub nanoseconds: u32,
}

const EXTENSION: i8 = 0;

impl EventTime {
    pub(crate) fn encode(self, out: &mut Vec<u8>) {
        let [a, b, c, d] = self.seconds.to_be_bytes();
        let [e, f, g, h] = self.nanoseconds.to_be_bytes();
        put::ext8(out, EXTENSION, [a, b, c, d, e, f, g, h]);
    }

    /// Reads either of the two forms that the protocol has: the extension, or whole seconds.
    pub(crate) fn decode(value: Value<'_>) -> Result<Self, DecodeError> {
        let unexpected = value.unexpected("event time");
        match value {
            Value::Ext(EXTENSION, &[a, b, c, d, e, f, g, h]) => Ok(Self {
                seconds: u32::from_be_bytes([a, b, c, d]),
                nanoseconds: u32::from_be_bytes([e, f, g, h]),
            }),
            Value::Uint(seconds) => {
                let seconds = u32::try_from(seconds).map_err(|_| unexpected)?;
                Ok(Self { seconds, nanoseconds: 0 })
            }
            _ => Err(unexpected),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_extension_has_type_0_and_eight_bytes() {
        let mut out = Vec::new();
        EventTime { seconds: 0x0102_0304, nanoseconds: 5 }.encode(&mut out);
        assert_eq!(out, [0xd7, 0, 1, 2, 3, 4, 0, 0, 0, 5]);
    }

    #[test]
    fn whole_seconds_and_the_longer_form_of_the_extension_are_read_too() {
        let read = |bytes: &[u8]| EventTime::decode(Value::read(bytes).unwrap());
        assert_eq!(read(&[0x07]), Ok(EventTime { seconds: 7, nanoseconds: 0 }));
        let long_form = [0xc7, 8, 0, 0, 0, 0, 1, 0, 0, 0, 2];
        assert_eq!(read(&long_form), Ok(EventTime { seconds: 1, nanoseconds: 2 }));
        read(&[0xff]).unwrap_err();
        read(&[0xcf, 0, 0, 0, 1, 0, 0, 0, 0]).unwrap_err();
        read(&[0xd7, 1, 0, 0, 0, 1, 0, 0, 0, 2]).unwrap_err();
    }

    proptest! {
        #[test]
        fn a_time_comes_back_from_its_encoding(seconds: u32, nanoseconds in 0..1_000_000_000_u32) {
            let time = EventTime { seconds, nanoseconds };
            let mut out = Vec::new();
            time.encode(&mut out);
            prop_assert_eq!(EventTime::decode(Value::read(&out).unwrap()), Ok(time));
        }
    }
}
