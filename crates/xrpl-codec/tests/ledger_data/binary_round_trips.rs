//! Whatever the binary form can say, its JSON says too: encoded again, it has the same bytes.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use xrpl_codec::json::write_object_json;
use xrpl_codec::{Definitions, Field, FieldCode, Malformed, SerializedType, encode};

/// The first eight bytes of an amount: drops, an issued amount, or of any other kind.
fn amount_bits() -> impl Strategy<Value = u64> {
    let drops = (any::<bool>(), 0..1_u64 << 61)
        .prop_map(|(is_positive, drops)| u64::from(is_positive) << 62 | drops);
    let issued = (any::<bool>(), 0..=177_u64, 1_000_000_000_000_000..=9_999_999_999_999_999_u64)
        .prop_map(|(is_positive, exponent, mantissa)| {
            1 << 63 | u64::from(is_positive) << 62 | (exponent + 1) << 54 | mantissa
        });
    prop_oneof![4 => drops, 4 => issued, 1 => Just(1 << 63), 1 => any::<u64>()]
}

fn amount() -> impl Strategy<Value = Vec<u8>> {
    let mpt = (select(vec![0x20_u8, 0x60]), any::<u64>(), vec(any::<u8>(), 24))
        .prop_map(|(sign, value, id)| [&[sign][..], &value.to_be_bytes(), &id].concat());
    let other = (amount_bits(), vec(any::<u8>(), 40)).prop_map(|(bits, asset)| {
        let asset = if bits >> 63 == 1 { &asset[..] } else { &[] };
        [&bits.to_be_bytes(), asset].concat()
    });
    prop_oneof![1 => mpt, 4 => other]
}

/// Bytes behind their length, of at most two bytes here.
fn prefixed(bytes: &[u8]) -> Vec<u8> {
    let length = bytes.len();
    let prefix = match u8::try_from(length) {
        Ok(short @ 0..=192) => vec![short],
        _ => vec![193 + ((length - 193) >> 8) as u8, ((length - 193) & 0xFF) as u8],
    };
    [prefix, bytes.to_vec()].concat()
}

fn issue() -> impl Strategy<Value = Vec<u8>> {
    let mpt = (vec(any::<u8>(), 20), any::<u32>()).prop_map(|(issuer, sequence)| {
        let nobody = [[0; 19].as_slice(), &[1]].concat();
        [issuer, nobody, sequence.to_le_bytes().to_vec()].concat()
    });
    prop_oneof![Just(vec![0; 20]), vec(any::<u8>(), 40), mpt]
}

fn path_set() -> impl Strategy<Value = Vec<u8>> {
    let step =
        (1..0x80_u8).prop_map(|bits| bits & 0x71).prop_filter("has a part", |kind| *kind != 0);
    let step = step.prop_flat_map(|kind| {
        let length = 20 * (kind & 0x31).count_ones() as usize + 24 * usize::from(kind >> 6);
        vec(any::<u8>(), length).prop_map(move |parts| [vec![kind], parts].concat())
    });
    let path = vec(step, 1..4).prop_map(|steps| steps.concat());
    vec(path, 1..4).prop_map(|paths| [paths.join(&0xFF), vec![0]].concat())
}

/// The bytes of a value with its length prefix. Of the type `Number` only zero: 16 and 19 digits have the same text.
fn value(kind: SerializedType) -> BoxedStrategy<Vec<u8>> {
    match kind {
        SerializedType::Amount => amount().boxed(),
        SerializedType::Blob => {
            vec(any::<u8>(), 0..1_000).prop_map(|bytes| prefixed(&bytes)).boxed()
        }
        SerializedType::AccountId => {
            prop_oneof![vec(any::<u8>(), 20), Just(Vec::new())].prop_map(|it| prefixed(&it)).boxed()
        }
        SerializedType::Vector256 => {
            vec(any::<[u8; 32]>(), 0..20).prop_map(|hashes| prefixed(&hashes.concat())).boxed()
        }
        SerializedType::PathSet => path_set().boxed(),
        SerializedType::Issue => issue().boxed(),
        SerializedType::XChainBridge => (any::<[[u8; 20]; 2]>(), issue(), issue())
            .prop_map(|(doors, one, other)| {
                [prefixed(&doors[0]), one, prefixed(&doors[1]), other].concat()
            })
            .boxed(),
        SerializedType::Number => {
            Just([0_i64.to_be_bytes().to_vec(), i32::MIN.to_be_bytes().to_vec()].concat()).boxed()
        }
        SerializedType::Currency => prop_oneof![vec(any::<u8>(), 20), Just(vec![0; 20])].boxed(),
        kind => vec(any::<u8>(), kind.length_bytes().unwrap()).boxed(),
    }
}

