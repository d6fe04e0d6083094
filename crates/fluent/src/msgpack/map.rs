//! A map that is written member by member, from values, from JSON text or from MessagePack that is there already.

use super::container::{Container, Kind};
use super::{DecodeError, TranscodeError, Value, json, put};

/// Appends one map to `out`, made of the members that `fill` adds. If `fill` fails, `out` is as it was before.
pub fn write_map<E>(
    out: &mut Vec<u8>,
    fill: impl FnOnce(&mut MapWriter<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let container = Container::open(out, Kind::Map);
    let mut map = MapWriter { out, members: 0 };
    match fill(&mut map) {
        Ok(()) => {
            let members = map.members;
            container.close(out, members);
            Ok(())
        }
        Err(error) => {
            container.abandon(out);
            Err(error)
        }
    }
}

/// Adds members to the map of [`write_map`]. Keys are not checked for repeats.
#[derive(Debug)]
pub struct MapWriter<'a> {
    out: &'a mut Vec<u8>,
    members: u32,
}

impl MapWriter<'_> {
    /// Adds a string.
    pub fn str(&mut self, key: &str, value: &str) {
        put::str(self.key(key), value);
    }

    /// Adds a whole number.
    pub fn uint(&mut self, key: &str, value: u64) {
        put::uint(self.key(key), value);
    }

    /// Adds a whole number that may be negative.
    pub fn int(&mut self, key: &str, value: i64) {
        put::int(self.key(key), value);
    }

    /// Adds a floating-point number.
    pub fn float(&mut self, key: &str, value: f64) {
        put::float(self.key(key), value);
    }

    /// Adds a truth value.
    pub fn bool(&mut self, key: &str, value: bool) {
        put::bool(self.key(key), value);
    }

    /// Adds a nil.
    pub fn nil(&mut self, key: &str) {
        put::nil(self.key(key));
    }

    /// Adds the value that `json` holds, of whatever type it is.
    pub fn json(&mut self, key: &str, json: &str) -> Result<(), TranscodeError> {
        let before = self.out.len();
        put::str(self.out, key);
        json::value(json, self.out).inspect_err(|_| self.out.truncate(before))?;
        self.members += 1;
        Ok(())
    }

    /// Adds every member of the object that `json` holds, in its order.
    pub fn json_members(&mut self, json: &str) -> Result<(), TranscodeError> {
        let before = self.out.len();
        self.members += json::members(json, self.out).inspect_err(|_| self.out.truncate(before))?;
        Ok(())
    }

    /// Adds every member of a map that is encoded already, without taking it apart: only where its values end is checked.
    pub fn encoded_members(&mut self, encoded: &[u8]) -> Result<(), DecodeError> {
        let members = match Value::read(encoded)? {
            Value::Map(members) => members,
            other => return Err(other.unexpected("map")),
        };
        self.out.extend_from_slice(members.encoded());
        self.members += u32::try_from(members.len()).expect("counts have 32 bits");
        Ok(())
    }

    fn key(&mut self, key: &str) -> &mut Vec<u8> {
        self.members += 1;
        put::str(self.out, key);
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json_of(encoded: &[u8]) -> String {
        serde_json::to_string(&Value::read(encoded).unwrap()).unwrap()
    }

    #[test]
    fn members_come_from_values_json_and_encoded_maps() {
        let mut inner = Vec::new();
        write_map(&mut inner, |map| map.json_members(r#"{"c": [3]}"#)).unwrap();
        let mut out = Vec::new();
        write_map(&mut out, |map| {
            map.str("_id", "t-1-0");
            map.uint("u", u64::MAX);
            map.int("i", -5);
            map.float("f", 0.5);
            map.bool("b", true);
            map.nil("n");
            map.json("j", r#"{"x": null}"#).unwrap();
            map.json_members(r#"{"a": 1, "é": "ü"}"#).unwrap();
            map.encoded_members(&inner)
        })
        .unwrap();
        assert_eq!(
            json_of(&out),
            r#"{"_id":"t-1-0","u":18446744073709551615,"i":-5,"f":0.5,"b":true,"n":null,"j":{"x":null},"a":1,"é":"ü","c":[3]}"#
        );
    }

    #[test]
    fn a_field_is_prepended_to_an_encoded_map_of_any_size() {
        for size in [0, 15, 16, 70_000] {
            let mut inner = Vec::new();
            write_map(&mut inner, |map| {
                (0..size).for_each(|n| map.uint(&n.to_string(), n));
                Ok::<_, DecodeError>(())
            })
            .unwrap();
            let mut out = Vec::new();
            write_map(&mut out, |map| {
                map.str("_id", "x");
                map.encoded_members(&inner)
            })
            .unwrap();
            let Value::Map(map) = Value::read(&out).unwrap() else { panic!("not a map") };
            assert_eq!(map.len() as u64, size + 1);
            assert_eq!(map.get("_id").unwrap(), Some(Value::Str("x")));
        }
    }

    #[test]
    fn a_member_that_fails_leaves_no_trace() {
        let mut out = vec![7];
        let result = write_map(&mut out, |map| {
            map.str("a", "b");
            map.json_members(r#"{"c": 1, "#)
        });
        assert!(matches!(result, Err(TranscodeError::Json(_))));
        assert_eq!(out, [7]);

        write_map(&mut out, |map| {
            map.json("broken", "[1,").unwrap_err();
            map.json_members("[]").unwrap_err();
            map.encoded_members(&[0x90]).unwrap_err();
            map.uint("whole", 1);
            Ok::<_, DecodeError>(())
        })
        .unwrap();
        assert_eq!(json_of(&out[1..]), r#"{"whole":1}"#);
    }
}
