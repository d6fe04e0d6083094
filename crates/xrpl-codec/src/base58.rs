//! Base58 with the XRP Ledger's alphabet and a checksum (base58check).
//!
//! `bs58` reads. Writing is on the way of every address in JSON, and done here: `bs58` takes 2.3 to 3.6 times as long, since it
//! divides digit by digit.

use bs58::Alphabet;
use ring::digest::{SHA256, digest};

const ALPHABET: &[u8; 58] = b"rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz";
const CHECKSUM_BYTES: usize = 4;
/// 58 to the fifth power: the most that fits 32 bits.
const FIVE_DIGITS: u64 = 58 * 58 * 58 * 58 * 58;
/// Payload and checksum of the longest text handled here, an X-address.
const BYTES_MAX: usize = 35;
/// Digits of the longest text.
const DIGITS_MAX: usize = 50;

/// Why a text is not base58check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base58Error {
    Alphabet,
    Checksum,
}

/// Appends the text of a payload, which has at most 31 bytes.
pub(crate) fn write_check(payload: &[u8], out: &mut Vec<u8>) {
    let mut bytes = [0; BYTES_MAX];
    let length = payload.len() + CHECKSUM_BYTES;
    bytes[..payload.len()].copy_from_slice(payload);
    bytes[payload.len()..length].copy_from_slice(&checksum(payload));
    let zeros = bytes[..length].iter().take_while(|byte| **byte == 0).count();
    out.extend(std::iter::repeat_n(ALPHABET[0], zeros));

    let mut limbs = [0_u32; BYTES_MAX.div_ceil(4)];
    let limbs = &mut limbs[..length.div_ceil(4)];
    for (at, byte) in bytes[..length].iter().rev().enumerate() {
        let limb = limbs.len() - 1 - at / 4;
        limbs[limb] |= u32::from(*byte) << (8 * (at % 4));
    }
    let mut digits = [0; DIGITS_MAX];
    let mut start = DIGITS_MAX;
    let mut top = limbs.iter().take_while(|limb| **limb == 0).count();
    while top < limbs.len() {
        let mut rest = 0_u64;
        for limb in &mut limbs[top..] {
            let value = rest << 32 | u64::from(*limb);
            *limb = u32::try_from(value / FIVE_DIGITS).expect("the rest is below the divisor");
            rest = value % FIVE_DIGITS;
        }
        for _ in 0..5 {
            start -= 1;
            digits[start] = ALPHABET[usize::try_from(rest % 58).expect("a digit is below 58")];
            rest /= 58;
        }
        top += usize::from(limbs[top] == 0);
    }
    // The last group may have made more digits than the number has.
    let start = start + digits[start..].iter().take_while(|digit| **digit == ALPHABET[0]).count();
    out.extend_from_slice(&digits[start..]);
}

/// The payload of a text, checked; `N` bytes without checksum, `None` of `Ok` where the text holds another number.
pub(crate) fn read_check<const N: usize>(text: &str) -> Result<Option<[u8; N]>, Base58Error> {
    const { assert!(N + CHECKSUM_BYTES <= BYTES_MAX) };
    if text.len() > DIGITS_MAX {
        return Err(Base58Error::Alphabet);
    }
    let mut bytes = [0; DIGITS_MAX];
    let length = bs58::decode(text)
        .with_alphabet(Alphabet::RIPPLE)
        .onto(&mut bytes[..])
        .map_err(|_| Base58Error::Alphabet)?;
    let payload_length = length.checked_sub(CHECKSUM_BYTES).ok_or(Base58Error::Checksum)?;
    let (payload, sum) = bytes[..length].split_at(payload_length);
    if checksum(payload) != sum {
        return Err(Base58Error::Checksum);
    }
    Ok(payload.try_into().ok())
}

fn checksum(payload: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let twice = digest(&SHA256, digest(&SHA256, payload).as_ref());
    *twice.as_ref().first_chunk().expect("SHA-256 has more than four bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(payload: &[u8]) -> String {
        let mut out = Vec::new();
        write_check(payload, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn payloads_of_all_lengths_come_back() {
        fn back<const N: usize>(fill: u8) {
            let mut payload = [fill; N];
            payload[0] = 0;
            assert_eq!(read_check(&text(&payload)), Ok(Some(payload)));
        }
        for fill in [0, 1, 58, 0x7F, 0xFF] {
            back::<1>(fill);
            back::<4>(fill);
            back::<20>(fill);
            back::<21>(fill);
            back::<31>(fill);
        }
    }

    #[test]
    fn genesis_seed_is_as_published() {
        let mut payload = [0; 17];
        payload[0] = 33;
        let seed = [
            0xDE, 0xDC, 0xE9, 0xCE, 0x67, 0xB4, 0x51, 0xD8, 0x52, 0xFD, 0x4E, 0x84, 0x6F, 0xCD,
            0xE3, 0x1C,
        ];
        payload[1..].copy_from_slice(&seed);
        assert_eq!(text(&payload), "snoPBrXtMeMyMHUVTgbuqAfg1SUTb");
    }

    #[test]
    fn one_wrong_character_is_refused() {
        assert_eq!(
            read_check::<21>("rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTi"),
            Err(Base58Error::Checksum)
        );
        assert_eq!(
            read_check::<21>("rHb9CJAWyB4rj91VRWn96DkukG4bwdtyT0"),
            Err(Base58Error::Alphabet)
        );
        assert_eq!(read_check::<21>(""), Err(Base58Error::Checksum));
        assert_eq!(read_check::<21>(&"r".repeat(50)), Err(Base58Error::Checksum));
    }
}
