//! SHA-512 of eight messages at once by SIMD, one in each lane of a 512-bit register.
//!
//! One message alone can't use a register of more than 64 bits, since each step needs the one before. A ledger is
//! thousands of short messages, so eight at a time make about three times the speed of the best single-message code.

use pulp::{Arch, Simd, WithSimd};

use crate::Hash256;

/// Messages hashed beside each other.
pub(crate) const WIDTH: usize = 8;
/// Bytes that SHA-512 takes at a time.
pub(crate) const BLOCK_BYTES: usize = 128;

/// One 64-bit word of each lane.
type Words = [u64; WIDTH];

/// Hashes padded messages; `None` on processors without AVX-512. (With AVX2, which can't rotate and has half the room,
/// eight at a time are no faster than one.)
pub(crate) fn hash_eight_wide(messages: &[&[[u8; BLOCK_BYTES]]]) -> Option<Vec<Hash256>> {
    let arch = Arch::new();
    #[cfg(target_arch = "x86_64")]
    let is_wide = matches!(arch, Arch::V4(_));
    #[cfg(not(target_arch = "x86_64"))]
    let is_wide = false;
    is_wide.then(|| arch.dispatch(HashEightWide { messages }))
}

struct HashEightWide<'m, 'a> {
    messages: &'m [&'a [[u8; BLOCK_BYTES]]],
}

impl WithSimd for HashEightWide<'_, '_> {
    type Output = Vec<Hash256>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Vec<Hash256> {
        let mut hashes = vec![Hash256::ZERO; self.messages.len()];
        let mut waiting = self.messages.iter().enumerate();
        let mut state = [[0; WIDTH]; 8];
        let mut slots: [Slot<'_>; WIDTH] = [None; WIDTH];
        loop {
            for (lane, slot) in slots.iter_mut().enumerate() {
                if slot.is_none() {
                    *slot = waiting.next().map(|(message, blocks)| (message, *blocks));
                    for (word, initial) in state.iter_mut().zip(INITIAL) {
                        word[lane] = initial;
                    }
                }
            }
            // All go on together until the first of them is through.
            let Some(steps) = slots.iter().flatten().map(|(_, blocks)| blocks.len()).min() else {
                return hashes;
            };
            for step in 0..steps {
                compress(&mut state, load(&slots, step));
            }
            for (lane, slot) in slots.iter_mut().enumerate() {
                let Some((message, blocks)) = slot else { continue };
                *blocks = &blocks[steps..];
                if blocks.is_empty() {
                    hashes[*message] = half(&state, lane);
                    *slot = None;
                }
            }
        }
    }
}

/// A message's number and the blocks that it still has; `None` where there is none left.
type Slot<'a> = Option<(usize, &'a [[u8; BLOCK_BYTES]])>;

/// The next block of each lane, word by word; idle lanes have zeros.
#[inline(always)]
fn load(slots: &[Slot<'_>; WIDTH], step: usize) -> [Words; 16] {
    let mut schedule = [[0; WIDTH]; 16];
    for (lane, slot) in slots.iter().enumerate() {
        let Some(block) = slot.as_ref().map(|(_, blocks)| &blocks[step]) else { continue };
        for (words, bytes) in schedule.iter_mut().zip(block.as_chunks().0) {
            words[lane] = u64::from_be_bytes(*bytes);
        }
    }
    schedule
}

/// The first half of a lane's hash.
#[inline(always)]
fn half(state: &[Words; 8], lane: usize) -> Hash256 {
    let mut hash = Hash256::ZERO;
    for (bytes, word) in hash.0.as_chunks_mut().0.iter_mut().zip(state) {
        *bytes = word[lane].to_be_bytes();
    }
    hash
}

#[inline(always)]
fn each(word: impl Fn(usize) -> u64) -> Words {
    let mut words = [0; WIDTH];
    for (lane, slot) in words.iter_mut().enumerate() {
        *slot = word(lane);
    }
    words
}

/// One block of each lane (FIPS 180-4, section 6.4.2), the schedule made as it is used.
#[inline(always)]
fn compress(state: &mut [Words; 8], mut schedule: [Words; 16]) {
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for (round, constant) in CONSTANTS.into_iter().enumerate() {
        let at = round % 16;
        if round >= 16 {
            let [far, near] = [schedule[(at + 1) % 16], schedule[(at + 14) % 16]];
            let [last, middle] = [schedule[at], schedule[(at + 9) % 16]];
            schedule[at] = each(|lane| {
                let small_0 =
                    far[lane].rotate_right(1) ^ far[lane].rotate_right(8) ^ (far[lane] >> 7);
                let small_1 =
                    near[lane].rotate_right(19) ^ near[lane].rotate_right(61) ^ (near[lane] >> 6);
                last[lane].wrapping_add(small_0).wrapping_add(middle[lane]).wrapping_add(small_1)
            });
        }
        let word = schedule[at];
        let first = each(|lane| {
            let e = e[lane];
            let big_1 = e.rotate_right(14) ^ e.rotate_right(18) ^ e.rotate_right(41);
            let choice = (e & f[lane]) ^ (!e & g[lane]);
            h[lane]
                .wrapping_add(big_1)
                .wrapping_add(choice)
                .wrapping_add(constant)
                .wrapping_add(word[lane])
        });
        let second = each(|lane| {
            let a = a[lane];
            let big_0 = a.rotate_right(28) ^ a.rotate_right(34) ^ a.rotate_right(39);
            let majority = (a & b[lane]) ^ (a & c[lane]) ^ (b[lane] & c[lane]);
            big_0.wrapping_add(majority)
        });
        [h, g, f] = [g, f, e];
        e = each(|lane| d[lane].wrapping_add(first[lane]));
        [d, c, b] = [c, b, a];
        a = each(|lane| first[lane].wrapping_add(second[lane]));
    }
    for (words, added) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *words = each(|lane| words[lane].wrapping_add(added[lane]));
    }
}

