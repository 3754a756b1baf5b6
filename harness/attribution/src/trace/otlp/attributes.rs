//! Attributes of spans in JSON, as far as they are scalars: what else there is doesn't matter, and may be of any depth.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::trace::value::{TagValue, Text};

/// Attributes that have a name and a scalar.
#[derive(Default)]
pub(super) struct Attributes<'a>(pub(super) Vec<Attribute<'a>>);

/// An attribute: its name, and its value.
#[derive(Default)]
pub(super) struct Attribute<'a> {
    pub(super) key: Text<'a>,
    pub(super) value: TagValue<'a>,
}

/// The value of an attribute, `{"stringValue": "GET"}`.
struct AnyValue<'a>(TagValue<'a>);

/// Something of an object, if it is one; nothing of anything else.
trait Members<'de>: Default {
    const EXPECTED: &'static str;

    fn member<A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error>;

    fn element<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        list.next_element::<IgnoredAny>().map(|element| element.is_some())
    }
}

impl<'de> Members<'de> for Attributes<'de> {
    const EXPECTED: &'static str = "attributes";

    fn member<A: MapAccess<'de>>(&mut self, _: &str, object: &mut A) -> Result<(), A::Error> {
        object.next_value::<IgnoredAny>().map(drop)
    }

    fn element<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let attribute = list.next_element::<Attribute<'de>>()?;
        let is_one = attribute.is_some();
        self.0.extend(attribute.filter(|attribute| attribute.value != TagValue::Other));
        Ok(is_one)
    }
}

impl<'de> Members<'de> for Attribute<'de> {
    const EXPECTED: &'static str = "an attribute";

    fn member<A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        match key {
            "key" => self.key = object.next_value()?,
            "value" => self.value = object.next_value::<AnyValue<'de>>()?.0,
            _ => drop(object.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl Default for AnyValue<'_> {
    fn default() -> Self {
        Self(TagValue::Other)
    }
}

impl<'de> Members<'de> for AnyValue<'de> {
    const EXPECTED: &'static str = "the value of an attribute";

    fn member<A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        match key {
            // Whole numbers are texts, as 64 bits are more than JavaScript has.
            "stringValue" | "string_value" | "intValue" | "int_value" | "doubleValue" | "double_value"
            | "boolValue" | "bool_value" => self.0 = object.next_value()?,
            _ => drop(object.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

struct MembersVisitor<M>(M);

impl<'de, M: Members<'de>> Visitor<'de> for MembersVisitor<M> {
    type Value = M;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(M::EXPECTED)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut object: A) -> Result<M, A::Error> {
        while let Some(key) = object.next_key::<Text<'de>>()? {
            self.0.member(&key.0, &mut object)?;
        }
        Ok(self.0)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<M, A::Error> {
        while self.0.element(&mut list)? {}
        Ok(self.0)
    }

    fn visit_unit<E: de::Error>(self) -> Result<M, E> {
        Ok(self.0)
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<M, E> {
        Ok(self.0)
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<M, E> {
        Ok(self.0)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<M, E> {
        Ok(self.0)
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<M, E> {
        Ok(self.0)
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<M, E> {
        Ok(self.0)
    }
}

macro_rules! deserialize {
    ($($one:ident),*) => {$(
        impl<'de: 'a, 'a> Deserialize<'de> for $one<'a> {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                from.deserialize_any(MembersVisitor($one::default()))
            }
        }
    )*};
}

deserialize!(Attributes, Attribute, AnyValue);
