//! JSON text to MessagePack, in one pass and without a tree.

use super::json;

/// Appends the value that `json` holds to `out`. If it fails, `out` is as it was before.
///
/// Whole numbers of 64 bits arrive exactly, other numbers as the nearest 64-bit float; a whole number beyond 64 bits is
/// refused, since a float would silently round it. Members keep their order, repeats included.
pub fn transcode(json: &str, out: &mut Vec<u8>) -> Result<(), TranscodeError> {
    let before = out.len();
    json::value(json, out).inspect_err(|_| out.truncate(before))
}

/// Why JSON text has no MessagePack form.
#[derive(Debug, thiserror::Error)]
pub enum TranscodeError {
    /// The text is not JSON, is nested deeper than 128 levels, or holds a number beyond the range of floats.
    #[error("not a json text that can be encoded")]
    Json(#[source] serde_json::Error),
    /// A whole number that neither a signed nor an unsigned 64-bit integer holds.
    #[error("a whole number is beyond 64 bits: {0}")]
    WideInteger(String),
    /// Every length in MessagePack has 32 bits.
    #[error("{bytes} bytes of json, and 4 GiB is the most")]
    TooLarge {
        /// Length of the text.
        bytes: usize,
    },
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::msgpack::Value;

    fn transcoded(json: &str) -> Vec<u8> {
        let mut out = Vec::new();
        transcode(json, &mut out).unwrap();
        out
    }

    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<u64>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f64>()
                .prop_filter("json has no such number", |it| it.is_finite())
                .prop_map(Into::into),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(5, 200, 40, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..40).prop_map(Into::into),
                prop::collection::vec((any::<String>(), inner), 0..40)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn json_comes_back_from_its_encoding(value in any_json()) {
            let encoded = transcoded(&value.to_string());
            let back = serde_json::to_value(Value::read(&encoded).unwrap()).unwrap();
            prop_assert_eq!(back, value);
        }

        #[test]
        fn any_text_is_transcoded_or_leaves_the_buffer_alone(text in "[\\[\\]{}:,\"\\\\a1.e \\-]{0,40}") {
            let mut out = vec![1];
            let is_json = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
            match transcode(&text, &mut out) {
                Ok(()) => prop_assert!(is_json),
                Err(_) => prop_assert_eq!(out, vec![1]),
            }
        }
    }

    #[test]
    fn whole_numbers_of_64_bits_are_exact() {
        for number in
            ["9007199254740993", "18446744073709551615", "-9223372036854775808", "0", "-1"]
        {
            assert_eq!(
                serde_json::to_string(&Value::read(&transcoded(number)).unwrap()).unwrap(),
                number
            );
        }
    }

    #[test]
    fn a_whole_number_beyond_64_bits_is_refused() {
        for number in [
            "18446744073709551616",
            "-9223372036854775809",
            r#"{"a": [1e300, "\"", 123456789012345678901]}"#,
        ] {
            let mut out = Vec::new();
            let error = transcode(number, &mut out).unwrap_err();
            assert!(matches!(error, TranscodeError::WideInteger(_)), "{number}: {error}");
            assert!(out.is_empty());
        }
    }

    #[test]
    fn large_floats_stay_floats() {
        for (text, float) in
            [("1e300", 1e300), ("-2.5e25", -2.5e25), ("18446744073709551616.0", 2f64.powi(64))]
        {
            assert_eq!(Value::read(&transcoded(text)).unwrap(), Value::Float(float));
        }
        let encoded = transcoded(r#"{"digits": "123456789012345678901", "float": 1e20}"#);
        let Value::Map(map) = Value::read(&encoded).unwrap() else { panic!("not a map") };
        assert_eq!(map.get("float").unwrap(), Some(Value::Float(1e20)));
    }

    #[test]
    fn members_keep_their_order_and_escapes_are_resolved() {
        let encoded = transcoded(r#" {"z": "\u00e9\n", "a": "\ud83d\ude00", "z": 1} "#);
        assert_eq!(Value::read(&encoded).unwrap().to_string(), r#"{"z":"é\n","a":"😀","z":1}"#);
    }

    #[test]
    fn nesting_beyond_the_limit_is_an_error() {
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        assert!(matches!(transcode(&deep, &mut Vec::new()), Err(TranscodeError::Json(_))));
    }
}