fn header(code: FieldCode) -> Vec<u8> {
    let (kind, nth) = (code.type_code as u8, code.nth as u8);
    match (kind < 16, nth < 16) {
        (true, true) => vec![kind << 4 | nth],
        (true, false) => vec![kind << 4, nth],
        (false, true) => vec![nth, kind],
        (false, false) => vec![0, kind, nth],
    }
}

/// The fields of an object in the order of their codes, without an end marker.
fn object(depth: u32) -> BoxedStrategy<Vec<u8>> {
    let is_usable = |field: &&Field| {
        let is_marker = [FieldCode::OBJECT_END, FieldCode::ARRAY_END].contains(&field.code);
        field.is_serialized && field.serialized_type.is_some() && !is_marker
    };
    let known: Vec<FieldCode> =
        Definitions::builtin().fields().iter().filter(is_usable).map(|field| field.code).collect();
    let unknown = (select(vec![1, 2, 3, 5, 6, 7, 8, 14, 15, 16, 19]), 200..256_i16)
        .prop_map(|(kind, nth)| FieldCode::new(kind, nth));
    let field = prop_oneof![20 => select(known), 1 => unknown].prop_flat_map(move |code| {
        let value = match SerializedType::of(code.type_code).unwrap() {
            SerializedType::Object | SerializedType::Array if depth == 0 => {
                return Just((code, Vec::new())).boxed();
            }
            SerializedType::Object => {
                object(depth - 1).prop_map(|inner| [inner, vec![0xE1]].concat()).boxed()
            }
            SerializedType::Array => {
                let element = object(depth - 1)
                    .prop_map(|inner| [header(FieldCode::new(14, 10)), inner, vec![0xE1]].concat());
                vec(element, 0..3)
                    .prop_map(|elements| [elements.concat(), vec![0xF1]].concat())
                    .boxed()
            }
            kind => value(kind),
        };
        value.prop_map(move |value| (code, [header(code), value].concat())).boxed()
    });
    vec(field, 0..12)
        .prop_map(|mut fields| {
            fields.sort_by_key(|(code, _)| *code);
            fields.dedup_by_key(|(code, _)| *code);
            fields.into_iter().flat_map(|(_, bytes)| bytes).collect()
        })
        .boxed()
}

/// Decodes to JSON and encodes again; whether the bytes could be decoded.
fn comes_back(bytes: &[u8]) -> Result<bool, TestCaseError> {
    let mut out = Vec::new();
    let decoded: Result<_, Malformed> = write_object_json(Definitions::builtin(), bytes, &mut out);
    if decoded.is_err() {
        return Ok(false);
    }
    let json: Value = serde_json::from_slice(&out).unwrap();
    let again = encode(Definitions::builtin(), &json);
    prop_assert_eq!(again.as_deref(), Ok(bytes), "{}", json);
    Ok(true)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_decodes_has_json_that_encodes_to_the_same_bytes(bytes in object(2)) {
        comes_back(&bytes)?;
    }

    #[test]
    fn every_amount_that_decodes_comes_back_in_a_transaction(amount in amount()) {
        let bytes = [&[0x12, 0, 7, 0x64][..], &amount].concat();
        let is_decoded = comes_back(&bytes)?;
        let is_xrp = amount[0] & 0xA0 == 0;
        prop_assert!(is_decoded || !is_xrp || amount == [0; 8]);
    }
}

#[test]
fn offers_of_2013_may_ask_for_more_than_all_xrp() {
    for drops in ["200000000000000000", "2305843009213693951", "-2305843009213693951"] {
        let offer = json!({ "TransactionType": "OfferCreate", "TakerPays": drops });
        let bytes = encode(Definitions::builtin(), &offer).unwrap();
        assert!(comes_back(&bytes).unwrap());
    }
    let beyond = json!({ "TakerPays": "2305843009213693952" });
    let error = encode(Definitions::builtin(), &beyond).unwrap_err();
    assert_eq!(error.to_string(), "TakerPays: is more drops than 61 bits hold");
}
