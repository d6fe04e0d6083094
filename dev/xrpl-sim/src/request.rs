//! One request's parameters, read as leniently as rippled reads them.

use serde_json::{Map, Value};
use xrpl_codec::json::ApiVersion;

/// The API version that `params` name, 1 if they name none; `None` if rippled 2.3.0 does not speak it.
pub(crate) fn api_version(params: &Map<String, Value>) -> Option<ApiVersion> {
    match params.get("api_version") {
        None => Some(ApiVersion::V1),
        Some(version) => match version.as_i64() {
            Some(1) => Some(ApiVersion::V1),
            Some(2) => Some(ApiVersion::V2),
            _ => None,
        },
    }
}

/// The parameters of a command, whatever envelope they came in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) params: &'a Map<String, Value>,
    pub(crate) version: ApiVersion,
}

impl<'a> Request<'a> {
    /// The parameter, unless it is absent. `null` is a value.
    pub(crate) fn get(&self, name: &str) -> Option<&'a Value> {
        self.params.get(name)
    }

    /// A boolean as rippled reads it: a number other than 0 and a text that is not empty are true.
    pub(crate) fn flag(&self, name: &str) -> bool {
        match self.params.get(name) {
            None | Some(Value::Null) => false,
            Some(Value::Bool(flag)) => *flag,
            Some(Value::Number(number)) => number.as_f64() != Some(0.0),
            Some(Value::String(text)) => !text.is_empty(),
            Some(Value::Array(items)) => !items.is_empty(),
            Some(Value::Object(members)) => !members.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn version_of(params: &Value) -> Option<ApiVersion> {
        api_version(params.as_object().unwrap())
    }

    #[test]
    fn versions_one_and_two_are_spoken_and_one_is_meant_by_silence() {
        assert_eq!(version_of(&json!({})), Some(ApiVersion::V1));
        assert_eq!(version_of(&json!({"api_version": 2})), Some(ApiVersion::V2));
        for bad in [json!(0), json!(3), json!("2"), json!(null), json!(1.5)] {
            assert_eq!(version_of(&json!({ "api_version": bad })), None);
        }
    }

    #[test]
    fn flags_are_read_as_rippled_reads_them() {
        let params = json!({"a": "false", "b": 0, "c": 2, "d": null, "e": false});
        let request = Request { params: params.as_object().unwrap(), version: ApiVersion::V1 };
        let flags = ["a", "b", "c", "d", "e", "absent"].map(|name| request.flag(name));
        assert_eq!(flags, [true, false, true, false, false, false]);
    }
}