/// Fractional parts of the square roots of the first eight primes.
const INITIAL: [u64; 8] = [
    0x6A09_E667_F3BC_C908,
    0xBB67_AE85_84CA_A73B,
    0x3C6E_F372_FE94_F82B,
    0xA54F_F53A_5F1D_36F1,
    0x510E_527F_ADE6_82D1,
    0x9B05_688C_2B3E_6C1F,
    0x1F83_D9AB_FB41_BD6B,
    0x5BE0_CD19_137E_2179,
];

/// Fractional parts of the cube roots of the first eighty primes.
#[rustfmt::skip]
const CONSTANTS: [u64; 80] = [
    0x428A_2F98_D728_AE22, 0x7137_4491_23EF_65CD, 0xB5C0_FBCF_EC4D_3B2F, 0xE9B5_DBA5_8189_DBBC,
    0x3956_C25B_F348_B538, 0x59F1_11F1_B605_D019, 0x923F_82A4_AF19_4F9B, 0xAB1C_5ED5_DA6D_8118,
    0xD807_AA98_A303_0242, 0x1283_5B01_4570_6FBE, 0x2431_85BE_4EE4_B28C, 0x550C_7DC3_D5FF_B4E2,
    0x72BE_5D74_F27B_896F, 0x80DE_B1FE_3B16_96B1, 0x9BDC_06A7_25C7_1235, 0xC19B_F174_CF69_2694,
    0xE49B_69C1_9EF1_4AD2, 0xEFBE_4786_384F_25E3, 0x0FC1_9DC6_8B8C_D5B5, 0x240C_A1CC_77AC_9C65,
    0x2DE9_2C6F_592B_0275, 0x4A74_84AA_6EA6_E483, 0x5CB0_A9DC_BD41_FBD4, 0x76F9_88DA_8311_53B5,
    0x983E_5152_EE66_DFAB, 0xA831_C66D_2DB4_3210, 0xB003_27C8_98FB_213F, 0xBF59_7FC7_BEEF_0EE4,
    0xC6E0_0BF3_3DA8_8FC2, 0xD5A7_9147_930A_A725, 0x06CA_6351_E003_826F, 0x1429_2967_0A0E_6E70,
    0x27B7_0A85_46D2_2FFC, 0x2E1B_2138_5C26_C926, 0x4D2C_6DFC_5AC4_2AED, 0x5338_0D13_9D95_B3DF,
    0x650A_7354_8BAF_63DE, 0x766A_0ABB_3C77_B2A8, 0x81C2_C92E_47ED_AEE6, 0x9272_2C85_1482_353B,
    0xA2BF_E8A1_4CF1_0364, 0xA81A_664B_BC42_3001, 0xC24B_8B70_D0F8_9791, 0xC76C_51A3_0654_BE30,
    0xD192_E819_D6EF_5218, 0xD699_0624_5565_A910, 0xF40E_3585_5771_202A, 0x106A_A070_32BB_D1B8,
    0x19A4_C116_B8D2_D0C8, 0x1E37_6C08_5141_AB53, 0x2748_774C_DF8E_EB99, 0x34B0_BCB5_E19B_48A8,
    0x391C_0CB3_C5C9_5A63, 0x4ED8_AA4A_E341_8ACB, 0x5B9C_CA4F_7763_E373, 0x682E_6FF3_D6B2_B8A3,
    0x748F_82EE_5DEF_B2FC, 0x78A5_636F_4317_2F60, 0x84C8_7814_A1F0_AB72, 0x8CC7_0208_1A64_39EC,
    0x90BE_FFFA_2363_1E28, 0xA450_6CEB_DE82_BDE9, 0xBEF9_A3F7_B2C6_7915, 0xC671_78F2_E372_532B,
    0xCA27_3ECE_EA26_619C, 0xD186_B8C7_21C0_C207, 0xEADA_7DD6_CDE0_EB1E, 0xF57D_4F7F_EE6E_D178,
    0x06F0_67AA_7217_6FBA, 0x0A63_7DC5_A2C8_98A6, 0x113F_9804_BEF9_0DAE, 0x1B71_0B35_131C_471B,
    0x28DB_77F5_2304_7D84, 0x32CA_AB7B_40C7_2493, 0x3C9E_BE0A_15C9_BEBC, 0x431D_67C4_9C10_0D4C,
    0x4CC5_D4BE_CB3E_42B6, 0x597F_299C_FC65_7E2A, 0x5FCB_6FAB_3AD6_FAEC, 0x6C44_198C_4A47_5817,
];
