//! The fields of a record of the table that are there, as they are read from Avro and written to it.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeStruct as _, Serializer};
use serde::{Deserialize as _, Serialize};

use crate::{Amount, Shape, Slot};

/// The fields of one record that are there, by their place in its [`Shape`], ascending.
#[derive(Clone)]
pub struct Members<'a> {
    /// Which record.
    pub shape: &'static Shape,
    /// Places and values.
    pub items: Vec<(usize, Item<'a>)>,
}

/// The value of a field, in the form that its [`Slot`] says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the forms explain them")]
pub enum Item<'a> {
    Text(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
    Number(i64),
    Bool(bool),
    Amount(Amount<'a>),
    Object(Members<'a>),
    List(Vec<Self>),
}

impl<'a> Members<'a> {
    /// A record without any field.
    pub const fn none(shape: &'static Shape) -> Self {
        Self { shape, items: Vec::new() }
    }

    /// The fields that are there.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Slot, &Item<'a>)> {
        self.items.iter().map(|(at, item)| (&self.shape.slots[*at], item))
    }

    /// The field with this name.
    pub fn get(&self, name: &str) -> Option<&Item<'a>> {
        self.iter().find(|(slot, _)| slot.name == name).map(|(_, item)| item)
    }

    /// The text of the field with this name.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Item::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The bytes of the field with this name.
    pub fn bytes(&self, name: &str) -> Option<&[u8]> {
        match self.get(name)? {
            Item::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The object that the field with this name is.
    pub fn object(&self, name: &str) -> Option<&Self> {
        match self.get(name)? {
            Item::Object(members) => Some(members),
            _ => None,
        }
    }
}

impl PartialEq for Members<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.shape, other.shape) && self.items == other.items
    }
}

impl Eq for Members<'_> {}

impl fmt::Debug for Members<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|(slot, item)| (slot.name, item))).finish()
    }
}

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let slots = &self.shape.slots;
        let mut fields = serializer.serialize_struct(self.shape.name, slots.len())?;
        let mut items = self.items.iter().peekable();
        for (at, slot) in slots.iter().enumerate() {
            let item = items.next_if(|(place, _)| *place == at).map(|(_, item)| item);
            fields.serialize_field(slot.name, &item)?;
        }
        fields.end()
    }
}

impl Serialize for Item<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Bytes(bytes) => serializer.serialize_bytes(bytes),
            Self::Number(number) => serializer.serialize_i64(*number),
            Self::Bool(yes) => serializer.serialize_bool(*yes),
            Self::Amount(amount) => amount.serialize(serializer),
            Self::Object(members) => members.serialize(serializer),
            Self::List(items) => serializer.collect_seq(items),
        }
    }
}

/// Reads a record of this shape, whatever schema it was written with: fields that this version lacks are passed over.
pub(crate) struct ReadMembers(pub(crate) &'static Shape);

impl<'de> DeserializeSeed<'de> for ReadMembers {
    type Value = Members<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Members<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ReadMembers {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let (shape, mut next, mut sorted) = (self.0, 0, true);
        let mut items: Vec<(usize, Item<'de>)> = Vec::new();
        while let Some(at) = map.next_key_seed(FindSlot { shape, next })? {
            let Some(at) = at else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            next = at + 1;
            if let Some(item) = map.next_value_seed(ReadItem(&shape.slots[at]))? {
                sorted &= items.last().is_none_or(|(last, _)| *last < at);
                items.push((at, item));
            }
        }
        if !sorted {
            items.sort_by_key(|(at, _)| *at);
        }
        Ok(Members { shape, items })
    }
}

/// The place of a field in a shape, which most often is the next one.
struct FindSlot {
    shape: &'static Shape,
    next: usize,
}

impl<'de> DeserializeSeed<'de> for FindSlot {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for FindSlot {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Option<usize>, E> {
        let slots = &self.shape.slots;
        if slots.get(self.next).is_some_and(|slot| slot.name == name) {
            return Ok(Some(self.next));
        }
        Ok(slots.iter().position(|slot| slot.name == name))
    }
}

/// Reads the value of a field; null is none.
#[derive(Clone, Copy)]
struct ReadItem(&'static Slot);

impl<'de> DeserializeSeed<'de> for ReadItem {
    type Value = Option<Item<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ReadItem {
    type Value = Option<Item<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the value of {}", self.0.path)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: Error>(self, yes: bool) -> Result<Self::Value, E> {
        Ok(Some(Item::Bool(yes)))
    }

    fn visit_i32<E: Error>(self, number: i32) -> Result<Self::Value, E> {
        Ok(Some(Item::Number(number.into())))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(Item::Number(number)))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Some(Item::Text(Cow::Borrowed(text))))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(Item::Text(Cow::Owned(text.to_owned()))))
    }

    fn visit_borrowed_bytes<E: Error>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
        Ok(Some(Item::Bytes(Cow::Borrowed(bytes))))
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        Ok(Some(Item::Bytes(Cow::Owned(bytes.to_owned()))))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(self)? {
            items.push(item.ok_or_else(|| A::Error::custom("an element is null"))?);
        }
        Ok(Some(Item::List(items)))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Ok(Some(match &self.0.shape {
            Some(shape) => Item::Object(ReadMembers(shape).visit_map(map)?),
            None => Item::Amount(Amount::deserialize(MapAccessDeserializer::new(map))?),
        }))
    }
}
