//! Whether an RSA public key is sound: size, exponent, and not one of the keys that ROCA-faulty hardware made.

use super::key_fault::KeyFault;

/// Sizes that are taken, in bits.
const BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// The exponent fits in this many bytes.
const MAX_EXPONENT_BYTES: usize = 4;

/// The generator with which faulty hardware built its primes (Nemec et al., The Return of Coppersmith's Attack, 2017).
const ROCA_GENERATOR: u32 = 65537;

/// The primes whose product that hardware used for the smallest keys; larger keys use more of them.
const ROCA_PRIMES: [u32; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109,
    113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

/// Checks a modulus and an exponent, big-endian without leading zeros. Answers the size in bits.
pub(super) fn check(modulus: &[u8], exponent: &[u8]) -> Result<usize, KeyFault> {
    let bits = bit_length(modulus);
    if !BITS.contains(&bits) {
        return Err(KeyFault::RsaSize { bits });
    }
    let is_odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
    let exponent_fits = exponent.len() <= MAX_EXPONENT_BYTES && exponent != [1];
    if !is_odd(modulus) || !is_odd(exponent) || !exponent_fits {
        return Err(KeyFault::RsaUnsound);
    }
    if is_roca(modulus) { Err(KeyFault::RsaRoca) } else { Ok(bits) }
}

fn bit_length(number: &[u8]) -> usize {
    number.first().map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

/// Whether the modulus is a power of the generator modulo every one of the primes. That is so by chance for one sound
/// key in 2^30.
fn is_roca(modulus: &[u8]) -> bool {
    ROCA_PRIMES.iter().all(|prime| is_power_of_generator(remainder(modulus, *prime), *prime))
}

fn remainder(number: &[u8], divisor: u32) -> u32 {
    number.iter().fold(0, |rest, byte| (rest * 256 + u32::from(*byte)) % divisor)
}

fn is_power_of_generator(number: u32, prime: u32) -> bool {
    let mut power = 1;
    for _ in 0..prime {
        if power == number {
            return true;
        }
        power = power * (ROCA_GENERATOR % prime) % prime;
    }
    false
}
