use std::ops::RangeInclusive;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};

use super::Refusal;

/// Names of ignored fields that an answer lists.
const LISTED: usize = 20;

/// The fields of a request's body: each is taken once, by name and type, without coercion; what is left was ignored.
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    pub(crate) fn new(object: Map<String, Value>) -> Self {
        Self(object)
    }

    /// A text, or nothing where the field is missing or null.
    pub(crate) fn text(&mut self, name: &str) -> Result<Option<String>, Refusal> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(wrong_type(name, "a string", &other)),
        }
    }

    /// A text that must be there.
    pub(crate) fn required_text(&mut self, name: &str) -> Result<String, Refusal> {
        self.text(name)?.ok_or_else(|| Refusal::missing(name))
    }

    /// Yes or no, or nothing.
    pub(crate) fn flag(&mut self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(other) => Err(wrong_type(name, "a boolean", &other)),
        }
    }

    /// A whole number of 64 bits, with or without a sign, as the bits of a seed.
    pub(crate) fn seed(&mut self) -> Result<Option<u64>, Refusal> {
        match self.0.remove("seed") {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match (value.as_u64(), value.as_i64()) {
                (Some(seed), _) => Ok(Some(seed)),
                (None, Some(seed)) => Ok(Some(seed.cast_unsigned())),
                (None, None) => Err(wrong_type("seed", "an integer of 64 bits", &value)),
            },
        }
    }

    /// A number within `range`, or nothing.
    pub(crate) fn number(&mut self, name: &str, range: RangeInclusive<f32>) -> Result<Option<f32>, Refusal> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_f64().map(|number| number as f32) {
                Some(number) if range.contains(&number) => Ok(Some(number)),
                Some(_) => {
                    Err(Refusal::invalid(name, format!("{} to {} is needed", range.start(), range.end())))
                }
                None => Err(wrong_type(name, "a number", &value)),
            },
        }
    }

    /// Takes a text and reads it.
    pub(crate) fn parsed<T: std::str::FromStr>(&mut self, name: &str) -> Result<Option<T>, Refusal>
    where
        T::Err: std::fmt::Display,
    {
        let text = self.text(name)?;
        text.map(|text| text.parse().map_err(|error: T::Err| Refusal::invalid(name, error.to_string())))
            .transpose()
    }

    /// `X-Ignored-Fields`, where any are left.
    pub(crate) fn name_ignored(self, headers: &mut HeaderMap) {
        let printable = |name: &str| -> String {
            name.chars().take(64).map(|c| if c.is_ascii_graphic() && c != ',' { c } else { '?' }).collect()
        };
        let names: Vec<_> = self.0.keys().take(LISTED).map(|name| printable(name)).collect();
        if !names.is_empty()
            && let Ok(value) = HeaderValue::from_str(&names.join(", "))
        {
            headers.insert(HeaderName::from_static("x-ignored-fields"), value);
        }
    }
}

fn wrong_type(name: &str, expected: &str, found: &Value) -> Refusal {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    Refusal::invalid(name, format!("{expected} is needed, and this is {found}"))
}
